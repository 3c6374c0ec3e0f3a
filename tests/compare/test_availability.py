"""``compare_plans`` over MCP reads the availability of a region only where it is needed (E18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.estimate.test_tool import PLAN, Public, client_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.vultr.models.plans import Availability

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

_SMALL = {"id": "vc2-1c-1gb", "type": "vc2", "monthly_cost": 5, "locations": ["ewr"]}
_METAL = {"id": "vbm-6c-32gb", "type": "NVMe", "monthly_cost": 185, "locations": ["ewr"]}
Reply = tuple[int, dict[str, Any]]


class Regions(Public):
    """The public lists with a plan that does not name ``fra``, and that region's availability."""

    metal = False

    def __init__(self, *replies: Reply) -> None:
        self.asked: list[str] = []
        self._replies = replies

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.metal and path.endswith("/plans-metal"):
            return httpx.Response(200, json={"plans_metal": [_METAL]})
        if path.endswith("/plans"):
            return httpx.Response(200, json={"plans": [_SMALL, *PLAN]})
        if not path.endswith("/availability"):
            return await super().handle_async_request(request)
        self.asked.append(f"{path} {dict(request.url.params)}")
        if not self._replies:
            msg = "no answer"
            raise httpx.ReadTimeout(msg)
        status, body = self._replies[0]
        return httpx.Response(status, json=body)


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Regions]:
    """Serve public lists without a key."""
    monkeypatch.delenv("VULTR_API_KEY", raising=False)

    def served(*replies: Reply) -> Regions:
        regions = Regions(*replies)
        monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: regions)
        return regions

    return served


async def _asked(*earlier: dict[str, Any], **arguments: Any) -> tuple[dict[str, Any], str]:
    async with client_of(demo=False) as client:
        for others in earlier:
            await client.call_tool("compare_plans", others)
        result = await client.call_tool("compare_plans", arguments)
    text = " ".join(getattr(part, "text", "") for part in result.content)
    assert not result.is_error, text
    return result.structured_content or {}, text


def _told(answer: dict[str, Any]) -> dict[str, str]:
    return {row["plan"]: row.get("deployable", "yes") for row in answer["plans"]}


async def test_one_request_without_a_key_says_what_the_region_does_not_have(
    serve: Callable[..., Regions],
) -> None:
    """Another question rests on the same reading, as with the list of plans."""
    regions = serve((200, {"available_plans": ["vc2-2c-4gb"]}))
    answer, text = await _asked({"region": "fra", "limit": 1}, region="FRA")
    assert _told(answer) == {"vc2-1c-1gb": "no", "vc2-2c-4gb": "yes"}
    assert answer["best"]["plan"] == "vc2-2c-4gb"
    assert text.startswith("**$20.00 a month is the cheapest deployable of 2 plans in `fra`: ")
    assert "one is unknown" not in text
    assert "not deployable there now" in text
    assert text.endswith("complete.")
    assert [asked.removeprefix("/v2") for asked in regions.asked] == [
        "/regions/fra/availability {'type': 'all'}"
    ]


@pytest.mark.parametrize("key", ["available_plans", "available_vpc_only_plans"])
async def test_what_only_the_availability_lists_is_deployable(
    serve: Callable[..., Regions], key: str
) -> None:
    serve((200, {"available_plans": [], key: ["vc2-1c-1gb"]}))
    answer, text = await _asked(region="fra")
    assert _told(answer) == {"vc2-1c-1gb": "yes", "vc2-2c-4gb": "yes"}
    assert answer["best"] == {"plan": "vc2-1c-1gb", "monthly": "5.00"}
    assert "deployable" not in text


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (["vc2-2c-4gb"], "unknown"),
        (["vc2-2c-4gb", "vbm-4c-32gb"], "no"),
        (["vbm-6c-32gb"], "yes"),
    ],
)
async def test_an_availability_without_bare_metal_tells_nothing_about_it(
    serve: Callable[..., Regions], listed: list[str], told: str
) -> None:
    serve((200, {"available_plans": listed})).metal = True
    answer, text = await _asked(region="fra", limit=200)
    assert _told(answer)["vbm-6c-32gb"] == told
    assert _told(answer)["vc2-1c-1gb"] == "no"
    assert ("lists no bare metal" in text) is (told == "unknown")
    assert "could not be read" not in text


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((500, {}), "not read (500)"),
        ((401, {"error": "Invalid API token."}), "not read (401)"),
        ((404, {"error": "Invalid region."}), "not read (404)"),
        (None, "timed out"),
        ((200, {}), "unreadable available_plans"),
        ((200, {"available_plans": None}), "unreadable available_plans"),
        ((200, {"available_plans": "vc2-1c-1gb"}), "unreadable available_plans"),
        ((200, {"available_plans": ["vc2-1c-1gb", None]}), "unreadable available_plans"),
    ],
)
async def test_without_the_availability_it_is_unknown_and_said_once(
    serve: Callable[..., Regions], reply: Reply | None, why: str
) -> None:
    serve(*([reply] if reply else []))
    answer, text = await _asked(region="fra")
    assert _told(answer) == {"vc2-1c-1gb": "unknown", "vc2-2c-4gb": "yes"}
    assert [row["monthly"] for row in answer["plans"]] == ["5.00", "20.00"]
    (gap,) = answer["coverage"]["gaps"]
    assert gap["part"] == "region_availability"
    assert why in gap["reason"]
    assert set(gap["touches"]) == {"best", "plans"}
    assert text.startswith("**$20.00 a month is the cheapest deployable of 2 plans in `fra`: ")
    assert "Whether the region has a cheaper one is unknown.**" in text
    assert text.count("The region's availability could not be read") == 1
    assert "Not all plans could be read" not in text


@pytest.mark.parametrize("arguments", [{}, {"region": "fra", "max_monthly": 4}])
async def test_it_is_not_read_where_no_answer_needs_it(
    serve: Callable[..., Regions], arguments: dict[str, Any]
) -> None:
    regions = serve((500, {}))
    answer, _ = await _asked(**arguments)
    assert regions.asked == []
    assert answer["coverage"]["complete"] is True


async def test_the_sample_account_has_no_gpu_in_frankfurt() -> None:
    async with client_of() as client:
        result = await client.call_tool(
            "compare_plans", {"region": "fra", "gpu": "any", "limit": 200}
        )
    answer: dict[str, Any] = result.structured_content or {}
    assert "none of them is known to be offered there." in answer["headline"]
    told = _told(answer)
    assert {told[plan] for plan in told if plan.startswith("vcg")} == {"no"}
    assert {told[plan] for plan in told if plan.startswith("vbm")} == {"unknown"}
    assert answer["coverage"]["complete"] is True


def test_ids_alone_are_kept_of_the_availability() -> None:
    row = Availability.model_validate({"available_plans": [" a ", "b"], "more": 1})
    assert (row.available_plans, row.available_vpc_only_plans) == (("a", "b"), ())
