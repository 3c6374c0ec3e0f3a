"""Bills of months and credit for them, where a part waits, is unread or is tax (D5, D6, D26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.support.nouns import MONTH, at, balance, charge, known, snapshot, thing, usd
from vultr_cost_mcp.billing.credit import (
    credit_after_tax,
    credit_of,
    day_used_up,
    left_now,
    month_of_next_invoice,
    runway_of,
    top_up,
    uninvoiced,
    with_tax,
)
from vultr_cost_mcp.billing.month_end import (
    TaxRate,
    invoices_for_tax,
    lines_of_tax,
    project_month_end,
)
from vultr_cost_mcp.billing.months import (
    closing_invoice,
    invoice_lines_wanted,
    invoices_between,
    monthly_bills,
    running_bill,
)
from vultr_cost_mcp.billing.unread_invoices import mid_month_gaps
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot

OCTOBER = MONTH.previous
USED = charge("31", start=OCTOBER.start, end=MONTH.start, running=False)
WAITS = charge("7", start=at("2026-10-20"), end=MONTH.start, running=False)
PENDING = charge("423", resource_id="a", monthly=672, cap_hours=672, units=423, unit_price="1")
TAX = charge("50", "Tax", unit_type="flat", running=False)
CLOSING = Invoice("closing", at("2026-11-01"), usd(31), (USED,), asked=True)
PART = replace(CLOSING, id="part", date=at("2026-10-12"))
UNREAD = Gap("pending_charges", "5 of 9 read")


def october(shot: Snapshot) -> Any:
    """Return source, dollars, and whether October is complete and closed."""
    bill = monthly_bills(shot)["2026-10"]
    return bill.source, bill.total, bill.complete, bill.closed


def test_a_month_is_complete_with_all_lines_of_its_invoices_and_those_that_wait() -> None:
    """D5, D33: after a mid-month invoice the rest waits, until the closing one exists."""
    part: dict[str, Any] = {"invoices": (PART,)}
    assert october(snapshot(**part, uninvoiced_previous=(WAITS,))) == ("unbilled", 38, True, True)
    unread = snapshot(**part, uninvoiced_previous=(WAITS,), gaps=(UNREAD,))
    assert october(unread) == ("unbilled", 38, False, True)
    half: dict[str, Any] = {"invoices": (replace(PART, partial=True),)}
    some = snapshot(**half, uninvoiced_previous=(WAITS,))
    assert october(some) == ("unbilled", 38, False, True)
    # Nothing waits: it may be on no invoice yet, if the pending lines were not all read.
    assert october(snapshot(**part)) == ("invoices", 31, True, True)
    assert october(snapshot(**part, gaps=(UNREAD,))) == ("invoices", 31, False, False)
    assert october(snapshot(None, **part)) == ("invoices", 31, True, False)
    assert october(snapshot(**half)) == ("invoices", 31, False, True)
    # With its closing invoice what waits is no part of it.
    closed = snapshot(invoices=(CLOSING,), uninvoiced_previous=(WAITS,), gaps=(UNREAD,))
    assert october(closed) == ("invoices", 31, True, True)
    alone = snapshot(uninvoiced_previous=(WAITS,), invoices=())
    assert october(alone) == ("unbilled", 7, True, True)
    assert monthly_bills(alone)["2026-10"].month == OCTOBER


@pytest.mark.parametrize(("partial", "whole"), [(False, True), (True, False)])
def test_a_bill_tells_if_every_line_of_its_invoices_was_read(*, partial: bool, whole: bool) -> None:
    """D33: and a list that was not read may hold the resource of a line."""
    shot = snapshot(invoices=(replace(CLOSING, partial=partial),))
    bill = monthly_bills(shot)["2026-10"]
    assert (bill.read_wholly, bill.charges[0].reason) == (whole, "destroyed")
    unread = monthly_bills(replace(shot, gaps=(Gap("instances", "no"),)))["2026-10"]
    assert unread.charges[0].reason == "no_match"


@pytest.mark.parametrize(("day", "complete"), [("2026-12-15T23:59", False), ("2026-12-16", True)])
def test_an_unread_invoice_may_be_for_a_month_for_45_days(day: str, *, complete: bool) -> None:
    """D6."""
    lost = Invoice("lost", at(day), usd(1), asked=True)
    assert monthly_bills(snapshot(invoices=(CLOSING, lost)))["2026-10"].complete is complete


def test_an_invoice_of_the_running_month_is_a_part_of_its_bill() -> None:
    """D1: and no bill alone, where the pending lines were not read."""
    middle = Invoice(
        "m", at("2026-11-12"), usd(9), (charge("9", end=at("2026-11-11")),), asked=True
    )
    shot = snapshot([PENDING], invoices=(middle,))
    assert running_bill(shot).invoices == (middle,)
    assert list(monthly_bills(snapshot(None, invoices=(middle,)))) == []
    assert list(monthly_bills(snapshot([PENDING], invoices=(CLOSING, middle)))) == [
        "2026-10",
        "2026-11",
    ]
    unasked = replace(CLOSING, asked=False)
    assert list(monthly_bills(snapshot([PENDING], invoices=(unasked,)))) == ["2026-11"]


@pytest.mark.parametrize(
    ("day", "closes"),
    [("2026-10-30T23:59", False), ("2026-10-31", True), ("2026-11-01", True), (None, True)],
)
def test_the_closing_invoice_is_dated_at_most_a_day_before_the_months_end(
    day: str | None, *, closes: bool
) -> None:
    """D5: printed times may be some hours early; one without a date closes."""
    row = replace(CLOSING, date=None if day is None else at(day))
    assert closing_invoice(snapshot(invoices=(row,)), OCTOBER) == (row if closes else None)
    assert closing_invoice(snapshot(invoices=(row,)), MONTH) is None
    assert closing_invoice(snapshot(invoices=None), OCTOBER) is None


def test_invoices_for_months_are_dated_within_45_days_of_their_end() -> None:
    """D6: newest first, those without a date last."""
    days = ("2026-09-30T23:59", "2026-10-01", "2026-12-15", "2026-12-15T23:59", "2026-12-16")
    rows = tuple(Invoice(day, at(day), usd(1)) for day in days)
    undated = Invoice("undated", None, usd(1))
    shot = snapshot(invoices=(undated, *rows))
    found = [row.id for row in invoices_between(shot, OCTOBER, OCTOBER)]
    assert found == ["2026-12-15T23:59", "2026-12-15", "2026-10-01", "undated"]
    wanted = invoice_lines_wanted(shot, OCTOBER, OCTOBER)
    assert [(row.detail, row.id) for row in wanted] == [("invoice_items", id_) for id_ in found]
    assert invoices_between(shot, OCTOBER, MONTH)[0].id == "2026-12-16"
    assert invoices_between(snapshot(invoices=None), OCTOBER, MONTH) == []


def test_gaps_name_the_invoice_or_their_number() -> None:
    """D1, D33: only those that were requested, and only beside pending lines."""
    lost = [Invoice(f"{number}", at("2026-11-12"), usd(1), asked=True) for number in (1, 2)]
    read = replace(lost[0], id="3", lines=(PENDING,))
    unasked = replace(lost[0], id="4", asked=False)
    one = snapshot([PENDING], invoices=(lost[0], read, unasked))
    assert mid_month_gaps(one, None) == [Gap("mid_month_invoices", "lines of invoice 1 not read")]
    two = snapshot([PENDING], invoices=tuple(lost))
    assert mid_month_gaps(two, None) == [Gap("mid_month_invoices", "lines of 2 invoices not read")]
    assert mid_month_gaps(replace(two, charges=None), None) == []
    assert mid_month_gaps(snapshot([PENDING], invoices=(read,)), None) == []


def test_tax_on_pending_lines_has_used_credit() -> None:
    """D26: a dollar an hour and 50.00 of tax from the 1st pass 450.00 on the 17th, in hour 401."""
    shot = snapshot([PENDING, TAX], [thing("a", price=672)], balance=balance(-450))
    assert day_used_up(shot, project_month_end(shot)) == date(2026, 11, 17)
    bare = replace(shot, charges=(PENDING,))
    # 423.00 by now: 450.00 are reached by hour 450, on the 19th.
    assert day_used_up(bare, project_month_end(bare)) == date(2026, 11, 19)
    exact = replace(bare, balance=balance(-423))
    assert day_used_up(exact, project_month_end(exact)) == date(2026, 11, 18)


def test_credit_that_is_spent_to_the_cent_was_used_up() -> None:
    """D26: 100.00 of a line that ended on the 5th, and nothing grows."""
    spent = charge("100", end=at("2026-11-05"), units=96, running=False)
    shot = snapshot([spent], balance=balance(-100))
    assert day_used_up(shot, project_month_end(shot)) == date(2026, 11, 4)
    assert day_used_up(replace(shot, balance=balance("-100.01")), project_month_end(shot)) is None


def test_a_top_up_pays_for_overage_and_for_little_tax() -> None:
    """D3, D25, D26: 672.00 and 20.00 of overage, less 650.00; half a percent of tax on them."""
    low = (charge("100", running=False), charge("0.50", "Tax", unit_type="tax", running=False))
    invoice = replace(CLOSING, lines=low)
    shot = snapshot(
        [PENDING],
        [thing("a", price=672)],
        balance=balance(-650),
        bandwidth=overage("20"),
        invoices=(invoice,),
    )
    found = known(top_up(shot))
    # 42.00 are lacking; with tax the credit is 646.77 before it, and 45.23 are 45.46 with it.
    assert (found.amount, known(found.with_tax).amount) == (50, 50)
    assert known(with_tax(shot)).tax == usd("0.50")
    # Without pending lines nothing is known to wait: 100.00 are 99.50 before tax.
    unread = snapshot(None, uninvoiced_previous=(WAITS,), balance=balance(-100))
    assert credit_after_tax(unread, TaxRate(usd("0.50"), usd("99.50"))) == usd("99.50")
    bare = known(top_up(replace(shot, bandwidth=None, balance=balance(-642))))
    assert bare.amount == 30


def overage(dollars: str) -> AccountBandwidth:
    """Return what Vultr projects of overage."""
    none = BandwidthMonth(None, None, None, None, None, None)
    return AccountBandwidth(none, none, BandwidthMonth(None, None, None, None, None, usd(dollars)))


def test_what_waits_is_owed_before_what_runs() -> None:
    """D5, D26: 7.004 of October wait, in whole cents; a line on an invoice waits no more."""
    waits = replace(WAITS, total=usd("7.004"))
    shot = snapshot([PENDING], uninvoiced_previous=(waits,), balance=balance(-500))
    assert (uninvoiced(shot), credit_of(shot), left_now(shot)) == (
        usd("7.004"),
        usd("493.00"),
        usd("70.00"),
    )
    assert left_now(replace(shot, balance=balance(-100))) == 0
    assert left_now(replace(shot, balance=balance(None))) is None
    assert uninvoiced(replace(shot, charges=None)) is None
    on_it = replace(CLOSING, lines=(USED, waits))
    assert uninvoiced(replace(shot, invoices=(on_it,))) == 0


@pytest.mark.parametrize(
    ("named", "month"),
    [
        ({}, "2026-11"),
        ({"uninvoiced_previous": (WAITS,)}, "2026-10"),
        ({"uninvoiced_previous": (WAITS,), "invoices": (PART,)}, "2026-10"),
        ({"uninvoiced_previous": (WAITS,), "invoices": (CLOSING,)}, "2026-11"),
        ({"invoices": (PART,)}, "2026-11"),
    ],
)
def test_the_next_invoice_is_of_the_month_that_waits_for_one(
    named: dict[str, Any], month: str
) -> None:
    """D26."""
    assert month_of_next_invoice(snapshot([PENDING], **named)).name == month


@pytest.mark.parametrize(
    ("credit", "day", "lacking"),
    [
        # 672.00 of November and of each month after: the 24th is that of November 2028.
        ("672", "2026-12-01", 672),
        ("1344", "2027-01-01", 672),
        ("1343.99", "2026-12-31", "0.01"),
        (str(672 * 24), "2028-11-01", 672),
        # 671 / 672 of 30 days are 29.95 of them.
        (str(672 * 25 - 1), "2028-11-30", 1),
        (str(672 * 25), None, None),
    ],
)
def test_credit_lasts_for_as_many_months_as_it_pays(
    credit: str, day: str | None, lacking: str | int | None
) -> None:
    """D26: in over 24 months it does not run out."""
    shot = snapshot([PENDING], [thing("a", price=672)])
    found = runway_of(usd(credit), project_month_end(shot), shot)
    if day is None or lacking is None:
        assert found is None
        return
    assert (f"{known(found).runs_out_on}", known(found).lacking) == (day, usd(lacking))


def test_where_nothing_costs_anything_credit_lasts() -> None:
    """D26."""
    shot = snapshot([], [thing("a")])
    assert runway_of(usd(0), project_month_end(shot), shot) is None


def test_the_tax_rate_is_that_of_the_newest_invoice_that_charges() -> None:
    """D3: at most five credit notes are read before it."""
    notes = [Invoice(f"note-{day}", at(f"2026-11-0{day}"), usd(-1)) for day in range(2, 10)]
    shot = snapshot(invoices=(CLOSING, *notes, Invoice("undated", None, usd(9))))
    read = [row.id for row in invoices_for_tax(shot)]
    assert read == [*(f"note-{day}" for day in (9, 8, 7, 6, 5)), "closing"]
    assert lines_of_tax(shot) == (USED,)
    assert [row.id for row in invoices_for_tax(snapshot(invoices=tuple(notes)))] == read[:5]
    assert lines_of_tax(snapshot(invoices=tuple(notes))) == ()
    assert lines_of_tax(snapshot(invoices=(replace(CLOSING, lines=None),))) == ()


def test_a_running_month_whose_lines_were_not_read_is_named_and_in_part() -> None:
    """D31, D33: it has no lines, and is no bill of nothing."""
    bill = running_bill(snapshot(None))
    assert (bill.month, bill.charges) == (MONTH, ())
    assert (bill.running, bill.complete, bill.read_wholly) == (True, False, False)
