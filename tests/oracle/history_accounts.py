"""Random accounts with months that are over: what is metered, and the invoices that come of it.

One list of meters makes every bill: the invoice of a month that is over, the lines of one that is
not invoiced yet, and those of the running month as they stand at an instant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from tests.support.double import Account

from .catalog import CREDITS, HOSTILE, PLANS, REGIONS, TAXES, plan_row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random  # noqa: TID251  (seeded by the test)

    from tests.support.double import Row

CENT = Decimal("0.01")
HOUR = timedelta(hours=1)
GPU = "Vultr Cloud GPU"
COMPUTE = "Vultr Cloud Compute"


@dataclass(frozen=True)
class Segment:
    """A span at one price; ``end`` None is still there."""

    text: str
    monthly: Decimal
    cap: int
    begin: datetime
    end: datetime | None = None
    digits: int | None = None


@dataclass(frozen=True)
class Meter:
    """One thing that is charged by the hour, in segments one after the other."""

    product: str
    segments: tuple[Segment, ...]


@dataclass
class World:
    """An account with its meters, as it was made; ``account`` is what the API serves."""

    now: datetime
    months: list[datetime]
    meters: list[Meter] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    eastern: bool = False

    @property
    def month(self) -> datetime:
        """The first moment of the running month."""
        return month_of(self.now)

    def lines(self, begin: datetime, end: datetime) -> list[Row]:
        """Return the metered charges of a span within one month."""
        made = (hourly(meter.product, one, begin, end) for meter in self.meters
                for one in meter.segments)  # fmt: skip
        return [row for row in made if row is not None]


def month_of(at: datetime) -> datetime:
    """00:00 UTC on the 1st."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first moment after a month."""
    return month_of(month + timedelta(days=32))


def unit_price(monthly: Decimal, cap: int, digits: int | None) -> Decimal:
    """The price of an hour at so many digits, or as the whole text of a float."""
    if digits is None:
        return Decimal(repr(float(monthly) / cap))
    return (monthly / cap).quantize(Decimal(1).scaleb(-digits))


def hourly(product: str, segment: Segment, begin: datetime, end: datetime) -> Row | None:
    """A segment's line for a span (D7); None where it has none."""
    start = max(segment.begin, begin)
    until = min(segment.end or end, end)
    if until <= start:
        return None
    units = math.ceil((until - start) / HOUR)
    price, cap = segment.monthly, segment.cap
    total = min(price, (units * price / cap).quantize(CENT, rounding=ROUND_CEILING))
    return row(
        segment.text, product, total, "hours",
        units=units, price=unit_price(price, cap, segment.digits), start=start, end=until,
    )  # fmt: skip


def row(
    description: str,
    product: str,
    total: Decimal,
    unit_type: str,
    *,
    start: datetime | None,
    end: datetime | None,
    units: Decimal | int = 1,
    price: Decimal | None = None,
) -> Row:
    """One line as the API sends it."""
    return {
        "description": description,
        "product": product,
        "start_date": start.isoformat() if start else "",
        "end_date": end.isoformat() if end else "",
        "units": units,
        "unit_type": unit_type,
        "unit_price": total if price is None else price,
        "total": total,
    }


def make_world(rng: Random, *, most_months: int = 14) -> World:
    """An account of 3 to 14 invoiced months and the running one."""
    return _Maker(rng, rng.randint(3, most_months)).make()


class _Maker:
    def __init__(self, rng: Random, months: int) -> None:
        self.rng = rng
        begin = datetime(rng.randint(2023, 2027), rng.randint(1, 12), 1, tzinfo=UTC)
        self.months = [begin]
        for _ in range(months):
            self.months.append(next_month(self.months[-1]))
        last = self.months[-1]
        days = (next_month(last) - last).days
        now = last + timedelta(
            days=rng.randint(0, days - 1), hours=rng.randint(0, 23), minutes=rng.randint(5, 50)
        )
        self.world = World(now, self.months[:-1])
        self.begin, self.now = begin, now
        self.addresses = 0
        self.number = 100
        self.always = rng.random() < 0.3
        self.subcent = rng.random() < 0.15

    def make(self) -> World:
        self._meters()
        self._inventory()
        self.world.eastern = self.rng.random() < 0.2
        for month in self.months[:-1]:
            self._invoices(month)
        self._running()
        self._strangers()
        account = self.world.account
        account.now = self.now
        self.rng.shuffle(account.invoices)
        return self.world

    # chance

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _address(self) -> str:
        self.addresses += 1
        return f"198.18.{self.addresses // 250}.{self.addresses % 250 + 1}"

    def _digits(self) -> int | None:
        return self.rng.choice((None, None, 4))

    def _label(self, stem: str) -> str:
        return f"{stem}-{self.addresses}-{self.rng.randint(1, 999)}"

    def _instant(self, begin: datetime, end: datetime) -> datetime:
        """Some instant between two, to the second."""
        seconds = int((end - begin).total_seconds())
        return begin + timedelta(seconds=self.rng.randint(3600, max(3601, seconds - 3600)))

    def _middle(self) -> datetime:
        """Some instant in the middle of some month."""
        month = self.rng.choice(self.months)
        end = self.now if month == self.months[-1] else next_month(month)
        return self._instant(month, end)

    # meters

    def _meters(self) -> None:
        stories = (
            self._steady, self._born, self._destroyed, self._short, self._resized, self._dearer,
            self._renamed, self._twins, self._hostile, self._gpu, self._vx1, self._volume,
            self._balancer, self._snapshot, self._reserved, self._backed_up, self._again,
            self._unknown,
        )  # fmt: skip
        self._steady()
        for story in stories:
            for _ in range(self.rng.randint(0, 2)):
                story()

    def _add(self, product: str, *segments: Segment) -> None:
        self.world.meters.append(Meter(product, segments))

    def _server(self, label: str, *spans: tuple[int, str, datetime, datetime | None]) -> None:
        """A server that was of these sizes and prices in these spans."""
        address, digits = self._address(), self._digits()
        self._add(COMPUTE, *(
            Segment(f"{address} ({ram} MB) [{label}]", Decimal(price), 672, begin, end, digits)
            for ram, price, begin, end in spans
        ))  # fmt: skip

    def _early(self) -> datetime:
        return self.begin - timedelta(days=self.rng.randint(3, 300), hours=5)

    def _steady(self) -> None:
        self._server(self._label("steady"), (1024, "5", self._early(), None))

    def _born(self) -> None:
        self._server(self._label("born"), (2048, "12", self._middle(), None))

    def _destroyed(self) -> None:
        self._server(self._label("destroyed"), (4096, "24", self._early(), self._middle()))

    def _short(self) -> None:
        begin = self._middle()
        end = min(self.now, next_month(month_of(begin)), begin + timedelta(hours=50))
        self._server(self._label("short"), (4096, "48", begin, end))

    def _resized(self) -> None:
        at = self._middle()
        sizes = [(2048, "12"), (8192, "52.5")]
        self.rng.shuffle(sizes)
        (small, low), (large, high) = sizes
        self._server(
            self._label("resized"), (small, low, self._early(), at), (large, high, at, None)
        )

    def _dearer(self) -> None:
        at = self.rng.choice(self.months)
        self._server(
            self._label("dearer"), (4096, "20", self._early(), at), (4096, "21.6", at, None)
        )

    def _renamed(self) -> None:
        at = self.rng.choice(self.months)
        address = self._address()
        old, new = self._label("old-name"), self._label("new-name")
        self._add(
            COMPUTE,
            Segment(f"{address} (4096 MB) [{old}]", Decimal(20), 672, self._early(), at),
            Segment(f"{address} (4096 MB) [{new}]", Decimal(20), 672, at),
        )

    def _twins(self) -> None:
        label = self._label("twin")
        self._server(label, (1024, "5", self._early(), self._middle()))
        self._server(label, (2048, "12", self._middle(), None))

    def _again(self) -> None:
        """Destroyed, and made anew under its label with another address."""
        label, gone = self._label("again"), self._middle()
        self._server(label, (1024, "5", self._early(), gone))
        self._server(label, (1024, "5", gone + timedelta(hours=3), None))

    def _hostile(self) -> None:
        text = self.rng.choice((*HOSTILE, "a (b) [c] 198.18.9.9", "(2048 MB)", "x) y ("))
        self._server(f"h{self.addresses} {text}", (1024, "7.5", self._middle(), None))

    def _gpu(self) -> None:
        label, address = self._label("gpu"), self._address()
        begin = self._early() if self._chance(0.5) else self._middle()
        text = f"{address} (122880 MB) [{label}]"
        self._add(GPU, Segment(text, Decimal(1750), 730, begin, digits=self._digits()))

    def _vx1(self) -> None:
        label, address = self._label("vx"), self._address()
        text = f"{address} (16384 MB) [{label}]"
        self._add(COMPUTE, Segment(text, Decimal("87.6"), 730, self._early(), digits=4))

    def _volume(self) -> None:
        text, at = f"Block Storage ({self._label('vol')})", self.rng.choice(self.months)
        self._add(
            "Block Storage",
            Segment(text, Decimal(10), 672, self._early(), at),
            Segment(text, Decimal(25), 672, at),
        )

    def _balancer(self) -> None:
        text = f"Load Balancer ({self._label('lb')})"
        self._add("Load Balancer", Segment(text, Decimal(10), 672, self._middle(), digits=4))

    def _snapshot(self) -> None:
        text = f"Snapshot ({self._label('snap')})"
        self._add("Snapshot", Segment(text, Decimal("3.35"), 672, self._early(), self._middle()))

    def _reserved(self) -> None:
        text = f"Reserved IP {self._address()}"
        self._add("Reserved IP", Segment(text, Decimal(3), 672, self._middle()))

    def _backed_up(self) -> None:
        label, address = self._label("backed"), self._address()
        text, begin = f"{address} (8192 MB) [{label}]", self._middle()
        self._add(COMPUTE, Segment(text, Decimal(48), 672, begin))
        self._add("Automatic Backups", Segment(text, Decimal("9.6"), 672, begin))

    def _unknown(self) -> None:
        text = f"Mast Annealer ({self._label('alpha')})"
        self._add("Mast Annealer", Segment(text, Decimal(44), 672, self._middle()))

    def _inventory(self) -> None:
        """The servers that exist now, so that lines find resources."""
        account = self.world.account
        account.plans = [plan_row(plan, "missing") for plan in PLANS]
        account.regions = [{"id": region, "city": region, "country": "XX", "continent": "Nowhere",
                            "options": [], "connectivity": []} for region in REGIONS]  # fmt: skip
        plans = {plan.ram: plan.id for plan in PLANS}
        for number, meter in enumerate(self.world.meters):
            last = meter.segments[-1]
            if last.end is not None or meter.product not in {COMPUTE, GPU} or self._chance(0.2):
                continue
            address, rest = last.text.split(" (", 1)
            ram, label = rest.split(" MB) [", 1)
            account.instances.append({
                "id": f"00000000-0000-4000-8000-{number:012}",
                "label": label[:-1],
                "main_ip": address,
                "region": self.rng.choice(REGIONS),
                "plan": plans[int(ram)],
                "date_created": meter.segments[0].begin.isoformat(),
                "status": "active",
                "power_status": "running",
                "server_status": "ok",
                "tags": [],
                "features": [],
            })  # fmt: skip

    # what is not charged by the hour

    def _others(self, month: datetime, end: datetime, charged: Decimal) -> Iterable[Row]:
        """Overage, discounts, metered, flat and tax of a month; each in some months only."""
        span: dict[str, Any] = {"start": month, "end": end}
        nothing: dict[str, Any] = {"start": None, "end": None}
        if self._chance(0.4):
            gigabytes = self.rng.randint(100, 4000)
            yield row("Bandwidth Overage", "Bandwidth Overage", gigabytes * CENT, "overage",
                      units=gigabytes, price=CENT, **span)  # fmt: skip
        if self._chance(0.4):
            product, text = self.rng.choice(CREDITS)
            yield row(text, product, -self._dollars(5, 900), "flat", **span)
        if self._chance(0.2):
            total = -self._dollars(100, 2500)
            yield row("Launch offer", "Promotional Credit", total, "flat", **nothing)
        if self.always or self._chance(0.2):
            total = Decimal(99) if self.always else self._dollars(900, 9900)
            yield row("Enterprise plan", "Support Subscription", total, "flat", **span)
        if self._chance(0.5):
            units = self.rng.randint(1000, 99999)
            total = units * Decimal("0.0021")
            total = total if self.subcent else total.quantize(CENT)
            yield row("Llama (chat)", "Serverless Inference", total, "tokens",
                      units=units, price=Decimal("0.0021"), **span)  # fmt: skip
        if self._chance(0.15):
            yield row("Refund [steady]", "Cloud Compute", -self._dollars(1, 300), "adjustment",
                      **nothing)  # fmt: skip
        if end == next_month(month) and self._chance(0.4):
            for product, text in self.rng.sample(TAXES, self.rng.choice((1, 1, 2))):
                tax = (charged * Decimal("0.19")).quantize(CENT)
                kind = self.rng.choice(("flat", "tax"))
                yield row(text, product, tax, kind, **(span if self._chance(0.5) else nothing))

    def _dollars(self, low: int, high: int) -> Decimal:
        return self.rng.randint(low, high) * CENT

    def _bill(self, month: datetime, end: datetime, *, taxed: bool = True) -> list[Row]:
        rows = self.world.lines(month, end)
        charged = sum((line["total"] for line in rows), Decimal(0))
        others = list(self._others(month, end, charged))
        if not taxed:
            others = [line for line in others if not _is_tax(line)]
        return [*rows, *others]

    # invoices

    def _invoices(self, month: datetime) -> None:
        last = month == self.months[-2]
        rows = self._bill(month, next_month(month), taxed=True)
        kind = self.rng.choices(
            ("plain", "two", "thresholds", "missing", "undated", "late", "pending"),
            (12, 2, 2, 1, 1, 1, 6 if last else 0),
        )[0]  # fmt: skip
        if kind == "missing":
            return
        if kind == "pending":
            waiting = [line for line in rows if not _is_tax(line)]
            waiting = [line for line in waiting if line["end_date"]]
            self.world.account.pending += waiting
            return
        date = next_month(month) + timedelta(days=self.rng.choice((0, 0, 0, 1, 2)), hours=1)
        if kind == "two":
            cut = self.rng.randint(0, len(rows))
            self._invoice(date, rows[:cut])
            self._invoice(date + timedelta(minutes=5), rows[cut:])
            return
        if kind == "thresholds":
            self._in_two_halves(month, rows, date)
            return
        if kind == "late":
            date = next_month(month) + timedelta(days=self.rng.randint(3, 12))
            rows = [line for line in rows if line["unit_type"] == "hours"]
        if self._chance(0.15):
            rows = [*rows, self._stray(month)]
        self._invoice(None if kind == "undated" else date, rows)
        if self._chance(0.1):
            at = month + timedelta(days=self.rng.randint(4, 25))
            total = self._dollars(900, 4000)
            self._invoice(at, [row("Setup", "License", total, "flat", start=at, end=at)])
        if self._chance(0.1):
            at = month + timedelta(days=self.rng.randint(4, 25))
            total = -self._dollars(100, 2000)
            self._invoice(at, [row("Outage", "Refund", total, "flat", start=at, end=at)])

    def _in_two_halves(self, month: datetime, rows: list[Row], date: datetime) -> None:
        """Charged in the middle of the month already: no line crosses the cut."""
        cut = month + timedelta(days=14)
        others = [line for line in rows if line["unit_type"] != "hours"]
        self._invoice(cut, self.world.lines(month, cut))
        self._invoice(date, [*self.world.lines(cut, next_month(month)), *others])

    def _stray(self, month: datetime) -> Row:
        """A short line of the month before, that comes with this invoice."""
        start = month - timedelta(days=6)
        return row("198.18.200.1 (1024 MB) [stray]", COMPUTE, Decimal("0.36"), "hours", units=48,
                   price=unit_price(Decimal(5), 672, None),
                   start=start, end=start + timedelta(days=2))  # fmt: skip

    def _invoice(self, date: datetime | None, rows: list[Row]) -> None:
        if not rows:
            return
        self.number += 1
        account = self.world.account
        total = sum((line["total"] for line in rows), Decimal(0))
        off = self.rng.choice((0, 0, 0, 0, 1, -150)) * CENT
        account.invoices.append({
            "id": self.number,
            "date": date.isoformat() if date else "",
            "description": f"Invoice #{self.number}",
            "amount": total.quantize(CENT) + off,
            "balance": total.quantize(CENT),
        })  # fmt: skip
        rows = [dict(line) for line in rows]
        if self.world.eastern:
            for line in rows:
                _as_eastern(line)
        self.rng.shuffle(rows)
        account.invoice_items[str(self.number)] = rows

    def _running(self) -> None:
        account, month = self.world.account, self.months[-1]
        cut = month + timedelta(days=self.rng.randint(4, 20), hours=self.rng.randint(0, 23))
        if cut < self.now - timedelta(hours=5) and self._chance(0.4):
            self._invoice(cut + timedelta(minutes=7), self._bill(month, cut))
            account.pending += self._bill(cut, self.now, taxed=False)
        else:
            account.pending += self._bill(month, self.now, taxed=False)
        stated = sum((line["total"] for line in account.pending), Decimal(0))
        account.account["pending_charges"] = stated.quantize(CENT)
        account.account["balance"] = Decimal("-20.5")

    def _strangers(self) -> None:
        """An invoice that nothing dates, and one of the running month."""
        if self._chance(0.15):
            total = self._dollars(100, 900)
            self._invoice(None, [row("Fee", "Setup", total, "flat", start=None, end=None)])
        early = self.months[-1] + timedelta(days=4)
        if early < self.now and self._chance(0.2):
            total = self._dollars(100, 900)
            self._invoice(early, [row("Fee", "License", total, "flat", start=early, end=early)])


def _is_tax(line: Row) -> bool:
    return (line["product"], line["description"]) in TAXES


def _as_eastern(line: Row) -> None:
    """Four or five hours back and without an offset, as the specification's example has it."""
    for key in ("start_date", "end_date"):
        if line[key]:
            at = datetime.fromisoformat(line[key])
            at -= timedelta(hours=4 if 3 < at.month < 11 else 5)
            line[key] = at.strftime("%Y-%m-%d %H:%M:%S")
