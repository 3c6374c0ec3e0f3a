"""Which account: the user is asked where the client can ask, in both eras of the protocol."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, ElicitResult

from tests.accounts.stage import DEV, PROD
from tests.accounts.test_accounts import TwoAccounts, double
from tests.http.test_process import Server
from tests.support.stage import settings_for, structured
from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import opened
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["double"]
pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]
MODES = ["legacy", "auto"]
PENDING = "get_pending_charges"


class User:
    """Answers a form in one way, and remembers what was asked."""

    def __init__(self, action: Any, content: dict[str, Any] | None = None) -> None:
        self.reply = ElicitResult(action=action, content=content)
        self.asked: list[Any] = []

    async def __call__(self, context: object, params: Any) -> ElicitResult:
        """Answer the form."""
        del context
        self.asked.append(params)
        return self.reply


@asynccontextmanager
async def in_memory(
    double: TwoAccounts, folder: Path, mode: Any, user: User | None
) -> AsyncIterator[Client]:
    """Connect a client whose user can be asked."""
    settings = settings_for(
        double.url, API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"), COST_STORE="off"
    )
    names = account_names(settings)
    async with (
        opened(settings, lambda: double.date, names) as backends,  # type: ignore[arg-type,return-value]
        Client(build_server(backends, "0"), mode=mode, elicitation_callback=user) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", MODES)
async def test_the_user_chooses_an_account(double: TwoAccounts, folder: Path, mode: str) -> None:
    user = User("accept", {"account": "dev"})
    async with in_memory(double, folder, mode, user) as client:
        answer = structured(await client.call_tool(PENDING, {}))
    assert (answer["account"], answer["total"]) == ("dev", "3.00")
    (asked,) = user.asked
    assert "Which Vultr account" in asked.message
    field = asked.requested_schema["properties"]["account"]
    assert (field["enum"], field["default"]) == (["prod", "dev", "all"], "all")


@pytest.mark.parametrize("mode", MODES)
async def test_all_may_be_chosen(double: TwoAccounts, folder: Path, mode: str) -> None:
    async with in_memory(double, folder, mode, User("accept", {"account": "all"})) as client:
        answer = structured(await client.call_tool(PENDING, {}))
    assert (answer["account"], answer["totals"]["total"]) == ("all", "9.27")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_does_not_answer_gets_all_of_them(
    double: TwoAccounts, folder: Path, mode: str, action: str
) -> None:
    """As programs without a user do, which cancel every form."""
    async with in_memory(double, folder, mode, User(action)) as client:
        answer = structured(await client.call_tool(PENDING, {}))
    assert answer["account"] == "all"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("content", [None, {}, {"account": "prd"}, {"account": 1}])
async def test_an_answer_that_is_none_counts_as_none(
    double: TwoAccounts, folder: Path, mode: str, content: Any
) -> None:
    async with in_memory(double, folder, mode, User("accept", content)) as client:
        answer = structured(await client.call_tool(PENDING, {}))
    assert answer["account"] == "all"


async def test_a_program_without_a_client_gets_all_of_them(
    double: TwoAccounts, folder: Path
) -> None:
    """As the command line calls tools."""
    settings = settings_for(
        double.url, API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"), COST_STORE="off"
    )
    async with opened(settings, lambda: double.date, account_names(settings)) as backends:  # type: ignore[arg-type,return-value]
        result = await build_server(backends, "0").call_tool(PENDING, {})
    assert isinstance(result, CallToolResult)
    assert structured(result)["account"] == "all"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("account", ["prod", "dev", "all"])
async def test_who_names_an_account_is_not_asked(
    double: TwoAccounts, folder: Path, mode: str, account: str
) -> None:
    user = User("accept", {"account": "dev"})
    async with in_memory(double, folder, mode, user) as client:
        answer = structured(await client.call_tool(PENDING, {"account": account}))
        wrong = await client.call_tool(PENDING, {"account": "prd"})
    assert answer["account"] == account
    assert wrong.is_error
    assert "One of: prod, dev, all." in wrong.content[0].text  # type: ignore[union-attr]
    assert user.asked == []


def environment(double: TwoAccounts, folder: Path) -> dict[str, str]:
    """Return the environment of the real program over both accounts."""
    return {
        "VULTR_API_URL": double.url,
        "VULTR_COST_CONFIG": str(folder / "accounts.toml"),
        "VULTR_COST_STORE": "off",
        "KEY_OF_PROD": PROD,
    }


@pytest.mark.parametrize("mode", MODES)
async def test_over_http_the_real_program_asks_who_can_be_asked(
    double: TwoAccounts, folder: Path, mode: Any
) -> None:
    """There is no way back to clients of the earlier era: they get all accounts."""
    user = User("accept", {"account": "dev"})
    options = ("--transport", "http", "--port", "0")
    with Server(*options, **environment(double, folder)) as server:
        url = server.address().geturl()
        async with Client(url, mode=mode, elicitation_callback=user) as client:
            answer = structured(await client.call_tool(PENDING, {}))
    asks = mode == "auto"
    assert answer["account"] == ("dev" if asks else "all")
    assert len(user.asked) == asks


@pytest.mark.parametrize("mode", MODES)
async def test_over_stdio_the_real_program_asks(
    double: TwoAccounts, folder: Path, mode: Any
) -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "vultr_cost_mcp"], env=environment(double, folder)
    )
    user = User("accept", {"account": "dev"})
    async with Client(stdio_client(command), mode=mode, elicitation_callback=user) as client:
        answer = structured(await client.call_tool("list_invoices", {}))
    assert answer["account"] == "dev"
    assert len(user.asked) == 1
    assert DEV not in str(answer)
