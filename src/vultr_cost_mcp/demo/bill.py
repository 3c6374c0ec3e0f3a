"""Turn a stretch of time at a monthly price into a line of a bill, as Vultr writes it (D7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.demo.data import SAMPLE_NOW, Row, id_of, instant
from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.money import CENT, ceil_to_cent, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Unit prices reach the wire through a binary float printed at 15 digits: 5/672 arrives as
# 0.00744047619047619. These products come at four decimals instead.
_FLOAT_PRINT = Context(prec=15)
_A_DAY = timedelta(days=1)
_SHORT = Decimal("0.0001")
_SHORT_PRICED = {"Load Balancer", "Reserved IP", "Container Registry"}


@dataclass(frozen=True, slots=True)
class Period:
    """The part of one UTC month that a bill covers, half open."""

    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """The month as ``2026-11``."""
        return f"{self.start:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of time in which something was billed by the hour at one monthly price."""

    product: str
    description: str
    monthly: Decimal
    start: datetime
    end: datetime | None = None
    cap_hours: int = MONTH_HOURS
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; ``owner`` is the id of its resource and never reaches the wire."""

    product: str
    description: str
    start: datetime
    end: datetime
    units: Decimal
    unit_type: str
    unit_price: Decimal
    total: Decimal
    owner: str = ""

    def row(self) -> Row:
        """The line as ``/billing/pending-charges`` and an invoice's items write it."""
        return {
            "description": self.description,
            "product": self.product,
            "start_date": self.start.isoformat(),
            "end_date": self.end.isoformat(),
            "units": self.units,
            "unit_type": self.unit_type,
            "unit_price": self.unit_price,
            "total": self.total,
        }


def whole_month(name: str) -> Period:
    """Return the whole of a month such as ``2026-10``."""
    start = instant(f"{name}-01")
    following = start.replace(day=28) + timedelta(days=4)
    return Period(start, following.replace(day=1))


THIS_MONTH = Period(instant("2026-11-01"), SAMPLE_NOW)


def hourly_lines(terms: Iterable[Term], period: Period) -> Iterator[Line]:
    """The lines of those terms that overlap the period."""
    for term in terms:
        start = max(term.start, period.start)
        end = min(term.end or period.end, period.end)
        if start < end:
            yield _hourly_line(term, start, end)


def _hourly_line(term: Term, start: datetime, end: datetime) -> Line:
    hours = hours_begun(start, end)
    exact = term.monthly / term.cap_hours
    return Line(
        product=term.product,
        description=term.description,
        start=start,
        end=end,
        units=Decimal(hours),
        unit_type="hours",
        unit_price=exact.quantize(_SHORT)
        if term.product in _SHORT_PRICED
        else _FLOAT_PRINT.plus(exact),
        total=accrued(term.monthly, hours, term.cap_hours),
        owner=term.owner,
    )


def use_line(used: Row, units: int, period: Period) -> Line:
    """Return the use of a period as a line, rounded up to the cent; ``used`` is its row."""
    return Line(
        product=used["product"],
        description=used["line"],
        start=period.start,
        end=period.end,
        units=Decimal(units),
        unit_type=used["unit_type"],
        unit_price=used["unit_price"],
        total=ceil_to_cent(units * used["unit_price"]),
        owner=id_of(used["owner"]) if used["owner"] else "",
    )


def credit_line(period: Period, description: str, dollars: Decimal) -> Line:
    """A discount of so many dollars, negative on the bill, on the first day of the month."""
    start = period.start
    one = Decimal(1)
    return Line("Credit", description, start, start + _A_DAY, one, "discount", -dollars, -dollars)


def flat_line(period: Period, product: str, description: str, dollars: Decimal) -> Line:
    """A single amount for the whole period, such as tax."""
    one = Decimal(1)
    return Line(product, description, period.start, period.end, one, "flat", dollars, dollars)


def owed(owner: str, lines: Iterable[Line]) -> Decimal:
    """Return the sum of one resource's lines of this month: its own pending charges."""
    return total_of(line.total for line in lines if line.owner == owner).quantize(CENT)
