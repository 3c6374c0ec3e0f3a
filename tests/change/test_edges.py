"""Edge cases that decide a kind or a cent (rules D29, D30, D31)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.months import NOV, OCT, SEP, bill, charges_of, hours
from tests.support.nouns import NOW, at, line, snapshot, usd
from vultr_cost_mcp.billing.proration import prorate_until
from vultr_cost_mcp.domain.bill import ChargeLine, MonthlyBill
from vultr_cost_mcp.questions.change.period_usage import same_price
from vultr_cost_mcp.questions.change.report import ChangeReport, change
from vultr_cost_mcp.questions.change.rows import Driver

WEB = "203.0.113.7 (4096 MB) [web]"
BIG = "203.0.113.7 (8192 MB) [web]"


def report(before: list[ChargeLine], after: list[ChargeLine]) -> ChangeReport:
    return change(snapshot(()), bill(SEP, *before), bill(OCT, *after))


def only(before: list[ChargeLine], after: list[ChargeLine]) -> tuple[str, str, str]:
    """Give kind, change and note of the one driver."""
    (row,) = report(before, after).drivers
    return row.kind, str(row.delta), row.note


def ran(total: str, units: int, end: str, monthly: str = "20", what: str = WEB) -> ChargeLine:
    """Make a line from the first of October on."""
    return hours(total, what, units, OCT.start, end, monthly=monthly)


def flat(
    total: str, units: str | None = None, price: str | None = None, **named: str
) -> ChargeLine:
    """Make a line of the same name that is not charged by the hour."""
    given = {"unit_type": "gb", "description": "Traffic [web]", **named}
    what = given.pop("description")
    return line(total, what, units=units, unit_price=price, start=OCT.start, end=OCT.end, **given)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.0149", "0.014949", True),
        ("0.0149", "0.01495", True),
        ("0.0149", "0.01496", False),
        # Within half a digit of 0.007, but by more than one in a hundred.
        ("0.007", "0.0074404762", False),
        ("3", "3.03", True),
        ("3", "3.04", False),
        ("0.5", "0.5", True),
        (None, "3", True),
    ],
)
def test_prices_are_one_within_half_a_digit_and_a_hundredth(
    one: str | None, other: str, *, same: bool
) -> None:
    """D30: of printed prices."""
    first = None if one is None else Decimal(one)
    assert same_price(first, Decimal(other)) is same
    assert same_price(Decimal(other), first) is same


@pytest.mark.parametrize(
    ("total", "kind", "delta"),
    [("4.46", "hours", "0.50"), ("3.95", "gone", "-0.01")],
)
def test_what_ended_is_gone_only_where_it_costs_less(total: str, kind: str, delta: str) -> None:
    """D30."""
    before = hours("3.96", WEB, 133, "2026-09-25", "2026-10-01", monthly="20")
    assert only([before], [ran(total, 150, "2026-10-07T06:00")])[:2] == (kind, delta)


def test_what_was_flat_and_is_by_the_hour_has_other_hours() -> None:
    """D30: one name, no line by the hour before."""
    before = flat("2.00", unit_type="flat")
    note = "0 billed hours, then 672 (its monthly cap)"
    assert only([before], [ran("20.00", 744, "2026-11-01")]) == ("hours", "18.00", note)


def test_use_beside_the_hours_that_did_not_change_explains_nothing() -> None:
    """D30: 40 of traffic in both months, 96 hours more."""
    before = [hours("2.86", WEB, 96, SEP.start, "2026-09-05", monthly="20"), flat("40", "4", "10")]
    after = [ran("5.72", 192, "2026-10-09"), flat("40", "4", "10")]
    kind, delta, note = only(before, after)
    assert (kind, delta) == ("hours", "2.86")
    assert note.startswith("96 to 192 billed hours")


def test_the_price_explains_more_than_a_few_hours_less() -> None:
    """D30: four dollars a month dearer for 672 hours, 72 hours less of 24."""
    kind, delta, note = only(
        [hours("20.00", WEB, 720, SEP.start, SEP.end, monthly="20")],
        [hours("21.43", WEB, 600, "2026-10-07", "2026-11-01", monthly="24")],
    )
    assert (kind, delta) == ("price", "1.43")
    assert note == "$20.00 to $24.00 a month; 672 billed hours (its monthly cap), then 600"


def test_what_was_resized_and_then_ended_says_both() -> None:
    """D30: dearer in all, so that it is not gone."""
    resized = [
        ran("2.86", 96, "2026-10-05"),
        hours("22.86", BIG, 384, "2026-10-05", "2026-10-21", monthly="40", product="x"),
    ]
    resized[1] = replace(resized[1], product=resized[0].product)
    kind, _, note = only([hours("20.00", WEB, 720, SEP.start, SEP.end, monthly="20")], resized)
    assert kind == "resized"
    assert note.endswith("; ended on 21 Oct")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        # Two prices together explain what neither does.
        (
            [flat("10", "10", "1"), flat("10", "10", "1", description="More [web]")],
            [flat("14", "10", "1.4"), flat("14", "10", "1.4", description="More [web]")],
            "price",
        ),
        # The price fell by a dollar for ten, and four times as much was used.
        ([flat("10", "10", "1")], [flat("36", "40", "0.9")], "usage"),
        # A dime dearer for ten is one dollar; two more are more than that.
        ([flat("10", "10", "1")], [flat("13.20", "12", "1.1")], "usage"),
        # What there was no price of before is use.
        (
            [flat("10", "10", "1")],
            [flat("10", "10", "1"), flat("5", "5", "1", description="More [web]")],
            "usage",
        ),
        ([flat("10.00", "10", "1")], [flat("10.01", "10", "1")], "rounding"),
        ([flat("10.00", "10", "1")], [flat("10.02", "10", "1")], "other"),
        # Two lines are rounded twice.
        (
            [flat("10.00", "10", "1"), flat("5.00", "5", "1", description="More [web]")],
            [flat("10.01", "10", "1"), flat("5.01", "5", "1", description="More [web]")],
            "rounding",
        ),
    ],
)
def test_use_and_its_price_are_told_apart(
    before: list[ChargeLine], after: list[ChargeLine], kind: str
) -> None:
    """D30."""
    assert only(before, after)[0] == kind


def test_rounding_is_one_row_with_both_sides() -> None:
    """D30: and nothing else changed of what there is otherwise."""
    others = [flat("7", "7", "1", description=f"Traffic [{name}]") for name in "abc"]
    found = report(
        [flat("10.00", "10", "1"), *others],
        [flat("10.01", "10", "1"), *others],
    )
    assert found.drivers == (
        Driver("rounding", "Rounding", "Other", usd("10.00"), usd("10.01"), usd("0.01"), ""),
    )
    assert found.unchanged == 3


@pytest.mark.parametrize(
    ("late", "elapsed", "before"),
    [
        # To the newest line, while that is within two hours.
        (90, 421, "6.27"),
        (120, 421, "6.27"),
        (121, 423, "6.30"),
    ],
)
def test_the_hours_that_are_compared_end_with_the_newest_line(
    late: int, elapsed: int, before: str
) -> None:
    """D29."""
    end = NOW - timedelta(minutes=late)
    running = hours("6.27", WEB, 421, NOV.start, end, monthly="10")
    then = bill(OCT, ran("10.00", 744, "2026-11-01", "10"))
    now = MonthlyBill(NOV, "running", charges_of([running]), complete=False)
    found = change(snapshot(now.charges), then, now)
    assert (found.elapsed_hours, found.from_.total) == (elapsed, usd(before))


def test_what_began_after_the_same_point_is_new_since_its_first_line() -> None:
    """D29, D30: of two lines later in October the earlier one tells since when."""
    first = hours("1.43", WEB, 48, "2026-10-20", "2026-10-22", monthly="20")
    second = hours("5.72", WEB, 192, "2026-10-24", "2026-11-01", monthly="20")
    running = hours("12.59", WEB, 423, NOV.start, NOW, monthly="20")
    now = MonthlyBill(NOV, "running", charges_of([running]), complete=False)
    for lines in ([first, second], [second, first]):
        (row,) = change(snapshot(now.charges), bill(OCT, *lines), now).drivers
        assert (row.kind, row.note) == ("new", "billed since 20 Oct; 423 hours in November")


@pytest.mark.parametrize(("total", "dollars"), [("0.80", "0.40"), ("-0.80", "-0.80")])
def test_small_use_grows_as_well_and_a_credit_does_not(total: str, dollars: str) -> None:
    """D29: half of October is over."""
    made = line(
        total, "x", "Inference", unit_type="tokens", units="8", start=OCT.start, end=OCT.end
    )
    row = prorate_until(charges_of([made], OCT.end)[0], OCT, at("2026-10-16T12:00"))
    assert row is not None
    assert row.amount == usd(dollars)
