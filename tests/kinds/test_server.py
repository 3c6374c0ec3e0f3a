"""Every kind through the whole server in memory, as a client sees it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.test_every_kind import EXPECTED
from tests.support.answers import Answers, ask, client_of
from tests.support.api import Bodies, bill, bodies_of, line, listed, row_of
from vultr_cost_mcp.domain.resource import KINDS, Kind

pytestmark = pytest.mark.anyio

# 19.00 + 90 + 132 + 16074.24 + 23546.88 + 20 + 30 + 2.50 + 5 + 18 + 10 + 0.50 + 10 + 3 + 20.16
# + 5 + 60.50.
ALL_MONTHLY = "40046.78"
NO_PRICE = {"kubernetes_control_plane", "storage_gateway", "cdn", "inference"}


def everything() -> Bodies:
    """One account with one thing of every kind."""
    together: Bodies = {}
    for kind in KINDS:
        for path, body in bodies_of(kind).items():
            together[path] = _joined(together[path], body) if path in together else body
    return together


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    key = next(iter(one))
    rows = [*one[key], *other[key]]
    return {key: rows, "meta": {"total": len(rows)}}


def owned_by_nobody() -> Bodies:
    """Both clusters, asked what they own."""
    none: dict[str, Any] = {"resources": {"block_storage": [], "load_balancer": []}}
    ids = [row["id"] for row in everything()["/kubernetes/clusters"]["vke_clusters"]]
    return {f"/kubernetes/clusters/{id_}/resources": none for id_ in ids}


async def test_an_account_with_everything_is_listed_with_its_sum() -> None:
    """D8, D15, D16: 21 rows, each at the price by hand; four of unknown price."""
    found = await ask({**everything(), **owned_by_nobody()}, "list_resource_costs", limit=200)
    rows = {row["kind"]: row for row in found["resources"]}
    assert rows.keys() == EXPECTED.keys()
    assert {kind: row["monthly_cost"] for kind, row in rows.items()} == {
        kind: expected.monthly for kind, expected in EXPECTED.items()
    }
    assert found["total_monthly_cost"] == ALL_MONTHLY
    assert (found["count"], found["unpriced"]) == (21, 4)
    assert {kind for kind, row in rows.items() if row["monthly_cost"] is None} == NO_PRICE
    assert found["coverage"]["complete"] is True


async def test_the_overview_adds_the_same_sum_and_asks_for_no_gateway() -> None:
    """D28: NAT gateways are asked for only where the bill names one: 20.16 less."""
    found = await ask({**everything(), **owned_by_nobody()}, "get_cost_overview")
    assert found["run_rate"]["monthly"] == "40026.62"


@pytest.mark.parametrize("kind", ["object_storage", "database", "nat_gateway", "file_system"])
async def test_a_kind_is_found_by_its_filter(kind: Kind) -> None:
    """D15: and its month to date is its own where it has no line."""
    found = await ask({**everything(), **owned_by_nobody()}, "list_resource_costs", kind=kind)
    (row,) = found["resources"]
    assert (row["month_to_date"], row["source"]) == (EXPECTED[kind].own, "resource")


async def test_a_list_that_may_not_be_read_is_a_gap_and_the_rest_is_answered() -> None:
    """D33: "At least", 20.16 less, and the part by name."""
    bodies = {**everything(), **owned_by_nobody(), "/vpcs": 403}
    found = await ask(bodies, "list_resource_costs", limit=200)
    assert found["headline"].startswith("At least")
    assert [gap["part"] for gap in found["coverage"]["gaps"]] == ["vpcs"]
    assert found["total_monthly_cost"] == "40026.62"


async def test_sub_accounts_are_shown_and_are_in_no_sum() -> None:
    """D1: 7.50 pending below is a caveat of the overview, not of the month to date."""
    below = {"id": "b", "subaccount_name": "Island Lines", "pending_charges": "7.50"}
    found = await ask(
        {**listed("/subaccounts", below), **bill(line("x", "Other", "1.25"))}, "get_cost_overview"
    )
    assert found["month_to_date"] == "1.25"
    assert any("$7.50" in caveat for caveat in found["caveats"])


async def test_nothing_secret_comes_out() -> None:
    """D15: what the API sends beside the money stays outside."""
    bodies = {**everything(), **owned_by_nobody()}
    async with client_of(Answers(bodies)) as client:
        for tool in ("list_resource_costs", "estimate_savings", "get_cost_overview"):
            assert "SECRET" not in repr(await client.call_tool(tool, {}))


async def test_the_overview_asks_single_things_only_where_a_sum_depends_on_it() -> None:
    """D34: attachments of file systems; clusters only with an empty balancer."""
    bodies = {**everything(), **owned_by_nobody()}
    answers = Answers(bodies)
    async with client_of(answers) as client:
        await client.call_tool("get_cost_overview", {})
    singles = [path for path in answers.asked if any(letter.isdigit() for letter in path[3:])]
    assert [path.rsplit("/", 1)[1] for path in singles] == ["attachments"]
    empty = listed("/load-balancers", row_of("load_balancer", instances=[]))
    answers = Answers({**bodies, **empty})
    async with client_of(answers) as client:
        await client.call_tool("get_cost_overview", {})
    assert sum(path.endswith("/resources") for path in answers.asked) == 2


async def test_a_replica_and_its_parent_are_asked_for_their_use() -> None:
    """D20, D33: a replica whose use is not told is a gap of the savings, its parent is judged."""
    replica = row_of("database", id="replica", label="replica")
    parent = row_of("database", read_replicas=[replica])
    use = {"usage": {"cpu": {"percentage": "3.5"}, "memory": {"percentage": 20}}}
    bodies = {
        **bodies_of("database"),
        **listed("/databases", parent),
        f"/databases/{parent['id']}/usage": use,
    }
    found = await ask(bodies, "estimate_savings")
    assert [row["label"] for row in found["investigations"]] == ["orders"]
    parts = [gap["part"] for gap in found["coverage"]["gaps"]]
    assert parts == ["projected_overage", "database_usage"]
