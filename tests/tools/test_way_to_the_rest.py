"""A cut list names the argument that shows the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.golden.world import SAMPLE, client_of
from tests.support.servers import text_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

LISTS = (
    "breakdown_by_service",
    "estimate_savings",
    "explain_cost_change",
    "forecast_month_end",
    "get_pending_charges",
    "list_invoices",
)


async def _ask(tool: str, folder: Path, **arguments: Any) -> tuple[str, dict[str, Any]]:
    async with client_of(SAMPLE, folder) as client:
        result = await client.call_tool(tool, arguments)
    return text_of(result), result.structured_content or {}


@pytest.mark.parametrize("tool", LISTS)
async def test_the_argument_that_is_named_shows_the_rest(tool: str, tmp_path: Path) -> None:
    """Asked again as the answer says, no list is cut, and there is nothing more to say."""
    text, structure = await _ask(tool, tmp_path, limit=1)
    assert structure["more"] == "limit=200 shows the rest"
    assert "limit=200 shows the rest." in text
    text, structure = await _ask(tool, tmp_path, limit=200)
    assert not any(structure[name] for name in structure if name.endswith("omitted"))
    assert "more" not in structure
    assert "shows the rest" not in text


async def test_a_cut_list_counts_what_it_shows(tmp_path: Path) -> None:
    """The rows shown and those left out are all rows, and so is their money."""
    text, structure = await _ask("list_resource_costs", tmp_path, limit=3)
    assert structure["omitted"] == {
        "count": 67,
        "total": "3136.46",
        "shown": 3,
        "of": 70,
        "shown_total": "5016.00",
    }
    assert (
        "3 of 70 resources shown, together $5,016.00 a month; 67 more, $3,136.46 a month." in text
    )


async def test_where_not_all_rows_fit_the_filters_are_named(tmp_path: Path) -> None:
    """Fewer rows than all 70 fit an answer: of one kind, all do."""
    _, structure = await _ask("list_resource_costs", tmp_path, limit=1)
    assert structure["more"] == "limit=200 shows more"
    _, structure = await _ask("list_resource_costs", tmp_path, limit=200)
    assert structure["omitted"]["of"] == 70
    assert structure["more"] == "kind or query shows others"
    _, structure = await _ask("list_resource_costs", tmp_path, kind="instance", limit=200)
    assert len(structure["resources"]) == structure["count"] == 18
    assert "more" not in structure
