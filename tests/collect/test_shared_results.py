"""Results computed from the same readings are one object, and what two have in common is shared."""

from __future__ import annotations

from decimal import Decimal
from random import Random  # noqa: TID251  (seeded)
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.oracle import make_account
from tests.support.double import VultrDouble
from tests.support.nouns import at
from tests.support.stage import NOW, clock, staged_client
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.kept_snapshots import KeptSnapshots
from vultr_cost_mcp.collect.memo import Memo, shared
from vultr_cost_mcp.collect.reader import reading_of, row_reader
from vultr_cost_mcp.collect.reading_cache import Reading
from vultr_cost_mcp.domain.account_parts import EXISTING, INVENTORY
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Sources
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.families.reading import ENDPOINTS, resources_of
from vultr_cost_mcp.vultr.pagination import Listing, Page

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot

pytestmark = pytest.mark.anyio
AT = at("2026-11-18")


@pytest.fixture
def anyio_backend() -> object:
    """Run in virtual time."""
    return VIRTUAL_ASYNCIO


def reading() -> Reading:
    return Reading((), AT)


def test_rows_that_are_equal_are_the_earlier_ones() -> None:
    """The values are the new ones, however many rows there were before."""
    old = [Decimal("1.50"), Decimal("2.50"), Decimal("3.50")]
    new = [Decimal("1.50"), Decimal("2.75")]
    found = shared(new, old)
    assert found == new
    assert found[0] is old[0]
    assert [*shared(old, new)] == old
    assert shared([], old) == []


def test_only_results_of_the_same_readings_are_shared() -> None:
    """A further reading, or a further instant: the rest is shared. Other readings: nothing is."""
    memo, first, second, other = Memo(), reading(), reading(), reading()
    results = {
        name: memo.once((what, name), readings, lambda: [Decimal("1.50")], shared)
        for name, what, readings in (
            ("first", "rows", [first]),
            ("later", "rows", [first]),
            ("more", "rows", [first, second]),
            ("other", "rows", [other]),
            ("not the same", "lines", [first]),
        )
    }
    assert results["later"][0] is results["first"][0]
    assert results["more"][0] is results["first"][0]
    assert results["other"][0] is not results["first"][0]
    assert results["not the same"][0] is not results["first"][0]


async def snapshots_of(questions: list[tuple[str, dict[str, Any]]]) -> list[Snapshot]:
    """Ask, and return the snapshots that were assembled."""
    made: list[Snapshot] = []
    keep = KeptSnapshots.keep

    def kept(self: Any, key: Any, snapshot: Snapshot, used: Any) -> None:
        made.append(snapshot)
        keep(self, key, snapshot, used)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KeptSnapshots, "keep", kept)
        double = VultrDouble(make_account(Random(5), NOW, 30))  # noqa: S311  (seeded)
        async with staged_client(double, clock, COST_CACHE_SECONDS=600) as client:
            for tool, arguments in questions:
                await client.call_tool(tool, arguments)
                await anyio.sleep(1)
    return made


async def test_questions_that_need_other_parts_share_lines_and_resources() -> None:
    """Four questions hold the servers and the lines of the bill once."""
    made = await snapshots_of(
        [
            ("get_cost_overview", {}),
            ("breakdown_by_service", {"group_by": "region"}),
            ("estimate_savings", {}),
            ("list_resource_costs", {}),
        ]
    )
    first, *others = made
    assert len({snapshot.sources for snapshot in made}) > 1
    for snapshot in others:
        assert snapshot.charges
        assert snapshot.resources
        pairs = [
            *zip(snapshot.charges, first.charges or (), strict=True),
            *zip(snapshot.resources[:10], first.resources or (), strict=False),
        ]
        # What a further reading tells of a line or a resource makes it another one.
        assert all(row is same for row, same in pairs if row == same and not in_cluster(row))
        assert sum(row is same for row, same in pairs) > len(pairs) / 2


def in_cluster(row: object) -> bool:
    """Return whether a resource got the name of its cluster, once for each snapshot."""
    return isinstance(row, Resource) and row.cluster is not None


def test_a_row_keeps_no_names_of_fields() -> None:
    """Fields that the API did not send have their defaults, as before."""
    listing = Listing(row_reader(ENDPOINTS["instances"]))
    listing.add(Page([{"id": "a", "label": "web"}, {"id": "b"}]))
    first, second = reading_of(listing, AT).value
    assert (first.label, second.label) == ("web", "")
    assert first.model_fields_set is second.model_fields_set


class Recorded:
    """Readings without rows, and the names under which rows were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def rows(self, part: str) -> Any:
        self.asked.add(part)
        return ()

    def values(self, detail: str) -> dict[str, Any]:
        self.asked.add(detail)
        return {}

    whole_values = values


def test_resources_are_made_of_the_inventory_and_three_details() -> None:
    """A further source of prices must also be part of the key that a price is kept by."""
    readings = Recorded()
    assert not [*resources_of(Sources(readings, price_table()))]
    details = {"nat_gateways", "file_system_attachments", "inference_usage"}
    assert readings.asked <= INVENTORY | details
    assert readings.asked >= EXISTING - {"vpcs"} | details
