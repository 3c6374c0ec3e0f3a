"""What several tools say of their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.prices.projection import without_course
from vultr_cost_mcp.render.words import count, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.snapshot import Snapshot

GROSS = "Monthly costs and savings are before the discounts on the bill: less cash is saved."
NO_LINES = "Without the bill's lines list prices are used: what is billed lower shows too high."

CREDIT_AT_MOST = "What was not read lessens credit as well: less may be left, and for less long."
_NAMED = 3


def has_discounts(snapshot: Snapshot) -> bool:
    """Whether the bill has negative lines (D2)."""
    return any(charge.line.total < 0 for charge in snapshot.charges or ())


def unknown_products(charges: Iterable[Charge] | None) -> list[str]:
    """Return a sentence that names the products of no known service, if there are any (D11)."""
    others = {
        quote(charge.line.product or charge.line.description)
        for charge in charges or ()
        if charge.service == "Other"
    }
    if not others:
        return []
    named = ", ".join(sorted(others)[:_NAMED])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    which = "Products" if len(others) > 1 else "A product"
    return [f"{which} of no known service, counted in Other and not as tax: {named}{more}."]


def unprojected(charges: Iterable[Charge] | None) -> list[str]:
    """Return a sentence that names the lines that no projection can follow, if any (D24)."""
    lines = [charge.line for charge in without_course(charges or ())]
    if not lines:
        return []
    named = ", ".join(quote(line.description or line.product) for line in lines[:_NAMED])
    more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    some = count(len(lines), "hourly line lacks", "hourly lines lack")
    said = (
        f"{some} an end or a unit price, and no resource tells it: not projected further, so the "
        f"month end may be higher. {named}{more}."
    )
    return [said]


def price_caveats(snapshot: Snapshot) -> list[str]:
    """What may be wrong with prices (D8)."""
    return [NO_LINES] if snapshot.missing("pending_charges") else []


def credit_caveats(snapshot: Snapshot) -> list[str]:
    """What may be wrong with credit: spend of at least so much leaves at most so much (D26)."""
    stated = snapshot.balance.balance if snapshot.balance else None
    has_credit = stated is not None and stated < 0
    return [CREDIT_AT_MOST] if has_credit and not snapshot.complete else []
