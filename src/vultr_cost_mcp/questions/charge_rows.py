"""Bill lines as rows, and summed by product, for every report that shows them (D1, D4)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.proration import billed_hours
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.matching import Question, is_same
from vultr_cost_mcp.domain.report_fields import Label, UnitPrice, Usd
from vultr_cost_mcp.markdown import code, percent, table, usd
from vultr_cost_mcp.money import ZERO, allocate, percent_of, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.report_fields import Nearest

NO_PRODUCT = "(no product)"
_AVAILABLE = 15


@dataclass(frozen=True, slots=True)
class ProductRow:
    """All lines of one Vultr product."""

    product: Label
    service: Service
    total: Usd
    share_percent: float | None
    line_count: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the bill as Vultr states it.

    ``uncapped`` is hours times price where that is more than ``total``: the monthly cap took the
    rest (D7). Other lines leave it out.
    """

    description: Label
    product: Label
    start: datetime | None
    end: datetime | None
    units: UnitPrice | None
    unit_type: Label
    unit_price: UnitPrice | None
    total: Usd
    uncapped: Usd | None = None


def product_of(charge: Charge) -> str:
    """Return the product that a line names, ``NO_PRODUCT`` if none."""
    return charge.product or NO_PRODUCT


def is_product(charge: Charge, product: str | None) -> bool:
    """Return whether a line is of the product, ignoring case; None is every product."""
    return product is None or is_same(product_of(charge), product)


def product_rows(charges: Sequence[Charge], whole: Decimal) -> list[ProductRow]:
    """Return sums by product and service, in cents; ``whole`` is the amount of 100 percent."""
    groups: dict[tuple[str, Service], list[Charge]] = defaultdict(list)
    for charge in charges:
        groups[product_of(charge), charge.service].append(charge)
    sums = allocate(
        {key: total_of(charge.total for charge in rows) for key, rows in groups.items()}
    )
    return [
        ProductRow(
            product=product,
            service=service,
            total=sums[product, service],
            share_percent=percent_of(sums[product, service], whole),
            line_count=len(groups[product, service]),
        )
        for product, service in sorted(groups)
    ]


def line_rows(charges: Sequence[Charge]) -> list[LineRow]:
    """Return a row for each line, in cents that sum to their total."""
    sums = allocate({number: charge.total for number, charge in enumerate(charges)})
    return [
        LineRow(
            description=charge.description,
            product=charge.product,
            start=charge.start,
            end=charge.end,
            units=charge.units,
            unit_type=charge.unit_type,
            unit_price=charge.unit_price,
            total=sums[number],
            uncapped=_uncapped(charge),
        )
        for number, charge in enumerate(charges)
    ]


def _uncapped(charge: Charge) -> Decimal | None:
    """Return hours times price of a line that is at its monthly cap; None for any other."""
    billed = billed_hours(charge)
    if billed is None or charge.units is None or not charge.unit_price or billed >= charge.units:
        return None
    without = to_cents(charge.units * charge.unit_price)
    return without if without > charge.total else None


def product_table(products: Iterable[ProductRow]) -> list[str]:
    """Return products as a table."""
    return table(
        ("Product", "Service", "Total $", "Share of charges $", "Lines $"),
        (
            (
                code(row.product),
                row.service,
                usd(row.total),
                percent(row.share_percent),
                str(row.line_count),
            )
            for row in products
        ),
    )


def line_table(lines: Sequence[LineRow]) -> list[str]:
    """Return lines as a table, with hours times price where a monthly cap made the total less."""
    capped = any(line.uncapped is not None for line in lines)
    head = ["Line", "Units $", "Unit price $", *(["Uncapped $"] if capped else []), "Total $"]
    return table(
        head,
        (
            [
                code(line.description or line.product),
                f"{_digits(line.units)} {code(line.unit_type)}".strip(),
                _digits(line.unit_price),
                *(["" if line.uncapped is None else usd(line.uncapped)] if capped else []),
                usd(line.total),
            ]
            for line in lines
        ),
    )


def _digits(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")


def products_by_money(charges: Iterable[Charge]) -> tuple[str, ...]:
    """Return the products with the largest amounts, for a filter that matched nothing."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        sums[product_of(charge)] += charge.total
    return tuple(sorted(sums, key=lambda name: (-sums[name], name))[:_AVAILABLE])


def nearest_products(charges: Iterable[Charge], product: str) -> tuple[Nearest, ...]:
    """Return the products nearest to a filter that matched no line, with their amounts."""
    question: Question[Charge] = Question(
        given={"product": product},
        passes=lambda charge, _: is_product(charge, product),
        values=lambda charge, _: (product_of(charge),),
        amount=lambda charge: charge.total,
    )
    return question.near(list(charges))
