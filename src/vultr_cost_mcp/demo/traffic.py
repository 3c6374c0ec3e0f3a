"""How much every server sends and receives each day, and what that makes of the account's pool."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import hours_begun
from vultr_cost_mcp.demo.bill import THIS_MONTH, Period, whole_month
from vultr_cost_mcp.demo.company import SAMPLE_NOW, Row, instant
from vultr_cost_mcp.demo.fleet import SERVERS
from vultr_cost_mcp.demo.metal import METALS, Metal
from vultr_cost_mcp.demo.servers import Server
from vultr_cost_mcp.domain.month_hours import MONTH_HOURS
from vultr_cost_mcp.money import ceil_to_cent

if TYPE_CHECKING:
    from collections.abc import Iterator

OVERAGE_GB_PRICE = Decimal("0.01")
_FREE_GB = 2048
_MB, _GB = 10**6, 10**9
_RECENT_DAYS = 7

# Monday to Sunday, percent of a usual day: robots rest on Sundays.
_WEEK = (104, 108, 110, 107, 103, 84, 72)
# Percent of a usual day that the video relay sent: its customers grow in number, July and October
# had trade fairs, November a launch.
_RELAY = "video-relay"
_RELAY_BEFORE = 60
_RELAY_MONTHS = {
    "2026-05": 90, "2026-06": 95, "2026-07": 143, "2026-08": 120, "2026-09": 150, "2026-10": 217,
    "2026-11": 197,
}  # fmt: skip
_LAUNCH_DAYS = (date(2026, 11, 2), date(2026, 11, 11))
_LAUNCH_PERCENT = 150
# Background noise that every address on the internet receives.
_NOISE_MB = 38


def _days(server: Server | Metal, first: date, last: date) -> Iterator[tuple[date, int]]:
    """Days of the server's life, each with the bytes that it sent."""
    end = server.end if isinstance(server, Server) else None
    day = max(first, instant(server.created).date())
    while day <= min(last, end.date() if end else last):
        yield day, _sent(server, day)
        day += timedelta(days=1)


def _sent(server: Server | Metal, day: date) -> int:
    wobble = 90 + (day.toordinal() * 7 + len(server.label) * 5) % 21
    percent = _WEEK[day.weekday()] * wobble
    sent = server.out_mb * _MB * percent // 10_000
    if server.label == _RELAY:
        sent = sent * _RELAY_MONTHS.get(f"{day:%Y-%m}", _RELAY_BEFORE) // 100
        if _LAUNCH_DAYS[0] <= day <= _LAUNCH_DAYS[1]:
            sent = sent * _LAUNCH_PERCENT // 100
    if day == SAMPLE_NOW.date():
        sent = sent * SAMPLE_NOW.hour // 24
    return sent


def _received(server: Server | Metal, sent: int, day: date) -> int:
    off = isinstance(server, Server) and (server.stopped or server.suspended)
    return 0 if off else sent // 5 + (_NOISE_MB + day.day % 5) * _MB


def bandwidth_map(server: Server | Metal, days: int) -> Row:
    """The body of a server's ``/bandwidth``: UTC days, the running one included."""
    last = SAMPLE_NOW.date()
    return {
        f"{day:%Y-%m-%d}": {"incoming_bytes": _received(server, sent, day), "outgoing_bytes": sent}
        for day, sent in _days(server, last - timedelta(days=days - 1), last)
    }


@cache
def overage_gb(period: Period) -> int:
    """GB beyond the pool in a period, whole."""
    return _overage(_gigabytes(period)[1], _credits(period))


def _overage(gb_out: int, quota: int) -> int:
    return max(0, gb_out - quota - _FREE_GB)


@cache
def _gigabytes(period: Period) -> tuple[int, int]:
    """GB received and GB sent by all servers in a period."""
    last = (period.end - timedelta(seconds=1)).date()
    received = sent_in_all = 0
    for server in (*SERVERS, *METALS):
        for day, sent in _days(server, period.start.date(), last):
            sent_in_all += sent
            received += _received(server, sent, day)
    return received // _GB, sent_in_all // _GB


def _hours(server: Server, period: Period) -> int:
    start = max(server.start, period.start)
    end = min(server.end or period.end, period.end)
    return min(MONTH_HOURS, hours_begun(start, end))


def _credits(period: Period) -> int:
    """GB that the servers' plans bring to the pool: each hour a 672nd of a month's."""
    shares = (server.plan.bandwidth * _hours(server, period) for server in SERVERS)
    return sum(shares) // MONTH_HOURS


def _projected_gigabytes() -> tuple[int, int]:
    """GB received and sent by the end of the month if the last seven whole days repeat."""
    midnight = datetime.combine(SAMPLE_NOW.date(), time(), UTC)
    recent = _gigabytes(Period(midnight - timedelta(days=_RECENT_DAYS), midnight))
    left = hours_begun(SAMPLE_NOW, whole_month(THIS_MONTH.name).end)
    gb_in, gb_out = (
        now + week * left // (24 * _RECENT_DAYS)
        for now, week in zip(_gigabytes(THIS_MONTH), recent, strict=True)
    )
    return gb_in, gb_out


def account_bandwidth(last_month: Period) -> Row:
    """The body of ``/account/bandwidth``: the pool in three periods."""
    month = whole_month(THIS_MONTH.name)
    return {
        "previous_month": _pool(last_month, *_gigabytes(last_month)),
        "current_month_to_date": _pool(THIS_MONTH, *_gigabytes(THIS_MONTH)),
        "current_month_projected": _pool(month, *_projected_gigabytes()),
    }


def _pool(period: Period, gb_in: int, gb_out: int) -> Row:
    hours = [_hours(server, period) for server in SERVERS]
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
