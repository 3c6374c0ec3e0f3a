"""Pass or fail: spent and projected against budgets, boundaries to the cent (D27)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.nouns import NOW, at, balance, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.budget import Budget, of_account
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.budget.report import BudgetReport, check_budget
from vultr_cost_mcp.questions.budget.text import headline_budget, render_budget, render_row
from vultr_cost_mcp.questions.forecast.report import forecast
from vultr_cost_mcp.questions.forecast.text import render_forecast

FAILED = ServerError("Vultr failed.", 503)
TODAY = date(2026, 11, 18)
# 423 hours at a dollar; 432 by the end of the 18th, the cap of 672 by the end of the 28th.
DOLLAR_AN_HOUR = charge("423", resource_id="a", monthly="672", cap_hours=672)


def held(shot: Snapshot, *budgets: Budget | str, **named: Any) -> BudgetReport:
    """The report; a text is a budget for everything."""
    given_ = [Budget("all", usd(one)) if isinstance(one, str) else one for one in budgets]
    return check_budget(shot, given_, **named)


def partial(spent: str, part: str = "pending_charges") -> Snapshot:
    """Something is missing."""
    return snapshot([charge(spent, running=False)], (), gaps=(Gap(part, "5,000 of 10,000"),))


@pytest.mark.parametrize(
    ("budget", "status", "percent", "projected_percent", "breach"),
    [
        # Spent 423, projected 672.
        ("422.99", "over", 100.0, 158.9, TODAY),
        ("423", "over", 100.0, 158.9, TODAY),  # spent == budget is over
        ("423.01", "warn", 100.0, 158.9, TODAY),  # reached by the end of the day
        ("432", "warn", 97.9, 155.6, TODAY),
        ("432.01", "warn", 97.9, 155.6, date(2026, 11, 19)),
        ("456", "warn", 92.8, 147.4, date(2026, 11, 19)),
        ("671.99", "warn", 62.9, 100.0, date(2026, 11, 28)),
        ("672", "warn", 62.9, 100.0, date(2026, 11, 28)),  # projected == budget is a warning
        ("672.01", "warn", 62.9, 100.0, None),  # projected are 99.99 percent of it
        ("840", "warn", 50.4, 80.0, None),
        ("840.01", "ok", 50.4, 80.0, None),
        ("5000", "ok", 8.5, 13.4, None),
    ],
)
def test_every_boundary(
    budget: str, status: str, percent: float, projected_percent: float, breach: date | None
) -> None:
    """D27: over at spent, warn at 80 percent projected, the day that passes the budget."""
    report = held(snapshot([DOLLAR_AN_HOUR]), budget)
    assert (report.status, report.breach_on) == (status, breach)
    assert (report.percent, report.projected_percent) == (percent, projected_percent)
    assert (report.spent, report.projected, report.budget) == (423, 672, usd(budget))


@pytest.mark.parametrize(
    ("spent", "warn_percent", "status"),
    [
        ("79.99", 80, "ok"),
        ("80.00", 80, "warn"),
        ("0.99", 1, "ok"),
        ("1.00", 1, "warn"),
        ("99.99", 100, "ok"),
        ("100.00", 100, "over"),
        ("66.99", 67, "ok"),
        ("67.00", 67, "warn"),
    ],
)
def test_exactly_the_share_that_warns(spent: str, warn_percent: int, status: str) -> None:
    """D27: spent >= warn_percent of the budget."""
    shot = snapshot([charge(spent, running=False)])
    assert held(shot, "100", warn_percent=warn_percent).status == status


def test_part_of_a_cent_is_judged_as_it_is_shown() -> None:
    """D4, D27: 9.995 is shown as 10.00: over, and since today."""
    report = held(snapshot([charge("9.995", running=False)]), "10")
    assert (report.status, report.spent, report.breach_on) == ("over", 10, TODAY)
    grows = charge("1", "Snapshots", monthly="9.995", cap_hours=672)
    report = held(snapshot([grows]), "10")
    assert (report.status, report.projected) == ("warn", 10)
    assert report.breach_on == date(2026, 11, 28)


def test_credits_make_no_room_and_tax_takes_none() -> None:
    """D27, D3: spend is charges."""
    charges = [
        charge("100", running=False),
        charge("-60", "Credits and Discounts", running=False),
        charge("-5", running=False),
        charge("21", "Tax", running=False),
    ]
    report = held(snapshot(charges), "100")
    assert (report.status, report.spent, report.projected) == ("over", 100, 100)


def test_last_months_lines_are_outside() -> None:
    """D5: they are October's budget's."""
    october = charge("99", start=at("2026-10-01"), end=at("2026-11-01"))
    shot = snapshot([charge("1", running=False)], uninvoiced_previous=(october,))
    assert held(shot, "50").spent == 1


def test_what_has_no_line_yet_is_projected() -> None:
    """D24, D27: a server of 672 a month made now costs a dollar an hour for 298 hours."""
    report = held(snapshot([], [thing("new", price=672, created=NOW)]), "298")
    assert (report.status, report.spent, report.projected) == ("warn", 0, 298)
    assert report.breach_on == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("spent", "budget", "status"),
    [("10", "100", "unknown"), ("99.99", "100", "unknown"), ("100", "100", "over")],
)
def test_partial_spend_is_unknown_under_and_over_over_the_budget(
    spent: str, budget: str, status: str
) -> None:
    """D27: more lines only add to it."""
    assert held(partial(spent), budget).status == status


def test_a_gap_elsewhere_leaves_the_spend_known() -> None:
    """D27, D33: lines are the spend; a tag also needs what exists."""
    shot = partial("10", "instances")
    assert held(shot, "100").status == "ok"
    assert held(shot, Budget("team", usd(100), tag="team")).status == "unknown"


def test_without_lines_the_accounts_own_sum_is_the_least() -> None:
    """D1, D27, D33: unknown under the budget, over above it, never ok."""
    shot = snapshot(
        None,
        (),
        balance=balance(0, pending="500"),
        failures={"pending_charges": FAILED},
        gaps=(Gap("pending_charges", "could not be read (503)"),),
    )
    assert held(shot, "500.01").status == "unknown"
    assert held(shot, "500").status == "over"
    assert held(shot, "500").spent == 500


@pytest.mark.parametrize("part", [{"tag": "prod"}, {"service": "CDN"}])
def test_without_lines_a_part_is_unknown(part: dict[str, str]) -> None:
    """D33: the account's own sum says nothing of a tag's or a service's share of it."""
    shot = snapshot(
        None,
        (),
        balance=balance(0, pending="5000"),
        failures={"pending_charges": FAILED},
        gaps=(Gap("pending_charges", "could not be read (503)"),),
    )
    report = held(shot, Budget("part", usd(1000), **part))
    assert report.status == "unknown"
    assert report.spent is report.projected is report.percent is report.breach_on is None
    assert "unknown spent" in headline_budget(report)
    assert "$5,000.00" not in "\n".join(render_budget(report))


def test_without_lines_and_account_there_is_an_error() -> None:
    """D33: the essential part failed."""
    with pytest.raises(ServerError):
        held(snapshot(None, (), failures={"pending_charges": FAILED}), "5")


def test_no_budget() -> None:
    """D27: spent and projected stand without a verdict."""
    report = held(snapshot([DOLLAR_AN_HOUR]))
    assert (report.status, report.spent, report.projected) == ("no_budget", 423, 672)
    assert report.budget is report.percent is report.projected_percent is report.breach_on is None
    assert report.budgets == ()
    assert "no budget is set" in headline_budget(report)


# --- by tag and by service ------------------------------------------------------------------------

EMPTY = BandwidthMonth(None, None, None, None, None, None)
OVERAGE = AccountBandwidth(EMPTY, EMPTY, BandwidthMonth(None, None, None, None, None, usd("20")))
PARTS = snapshot(
    [
        DOLLAR_AN_HOUR,
        charge("84.60", "Backups", "a", monthly="134.40", cap_hours=672),
        charge("30", "Cloud GPU", "b", running=False),
        charge("4", "Networking", unit_type="overage", running=False),
        charge("7", "Cloud Compute", running=False),
    ],
    [
        thing("a", price=672, tags=("prod", "team-a")),
        thing("b", "gpu_instance", 90, tags=("ml",)),
        thing("c", "block_storage", price=672, tags=("prod",), created=NOW),
    ],
    bandwidth=OVERAGE,
)


@pytest.mark.parametrize(
    ("part", "spent", "projected"),
    [
        ({"tag": "prod"}, "507.60", "1104.40"),  # 672 + 134.40 + 298 of the volume to come
        ({"tag": "team-a"}, "507.60", "806.40"),
        ({"tag": "ml"}, "30", "30"),
        ({"tag": "Prod"}, "0", "0"),  # tags are exact
        ({"service": "Cloud Compute"}, "430", "679"),
        ({"service": "cloud gpu"}, "30", "30"),
        ({"service": "Backups"}, "84.60", "134.40"),
        ({"service": "Block Storage"}, "0", "298"),
        ({"service": "Networking"}, "4", "20"),  # overage: 4 on a line, 16 to come
        ({"tag": "prod", "service": "Backups"}, "84.60", "134.40"),
        ({"tag": "ml", "service": "Backups"}, "0", "0"),
        ({}, "548.60", "1161.40"),
    ],
)
def test_what_a_budget_counts(part: dict[str, str], spent: str, projected: str) -> None:
    """D27: by tag, by service, by both, or everything with the overage to come."""
    report = held(PARTS, Budget("part", usd(5000), **part))
    assert (report.spent, report.projected) == (usd(spent), usd(projected))
    assert report.status == "ok"


def test_the_worst_of_several_comes_first_and_is_the_answer() -> None:
    """D27: over, warn, unknown, ok; equals keep the order of the file."""
    budgets = [
        Budget("fine", usd(5000)),
        Budget("close", usd(1161)),
        Budget("gone", usd(30), tag="ml"),
        Budget("also fine", usd(6000)),
        Budget("also gone", usd(1), service="Cloud GPU"),
    ]
    report = held(PARTS, *budgets)
    names = ["gone", "also gone", "close", "fine", "also fine"]
    assert [row.name for row in report.budgets] == names
    first = report.budgets[0]
    for name in ("status", "spent", "projected", "budget", "percent", "breach_on"):
        assert getattr(report, name) == getattr(first, name)
    assert [row.status for row in report.budgets] == ["over", "over", "warn", "ok", "ok"]
    cut = held(PARTS, *budgets, limit=2)
    assert [row.name for row in cut.budgets] == names[:2]
    assert cut.omitted_budgets == 3


def test_an_unknown_one_stands_between_warnings_and_passes() -> None:
    """D27: what is not known never hides behind what passes."""
    budgets = [Budget("all", usd(100)), Budget("team", usd(100), tag="team")]
    report = held(partial("10", "instances"), *budgets)
    rows = [(row.name, row.status) for row in report.budgets]
    assert rows == [("team", "unknown"), ("all", "ok")]
    assert report.status == "unknown"


@given(
    st.decimals("0", "500", places=2),
    st.integers(1, 700),
    st.decimals("0.01", "900", places=2),
    st.integers(1, 100),
)
@settings(max_examples=200, deadline=None)
def test_statuses_agree_with_their_figures(
    spent: Decimal, monthly: int, budget: Decimal, warn_percent: int
) -> None:
    """D27: status, figures and day never contradict each other."""
    running = charge(spent, monthly=monthly, cap_hours=672)
    report = held(snapshot([running]), Budget("all", budget), warn_percent=warn_percent)
    assert report.spent is not None
    assert report.projected is not None
    over = report.spent >= budget
    warned = report.projected >= budget or report.projected >= budget * warn_percent / 100
    assert report.status == ("over" if over else "warn" if warned else "ok")
    assert (report.breach_on is not None) is (report.projected >= budget)
    assert report.state == ("passed" if over else "open")
    # What is over was reached on a day that is over, or today.
    assert not over or (report.breach_on is not None and report.breach_on <= TODAY)


# --- the words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        ("400", "budget $400.00: over the budget, passed on 17 Nov 2026."),
        ("420", "budget $420.00: over the budget, passed on 18 Nov 2026 (today)."),
        ("424", "budget $424.00: on track to reach it on 18 Nov 2026 (later today)."),
        ("600", "budget $600.00: on track to reach it on 25 Nov 2026."),
        ("700", "budget $700.00: inside the budget at month end, but above the 80 % warning line."),
        ("840", "budget $840.00: inside the budget at month end, but at the 80 % warning line."),
        ("900", "budget $900.00: inside the budget, now and at month end."),
    ],
)
def test_the_sentence(budget: str, sentence: str) -> None:
    """The verdict with its figures."""
    report = held(snapshot([DOLLAR_AN_HOUR]), budget)
    assert headline_budget(report, today=TODAY) == f"$423.00 spent, $672.00 projected, {sentence}"


def test_close_to_the_budget_is_not_going_over() -> None:
    """D27: a warning by the share that is spent, with no day on which it is reached."""
    report = held(snapshot([charge("90", running=False)]), "100")
    assert headline_budget(report).endswith(
        "inside the budget at month end, but above the 80 % warning line."
    )
    assert "not reached this month" in "\n".join(render_budget(report))


@pytest.mark.parametrize(
    ("budget", "warns", "compared"),
    [
        ("400", 80, "over: $400.00 a month for everything (spent so far has reached it)"),
        ("600", 80, "warn: $600.00 a month for everything (projected to reach it)"),
        (
            "700",
            80,
            (
                "warn: $700.00 a month for everything (projected above the 80 % warning line, "
                "below the budget)"
            ),
        ),
        (
            "1344",
            50,
            (
                "warn: $1,344.00 a month for everything (projected at the 50 % warning line, "
                "below the budget)"
            ),
        ),
        ("900", 80, "ok: $900.00 a month for everything (spent and projected are both inside)"),
    ],
)
def test_a_row_says_what_its_status_compares(budget: str, warns: int, compared: str) -> None:
    """D27: 423 spent, 672 projected."""
    report = held(snapshot([DOLLAR_AN_HOUR]), budget, warn_percent=warns)
    assert render_budget(report, warn_percent=warns)[0] == f"- `all`, {compared}"


def test_the_sentence_names_the_worst_of_several() -> None:
    """D27: the figures are those of the part that the worst one counts."""
    report = held(
        PARTS,
        Budget("fine", usd(5000)),
        Budget("gone", usd(30), tag="ml"),
        Budget("chips", usd(5000), tag="ml", service="Cloud GPU"),
    )
    assert "budget $30.00 (`gone` for tag `ml`, worst of 3): over the budget" in headline_budget(
        report
    )
    alone = held(PARTS, Budget("gone", usd(30), tag="ml"))
    assert "budget $30.00: over the budget" in headline_budget(alone)
    cut = held(PARTS, *(Budget(f"b{n}", usd(5000)) for n in range(12)), limit=10)
    assert "(`b0` for everything, worst of 12)" in headline_budget(cut)
    assert "2 more budgets, none of them worse." in render_budget(cut)
    assert not any("more budget" in text for text in render_budget(report))


@pytest.mark.parametrize(
    ("tag", "gaps", "why"),
    [
        (None, {"pending_charges": "5 of 9 read"}, "pending charges 5 of 9 read"),
        (
            "team",
            {"pending_charges": "5 of 9 read", "instances": "failed"},
            "pending charges 5 of 9 read; instances failed",
        ),
        # A budget for everything needs no tags; what nobody knows may be anything.
        (
            None,
            {"mid_month_invoices": "may exist", "instances": "failed", "moon": "gone"},
            "mid month invoices may exist; moon gone",
        ),
        (
            "team",
            {
                "blocks": "a",
                "databases": "b",
                "instances": "c",
                "snapshots": "d",
                "registries": "e",
            },
            "blocks a; databases b; instances c; 2 more",
        ),
    ],
)
def test_an_unknown_budget_says_why(tag: str | None, gaps: dict[str, str], why: str) -> None:
    """D27, D33: in its row, and as unknown_because."""
    shot = snapshot([charge("9", running=False)], (), gaps=tuple(Gap(*row) for row in gaps.items()))
    (row,) = held(shot, Budget("a", usd(100), tag=tag)).budgets
    assert (row.status, row.unknown_because) == ("unknown", why)
    assert f"  Not read: {why}" in render_row(row, TODAY)
    (over,) = held(shot, Budget("a", usd(9))).budgets
    assert over.unknown_because is None
    assert not any("Not read" in text for text in render_row(over, TODAY))


@pytest.mark.parametrize(
    ("monthly", "room", "at_end", "cut"),
    [
        # 423 spent, 672 projected; 12 days, 9 hours and 55 minutes are left.
        ("1000", "577", "328", None),
        ("672.01", "249.01", "0.01", None),
        ("672", "249", "0", "0.01"),
        ("600", "177", "-72", "5.81"),
        ("423.01", "0.01", "-248.99", "20.06"),
        ("423", "0", "-249", None),
        ("100", "-323", "-572", None),
    ],
)
def test_room_and_what_brings_it_back_inside(
    monthly: str, room: str, at_end: str, cut: str | None
) -> None:
    """D27: 72.01 over 12.4132 days are 5.80 and a bit, a day."""
    (row,) = held(snapshot([DOLLAR_AN_HOUR]), monthly).budgets
    assert (row.room, row.projected_room) == (Decimal(room), Decimal(at_end))
    assert row.cut_per_day == (None if cut is None else Decimal(cut))


def test_the_forecast_holds_the_month_against_its_budget() -> None:
    """D27: 672 of charges against 600, with 10 of discount that makes no room.

    72.01 dollars less in the 17,875 minutes that are left are 5.81 a day.
    """
    shot = snapshot([DOLLAR_AN_HOUR, charge("-10", unit_type="discount", running=False)])
    report = forecast(shot, budget=Budget("monthly", usd(600)))
    row = report.budget
    assert row is not None
    assert row == held(shot, Budget("monthly", usd(600))).budgets[0]
    assert (row.status, row.spent, row.projected) == ("warn", usd("423.00"), usd("672.00"))
    assert (row.percent, row.projected_percent) == (70.5, 112.0)
    assert (row.room, row.projected_room) == (usd("177.00"), usd("-72.00"))
    assert (row.breach_on, row.state, row.cut_per_day) == (date(2026, 11, 25), "open", usd("5.81"))
    assert report.projected_total == usd("662.00")
    text = "\n".join(render_forecast(report, TODAY))
    assert "- `monthly`, warn: $600.00 a month for everything" in text
    assert "$672.00 projected (112.0 %); will be reached on 25 Nov 2026" in text
    assert "credits do not reduce them" in text


def test_without_a_budget_the_forecast_says_nothing_of_one() -> None:
    report = forecast(snapshot([DOLLAR_AN_HOUR]))
    assert report.budget is None
    assert "budget" not in "\n".join(render_forecast(report)).lower()


def test_the_budget_of_an_account_is_the_given_one_or_its_lowest() -> None:
    """D27: one for a tag or service is a part of the account."""
    configured = [
        Budget("team", usd(50), tag="team"),
        Budget("all", usd(900)),
        Budget("lower", usd(700)),
        Budget("gpu", usd(5), service="Cloud GPU"),
    ]
    assert of_account(configured, None) == configured[2]
    assert of_account(configured, 123.45) == Budget("monthly", usd("123.45"))
    assert of_account([configured[0]], None) is None


def test_a_budget_for_a_tag_that_nothing_carries_names_the_nearest() -> None:
    """D27: it counts nothing, so it is inside whatever is spent; what was not read may carry it."""
    web = thing("a", price=672, tags=("team:web",))
    found = held(snapshot([DOLLAR_AN_HOUR], [web]), Budget("web", usd(50), tag="team-web"))
    assert found.status == "ok"
    said = "No resource carries the tag `team-web` of a budget, which counts nothing: "
    assert f"{said}the nearest tag is `team:web`." in found.caveats
    bare = held(snapshot([DOLLAR_AN_HOUR], [thing("a")]), Budget("web", usd(50), tag="team-web"))
    assert f"{said}there are no tags." in bare.caveats
    unread = snapshot([DOLLAR_AN_HOUR], [web], gaps=(Gap("blocks", "could not be read (403)"),))
    held_back = held(unread, Budget("web", usd(50), tag="team-web"))
    assert not any("No resource carries" in caveat for caveat in held_back.caveats)
