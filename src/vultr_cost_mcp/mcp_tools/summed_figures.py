"""Find the figures of a report that are added up over accounts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from vultr_cost_mcp.domain.report_fields import SUMMED

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.mcp_tools.envelope import Report


def summed_of(report: Report, headline: str) -> dict[str, Decimal | None]:
    """Return the figures that are declared ``Summed``, by name.

    ``headline`` names the headline's own figure, which is the first if it is one of them. The
    figures of a record inside a report count as its own. That of an object which a report may lack
    has the object's name, and is left out with it.
    """
    paths = sorted(_paths(type(report)), key=lambda path: path != headline)
    figures = {path.rpartition(".")[2]: attrgetter(path)(report) for path in paths}
    objects = {name: getattr(report, name) for name in _objects(type(report))}
    return figures | {
        name: attrgetter(_objects(type(report))[name])(found)
        for name, found in objects.items()
        if found is not None
    }


@cache
def _paths(report: type) -> tuple[str, ...]:
    """Return the summed fields of a report, those of a record inside with its name before."""
    hints = get_type_hints(report, include_extras=True)
    found: list[str] = []
    for field in fields(report):
        hint = hints[field.name]
        if is_dataclass(hint) and isinstance(hint, type):
            found += [f"{field.name}.{path}" for path in _paths(hint)]
        elif any(_is_summed(arm) for arm in (hint, *get_args(hint))):
            found.append(field.name)
    return tuple(found)


@cache
def _objects(report: type) -> dict[str, str]:
    """Return the objects that a report may lack, each with its own summed figure."""
    hints = get_type_hints(report, include_extras=True)
    return {
        name: path
        for name, hint in hints.items()
        for arm in get_args(hint)
        if is_dataclass(arm) and isinstance(arm, type)
        for path in _paths(arm)
    }


def _is_summed(hint: Any) -> bool:
    return get_origin(hint) is Annotated and SUMMED in get_args(hint)
