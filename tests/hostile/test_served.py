"""The program as it is served to a team, at the highest log level: no secret leaves it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import httpx2
import pytest
from anyio.to_thread import run_sync
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from tests.hostile.planted import planted
from tests.hostile.stage import CALLS
from tests.hostile.test_process import KEY, PATIENCE, Program, check, faulty
from tests.support.double import VultrDouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]
TOKEN = "S3C-the-token-of-the-team-itself"


@pytest.fixture
def stranger() -> Iterator[VultrDouble]:
    """Another host, which a redirect points to."""
    with VultrDouble(planted()[0], key=KEY) as running:
        yield running


async def address(program: Program) -> str:
    """Return the address at which it listens."""
    with anyio.fail_after(PATIENCE):
        while True:
            found = re.search(rb"Listening on (\S+)\n", program.errors.read_bytes())
            if found:
                return found[1].decode()
            await anyio.sleep(0.05)


@pytest.mark.parametrize("transport", ["http", "sse"])
async def test_over_http_no_secret_leaves_the_process(
    transport: str, tmp_path: Path, stranger: VultrDouble
) -> None:
    """Every tool, with faults, at debug level, asked by a client with the right token."""
    account, vault = planted()
    vault.known.update({KEY: "the key", TOKEN: "the token"})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    heard = ""
    with VultrDouble(account, key=KEY) as double:
        faulty(double, stranger, vault)
        given = ("serve", "--transport", transport, "--port", "0")
        # Not in development mode, in which asyncio tells of every connection that ends.
        token = {"VULTR_COST_HTTP_TOKEN": TOKEN}
        program = Program(double, tmp_path, *given, develop=False, more=token)
        url = await address(program)
        async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http:
            opened = (
                sse_client(url, headers=headers, timeout=PATIENCE)
                if transport == "sse"
                else streamable_http_client(url, http_client=http)
            )
            async with Client(opened, mode="legacy") as client:
                for name, arguments in CALLS:
                    heard += (await client.call_tool(name, arguments)).model_dump_json()
        await run_sync(program.process.terminate)
        code, written = await run_sync(program.end)
        check(program, double, vault, written + heard.encode())
    assert code == 0
    assert stranger.count() == 0
