"""``compare_plans`` over MCP: like a server, an ambiguous name, the account, and without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.estimate.test_tool import Public, client_of

if TYPE_CHECKING:
    from mcp import Client

pytestmark = pytest.mark.anyio


async def _asked(client: Client, **arguments: Any) -> tuple[dict[str, Any], str, bool]:
    result = await client.call_tool("compare_plans", arguments)
    text = " ".join(getattr(part, "text", "") for part in result.content)
    return result.structured_content or {}, text, bool(result.is_error)


async def _servers(client: Client) -> list[dict[str, Any]]:
    listed = await client.call_tool("list_resource_costs", {"kind": "instance", "limit": 200})
    rows: list[dict[str, Any]] = (listed.structured_content or {})["resources"]
    return rows


async def test_like_a_server_lists_its_own_plan_and_says_what_others_change() -> None:
    async with client_of() as client:
        server = (await _servers(client))[0]
        answer, text, failed = await _asked(client, like=server["label"].upper(), limit=200)
    assert not failed, text
    like = answer["like"]
    assert like["label"] == server["label"]
    own = next(row for row in answer["plans"] if row["plan"] == like["plan"])
    assert own["change"] == "0.00"
    assert answer["filters"]["region"]
    assert "how" not in own


async def test_a_name_of_unlike_servers_is_refused_with_their_ids(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vultr_cost_mcp.questions.compare.tool.is_same", lambda *_: True)
    async with client_of() as client:
        _, text, failed = await _asked(client, like="anything")
    assert failed
    assert "servers are called that: give the id of one, such as " in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"like": "vc2-2c-4gbb"}, "Did you mean vc2-2c-4gb"),
        ({"like": "account", "vcpu": 4}, "leave out vcpu"),
        ({"gpu": "Z9000"}, "No plan has that GPU. gpu is one of "),
        ({"region": "ewrr"}, "There is no region 'ewrr'"),
        ({"elsewhere": ["amazon"]}, "elsewhere.0: one of aws"),
        ({"vcpu": -1}, "vcpu"),
        ({"like": "accounts"}, "Give a plan id, a server's label or id, or account."),
        ({"max_monthly": "€20"}, "a number of US dollars"),
    ],
)
async def test_what_does_not_exist_is_refused_in_a_sentence(
    arguments: dict[str, Any], words: str
) -> None:
    async with client_of() as client:
        _, text, failed = await _asked(client, **arguments)
    assert failed
    assert words in text


async def test_a_list_of_clouds_may_be_words_and_the_account_is_compared_with_all() -> None:
    async with client_of() as client:
        worded, _, _ = await _asked(client, vcpu=2, memory_gb=4, elsewhere="aws, gcp", limit=1)
        account, text, failed = await _asked(client, like=" Account ")
    assert [row["provider"] for row in worded["plans"][0]["elsewhere"]] == ["aws", "gcp"]
    assert not failed
    assert len(account["elsewhere"]) == 6
    assert "transfer" in text


async def test_without_a_key_plans_are_compared_and_a_server_asks_for_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: Public())
    monkeypatch.delenv("VULTR_API_KEY", raising=False)
    async with client_of(demo=False) as client:
        answer, text, failed = await _asked(client, like="vc2-2c-4gb")
        _, missing, refused = await _asked(client, like="account")
        _, server, of_server = await _asked(client, like="web")
    assert not failed, text
    assert answer["like"]["monthly"] == "20.00"
    assert refused
    assert of_server
    assert "VULTR_API_KEY is not set" in missing
    assert "VULTR_API_KEY is not set" in server


async def test_a_gpu_may_be_named_with_its_maker_or_be_any() -> None:
    async with client_of() as client:
        named, text, failed = await _asked(client, gpu="NVIDIA L40S", limit=1)
        anyone, of_any, _ = await _asked(client, gpu="nvidia", limit=1)
    assert not failed, text
    assert "with GPU `L40S`" in text
    assert named["plans"][0]["gpu"]["model"] == "L40S"
    assert "with a GPU" in of_any
    assert anyone["count"] >= named["count"]


async def test_without_all_plans_another_may_cost_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest of those that were read is no "at least"."""

    class Half(Public):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/plans-metal"):
                return httpx.Response(403, json={"error": "no"})
            return await super().handle_async_request(request)

    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: Half())
    monkeypatch.delenv("VULTR_API_KEY", raising=False)
    async with client_of(demo=False) as client:
        _, text, failed = await _asked(client)
        _, none, _ = await _asked(client, vcpu=1)
    assert not failed, text
    assert text.startswith(
        "**$20.00 a month is the cheapest of 1 plan: `vc2-2c-4gb`. Not all plans "
    )
    assert "could be read: another may cost less.**" in text
    assert none.startswith(
        "**No plan with at least 1 vCPU is on offer. Not all plans could be read."
    )
