"""What Vultr would bill, worked out from DEFINITIONS alone: the bill at any instant, and its end.

Nothing of the program is used here: whole seconds and fractions, no Decimal arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

    def row_at(self, now: datetime) -> Row | None:
        """The line of the month of ``now``, as printed at ``now``; None when there is none yet."""
        first, _ = month_of(now)
        begin = max(self.begin, first)
        end = now if self.end is None or self.end > now else self.end
        if end <= begin:
            return None
        hours = hours_between(begin, end)
        return {
            "description": self.description,
            "product": self.product,
            "start_date": begin.isoformat(),
            "end_date": end.isoformat(),
            "units": hours,
            "unit_type": "hours",
            "unit_price": printed(self.monthly, self.cap, self.digits),
            "total": accrual(self.monthly, hours, self.cap),
        }

    def unchanged_since(self, now: datetime) -> Span | None:
        """The span if nothing that happens after ``now`` happened; None if it had not begun."""
        if self.begin > now:
            return None
        end = None if self.end is not None and self.end > now else self.end
        return Span(
            self.description, self.product, self.monthly, self.cap, self.begin, end, self.digits
        )


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

    @property
    def created(self) -> datetime:
        """When it was made."""
        return self.prices[0][0]

    @property
    def description(self) -> str:
        """What its lines say: an address and the label, or only the label."""
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
            yield Span(text, self.product, monthly, self.cap, begin, end, self.digits)
            if self.backups:
                fifth = monthly / 5
                product = "Automatic Backups"
                yield Span(text, product, fifth, self.cap, begin, end, self.digits)


def bill_at(machines: Iterable[Machine], now: datetime) -> list[Row]:
    """The lines of the running month as Vultr prints them at ``now``."""
    rows = (span.row_at(now) for machine in machines for span in machine.spans())
    return [row for row in rows if row is not None]


def bill_at_month_end(machines: Iterable[Machine], now: datetime) -> Decimal:
    """Dollars of the month of ``now`` at its end if nothing changes after ``now``."""
    _, end = month_of(now)
    spans = (span.unchanged_since(now) for machine in machines for span in machine.spans())
    rows = [span.row_at(end - timedelta(microseconds=1)) for span in spans if span is not None]
    return dollars(row for row in rows if row is not None)


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
    """What lines add up to."""
    return sum((row["total"] for row in rows), Decimal(0))
