"""Parsers for option values: a time span, an amount in dollars, an address, a JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, cast
from urllib.parse import urlsplit

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


def dollars(text: str) -> float:
    """Parse an amount in dollars, such as 500."""
    msg = "not an amount of dollars such as 500"
    try:
        amount = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(msg) from error
    if not LEAST_DOLLARS <= amount <= MOST_DOLLARS:
        raise argparse.ArgumentTypeError(msg)
    return amount


def percentage(text: str) -> int:
    """Parse a whole percentage from 1 to 100."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:4]) <= 100):  # noqa: PLR2004
        msg = "not a whole percentage from 1 to 100"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def web_address(text: str) -> str:
    """Return the address of a server; its token must not cross a network unencrypted."""
    msg = "not an https:// address (http:// only for this machine)"
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for an invalid port
    except ValueError as error:
        raise argparse.ArgumentTypeError(msg) from error
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and local)
    has_login = parts.username is not None or parts.password is not None
    if not parts.hostname or not is_safe or has_login or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(msg)
    return text


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
