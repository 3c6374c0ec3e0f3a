"""Judge by single pending lines if an unread invoice has a part of the month (D1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.nouns import at, charge, snapshot, thing, usd
from vultr_cost_mcp.billing.unread_invoices import mid_month_gaps, unread_invoice
from vultr_cost_mcp.domain.invoice import Invoice, UnreadInvoice
from vultr_cost_mcp.domain.snapshot import Gap

BEGINS = at("2026-11-10")
LATE = charge("1", resource_id="a", start=BEGINS)
OLD = thing("a")
MISSING = UnreadInvoice("missing", "a", OLD.created, BEGINS)


def told(*charges: Any, resource: Any = OLD) -> UnreadInvoice | None:
    """Return what lines tell where the list of invoices was not read."""
    return unread_invoice(snapshot(charges, [resource], gaps=(Gap("invoices", "no"),)))


def test_a_line_later_than_its_resource_tells_of_an_invoice() -> None:
    """D1: by its start, or by its end less its hours; a cent is enough."""
    assert told(LATE) == MISSING
    assert told(charge("0.01", resource_id="a", start=BEGINS, end=None)) == MISSING
    by_hours = charge("1", resource_id="a", start=None, end=at("2026-11-11"), units=24)
    assert told(by_hours) == MISSING
    # Two lines that begin together: either is of the server.
    assert told(LATE, charge("2", start=BEGINS)) == MISSING
    # A line of nothing and one without any date tell nothing, and no other is there.
    unknown = UnreadInvoice("missing")
    assert told(charge("0", resource_id="a", start=BEGINS)) == unknown
    assert told(charge("1", resource_id="a", start=None, end=None)) == unknown


def test_a_resource_is_new_for_a_day() -> None:
    """D1: its line begins with it then, and nothing is missing."""
    day = timedelta(days=1)
    assert told(LATE, resource=thing("a", created=BEGINS - day)) == UnreadInvoice("unknown")
    older = thing("a", created=BEGINS - day - timedelta(seconds=1))
    assert told(LATE, resource=older) == UnreadInvoice("missing", "a", older.created, BEGINS)


@pytest.mark.parametrize(
    ("start", "end", "running", "takes_over"),
    [
        ("2026-11-05", "2026-11-10", False, True),
        ("2026-11-05", "2026-11-09T22:00", False, True),
        ("2026-11-05", "2026-11-10T02:00", False, True),
        ("2026-11-05", "2026-11-09T21:59", False, False),
        ("2026-11-05", "2026-11-10T02:01", False, False),
        ("2026-11-05", "2026-11-10", True, False),
        # It begins where the other does, so it comes before nothing.
        ("2026-11-10", "2026-11-10T01:00", False, False),
    ],
)
def test_a_line_may_take_over_from_one_that_ended_there(
    start: str, end: str, *, running: bool, takes_over: bool
) -> None:
    """D1: a server whose address changed has two lines; the later names no server then."""
    other = charge("1", start=at(start), end=at(end), running=running)
    assert told(LATE, other) == (UnreadInvoice("missing") if takes_over else MISSING)


ADDRESS = thing("ip", "reserved_ip", created=None)


@pytest.mark.parametrize(
    ("address_since", "server_since", "server", "expected"),
    [
        # An account of the 10th: the API states no creation of an address.
        ("2026-11-10", "2026-11-10", thing(created=BEGINS), "unknown"),
        ("2026-11-12", "2026-11-10", thing(created=BEGINS), "unknown"),
        ("2026-11-09T22:00", "2026-11-10", thing(created=BEGINS), "unknown"),
        # The address was there before the server, whose line tells nothing of that time.
        ("2026-11-09T21:59", "2026-11-10", thing(created=BEGINS), "missing"),
        # The server is older than its line, as the address may be.
        ("2026-11-10", "2026-11-10", OLD, "missing"),
        ("2026-11-10", "2026-11-10", thing(created=None), "missing"),
    ],
)
def test_an_address_is_as_new_as_the_server_before_it(
    address_since: str, server_since: str, server: Any, expected: str
) -> None:
    """D1: the server's line is whole since its creation, so no invoice ended one since."""
    lines = [
        charge("1", resource_id="ip", start=at(address_since)),
        charge("1", resource_id="a", start=at(server_since)),
    ]
    gaps = (Gap("invoices", "no"),)
    for resources in ([ADDRESS, server], [server, ADDRESS]):
        answer = unread_invoice(snapshot(lines, resources, gaps=gaps))
        assert answer is not None
        assert answer.told == expected
    # A line that ended tells nothing of what came after.
    ended = [lines[0], replace(lines[1], running=False)]
    answer = unread_invoice(snapshot(ended, [ADDRESS, server], gaps=gaps))
    assert answer is not None
    assert answer.told == "missing"


def priced(total: str, price: str | None, start: str, **named: Any) -> Any:
    """Make an hourly line of the server at a price."""
    made = charge(total, resource_id="a", start=at(start), **named)
    return replace(made, description="a", unit_price=None if price is None else usd(price))


PAID = priced("1", "0.01", "2026-11-12")
OF_FIRST = charge("1", resource_id="b", start=at("2026-11-01"))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        # A free plan's line, and one of another plan: the line of the 12th begins with a plan.
        ([("0", "0")], "whole"),
        ([("5", "0.02")], "whole"),
        # The same price, rounded or not, may go on after an invoice; backups have another.
        ([("5", "0.01")], "missing"),
        ([("5", "0.010099")], "missing"),
        ([("5", "0.0102")], "whole"),
        ([("5", "0.01"), ("1", "0.002")], "missing"),
        # Neither a credit nor a line without a price tells the plan.
        ([("-5", "0.02")], "missing"),
        ([("5", None)], "missing"),
        ([], "missing"),
    ],
)
def test_a_line_that_begins_with_another_plan_tells_nothing(
    before: list[tuple[str, str | None]], expected: str
) -> None:
    """D1: by the lines of October's invoice, which was read, or by pending ones."""
    october = [
        priced(total, price, "2026-10-01", end=at("2026-11-01"), running=False)
        for total, price in before
    ]
    invoice = Invoice("77", at("2026-11-01T00:05"), usd(5), tuple(october))
    shot = snapshot(
        [OF_FIRST, PAID],
        [OLD, thing("b")],
        gaps=(Gap("invoices", "1 of 2 read"),),
        invoices=(invoice,),
    )
    answer = unread_invoice(shot)
    assert answer is not None
    assert answer.told == expected
    unpriced = replace(shot, charges=(OF_FIRST, replace(PAID, unit_price=None)))
    answer = unread_invoice(unpriced)
    assert answer is not None
    assert answer.told == "missing"


def test_a_free_plans_pending_line_tells_that_the_plan_changed() -> None:
    """D1: free from the 1st to the 11th, paid from the 12th; it is listed at $0.00."""
    free = priced("0", "0", "2026-11-01", end=at("2026-11-11"), running=False)
    resources, gaps = [OLD, thing("b")], (Gap("invoices", "no"),)
    answer = unread_invoice(snapshot([OF_FIRST, free, PAID], resources, gaps=gaps))
    assert answer == UnreadInvoice("whole")
    # A line that begins with it, or later, is none before it.
    backups = priced("1", "0.002", "2026-11-12")
    answer = unread_invoice(snapshot([OF_FIRST, PAID, backups], resources, gaps=gaps))
    assert answer == UnreadInvoice("missing", "a", OLD.created, at("2026-11-12"))


def test_the_gap_says_what_the_lines_told() -> None:
    """D1, D33."""
    shot = snapshot([LATE], [OLD])
    later = "may exist: a line begins on 10 Nov 2026, later than the resource that it is for"
    assert mid_month_gaps(shot, MISSING) == [Gap("mid_month_invoices", later)]
    none = "may exist: no line begins in the month's first days"
    assert mid_month_gaps(shot, UnreadInvoice("missing")) == [Gap("mid_month_invoices", none)]
    assert mid_month_gaps(shot, UnreadInvoice("whole")) == []
    assert mid_month_gaps(shot, None) == []
