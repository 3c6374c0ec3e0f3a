"""Days that are over, and credit beside what waits for its invoice (rules D5, D26, D27, D29)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.double import Account
from tests.support.mid_month import FIRST_TEN, SINCE, account, ask, flat, hourly, mid_month, plan
from tests.support.nouns import NOW, at, balance, charge, snapshot, usd
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.questions.budget.report import check_budget
from vultr_cost_mcp.questions.forecast.report import forecast

FIRST_HOURS = at("2026-12-01T02:31")
PRICE = "0.133928571428571"
NOVEMBER = hourly("90.00", "2026-11-01T00:00", "2026-12-01T00:00", units=720, price=PRICE)
THREE_HOURS = hourly("0.41", "2026-12-01T00:00", "2026-12-01T02:30", units=3, price=PRICE)
OCTOBER = hourly("90.00", "2026-10-01T00:00", "2026-11-01T00:00", units=744, price=PRICE)


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def first_hours(stated: str, *more: tuple[str, list[Any]]) -> Account:
    """90.00 of November wait for their invoice; December has 0.41."""
    invoices = {"77": ("2026-11-01T00:05", [OCTOBER])}
    invoices |= {str(78 + number): row for number, row in enumerate(more)}
    made = account([NOVEMBER, THREE_HOURS], invoices, balance=stated)
    made.plans = [plan("90")]
    return made


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("stated", "left", "at_end", "day", "state"),
    [
        ("-100.00", "9.59", "0.00", "2026-12-04", "open"),
        ("-300.00", "209.59", "120.00", "2027-02-10", "open"),
        # 90.41 are used up; so is less than what waits.
        ("-90.41", "0.00", "0.00", "2026-12-01", "used_up"),
        ("-50.00", "0.00", "0.00", "2026-12-01", "used_up"),
        # Nothing, and debt, are no credit.
        ("0", "0.00", "0.00", None, None),
        ("12.34", "0.00", "0.00", None, None),
    ],
)
async def test_what_waits_for_its_invoice_is_no_credit(
    stated: str, left: str, at_end: str, day: str | None, state: str | None
) -> None:
    """D5, D26: 100.00 less 90.00 of November less 0.41 of December."""
    made = first_hours(stated)
    answer = await ask(made, FIRST_HOURS, "forecast_month_end")
    assert answer["credit"] == {
        "credit": f"{max(0.0, -float(stated)):.2f}",
        "used": "0.41" if stated.startswith("-") else "0.00",
        "left_now": left,
        "left_at_month_end": at_end,
        "runs_out_on": day,
        "state": state,
        "uninvoiced": "90.00",
    }
    page = await ask(made, FIRST_HOURS, "get_cost_overview")
    owed = "12.34" if stated == "12.34" else "0.00"
    assert (page["credit_left"], page["owed"], page["uninvoiced"]) == (left, owed, "90.00")
    # November's invoice is the next one, December's is not.
    assert page["next_invoice"] == {"date": "2026-12-01", "month": "2026-11", "expected": "90.00"}
    assert (page["month_to_date"], page["projected_month_end"]) == ("0.41", "90.00")


@pytest.mark.anyio
async def test_tax_is_expected_on_what_waits() -> None:
    """D3, D26: 21 percent on October's invoice are 108.90 for November's."""
    made = first_hours("0")
    made.invoice_items["77"] = [OCTOBER, flat("18.90", "VAT", "VAT")]
    page = await ask(made, FIRST_HOURS, "get_cost_overview")
    assert page["next_invoice"]["expected"] == "108.90"


@pytest.mark.anyio
async def test_once_the_invoice_exists_nothing_waits() -> None:
    """D5, D26: what an invoice has is in the balance: a line of both lists is taken off once."""
    made = first_hours("-10.00", ("2026-12-01T01:00", [NOVEMBER]))
    page = await ask(made, FIRST_HOURS, "get_cost_overview")
    assert (page["credit_left"], page["uninvoiced"]) == ("9.59", "0.00")
    assert page["next_invoice"] == {"date": "2027-01-01", "month": "2026-12", "expected": "90.00"}


@pytest.mark.anyio
async def test_without_a_balance_nothing_is_said_of_credit() -> None:
    """D33: null, while what waits is known."""
    made = first_hours("0")
    made.account = {**made.account, "balance": None}
    answer = await ask(made, FIRST_HOURS, "forecast_month_end")
    assert answer["credit"] is None
    page = await ask(made, FIRST_HOURS, "get_cost_overview")
    assert (page["credit_left"], page["owed"], page["uninvoiced"]) == (None, None, "90.00")


# --- days that are over ---------------------------------------------------------------------------

TWO = [
    # 12.00 a day of 24 hours from the 1st, then 4.80 more from the 11th on.
    charge("211.50", monthly="336", cap_hours=672, units="423", unit_price="0.5"),
    charge(
        "36.60",
        monthly="134.4",
        cap_hours=672,
        units="183",
        unit_price="0.2",
        start=at("2026-11-11"),
    ),
]


@pytest.mark.parametrize(
    ("budget", "day"),
    [
        ("12.00", "2026-11-01"),
        ("12.01", "2026-11-02"),
        ("120.00", "2026-11-10"),
        ("120.01", "2026-11-11"),
        ("136.80", "2026-11-11"),
        ("136.81", "2026-11-12"),
        ("170.00", "2026-11-13"),
        ("237.60", "2026-11-17"),
        ("237.61", "2026-11-18"),
    ],
)
def test_the_day_on_which_a_budget_was_passed(budget: str, day: str) -> None:
    """D27, D29: 12.00 a day, from the 11th 16.80, whatever the day is that asks."""
    report = check_budget(snapshot(TWO), [Budget("all", usd(budget))])
    assert (report.status, report.state) == ("over", "passed")
    assert report.breach_on == date.fromisoformat(day)


def test_a_budget_is_passed_by_what_is_invoiced_too() -> None:
    """D1, D27: 68.58 by the 10th."""
    first = charge(
        "68.58",
        units=240,
        unit_price="0.285714285714286",
        end=at("2026-11-11"),
        running=False,
    )
    shot = snapshot([charge("5", start=at("2026-11-11"), units=182)], invoiced_charges=(first,))
    report = check_budget(shot, [Budget("all", usd("50"))])
    # 175 hours are 50.00.
    assert (report.spent, report.breach_on) == (usd("73.58"), date(2026, 11, 8))


@pytest.mark.parametrize(
    ("start", "end", "unit_type", "day"),
    [
        (None, None, "hours", None),
        (None, NOW, "flat", None),
        # A flat amount counts from its beginning, whole.
        (at("2026-11-05"), None, "flat", date(2026, 11, 5)),
        (at("2026-11-05"), NOW, "flat", date(2026, 11, 5)),
    ],
)
def test_a_day_is_unknown_where_lines_cannot_be_placed(
    start: Any, end: Any, unit_type: str, day: date | None
) -> None:
    """D27: passed, and nobody knows when."""
    row = charge("100", start=start, end=end, unit_type=unit_type, running=False)
    report = check_budget(snapshot([row]), [Budget("all", usd("50"))])
    assert (report.status, report.state, report.breach_on) == ("over", "passed", day)


def test_on_the_first_day_it_is_that_day() -> None:
    """D27: there is no day that is over, also for lines that cannot be placed."""
    row = charge("100", start=None, end=None, unit_type="flat", running=False)
    now = at("2026-11-01T05:00")
    report = check_budget(snapshot([row], now=now), [Budget("all", usd("50"))])
    assert report.breach_on == date(2026, 11, 1)


def test_a_credit_that_is_gone_was_used_up_on_its_day() -> None:
    """D26: 120.00 by the 10th are not passed, by the 11th they are."""
    report = forecast(snapshot(TWO, (), balance=balance("-120")))
    assert report.credit is not None
    assert (report.credit.state, report.credit.runs_out_on) == ("used_up", date(2026, 11, 11))


def test_a_discount_counts_from_its_beginning() -> None:
    """D29: 12.00 a day less 36.00 from the 3rd on: 24.00 are passed on the 6th."""
    less = charge(
        "-36", "Credits and Discounts", start=at("2026-11-03"), unit_type="flat", running=False
    )
    report = forecast(snapshot([TWO[0], less], (), balance=balance("-24")))
    assert report.credit is not None
    # By the end of the second day 24.00 are reached and not passed; of the third 0.00 are left.
    assert report.credit.runs_out_on == date(2026, 11, 6)


def test_what_is_invoiced_draws_on_no_credit() -> None:
    """D26: it is in the balance."""
    first = charge("68.58", units=240, end=at("2026-11-11"), running=False)
    shot = snapshot(
        [charge("30.86", start=at("2026-11-11"), running=False)],
        (),
        invoiced_charges=(first,),
        balance=balance("-131.42"),
    )
    report = forecast(shot)
    assert report.credit is not None
    assert (report.credit.left_now, report.credit.left_at_month_end) == (
        usd("100.56"),
        usd("100.56"),
    )


# --- budgets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "warn_percent", "status"),
    [
        # 99.44 are spent, 205.73 projected.
        ("99.44", 80, "over"),
        ("205.73", 100, "warn"),
        ("205.74", 100, "ok"),
        ("257.16", 80, "warn"),
        ("257.17", 80, "ok"),
    ],
)
@pytest.mark.anyio
async def test_a_projection_near_the_budget_is_a_warning(
    budget: str, warn_percent: int, status: str
) -> None:
    """D27: 80 percent of 257.16 are 205.73."""
    answer = await ask(
        mid_month(),
        at("2026-11-15T12:00"),
        "check_budget",
        monthly_budget=float(budget),
        warn_percent=warn_percent,
    )
    assert answer["status"] == status


@pytest.mark.anyio
async def test_the_net_forecast_stands_beside() -> None:
    """D27: 205.73 of charges, 15.00 of discounts on both lists, 190.73."""
    invoices = {"78": ("2026-11-11T00:05", [FIRST_TEN, flat("-10.00")])}
    made = account([SINCE, flat("-5.00")], invoices)
    now = at("2026-11-15T12:00")
    answer = await ask(made, now, "check_budget", monthly_budget=150)
    assert (answer["spent"], answer["projected"]) == ("99.44", "205.73")
    assert (answer["projected_net"], answer["discounts"]) == ("190.73", "-15.00")
    other = await ask(made, now, "forecast_month_end")
    assert other["projected_total"] == answer["projected_net"]
    assert Decimal(other["invoiced_this_month"]) == Decimal("58.58")


def day_of(passed: int, *charges: Any) -> date | None:
    """Return the day on which these lines came to more than some dollars."""
    outlook = project_month_end(snapshot(charges, ()))
    return outlook.first_day(lambda spent: spent > passed)


def test_a_running_line_without_an_end_has_come_to_its_total_by_now() -> None:
    """D29: 423.00 in 422 hours and 5 minutes: 121.00 of them take until the sixth."""
    undated = charge("423", unit_price=None, end=None)
    assert [day_of(120, undated), day_of(121, undated)] == [date(2026, 11, 5), date(2026, 11, 6)]


def test_a_sum_that_a_credit_kept_down_until_today_is_passed_today() -> None:
    """D26, D29: 50.00 net on every day that is over, and 20.00 more since midnight."""
    fee = charge("100", "Support and Subscriptions", unit_type="flat", running=False)
    less = charge("-50", "Credits and Discounts", unit_type="discount", running=False)
    today = charge("20", start=at("2026-11-18"), units=15, running=False)
    assert day_of(60, fee, less, today) == date(2026, 11, 18)
    assert day_of(49, fee, less, today) == date(2026, 11, 1)
