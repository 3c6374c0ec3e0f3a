"""The invoices of random accounts: last month's, one in the middle of this one, credit notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, TypeAlias

from tests.support.double import Account

from .catalog import CREDITS, TAXES

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  (seeded by the test)

    from tests.support.double import Row

CENT = Decimal("0.01")
FIRST_DAYS = 3
Span: TypeAlias = tuple[datetime | None, datetime | None]


class Papers:
    """The invoices of an account; ``cut`` is the end of an invoice for this month."""

    def __init__(self, rng: Random, now: datetime, quirks: frozenset[str]) -> None:
        """Take the source of chance, the instant of the reading and what may be seen two ways."""
        self.rng = rng
        self.now = now.astimezone(UTC)
        self.month = self.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self.quirks = quirks
        self.account = Account(now=self.now)
        self.number = 4000
        self.cut = self._cut()
        self.invoiced: list[Row] = []
        self.is_invoiced = self._chance(0.5 if self.now.day <= FIRST_DAYS else 0.85)

    def _cut(self) -> datetime | None:
        """The instant up to which an invoice of this month has the lines already."""
        hours = int((self.now - self.month).total_seconds() // 3600)
        first = FIRST_DAYS * 24 + 1
        if hours < first + 6 or not self._chance(0.4, "mid_month"):
            return None
        return self.month + timedelta(hours=self.rng.randint(first, hours - 5))

    def _chance(self, share: float, quirk: str = "") -> bool:
        drawn = self.rng.random() < share
        return drawn and (not quirk or quirk in self.quirks)

    def _dollars(self, low: int, high: int) -> Decimal:
        return self.rng.randint(low, high) * CENT

    def _invoices(self) -> None:
        """Last month's, unless its lines wait; one of the middle of this month; credit notes."""
        last = (self.month - timedelta(days=1)).replace(day=1)
        older = (last - timedelta(days=1)).replace(day=1)
        self._invoice(last + timedelta(hours=3), self._month_rows(older, last))
        if self.is_invoiced:
            self._invoice(self.month + timedelta(minutes=4), self._month_rows(last, self.month))
        if self.cut is not None:
            rows = [*self.invoiced, *self._beside(last)]
            self._invoice(self.cut + timedelta(minutes=self.rng.randint(0, 50)), rows)
        days = (self.now - self.month).days
        if days > FIRST_DAYS + 1 and self._chance(0.3):
            at = self.month + timedelta(days=self.rng.randint(FIRST_DAYS, days - 1), hours=2)
            kind, total = self.rng.choice((
                ("Refund", -self._dollars(100, 5000)), ("License", self._dollars(100, 5000)),
            ))  # fmt: skip
            self._invoice(at, [self._made(kind, kind, "flat", total, (at, at))])

    def _month_rows(self, month: datetime, end: datetime) -> list[Row]:
        """A whole month of some servers, with tax or without."""
        made = []
        for number in range(self.rng.randint(1, 3)):
            monthly = Decimal(self.rng.choice((5, 24, 350)))
            units = int((end - month).total_seconds() // 3600)
            total = min(monthly, (units * monthly / 672).quantize(CENT, rounding=ROUND_CEILING))
            row = self._made(f"203.0.113.{number + 1} (1024 MB) [past-{number}]",
                             "Vultr Cloud Compute", "hours", total, (month, end))  # fmt: skip
            made.append(row | {"units": units, "unit_price": unit_price(monthly, 672, None)})
        charged = sum((row["total"] for row in made), Decimal(0))
        if self._chance(0.5):
            product, text = self.rng.choice(CREDITS if "words" in self.quirks else CREDITS[:1])
            made.append(self._made(text, product, "flat", -self._dollars(1, 200), (month, end)))
        taxes = TAXES if "words" in self.quirks else TAXES[3:4]
        for product, text in self.rng.sample(taxes, self.rng.choice((0, 1, len(taxes[:2])))):
            tax = (charged * self.rng.choice((Decimal("0.13"), Decimal("0.09975")))).quantize(CENT)
            made.append(self._made(text, product, "flat", tax, (month, end)))
        return made

    def _beside(self, last: datetime) -> list[Row]:
        """Return lines other than hours that an invoice in the middle of a month may have."""
        made = []
        if self._chance(0.4):
            product, text = self.rng.choice(TAXES)
            made.append(self._made(text, product, "flat", self._dollars(9, 2000), (None, None)))
        if self._chance(0.4):
            made.append(self._made("Setup", "License", "flat", self._dollars(9, 900), (None, None)))
        if self._chance(0.3):
            product, text = self.rng.choice(CREDITS)
            begun = (self.month, self.cut)
            made.append(self._made(text, product, "flat", -self._dollars(1, 50), begun))
        if self._chance(0.3):
            monthly = Decimal(self.rng.choice((5, 9000)))
            made.append(self._made("203.0.113.9 (1024 MB) [past-9]", "Vultr Cloud Compute", "hours",
                                   monthly, (last, self.month)))  # fmt: skip
        return made

    @staticmethod
    def _made(text: str, product: str, unit_type: str, total: Decimal, span: Span) -> Row:
        """Return a line of a bill or an invoice."""
        start, end = span
        return {
            "description": text,
            "product": product,
            "start_date": start.isoformat() if start else "",
            "end_date": end.isoformat() if end else "",
            "units": 1,
            "unit_type": unit_type,
            "unit_price": total,
            "total": total,
        }

    def _invoice(self, date: datetime, rows: list[Row]) -> None:
        if not rows:
            return
        self.number += 1
        total = sum((row["total"] for row in rows), Decimal(0))
        self.account.invoices.append({
            "id": self.number,
            "date": date.isoformat(),
            "description": f"Invoice #{self.number}",
            "amount": total,
            "balance": total,
        })  # fmt: skip
        self.rng.shuffle(rows)
        self.account.invoice_items[str(self.number)] = rows


def unit_price(monthly: Decimal, cap: int, digits: int | None) -> Decimal:
    """The price of an hour at so many digits, or as a float's whole text."""
    if digits is None:
        return Decimal(repr(float(monthly) / cap))
    return (monthly / cap).quantize(Decimal(1).scaleb(-digits))
