"""The parser of the command line: wrong words are answered with the nearest right one."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_CHOICE = re.compile(r"invalid choice: (.+?)(?:, maybe you meant .*?)? \(choose from (.*)\)")
_WORD = re.compile(r"[\w.-]+")
_OPTION = re.compile(r"--[a-z][a-z-]*")
# An address may hold a password or a token.
_ADDRESS = re.compile(r"([a-z][\w+.-]*://)\S+", re.IGNORECASE)

_NO_OPTION = "an argument of the tool is NAME=VALUE, such as limit=200"


class Parser(argparse.ArgumentParser):
    """A parser whose errors name the nearest command, value or option.

    ``late`` is a list of positional words that may also stand behind options: its name in the
    result and the function that parses a word.
    """

    late: tuple[str, Callable[[str], Any]] | None = None

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse; a command names its own options when it does not know one."""
        found, rest = super().parse_known_args(args, namespace)
        rest = self._without_late(found, rest)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}{self._meant(rest)}")
        return found, rest

    def _without_late(self, found: Any, rest: list[str]) -> list[str]:
        """Add words behind an option to their list: argparse ends a list at the first option."""
        if self.late is None:
            return rest
        options = [word for word in rest if word.startswith("-")]
        if options:
            # The word behind an unknown option may be its value.
            return options
        name, parse = self.late
        try:
            setattr(found, name, [*getattr(found, name), *map(parse, rest)])
        except argparse.ArgumentTypeError as error:
            self.error(f"argument NAME=VALUE: {error}")
        return []

    def error(self, message: str) -> NoReturn:
        """Print the usage and the mistake, cut after ://, and exit with 2."""
        wrong = _CHOICE.search(message)
        if wrong is not None:
            near = did_you_mean(wrong[1].strip("'\""), _WORD.findall(wrong[2]))
            message = f"{message[: wrong.start()]}{wrong[1]} is unknown{near}"
            message += "" if near else f" (choose from {wrong[2]})"
        super().error(_ADDRESS.sub(r"\1...", message))

    def _meant(self, rest: Sequence[str]) -> str:
        options = _OPTION.findall(self.format_usage())
        wrong = next((word for word in rest if word.startswith("-")), "")
        near = did_you_mean(wrong.partition("=")[0], options)
        return near or ("" if self.late is None else f": {_NO_OPTION}")


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known word, "" if none is near."""
    # Only a mistake waits for this module.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(wrong, list(dict.fromkeys(known)), n=1)
    return f": did you mean {near[0]}?" if near else ""
