"""An answer as a reader takes it who knows its schema: what was left out has its default."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "docs/schemas"


@cache
def _defaults() -> dict[str, Any]:
    """Return the default of each field name, as the schemas of all answers state it."""
    found: dict[str, Any] = {}
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for part in (schema, *schema.get("$defs", {}).values()):
            for name, field in part.get("properties", {}).items():
                if "default" in field:
                    found[name] = field["default"]
    return found


class Whole(dict[str, Any]):
    """An object of an answer; a field that it leaves out reads as its default."""

    def __missing__(self, name: str) -> Any:
        """Return the default of a field; a KeyError where no schema names one."""
        return whole(_defaults()[name])


def whole(value: Any) -> Any:
    """Return a part of an answer, every object of it whole."""
    if isinstance(value, dict):
        return Whole({name: whole(inner) for name, inner in value.items()})
    return [whole(inner) for inner in value] if isinstance(value, list) else value
