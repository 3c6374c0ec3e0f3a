"""Thirty days of readings of the sample account, by the arithmetic of its bill.

One at every midnight, as a collector that runs would have kept them. They are made when they are
asked for, and nothing is written.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.services import service_of
from vultr_cost_mcp.demo import statements
from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, whole_month
from vultr_cost_mcp.demo.data import SAMPLE_NOW
from vultr_cost_mcp.domain.accounts import Kept, Whose
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.domain.history import DisabledHistory, StoredLine, StoredRun
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.money import ZERO, ceil_to_cent, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.accounts import Identity
    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import StoredResource, Totals

SAMPLE = "sample"
DAYS = 30
_A_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_TODAY = datetime.combine(SAMPLE_NOW.date(), time(), UTC)
# The launch: on one day robots asked as much of the model as in twelve others.
_INFERENCE = "Serverless Inference"
_LAUNCH, _LAUNCH_DAYS = datetime(2026, 11, 11, tzinfo=UTC), 12
# What is charged once, and not for use.
_DISCOUNT, _TAX = "discount", "flat"


class SampleHistory(DisabledHistory):
    """Readings of the sample account, which nothing can be added to."""

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """The one account that there is."""
        if keep:
            # There is nowhere to write it down.
            return await super().account(who, at, keep=keep)
        return Whose(who.customer_id or UNNAMED)

    async def kept(self) -> list[Kept]:
        """The readings of the one account that there is."""
        instants = reading_instants()
        lines = sum(len(lines_at(at)) for at in instants)
        return [Kept(SAMPLE, len(instants), lines, 0, 0, instants[0], instants[-1])]

    async def size(self) -> int | None:
        """Nothing is stored: they are computed."""
        return None

    async def named(self, name: str) -> list[str]:
        """The one account, by its name."""
        return [SAMPLE] if name == SAMPLE else []

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The readings in ``[since, until)``, oldest first."""
        return [_run(customer_id, at) for at in reading_instants() if since <= at < until]

    async def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Dollars by reading, then by month and service."""
        found: dict[str, dict[tuple[str, Service], Decimal]] = {}
        for run_id, lines in (await self.lines(customer_id, run_ids)).items():
            sums = found.setdefault(run_id, {})
            for row in lines:
                key = (row.period, row.service)
                sums[key] = sums.get(key, ZERO) + row.line.total
        return found

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by reading."""
        del customer_id
        asked = set(run_ids)
        return {_id(at): lines_at(at) for at in reading_instants() if _id(at) in asked}

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Nothing: readings of the sample hold its lines alone."""
        del customer_id, run_ids
        return {}


def reading_instants() -> list[datetime]:
    """The midnights at which the last thirty days begin and end."""
    return [_TODAY - number * _A_DAY for number in range(DAYS, -1, -1)]


def _id(at: datetime) -> str:
    return f"sample-{at:%Y-%m-%d}"


def _run(customer_id: str, at: datetime) -> StoredRun:
    total = to_cents(total_of(row.line.total for row in lines_at(at)))
    return StoredRun(
        run_id=_id(at),
        customer_id=customer_id,
        collected_at=at,
        complete=True,
        metrics=Metrics(
            timestamp=at,
            customer_id=customer_id,
            billing_period=_period_at(at).name,
            account_balance=None,
            pending_charges=total,
            monthly_spend=None,
            gpu_cost=None,
            compute_cost=None,
            storage_cost=None,
            network_cost=None,
            backup_cost=None,
            other_cost=None,
            instance_count=None,
            gpu_instance_count=None,
            bare_metal_count=None,
            idle_instances=None,
            underutilized_resources=None,
            snapshot_waste=None,
        ),
    )


@cache
def lines_at(at: datetime) -> tuple[StoredLine, ...]:
    """The lines that were pending at an instant, each as it stood then.

    At the first moment of a month that is the whole month before: its invoice is made just then.
    """
    period = _period_at(at)
    return tuple(
        StoredLine(
            period=period.name,
            line=line,
            service=service_of(line),
            resource_id=owner or None,
        )
        for line, owner in _lines(period)
    )


def _period_at(at: datetime) -> Period:
    """The part of its month that has passed."""
    start = (at - _MOMENT).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(start, at)


def _lines(period: Period) -> list[tuple[ChargeLine, str]]:
    whole = THIS_MONTH if period.name == THIS_MONTH.name else whole_month(period.name)
    hourly = [line for line in statements.statement(period) if line.unit_type == "hours"]
    others = [line for line in statements.statement(whole) if line.unit_type != "hours"]
    return [
        (_charge_line(line), line.owner)
        for line in (*hourly, *(_so_far(line, whole, period.end) for line in others))
        # Tax comes with the invoice.
        if line.unit_type != _TAX or period.end == whole.end
    ]


def _so_far(line: Line, whole: Period, at: datetime) -> Line:
    """Return a whole month's line as it stood at an instant, by its share of the use."""
    if line.unit_type in {_DISCOUNT, _TAX} or at == whole.end:
        return line
    share = _use(line, whole.start, at) / _use(line, whole.start, whole.end)
    units = (line.units * share).to_integral_value()
    return replace(line, units=units, total=ceil_to_cent(units * line.unit_price), end=at)


def _use(line: Line, start: datetime, end: datetime) -> Decimal:
    """Return the use between two instants, in days of usual use."""
    days = Decimal((end - start) // _MOMENT) / (_A_DAY // _MOMENT)
    first, last = max(start, _LAUNCH), min(end, _LAUNCH + _A_DAY)
    if line.product == _INFERENCE and first < last:
        days += (_LAUNCH_DAYS - 1) * Decimal((last - first) // _MOMENT) / (_A_DAY // _MOMENT)
    return days


def _charge_line(line: Line) -> ChargeLine:
    return ChargeLine(
        description=line.description,
        product=line.product,
        start=line.start,
        end=line.end,
        units=line.units,
        unit_type=line.unit_type,
        unit_price=line.unit_price,
        total=line.total,
    )
