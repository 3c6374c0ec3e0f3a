"""An answer as a reader takes it who knows its schema: what was left out has its default."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "docs/schemas"


@cache
def _defaults(of_rows: bool) -> dict[str, Any]:  # noqa: FBT001  (a cache takes it by position)
    """Return the default of each field name of answers, or of their rows, as the schemas state."""
    found: dict[str, Any] = {}
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for part in schema.get("$defs", {}).values() if of_rows else (schema,):
            for name, field in part.get("properties", {}).items():
                if "default" in field:
                    found[name] = field["default"]
    return found


class Whole(dict[str, Any]):
    """An object of an answer; a field that it leaves out reads as its default."""

    of_rows = False

    def __missing__(self, name: str) -> Any:
        """Return the default of a field; a KeyError where no schema names one."""
        return _filled(_defaults(self.of_rows)[name])


class WholeRow(Whole):
    """An object inside an answer."""

    of_rows = True


def whole(answer: Any) -> Any:
    """Return an answer, every object of it whole."""
    if isinstance(answer, dict):
        return Whole({name: _filled(inner) for name, inner in answer.items()})
    return answer


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return WholeRow({name: _filled(inner) for name, inner in value.items()})
    return [_filled(inner) for inner in value] if isinstance(value, list) else value
