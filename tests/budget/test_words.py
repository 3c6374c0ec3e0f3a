"""Words of a budget whose projection or spend is only a lower bound (D27, D33)."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from tests.support.nouns import balance, charge, snapshot, usd
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.budget.report import check_budget, lower_bounds
from vultr_cost_mcp.questions.budget.text import headline_budget, render_budget, render_row
from vultr_cost_mcp.questions.forecast.report import forecast
from vultr_cost_mcp.questions.forecast.text import render_forecast

TODAY = date(2026, 11, 18)
# 423 spent, 672 projected.
LINES = [charge("423", resource_id="a", monthly="672", cap_hours=672)]
PROJECTION = snapshot(LINES, (), gaps=(Gap("push_zones", "could not be read (501)"),))
SPEND = snapshot(LINES, (), gaps=(Gap("pending_charges", "5 of 9 read"),))
CREDITED = snapshot(
    [*LINES, charge("-10", unit_type="discount", running=False)],
    (),
    gaps=(Gap("push_zones", "could not be read (501)"),),
)


@pytest.mark.parametrize(
    ("shot", "monthly", "verdict", "lines"),
    [
        (
            PROJECTION,
            "5000",
            "inside the budget now; at month end too, as far as could be read",
            [
                (
                    "ok: $5,000.00 a month for everything (spent is inside; projected too, "
                    "as far as could be read)"
                ),
                (
                    "$423.00 spent (8.5 %), at least $672.00 projected (13.4 %); "
                    "not reached this month, as far as could be read"
                ),
                "$4,577.00 left now, at most $4,328.00 left at month end",
            ],
        ),
        (
            PROJECTION,
            "700",
            "above the 80 % warning line at month end; below the budget, as far as could be read",
            [
                (
                    "warn: $700.00 a month for everything (projected above the 80 % warning line, "
                    "below the budget as far as could be read)"
                ),
                (
                    "$423.00 spent (60.4 %), at least $672.00 projected (96.0 %); "
                    "not reached this month, as far as could be read"
                ),
                "$277.00 left now, at most $28.00 left at month end",
            ],
        ),
        (
            PROJECTION,
            "600",
            "on track to reach it by 25 Nov 2026",
            [
                "warn: $600.00 a month for everything (projected to reach it)",
                (
                    "$423.00 spent (70.5 %), at least $672.00 projected (112.0 %); "
                    "will be reached by 25 Nov 2026"
                ),
                (
                    "$177.00 left now, at least $72.00 over at month end; "
                    "at least $5.81 less a day from now on keeps it inside"
                ),
            ],
        ),
        (
            PROJECTION,
            "420",
            "over the budget, passed on 18 Nov 2026 (today)",
            [
                "over: $420.00 a month for everything (spent so far has reached it)",
                (
                    "$423.00 spent (100.7 %), at least $672.00 projected (160.0 %); "
                    "passed on 18 Nov 2026 (today)"
                ),
                "$3.00 over now, at least $252.00 over at month end",
            ],
        ),
        (
            SPEND,
            "420",
            "over the budget, passed by 18 Nov 2026 (today)",
            [
                "over: $420.00 a month for everything (spent so far has reached it)",
                (
                    "at least $423.00 spent (100.7 %), at least $672.00 projected (160.0 %); "
                    "passed by 18 Nov 2026 (today)"
                ),
                "at least $3.00 over now, at least $252.00 over at month end",
            ],
        ),
        (
            SPEND,
            "600",
            "unknown whether inside the budget, on track to reach it by 25 Nov 2026",
            [
                "unknown: $600.00 a month for everything (not all that it counts was read)",
                (
                    "at least $423.00 spent (70.5 %), at least $672.00 projected (112.0 %); "
                    "will be reached by 25 Nov 2026"
                ),
                (
                    "at most $177.00 left now, at least $72.00 over at month end; "
                    "at least $5.81 less a day from now on keeps it inside"
                ),
                "Not read: pending charges 5 of 9 read",
            ],
        ),
        (
            SPEND,
            "5000",
            "unknown whether inside the budget",
            [
                "unknown: $5,000.00 a month for everything (not all that it counts was read)",
                (
                    "at least $423.00 spent (8.5 %), at least $672.00 projected (13.4 %); "
                    "not reached this month, as far as could be read"
                ),
                "at most $4,577.00 left now, at most $4,328.00 left at month end",
                "Not read: pending charges 5 of 9 read",
            ],
        ),
    ],
)
def test_a_lower_bound_is_one_in_every_sentence(
    shot: Snapshot, monthly: str, verdict: str, lines: list[str]
) -> None:
    """D27: what was not read only adds to it, so what is left is "at most", and a day "by" it."""
    report = check_budget(shot, [Budget("all", usd(monthly))])
    least = partial(lower_bounds, shot)
    assert headline_budget(report, (), TODAY, lower_bounds=least).endswith(f": {verdict}.")
    body = render_budget(report, TODAY, lower_bounds=least)
    first, *others = lines
    assert body[: len(lines)] == [f"- `all`, {first}", *(f"  {line}" for line in others)]


def test_unread_resources_make_the_spend_of_a_tag_a_lower_bound_alone() -> None:
    """D27: lines have no tags."""
    assert lower_bounds(PROJECTION) == lower_bounds(PROJECTION, None) == {"projected"}
    unlisted = snapshot(LINES, (), gaps=(Gap("instances", "could not be read (503)"),))
    assert lower_bounds(unlisted, "ml") == {"spent", "projected"}
    assert lower_bounds(unlisted) == {"projected"}
    assert lower_bounds(snapshot(LINES), "ml") == set()


def test_unknown_spend_is_said_once() -> None:
    """D33: without lines a tag has no sum."""
    shot = snapshot(
        None,
        (),
        balance=balance(0, pending="5000"),
        failures={"pending_charges": ServerError("Vultr failed.", 503)},
        gaps=(Gap("pending_charges", "could not be read (503)"),),
    )
    (row,) = check_budget(shot, [Budget("ml", usd(9), tag="ml")]).budgets
    assert render_row(row, TODAY, lower_bounds(shot, "ml")) == [
        "- `ml`, unknown: $9.00 a month for tag `ml` (not all that it counts was read)",
        "  spent and projected are unknown",
        "  Not read: pending charges could not be read (503)",
    ]


def test_the_sentence_after_discounts_is_a_lower_bound_too() -> None:
    report = check_budget(CREDITED, [])
    body = "\n".join(render_budget(report, TODAY, lower_bounds=partial(lower_bounds, CREDITED)))
    assert "has spent $413.00 and is projected at $662.00 or more." in body


def test_the_forecast_shows_the_same_lower_bounds() -> None:
    report = forecast(PROJECTION, budget=Budget("monthly", usd(600)))
    assert report.budget is not None
    row = render_row(report.budget, TODAY, {"projected"})
    said = render_forecast(report, TODAY, lower_bounds(PROJECTION))
    assert [line for line in said if line in row] == row
