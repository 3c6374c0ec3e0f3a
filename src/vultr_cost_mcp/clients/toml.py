"""Add one table to a TOML file, or replace it, and leave every other line as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def with_table(text: str, path: Sequence[str], table: Mapping[str, Any]) -> str:
    """Return the text with a table of texts and lists of texts; raises ValueError without TOML."""
    rows: Any = tomllib.loads(text)
    for key in path:
        rows = _under(rows, key)
    block = "\n".join(
        [f"[{'.'.join(path)}]", *(f"{name} = {json.dumps(value)}" for name, value in table.items())]
    )
    if rows is None:
        before = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{before}{block}\n"
    dotted = r"\s*\.\s*".join(f'"?{re.escape(key)}"?' for key in path)
    own = re.compile(rf"(?m)^[ \t]*\[\s*{dotted}\s*\][^\n]*\n(?:(?![ \t]*\[)[^\n]*(?:\n|\Z))*")
    if not own.search(text):
        msg = f"{'.'.join(path)} is written in a form that is not changed here"
        raise ValueError(msg)
    return own.sub(lambda _: f"{block}\n\n", text, count=1).rstrip("\n") + "\n"


def _under(rows: Any, key: str) -> Any:
    """Return the value of a key in a table; None if the table lacks it or is no table."""
    try:
        return rows[key]
    except (KeyError, TypeError):
        return None
