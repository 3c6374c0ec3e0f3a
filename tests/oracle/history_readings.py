"""An account that lives on: what it shows at any instant, and what a month came to at each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.support.double import Account

from .catalog import PLANS, REGIONS, plan_row
from .history_accounts import (
    CENT,
    COMPUTE,
    GPU,
    HOUR,
    Meter,
    Segment,
    hourly,
    month_of,
    next_month,
    row,
)

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  (seeded by the test)

    from tests.support.double import Row

EMAIL = "billing@double.example"
SPIKE = "experiment"


@dataclass
class Life:
    """Meters over time, an overage that grows a cent at a time, and a flat amount a month."""

    begin: datetime
    meters: list[Meter] = field(default_factory=list)
    overage: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)
    spike: datetime | None = None

    def bill(self, month: datetime, until: datetime) -> list[Row]:
        """The lines of a month as they stand at an instant of it."""
        made = [hourly(meter.product, one, month, until)
                for meter in self.meters for one in meter.segments]  # fmt: skip
        rows = [one for one in made if one is not None]
        grown = (self.overage * Decimal((until - month) / HOUR)).quantize(CENT)
        if grown:
            rows.append(row("Bandwidth Overage", "Bandwidth Overage", grown, "overage",
                            units=int(grown / CENT), price=CENT,
                            start=month, end=until))  # fmt: skip
        if self.flat:
            rows.append(row("Plan", "Support Subscription", self.flat, "flat",
                            start=month, end=until))  # fmt: skip
        return rows

    def spent(self, at: datetime) -> Decimal:
        """The month to date at an instant."""
        rows = self.bill(month_of(at), at)
        return sum((line["total"] for line in rows), Decimal(0))

    def account(self, at: datetime) -> Account:
        """Return the API's state at an instant: an invoice comes an hour after its month."""
        made = Account(now=at, pending=self.bill(month_of(at), at))
        made.account["email"] = EMAIL
        made.plans = [plan_row(plan, "missing") for plan in PLANS]
        made.regions = [{"id": region, "city": region, "country": "XX", "continent": "Nowhere",
                         "options": [], "connectivity": []} for region in REGIONS]  # fmt: skip
        month, number = month_of(self.begin), 1
        while next_month(month) <= at:
            rows = self.bill(month, next_month(month))
            if at >= next_month(month) + HOUR:
                self._invoice(made, number, next_month(month) + HOUR, rows)
            else:
                made.pending += rows
            month, number = next_month(month), number + 1
        stated = sum((line["total"] for line in made.pending), Decimal(0))
        made.account["pending_charges"] = stated
        self._servers(made, at)
        return made

    @staticmethod
    def _invoice(made: Account, number: int, date: datetime, rows: list[Row]) -> None:
        total = sum((line["total"] for line in rows), Decimal(0))
        made.invoices.append({"id": number, "date": date.isoformat(), "description": "Invoice",
                              "amount": total, "balance": total})  # fmt: skip
        made.invoice_items[str(number)] = rows

    def _servers(self, made: Account, at: datetime) -> None:
        plans = {plan.ram: plan.id for plan in PLANS}
        for number, meter in enumerate(self.meters):
            (one,) = meter.segments
            alive = one.begin <= at and (one.end is None or at < one.end)
            if not alive or meter.product not in {COMPUTE, GPU}:
                continue
            address, rest = one.text.split(" (", 1)
            ram, label = rest.split(" MB) [", 1)
            made.instances.append({
                "id": f"00000000-0000-4000-8000-{number:012}",
                "label": label[:-1],
                "main_ip": address,
                "region": "ewr",
                "plan": plans[int(ram)],
                "date_created": one.begin.isoformat(),
                "status": "active",
                "power_status": "running",
                "server_status": "ok",
                "tags": [],
                "features": [],
            })  # fmt: skip


def make_life(rng: Random, *, days: int, steady: bool) -> tuple[Life, list[datetime]]:
    """A life from the 1st of a month, and the instants at which it is read."""
    begin = datetime(rng.randint(2024, 2027), rng.randint(1, 12), 1, tzinfo=UTC)
    life = Life(begin)
    old = begin - timedelta(days=200)
    for number in range(rng.randint(2, 6)):
        plan = rng.choice(PLANS[:7])
        text = f"198.18.0.{number + 1} ({plan.ram} MB) [server-{number}]"
        born, gone = old, None
        if not steady and rng.random() < 0.5:
            born = begin + timedelta(hours=rng.randint(1, days * 24 - 2))
        if not steady and rng.random() < 0.3:
            gone = born + timedelta(hours=rng.randint(3, 600))
        life.meters.append(Meter(COMPUTE, (Segment(text, plan.monthly, 672, born, gone),)))
    life.meters.append(
        Meter("Block Storage", (Segment("Block Storage (data)", Decimal(10), 672, old),))
    )
    life.overage = rng.choice((Decimal(0), Decimal("0.03"), Decimal("0.11")))
    life.flat = rng.choice((Decimal(0), Decimal(99)))
    if steady:
        life.spike = begin + timedelta(days=rng.randint(days - 20, days - 4))
        if (life.spike + timedelta(days=1)).day == 1:
            life.spike -= timedelta(days=1)  # the last day of a month: see test_history_open.py
        born = life.spike + timedelta(minutes=rng.randint(2, 50))
        gone = born + timedelta(hours=22)
        text = f"198.18.0.99 (122880 MB) [{SPIKE}]"
        life.meters.append(Meter(GPU, (Segment(text, Decimal(1750), 730, born, gone),)))
    return life, _instants(rng, begin, days, none=0.0 if steady else 0.15)


def _instants(rng: Random, begin: datetime, days: int, *, none: float) -> list[datetime]:
    """One to three readings a day at any minute; on some days none."""
    found: list[datetime] = []
    for day in range(days):
        count = 0 if rng.random() < none else rng.randint(1, 3)
        found += [begin + timedelta(days=day, minutes=rng.randint(1, 1439), seconds=7)
                  for _ in range(count)]  # fmt: skip
    return sorted(found)
