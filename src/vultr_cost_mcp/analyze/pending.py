"""What is unbilled so far, by Vultr's own lines (rules D1, D2, D4, D5)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.bill import BillTotals, Charge
from vultr_cost_mcp.domain.reports.common import Omitted, cut
from vultr_cost_mcp.domain.reports.pending import LineRow, PendingReport, ProductRow
from vultr_cost_mcp.money import ZERO, allocate, percent_of, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.snapshot import Snapshot

NO_PRODUCT = "(no product)"
_AVAILABLE = 15


def pending_charges(
    snapshot: Snapshot,
    *,
    detail: Literal["summary", "lines"] = "summary",
    product: str | None = None,
    limit: int = 10,
) -> PendingReport:
    """Sum the unbilled lines, by product, beside what the account states."""
    if snapshot.charges is None:
        if product is not None:
            # The account states one sum: without lines no product's part of it is known.
            snapshot.require("pending_charges")
        return _without_lines(snapshot)
    every = (*snapshot.earlier_charges, *snapshot.charges)
    lines = [c for c in every if _is_product(c, product)]
    earlier = [c for c in snapshot.earlier_charges if _is_product(c, product)]
    totals = BillTotals.of(lines)
    period_total = to_cents(total_of(charge.line.total for charge in every))
    stated = _stated(snapshot)
    by_product, omitted = cut(_products(lines, totals), limit, lambda row: row.total)
    rows, rows_omitted = cut(_lines(lines), limit, lambda row: row.total)
    return PendingReport(
        total=totals.total,
        period_total=period_total,
        charges=totals.charges,
        credits_and_discounts=totals.credits_and_discounts,
        tax=totals.tax,
        account_pending_charges=stated,
        difference=None if stated is None else stated - period_total,
        previous_month_unbilled=to_cents(total_of(charge.line.total for charge in earlier)),
        by_product=by_product,
        lines=rows if detail == "lines" else (),
        omitted=omitted,
        lines_omitted=rows_omitted if detail == "lines" else None,
        filters={} if product is None else {"product": product},
        available=() if lines or product is None else _available(every),
    )


def _without_lines(snapshot: Snapshot) -> PendingReport:
    total = to_cents(snapshot.month_to_date)
    return PendingReport(
        total=total,
        period_total=total,
        charges=None,
        credits_and_discounts=None,
        tax=None,
        account_pending_charges=total,
        difference=None,
        previous_month_unbilled=None,
        by_product=(),
        lines=(),
        omitted=Omitted(0, ZERO),
        lines_omitted=None,
        filters={},
        available=(),
    )


def _stated(snapshot: Snapshot) -> Decimal | None:
    stated = snapshot.balance.pending_charges if snapshot.balance else None
    return None if stated is None else to_cents(stated)


def _product_of(charge: Charge) -> str:
    return charge.line.product or NO_PRODUCT


def _is_product(charge: Charge, product: str | None) -> bool:
    return product is None or _product_of(charge).casefold() == product.strip().casefold()


def _products(charges: Sequence[Charge], totals: BillTotals) -> list[ProductRow]:
    groups: dict[tuple[str, Service], list[Charge]] = defaultdict(list)
    for charge in charges:
        groups[_product_of(charge), charge.service].append(charge)
    sums = allocate(
        {key: total_of(charge.line.total for charge in rows) for key, rows in groups.items()}
    )
    return [
        ProductRow(
            product=product,
            service=service,
            total=sums[product, service],
            share_percent=percent_of(sums[product, service], totals.charges),
            line_count=len(groups[product, service]),
        )
        for product, service in sorted(groups)
    ]


def _lines(charges: Sequence[Charge]) -> list[LineRow]:
    sums = allocate({number: charge.line.total for number, charge in enumerate(charges)})
    return [
        LineRow(
            description=charge.line.description,
            product=charge.line.product,
            start=charge.line.start,
            end=charge.line.end,
            units=charge.line.units,
            unit_type=charge.line.unit_type,
            unit_price=charge.line.unit_price,
            total=sums[number],
        )
        for number, charge in enumerate(charges)
    ]


def _available(charges: Sequence[Charge]) -> tuple[str, ...]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        sums[_product_of(charge)] += charge.line.total
    return tuple(sorted(sums, key=lambda name: (-sums[name], name))[:_AVAILABLE])
