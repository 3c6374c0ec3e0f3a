"""Format amounts, names and tables in Markdown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.untrusted_text import as_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.report_fields import Exempt, NamedCount, Omitted

UNKNOWN = "unknown"


def usd(amount: Decimal | None) -> str:
    """Format dollars with two decimals; None becomes "unknown"."""
    if amount is None:
        return UNKNOWN
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def at_least(amount: Decimal | None, *, hedged: bool) -> str:
    """Format dollars, after "at least" if parts that the amount rests on were not read."""
    return f"at least {usd(amount)}" if hedged and amount is not None else usd(amount)


def percent(share: float | None) -> str:
    """Format a percentage with one decimal."""
    return UNKNOWN if share is None else f"{share:.1f} %"


def code(text: str) -> str:
    """Quote a user's text as code, so that no link, markup or instruction comes out of it."""
    words = as_shown(text).replace("`", "'").replace("|", "¦")
    return f"`{words}`" if words else "(no name)"


def distinct(names: Sequence[tuple[str, str | None]]) -> list[str]:
    """Quote names; add the id to a name that several rows share."""
    shown = [code(name) for name, _ in names]
    often = Counter(shown)
    return [
        f"{name} {code(id_)}" if id_ and often[name] > 1 else name
        for name, (_, id_) in zip(shown, names, strict=True)
    ]


def count(number: int | None, noun: str, plural: str | None = None) -> str:
    """Format a number with its noun: ``1 server``, ``2 servers``."""
    if number is None:
        return f"{UNKNOWN} {plural or noun + 's'}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def with_names(named: NamedCount | Exempt) -> str:
    """Return a number with its first names: ``7 (`a` by `keep`, `b` by `keep` and others)``."""
    others = " and others" if named.count > len(named.names) else ""
    names = [code(name) for name in named.names]
    if named.tags:
        names = [f"{name} by {code(tag)}" for name, tag in zip(names, named.tags, strict=True)]
    return f"{named.count:,} ({', '.join(names)}{others})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table between empty lines; heads that end in ``$`` align right."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return []
    rule = "|".join("---:" if name.endswith("$") else "---" for name in head)
    names = " | ".join(name.removesuffix("$").strip() for name in head)
    return ["", f"| {names} |", f"|{rule}|", *body, ""]


def more(omitted: Omitted | None, noun: str, plural: str | None = None, per: str = "") -> list[str]:
    """Return a line about the rows that a list shows and leaves out; none if it shows all.

    ``per`` follows a sum, such as " a month".
    """
    if omitted is None or omitted.count == 0:
        return []
    what = noun if omitted.count == 1 else plural or noun + "s"
    if not omitted.shown:
        return [f"{omitted.count:,} more {what}, together {usd(omitted.total)}{per}."]
    together = "" if omitted.shown_total is None else f", together {usd(omitted.shown_total)}{per}"
    return [
        (
            f"{omitted.shown:,} of {omitted.of:,} {plural or noun + 's'} shown{together}; "
            f"{omitted.count:,} more, {usd(omitted.total)}{per}."
        )
    ]
