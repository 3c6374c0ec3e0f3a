"""A list of resources that is cut for its size names the next ones with their dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.golden.world import SAMPLE, client_of
from tests.support.nouns import usd
from tests.support.servers import text_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def _ask(folder: Path, **arguments: Any) -> tuple[str, dict[str, Any]]:
    async with client_of(SAMPLE, folder) as client:
        result = await client.call_tool("list_resource_costs", arguments)
    return text_of(result), result.structured_content or {}


async def test_the_next_resources_are_named_where_ten_rows_do_not_fit(tmp_path: Path) -> None:
    """At least 14 of the sample's 70 by name, largest first, and all sums as before."""
    text, structure = await _ask(tmp_path)
    rows, left = structure["resources"], structure["omitted"]
    assert len(rows) + len(left["next"]) >= 14
    costs = [usd(row["monthly_cost"]) for row in (*rows, *left["next"])]
    assert costs == sorted(costs, reverse=True)
    assert sum(costs[: len(rows)]) == usd(left["shown_total"])
    assert usd(left["shown_total"]) + usd(left["total"]) == usd(structure["total_monthly_cost"])
    for row in left["next"]:
        assert f"`{row['label']}` ${usd(row['monthly_cost']):,}" in text


async def test_a_list_that_has_its_rows_names_no_others(tmp_path: Path) -> None:
    """Three rows were asked for, and three are there."""
    _, structure = await _ask(tmp_path, limit=3)
    assert (len(structure["resources"]), "next" in structure["omitted"]) == (3, False)
    _, structure = await _ask(tmp_path, kind="instance", limit=200)
    assert "omitted" not in structure


async def test_the_next_ones_follow_the_order_of_the_list(tmp_path: Path) -> None:
    _, structure = await _ask(tmp_path, sort="created")
    _, longer = await _ask(tmp_path, sort="created", limit=200)
    names = [row["label"] for row in (*structure["resources"], *structure["omitted"]["next"])]
    assert names == [row["label"] for row in longer["resources"][: len(names)]]
