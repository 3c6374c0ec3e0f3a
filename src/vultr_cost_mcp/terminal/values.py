"""Parsers for option values: a time span, dollars, whole numbers, a JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 32
LEAST_DOLLARS, MOST_DOLLARS = 0.01, 1e9
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST_SPAN, LONGEST_SPAN = 60, 7 * 86_400


def span(text: str) -> float:
    """Parse a time span such as 90s, 30m, 1h or 1d; return seconds."""
    number, unit = text[:-1], text[-1:]
    msg = "not a span from 1m to 7d, such as 30m, 1h or 1d"
    if unit not in UNITS or not (number.isascii() and number.isdecimal()):
        raise argparse.ArgumentTypeError(msg)
    seconds = int(number) * UNITS[unit]
    if not SHORTEST_SPAN <= seconds <= LONGEST_SPAN:
        raise argparse.ArgumentTypeError(msg)
    return float(seconds)


def dollars(text: str, least: float = LEAST_DOLLARS) -> float:
    """Parse an amount in dollars, such as 500."""
    msg = f"not an amount from {least} to {MOST_DOLLARS:.0f} dollars, such as 500 or 499.99"
    try:
        amount = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(msg) from error
    # Python reads numbers of other alphabets, and 1_000.
    if not text.isascii() or "_" in text or not least <= amount <= MOST_DOLLARS:
        raise argparse.ArgumentTypeError(msg)
    return amount


def dollars_or_zero(text: str) -> float:
    """Parse an amount in dollars that may be 0: nothing more is a limit too."""
    return dollars(text, 0)


def percentage(text: str) -> int:
    """Parse a whole percentage from 1 to 100."""
    return _whole(text, "whole percentage", 1, 100)


def days(text: str) -> int:
    """Parse a number of days up to a year."""
    return _whole(text, "whole number of days", 0, 366)


def port(text: str) -> int:
    """Parse a port; 0 is any free one."""
    return _whole(text, "port", 0, 65_535)


def _whole(text: str, noun: str, least: int, most: int) -> int:
    """Parse a whole number between two others; long ones are cut before they are read."""
    if not (
        text.isascii() and text.isdecimal() and least <= int(text.lstrip("0")[:10] or 0) <= most
    ):
        msg = f"not a {noun} from {least} to {most}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def named_value(text: str) -> tuple[str, str]:
    """Parse an argument of a tool, NAME=VALUE; the tool reads the value by its type."""
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        msg = "not NAME=VALUE, such as limit=200"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def json_object(text: str) -> dict[str, Any]:
    """Parse a JSON object with the arguments of a tool."""
    try:
        value = json.loads(
            text.removeprefix("\ufeff"), parse_constant=_no_number, parse_float=_finite
        )
        deep = _is_deep(value)
    except ValueError as error:
        msg = "not JSON"
        raise argparse.ArgumentTypeError(msg) from error
    except RecursionError:
        deep, value = True, None
    if deep:
        msg = "nested too deeply"
        raise argparse.ArgumentTypeError(msg)
    if not isinstance(value, dict):
        msg = "not a JSON object such as '{\"limit\": 5}'"
        raise argparse.ArgumentTypeError(msg)
    return cast("dict[str, Any]", value)


def _no_number(text: str) -> float:
    """Reject NaN and Infinity: JSON has neither, and they would be sent as null."""
    raise ValueError(text)


def _finite(text: str) -> float:
    """Parse a number; clamp one that is too large to the largest float."""
    return max(-sys.float_info.max, min(float(text), sys.float_info.max))


def _is_deep(value: object) -> bool:
    """Return whether lists and objects are nested deeper than ``DEEPEST``."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            part
            for found in level
            if isinstance(found, (list, dict))
            for part in (
                cast("dict[str, object]", found).values()
                if isinstance(found, dict)
                else cast("list[object]", found)
            )
        ]
    return bool(level)


def arguments_of(options: argparse.Namespace, refuse: Callable[[str], NoReturn]) -> dict[str, Any]:
    """Return a tool's arguments, as JSON and by name; ``refuse`` ends a call that repeats one."""
    arguments: dict[str, Any] = dict(options.args)
    for name, value in options.given:
        if name in arguments:
            refuse(f"{name} is given twice")
        arguments[name] = value
    return arguments
