"""The first and last minutes of a month, and February, computed by hand (E4, E7, E8)."""

from __future__ import annotations

import pytest

from tests.estimate.book import PRICES, clock, thing
from vultr_cost_mcp.questions.estimate.changes import Action, Change, price_change

SERVER = thing(plan="vc2-2c-4gb", region="fra")
GPU = thing(plan="vcg-a100-12c-120g-80vram")


@pytest.mark.parametrize(
    ("now", "begins", "stops", "replaced"),
    [
        # One hour of 20.00 / 672 is 0.0298; the line that stops reached its cap long ago.
        pytest.param("2026-11-30T23:59:59", "0.03", "0.00", "0.03", id="the last second"),
        pytest.param("2026-11-30T23:00:00", "0.03", "0.00", "0.03", id="the last hour"),
        # Two hours begin.
        pytest.param("2026-11-30T22:59:59", "0.06", "0.00", "0.06", id="before the last hour"),
        pytest.param("2026-12-01T00:00:00", "20.00", "-20.00", "0.00", id="the first moment"),
        # The first hour has begun: 0.03 of the old line is spent.
        pytest.param("2026-12-01T00:00:01", "20.00", "-19.97", "0.03", id="the first second"),
        # 696 hours: 684 so far, 12 left.
        pytest.param("2028-02-29T12:00:00", "0.36", "0.00", "0.36", id="29 February"),
        pytest.param("2028-02-01T00:00:00", "20.00", "-20.00", "0.00", id="a leap February"),
        # In UTC no hour is skipped or repeated: 167 are left, 578 begun; cents round up (D7).
        pytest.param("2026-10-25T01:30:00", "4.98", "-2.79", "2.19", id="end of summer time"),
    ],
)
def test_an_edge_of_the_month(now: str, begins: str, stops: str, replaced: str) -> None:
    """E7, E8, E10."""

    def rest(action: Action) -> str:
        before = None if action == "create" else SERVER
        after = None if action == "delete" else SERVER
        change = Change("x", action, "server", before, after)
        return f"{price_change(change, PRICES, clock(f'{now}+00:00')).this_month:.2f}"

    assert (rest("create"), rest("delete"), rest("replace")) == (begins, stops, replaced)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        # 1750.00 x 696 / 730, and of 744 hours never more than the month.
        ("2028-02-01T00:00:00", "1668.50"),
        ("2026-12-01T00:00:00", "1750.00"),
        ("2026-12-31T23:30:00", "2.40"),
    ],
)
def test_a_gpu_has_730_hours_a_month(now: str, begins: str) -> None:
    """E4, E7."""
    made = price_change(Change("x", "create", "server", None, GPU), PRICES, clock(f"{now}+00:00"))
    assert f"{made.this_month:.2f}" == begins
