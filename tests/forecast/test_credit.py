"""Credit and its last day, the invoice to come and its month, the run rate (D3, D6, D26, D28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client

from tests.support.nouns import NOW, at, balance, charge, line, number, snapshot, thing, usd
from tests.support.servers import server_of, structure_of
from vultr_cost_mcp.billing.credit import credit_after_tax, day_used_up, runway_with_tax
from vultr_cost_mcp.billing.month_end import TaxRate, expected_invoice, project_month_end
from vultr_cost_mcp.domain.bill import AccountBalance
from vultr_cost_mcp.domain.invoice import Invoice, month_of
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.report_fields import TopUp, TopUpWithTax
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.questions.caveats import CREDIT_AT_MOST
from vultr_cost_mcp.questions.forecast.report import (
    CreditForecast,
    CreditWithTax,
    forecast,
    newest_invoice_wanted,
)
from vultr_cost_mcp.questions.forecast.text import render_forecast
from vultr_cost_mcp.questions.overview.report import RunRate, overview
from vultr_cost_mcp.questions.overview.text import render_overview

# 720 dollars a month at 720 hours in November: a dollar an hour, capped after 672 of them.
DOLLAR_AN_HOUR = charge(
    "423.00", resource_id="a", monthly="672", cap_hours=672, units=423, unit_price="1"
)
SERVER = thing("a", price=672)


def credit(stated: str, **named: Any) -> CreditForecast:
    """Forecast a balance with one server of a dollar an hour, 423 hours of it spent."""
    shot = snapshot([DOLLAR_AN_HOUR], [SERVER], balance=balance(stated), **named)
    found = forecast(shot).credit
    assert found is not None
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("tool", ["forecast_month_end", "get_cost_overview"])
@pytest.mark.parametrize(
    ("stated", "unread", "told"),
    [
        ("-500", "pending_charges", {"forecast_month_end", "get_cost_overview"}),
        # Credit at the month's end rests on the projection, credit now on the lines alone.
        ("-500", "account_bandwidth", {"forecast_month_end"}),
        ("-500", "subaccounts", set[str]()),
        ("-500", None, set[str]()),
        ("5", "pending_charges", set[str]()),
    ],
)
async def test_credit_is_at_most_what_is_told_where_not_all_was_read(
    tool: str, stated: str, unread: str | None, told: set[str]
) -> None:
    """D26, D33: spend that is at least so much leaves at most so much."""
    gaps = (Gap(unread, "5 of 9 read"),) if unread else ()
    shot = snapshot([DOLLAR_AN_HOUR], [SERVER], balance=balance(stated), gaps=gaps)
    async with Client(server_of(shot)) as client:
        answer = structure_of(await client.call_tool(tool, {}))
    assert (CREDIT_AT_MOST in answer["caveats"]) is (tool in told)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tool", "stated", "unread", "touched"),
    [
        # The tax rate is of an invoice's lines; what is before tax is exact.
        ("forecast_month_end", "-700", "invoice_items", {"credit.with_tax"}),
        ("forecast_month_end", "-700", "invoices", {"credit.with_tax"}),
        ("forecast_month_end", "-700", "account_bandwidth", {"credit"}),
        # Where credit is used up no day with tax is told.
        ("forecast_month_end", "-400", "invoice_items", set[str]()),
        ("forecast_month_end", "0", "invoice_items", set[str]()),
        ("forecast_month_end", "5", "invoice_items", set[str]()),
        ("forecast_month_end", "5", "account_bandwidth", set[str]()),
        ("forecast_month_end", "5", "pending_charges", {"credit"}),
        ("forecast_month_end", None, "account", {"credit"}),
        ("get_cost_overview", "-700", "invoice_items", {"top_up"}),
        ("get_cost_overview", "-400", "invoice_items", {"top_up"}),
        ("get_cost_overview", "0", "invoice_items", set[str]()),
        ("get_cost_overview", "5", "invoices", set[str]()),
        ("get_cost_overview", "5", "account_bandwidth", set[str]()),
        ("get_cost_overview", None, "account", {"credit", "top_up"}),
    ],
)
async def test_a_gap_touches_what_rests_on_it_in_credit(
    tool: str, stated: str | None, unread: str, touched: set[str]
) -> None:
    """D26, D33: an account without credit has nothing that an unread invoice makes doubtful."""
    shot = replace(
        taxed(stated, invoice_charges={}),
        gaps=(Gap(unread, "not read"),),
        balance=None if stated is None else balance(stated),
    )
    async with Client(server_of(shot)) as client:
        answer = structure_of(await client.call_tool(tool, {}))
    (gap,) = answer["coverage"]["gaps"]
    about_credit = {name for name in gap["touches"] if name.startswith(("credit.", "top_up"))}
    assert about_credit | {*gap["touches"]} & {"credit"} == touched
    assert touched <= {*answer["partial"]}


# --- credit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "left_now", "at_end", "runs_out"),
    [
        # Debt and nothing are no credit: there is none to run out.
        ("123.45", "0", "0", None),
        ("0", "0", "0", None),
        # Passed already: on the first day, on a day that is over, today (the 18th).
        ("-0.01", "0", "0", "2026-11-01"),
        ("-23.99", "0", "0", "2026-11-01"),
        ("-24", "0", "0", "2026-11-02"),
        ("-407.99", "0", "0", "2026-11-17"),
        ("-422.99", "0", "0", "2026-11-18"),
        # By the end of the 18th 432 hours have begun.
        ("-423", "0", "0", "2026-11-18"),
        ("-431.99", "8.99", "0", "2026-11-18"),
        ("-432", "9", "0", "2026-11-19"),
        ("-455.99", "32.99", "0", "2026-11-19"),
        ("-456", "33", "0", "2026-11-20"),
        # Day 28 ends at the cap of 672.00: what is not passed then is not passed in November.
        ("-671.99", "248.99", "0", "2026-11-28"),
        # December begins with nothing left, January with 672 more.
        ("-672", "249", "0", "2026-12-01"),
        ("-693.67", "270.67", "21.67", "2026-12-01"),  # 21.6774 a day
        ("-693.68", "270.68", "21.68", "2026-12-02"),
        ("-1343.99", "920.99", "671.99", "2026-12-31"),
        ("-1344", "921", "672", "2027-01-01"),
        ("-5000", "4577", "4328", "2027-06-14"),  # 6 months are 4032, 296 are 13.2 of 30 days
        # 24 months after November are 16128.
        ("-16799.99", "16376.99", "16127.99", "2028-11-30"),
        ("-16800", "16377", "16128", None),
        ("-99999", "99576", "99327", None),
    ],
)
def test_credit_is_told_from_debt_and_runs_out_on_a_day(
    stated: str, left_now: str, at_end: str, runs_out: str | None
) -> None:
    """D26: negative is credit; the first UTC day on which the running sum passes it."""
    day = None if runs_out is None else date.fromisoformat(runs_out)
    state: Literal["open", "used_up"] | None = "open" if usd(left_now) else "used_up"
    if not stated.startswith("-"):
        state = None
    stands = max(usd(0), -usd(stated))
    assert credit(stated) == CreditForecast(
        stands, usd(423 if stands else 0), usd(left_now), usd(at_end), day, state, usd(0)
    )


def test_without_a_balance_nothing_is_said_of_credit() -> None:
    """D33: null and never zero."""
    assert forecast(snapshot([charge("1")], ())).credit is None
    assert forecast(snapshot([charge("1")], (), balance=balance(None))).credit is None


def test_credit_is_exact_days_of_a_month() -> None:
    """D26: a third of a month of 30 days is ten days: the eleventh passes it."""
    now = at("2026-10-18T12:00")
    shot = snapshot(
        [charge("0.01", resource_id="a", running=False)],
        [thing("a", price=30)],
        balance=balance("-10.01"),
        now=now,
        month=Month.of(now),
    )
    found = forecast(shot).credit
    assert found is not None
    assert found.runs_out_on == date(2026, 11, 11)


@given(st.integers(1, 60_000), st.integers(1, 900))
@settings(max_examples=150, deadline=None)
def test_the_day_is_that_of_a_walk_through_the_days(cents: int, price: int) -> None:
    """D26: hour by hour this month, then evenly by the monthly cost, in whole numbers."""
    monthly = usd(price)
    running = charge("0", resource_id="a", monthly=monthly, cap_hours=672)
    shot = snapshot(
        [running], [thing("a", price=price)], balance=balance(str(usd(-cents) / 100)), now=NOW
    )
    expected = _walk(cents, price)
    found = forecast(shot).credit
    assert found is not None
    assert found.runs_out_on == expected


def _walk(cents: int, price: int) -> date | None:
    day, hours, spent = date(2026, 11, 18), 432, 0
    while day.month == 11:
        spent = min(price * 100, -(-hours * price * 100 // 672))
        if spent > cents:
            return day
        day, hours = day + timedelta(days=1), hours + 24
    left, month = cents - spent, date(2026, 12, 1)
    for _ in range(24):
        following = (month + timedelta(days=32)).replace(day=1)
        days = (following - month).days
        for passed in range(days):
            if price * 100 * (passed + 1) > left * days:
                return month + timedelta(days=passed)
        left, month = left - price * 100, following
    return None


def test_the_figures_of_credit_agree_with_those_beside_them() -> None:
    """D26, D4: 100 less the 0.13 that is shown is 99.87, though the line is of 0.125."""
    shot = snapshot([charge("0.125", running=False)], (), balance=balance("-100"))
    report = forecast(shot)
    assert report.credit == CreditForecast(
        usd(100), usd("0.13"), usd("99.87"), usd("99.87"), None, "open", usd(0)
    )
    assert report.month_to_date == report.projected_total == usd("0.13")
    page = overview(shot, projected=None, savings_monthly=None)
    assert page.credit_left == usd("99.87")


def test_tax_on_a_line_lessens_the_credit_now() -> None:
    """D26, D1: month_to_date is all lines; the projection is before tax."""
    tax = charge("10", "Tax", unit_type="tax", running=False)
    shot = snapshot([charge("5", running=False), tax], (), balance=balance("-100"))
    found = forecast(shot).credit
    assert found is not None
    assert (found.left_now, found.left_at_month_end) == (85, 95)


def test_discounts_make_credit_last() -> None:
    """D26: the running sum is net."""
    net = [charge("100", running=False), charge("-40", "Credits and Discounts", running=False)]
    found = forecast(snapshot(net, (), balance=balance("-60"))).credit
    assert found is not None
    assert (found.left_now, found.left_at_month_end, found.state) == (0, 0, "used_up")


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("123.45", "There is no credit."),
        ("0", "There is no credit."),
        (
            "-100",
            "Credit: $100.00, $423.00 used this month, $0.00 left; it was used up by 5 Nov 2026.",
        ),
        ("-423", "used this month, $0.00 left; it was used up by 18 Nov 2026 (today)."),
        (
            "-431",
            "$8.00 left, $0.00 at month end; it runs out on 18 Nov 2026 (later today), before tax",
        ),
        ("-693.68", "$270.68 left, $21.68 at month end; it runs out on 2 Dec 2026, before tax"),
        ("-99999", "it lasts."),
    ],
)
def test_the_text_never_says_that_debt_lasts(stated: str, words: str) -> None:
    """D26: credit of 5,000 and debt of 123.45 are told apart."""
    report = forecast(snapshot([DOLLAR_AN_HOUR], [SERVER], balance=balance(stated)))
    text = "\n".join(render_forecast(report, NOW.date()))
    assert words in text
    assert ("lasts" in text) is (stated == "-99999")


# --- the invoice to come --------------------------------------------------------------------------


def invoiced(*charges: Any, **named: Any) -> Any:
    """An account with one invoice of October and its lines."""
    known = {
        "invoices": (Invoice("7", at("2026-11-01T06:00"), usd("121")),),
        "invoice_charges": {"7": charges},
    }
    return snapshot([charge("50", running=False)], (), **{**known, **named})


TAX_21 = (charge("100", running=False), charge("21", "Tax", unit_type="tax", running=False))


def test_tax_is_that_of_the_newest_invoice() -> None:
    """D3: 21 on 100 is 10.50 on 50; discounts are before tax too."""
    report = forecast(invoiced(*TAX_21))
    assert (report.expected_invoice, report.expected_tax) == (usd("60.50"), usd("10.50"))
    assert (
        "Invoice of this month: $60.50 = $50.00 + $10.50 of tax, at the rate of the newest invoice."
        in render_forecast(report)
    )
    less = charge("-20", "Credits and Discounts", running=False)
    tax = charge("8", "Tax", unit_type="tax", running=False)
    with_discount = invoiced(charge("100", running=False), less, tax)
    assert forecast(with_discount).expected_invoice == usd("55.00")
    untaxed = invoiced(charge("100", running=False))
    assert forecast(untaxed).expected_invoice == usd("50.00")


@pytest.mark.parametrize(
    "unread",
    [{"invoices": None, "invoice_charges": {}}, {"invoice_charges": {}}],
    ids=["no list", "no lines"],
)
def test_without_the_newest_invoice_the_next_is_unknown(unread: dict[str, Any]) -> None:
    """D33: null, and in words unknown."""
    report = forecast(invoiced(*TAX_21, **unread))
    assert (report.expected_invoice, report.expected_tax) == (None, None)
    assert "Invoice of this month: unknown." in "\n".join(render_forecast(report))


def test_an_invoice_of_nothing_tells_no_rate() -> None:
    """D3: nothing is divided by zero, or by less."""
    for amount in ("0", "-5"):
        shot = invoiced(charge(amount, running=False))
        assert expected_invoice(shot, usd(50)) == 50


def test_only_the_newest_invoice_is_asked_for() -> None:
    """D36: one request; the newest by its date."""
    invoices = (
        Invoice("9", at("2026-09-01"), usd(1)),
        Invoice("3", at("2026-11-01"), usd(1)),
        Invoice("8", None, usd(1)),
    )
    assert newest_invoice_wanted(snapshot(invoices=invoices)) == [
        DetailRequest("invoice_items", "3")
    ]
    assert newest_invoice_wanted(snapshot(invoices=())) == []
    assert newest_invoice_wanted(snapshot()) == []


def span(start: str, end: str, unit_type: str = "hours") -> Any:
    return line("1", start=stamp(start), end=stamp(end), unit_type=unit_type)


def stamp(text: str) -> datetime:
    """An instant as the wire has it: without an offset it is UTC (D5)."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("lines", "dated", "month"),
    [
        # The specification's own line, September in UTC printed in US Eastern.
        ([("2021-08-31 20:00:00", "2021-09-30 20:00:00")], "2021-10-01", "2021-09"),
        ([("2021-08-31 20:00:00", "2021-09-30 20:00:00")], None, "2021-09"),
        ([("2026-10-31 19:00:00", "2026-11-30 19:00:00")], "2026-12-01", "2026-11"),
        ([("2026-01-31 19:00:00", "2026-02-28 19:00:00")], "2026-03-01", "2026-02"),
        ([("2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00")], "2026-11-01", "2026-10"),
        # With its offset, the same September.
        (
            [("2021-08-31T20:00:00-04:00", "2021-09-30T20:00:00-04:00")],
            "2021-09-30T20:00:00-04:00",
            "2021-09",
        ),
        # A dollar in each month: the one before the invoice's date.
        (
            [("2026-09-30 20:00:00", "2026-09-30 23:00:00"), ("2026-10-02", "2026-10-30")],
            "2026-11-01",
            "2026-10",
        ),
        # Lines that are not hourly tell nothing: the date does.
        ([("2026-08-01", "2026-09-01", "flat")], "2026-11-01", "2026-10"),
        ([], "2026-11-01", "2026-10"),
        ([], "2026-11-01T23:59:59", "2026-10"),
        ([], "2026-11-03T23:59:59", "2026-10"),
        ([], "2026-11-04", "2026-11"),
        ([], "2026-11-30", "2026-11"),
        ([], "2026-01-02", "2025-12"),
        # Midnight of October 1st printed in US Eastern.
        ([], "2026-09-30T20:00:00", "2026-09"),
        ([], None, None),
    ],
)
def test_the_month_of_an_invoice(
    lines: list[tuple[str, ...]], dated: str | None, month: str | None
) -> None:
    """D6: where its hourly dollars lie; else the month before if it is dated 1 to 3."""
    invoice = Invoice("7", None if dated is None else stamp(dated), usd(1))
    found = month_of(invoice, [span(*one) for one in lines])
    assert (found.name if found else None) == month


# --- the run rate ---------------------------------------------------------------------------------


def test_the_run_rate_leaves_capped_and_closed_lines_out() -> None:
    """D28: 1/h + 730/730 = 2.00 an hour, 48.00 a day; a month is of prices, add-ons included."""
    charges = [
        DOLLAR_AN_HOUR,
        charge("423", "Cloud GPU", monthly="730", cap_hours=730),
        charge("48", monthly="48", cap_hours=672),
        charge("3", monthly="500", cap_hours=672, running=False),
        charge("9", "Inference", unit_type="tokens"),
    ]
    shot = snapshot(charges, [thing("a", price=672), thing("b", price=730), thing("c")])
    report = overview(shot, projected=None, savings_monthly=None)
    assert report.run_rate == RunRate(usd(2), usd(48), usd(1402))


def test_the_overview_and_the_forecast_say_the_same() -> None:
    """D26, D28: one projection, one credit, one invoice to come."""
    shot = invoiced(*TAX_21, balance=balance("-100"))
    report = forecast(shot)
    page = overview(shot, projected=report.projected_total, savings_monthly=None)
    assert report.credit is not None
    assert page.credit_left == report.credit.left_now == 50
    assert page.projected_month_end == report.projected_total
    assert page.next_invoice is not None
    assert page.next_invoice.expected == report.expected_invoice
    assert page.next_invoice.date == date(2026, 12, 1)


# --- credit with tax ------------------------------------------------------------------------------

TAX_20 = (charge("100", running=False), charge("20", "Tax", unit_type="tax", running=False))


def taxed(stated: str | None, *lines: Any, **named: Any) -> Snapshot:
    """An account of a dollar an hour, whose newest invoice has these lines."""
    known = {
        "invoices": (Invoice("7", at("2026-11-01T06:00"), usd("120")),),
        "invoice_charges": {"7": lines or TAX_20},
        "balance": balance(stated),
    }
    return snapshot([DOLLAR_AN_HOUR], [SERVER], **{**known, **named})


@pytest.mark.parametrize(
    ("stated", "at_end", "runs_out"),
    [
        # 20 % on a dollar an hour: 507.60 of what is spent, the last of 508.00 today.
        ("-507.59", "0", "2026-11-18"),
        ("-508", "0", "2026-11-18"),
        # 1.20 an hour: 720.00 pay for 600 hours, the end of the 25th; 721 for hour 601 too.
        ("-719.99", "0", "2026-11-25"),
        ("-720", "0", "2026-11-26"),
        # The month costs 806.40; 3.60 more are left, 3 dollars of December before tax.
        ("-806.39", "0", "2026-11-28"),
        ("-806.40", "0", "2026-12-01"),
        ("-810", "3.60", "2026-12-01"),
        ("-1000", "193.60", "2026-12-08"),  # 161.33 before tax are 7.44 of 31 days of 672
        ("-99999", "99192.60", None),
    ],
)
def test_credit_pays_the_tax_of_the_invoices_to_come(
    stated: str, at_end: str, runs_out: str | None
) -> None:
    """D3, D26: at the rate of the newest invoice; what is before tax stays beside it."""
    found = forecast(taxed(stated)).credit
    assert found is not None
    day = None if runs_out is None else date.fromisoformat(runs_out)
    assert found.with_tax == CreditWithTax(20.0, usd(at_end), day)
    without = forecast(taxed(stated, charge("100", running=False))).credit
    assert without == replace(found, with_tax=None)


def test_tax_alone_may_have_used_credit_up() -> None:
    """D26: 423.00 are spent of 430.00, and 507.60 with tax: 358.33 before it were spent earlier."""
    report = forecast(taxed("-430"))
    assert report.credit is not None
    assert (report.credit.left_now, report.credit.state) == (7, "open")
    # 430.00 are 358.33 before tax, passed in hour 359, on the 15th.
    assert report.credit.with_tax == CreditWithTax(20.0, usd(0), date(2026, 11, 15))
    text = "\n".join(render_forecast(report, NOW.date()))
    assert (
        "Credit: $430.00, $423.00 used this month. Before tax, $7.00 is left now and $0.00 at "
        "month end; it runs out on 18 Nov 2026 (later today). With tax at the rate of the "
        "newest invoice (20.0 %), it was used up by 15 Nov 2026, and $0.00 is left at month end."
    ) in text


@pytest.mark.parametrize(
    ("waiting", "runs_out"),
    [
        # 100.00 and 20.00 of tax wait: 880.00 are left, 733.33 before tax, 61.33 in December.
        ([charge("100", description="a", running=False)], "2026-12-03"),
        # With its tax among them the same; without any, 1,000.00 are 161.33 in December.
        ([replace(row, description="a") for row in TAX_20], "2026-12-03"),
        ([], "2026-12-08"),
    ],
)
def test_last_months_lines_get_their_tax_once(waiting: list[Any], runs_out: str) -> None:
    """D5, D26."""
    found = forecast(taxed("-1000", uninvoiced_previous=tuple(waiting))).credit
    assert found is not None
    assert found.with_tax is not None
    assert found.with_tax.runs_out_on == date.fromisoformat(runs_out)


@pytest.mark.parametrize("stated", ["-400", "0", "5"])
def test_credit_that_is_used_up_or_none_has_no_day_with_tax(stated: str) -> None:
    """D26."""
    found = forecast(taxed(stated)).credit
    assert found is not None
    assert found.with_tax is None


@pytest.mark.parametrize(
    ("stated", "left", "used_up_on", "lacking"),
    [
        # 20 % of tax on 672.00: 430.00 are 358.33 before it, passed in hour 359, on the 15th.
        (balance("-430"), "358.33", date(2026, 11, 15), "313.67"),
        # Debt is credit below zero: nothing is left on the first day.
        (balance("60"), "-50.00", date(2026, 11, 1), "722.00"),
        (balance(None), None, None, None),
        (None, None, None, None),
    ],
)
def test_of_a_balance_that_is_not_known_no_tax_is_taken(
    stated: AccountBalance | None, left: str | None, used_up_on: date | None, lacking: str | None
) -> None:
    """D26, D33: credit before tax, its last day and what the month lacks are then unknown too."""
    shot, rate = replace(taxed("0"), balance=stated), TaxRate(usd(20), usd(100))
    outlook = project_month_end(shot)
    before_tax, runway = credit_after_tax(shot, rate), runway_with_tax(shot, outlook, rate)
    assert (None if before_tax is None else to_cents(before_tax)) == number(left)
    assert (runway and runway.runs_out_on) == used_up_on
    assert (None if runway is None else to_cents(runway.lacking)) == number(lacking)


@pytest.mark.parametrize(
    ("stated", "day"),
    [(balance("-400"), date(2026, 11, 17)), (balance(None), None), (None, None)],
)
def test_the_day_on_which_credit_ran_out_needs_a_balance(
    stated: AccountBalance | None, day: date | None
) -> None:
    """D26, D33: 400.00 are passed in hour 401, on the 17th."""
    shot = replace(taxed("0"), balance=stated)
    assert day_used_up(shot, project_month_end(shot)) == day


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({}, "$28.00 at month end; it runs out on 2 Dec 2026. With tax at the rate"),
        (
            {"invoices": None, "invoice_charges": {}},
            "2 Dec 2026, before tax: its rate is not known.",
        ),
        ({"invoice_charges": {"7": TAX_20[:1]}}, "it runs out on 2 Dec 2026."),
    ],
)
def test_the_text_says_whether_tax_is_counted(named: dict[str, Any], words: str) -> None:
    """D26: known, not known, and none."""
    lines = "\n".join(render_forecast(forecast(taxed("-700", **named)), NOW.date()))
    assert words in lines
    assert ("With tax" in lines) is (not named)


def overview_text(shot: Snapshot) -> str:
    """The overview's text."""
    report = overview(shot, projected=usd(672), savings_monthly=None)
    return "\n".join(render_overview(report, NOW.date()))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        # 700.00 are 583.33 before tax, passed in hour 584, on the 25th; 106.40 are lacking.
        (
            {},
            (
                "Credit runs out on 25 Nov 2026, counting the tax on charges. Top up $110.00 by "
                "22 Nov 2026, and it lasts until the end of November 2026. Before tax, it runs out "
                "on 2 Dec 2026; $650.00 by 29 Nov 2026 lasts until the end of December 2026."
            ),
        ),
        (
            {"invoices": None, "invoice_charges": {}},
            (
                "Credit runs out on 2 Dec 2026, tax not counted. Top up $650.00 plus tax by "
                "29 Nov 2026, and it lasts until the end of December 2026."
            ),
        ),
        (
            {"invoice_charges": {"7": TAX_20[:1]}},
            (
                "Credit runs out on 2 Dec 2026. Top up $650.00 by 29 Nov 2026, and it lasts until "
                "the end of December 2026."
            ),
        ),
    ],
)
def test_a_top_up_pays_the_tax_where_its_rate_is_known(named: dict[str, Any], words: str) -> None:
    """D26: the day and the amount are of one count."""
    assert words in overview_text(taxed("-700", **named))


def test_a_top_up_is_due_today_where_tax_has_used_credit_up() -> None:
    """D26: the month costs 806.40, and 430.00 pay for it: 376.40 are lacking."""
    shot = taxed("-430")
    found = overview(shot, projected=usd(672), savings_monthly=None).top_up
    assert found is not None
    assert found.with_tax == TopUpWithTax(NOW.date(), usd(380), "2026-11", date(2026, 11, 15))
    # Before tax 242.00 are lacking.
    assert (found.amount, found.runs_out_on) == (250, NOW.date())
    assert (
        "Credit was used up by 15 Nov 2026, counting the tax on charges. Top up $380.00 by "
        "18 Nov 2026, and it lasts until the end of November 2026. Before tax, it runs out on "
        "18 Nov 2026; $250.00 by 18 Nov 2026 lasts until the end of November 2026."
    ) in overview_text(shot)


def after_the_server(stated: str, *charges: Any) -> Snapshot:
    """The same account where nothing runs any more."""
    spent = charges or (replace(DOLLAR_AN_HOUR, running=False),)
    return replace(taxed(stated), charges=spent, resources=())


def test_credit_that_tax_alone_uses_up_is_topped_up() -> None:
    """D26: 423.00 are spent of 450.00, and 507.60 with tax: 57.60 are lacking.

    450.00 are 375.00 before tax, passed in hour 376, on the 16th.
    """
    shot, day = after_the_server("-450"), date(2026, 11, 16)
    found = overview(shot, projected=usd(423), savings_monthly=None)
    with_tax = TopUpWithTax(NOW.date(), usd(60), "2026-11", day)
    assert found.top_up == TopUp(None, None, None, None, with_tax)
    assert found.credit_left == 27
    text = overview_text(shot)
    assert "$450.00 credit, $423.00 used this month, $27.00 left." in text
    assert (
        "Credit was used up by 16 Nov 2026, counting the tax on charges. Top up $60.00 by "
        "18 Nov 2026, and it lasts until the end of November 2026. Before tax it would last."
    ) in text
    assert (
        "Before tax, $27.00 is left now and $27.00 at month end; it lasts. With tax at the rate of "
        "the newest invoice (20.0 %), it was used up by 16 Nov 2026, and $0.00 is left at month "
        "end."
    ) in "\n".join(render_forecast(forecast(shot), NOW.date()))
    # 507.60 pay for all of it.
    assert (
        overview(after_the_server("-507.60"), projected=None, savings_monthly=None).top_up is None
    )


def test_tax_uses_credit_up_today_where_no_line_tells_the_day() -> None:
    """D26, D29: 423.00 of a line without dates come to 507.60 with tax."""
    undated = charge("423", unit_type="flat", running=False, start=None, end=None)
    shot = after_the_server("-450", undated)
    found = forecast(shot).credit
    assert found is not None
    assert found.with_tax == CreditWithTax(20.0, usd(0), NOW.date())
    with_tax = TopUpWithTax(NOW.date(), usd(60), "2026-11", NOW.date())
    report = overview(shot, projected=usd(423), savings_monthly=None)
    assert report.top_up == TopUp(None, None, None, None, with_tax)
    said = "it is used up by the end of today, 18 Nov 2026, and $0.00 is left at month end."
    assert said in "\n".join(render_forecast(forecast(shot), NOW.date()))
    told = overview_text(shot)
    assert "Credit runs out on 18 Nov 2026, counting the tax on charges. Top up $60.00 by" in told
    assert "Before tax it would last." in told


def test_the_overview_says_that_credit_is_used_up() -> None:
    """D26: 422.00 of 423.00, and 806.40 less 422.00 at the end with tax."""
    assert (
        "Credit is used up. Top up $390.00 ($250.00 before tax) by 18 Nov 2026, and it lasts until "
        "the end of November 2026."
    ) in overview_text(taxed("-422"))
