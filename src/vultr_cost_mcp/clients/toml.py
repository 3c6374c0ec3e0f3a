"""Add one table to a TOML file, or replace it, and leave every other line as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def with_table(text: str, path: Sequence[str], table: Mapping[str, Any]) -> str:
    """Return the text with a table; what has a header of its own inside it stays where it is.

    Raises ValueError if the text is not TOML, or has the table in a form that is not changed here.
    """
    dotted = r"\s*\.\s*".join(f'"?{re.escape(key)}"?' for key in path)
    block = "\n".join(
        [
            f"[{'.'.join(path)}]",
            *(
                f"{name} = {_inline(value)}"
                for name, value in table.items()
                if not re.search(rf'(?m)^[ \t]*\[+\s*{dotted}\s*\.\s*"?{re.escape(name)}\b', text)
            ),
        ]
    )
    if _at(path, text) is None:
        before = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{before}{block}\n"
    own = re.compile(rf"(?m)^[ \t]*\[\s*{dotted}\s*\][^\n]*\n(?:(?![ \t]*\[)[^\n]*(?:\n|\Z))*")
    after = own.sub(lambda _: f"{block}\n\n", text, count=1).rstrip("\n") + "\n"
    if _at(path, after) != table:
        msg = f"{'.'.join(path)} is written in a form that is not changed here"
        raise ValueError(msg)
    return after


def _inline(value: object) -> str:
    """Return a value on one line; raises ValueError for a kind that JSON does not have."""
    if isinstance(value, dict):
        rows = cast("dict[str, object]", value).items()
        return (
            f"{{ {', '.join(f'{json.dumps(name)} = {_inline(inner)}' for name, inner in rows)} }}"
        )
    try:
        return json.dumps(value)
    except TypeError as error:
        msg = "a date is in the table"
        raise ValueError(msg) from error


def _at(path: Sequence[str], text: str) -> Any:
    """Return the value at a path of TOML; None if there is none."""
    rows: Any = tomllib.loads(text)
    for key in path:
        rows = _under(rows, key)
    return rows


def _under(rows: Any, key: str) -> Any:
    """Return the value of a key in a table; None if the table lacks it or is no table."""
    try:
        return rows[key]
    except (KeyError, TypeError):
        return None
