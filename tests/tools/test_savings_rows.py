"""The short answer on savings names the largest things of every action; the long one has all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.golden.world import SAMPLE, client_of
from tests.support.servers import text_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def _ask(folder: Path, **arguments: Any) -> tuple[str, dict[str, Any]]:
    async with client_of(SAMPLE, folder) as client:
        result = await client.call_tool("estimate_savings", arguments)
    return text_of(result), result.structured_content or {}


def _named(structure: dict[str, Any]) -> dict[str, str]:
    """Return the dollars a month of every finding that an answer names, by label."""
    rows = [*structure["recommendations"]]
    rows += [row for action in structure["by_action"] for row in action.get("others", ())]
    return {row["label"]: row["monthly_savings"] for row in rows}


async def test_a_short_answer_names_all_twelve_findings_of_the_sample(tmp_path: Path) -> None:
    """Each with its dollars a month, in both views."""
    text, structure = await _ask(tmp_path)
    named = _named(structure)
    assert named == {
        "grasp-trainer": "1750.00",
        "staging-api": "48.00",
        "loadgen-old": "24.00",
        "lidar-2025-copy": "25.00",
        "pvc-9e2f7c40": "4.00",
        "legacy-nfs": "25.20",
        "staging-api-data": "10.00",
        "old-shared-home": "10.00",
        "old-portal-lb": "10.00",
        "old-vpn": "3.00",
        "trade-fair-2025": "3.00",
        "map-builder golden": "4.00",
    }
    for label, amount in named.items():
        line = next(line for line in text.splitlines() if f"`{label}`" in line)
        assert f"${float(amount):,.2f}" in line


async def test_the_largest_finding_has_its_command_in_a_short_answer(tmp_path: Path) -> None:
    text, structure = await _ask(tmp_path)
    first = structure["recommendations"][0]
    assert first["label"] == "grasp-trainer"
    assert first["how_to"].startswith("vultr-cli instance delete ")
    assert f"`{first['how_to']}`" in text


async def test_a_doubt_stands_beside_a_finding_that_has_only_its_name(tmp_path: Path) -> None:
    """A volume that a cluster may still claim is not deleted by its name alone."""
    text, structure = await _ask(tmp_path)
    others = [row for action in structure["by_action"] for row in action.get("others", ())]
    doubt = "Kubernetes-style name: check that no PVC uses it"
    assert {row["label"]: row["caveats"] for row in others if "caveats" in row} == {
        "pvc-9e2f7c40": [doubt]
    }
    assert f"`pvc-9e2f7c40` $4.00 a month; {doubt}" in text


async def test_a_short_answer_names_the_largest_things_to_look_at(tmp_path: Path) -> None:
    """Of 9 with 167.20, the sum says both; the first ones are named, a doubt in place of one."""
    text, structure = await _ask(tmp_path)
    left = structure["investigations_omitted"]
    assert (left["count"], left["total"]) == (9, "167.20")
    assert [(row["label"], row["monthly_savings"]) for row in left["largest"]] == [
        ("annotation-preview", "90.00"),
        ("build-scratch", "26.70"),
    ]
    assert "- `annotation-preview`, review quiet server: $90.00 a month" in text


async def test_a_doubt_stands_beside_a_thing_to_look_at_by_its_name(tmp_path: Path) -> None:
    """A quiet server with a GPU may compute all day."""
    text, structure = await _ask(tmp_path)
    largest = structure["investigations_omitted"]["largest"]
    doubt = "low traffic does not mean that the GPU is idle"
    assert {row["label"]: row["caveats"] for row in largest if "caveats" in row} == {
        "annotation-preview": [doubt]
    }
    assert f"`annotation-preview`, review quiet server: $90.00 a month; {doubt}\n" in text


async def test_a_long_answer_has_a_whole_row_for_each(tmp_path: Path) -> None:
    """Nothing is there by its name alone."""
    _, structure = await _ask(tmp_path, limit=200)
    assert len(structure["recommendations"]) == 12
    assert len(structure["investigations"]) == 9
    assert all(row["how_to"] for row in structure["recommendations"])
    assert not any("others" in action for action in structure["by_action"])
    assert not {"omitted", "investigations_omitted", "more"} & structure.keys()


async def test_rows_and_what_they_leave_out_are_the_total(tmp_path: Path) -> None:
    """By rows, and by action: both are 1916.20."""
    _, structure = await _ask(tmp_path)
    cents = [row["monthly_savings"] for row in structure["recommendations"]]
    cents.append(structure["omitted"]["total"])
    for amounts in (cents, [row["total"] for row in structure["by_action"]]):
        assert sum(int(amount.replace(".", "")) for amount in amounts) == 191620
    assert structure["omitted"]["of"] == 12


async def test_a_short_replay_shows_resources_of_that_month_first(tmp_path: Path) -> None:
    """They were asked for; findings come where there is room, and both sums are told."""
    text, structure = await _ask(tmp_path, replay="last_month")
    played = structure["replay"]
    assert [row["label"] for row in played["rows"][:3]] == [
        "grasp-trainer",
        "staging-api",
        "legacy-nfs",
    ]
    left = played["omitted"]
    cents = [row["cost"] for row in played["rows"]] + [left["cost"]]
    assert sum(int(amount.replace(".", "")) for amount in cents) == 191620
    assert f"{left['count']} more cost ${left['cost']}; $0.00 of that would be saved." in text
