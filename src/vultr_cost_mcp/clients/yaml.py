"""Write a block of YAML; existing text of a file is never changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def as_yaml(rows: Mapping[str, Any]) -> str:
    """Return mappings as YAML, one key a line; texts and lists are written as JSON, which it is."""
    return "".join(f"{line}\n" for line in _lines(rows))


def _lines(rows: Mapping[str, Any]) -> Iterator[str]:
    for key, value in rows.items():
        if isinstance(value, dict) and value:
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(cast("dict[str, Any]", value)))
        else:
            yield f"{key}: {json.dumps(value)}"
