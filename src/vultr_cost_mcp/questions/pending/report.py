"""Pending charges by Vultr's own lines (rules D1, D2, D4, D5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.account_parts import BILL
from vultr_cost_mcp.domain.bill import BillTotals
from vultr_cost_mcp.domain.report_fields import Label, Nearest, Omitted, Summed, Usd, top
from vultr_cost_mcp.money import ZERO, to_cents, total_of
from vultr_cost_mcp.questions.caveats import caveats_with, credits_in_rows, unknown_products
from vultr_cost_mcp.questions.charge_rows import (
    LineRow,
    ProductRow,
    is_product,
    line_rows,
    nearest_products,
    product_rows,
    products_by_money,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PendingReport:
    """Vultr's pending lines, and the account's stated total (D1, D2, D5)."""

    total: Summed | None
    period_total: Usd
    charges: Summed | None
    credits_and_discounts: Summed | None
    tax: Summed | None
    account_pending_charges: Usd | None
    difference: Usd | None
    previous_month_unbilled: Usd | None
    by_product: tuple[ProductRow, ...]
    lines: tuple[LineRow, ...]
    omitted: Omitted
    lines_omitted: Omitted | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    caveats: tuple[str, ...] = ()


def pending_charges(
    snapshot: Snapshot,
    *,
    detail: Literal["summary", "lines"] = "summary",
    product: str | None = None,
    limit: int = 10,
) -> PendingReport:
    """Sum the pending lines by product, beside the account's stated total.

    ``product`` is a filter, ``detail`` adds single lines, and ``limit`` is the number of rows.
    """
    if snapshot.charges is None:
        if product is not None:
            # The account states only a total: without lines, no product's part is known.
            snapshot.require("pending_charges")
        return _without_lines(snapshot)
    every = (*snapshot.uninvoiced_previous, *snapshot.charges)
    lines = [c for c in every if is_product(c, product)]
    earlier = [c for c in snapshot.uninvoiced_previous if is_product(c, product)]
    totals = BillTotals.of(lines)
    # An unread line may be of the product.
    unread = product is not None and not lines and snapshot.lacks(BILL)
    period_total = to_cents(total_of(charge.total for charge in every))
    stated = _stated(snapshot)
    report = PendingReport(
        total=None if unread else totals.total,
        period_total=period_total,
        charges=None if unread else totals.charges,
        credits_and_discounts=None if unread else totals.credits_and_discounts,
        tax=None if unread else totals.tax,
        account_pending_charges=stated,
        difference=None if stated is None else stated - period_total,
        previous_month_unbilled=to_cents(total_of(charge.total for charge in earlier)),
        by_product=tuple(product_rows(lines, totals.charges)),
        lines=tuple(line_rows(lines)) if detail == "lines" else (),
        omitted=Omitted(0, ZERO),
        lines_omitted=Omitted(0, ZERO) if detail == "lines" else None,
        filters={} if product is None else {"product": product},
        available=() if lines or product is None else products_by_money(every),
        nearest=() if lines or product is None else nearest_products(every, product),
        caveats=_caveats(snapshot, every, product),
    )
    return shortened(report, limit)


def shortened(report: PendingReport, limit: int) -> PendingReport:
    """Return the report with its largest products and lines, and the sum of the others."""
    by_product, omitted = top(report.by_product, limit, lambda row: row.total)
    lines, lines_omitted = top(report.lines, limit, lambda row: row.total)
    return replace(
        report,
        by_product=by_product,
        omitted=omitted,
        lines=lines,
        lines_omitted=None if report.lines_omitted is None else lines_omitted,
    )


def _without_lines(snapshot: Snapshot) -> PendingReport:
    total = to_cents(snapshot.pending_month_to_date)
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
        nearest=(),
        caveats=_caveats(snapshot, snapshot.uninvoiced_previous, None),
    )


def _stated(snapshot: Snapshot) -> Decimal | None:
    stated = snapshot.balance.pending_charges if snapshot.balance else None
    return None if stated is None else to_cents(stated)


def _caveats(snapshot: Snapshot, every: Sequence[Charge], product: str | None) -> tuple[str, ...]:
    credit = credits_in_rows(every) if product is None else ()
    return caveats_with(snapshot, [*unknown_products(every), *credit])
