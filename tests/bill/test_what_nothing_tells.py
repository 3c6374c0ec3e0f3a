"""Bills of which a date, an amount or a list is missing: unknown, or told by what is left."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.nouns import MONTH, NOW, at, balance, charge, line, snapshot, thing, usd
from vultr_cost_mcp.billing.credit import day_used_up, top_up
from vultr_cost_mcp.billing.line_key import sizes_in
from vultr_cost_mcp.billing.mid_month import invoiced_charges, lines_of_month
from vultr_cost_mcp.billing.month_end import _placed, project_month_end
from vultr_cost_mcp.billing.months import closing_invoice
from vultr_cost_mcp.billing.same_name import existed
from vultr_cost_mcp.domain.invoice import Invoice, is_unusual
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import AuthError, ServerError


def test_without_a_balance_no_day_is_known_on_which_credit_ends() -> None:
    """D26."""
    shot = snapshot([charge("5")])
    assert day_used_up(shot, project_month_end(shot)) is None


def test_a_list_of_invoices_read_in_part_may_lack_one_of_this_month() -> None:
    """D1, D33: nothing invoiced is unknown, not zero."""
    assert invoiced_charges(snapshot(invoices=())) == ()
    half = snapshot(invoices=(), gaps=(Gap("invoices", "1 of 2 read"),))
    assert invoiced_charges(half) is None


def test_a_line_that_ended_before_the_month_is_none_of_it() -> None:
    """D1: it has no beginning and no hours; one without any date follows its invoice."""
    hourly = charge("9", start=at("2026-11-01"), end=at("2026-11-10"), units=216)
    over = charge("2", unit_type="flat", start=None, end=at("2026-10-20"))
    undated = charge("3", unit_type="flat", start=None, end=None)
    invoice = Invoice("1", at("2026-11-10"), usd(14), (hourly, over, undated))
    assert lines_of_month(invoice, MONTH) == [hourly, undated]


def test_no_invoice_closes_a_month_that_has_only_one_from_its_middle() -> None:
    """D5, D6."""
    middle = Invoice("1", at("2026-10-12"), usd(1))
    last = Invoice("2", at("2026-11-01"), usd(1))
    assert closing_invoice(snapshot(invoices=(middle,)), MONTH.previous) is None
    assert closing_invoice(snapshot(invoices=(middle, last)), MONTH.previous) == last


def test_an_invoice_without_a_date_or_month_is_not_unusual() -> None:
    """D6."""
    assert not is_unusual(Invoice("1", None, usd(1)), MONTH)
    assert not is_unusual(Invoice("1", NOW, usd(1)), None)
    assert is_unusual(Invoice("1", NOW, usd(1)), MONTH.previous.previous)


def test_a_size_is_stated_by_a_description_without_a_name_too() -> None:
    """D30."""
    assert sizes_in(line("1", "Storage 8192  mb")) == ("8192 MB",)


def test_a_line_that_starts_after_a_resource_was_last_seen_is_not_its() -> None:
    """D10: labels are used again."""
    gone = thing("a", last_seen=at("2026-11-05"))
    assert not existed(gone, line(start=at("2026-11-06")))
    assert existed(gone, line(start=at("2026-11-04")))


def test_a_wrong_key_explains_why_all_lists_failed() -> None:
    """D33: one list that was read is enough."""
    wrong, broken = AuthError("no", 401), ServerError("broken", 503)
    both = snapshot(failures={"blocks": broken, "instances": wrong})
    with pytest.raises(AuthError, match="no"):
        both.require_some({"blocks", "instances"})
    with pytest.raises(ServerError, match="broken"):
        snapshot(failures={"blocks": broken}).require_some({"blocks"})
    both.require_some({"blocks", "instances", "snapshots"})


@pytest.mark.parametrize("end", [None, "2026-11-18T00:00"])
def test_credit_that_ran_out_is_placed_by_lines_without_an_end_too(end: str | None) -> None:
    """D26, D29: a dollar an hour since the 1st: 100 dollars are used up in the fifth day."""
    hours = charge(
        "408",
        "Cloud Compute",
        "a",
        unit_price="1",
        units=408,
        monthly="720",
        cap_hours=720,
        start=MONTH.start,
        end=None if end is None else at(end),
    )
    shot = snapshot([hours], [thing("a", price=720)], now=at("2026-11-18"), balance=balance(-100))
    assert day_used_up(shot, project_month_end(shot)) == date(2026, 11, 5)


def test_a_line_is_placed_between_its_start_and_now_where_it_states_no_end() -> None:
    """D29: without hours nothing else tells its end; without a start it has no place."""
    begun = _placed(charge("5", start=MONTH.start, end=None, units=None), NOW)
    assert begun is not None
    assert (begun.start, begun.end) == (MONTH.start, NOW)
    whole = charge("5", start=MONTH.start, end=at("2026-11-10"))
    assert _placed(whole, NOW) is whole
    assert _placed(charge("5", start=None, end=None, units=None), NOW) is None


def test_without_a_balance_or_lines_no_top_up_is_known() -> None:
    """D26."""
    server = thing("a", price=720)
    assert top_up(snapshot([charge("5")], [server])) is None
    assert top_up(snapshot(None, [server], balance=balance(-10))) is None


def test_credit_for_years_needs_no_top_up() -> None:
    """D26: 720 a month and a million of credit: beyond 24 months nothing is said."""
    running = charge("300", "Cloud Compute", "a", unit_price="1", units=300, monthly=720)
    shot = snapshot([running], [thing("a", price=720)], balance=balance(-1_000_000))
    assert top_up(shot) is None
