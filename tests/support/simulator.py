"""Vultr's bill, computed from the billing rules alone: at any instant, and at the month's end.

Nothing of the program is used here: whole seconds and fractions, no Decimal arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]
Digits = Literal["float", "fifteen", "four"]
CENTS = 100
HOUR = 3600


def month_of(instant: datetime) -> tuple[datetime, datetime]:
    """The first moment of an instant's UTC month and that of the next one."""
    here = instant.astimezone(UTC)
    begin = datetime(here.year, here.month, 1, tzinfo=UTC)
    return begin, datetime(here.year + here.month // 12, here.month % 12 + 1, 1, tzinfo=UTC)


def hours_between(begin: datetime, end: datetime) -> int:
    """Whole hours, every started one counted."""
    seconds = Fraction((end - begin) // timedelta(microseconds=1), 1_000_000)
    return max(0, -(-seconds // HOUR))


def accrual(monthly: Decimal, hours: int, cap: int) -> Decimal:
    """D7 in whole cents: min(monthly, the cents of hours x monthly / C, rounded up)."""
    cents = -(-Fraction(monthly) * hours * CENTS / cap // 1)
    exact = min(Fraction(monthly), Fraction(cents, CENTS))
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def half_up(amount: Fraction, places: int) -> Decimal:
    """Round to so many decimals, half up, and keep the zeros."""
    units = (amount * 10**places + Fraction(1, 2)) // 1
    return Decimal(int(units)).scaleb(-places)


def printed(monthly: Decimal, cap: int, digits: Digits) -> Decimal:
    """An hour's price as the wire prints it."""
    if digits == "four":
        return half_up(Fraction(monthly) / cap, 4)
    price = float(monthly) / cap
    return Decimal(repr(price) if digits == "float" else f"{price:.15g}")


@dataclass(frozen=True)
class Span:
    """One line of the bill: something at one price from one instant to another, or for ever."""

    description: str
    product: str
    monthly: Decimal
    cap: int
    begin: datetime
    end: datetime | None
    digits: Digits = "float"
    unit_type: str = "hours"
    unsaid: frozenset[str] = frozenset()

    def row_at(self, now: datetime, since: datetime | None = None) -> Row | None:
        """The line of the month of ``now``, as printed at ``now``; None when there is none yet.

        What an invoice has up to ``since`` is no part of it. An open line leaves ``unsaid`` fields
        empty.
        """
        first, _ = month_of(now)
        begin = max(self.begin, first, since or first)
        end = now if self.end is None or self.end > now else self.end
        if end <= begin:
            return None
        hours = hours_between(begin, end)
        row = {
            "description": self.description,
            "product": self.product,
            "start_date": begin.isoformat(),
            "end_date": end.isoformat(),
            "units": hours,
            "unit_type": self.unit_type,
            "unit_price": printed(self.monthly, self.cap, self.digits),
            "total": accrual(self.monthly, hours, self.cap),
        }
        if end == now:
            row |= dict.fromkeys(self.unsaid)
        return row

    def unchanged_since(self, now: datetime) -> Span | None:
        """The span if nothing that happens after ``now`` happened; None if it had not begun."""
        if self.begin > now:
            return None
        return replace(self, end=None if self.end is not None and self.end > now else self.end)


@dataclass(frozen=True)
class Machine:
    """A server, volume or anything else by the hour: ``prices`` are (since, dollars a month).

    The first price holds from its creation; each later one is a resize. ``backups`` adds a line
    of 20 % beside each.
    """

    name: str
    address: str
    prices: tuple[tuple[datetime, Decimal], ...]
    cap: int = 672
    destroyed: datetime | None = None
    product: str = "Vultr Cloud Compute"
    digits: Digits = "float"
    backups: bool = False
    unit_type: str = "hours"
    unsaid: frozenset[str] = frozenset()

    @property
    def created(self) -> datetime:
        """When it was made."""
        return self.prices[0][0]

    @property
    def description(self) -> str:
        """Return the description of its lines: an address and the label, or only the label."""
        if self.address:
            return f"{self.address} (1024 MB) [{self.name}]"
        return f"{self.product} ({self.name})"

    def price_at(self, now: datetime) -> Decimal | None:
        """Its dollars a month at an instant, without backups; None when it does not exist."""
        gone = self.destroyed is not None and self.destroyed <= now
        known = [price for since, price in self.prices if since <= now]
        return known[-1] if known and not gone else None

    def spans(self) -> Iterator[Span]:
        """One for each price, and one for its backups."""
        ends = [since for since, _ in self.prices[1:]] + [self.destroyed]
        for (begin, monthly), end in zip(self.prices, ends, strict=True):
            text = self.description
            server = Span(
                text, self.product, monthly, self.cap, begin, end, self.digits, self.unit_type,
                self.unsaid,
            )  # fmt: skip
            yield server
            if self.backups:
                yield replace(server, product="Automatic Backups", monthly=monthly / 5)


def bill_at(machines: Iterable[Machine], now: datetime, since: datetime | None = None) -> list[Row]:
    """The lines of the running month as Vultr prints them at ``now``.

    Where an invoice was made in the middle of the month, the lines begin anew ``since`` then.
    """
    rows = (span.row_at(now, since) for machine in machines for span in machine.spans())
    return [row for row in rows if row is not None]


def invoiced_until(machines: Iterable[Machine], cut: datetime) -> list[Row]:
    """The lines of an invoice that is made in the middle of a month (D1)."""
    spans = (span for machine in machines for span in machine.spans())
    rows = (replace(span, unsaid=frozenset()).row_at(cut) for span in spans)
    return [row for row in rows if row is not None]


def bill_at_month_end(
    machines: Iterable[Machine], now: datetime, since: datetime | None = None
) -> Decimal:
    """Dollars of the month of ``now`` at its end if nothing changes after ``now``.

    Where an invoice was made ``since`` then, what it has is part of the month, and each line has
    its own cap.
    """
    _, end = month_of(now)
    everything = list(machines)
    spans = (span.unchanged_since(now) for machine in everything for span in machine.spans())
    close = end - timedelta(microseconds=1)
    rows = [span.row_at(close, since) for span in spans if span is not None]
    before = [] if since is None else invoiced_until(everything, since)
    return dollars(before) + dollars(row for row in rows if row is not None)


def day_passed(
    machines: Iterable[Machine], now: datetime, since: datetime | None, amount: Decimal
) -> date | None:
    """The first UTC day at the end of which the month's running sum has passed an amount.

    A day that is over counts what the lines say of it (D29): a share of each line's dollars by its
    hours, rounded up to the cent. A day to come is what the bill will say.
    """
    everything = list(machines)
    first, end = month_of(now)
    for number in range((end - first).days):
        then = first + timedelta(days=number + 1)
        if _sum_at(everything, now, since, then) > amount:
            return (first + timedelta(days=number)).date()
    return None


def _sum_at(
    machines: list[Machine], now: datetime, since: datetime | None, then: datetime
) -> Decimal:
    before = [] if since is None else invoiced_until(machines, since)
    if then <= now:
        rows = [*before, *bill_at(machines, now, since)]
        return sum((_share(row, then) for row in rows), Decimal(0))
    spans = (span.unchanged_since(now) for machine in machines for span in machine.spans())
    # The last moment of the day: at midnight of the 1st a new month has begun.
    rows_then = (
        span.row_at(then - timedelta(microseconds=1), since) for span in spans if span is not None
    )
    return dollars(before) + dollars(row for row in rows_then if row is not None)


def _share(row: Row, then: datetime) -> Decimal:
    begin = datetime.fromisoformat(row["start_date"])
    hours = min(hours_between(begin, then), row["units"])
    cap = _hours_charged(row)
    cents = -(-Fraction(row["total"]) * hours * CENTS / cap // 1)
    share = min(Fraction(row["total"]), Fraction(cents, CENTS))
    return Decimal(share.numerator) / Decimal(share.denominator) if hours else Decimal(0)


def _hours_charged(row: Row) -> int:
    """All its hours, or those of the cap that its total is the price of (D29)."""
    hours: int = row["units"]
    options = [min(hours, cap) for cap in (672, 730)]
    price = Fraction(row["unit_price"] or 0)
    return min(options, key=lambda most: abs(price * most - Fraction(row["total"])))


def guess_at_month_end(machines: Iterable[Machine], now: datetime) -> Decimal:
    """The same where only the lines are known: D24's unit_price x C to the cent, never less."""
    first, end = month_of(now)
    total = Decimal(0)
    for span in (span for machine in machines for span in machine.spans()):
        row = span.row_at(now)
        if row is None:
            continue
        amount: Decimal = row["total"]
        if span.end is None or span.end > now:
            monthly = half_up(Fraction(row["unit_price"]) * span.cap, 2)
            hours = hours_between(max(span.begin, first), end)
            amount = max(amount, accrual(monthly, hours, span.cap))
        total += amount
    return total


def dollars(rows: Iterable[Row]) -> Decimal:
    """Return the sum of lines."""
    return sum((row["total"] for row in rows), Decimal(0))
