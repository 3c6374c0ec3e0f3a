"""Lines and resources of one name that no price tells apart: the order decides (D10)."""

from __future__ import annotations

from tests.support.nouns import at, line, thing, usd
from vultr_cost_mcp.billing.same_name import Tied, pairs_of, prices_of
from vultr_cost_mcp.domain.resource import AddOn

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


def test_the_cheaper_line_is_of_the_cheaper_resource_where_no_price_fits() -> None:
    """D10: the price that a list, or else a candidate, gives goes before age."""
    cheap = thing("cheap", "block_storage", 5, created=at("2026-06-01"))
    dear = thing("dear", "block_storage", created=at("2026-01-01"), candidates=(usd(10),))
    tied = [
        Tied(0, line("1", "Block Storage (data)", unit_price="0.9")),
        Tied(1, line("1", "Block Storage (data)", unit_price="0.001")),
    ]
    found = pairs_of(tied, [dear, cheap], "Block Storage", ())
    assert found == {0: ("dear", False), 1: ("cheap", False)}


def test_a_line_at_a_candidate_price_is_of_the_resource_that_may_have_it() -> None:
    """D9: 10 a month at 672 hours; the newer resource may cost that, the older one may not."""
    older = thing("older", "block_storage", 5, created=at("2026-01-01"))
    newer = thing("newer", "block_storage", created=at("2026-06-01"), candidates=(usd(10),))
    tied = [Tied(0, line("1", "Block Storage (data)", unit_price="0.0148809523809524"))]
    assert pairs_of(tied, [older, newer], "Block Storage", ()) == {0: ("newer", False)}


def test_lines_of_an_add_on_are_at_its_price_alone() -> None:
    """D8: backups and protection are no part of the server's own line, which may hold them."""
    guarded = thing("web", price=20, add_ons=(AddOn("ddos_protection", monthly=usd(10)),))
    assert prices_of(guarded, "Networking") == [10]
    assert prices_of(guarded, "Backups") == [10]
    assert prices_of(guarded, "Cloud Compute") == [20, 30]
