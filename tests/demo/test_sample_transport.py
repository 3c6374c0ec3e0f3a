"""The sample answers every path like the API: envelopes, meta, pages, errors; always the same."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import vultr_cost_mcp.demo
from vultr_cost_mcp.demo import SAMPLE_NOW, SampleTransport

pytestmark = pytest.mark.anyio

LINKS = "links"
TOTAL_ONLY = "total only"
NO_META = "none"
ENVELOPES = [
    ("/account", "account", NO_META),
    ("/account/bandwidth", "bandwidth", NO_META),
    ("/account/custom-subscriptions", "custom_subscriptions", LINKS),
    ("/subaccounts", "subaccounts", LINKS),
    ("/billing/pending-charges", "pending_charges", NO_META),
    ("/billing/history", "billing_history", LINKS),
    ("/billing/invoices", "billing_invoices", LINKS),
    ("/instances", "instances", LINKS),
    ("/bare-metals", "bare_metals", LINKS),
    ("/plans", "plans", LINKS),
    ("/plans-metal", "plans_metal", LINKS),
    ("/regions", "regions", LINKS),
    ("/blocks", "blocks", LINKS),
    ("/blocks/snapshots", "snapshots", LINKS),
    ("/snapshots", "snapshots", LINKS),
    ("/backups", "backups", LINKS),
    ("/iso", "isos", LINKS),
    ("/object-storage", "object_storages", LINKS),
    ("/object-storage/tiers", "tiers", NO_META),
    ("/vfs", "vfs", NO_META),
    ("/vfs/regions", "regions", NO_META),
    ("/storage-gateways", "storage_gateways", LINKS),
    ("/databases", "databases", TOTAL_ONLY),
    ("/databases/plans", "plans", NO_META),
    ("/kubernetes/clusters", "vke_clusters", LINKS),
    ("/load-balancers", "load_balancers", LINKS),
    ("/reserved-ips", "reserved_ips", LINKS),
    ("/vpcs", "vpcs", LINKS),
    ("/cdns/pull-zones", "pull_zones", LINKS),
    ("/cdns/push-zones", "push_zones", LINKS),
    ("/registries", "registries", LINKS),
    ("/registry/plan/list", "plans", NO_META),
    ("/inference", "subscriptions", NO_META),
    ("/clusters", "clusters", LINKS),
]
# path of the list, its envelope, path of one of its rows, the envelope there
NESTED = [
    ("/billing/invoices", "billing_invoices", "", "billing_invoice"),
    ("/billing/invoices", "billing_invoices", "/items", "invoice_items"),
    ("/instances", "instances", "", "instance"),
    ("/instances", "instances", "/bandwidth", "bandwidth"),
    ("/instances", "instances", "/upgrades", "upgrades"),
    ("/bare-metals", "bare_metals", "/bandwidth", "bandwidth"),
    ("/vfs", "vfs", "/attachments", "attachments"),
    ("/databases", "databases", "/usage", "usage"),
    ("/kubernetes/clusters", "vke_clusters", "/resources", "resources"),
    ("/vpcs", "vpcs", "/nat-gateway", "nat_gateways"),
    ("/inference", "subscriptions", "/usage", "usage"),
    ("/clusters", "clusters", "/metrics", "metrics"),
    ("/regions", "regions", "/availability", "available_plans"),
]
PAGED = [
    ("/instances", "instances"),
    ("/plans", "plans"),
    ("/billing/history", "billing_history"),
    ("/billing/invoices", "billing_invoices"),
    ("/blocks", "blocks"),
    ("/backups", "backups"),
]


@pytest.mark.parametrize(("path", "key", "meta"), ENVELOPES)
async def test_every_list_has_its_envelope_and_its_kind_of_meta(
    ask: Any, path: str, key: str, meta: str
) -> None:
    """Each path answers under its key, with the meta that the API gives there."""
    body = await ask(path)
    assert body[key]
    assert set(body) == ({key} if meta == NO_META else {key, "meta"})
    if meta != NO_META:
        assert body["meta"]["total"] == len(body[key])
    assert ("links" in body.get("meta", {})) == (meta == LINKS)
    if meta == LINKS:
        assert body["meta"]["links"] == {"next": "", "prev": ""}


@pytest.mark.parametrize("nested", NESTED)
async def test_every_row_answers_below_its_id(
    ask: Any, client: httpx.AsyncClient, nested: tuple[str, str, str, str]
) -> None:
    """Each row of a list can be asked for what stands below it; an unknown id is a 404."""
    path, key, below, inner = nested
    for row in (await ask(path))[key]:
        assert inner in await ask(f"{path}/{row['id']}{below}")
    unknown = await client.get(f"{path}/00000000-0000-0000-0000-000000000000{below}")
    assert unknown.status_code == httpx.codes.NOT_FOUND
    assert unknown.json()["status"] == httpx.codes.NOT_FOUND
    assert unknown.json()["error"].startswith("Invalid ")


@pytest.mark.parametrize(("path", "key"), PAGED)
@pytest.mark.parametrize("size", [1, 3, 7])
async def test_small_pages_give_the_same_rows(ask: Any, path: str, key: str, size: int) -> None:
    """Following the cursor to its empty end gives each row once, in the order of one page."""
    whole = await ask(path, per_page=500)
    rows, cursor = [], ""
    while True:
        body = await ask(path, per_page=size, cursor=cursor)
        assert 0 < len(body[key]) <= size
        assert body["meta"]["total"] == len(whole[key])
        rows += body[key]
        cursor = body["meta"]["links"]["next"]
        if not cursor:
            break
    assert rows == whole[key]


async def test_an_invoice_is_paged_too(ask: Any) -> None:
    """The items of an invoice come in pages like any list."""
    newest = (await ask("/billing/invoices"))["billing_invoices"][0]
    path = f"/billing/invoices/{newest['id']}/items"
    first = await ask(path, per_page=50)
    second = await ask(path, per_page=50, cursor=first["meta"]["links"]["next"])
    whole = await ask(path)
    assert first["invoice_items"] + second["invoice_items"] == whole["invoice_items"]
    assert second["meta"]["links"]["prev"]


@pytest.mark.parametrize("query", ["per_page=0", "per_page=many", "cursor=%21", "cursor=bm9wZQ"])
async def test_nonsense_in_the_query_is_a_bad_request(
    client: httpx.AsyncClient, query: str
) -> None:
    """A page size or a cursor that the API never gave is refused, with a JSON body."""
    response = await client.get(f"/instances?{query}")
    assert response.status_code == httpx.codes.BAD_REQUEST
    assert response.json()["status"] == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_whatever_is_not_a_get_is_refused(client: httpx.AsyncClient, method: str) -> None:
    """The sample cannot be changed."""
    response = await client.request(method, "/instances")
    assert response.status_code == httpx.codes.METHOD_NOT_ALLOWED
    assert "Method not allowed" in response.json()["error"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/foo/instances", "/instances/a/b/c"])
async def test_an_unknown_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    """A path that the API does not have is a 404 with the API's error body."""
    response = await client.get(path)
    assert response.status_code == httpx.codes.NOT_FOUND
    assert set(response.json()) == {"error", "status"}


@pytest.mark.parametrize(
    "base", ["https://api.vultr.com/v2", "http://a.test/proxy", "http://a.test"]
)
async def test_the_base_does_not_matter(base: str) -> None:
    """Any host and any path before the endpoint answer alike."""
    async with httpx.AsyncClient(transport=SampleTransport(), base_url=base) as client:
        response = await client.get("/kubernetes/clusters")
    assert "vke_clusters" in response.json()


async def test_time_stands_still(client: httpx.AsyncClient) -> None:
    """The Date header is the frozen instant, an aware UTC one."""
    response = await client.get("/account")
    assert SAMPLE_NOW.tzname() == "UTC"
    assert response.headers["date"] == "Wed, 18 Nov 2026 14:05:00 GMT"
    assert response.headers["content-type"] == "application/json"


async def test_two_runs_are_identical(client: httpx.AsyncClient) -> None:
    """Another transport gives the same bytes on every path."""
    async with httpx.AsyncClient(transport=SampleTransport(), base_url=client.base_url) as other:
        for path, _, _ in ENVELOPES:
            assert (await client.get(path)).content == (await other.get(path)).content


async def test_no_number_went_through_a_float(client: httpx.AsyncClient) -> None:
    """Every number is written with few digits, none like 0.30000000000000004."""
    for path, _, _ in ENVELOPES:
        texts: list[str] = []
        json.loads((await client.get(path)).text, parse_float=texts.append)
        assert all(len(text.strip("0.").replace(".", "")) <= 15 for text in texts)


def test_httpx_is_the_only_import_from_outside() -> None:
    """The room imports httpx, the rooms below it, and of the standard library no chance."""
    inside = tuple(
        f"vultr_cost_mcp.{room}" for room in ("demo", "domain", "billing", "money", "errors")
    )
    standard = {
        "__future__", "base64", "collections.abc", "dataclasses", "datetime", "decimal",
        "email.utils", "functools", "importlib.resources", "json", "tomllib", "typing", "uuid",
    }  # fmt: skip
    for source in Path(vultr_cost_mcp.demo.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= standard | {"httpx"}, source.name
            elif isinstance(node, ast.ImportFrom):
                name = node.module or ""
                assert name in standard or name.startswith(inside), source.name
