"""The whole server in memory, on an account that is given as bodies by path."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from mcp import Client

from tests.support.api import READ, TABLE
from tests.support.nouns import NOW
from tests.support.whole import whole
from vultr_cost_mcp.collect.collector import Collector
from vultr_cost_mcp.collect.reading_cache import ReadingCache
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.server import build_server
from vultr_cost_mcp.vultr.client import VultrClient

URL = "https://api.invalid/v2"
ACCOUNT = {"name": "Test", "email": "test@example.com", "balance": -100, "pending_charges": 0}


class Answers(httpx.AsyncBaseTransport):
    """Answers with the bodies that are given; other lists are empty, a status is a refusal."""

    def __init__(self, bodies: Mapping[str, Any], now: datetime = NOW) -> None:
        self.now = now
        self.bodies = {
            **{ENDPOINTS[part].path: {ENDPOINTS[part].keys[0]: []} for part in READ},
            "/account": {"account": ACCOUNT},
            "/account/bandwidth": {"bandwidth": {}},
            "/billing/invoices": {"billing_invoices": []},
            "/regions": {"regions": []},
            **bodies,
        }
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one path."""
        path = request.url.path.removeprefix("/v2")
        self.asked.append(path)
        body = self.bodies.get(path, 404)
        if isinstance(body, int):
            return httpx.Response(body, json={"error": "refused", "status": body})
        date = format_datetime(self.now, usegmt=True)
        text = json.dumps(body, default=_digits)
        return httpx.Response(200, headers={"Date": date}, content=text)


def _digits(number: Decimal) -> float:
    return float(number)


@asynccontextmanager
async def client_of(answers: Answers) -> AsyncIterator[Client]:
    """An MCP client of a server that reads that account at its instant, ``NOW`` by default."""
    async with ReadingCache(lambda: answers.now) as readings:
        api = VultrClient(
            base_url=URL,
            key="KEY",
            limiter=AsyncLimiter(1, 0.0001),
            now=lambda: answers.now,
            transport=answers,
        )
        collector = Collector(
            account="test",
            client=api,
            readings=readings,
            table=TABLE,
            now=lambda: answers.now,
            cache_seconds=60,
        )
        async with Client(build_server({"default": Backend(collector)}, "0")) as client:
            yield client
        await api.aclose()


async def ask(bodies: Mapping[str, Any], tool: str, **arguments: Any) -> dict[str, Any]:
    """One tool's figures on that account."""
    async with client_of(Answers(bodies)) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    figures: dict[str, Any] | None = whole(result.structured_content)
    assert figures is not None
    return figures
