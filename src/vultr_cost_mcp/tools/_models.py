"""Reports to pydantic answer models, so that no field is written twice by hand."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    create_model,
)

from vultr_cost_mcp.domain.reports.common import DIGITS, UNTRUSTED, USD
from vultr_cost_mcp.domain.text import clean

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
    """Base of all answer models: filled from a report's attributes, nothing added."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", frozen=True)


@cache
def model_of(report: type) -> type[AnswerModel]:
    """The answer model of a report or of a row in one: the same fields, printed as they should."""
    return create_model(report.__name__, __base__=AnswerModel, **fields_of(report))


def fields_of(report: type) -> dict[str, Any]:
    """The fields of a dataclass as pydantic's ``create_model`` takes them."""
    hints = get_type_hints(report, include_extras=True)
    return {
        field.name: (
            _printed(hints[field.name]),
            ... if field.default is MISSING else field.default,
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
    """A JSON schema without titles and prose: a client that shows it pays for every byte."""
    return {key: _slim(key, value) for key, value in schema.items() if key != "title"}


def _slim(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"}:
        return {name: slim(part) for name, part in value.items()}
    if isinstance(value, dict):
        return slim(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [_slim("", part) for part in cast("list[object]", value)]
    return value
