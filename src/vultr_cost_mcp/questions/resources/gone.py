"""Say of a name that nothing has any more what the bill still charges for it (rule D16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.matching import mentions
from vultr_cost_mcp.markdown import code, usd
from vultr_cost_mcp.money import to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.domain.snapshot import Snapshot


def gone_caveats(snapshot: Snapshot, filters: Mapping[str, str], found: int | None) -> list[str]:
    """Return a caveat on this month's lines of what was destroyed, none if something matches.

    Only a query finds lines: they state no kind, region or tag.
    """
    wanted = filters.get("query")
    if wanted is None or found or len(filters) > 1:
        return []
    gone = [
        charge
        for charge in snapshot.month_charges or ()
        if charge.reason == "destroyed" and mentions([charge.description], wanted)
    ]
    if not gone:
        return []
    spent = usd(to_cents(total_of(charge.total for charge in gone)))
    return [
        (
            f"What was destroyed this month and is called {code(wanted)} cost {spent}: "
            "breakdown_by_service by resource names it."
        )
    ]
