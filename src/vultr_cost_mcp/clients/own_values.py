"""Keep what the user put into an entry for this server when it is written again."""

from __future__ import annotations

from typing import Any, Final, cast

from vultr_cost_mcp.clients.client import PLACEHOLDER, TOKEN_PLACEHOLDER

_ADDRESSES: Final = ("url", "httpUrl", "serverUrl")
_VARIABLES: Final = "env_vars"
_TOOLS: Final = "tools"
_EMPTY: Final = ("", PLACEHOLDER, TOKEN_PLACEHOLDER)

Row = dict[str, Any]


def with_own_values(found: object, ours: Row) -> Row:
    """Return our entry with the user's own key, settings and options of the one that is there.

    An entry that reaches another server, or this one in another way, is replaced whole: its token
    is not for the new address.
    """
    if not isinstance(found, dict):
        return ours
    there = cast("Row", found)
    if _address(there) != _address(ours):
        return ours
    return there | {name: _with_own(name, value, there.get(name)) for name, value in ours.items()}


def _address(row: Row) -> list[tuple[str, Any]]:
    return [(name, row[name]) for name in _ADDRESSES if name in row]


def _with_own(name: str, value: object, own: object) -> object:
    """Return a value of our entry beside the user's own: theirs for a key, ours for a command."""
    if all(isinstance(row, dict) for row in (value, own)):
        kept = {key: text for key, text in cast("Row", own).items() if text not in _EMPTY}
        return cast("Row", value) | kept
    if isinstance(own, list) and name == _VARIABLES:
        named = cast("list[object]", own)
        return [*named, *(text for text in cast("list[object]", value) if text not in named)]
    if isinstance(own, list) and name == _TOOLS:
        return cast("list[object]", own)
    return value
