"""Month end, credit, budget and the invoice to come, by the billing rules alone (D24 to D27).

Where the rules leave a choice, this is what was chosen:

1.  D24 a metered line grows at the rate of its own span, which ends now at the latest.
2.  D24 what has no line yet is charged from its creation, or the 1st; each add-on is a line, told
    with its server's service. A line of overage says nothing of what its resource costs itself.
3.  D26 after this month its credit is used evenly over the days of each month.
4.  D26, D27 what grows by use or is overage may come at any time between now and the month's end:
    a day that turns on it is a span of days.
5.  D3 the tax of an invoice is a share of what is before tax, charges less credits; of lines that
    wait for an invoice (``uninvoiced``) too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from .months import after, before, month_of_invoice
from .pricing import BACKUPS, CAPS, DDOS, accrued, default_cap, listed
from .reading import CENT, ZERO, cents, instant, is_running, line_of, money, month_start

if TYPE_CHECKING:
    from .matching import Match
    from .oracle import Oracle
    from .reading import Line, Resource

METERED_SERVICES = {"Object Storage", "CDN", "Inference"}
METERED_UNITS = {"gb", "tokens"}
SERVICE_OF_KIND = {
    "instance": "Cloud Compute",
    "gpu_instance": "Cloud GPU",
    "bare_metal": "Bare Metal",
    "gpu_bare_metal": "Bare Metal",
    "kubernetes_node": "Cloud Compute",
    "database": "Managed Databases",
    "block_storage": "Block Storage",
    "object_storage": "Object Storage",
    "file_system": "File System",
    "snapshot": "Snapshots",
    "load_balancer": "Load Balancers",
    "reserved_ip": "Networking",
    "nat_gateway": "Networking",
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_MONTHS = 24
Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Going:
    """Something that costs on: so far, and what it has come to at a later instant."""

    so_far: Decimal
    service: str
    begin: datetime
    monthly: Decimal
    cap: Decimal

    def at(self, then: datetime) -> Decimal:
        """D24: never less than it is."""
        hours = Decimal(max(0, ceil((then - self.begin) / HOUR)))
        return max(self.so_far, accrued(self.monthly, hours, self.cap))


class Outlook:
    """The projected total of the current month."""

    def __init__(self, oracle: Oracle) -> None:
        """Take the account as the oracle reads it."""
        self.oracle, self.now = oracle, oracle.now
        self.month = month_start(oracle.now)
        self.end = after(self.month)

    @cached_property
    def matches(self) -> list[Match]:
        """This month's pending lines before tax."""
        return [
            found
            for found in self.oracle.matches
            if not found.line.invoiced and found.line.service != "Tax"
        ]

    @cached_property
    def going(self) -> list[Going]:
        """The hourly lines that go on, and what has no line yet."""
        lines = [found.line for found in self.oracle.matches]
        found = [
            Going(one.line.total, one.line.service, one.line.start or self.month, *price)
            for one in self.matches
            if one.line.total >= 0 and is_running(one.line, lines)
            if (price := self.oracle.line_price(one)) is not None
        ]
        return found + [part for one in self.without_line for part in self.new_parts(one)]

    @cached_property
    def without_line(self) -> list[Resource]:
        """Return existing resources that cost something and are not on the bill yet."""
        return [
            one
            for one in self.oracle.resources
            if all(line.invoiced or line.is_overage for line in self.oracle.of(one))
            and sum((part.monthly for part in self.new_parts(one)), ZERO) > 0
        ]

    def new_parts(self, resource: Resource) -> list[Going]:
        """Return the future lines of a resource."""
        price = self.oracle.prices[resource.id]
        if price.base is None:
            return []
        cap = default_cap(resource)
        begin = max(resource.created or self.month, self.month)
        features = resource.row.get("features") or []
        plan = listed(self.oracle.account, resource)[0] or price.base
        parts = [price.base, *([plan * BACKUPS] if "auto_backups" in features else [])]
        parts += [DDOS] if "ddos_protection" in features else []
        service = SERVICE_OF_KIND.get(resource.kind, "Other")
        return [Going(ZERO, service, begin, monthly, cap) for monthly in parts]

    @cached_property
    def usage(self) -> dict[str, Decimal]:
        """Return the further growth of metered lines, by service."""
        found: dict[str, Decimal] = {}
        for one in self.matches:
            line = one.line
            if not is_metered(line) or line.start is None or line.end is None:
                continue
            seconds = Decimal(str((min(line.end, self.now) - line.start).total_seconds()))
            left = Decimal(str((self.end - min(line.end, self.now)).total_seconds()))
            more = line.total * left / seconds if seconds else ZERO
            found[line.service] = found.get(line.service, ZERO) + more
        return found

    @cached_property
    def overage(self) -> Decimal:
        """D25: Vultr's projection less what lines of Networking already charge for it."""
        stated = money(self.oracle.account.account_bandwidth["current_month_projected"]
                       ["overage_cost"])  # fmt: skip
        charged = [
            one.line.total
            for one in self.matches
            if one.line.service == "Networking" and one.line.is_overage
        ]
        return max(ZERO, stated - sum(charged, ZERO))

    @cached_property
    def accrued(self) -> Decimal:
        """So far, before tax, what is invoiced already included."""
        lines = [found.line for found in self.oracle.matches]
        return sum((line.total for line in lines if line.service != "Tax"), ZERO)

    @cached_property
    def remaining(self) -> Decimal:
        """Return the cost of the remaining hours."""
        return sum((one.at(self.end) - one.so_far for one in self.going), ZERO)

    @cached_property
    def projected(self) -> Decimal:
        """Month end, before tax."""
        return self.accrued + self.remaining + sum(self.usage.values(), ZERO) + self.overage

    @cached_property
    def by_service(self) -> dict[str, Decimal]:
        """Month end by service."""
        found: Counter[str] = Counter()
        for one in self.oracle.matches:
            found[one.line.service] += one.line.total  # type: ignore[assignment]
        for part in self.going:
            found[part.service] += part.at(self.end) - part.so_far  # type: ignore[assignment]
        for service, more in (*self.usage.items(), ("Networking", self.overage)):
            found[service] += more  # type: ignore[assignment]
        return {name: Decimal(total) for name, total in found.items() if name != "Tax" and total}

    @cached_property
    def projected_charges(self) -> Decimal:
        """Month end, gross."""
        return self.projected + sum(
            (-found.line.total for found in self.oracle.matches if _is_credit(found.line)), ZERO
        )

    def forecast(self) -> dict[str, Any]:
        """``forecast_month_end``."""
        return {
            "month_to_date": cents(self.oracle.month_to_date_total),
            "invoiced_this_month": cents(self.oracle.invoiced_this_month),
            "projected_total": cents(self.projected),
            "components": {
                "accrued": cents(self.accrued),
                "remaining_hourly": cents(self.remaining),
                "usage_based": cents(sum(self.usage.values(), ZERO)),
                "bandwidth_overage": cents(self.overage),
            },
            "by_service": self.by_service,
            "without_line": {
                one.id: cents(sum((part.at(self.end) for part in self.new_parts(one)), ZERO))
                for one in self.without_line
            },
            "uninvoiced": cents(self.uninvoiced),
            "credit": self.credit(),
            "expected_invoice": self.next_invoice(),
        }

    # credit

    @property
    def balance(self) -> Decimal:
        """With Vultr's sign: less than nothing is credit."""
        return money(self.oracle.account.account["balance"])

    @cached_property
    def uninvoiced(self) -> Decimal:
        """D5: last month's lines that wait for their invoice."""
        return sum((line.total for line in self.oracle.earlier), ZERO)

    @property
    def pending(self) -> Decimal:
        """This month's pending lines, tax included."""
        return self.oracle.month_to_date_total - self.oracle.invoiced_this_month

    def credit(self) -> dict[str, Any]:
        """D26 as amended."""
        free = -self.balance - self.uninvoiced
        early, late = self.runs_out()
        return {
            "left_now": cents(max(ZERO, free - self.pending)),
            "left_at_month_end": cents(
                max(ZERO, free - self.projected + self.oracle.invoiced_this_month)
            ),
            "runs_out_on": (early, late),
            "used_up": -self.balance > 0 >= free - self.pending,
        }

    def runs_out(self) -> Days:
        """The first and the last day on which it may be."""
        free = -self.balance - self.uninvoiced
        if self.balance >= 0:
            return None, None
        off = self.oracle.invoiced_this_month
        tax = sum(
            (one.line.total for one in self.oracle.matches if one.line.service == "Tax"), ZERO
        )
        early, late = (
            self._day(self._lines(invoiced=False), amount, soon=soon)
            for soon, amount in ((True, free - tax), (False, free))
        )
        left = free - (self.projected - off)
        return early or self._later(left), late or self._later(left)

    def _later(self, left: Decimal) -> date | None:
        """The day of a month to come on which what is left at this one's end is used."""
        monthly = self.oracle.sum_monthly(self.oracle.resources)
        month = self.end
        for _ in range(MOST_MONTHS):
            days = (after(month) - month).days
            for number in range(days):
                if monthly * (number + 1) / days > left:
                    return (month + number * DAY).date()
            left -= monthly
            month = after(month)
        return None

    def _day(self, lines: list[Line], amount: Decimal, *, soon: bool) -> date | None:
        """The first UTC day at the end of which the sum of lines has passed an amount.

        Nothing where that was in days that are over and a line cannot be placed in them.
        """
        total = sum((line.total for line in lines), ZERO)
        day, is_placed = self.month, all(line.start is not None for line in lines)
        if not is_placed and total > amount:
            return None
        if not is_placed:
            day = end_of_today(self.now) - DAY
        while day < self.end:
            if self._sum_at(lines, day + DAY, soon=soon) > amount:
                return day.date()
            day += DAY
        return None

    # the running sum

    def _lines(self, *, invoiced: bool = True, gross: bool = False) -> list[Line]:
        """Return the lines that a running sum counts."""
        return [
            found.line
            for found in self.oracle.matches
            if (invoiced or not found.line.invoiced)
            and found.line.service != "Tax"
            and not (gross and _is_credit(found.line))
        ]

    def _sum_at(self, lines: list[Line], then: datetime, *, soon: bool) -> Decimal:
        """The month's sum at the end of a day."""
        if then <= self.now:
            counted = (_counted(line, self.month, self.now, then, soon=soon) for line in lines)
            return sum(counted, ZERO)
        so_far = sum((line.total for line in lines), ZERO)
        more = sum((one.at(then) - one.so_far for one in self.going), ZERO)
        grown = sum(self.usage.values(), ZERO) + self.overage
        return so_far + more + (grown if soon or then >= self.end else ZERO)

    # budget

    def budget(self, amount: Decimal, warn_percent: int = 80) -> dict[str, Any]:
        """D27 as amended."""
        spent = sum(
            (one.line.total for one in self.oracle.matches
             if one.line.service != "Tax" and one.line.total > 0), ZERO
        )  # fmt: skip
        projected = self.projected_charges
        near = amount * warn_percent / 100
        if spent >= amount:
            status = "over"
        elif projected >= amount or spent >= near or projected >= near:
            status = "warn"
        else:
            status = "ok"
        early, late = (
            self._day(self._lines(gross=True), amount, soon=soon) for soon in (True, False)
        )
        return {
            "status": status,
            "spent": cents(spent),
            "projected": cents(projected),
            "budget": cents(amount),
            "percent": spent / amount * 100,
            "projected_percent": projected / amount * 100,
            "breach_on": (early, late),
        }

    # the invoice to come

    @cached_property
    def tax_rate(self) -> Decimal:
        """The share of tax of the newest invoice that charges anything."""
        account = self.oracle.account
        dated = [row for row in account.invoices if row["date"]]
        for row in sorted(dated, key=lambda row: instant(row["date"]), reverse=True):
            items = account.invoice_items.get(str(row["id"]), [])
            lines = [line_of(number, item) for number, item in enumerate(items)]
            others = [line.total for line in lines if line.service != "Tax"]
            if any(total > 0 for total in others) and sum(others, ZERO) > 0:
                taxes = [line.total for line in lines if line.service == "Tax"]
                return sum(taxes, ZERO) / sum(others, ZERO)
        return ZERO

    @cached_property
    def last_is_invoiced(self) -> bool:
        """D5: an invoice of last month that is dated after it."""
        last, account = before(self.month), self.oracle.account
        for row in account.invoices:
            date_ = instant(row["date"]) if row["date"] else None
            items = account.invoice_items.get(str(row["id"]), [])
            lines = [line_of(number, item) for number, item in enumerate(items)]
            month = month_of_invoice(lines, date_)
            if month == last and date_ is not None and date_ >= self.month:
                return True
        return False

    def next_invoice(self) -> dict[str, Any]:
        """D26 as amended: last month's until it exists, else this one's."""
        rate = 1 + self.tax_rate
        if self.oracle.earlier and not self.last_is_invoiced:
            lines = [line for line in self.oracle.earlier if line.service != "Tax"]
            return {
                "date": self.month.date().isoformat(),
                "month": f"{before(self.month):%Y-%m}",
                "expected": cents(sum((line.total for line in lines), ZERO) * rate),
            }
        expected = (self.projected - self.oracle.invoiced_this_month) * rate
        return {
            "date": self.end.date().isoformat(),
            "month": f"{self.month:%Y-%m}",
            "expected": cents(expected),
        }


def _is_credit(line: Line) -> bool:
    return line.total < 0 and line.service != "Tax"


def is_metered(line: Line) -> bool:
    units = line.unit_type.strip().lower()
    return line.service in METERED_SERVICES and units in METERED_UNITS and line.total > 0


def _counted(line: Line, month: datetime, now: datetime, then: datetime, *, soon: bool) -> Decimal:
    """D29: what a line had come to at the end of a day that is over."""
    begin, end = line.start or month, line.end or now
    if begin >= then:
        return ZERO
    if end <= then or line.total <= 0:
        return line.total
    if line.is_hourly:
        hours = Decimal(ceil((then - max(begin, month)) / HOUR))
        part = line.total * hours / charged_hours(line.units, line.unit_price, line.total)
        return min(line.total, part.quantize(CENT, rounding=ROUND_CEILING))
    if line.is_overage or is_metered(line):
        share = Decimal(str((then - begin) / (end - begin)))
        return line.total if soon else line.total * share
    return line.total


def charged_hours(units: Decimal, unit_price: Decimal | None, total: Decimal) -> Decimal:
    """``min(units, C)``: whichever C reproduces the total from the price of an hour (D7)."""
    if units <= CAPS[0] or unit_price is None:
        return max(units, Decimal(1))
    options = [min(units, cap) for cap in CAPS]
    return min(options, key=lambda hours: abs(hours * unit_price - total))


def end_of_today(now: datetime) -> datetime:
    """The next 00:00 UTC."""
    return datetime.combine(now.date(), time(), now.tzinfo) + DAY
