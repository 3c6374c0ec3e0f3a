"""Arguments as clients send them, and the values that count as "not given".

Some clients cannot omit an argument, and some do not accept a union with null. So each type has its
own value for "not given": an empty text, ``any`` in a closed list, 0 for a number. Null and absence
mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from pydantic import Field

from vultr_cost_mcp.mcp_tools.nearest_value import (
    nearest_day,
    nearest_number,
    nearest_of,
    nearest_period,
)
from vultr_cost_mcp.mcp_tools.schemas import slim

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ANY = "any"
# Cursor adds it to tools without arguments.
_OF_CLIENTS = frozenset({"random_string"})
_NUMBERS = frozenset({"integer", "number"})
_DAY = r"\d{4}-\d{2}-\d{2}"
# Checked here: the description of a text says its form.
_NOT_LISTED = frozenset({"maxLength", "pattern"})


class Given(FuncMetadata):
    """The arguments of a tool; those that are not given are removed before validation.

    ``properties`` are those of the schema that clients see.
    """

    properties: dict[str, Any] = Field(default_factory=dict)

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the given arguments, each as its type expects it.

        The SDK would parse every text as JSON, so that a tag called null would be lost.
        """
        fields = self.arg_model.model_fields
        known = {name: value for name, value in data.items() if name in fields}
        # Validation rejects them, and the error lists the valid ones.
        unknown = {
            name: value
            for name, value in data.items()
            if name not in fields and name not in _OF_CLIENTS
        }
        return {
            name: _typed(value, self.properties[name])
            for name, value in known.items()
            if not _is_not_given(value, self.properties[name], fields[name].default)
        } | unknown


def _is_not_given(value: object, argument: Mapping[str, Any], default: object) -> bool:
    """Return whether a value means that the argument is not given."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if default is not None:
        return False
    if argument.get("type") == "array":
        return value == []
    if "enum" in argument:
        return isinstance(value, str) and value.strip() == ANY
    if argument.get("type") not in _NUMBERS or isinstance(value, bool):
        return False
    return value == 0 or (isinstance(value, str) and value.strip() == "0")


def _typed(value: object, argument: Mapping[str, Any]) -> object:
    """Return a value as its type expects it, for example a number as text."""
    kind = argument.get("type")
    if kind in _NUMBERS:
        # For Python, true equals 1.
        return str(value) if isinstance(value, bool) else value
    if kind in {"array", "object"} and isinstance(value, str):
        return _parsed(value, argument)
    if kind != "string":
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    closed = "enum" in argument or "pattern" in argument
    return value.strip() if closed and isinstance(value, str) else value


def _parsed(text: str, argument: Mapping[str, Any]) -> object:
    """Parse a list or object that a client sent as text; words of a closed list as they are."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if "enum" not in argument.get("items", {}):
            return text
        return [word.strip() for word in text.split(",") if word.strip()]


def scalars(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an input schema of plain types in which every argument can be omitted."""
    slimmed = slim(schema)
    slimmed.pop("additionalProperties", None)
    slimmed.setdefault("properties", {})
    rows = slimmed.pop("$defs", {})
    for argument in slimmed["properties"].values():
        _without_null(argument)
        if "$ref" in argument.get("items", {}):
            argument["items"] = _flat(rows[argument["items"]["$ref"].rsplit("/", 1)[-1]])
        _allow_not_given(argument, optional=argument.get("default", "") is None)
    return slimmed


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an input schema as clients see it, without what only validation needs."""
    shown = {key: value for key, value in schema.items() if key not in _NOT_LISTED}
    if "items" in shown:
        shown["items"] = listed(shown["items"])
    if "properties" in shown:
        shown["properties"] = {name: listed(part) for name, part in shown["properties"].items()}
    return shown


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one object in a list, written inline, without empty defaults."""
    properties = {
        name: {key: part for key, part in field.items() if key != "default" or part}
        for name, field in row["properties"].items()
    }
    return {"type": "object", "properties": properties}


def _without_null(argument: dict[str, Any]) -> None:
    arms = [arm for arm in argument.get("anyOf", ()) if arm != {"type": "null"}]
    if len(arms) == 1:
        del argument["anyOf"]
        argument.update(arms[0])


def _allow_not_given(argument: dict[str, Any], *, optional: bool) -> None:
    """Add the value for "not given" to the schema of an argument."""
    kind = argument.get("type")
    if "enum" in argument:
        if optional:
            argument["enum"] = [*argument["enum"], ANY]
            argument["default"] = ANY
    elif kind == "string":
        argument.pop("minLength", None)
        pattern = f"^{_DAY}$" if argument.pop("format", "") else argument.get("pattern")
        if pattern is not None:
            form = pattern.removeprefix("^").removesuffix("$")
            whole = form.startswith("(") and form.endswith(")") and form.count("(") == 1
            argument["pattern"] = f"^(|{form[1:-1] if whole else form})$"
        if optional:
            argument["default"] = ""
    elif kind in _NUMBERS and optional:
        argument["minimum"] = 0
        argument["default"] = 0
    elif kind == "array":
        argument["default"] = []


def field_at(place: Sequence[object], takes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of a field by the steps that lead to it, None if there is none."""
    found: Mapping[str, Any] | None = {"properties": takes}
    for step in place:
        if found is None:
            return None
        found = found.get("items") if isinstance(step, int) else found["properties"].get(step)
    return found


def problem(argument: Mapping[str, Any], detail: ErrorDetails, today: date | None) -> str:
    """Return the valid values of an argument, after the one nearest to the given value."""
    limits: Mapping[str, Any] = detail.get("ctx", {})
    if detail["type"] == "string_too_long":
        return f"at most {limits.get('max_length')} characters"
    judged = dict(argument)
    if "ge" in limits:
        # The schema's value for "not given" is not part of the range.
        judged["minimum"] = limits["ge"]
    near = _nearest(judged, detail.get("input"), today)
    return f"{'' if near is None else f'did you mean {near}? '}{_form(judged)}"


def _nearest(argument: Mapping[str, Any], given: object, today: date | None) -> str | None:
    if "enum" in argument.get("items", {}):
        return _nearest(argument["items"], given, today)
    if "enum" in argument:
        return next(iter(nearest_of(given, argument["enum"])), None)
    if argument.get("type") in _NUMBERS:
        return nearest_number(given, argument)
    pattern = argument.get("pattern")
    by_form: dict[bool, Callable[[object, date | None], str | None]] = {
        True: nearest_day,
        False: nearest_period,
    }
    return None if pattern is None else by_form[_DAY in pattern](given, today)


def _form(argument: Mapping[str, Any]) -> str:
    """Describe the valid values of an argument."""
    kind = argument.get("type")
    if "enum" in argument:
        return f"one of {', '.join(argument['enum'])}"
    if "enum" in argument.get("items", {}):
        return f"a list, each {_form(argument['items'])}"
    if kind in _NUMBERS:
        noun = "a whole number" if kind == "integer" else "a number"
        if str(argument.get("description", "")).startswith("USD"):
            noun = f"{noun} of US dollars"
        least, most = argument.get("minimum"), argument.get("maximum")
        if least is None or most is None:
            return noun
        return f"{noun} from {_plain(least)} to {_plain(most)}"
    if "pattern" in argument:
        return str(argument.get("description", argument["pattern"]))
    return _form_of_rows(argument)


def _form_of_rows(argument: Mapping[str, Any]) -> str:
    """Describe true or false, a list of objects, one object, or else a text."""
    if argument.get("type") == "boolean":
        return "true or false"
    if "maxItems" in argument:
        return f"a list of at most {argument['maxItems']} objects"
    fields = argument.get("properties")
    return f"an object with {', '.join(fields)}" if fields else "a text"


def _plain(number: float) -> str:
    return f"{number:,.15g}" if number < 1 else f"{number:.15g}"
