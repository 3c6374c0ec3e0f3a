"""Hide secrets in the lines of a configuration that is shown before it is changed."""

from __future__ import annotations

import re
from typing import Final

from vultr_cost_mcp.clients.client import PLACEHOLDER, TOKEN_PLACEHOLDER

HIDDEN: Final = "(hidden)"
_NAMES: Final = r"[\w.-]{0,40}(?:key|token|secret|passw|pwd|auth|credential|cookie)[\w.-]{0,40}"
_NAMED: Final = re.compile(
    rf"""(?i)(?P<name>["']?{_NAMES}["']?\s*[:=]\s*)(?P<quote>["'])(?P<value>.*?)(?P=quote)"""
)
_IN_A_TEXT: Final = re.compile(rf"(?i)(?P<name>{_NAMES}=)(?P<value>[^\s\"',\]]+)")
# A word of twenty letters and digits or more that is no part of a path.
_OPAQUE: Final = re.compile(r"(?<![\w/.\\-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w/.\\-])")
# The name of a variable says where a secret is, and is none.
_VARIABLE: Final = re.compile(r"(?:Bearer )?(?:[A-Z][A-Z_]*|\$?\{[\w:. -]+\}|\$[A-Z_]+|%\w+%)")


def masked(line: str) -> str:
    """Return a line without the values of keys, tokens and passwords, and without long codes."""
    line = _NAMED.sub(_without_value, line)
    line = _IN_A_TEXT.sub(_without_value, line)
    return _OPAQUE.sub(HIDDEN, line)


def _without_value(found: re.Match[str]) -> str:
    value, quote = found["value"], found.groupdict().get("quote") or ""
    if not value or _VARIABLE.fullmatch(value) or value.endswith((PLACEHOLDER, TOKEN_PLACEHOLDER)):
        return found[0]
    return f"{found['name']}{quote}{HIDDEN}{quote}"
