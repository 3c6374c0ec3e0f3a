"""The lines of a comparison under its filters, and other values for these (D29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.domain.matching import has_tag, is_same
from vultr_cost_mcp.money import to_cents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from vultr_cost_mcp.billing.projection import ProjectedCharge
    from vultr_cost_mcp.domain.bill import Charge, MonthlyBill
    from vultr_cost_mcp.domain.filters import Filters, Row
    from vultr_cost_mcp.domain.report_fields import Nearest
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scope:
    """The filters by service and tag, and the resources by key, whose tags they ask for."""

    filters: Filters
    by_id: Mapping[str, Resource]

    def lines(self, bill: MonthlyBill, *, taxed: bool) -> list[Charge]:
        """Return the compared lines of a month; tax exists on invoices only (D3)."""
        return [charge for charge in lines_of(bill, taxed=taxed) if self._has(charge)]

    def projected(self, snapshot: Snapshot) -> Decimal:
        """Return the running month's end before tax, in cents."""
        outlook = project_month_end(snapshot)
        if self.filters.given:
            service = self.filters.service
            overage = self.filters.tag is None and is_same("Networking", service or "Networking")
            outlook = outlook.only(self._counts, overage=overage)
        return to_cents(outlook.at_month_end)

    def missed(self, *bills: MonthlyBill) -> bool:
        """Return whether filters are given, and no line of the months passes them."""
        return bool(self.filters.given) and not any(
            self._has(charge) for bill in bills for charge in bill.charges
        )

    def nearest(self, *bills: MonthlyBill) -> tuple[Nearest, ...]:
        """Return the values that filters without a match may have meant."""
        return self.filters.question.near(self._rows(*bills))

    def available(self, *bills: MonthlyBill) -> tuple[str, ...]:
        """Return the values with the most money of the filter."""
        return self.filters.available(self._rows(*bills))

    def _rows(self, *bills: MonthlyBill) -> list[Row]:
        return [self._row(charge) for bill in bills for charge in bill.charges]

    def _row(self, charge: Charge) -> Row:
        return charge, self.by_id.get(charge.resource_id or "")

    def _has(self, charge: Charge) -> bool:
        return self.filters.let_in(self._row(charge))

    def _counts(self, course: ProjectedCharge) -> bool:
        key = course.charge.resource_id if course.charge else None
        resource = course.resource or self.by_id.get(key or "")
        tag, service = self.filters.tag, self.filters.service
        if tag is not None and (resource is None or not has_tag(resource.tags, tag)):
            return False
        return service is None or is_same(course.service, service)


def lines_of(bill: MonthlyBill, *, taxed: bool) -> list[Charge]:
    """Return a month's lines with or without tax."""
    return [charge for charge in bill.charges if taxed or charge.service != "Tax"]
