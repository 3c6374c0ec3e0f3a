"""The way from the run rate to the month's end, top ups and sums of savings, by the rules alone.

Where the rules leave a choice, this is what was chosen:

1.  D28 a line that goes on belongs to the price of its resource; so do its lines on an invoice of
    the same month, which were the same server before it.
2.  D28 a price without a line that goes on is taken off the step of its other lines.
3.  D26 the month that lacks credit is the one in which it runs out; no top up where that day may
    be in either of two months.
4.  D22 a resource without a line that goes on saves what its price would still come to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from .months import after
from .outlook import HOUR, Going, is_metered
from .pricing import SNAPSHOT_GB, accrued
from .reading import ZERO, cents, is_running

if TYPE_CHECKING:
    from .matching import Match
    from .oracle import Oracle
    from .reading import Resource

STEPS = (
    "not_since_first", "short_month", "gone_this_month", "usage", "overage", "one_off",
    "discounts", "other",
)  # fmt: skip
SERVERS = ("instance", "gpu_instance", "kubernetes_node", "bare_metal", "gpu_bare_metal")
WASTE = {
    "reserved_ip": "release_unattached_ip",
    "load_balancer": "delete_empty_load_balancer",
    "file_system": "delete_unattached_file_system",
    "snapshot": "delete_superseded_snapshot",
}
KEEPS = {"keep", "cost-ignore"}
TEN = Decimal(10)


@dataclass(frozen=True)
class Step:
    """Dollars of one line at the month's end, and the step that they belong to."""

    name: str
    amount: Decimal


class Steps:
    """Sums that stand beside those of the oracle."""

    def __init__(self, oracle: Oracle) -> None:
        """Take the account as the oracle reads it."""
        self.oracle, self.outlook = oracle, oracle.outlook

    # from the run rate to the month's end

    @cached_property
    def going(self) -> list[tuple[Resource | None, Going]]:
        """What goes on by the hour, with its resource."""
        lines = [found.line for found in self.oracle.matches]
        found = [
            (one.resource, Going(one.line.total, one.line.service, one.line.start
                                 or self.outlook.month, *price))
            for one in self.outlook.matches
            if one.line.total >= 0 and is_running(one.line, lines)
            if (price := self.oracle.line_price(one)) is not None
        ]  # fmt: skip
        new = [(one, part) for one in self.outlook.without_line for part in
               self.outlook.new_parts(one)]  # fmt: skip
        return [*found, *new]

    @cached_property
    def stopped_lines(self) -> list[Match]:
        """The other lines of this month, without tax, those on an invoice too."""
        lines = [found.line for found in self.oracle.matches]
        return [
            one
            for one in self.oracle.matches
            if one.line.service != "Tax"
            and (
                one.line.invoiced
                or one.line.total < 0
                or not is_running(one.line, lines)
                or self.oracle.line_price(one) is None
            )
        ]

    def bridge(self) -> dict[str, Decimal] | None:
        """Return the exact steps; None where both ends are within a percent of each other."""
        prices = {
            one.id: price
            for one in self.oracle.resources
            if (price := self.oracle.prices[one.id].monthly) is not None
        }
        run_rate, projected = sum(prices.values(), ZERO), self.outlook.projected
        if run_rate == 0 or abs(projected - run_rate) / run_rate <= Decimal("0.01"):
            return None
        found: dict[str, Decimal] = dict.fromkeys(STEPS, ZERO)
        found["overage"] += self.outlook.overage
        on_lines: dict[str, Decimal] = defaultdict(lambda: ZERO)
        hours = Decimal(ceil((self.outlook.end - self.outlook.month) / HOUR))
        for resource, part in self.going:
            if resource is None or resource.id not in prices:
                found["other"] += part.at(self.outlook.end)
                continue
            whole = accrued(part.monthly, hours, part.cap)
            found["short_month"] += whole - part.monthly
            found["not_since_first"] += part.at(self.outlook.end) - whole
            on_lines[resource.id] += part.monthly
        first: dict[str, str] = {}
        for one in self.stopped_lines:
            step = self._step(one, known=one.resource is not None and one.resource.id in prices)
            found[step.name] += step.amount
            if one.resource is not None and step.name != "discounts":
                first.setdefault(one.resource.id, step.name)
        for name, price in prices.items():
            found[first.get(name, "other")] += on_lines[name] - price
        return {"run_rate": run_rate, **found, "projected": projected}

    def _step(self, one: Match, *, known: bool) -> Step:
        line = one.line
        if line.total < 0:
            return Step("discounts", line.total)
        if is_metered(line):
            return Step("usage", line.total + self._growth(one))
        if line.is_overage:
            return Step("overage", line.total)
        if line.is_hourly:
            return Step("not_since_first" if line.invoiced and known else "gone_this_month",
                        line.total)  # fmt: skip
        return Step("one_off", line.total)

    def _growth(self, one: Match) -> Decimal:
        line = one.line
        if line.invoiced or line.start is None or line.end is None:
            return ZERO
        until = min(line.end, self.outlook.now)
        seconds = Decimal(str((until - line.start).total_seconds()))
        left = Decimal(str((self.outlook.end - until).total_seconds()))
        return line.total * left / seconds if seconds else ZERO

    # what the overview says of credit and GPUs

    def overview(self) -> dict[str, Any]:
        """Return the figures of ``get_cost_overview`` that are new beside its sums."""
        oracle = self.oracle
        gpus = [one for one in oracle.resources if one.compute_class == "gpu"]
        spent = sum((line.total for one in gpus for line in oracle.of(one)), ZERO)
        stopped = [one for one in oracle.resources if oracle.is_stopped(one)]
        off = [
            one
            for one in oracle.resources
            if one.kind in SERVERS
            and (one.row.get("power_status"), one.row.get("status")) == ("stopped", "active")
        ]
        kept = [one for one in stopped if KEEPS & set(one.tags)]
        credit = self.outlook.balance < 0
        return {
            "bridge": self.bridge(),
            "gpu": {"month_to_date": cents(spent), "share": self._share(spent)} if gpus else None,
            "shares": {
                one.id: self._share(sum((line.total for line in oracle.of(one)), ZERO))
                for one in oracle.resources
            },
            "stopped": (len(stopped) - len(kept), len(kept), len(off) - len(stopped)),
            "credit": {
                "credit": cents(-self.outlook.balance),
                "used": cents(self.outlook.pending),
            } if credit else None,
            "top_up": self.top_up() if credit else None,
        }  # fmt: skip

    def _share(self, part: Decimal) -> float | None:
        charges = sum(
            (one.line.total for one in self.oracle.matches
             if one.line.service != "Tax" and one.line.total > 0), ZERO
        )  # fmt: skip
        return None if charges == 0 else float(part * 100 / charges)

    def top_up(self) -> dict[str, Any] | None:
        """D26: what a month lacks, in tens, three days ahead; None where nothing is lacking."""
        free = -self.outlook.balance - self.outlook.uninvoiced
        early, late = self.outlook.runs_out()
        if early is None or late is None:
            return None
        month = self.outlook.month
        left = free - (self.outlook.projected - self.oracle.invoiced_this_month)
        while after(month).date() <= late:
            month = after(month)
            left -= self.oracle.sum_monthly(self.oracle.resources)
        if left >= 0:
            return None
        today = self.outlook.now.date()
        days = [today, today] if free - self.outlook.pending <= 0 else [
            max(today, day - timedelta(days=3)) for day in (early, late)
        ]  # fmt: skip
        certain = (early.year, early.month) == (month.year, month.month)
        return {
            "amount": (-left / TEN).to_integral_value(ROUND_CEILING) * TEN,
            "until": f"{month:%Y-%m}",
            "by": days,
            "certain": certain,
        }

    # savings

    def savings(self, wasted: list[Resource]) -> dict[str, Any]:
        """Return the sums of ``estimate_savings`` over waste that no tag keeps."""
        oracle = self.oracle
        total = oracle.sum_monthly(wasted)
        kept = sum(
            (Decimal(one.row["disk"]) * SNAPSHOT_GB for one in wasted
             if one.kind in SERVERS and one.row.get("disk")), ZERO
        )  # fmt: skip
        this_month = sum((self._still_to_come(one) for one in wasted), ZERO)
        counts = Counter(self._action(one) for one in wasted)
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for one in wasted:
            sums[self._action(one)] += oracle.prices[one.id].monthly or ZERO
        return {
            "net_monthly_savings": cents(total - kept),
            "saves_this_month": cents(this_month),
            "month_end_if_done": cents(self.outlook.projected - this_month) if wasted else None,
            "by_action": {name: (counts[name], sums[name]) for name in counts},
        }

    def _action(self, one: Resource) -> str:
        if one.kind in SERVERS:
            return "delete_stopped_server"
        if one.kind == "block_storage":
            loose = one.row["attached_to_instance"] == ""
            return "delete_unattached_volume" if loose else "delete_volume_of_stopped_server"
        return WASTE[one.kind]

    def _still_to_come(self, one: Resource) -> Decimal:
        end = self.outlook.end
        has_line = any(not line.invoiced and not line.is_overage for line in self.oracle.of(one))
        going = [part for resource, part in self.going if resource == one]
        if has_line and going:
            return sum((part.at(end) - part.so_far for part in going), ZERO)
        parts = self.outlook.new_parts(one)
        return sum((part.at(end) - part.at(self.outlook.now) for part in parts), ZERO)
