"""The sentence for filters that match nothing, with the nearest values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import code, usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.domain.report_fields import Nearest

_NOUNS = {"query": "name"}


def named(filters: Mapping[str, str]) -> str:
    """Return filters and their values as part of a sentence."""
    return ", ".join(f"{name} {code(value)}" for name, value in filters.items())


def nothing_matched(
    filters: Mapping[str, str],
    nearest: Sequence[Nearest],
    alone: Sequence[str],
    where: str,
    *,
    unknown: bool,
) -> str:
    """Return a sentence that nothing matched, with the nearest values and their amounts.

    ``filters`` are the given filters, ``nearest`` the values close to them, and ``alone`` the
    filters that match without the others. ``where`` is the period or the searched list. ``unknown``
    is true if a match may be among unread data.
    """
    nothing = "Unknown: nothing of what could be read" if unknown else "Nothing"
    together = len(filters) > 1 and len(alone) == len(filters)
    said = f"{nothing} matched {named(filters)}{' together' if together else ''} {where}"
    if together:
        said += ", though each matches alone"
    elif alone:
        matching = named({name: filters[name] for name in alone})
        said += f", though {matching} {'match' if len(alone) > 1 else 'matches'} alone"
    return f"{said}{_near(nearest)}."


def no_charges(service: str, where: str, *, invoiced: bool) -> str:
    """Return a sentence that a service which exists has no charges in a month.

    ``where`` is the period; ``invoiced`` is whether its invoice, which carries tax, is there.
    """
    if service.strip().casefold() != "tax":
        return f"No charges for service {code(service)} {where}."
    return f"No tax {where}{'' if invoiced else ': it comes with the invoice'}."


def _near(nearest: Sequence[Nearest]) -> str:
    if not nearest:
        return ""
    noun = _NOUNS.get(nearest[0].filter, nearest[0].filter)
    if len(nearest) == 1:
        return f"; the nearest {noun} is {code(nearest[0].value)} {_amount(nearest[0])}"
    values = [f"{code(near.value)} {_amount(near)}" for near in nearest]
    return f"; the {noun}s with the most money are {', '.join(values[:-1])} and {values[-1]}"


def _amount(near: Nearest) -> str:
    return "of unknown cost" if near.total is None else f"with {usd(near.total)}"
