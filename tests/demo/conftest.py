"""Shared by the sample account's tests: a client whose transport is the sample."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from vultr_cost_mcp.demo import SampleTransport

Body = dict[str, Any]
Ask = Callable[..., Awaitable[Body]]


@pytest.fixture
def anyio_backend() -> str:
    """Run on asyncio, the only backend of the program."""
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Open a client as the program opens it, on the sample's transport."""
    base = "https://api.vultr.com/v2"
    async with httpx.AsyncClient(transport=SampleTransport(), base_url=base) as opened:
        yield opened


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """Read a path with a query and give its body, money as exact decimals."""

    async def read(path: str, **query: object) -> Body:
        response = await client.get(path, params={name: str(part) for name, part in query.items()})
        assert response.status_code == httpx.codes.OK, response.text
        body: Body = json.loads(response.text, parse_float=Decimal)
        return body

    return read
