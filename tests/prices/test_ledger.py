"""Complete and incomplete months, and their bills (rules D5, D6, D31, D33)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.nouns import at, charge, line, thing
from tests.support.over_time import flat, invoiced
from vultr_cost_mcp.billing.months import match_deleted_resources, monthly_bills, running_bill
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot

WEB = line("3.00", "192.0.2.1 (1024 MB) [web]", end=at("2026-11-10"))


def complete(shot: Snapshot) -> dict[str, bool]:
    """Return whether each month is complete."""
    return {name: bill.complete for name, bill in monthly_bills(shot).items()}


def two_months() -> Snapshot:
    """Two invoiced months and a running one without lines."""
    return invoiced({"2026-09": [flat(10)], "2026-10": [flat(20)]})


def test_what_is_invoiced_is_complete_and_what_runs_is_not() -> None:
    assert complete(two_months()) == {"2026-09": True, "2026-10": True}
    running = complete(replace(two_months(), charges=(flat(1),)))
    assert running == {"2026-09": True, "2026-10": True, "2026-11": False}


def test_of_a_list_that_was_read_in_part_no_month_is_complete() -> None:
    """D33: any of them may have another invoice."""
    gap = Gap("invoices", "500 of 1,000 read: could not be read (500)")
    pending = replace(two_months(), uninvoiced_previous=(flat(1),), gaps=(gap,))
    assert set(complete(pending).values()) == {False}
    october = invoiced({"2026-09": [flat(10)]}, uninvoiced_previous=(flat(1),), gaps=(gap,))
    assert complete(october) == {"2026-09": False, "2026-10": False}


@pytest.mark.parametrize(("part", "whole"), [("pending_charges", False), ("instances", True)])
def test_pending_lines_are_a_month_where_all_of_them_were_read(part: str, *, whole: bool) -> None:
    """D5: until its invoice exists."""
    shot = invoiced(
        {"2026-09": [flat(10)]}, uninvoiced_previous=(flat(1),), gaps=(Gap(part, "no"),)
    )
    assert complete(shot) == {"2026-09": True, "2026-10": whole}


@pytest.mark.parametrize(
    ("date", "september", "october"),
    [
        # On the third it is for the month before, on the fourth nobody knows.
        ("2026-11-03", True, False),
        ("2026-11-04", False, False),
        ("2026-11-16", True, False),
        ("2026-10-03", False, True),
        ("2026-10-04", False, False),
        ("2026-12-20", True, True),
        (None, False, False),
    ],
)
def test_an_invoice_that_was_not_read_may_be_for_more_than_one_month(
    date: str | None, *, september: bool, october: bool
) -> None:
    """D6: only its lines tell."""
    lost = Invoice("lost", None if date is None else at(date), flat(5).total, asked=True)
    shot = two_months()
    shot = replace(shot, invoices=(*(shot.invoices or ()), lost))
    found = complete(shot)
    assert (found["2026-09"], found["2026-10"]) == (september, october)


def test_lines_without_a_resource_are_tried_on_what_existed_once() -> None:
    """D10: in their order, and with how they were found."""
    former = thing("dead", label="web", last_seen=at("2026-11-10"))
    lines = [
        charge("2.00", resource_id="a"),
        charge("3.00", reason="destroyed", running=False, of=WEB),
    ]
    lines.append(charge("4.00", reason="ambiguous", description="[nobody]", running=False))
    found = match_deleted_resources(lines, [former])
    assert [row.resource_id for row in found] == ["a", "dead", None]
    assert [row.total for row in found] == [2, 3, 4]
    assert (found[1].match, found[1].reason) == ("unique_name", None)
    # What was said of a line that nothing was found for stays.
    assert found[2].reason == "ambiguous"


def test_bills_are_built_once_for_a_snapshot_and_again_for_another() -> None:
    """ADR 0021: what a snapshot is changed into has bills of its own."""
    shot = two_months()
    assert monthly_bills(shot) is monthly_bills(shot)
    later = replace(shot, charges=(flat(3),))
    assert running_bill(shot).charges != running_bill(later).charges == (flat(3),)


def test_a_running_month_whose_lines_were_not_read_has_no_line_and_is_incomplete() -> None:
    """D33: its bill is no bill of nothing."""
    bill = running_bill(replace(two_months(), charges=None))
    assert (bill.charges, bill.complete, bill.read_wholly) == ((), False, False)


def test_the_month_of_an_invoice_follows_its_lines() -> None:
    """D6: dated the 1st of November; its lines are of September, read in part they tell nothing."""
    used = charge("9", start=at("2026-09-01"), end=at("2026-10-01"), units=720)
    invoice = Invoice("1", at("2026-11-01"), flat(9).total)
    read = replace(invoice, lines=(used,))
    months = [row.month for row in (invoice, read, replace(read, partial=True), read.stated)]
    assert [month.name for month in months if month] == ["2026-10", "2026-09", "2026-10", "2026-10"]
