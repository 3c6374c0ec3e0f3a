"""Compare the listed resources with the lines of the bill (rule D16)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import Usd
from vultr_cost_mcp.money import ZERO, allocate, total_of

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The rows compared with the bill; the last four fields sum to the first (D16)."""

    bill_month_to_date: Usd
    shown_month_to_date: Usd
    destroyed_this_month: Usd
    not_resources: Usd
    unattributed: Usd


def reconciliation_of(snapshot: Snapshot) -> Reconciliation:
    """Divide the bill into existing resources, deleted ones, non-resources and unknown."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in snapshot.month_charges or ():
        where = "shown" if charge.resource_id is not None else (charge.reason or "no_match")
        sums[{"ambiguous": "no_match"}.get(where, where)] += charge.total
    cents = allocate(sums)
    return Reconciliation(
        bill_month_to_date=total_of(cents.values()),
        shown_month_to_date=cents.get("shown", ZERO),
        destroyed_this_month=cents.get("destroyed", ZERO),
        not_resources=cents.get("not_a_resource", ZERO),
        unattributed=cents.get("no_match", ZERO),
    )
