"""Answers stay small whatever the account's size, and partial ones say so first."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client

from tests.support.nouns import NOW, balance, charge, pool, snapshot, thing, usd
from tests.support.servers import TOOLS, invoiced, server_of, sizes_of, structure_of, text_of
from vultr_cost_mcp.domain.resource import KINDS, SERVER_KINDS
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot, Traffic
from vultr_cost_mcp.errors import ForbiddenError

pytestmark = pytest.mark.anyio

COUNT = 3000
# Two of three have letters of four bytes: the dearest text that 64 characters can be.
LABELS = ("x" * 64, "\U0001f600" * 64, "ü" * 64)


def big(count: int) -> Snapshot:
    """Make an account of so many things, a third of them waste."""
    resources = []
    charges = []
    for number in range(count):
        label = f"{number:06}{LABELS[number % 3]}"[:64]
        kind = KINDS[number % len(KINDS)]
        resources.append(
            thing(
                f"{number:08}-6bf5-4f55-9c5e-7a7d3c1e0f11",
                kind,
                usd(number % 977 + 1),
                label=label,
                tags=(label, LABELS[number % 3]),
                plan="vcg-a100-12c-120g-80vram",
                region=f"r{number % 32}",
                cluster=LABELS[number % 2],
                state="stopped" if number % 3 == 0 else "running",
                attached_to=() if number % 2 else None,
                note="several nodes: whether the price is multiplied is not known",
            )
        )
        charges.append(
            charge(
                usd(number % 613 + 1),
                resource_id=resources[-1].key if number % 5 else None,
                reason=None if number % 5 else "ambiguous",
                product=label,
                description=label,
                monthly=usd(number % 977 + 1),
                cap_hours=672,
            )
        )
    gaps = tuple(Gap(f"part_{number}", "could not be read (403)") for number in range(20))
    traffic = {
        resource.id: {NOW.date(): Traffic(10**15, 10**15 - number)}
        for number, resource in enumerate(resources)
        if resource.kind in SERVER_KINDS
    }
    return snapshot(
        charges,
        resources,
        gaps=gaps,
        balance=balance(-5, 7),
        bandwidth=pool(),
        traffic=traffic,
    )


BIG = invoiced(big(COUNT))
LARGE: list[tuple[str, dict[str, Any]]] = [
    ("get_pending_charges", {"detail": "lines", "limit": 200}),
    *(("breakdown_by_service", {"group_by": group, "limit": 200}) for group in ("tag", "resource")),
    ("breakdown_by_service", {"tag": "nothing", "limit": 200}),
    ("list_resource_costs", {"limit": 200}),
    ("list_resource_costs", {"tag": "nothing", "limit": 11}),
    ("list_idle_instances", {"limit": 200}),
    ("estimate_savings", {"limit": 200}),
    ("get_bandwidth_usage", {"top": 20}),
    ("explain_cost_change", {"limit": 200}),
    ("explain_cost_change", {"to_period": "current_month", "limit": 200}),
    ("list_invoices", {"limit": 200}),
    ("list_invoices", {"invoice_id": "invoice-2", "limit": 200}),
    ("list_invoices", {"product": "nothing", "limit": 200}),
    ("get_cost_history", {"months": 36}),
    ("breakdown_by_service", {"period": "last_month", "group_by": "resource", "limit": 200}),
]
# What their headlines begin with that do not begin with money.
FIRST = {
    "get_bandwidth_usage": "At least 412 GB sent",
    # Of both months something is not read, so the difference is not the least.
    "explain_cost_change": (
        "At least one part was not read; by the rest, (October 2026|November 2026 so far) cost [$]"
    ),
}


@pytest.mark.parametrize(("name", "arguments"), [*((name, {}) for name in TOOLS), *LARGE])
async def test_an_answer_is_small(name: str, arguments: dict[str, Any]) -> None:
    """900 and 1,600 tokens of 3.5 bytes at default arguments, 4,500 and 8,000 at any."""
    async with Client(server_of(BIG)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        result = await client.call_tool(name, arguments)
    alone, both = (4500, 8000) if arguments else (900, 1600)
    assert sizes_of(result)[1] <= alone * 3.5
    assert sum(sizes_of(result)) <= both * 3.5
    structure = structure_of(result)
    prices = {"estimate_cost": "Nothing to price", "compare_plans": "No plan is on offer"}
    if name in prices:
        # Of what does not exist, the account says nothing.
        assert structure["headline"].startswith(prices[name])
        return
    if "nothing" in arguments.values():
        # What matches may not have been read: no amount is the least.
        assert structure["headline"].startswith("Unknown: nothing of what could be read matched ")
        assert structure["total_monthly_cost" if "resource" in name else "total"] is None
        return
    assert re.match(FIRST.get(name, "At least [$]"), structure["headline"])
    assert text_of(result).splitlines()[-1].startswith("Partial: ")
    assert not structure["coverage"]["complete"]
    schema = tools[name].output_schema
    assert schema is not None
    jsonschema.validate(structure, schema)


async def test_rows_that_do_not_fit_are_omitted_and_not_lost() -> None:
    """Totals always cover every row, cut or not."""
    async with Client(server_of(replace(BIG, gaps=BIG.gaps[:1]))) as client:
        small = structure_of(await client.call_tool("list_resource_costs"))
        large = structure_of(await client.call_tool("list_resource_costs", {"limit": 200}))
    for answer in (small, large):
        assert answer["count"] == len(answer["resources"]) + answer["omitted"]["count"] == COUNT
        shown = sum(usd(row["monthly_cost"]) for row in answer["resources"])
        assert shown + usd(answer["omitted"]["total"]) == usd(answer["total_monthly_cost"])
    assert small["total_monthly_cost"] == large["total_monthly_cost"]
    assert 1 <= len(small["resources"]) < len(large["resources"])


async def test_a_small_account_is_not_cut() -> None:
    """The default of ten rows fits for ordinary names."""
    things = [
        thing(f"id-{number}", price=number + 1, label=f"web-{number}") for number in range(30)
    ]
    async with Client(server_of(snapshot((), things))) as client:
        ten = structure_of(await client.call_tool("list_resource_costs"))
        three = structure_of(await client.call_tool("list_resource_costs", {"limit": 3}))
    assert len(ten["resources"]) == 10
    assert len(three["resources"]) == 3


async def test_without_lines_the_tools_still_answer() -> None:
    """D33: failing lines, the account; the gap is named and the headline says at least."""
    shot = snapshot(
        None,
        [thing("a", price=5, state="stopped")],
        balance=balance(0, "123.40"),
        gaps=(Gap("pending_charges", "could not be read (403)"),),
        failures={"pending_charges": ForbiddenError("No billing.", 403)},
    )
    async with Client(server_of(shot)) as client:
        texts = {name: text_of(await client.call_tool(name)) for name in TOOLS}
        filtered = await client.call_tool("breakdown_by_service", {"service": "CDN"})
    for name in ("get_cost_overview", "get_pending_charges", "breakdown_by_service"):
        assert texts[name].startswith("**At least $123.40 ")
    for name in ("list_idle_instances", "estimate_savings", "list_resource_costs"):
        assert texts[name].startswith("**At least $5.00 ")
    assert filtered.is_error
    assert text_of(filtered) == "No billing."
