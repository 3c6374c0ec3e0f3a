"""The results that the billing rules give for finished months, from the wire rows alone.

Where the rules leave a choice, these were chosen:

1.  D3 ``before_tax`` of an invoice is its amount less its tax lines; the average of a list of
    invoices is that of ``before_tax``.
2.  D5 lines that wait for an invoice have no tax yet: a change against them leaves tax out of both
    sides, as against the running month.
3.  D6 an invoice of the middle of a month is its own, whatever it is for: what of it is the
    running month's is in that month too (D1), and nothing else of it.
4.  D29 a line's overlap ends at the same instant of the base month and is counted in begun hours,
    as the running line that it is compared with; where all of that month had passed, it is whole.
5.  D29 lines that are not charged by the hour: what is flat, one-off or negative counts whole
    from its beginning; what is metered (overage too) counts by the share of its span, not rounded.
6.  D30 a price that changed at an unchanged size may be told as ``price`` or ``resized``; what
    ended within the later month and costs less for it as ``hours`` or ``gone``.
7.  D31 the months of the slope are counted by the calendar: a month without a bill is a gap. A
    month-to-month change is a month's share of the change between two that have a bill. Within 3
    percent a trend is stable, whatever its changes are.
8.  D31 a month of which no bill charges anything is in no average and no trend.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import combinations, pairwise
from statistics import median
from typing import TYPE_CHECKING

from .history_accounts import month_of, next_month
from .months import EARLY, month_of_invoice
from .reading import (
    CENT,
    ZERO,
    address_in,
    ceil_cent,
    cents,
    instant,
    is_hourly,
    label_in,
    money,
    service_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.double import Account, Row

HOUR = timedelta(hours=1)
NEAR_END = timedelta(hours=2)  # what begins or ends no farther from its month ran all of it
CAPS = (672, 730)
STABLE = 3
NO_PRODUCT = "(no product)"


@dataclass(frozen=True)
class BillLine:
    """One line of any bill; ``start`` and ``end`` may be missing."""

    description: str
    product: str
    unit_type: str
    units: Decimal
    unit_price: Decimal
    total: Decimal
    start: datetime | None
    end: datetime | None

    @property
    def service(self) -> str:
        """D11."""
        return service_of(self.unit_type, self.product, self.description)

    @property
    def span(self) -> timedelta:
        """How long it is; nothing when it is not dated."""
        return self.end - self.start if self.start and self.end else timedelta(0)

    @property
    def is_hourly(self) -> bool:
        """Return whether it is charged by the hour."""
        return is_hourly(self.unit_type)

    @property
    def is_metered(self) -> bool:
        """Return whether it is charged by usage."""
        return self.unit_type.strip().lower() in {"overage", "tokens", "gb"}


@dataclass(frozen=True)
class Bill:
    """The lines of a month, and where they are from: invoices, unbilled or running."""

    month: datetime
    source: str
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> Decimal:
        """All of it."""
        return total_of(self.lines)


@dataclass(frozen=True)
class Paper:
    """One invoice."""

    id: str
    date: datetime | None
    amount: Decimal
    lines: tuple[BillLine, ...]

    @cached_property
    def month(self) -> datetime | None:
        """D6."""
        return month_of_invoice(self.lines, self.date)

    @property
    def charges_anything(self) -> bool:
        """Neither a credit note nor empty."""
        return any(line.total > 0 and line.service != "Tax" for line in self.lines)

    def so_far(self, month: datetime) -> list[BillLine]:
        """D1: the lines that are of the running month, where it is dated in its middle."""
        if self.date is None or month_of(self.date) != month or self.date.day <= EARLY:
            return []
        if not any(line.is_hourly for line in self.lines):
            return []
        return [
            line
            for line in self.lines
            if line.service != "Tax"
            and (month_of(line.start) if line.start else self.month) == month
        ]

    @property
    def tax(self) -> Decimal:
        """Its tax lines."""
        return total_of(line for line in self.lines if line.service == "Tax")


class HistoryOracle:
    """The expected answers about an account's months."""

    def __init__(self, account: Account, now: datetime) -> None:
        """Take the wire rows."""
        self.now = now
        self.month = month_of(now)
        pending = [read_line(row) for row in account.pending]
        self.earlier = tuple(one for one in pending if one.end and one.end <= self.month)
        self.pending = tuple(one for one in pending if one not in self.earlier)
        self.papers = [
            Paper(
                str(row["id"]),
                instant(row["date"]) if row["date"] else None,
                money(row["amount"]),
                tuple(read_line(line) for line in account.invoice_items[str(row["id"])]),
            )
            for row in account.invoices
        ]

    @cached_property
    def running(self) -> Bill:
        """The running month: what is pending, and what is invoiced of it already (D1)."""
        invoiced = [line for paper in self.papers for line in paper.so_far(self.month)]
        return Bill(self.month, "running", (*self.pending, *invoiced))

    @cached_property
    def bills(self) -> dict[str, Bill]:
        """Every month that has a bill, by its name; the running one too."""
        found: dict[datetime, list[BillLine]] = {}
        for paper in self.papers:
            if paper.month is not None and paper.month < self.month:
                found.setdefault(paper.month, []).extend(paper.lines)
        bills = {month: Bill(month, "invoices", tuple(lines)) for month, lines in found.items()}
        last = month_of(self.month - timedelta(days=1))
        if self.earlier and last not in bills:
            bills[last] = Bill(last, "unbilled", self.earlier)
        bills[self.month] = self.running
        return {f"{month:%Y-%m}": bills[month] for month in sorted(bills)}

    @property
    def over(self) -> list[str]:
        """The months that are over and have a bill, oldest first."""
        return [name for name, bill in self.bills.items() if bill.source != "running"]

    # one month

    def sums(self, name: str) -> dict[str, str]:
        """D2."""
        lines = self.bills[name].lines
        taxes = [line for line in lines if line.service == "Tax"]
        others = [line for line in lines if line.service != "Tax"]
        return {
            "total": cents(total_of(lines)),
            "charges": cents(total_of(line for line in others if line.total > 0)),
            "credits_and_discounts": cents(total_of(line for line in others if line.total < 0)),
            "tax": cents(total_of(taxes)),
        }

    def charges(self, name: str) -> Decimal:
        """The positive lines without tax."""
        lines = self.bills[name].lines
        return total_of(line for line in lines if line.service != "Tax" and line.total > 0)

    def groups(self, name: str, by: str) -> dict[str, str]:
        """The month by ``service`` or ``product``, rounded so that they sum to the total (D4)."""
        found: dict[str, Decimal] = {}
        for line in self.bills[name].lines:
            key = line.service if by == "service" else line.product or NO_PRODUCT
            found[key] = found.get(key, ZERO) + line.total
        return {key: cents(total) for key, total in allocate(found).items()}

    # over time

    def trend(self, names: Iterable[str]) -> tuple[str, Decimal | None]:
        """D31, of these months."""
        points = [(_number(self.bills[name].month), self.charges(name)) for name in names]
        if len(points) < 4:
            return "unknown", None
        steps = median((b - a) / (j - i) for (i, a), (j, b) in pairwise(points))
        slope = median((b - a) / (j - i) for (i, a), (j, b) in combinations(points, 2))
        middle = median(charges for _, charges in points)
        if middle == 0:
            return "unknown", None
        percent = slope / middle * 100
        if abs(percent) <= STABLE:
            return "stable", percent
        if steps * slope <= 0 or not abs(slope) <= 3 * abs(steps) <= 9 * abs(slope):
            return "unknown", None
        return ("increasing" if percent > 0 else "decreasing"), percent

    # between two months

    def sides(self, base: str, then: str) -> tuple[list[BillLine], list[BillLine]]:
        """The lines that a change compares, those of the base month as they count (D29)."""
        first, second = self.bills[base], self.bills[then]
        left, right = list(first.lines), list(second.lines)
        if {first.source, second.source} != {"invoices"}:
            left = [line for line in left if line.service != "Tax"]
            right = [line for line in right if line.service != "Tax"]
        if second.source == "running":
            until = first.month + (self.now - self.month)
            left = [_so_far(line, first.month, until) for line in left]
        return left, right

    @property
    def elapsed(self) -> int:
        """The hours that the running month has begun."""
        return math.ceil((self.now - self.month) / HOUR)

    def kinds(self, base: str, then: str) -> dict[tuple[str, str], tuple[Decimal, set[str]]]:
        """Change and allowed kinds of each thing, by (service, label or address) (D30).

        No kind is allowed where the change is zero; kinds are empty, too, where several things
        have one name, so that only the change is sure.
        """
        left, right = self.sides(base, then)
        before, after = _things(left), _things(right)
        found = {}
        for key in {*before, *after}:
            lines = before.get(key, []), after.get(key, [])
            change = total_of(lines[1]) - total_of(lines[0])
            found[key] = change, _kinds(*lines) if _is_one([*lines[0], *lines[1]]) else set()
        return found

    def by_length(self, base: str, then: str) -> dict[tuple[str, str], Decimal]:
        """The changes that only the months' lengths made, by (service, name) (D7, D30).

        Everything of the name has 730 hours a month, ran all of both months, and costs as much
        an hour as before.
        """
        months, sides = (self.bills[base].month, self.bills[then].month), self.sides(base, then)
        before, after = (_things(lines) for lines in sides)
        ends = [max((line.end for line in lines if line.is_hourly and line.end), default=month)
                for lines, month in zip(sides, months, strict=True)]  # fmt: skip
        found = {}
        for key in before.keys() & after.keys():
            both = before[key], after[key]
            moved = total_of(both[1]) - total_of(both[0])
            ran = all(_ran_all(line, month, end)
                      for lines, month, end in zip(both, months, ends, strict=True)
                      for line in lines)  # fmt: skip
            terms = [sorted((_size(line), line.unit_price) for line in lines) for lines in both]
            longer = any(charged_hours(line) > CAPS[0] for lines in both for line in lines)
            if moved and ran and longer and terms[0] == terms[1]:
                found[key] = moved
        return found

    def by_service(self, base: str, then: str) -> dict[str, Decimal]:
        """The change of each service."""
        left, right = self.sides(base, then)
        change: Counter[str] = Counter()
        for line in right:
            change[line.service] += line.total  # type: ignore[assignment]
        for line in left:
            change[line.service] -= line.total  # type: ignore[assignment]
        return {name: Decimal(total) for name, total in change.items()}


def read_line(row: Row) -> BillLine:
    """A wire line."""
    start, end = row["start_date"], row["end_date"]
    return BillLine(
        description=row["description"],
        product=row["product"],
        unit_type=row["unit_type"],
        units=money(row["units"]),
        unit_price=money(row["unit_price"]),
        total=money(row["total"]),
        start=instant(start) if start else None,
        end=instant(end) if end else None,
    )


def total_of(lines: Iterable[BillLine]) -> Decimal:
    """The exact sum."""
    return sum((line.total for line in lines), ZERO)


def allocate(parts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Largest remainder, ties by name: the parts sum to their rounded total (D4)."""
    total = sum(parts.values(), ZERO).quantize(CENT, rounding=ROUND_HALF_UP)
    down = {name: (part // CENT - (part % CENT < 0)) * CENT for name, part in parts.items()}
    missing = int((total - sum(down.values(), ZERO)) / CENT)
    order = sorted(parts, key=lambda name: (down[name] - parts[name], name))
    return {name: down[name] + (CENT if name in order[:missing] else 0) for name in parts}


def _number(month: datetime) -> int:
    return month.year * 12 + month.month


def charged_hours(line: BillLine) -> Decimal:
    """``min(units, C)``: whichever C reproduces the total from the price of an hour (D7)."""
    if line.units <= CAPS[0]:
        return line.units
    options = [min(line.units, Decimal(cap)) for cap in CAPS]
    return min(options, key=lambda hours: abs(hours * line.unit_price - line.total))


def _ran_all(line: BillLine, month: datetime, newest: datetime) -> bool:
    """Return whether its 730-hour price was charged for all of the month (D7).

    ``newest`` is the end of the newest line: some bills are cut by another clock than UTC.
    """
    if not line.is_hourly or not line.start or not line.end:
        return False
    whole = math.ceil((next_month(month) - month) / HOUR)
    around = line.start - month <= NEAR_END and newest - line.end <= NEAR_END
    return around and charged_hours(line) >= min(whole, CAPS[1]) - 2


def _so_far(line: BillLine, month: datetime, until: datetime) -> BillLine:
    """A base line as it counts at the same point (D29)."""
    begin = max(line.start or month, month)
    if until >= next_month(month):
        return line
    if line.start and line.start >= until:
        return replace(line, total=ZERO)
    if line.total <= 0 or not (line.is_hourly or line.is_metered) or not line.start or not line.end:
        return line
    overlap = max(min(line.end, until) - begin, timedelta(0))
    if line.is_hourly:
        hours = Decimal(math.ceil(overlap / HOUR))
        part = ceil_cent(line.total * hours / charged_hours(line))
        return replace(line, total=min(line.total, part))
    seconds = [Decimal(str(span.total_seconds())) for span in (overlap, line.span)]
    return replace(line, total=line.total * seconds[0] / seconds[1])


def _things(lines: list[BillLine]) -> dict[tuple[str, str], list[BillLine]]:
    """Lines by (service, label or address), of those that count at all."""
    found: dict[tuple[str, str], list[BillLine]] = {}
    for line in lines:
        if line.total != 0:
            found.setdefault((line.service, name_of(line)), []).append(line)
    return found


def name_of(line: BillLine) -> str:
    """Return the name as shown: the label, else the address, else the whole description."""
    text = line.description or line.product
    if line.service == "Tax":
        return "Tax"
    return text if line.total < 0 else label_in(text) or address_in(text) or text


def _is_one(lines: list[BillLine]) -> bool:
    return len({address_in(line.description) for line in lines}) == 1


def _size(line: BillLine) -> str:
    rest = line.description.split(" (", 1)[-1]
    return rest.split(" MB)", 1)[0] if " MB)" in rest else ""


def _kinds(before: list[BillLine], after: list[BillLine]) -> set[str]:
    """The kinds that D30 allows."""
    line = (before or after)[0]
    if line.service == "Tax":
        return {"tax"}
    if line.service == "Credits and Discounts" or line.total < 0:
        return {"discount"}
    if line.unit_type == "overage":
        return {"overage"}
    if before and after:
        return _lasting(before, after)
    return {"gone" if before else "new"}


def _lasting(before: list[BillLine], after: list[BillLine]) -> set[str]:
    """The kinds of what is charged for in both months."""
    gone = {"gone"} if before[0].is_hourly and total_of(after) < total_of(before) else set()
    if {_size(line) for line in before} != {_size(line) for line in after}:
        return {"resized", *gone}
    if {line.unit_price for line in before} != {line.unit_price for line in after}:
        # Charged in two halves without a cap, a month may cost more at the lower price.
        return {"price", "resized", "hours", *gone}
    return {"hours", *gone} if before[0].is_hourly else {"usage"}
