"""Lines and resources of one name that no price tells apart: the order decides (D10)."""

from __future__ import annotations

from tests.support.nouns import at, line, thing
from vultr_cost_mcp.billing.twins import Tied, pairs_of

# No price is known of either, so that only the order of their making is left.
OLD = thing("old", "block_storage", created=at("2026-01-01"))
NEW = thing("new", "block_storage", created=at("2026-06-01"))
FIRST = line("1", "Block Storage (data)", start=at("2026-11-01"))
LATER = line("1", "Block Storage (data)", start=at("2026-11-08"))


def test_the_older_resource_has_the_older_line() -> None:
    tied = [Tied(7, LATER), Tied(3, FIRST)]
    found = pairs_of(tied, [NEW, OLD], "Block Storage", ())
    assert found == {3: ("old", False), 7: ("new", False)}


def test_a_resource_that_was_gone_by_then_is_passed_over() -> None:
    """It was seen last on the 5th, so a line from the 8th on is not its own."""
    gone = thing("gone", "block_storage", created=at("2026-01-01"), last_seen=at("2026-11-05"))
    assert pairs_of([Tied(0, LATER)], [gone, NEW], "Block Storage", ()) == {0: ("new", False)}
    assert pairs_of([Tied(0, FIRST)], [gone, NEW], "Block Storage", ()) == {0: ("gone", False)}
    assert pairs_of([Tied(0, LATER)], [gone], "Block Storage", ()) == {}


def test_resources_with_a_line_are_not_given_another() -> None:
    assert pairs_of([Tied(0, FIRST)], [OLD, NEW], "Block Storage", {"old"}) == {0: ("new", False)}
