"""When a server counts as stopped, suspended or quiet (D17, D18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from tests.support.nouns import NOW, at, thing
from vultr_cost_mcp.domain.idleness import (
    Quietness,
    is_stopped,
    is_suspended,
    may_be_quiet,
    quietness,
)
from vultr_cost_mcp.domain.snapshot import Traffic

TODAY = NOW.date()


def days(
    count: int, outgoing: int = 1_000_000, *, first: int = 1, incoming: int = 40_000_000
) -> dict[date, Traffic]:
    """Traffic of so many days, going back from yesterday."""
    return {
        TODAY - timedelta(days=number): Traffic(incoming, outgoing)
        for number in range(first, first + count)
    }


@pytest.mark.parametrize(
    "kind", ["instance", "gpu_instance", "kubernetes_node", "bare_metal", "gpu_bare_metal"]
)
def test_a_server_that_is_powered_off_is_stopped(kind: str) -> None:
    """D17: every kind of server; nothing else."""
    assert is_stopped(thing(kind=kind, state="stopped"), NOW)
    assert not is_stopped(thing(kind=kind, state="running"), NOW)
    assert not is_stopped(thing(kind=kind, state="suspended"), NOW)
    assert is_suspended(thing(kind=kind, state="suspended"))
    assert not is_suspended(thing(kind=kind, state="stopped"))


def test_only_servers_stop() -> None:
    """D17: a volume that is called stopped is no server."""
    assert not is_stopped(thing(kind="block_storage", state="stopped"), NOW)
    assert not is_suspended(thing(kind="database", state="suspended"))


def test_a_server_younger_than_an_hour_is_being_made() -> None:
    """D17: older than an hour, not an hour old."""
    hour = timedelta(hours=1)
    assert not is_stopped(thing(state="stopped", created=NOW - timedelta(minutes=5)), NOW)
    assert not is_stopped(thing(state="stopped", created=NOW - hour), NOW)
    assert is_stopped(thing(state="stopped", created=NOW - hour - timedelta(seconds=1)), NOW)
    assert is_stopped(thing(state="stopped", created=None), NOW)


@pytest.mark.parametrize(
    ("kind", "state", "maybe"),
    [
        ("instance", "running", True),
        ("gpu_instance", "running", True),
        ("bare_metal", "active", True),
        ("gpu_bare_metal", "active", True),
        ("kubernetes_node", "running", False),  # D18: never a node
        ("kubernetes_node", "active", False),
        ("instance", "stopped", False),
        ("instance", "suspended", False),
        ("instance", "pending", False),
        ("instance", "active", False),  # its power state is not known
        ("bare_metal", "pending", False),
        ("database", "running", False),
    ],
)
def test_account_matching_traffic_is_worth_reading(kind: str, state: str, *, maybe: bool) -> None:
    """D18: servers that run, not nodes, not stopped."""
    assert may_be_quiet(thing(kind=kind, state=state), NOW, 14) is maybe


def test_a_quiet_server_is_older_than_the_span() -> None:
    """D18: fourteen complete days before 18 November begin on the 4th."""
    assert may_be_quiet(thing(created=at("2026-11-04")), NOW, 14)
    assert not may_be_quiet(thing(created=at("2026-11-04T00:01")), NOW, 14)
    assert may_be_quiet(thing(created=at("2026-11-04T00:01")), NOW, 13)
    assert not may_be_quiet(thing(created=None), NOW, 14)


def test_fourteen_quiet_days() -> None:
    """D18: the busiest day is the evidence, outgoing and incoming."""
    traffic = days(14) | {TODAY - timedelta(days=3): Traffic(50_000_000, 4_999_999)}
    assert quietness(traffic, NOW, 14, 5) == Quietness(14, 4_999_999, 50_000_000)


def test_five_megabytes_are_not_under_five() -> None:
    """D18: outgoing bytes under the limit on every day."""
    for busy in (5_000_000, 900_000_000):
        traffic = days(14) | {TODAY - timedelta(days=14): Traffic(0, busy)}
        assert quietness(traffic, NOW, 14, 5) is None
        assert quietness(traffic, NOW, 14, 1000) is not None


def test_incoming_traffic_is_not_judged() -> None:
    """D18: background noise comes in all day."""
    assert quietness(days(14, incoming=10**12), NOW, 14, 5) == Quietness(14, 1_000_000, 10**12)


@pytest.mark.parametrize(
    ("read", "span", "quiet"),
    [
        (14, 14, True),
        (12, 14, True),
        (11, 14, False),
        (0, 14, False),
        (6, 7, True),
        (5, 7, False),
        (26, 30, True),
        (25, 30, False),
        (78, 90, True),
        (77, 90, False),
    ],
)
def test_at_least_twelve_of_fourteen_days(read: int, span: int, *, quiet: bool) -> None:
    """D18: 12 of 14 days in the map, and as many in proportion of another span."""
    assert (quietness(days(read), NOW, span, 5) is not None) is quiet


def _but(traffic: dict[date, Traffic], gone: Iterable[int]) -> dict[date, Traffic]:
    return {day: row for day, row in traffic.items() if (TODAY - day).days not in gone}


def test_it_does_not_matter_which_days_are_missing() -> None:
    """D18: two of the fourteen may be missing anywhere."""
    assert quietness(_but(days(14), {1, 7}), NOW, 14, 5) == Quietness(12, 1_000_000, 40_000_000)
    assert quietness(_but(days(14), {1, 7, 9}), NOW, 14, 5) is None


def test_today_and_days_before_the_span_do_not_count() -> None:
    """D18: complete UTC days only: neither the running day nor the fifteenth."""
    busy = Traffic(0, 10**9)
    traffic = days(14) | {TODAY: busy, TODAY - timedelta(days=15): busy}
    assert quietness(traffic, NOW, 14, 5) is not None
    # Twelve days of which one is today and one is before the span are ten.
    assert quietness(days(12, first=0), NOW, 14, 5) is None
    assert quietness(days(12, first=4), NOW, 14, 5) is None


def test_the_day_is_the_utc_day() -> None:
    """D18: shortly after midnight yesterday counts already."""
    early = at("2026-11-19T00:01")
    assert quietness(days(14, first=0), early, 14, 5) == Quietness(14, 1_000_000, 40_000_000)
