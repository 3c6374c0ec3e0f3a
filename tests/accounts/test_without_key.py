"""Without a key the public lists of prices can be read, and nothing else (E2)."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from tests.support.nouns import NOW
from tests.support.world import wired
from vultr_cost_mcp.config import read_settings
from vultr_cost_mcp.domain.account_parts import BILL, OFFER, PUBLIC, REGIONS
from vultr_cost_mcp.errors import MissingKeyError

PLANS = {"plans": [{"id": "vc2-2c-4gb", "monthly_cost": 20}], "meta": {"total": 1}}


class Public(httpx.AsyncBaseTransport):
    """Answers like the public paths, and keeps the headers that it was asked with."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = request.url.path.rsplit("/", 1)[-1].replace("-", "_")
        return httpx.Response(200, json=PLANS if name == "plans" else {name: []})


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> Public:
    public = Public()
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: public)
    monkeypatch.delenv("VULTR_API_KEY", raising=False)
    return public


@pytest.mark.anyio
async def test_public_prices_are_read_without_a_key(transport: Public) -> None:
    async with wired(read_settings(), lambda: NOW) as source:
        snapshot = await source(PUBLIC)
        for needs in (BILL, PUBLIC | BILL, OFFER):
            with pytest.raises(MissingKeyError, match="VULTR_API_KEY is not set"):
                await source(needs)
    assert snapshot.offer is not None
    assert snapshot.offer.plans["vc2-2c-4gb"].monthly == Decimal(20)
    assert all("authorization" not in request.headers for request in transport.asked)
    assert len(transport.asked) == len(PUBLIC)


@pytest.mark.anyio
async def test_the_sample_account_has_every_list_of_prices() -> None:
    settings = read_settings().model_copy(update={"demo": True})
    async with wired(settings, lambda: NOW) as source:
        offer = (await source(OFFER | REGIONS)).offer
        table = (await source(REGIONS)).offer
    assert offer is not None
    assert table is not None
    assert (table.plans, table.table["load_balancer"]) == ({}, Decimal(10))
    assert offer.tiers
    assert offer.registries["business"] is not None
    assert offer.file_system_gb["ewr"] == Decimal("0.1")
    assert {plan.metal for plan in offer.plans.values()} == {True, False}
