"""What pending lines tell of an invoice that could not be read, line by line (D1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.nouns import at, charge, snapshot, thing
from vultr_cost_mcp.billing.unread_invoices import mid_month_gaps, unread_invoice
from vultr_cost_mcp.domain.invoice import UnreadInvoice
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


def test_the_gap_says_what_the_lines_told() -> None:
    """D1, D33."""
    shot = snapshot([LATE], [OLD])
    later = "may exist: a line begins on 2026-11-10, later than the resource that it is for"
    assert mid_month_gaps(shot, MISSING) == [Gap("mid_month_invoices", later)]
    none = "may exist: no line begins in the month's first days"
    assert mid_month_gaps(shot, UnreadInvoice("missing")) == [Gap("mid_month_invoices", none)]
    assert mid_month_gaps(shot, UnreadInvoice("whole")) == []
    assert mid_month_gaps(shot, None) == []
