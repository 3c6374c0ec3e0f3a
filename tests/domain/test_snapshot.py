"""The snapshot: the ledger, what is missing, what is exempt (D1, D23, D33)."""

from __future__ import annotations

import pytest

from tests.support.nouns import balance, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import ForbiddenError, TransportError

FORBIDDEN = ForbiddenError("The key may not read billing.", 403)


def test_the_month_to_date_is_the_sum_of_the_lines() -> None:
    """D1: lines are the only ledger; what the account states is not added."""
    shot = snapshot(
        [charge("1.10"), charge("-0.10"), charge("2.005")], balance=balance(pending="99")
    )
    assert shot.month_to_date == usd("3.005")


def test_without_lines_the_account_states_the_month_to_date() -> None:
    """D1, D33: pending charges of the account, when the lines could not be read."""
    shot = snapshot(None, balance=balance(pending="111851.50"))
    assert shot.month_to_date == usd("111851.50")


def test_without_both_the_question_has_no_answer() -> None:
    """D33: the essential part failed, so its error is raised, anew every time."""
    shot = snapshot(None, failures={"pending_charges": FORBIDDEN})
    for state in (shot, snapshot(None, balance=balance(), failures=shot.failures)):
        with pytest.raises(ForbiddenError) as raised:
            _ = state.month_to_date
        assert raised.value is not FORBIDDEN
        assert str(raised.value) == str(FORBIDDEN)


def test_lines_that_were_not_asked_for_are_nothing() -> None:
    """D1: no part, no failure: nothing is claimed."""
    assert snapshot(None).month_to_date == 0


def test_dollars_by_resource_leave_out_what_has_none() -> None:
    """D1: several lines of one resource add up; lines without one are nobody's."""
    shot = snapshot(
        [charge("1.10", resource_id="a"), charge("2", resource_id="a"), charge("5")],
        [thing("a"), thing("b", own_pending=usd(7))],
    )
    assert shot.month_to_date_by_resource() == {"a": usd("3.10")}


@pytest.mark.parametrize(
    ("tags", "exempt"),
    [
        (("keep",), True),
        (("Keep",), True),
        ((" KEEP ",), True),
        (("web", "cost-ignore"), True),
        (("keeper",), False),
        (("upkeep",), False),
        ((), False),
    ],
)
def test_tags_that_keep(tags: tuple[str, ...], *, exempt: bool) -> None:
    """D23: keep and cost-ignore, whole, in any case."""
    assert snapshot().is_exempt(thing(tags=tags)) is exempt


def test_a_gap_makes_it_incomplete() -> None:
    """D33: a part that failed is named."""
    assert snapshot().complete
    shot = snapshot(gaps=(Gap("snapshots", "could not be read (403)"),))
    assert not shot.complete
    assert shot.missing("snapshots")
    assert not shot.missing("instances")


def test_require_raises_the_first_failure_of_the_parts_that_matter() -> None:
    """D33: other parts may fail."""
    failures = {"snapshots": TransportError("No answer."), "instances": FORBIDDEN}
    shot = snapshot(failures=failures)
    shot.require("plans")
    with pytest.raises(ForbiddenError):
        shot.require("plans", "instances")
