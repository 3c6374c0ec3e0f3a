"""Derive pydantic answer models from reports, so that no field is written twice by hand."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    create_model,
)

from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.domain.report_fields import (
    DAY,
    DIGITS,
    ROW_ID,
    UNTRUSTED,
    USD,
    Omitted,
    Small,
)
from vultr_cost_mcp.domain.untrusted_text import clean
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OF_LISTS = frozenset(
    {
        *("filters", "available", "nearest", "matched_alone"),
        *("below_minimum", "investigations_below_minimum"),
        *("exempt", "too_young", "stopped_not_counted", "left_out", "attached"),
    }
)
_STRING = WithJsonSchema({"type": "string"})


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PRINTED: dict[str, Any] = {
    USD: Annotated[Decimal, PlainSerializer(lambda value: f"{value:.2f}"), _STRING],
    DIGITS: Annotated[Decimal, PlainSerializer(lambda value: format(value, "f")), _STRING],
    UNTRUSTED: Annotated[str, PlainSerializer(clean)],
    ROW_ID: str | tuple[str, ...] | None,
    DAY: Annotated[datetime, PlainSerializer(lambda value: f"{value:%Y-%m-%d}"), _STRING],
}
Instant = Annotated[datetime, PlainSerializer(_instant), _STRING]
Day = Annotated[date, PlainSerializer(str), _STRING]


class AnswerModel(BaseModel):
    """Base of all answer models: filled from a report's attributes, with no extra fields."""

    # A field such as ``from_``, a Python keyword, is named ``from`` in answers.
    model_config = ConfigDict(
        from_attributes=True,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


@cache
def model_of(report: type) -> type[AnswerModel]:
    """Return the answer model of a report or row, with each field's output format."""
    return create_model(report.__name__, __base__=AnswerModel, **fields_of(report))


def fields_of(report: type) -> dict[str, Any]:
    """Return the fields of a dataclass in the form that pydantic's ``create_model`` takes."""
    hints = get_type_hints(report, include_extras=True)
    # A record has the same fields at any time.
    whole = issubclass(report, Metrics)
    return {
        field.name: (
            _printed(hints[field.name]),
            Field(
                ... if whole else _default(field.default, hints[field.name]),
                alias=field.name.removesuffix("_") if field.name.endswith("_") else None,
            ),
        )
        for field in fields(report)
    }


# Counts of rows with their sum.
_SUMS: tuple[type[Any], ...] = (Omitted, Small)


def _default(declared: Any, hint: Any) -> Any:
    """Return the value that an answer leaves out; an ellipsis where there is none.

    That is a field's declared default, an empty list or object, and a count of no rows. A field
    without a declared default may be null, which means unknown, and is never left out.
    """
    if declared is not MISSING:
        return declared
    if get_origin(hint) is Annotated and get_args(hint)[1] == ROW_ID:
        return None
    if get_origin(hint) in (tuple, dict):
        return get_origin(hint)()
    is_sum = isinstance(hint, type) and issubclass(hint, _SUMS)
    return model_of(hint).model_validate(hint(0, ZERO)) if is_sum else ...


def _printed(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return PRINTED[get_args(hint)[1]]
    if origin in (Union, UnionType):
        return Union[tuple(_printed(arm) for arm in get_args(hint))]  # noqa: UP007  (at run time)
    if origin is tuple:
        return GenericAlias(tuple, (_printed(get_args(hint)[0]), ...))
    if origin is dict:
        return GenericAlias(dict, (str, _printed(get_args(hint)[1])))
    if is_dataclass(hint) and isinstance(hint, type):
        return model_of(hint)
    plain: dict[Any, Any] = {datetime: Instant, date: Day, None: NoneType}
    return plain.get(hint, hint)


def slim(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema without titles: every byte costs the client tokens."""
    return {key: _slim(key, value) for key, value in schema.items() if key != "title"}


def _slim(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"}:
        return {name: slim(part) for name, part in value.items()}
    if isinstance(value, dict):
        return slim(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [_slim("", part) for part in cast("list[object]", value)]
    return value


def listed_schema(model: type[BaseModel], but: Collection[str] = ()) -> dict[str, Any]:
    """Return the schema that clients list: the answer's own fields with their JSON types.

    ``but`` are the fields that every answer has. Those that say how a list was cut or filtered are
    left out too, as they are from most answers. Rows are not described, nothing is required, and
    nothing is closed: each byte costs every conversation tokens. ``whole_schema`` says the rest.
    """
    whole = whole_schema(model)
    left_out = {*but, *_OF_LISTS}
    fields_ = {
        name: row
        for name, row in whole["properties"].items()
        if name not in left_out and "omitted" not in name
    }
    return {
        "type": "object",
        "properties": {name: {"type": _types(row)} for name, row in fields_.items()},
    }


def _types(schema: Mapping[str, Any]) -> str | list[str]:
    """Return the JSON type of a field, or its types where an answer may state null.

    A field whose default is null is left out instead.
    """
    found: list[str] = []
    for arm in schema.get("anyOf", [schema]):
        kind = arm.get("type", "object")
        found += [kind] if isinstance(kind, str) else kind
    if schema.get("default", ...) is None:
        found.remove("null")
    return found[0] if len(found) == 1 else found


def whole_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the whole JSON schema of an answer, rows and envelope.

    A field with a default is left out of an answer where it has that value.
    """
    return slim(model.model_json_schema(mode="serialization"))
