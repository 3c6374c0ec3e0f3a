"""How figures, names and tables are written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.text import as_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.report_fields import Omitted

UNKNOWN = "unknown"


def usd(amount: Decimal | None) -> str:
    """Dollars with two decimals; an unknown amount is never a number."""
    if amount is None:
        return UNKNOWN
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def at_least(amount: Decimal | None, *, hedged: bool) -> str:
    """Dollars, called the least that they can be where not all that they rest on was read."""
    return f"at least {usd(amount)}" if hedged and amount is not None else usd(amount)


def percent(share: float | None) -> str:
    """A percentage with one decimal."""
    return UNKNOWN if share is None else f"{share:.1f} %"


def code(text: str) -> str:
    """Text that somebody typed, as code: no link, markup or instruction comes out of it."""
    words = as_shown(text).replace("`", "'").replace("|", "¦")
    return f"`{words}`" if words else "(no name)"


def distinct(names: Sequence[tuple[str, str | None]]) -> list[str]:
    """Quote names; one that several rows show the same is followed by its id."""
    shown = [code(name) for name, _ in names]
    often = Counter(shown)
    return [
        f"{name} {code(id_)}" if id_ and often[name] > 1 else name
        for name, (_, id_) in zip(shown, names, strict=True)
    ]


def count(number: int | None, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 server``, ``2 servers``."""
    if number is None:
        return f"{UNKNOWN} {plural or noun + 's'}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def month_name(start: datetime) -> str:
    """A month for a reader: ``November 2026``."""
    return f"{start:%B %Y}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table between empty lines; a head that ends in ``$`` is set to the right."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return []
    rule = "|".join("---:" if name.endswith("$") else "---" for name in head)
    names = " | ".join(name.removesuffix("$").strip() for name in head)
    return ["", f"| {names} |", f"|{rule}|", *body, ""]


def more(omitted: Omitted | None, noun: str, plural: str | None = None) -> list[str]:
    """A line on the rows that a list leaves out."""
    if omitted is None or omitted.count == 0:
        return []
    what = noun if omitted.count == 1 else plural or noun + "s"
    return [f"{omitted.count:,} more {what}, together {usd(omitted.total)}."]
