"""The daily traffic of every server, and the account's bandwidth pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import hours_begun
from vultr_cost_mcp.demo.bill import THIS_MONTH, Period, whole_month
from vultr_cost_mcp.demo.data import SAMPLE_NOW, Row, id_of, instant, sample, table
from vultr_cost_mcp.demo.servers import Server, servers
from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.money import ceil_to_cent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

_DATA = sample("traffic")
OVERAGE_GB_PRICE: Decimal = _DATA["gb_price"]
_FREE_GB: int = _DATA["free_gb"]
_MB, _GB = 10**6, 10**9
_RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Sender:
    """A machine over its whole life; ``out_mb`` are the MB sent on a usual day."""

    id: str
    label: str
    out_mb: int
    start: datetime
    end: datetime | None = None
    silent: bool = False

    @classmethod
    def of(cls, server: Server) -> Sender:
        """Return the traffic of a cloud server; one that is off has none."""
        span = server.start, server.end
        return cls(
            server.id, server.label, server.out_mb, *span, server.stopped or server.suspended
        )


@cache
def metals() -> tuple[Sender, ...]:
    """Return the bare metal servers."""
    return tuple(
        Sender(id_of(row["id"]), row["label"], row["out_mb"], instant(row["date_created"]))
        for row in table(sample("lists")["bare-metals"])
    )


def _days(sender: Sender, first: date, last: date) -> Iterator[tuple[date, int]]:
    """Yield the days of a machine's life, each with the bytes that it sent."""
    day = max(first, sender.start.date())
    while day <= min(last, sender.end.date() if sender.end else last):
        yield day, _sent(sender, day)
        day += timedelta(days=1)


def _sent(sender: Sender, day: date) -> int:
    wobble = 90 + (day.toordinal() * 7 + len(sender.label) * 5) % 21
    percent = _DATA["week"][day.weekday()] * wobble
    sent: int = sender.out_mb * _MB * percent // 10_000
    relay = _DATA["relay"]
    if sender.label == relay["label"]:
        sent = sent * relay["months"].get(f"{day:%Y-%m}", relay["before"]) // 100
        launch = relay["launch"]
        if launch["first"] <= day.isoformat() <= launch["last"]:
            sent = sent * launch["percent"] // 100
    if day == SAMPLE_NOW.date():
        sent = sent * SAMPLE_NOW.hour // 24
    return sent


def _received(sender: Sender, sent: int, day: date) -> int:
    return 0 if sender.silent else sent // 5 + (_DATA["noise_mb"] + day.day % 5) * _MB


def bandwidth_map(sender: Sender, days: int) -> Row:
    """Return the body of a server's ``/bandwidth``: UTC days, the running one included."""
    last = SAMPLE_NOW.date()
    return {
        f"{day:%Y-%m-%d}": {"incoming_bytes": _received(sender, sent, day), "outgoing_bytes": sent}
        for day, sent in _days(sender, last - timedelta(days=days - 1), last)
    }


@cache
def overage_gb(period: Period) -> int:
    """Return GB beyond the pool in a period, whole."""
    return _overage(_gigabytes(period)[1], _credits(period))


def _overage(gb_out: int, quota: int) -> int:
    return max(0, gb_out - quota - _FREE_GB)


@cache
def _gigabytes(period: Period) -> tuple[int, int]:
    """Return GB received and GB sent by all servers in a period."""
    last = (period.end - timedelta(seconds=1)).date()
    received = sent_in_all = 0
    for sender in (*map(Sender.of, servers()), *metals()):
        for day, sent in _days(sender, period.start.date(), last):
            sent_in_all += sent
            received += _received(sender, sent, day)
    return received // _GB, sent_in_all // _GB


def _hours(server: Server, period: Period) -> int:
    start = max(server.start, period.start)
    end = min(server.end or period.end, period.end)
    return min(MONTH_HOURS, hours_begun(start, end))


def _credits(period: Period) -> int:
    """Return GB that the servers' plans bring to the pool: each hour a 672nd of a month's."""
    shares = (server.plan.bandwidth * _hours(server, period) for server in servers())
    return sum(shares) // MONTH_HOURS


def _projected_gigabytes() -> tuple[int, int]:
    """Return GB received and sent by the end of the month if the last seven whole days repeat."""
    midnight = datetime.combine(SAMPLE_NOW.date(), time(), UTC)
    recent = _gigabytes(Period(midnight - timedelta(days=_RECENT_DAYS), midnight))
    left = hours_begun(SAMPLE_NOW, whole_month(THIS_MONTH.name).end)
    gb_in, gb_out = (
        now + week * left // (24 * _RECENT_DAYS)
        for now, week in zip(_gigabytes(THIS_MONTH), recent, strict=True)
    )
    return gb_in, gb_out


def account_bandwidth(last_month: Period) -> Row:
    """Return the body of ``/account/bandwidth``: the pool in three periods."""
    month = whole_month(THIS_MONTH.name)
    return {
        "previous_month": _pool(last_month, *_gigabytes(last_month)),
        "current_month_to_date": _pool(THIS_MONTH, *_gigabytes(THIS_MONTH)),
        "current_month_projected": _pool(month, *_projected_gigabytes()),
    }


def _pool(period: Period, gb_in: int, gb_out: int) -> Row:
    hours = [_hours(server, period) for server in servers()]
    overage = _overage(gb_out, _credits(period))
    return {
        "timestamp_start": str(int(period.start.timestamp())),
        "timestamp_end": str(int(period.end.timestamp())),
        "gb_in": gb_in,
        "gb_out": gb_out,
        "total_instance_hours": sum(hours),
        "total_instance_count": sum(1 for count in hours if count),
        "instance_bandwidth_credits": _credits(period),
        "free_bandwidth_credits": _FREE_GB,
        "purchased_bandwidth_credits": 0,
        "overage": overage,
        "overage_unit_cost": OVERAGE_GB_PRICE,
        "overage_cost": ceil_to_cent(overage * OVERAGE_GB_PRICE),
    }
