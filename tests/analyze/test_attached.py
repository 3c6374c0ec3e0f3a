"""A search for a server also says what is attached to it and does not carry its name (D8)."""

from __future__ import annotations

from typing import Any

from tests.support.nouns import snapshot, thing, usd
from vultr_cost_mcp.questions.resources.attached import Attached, AttachedRow
from vultr_cost_mcp.questions.resources.report import (
    ResourceFilters,
    ResourcesReport,
    resource_costs,
)
from vultr_cost_mcp.questions.resources.text import headline_resources, render_resources

THINGS = [
    thing("w", price=48, label="web-1"),
    thing("v", price=24, label="web-2"),
    thing("d", "block_storage", price=10, label="data", attached_to=("w",)),
    thing("i", "reserved_ip", price=3, label="entry", attached_to=("w",)),
    thing("s", "file_system", price=None, label="share", attached_to=("w",)),
    thing("b", "load_balancer", price=10, label="front", attached_to=("w", "v")),
    thing("l", "block_storage", price=5, label="loose", attached_to=()),
    thing("n", "block_storage", price=1, label="web-1-logs", attached_to=("w",)),
]


def found(limit: int = 10, **filters: Any) -> ResourcesReport:
    return resource_costs(snapshot((), THINGS), filters=ResourceFilters(**filters), limit=limit)


def test_what_is_attached_to_a_server_stands_beside_its_cost() -> None:
    """10 for a volume and 3 for an address; a balancer also serves another server."""
    one = found(query="web-1")
    assert one.total_monthly_cost == 49
    rows = (
        AttachedRow("data", "block_storage", usd(10), ("web-1",)),
        AttachedRow("entry", "reserved_ip", usd(3), ("web-1",)),
        AttachedRow("share", "file_system", None, ("web-1",)),
    )
    assert one.attached == Attached(3, usd(13), rows, unpriced=1)
    assert headline_resources(one) == (
        "$49.00 a month for 2 resources with query `web-1`, "
        "and at least $13.00 for 3 more that are attached, 1 of them of unknown price."
    )
    assert (
        "Attached, not in the total: `data` block_storage $10.00 a month on `web-1`, "
        "`entry` reserved_ip $3.00 a month on `web-1`, "
        "`share` file_system unknown a month on `web-1`."
    ) in render_resources(one)


def test_what_serves_servers_that_all_match_is_attached_too() -> None:
    both = found(query="web-")
    assert both.attached is not None
    assert [row.label for row in both.attached.rows] == ["data", "front", "entry", "share"]
    assert both.attached.rows[1].attached_to == ("web-1", "web-2")


def test_a_limit_cuts_the_names_and_not_the_sum() -> None:
    one = found(limit=1, query="web-1")
    assert one.attached is not None
    assert (one.attached.count, one.attached.monthly_cost) == (3, 13)
    assert [row.label for row in one.attached.rows] == ["data"]
    assert any(line.endswith("on `web-1` and others.") for line in render_resources(one))


def test_without_a_search_everything_is_listed_anyway() -> None:
    """Nor is there anything where a search finds what it is attached to, or nothing."""
    assert found().attached is None
    assert found(kind="instance").attached is None
    assert found(query="data").attached is None
    assert found(query="nope").attached is None


def test_a_sum_of_known_prices_alone_is_exact() -> None:
    things = [one for one in THINGS if one.label != "share"]
    one = resource_costs(snapshot((), things), filters=ResourceFilters(query="web-1"))
    assert one.attached is not None
    assert (one.attached.count, one.attached.monthly_cost, one.attached.unpriced) == (2, 13, 0)
    assert headline_resources(one).endswith("and $13.00 for 2 more that are attached.")


def test_a_limit_cuts_no_unknown_price() -> None:
    one = found(limit=0, query="web-1")
    assert one.attached is not None
    assert (one.attached.rows, one.attached.unpriced) == ((), 1)


def test_of_unknown_cost_is_said_so() -> None:
    things = [THINGS[0], THINGS[4]]
    one = resource_costs(snapshot((), things), filters=ResourceFilters(query="web-1"))
    assert headline_resources(one).endswith("`web-1`, and 1 more of unknown cost that is attached.")
    assert one.attached is not None
    assert (one.attached.monthly_cost, one.attached.unpriced) == (None, 1)
