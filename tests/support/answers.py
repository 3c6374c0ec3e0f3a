"""The whole server in memory, on an account that is given as bodies by path."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
from mcp import Client

from tests.support.api import READ
from tests.support.nouns import NOW
from tests.support.stage import settings_for
from tests.support.whole import whole
from tests.support.world import wired
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.server import build_server

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
    async with (
        wired(settings_for(), lambda: answers.now, answers, nullcontext()) as source,
        Client(build_server({"default": Backend(source)}, "0")) as client,
    ):
        yield client


async def ask(bodies: Mapping[str, Any], tool: str, **arguments: Any) -> dict[str, Any]:
    """One tool's figures on that account."""
    async with client_of(Answers(bodies)) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    figures: dict[str, Any] | None = whole(result.structured_content)
    assert figures is not None
    return figures
