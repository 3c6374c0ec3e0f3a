"""Lines of the bill as the account sends them, kept as ``ChargeLine``."""

from __future__ import annotations

from dataclasses import replace
from sys import intern
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.vultr.endpoints import ACCOUNT_ENDPOINTS

if TYPE_CHECKING:
    from vultr_cost_mcp.vultr.endpoints import Endpoint
    from vultr_cost_mcp.vultr.models.billing import Line


def line_of(row: Line) -> ChargeLine:
    """Return a line; its texts are shared with the same line of other months."""
    return ChargeLine(
        description=intern(row.description),
        product=intern(row.product),
        start=row.start_date,
        end=row.end_date,
        units=row.units,
        unit_type=intern(row.unit_type),
        unit_price=row.unit_price,
        total=row.total,
    )


LINES: dict[str, Endpoint] = {
    name: replace(ACCOUNT_ENDPOINTS[name], kept=line_of)
    for name in ("pending_charges", "invoice_items")
}
