"""D16: what runs on the bill and is in no list is told, for the key's policy may hide it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.double import Shape, VultrDouble, account_of
from tests.support.stage import NOW, staged_client, structured

FIXTURES = Path(__file__).parents[1] / "fixtures"
HIDDEN = "or the API key's policy hides"


async def caveats(double: VultrDouble) -> list[str]:
    async with staged_client(double) as client:
        answer = structured(await client.call_tool("list_resource_costs", {"limit": 200}))
    return [caveat for caveat in answer["caveats"] if HIDDEN in caveat]


@pytest.mark.anyio
async def test_a_server_that_the_list_leaves_out_is_told() -> None:
    double = VultrDouble(account_of(FIXTURES), date=NOW)
    before = await caveats(double)
    hidden = next(
        row
        for row in double.account.instances
        if any(f"[{row['label']}]" in line["description"] for line in double.account.pending)
        and row["power_status"] == "running"
    )
    double.account.instances.remove(hidden)
    (said,) = await caveats(double)
    assert hidden["label"] in said
    assert [said] != before


@pytest.mark.anyio
async def test_a_list_that_could_not_be_read_hides_nothing() -> None:
    """It is a gap of its own, with its reason."""
    double = VultrDouble(account_of(FIXTURES), date=NOW)
    double.account.instances.clear()
    double.fail("/instances", Shape("no_envelope"))
    assert await caveats(double) == []
