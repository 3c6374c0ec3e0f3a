"""The tool itself: the sample account, no key, paths, arguments (E2, E8, E12, E20)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from tests.estimate.book import HERE
from tests.support.nouns import NOW
from tests.support.whole import whole
from tests.support.world import wired
from vultr_cost_mcp.config import read_settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.domain.plan_source import InlinePlans
from vultr_cost_mcp.server import build_server

SECRET = "PLANTED-SECRET-7f3a9c"
WHOLE = (HERE / "whole_with_secrets.json").read_text("utf-8")
CHANGE = (HERE / "plans" / "change.json").read_text("utf-8")
PLAN = [{"id": "vc2-2c-4gb", "type": "vc2", "monthly_cost": 20, "locations": ["fra"]}]


class Public(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1].replace("-", "_")
        regions = [{"id": "fra", "city": "Frankfurt", "country": "DE"}]
        rows: dict[str, Any] = {"plans": PLAN, "regions": regions}
        return httpx.Response(200, json={name: rows.get(name, [])})


@asynccontextmanager
async def client_of(
    *, demo: bool = True, remote: bool = False, now: datetime = SAMPLE_NOW
) -> AsyncGenerator[Client]:
    settings = read_settings().model_copy(update={"demo": demo})
    async with wired(settings, lambda: now) as source:
        plans = InlinePlans() if remote else None
        backend = source.backend(DisabledHistory(), plans=plans)
        async with Client(build_server({source.account: backend}, "0")) as client:
            yield client


async def asked(client: Client, **arguments: Any) -> tuple[dict[str, Any], str, bool]:
    result = await client.call_tool("estimate_cost", arguments)
    text = " ".join(getattr(part, "text", "") for part in result.content)
    return whole(result.structured_content or {}), text, bool(result.is_error)


@pytest.mark.anyio
async def test_items_of_the_sample_account() -> None:
    """E5, E20."""
    async with client_of() as client:
        item = {"plan": "vc2-2c-4gb", "region": "EWR", "quantity": 3, "backups": True}
        answer, text, failed = await asked(client, items=[item], budget=9000)
    assert not failed
    assert answer["total_monthly"] == answer["monthly_change"] == "72.00"
    assert answer["budget"]["status"] in {"warn", "ok"}
    assert text.startswith("**$72.00 a month, $31.95 in the rest of November 2026.**")


@pytest.mark.anyio
async def test_an_item_in_the_place_of_a_server_is_the_difference() -> None:
    """E8: the server's own price and line."""
    async with client_of() as client:
        listed = await client.call_tool("list_resource_costs", {"kind": "instance", "limit": 1})
        server = (listed.structured_content or {})["resources"][0]
        item = {"plan": "vc2-2c-4gb", "region": "ewr", "replaces": server["label"]}
        answer, _, failed = await asked(client, items=[item])
        _, unknown, _ = await asked(client, items=[{**item, "replaces": server["label"] + "x"}])
    assert not failed
    assert answer["monthly_before"] == server["monthly_cost"]
    assert answer["total_monthly"] == "20.00"
    assert "assumptions" not in answer
    assert "Did you mean" in unknown


@pytest.mark.anyio
async def test_an_item_that_names_only_what_stops_is_a_deletion() -> None:
    """E8: stopping and beginning sum to replacing; no server begins, so no licence is spoken of."""
    async with client_of() as client:
        listed = await client.call_tool("list_resource_costs", {"kind": "instance", "limit": 1})
        server = (listed.structured_content or {})["resources"][0]
        stop, begin = {"replaces": server["label"]}, {"plan": "vc2-2c-4gb", "region": "ewr"}
        alone, text, failed = await asked(client, items=[stop])
        begun, _, _ = await asked(client, items=[begin])
        replaced, _, _ = await asked(client, items=[{**begin, **stop}])
        backed_up, refused, _ = await asked(client, items=[{**stop, "backups": True}])
    assert not failed
    assert (alone["monthly_before"], alone["total_monthly"]) == (server["monthly_cost"], "0.00")
    assert [(row["action"], row["what"]) for row in alone["lines"]] == [("delete", server["label"])]
    rest = [Decimal(answer["rest_of_this_month"]) for answer in (alone, begun, replaced)]
    assert rest[0] < 0
    assert rest[0] + rest[1] == rest[2]
    assert text.startswith(f"**${Decimal(server['monthly_cost']):,.2f} a month less (")
    assert "Licences" not in text
    assert not backed_up
    assert "needs a plan" in refused


@pytest.mark.anyio
async def test_public_prices_answer_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """E2, E8: no account, no budget, and it is said."""
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: Public())
    monkeypatch.delenv("VULTR_API_KEY", raising=False)
    rows = [
        {
            "address": f"vultr_{kind}.a",
            "type": f"vultr_{kind}",
            "change": {"actions": ["create"], "after": after},
        }
        for kind, after in (
            ("instance", {"plan": "vc2-2c-4gb", "region": "fra"}),
            ("database", {"plan": "vultr-dbaas-startup"}),
        )
    ]
    plan = json.dumps({"format_version": "1.2", "resource_changes": rows})
    async with client_of(demo=False, now=NOW) as client:
        answer, text, failed = await asked(client, terraform_plan=plan, budget=100)
        replaced = await asked(client, items=[{"plan": "vc2-2c-4gb", "replaces": "web"}])
        balancer, _, _ = await asked(client, items=[{"kind": "load_balancer"}])
    assert not failed
    assert (answer["total_monthly"], answer["without_key"]) == ("20.00", True)
    assert "need an API key" in answer["unpriced"][0]["why"]
    assert answer["budget"]["status"] == "unknown"
    assert "Public prices only" in text
    assert replaced[2]
    assert "VULTR_API_KEY is not set" in replaced[1]
    assert balancer["total_monthly"] == "10.00"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"items": [{"plan": "vc2-2c-4gbb", "region": "ewr"}]}, "Did you mean vc2-2c-4gb"),
        ({"items": [{"plan": "vc2-2c-4gb", "region": "ewrr"}]}, "There is no region 'ewrr'"),
        ({"items": [{"plam": "vc2-2c-4gb"}]}, "items.0.plam: unknown argument (did you mean plan"),
        ({"items": [{"count": 2}]}, "unknown argument. Each of items takes: kind, plan, region, q"),
        ({"items": [{"quantity": 0}]}, "items.0.quantity: did you mean 1? a whole number from 1"),
        ({"items": [{"kind": "sever"}]}, "did you mean server?"),
        ({"items": ["server"]}, "items.0: an object with kind, plan"),
        ({"items": [{}] * 21}, "items: a list of at most 20 objects"),
        ({"items": "server"}, "items: a list of at most 20 objects"),
        ({"terraform_plan": '{"values": {}}'}, "This is a state, not a plan"),
        ({"terraform_plan": "no/such.json"}, "There is no such file"),
        ({"terraform_plan": 'resource "vultr_instance" "a" {\n}'}, "neither a path nor the JSON"),
        ({"items": [{"plan": "VC2-2C-4GB-X", "region": "ewr"}]}, "Did you mean vc2-2c-4gb"),
        ({"items": [{"plan": "vc2-2c-4gb"}], "budget": "50 EUR"}, "a number of US dollars"),
    ],
)
async def test_what_cannot_be_priced_is_refused_in_a_sentence(
    arguments: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with client_of() as client:
        _, text, failed = await asked(client, **arguments)
    assert failed
    assert words in text


@pytest.mark.anyio
async def test_items_may_be_text_and_values_null_or_empty() -> None:
    item = {"plan": "vc2-2c-4gb", "region": "ewr", "tier": "", "size_gb": None, "replaces": None}
    async with client_of() as client:
        as_text, _, _ = await asked(client, items=json.dumps([item]), terraform_plan="", budget=0)
        nothing, _, failed = await asked(client, items=[])
    assert as_text["total_monthly"] == "20.00"
    assert (nothing["total_monthly"], failed) == ("0.00", False)


@pytest.mark.anyio
async def test_a_plan_is_read_from_the_folder_and_from_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "plan.json").write_text(CHANGE)
    (tmp_path / "outside.json").write_text(CHANGE)
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    monkeypatch.chdir(folder)
    outside = "outside the folder that plans may be read from"
    async with client_of() as client:
        answer, _, failed = await asked(client, terraform_plan="plan.json")
        assert not failed
        assert answer["lines"]
        for path in ("../outside.json", str(tmp_path / "outside.json"), "link.json"):
            assert outside in (await asked(client, terraform_plan=path))[1]
        assert "a folder" in (await asked(client, terraform_plan="."))[1]
        assert "not a path" in (await asked(client, terraform_plan="a\x00b"))[1]
    monkeypatch.setenv("HOME", str(folder))
    async with client_of() as client:
        assert "started in / or at home" in (await asked(client, terraform_plan="plan.json"))[1]
    monkeypatch.setenv("VULTR_COST_PLAN_DIR", str(folder))
    async with client_of() as client:
        assert not (await asked(client, terraform_plan="plan.json"))[2]


@pytest.mark.anyio
async def test_over_http_a_path_is_refused_and_the_plan_itself_is_taken() -> None:
    async with client_of(remote=True) as client:
        refused = await asked(client, terraform_plan="plan.json")
        taken = await asked(client, terraform_plan=CHANGE)
        large = await asked(client, terraform_plan="{" + " " * 300_000)
    assert "Over HTTP terraform_plan is the plan's JSON itself" in refused[1]
    assert refused[2]
    assert not taken[2]
    assert "larger than 256 kB" in large[1]


@pytest.mark.anyio
async def test_no_secret_of_a_plan_leaves_the_tool(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    async with client_of() as client:
        said = [await asked(client, terraform_plan=WHOLE, limit=200)]
        said += [await asked(client, terraform_plan=WHOLE[:cut]) for cut in (50, 5_000, 50_000)]
    assert [row[2] for row in said] == [False, True, True, True]
    assert SECRET not in repr(said)
    assert SECRET not in caplog.text
    out, err = capfd.readouterr()
    assert SECRET not in out + err
