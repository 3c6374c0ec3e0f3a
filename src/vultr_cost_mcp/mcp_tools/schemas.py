"""Derive pydantic answer models from reports, so that no field is written twice by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    create_model,
)

from vultr_cost_mcp.domain.report_fields import DIGITS, UNTRUSTED, USD
from vultr_cost_mcp.domain.text import clean

_PARTS = "#/$defs/"
_STRING = WithJsonSchema({"type": "string"})


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PRINTED: dict[str, Any] = {
    USD: Annotated[Decimal, PlainSerializer(lambda value: f"{value:.2f}"), _STRING],
    DIGITS: Annotated[Decimal, PlainSerializer(lambda value: format(value, "f")), _STRING],
    UNTRUSTED: Annotated[str, PlainSerializer(clean)],
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
    return {
        field.name: (
            _printed(hints[field.name]),
            Field(
                ... if field.default is MISSING else field.default,
                alias=field.name.removesuffix("_") if field.name.endswith("_") else None,
            ),
        )
        for field in fields(report)
    }


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


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of an answer, as short as possible.

    A definition that is used once is inlined. Only the answer itself has ``required``: rows always
    have all their fields.
    """
    schema = slim(model.model_json_schema(mode="serialization"))
    parts: dict[str, Any] = schema.pop("$defs", {})
    uses = Counter(_references(schema)) + Counter(
        name for part in parts.values() for name in _references(part)
    )
    shared = {name for name, count in uses.items() if count > 1}
    short = _short(schema, parts, shared)
    if shared:
        short["$defs"] = {name: _part(parts[name], parts, shared) for name in sorted(shared)}
    return cast("dict[str, Any]", short)


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of all definitions that a schema refers to."""
    if isinstance(schema, dict):
        for name, value in cast("dict[str, Any]", schema).items():
            if name == "$ref":
                yield value.removeprefix(_PARTS)
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for entry in cast("list[object]", schema):
            yield from _references(entry)


def _part(part: dict[str, Any], parts: dict[str, Any], shared: set[str]) -> Any:
    return _short({k: v for k, v in part.items() if k != "required"}, parts, shared)


def _short(schema: Any, parts: dict[str, Any], shared: set[str]) -> Any:
    if isinstance(schema, list):
        return [_short(entry, parts, shared) for entry in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = _optional(cast("dict[str, Any]", schema))
    name = given.get("$ref", "").removeprefix(_PARTS)
    if name:
        return given if name in shared else _part(parts[name], parts, shared)
    return {
        key: _short(value, parts, shared)
        for key, value in given.items()
        if not _is_redundant(key, value)
    }


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a nullable plain value as one list of types."""
    arms = schema.get("anyOf", ())
    if not arms or any(arm.keys() != {"type"} for arm in arms):
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, "type": [arm["type"] for arm in arms]}


def _is_redundant(name: str, value: Any) -> bool:
    """Return whether an entry carries no information for readers of an answer."""
    return (name == "additionalProperties" and value is False) or (
        name == "default" and value is None
    )
