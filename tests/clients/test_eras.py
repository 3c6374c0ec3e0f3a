"""One suite of the protocol: both of its eras, in memory, over stdio, over HTTP and over SSE.

What only one transport has (its guard, its limits, how its process ends) is tested with it, in
tests/serve and tests/http.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Literal

import anyio
import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    EmptyResult,
    PingRequest,
    PromptReference,
    Request,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)

from tests.support.double import Account, VultrDouble, account_of
from tests.support.served import TOKEN, served
from tests.support.stage import (
    _STAGE,
    FIXTURES,
    KEY,
    NOW,
    TOOLS,
    _server,
    settings_for,
    structured,
    text_of,
)
from tests.support.world import quick, wired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from mcp.types import Tool

    Connect = Callable[[], AbstractAsyncContextManager[Client]]

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

Transport = Literal["memory", "stdio", "http", "sse"]
Era = Literal["legacy", "modern"]
TRANSPORTS: list[Transport] = ["memory", "stdio", "http", "sse"]
ERAS: dict[Era, str] = {"legacy": "2025-11-25", "modern": "2026-07-28"}
# The SDK's own names for them; "auto" finds out what the server speaks.
MODES: dict[Era, Any] = {"legacy": "legacy", "modern": "auto"}
# Nothing is kept, so that each call asks the double.
SETTINGS: dict[str, Any] = {
    "COST_CACHE_SECONDS": "0",
    "COST_RATE_LIMIT": "1000",
    "COST_STORE": "off",
}
PATIENCE = 60.0
PENDING = "get_pending_charges"
# Two that read differently; every tool is called in tests/tools and in tests/http.
ANSWERED = ["get_cost_overview", "list_invoices"]
SERVERS = [{"id": f"i-{number}", "label": f"server {number}"} for number in range(400)]


@dataclass(frozen=True)
class Way:
    """One way to reach the server: by which transport, in which era."""

    transport: Transport
    era: Era
    connect: Connect
    client: Client
    double: VultrDouble


@asynccontextmanager
async def quickly(opening: Client) -> AsyncIterator[Client]:
    """Connect a client that checks answers with the schemas that another has compiled."""
    async with opening as client:
        yield quick(client)


@asynccontextmanager
async def in_memory(double: VultrDouble, mode: Any) -> AsyncIterator[Connect]:
    """The server in the test's own process, without a transport."""
    async with wired(settings_for(double.url, **SETTINGS), lambda: NOW) as source:
        _STAGE.source = source
        yield lambda: quickly(Client(_server(), mode=mode))


@asynccontextmanager
async def over_stdio(double: VultrDouble, mode: Any) -> AsyncIterator[Connect]:
    """The real program, a process for each client, as a client of the SDK starts it."""
    kept = ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
    given = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251  (of a child)
    given |= {f"VULTR_{name}": value for name, value in SETTINGS.items()}
    given |= {"VULTR_API_URL": double.url, "VULTR_API_KEY": KEY}
    with TemporaryFile("w+", encoding="utf-8") as log:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "vultr_cost_mcp"], env=given
        )
        yield lambda: quickly(Client(stdio_client(command, errlog=log), mode=mode))
        log.seek(0)
        assert log.read() == ""


@asynccontextmanager
async def over_http(double: VultrDouble, mode: Any, kind: Any) -> AsyncIterator[Connect]:
    """The server of a team, with a token."""
    async with served(double, kind=kind, token=TOKEN, **SETTINGS) as server:
        yield lambda: server.client(mode)


def opened(
    transport: Transport, double: VultrDouble, mode: Any
) -> AbstractAsyncContextManager[Connect]:
    """Open a server for clients to connect to."""
    if transport == "memory":
        return in_memory(double, mode)
    if transport == "stdio":
        return over_stdio(double, mode)
    return over_http(double, mode, transport)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for the whole module: connections outlive a test."""
    return "asyncio"


@pytest.fixture(
    scope="module",
    params=[(transport, era) for transport in TRANSPORTS for era in ERAS],
    ids="-".join,
)
async def way(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Way]:
    """A way to the server and a client on it, on the recorded account."""
    del anyio_backend
    transport, era = request.param
    with VultrDouble(account_of(FIXTURES), key=KEY, date=NOW) as double:
        async with opened(transport, double, MODES[era]) as connect, connect() as client:
            yield Way(transport, era, connect, client, double)


@pytest.fixture(scope="module")
async def known(anyio_backend: str) -> dict[str, Tool]:
    """The tools by name, asked of the server without any client."""
    del anyio_backend
    return {tool.name: tool for tool in await _server().list_tools()}


@pytest.fixture
def long_list(way: Way) -> Iterator[VultrDouble]:
    """400 servers, each on a page of its own: a call takes long and can be watched."""
    double, account = way.double, way.double.account
    double.account, double.page_size_cap, double.latency = Account(instances=SERVERS), 1, 0.02
    double.forget()
    yield double
    double.account, double.page_size_cap, double.latency = account, None, 0.0


def plain(tools: dict[str, Tool]) -> dict[str, Any]:
    """Tools as JSON."""
    return {name: tool.model_dump(mode="json", by_alias=True) for name, tool in tools.items()}


async def test_first_contact_agrees_on_the_era(way: Way) -> None:
    """By a handshake or by asking; what the server says of itself is the same."""
    client = way.client
    assert client.protocol_version == ERAS[way.era]
    assert client.server_info is not None
    assert client.server_info.name == "vultr-cost"
    assert client.server_info.version
    assert client.instructions == _server().instructions
    assert client.server_capabilities.tools is not None


async def test_only_what_is_served_is_promised(way: Way) -> None:
    """Neither tools nor anything else change while the server runs: nobody is told to listen."""
    promised = way.client.server_capabilities
    for part in (promised.tools, promised.prompts, promised.resources):
        assert part is None or not part.list_changed
    assert promised.resources is None or not promised.resources.subscribe
    assert promised.logging is None
    assert promised.prompts is not None
    assert promised.completions is not None


async def test_the_server_has_one_small_icon(way: Way) -> None:
    """Every answer of the newer protocol repeats it."""
    info = way.client.server_info
    assert info is not None
    assert info.icons is not None
    (icon,) = info.icons
    # An address has no spaces, quotes or brackets; checkers of the protocol refuse one that has.
    assert re.fullmatch(r"data:image/svg\+xml,[\w%:/.,='-]+", icon.src)
    assert len(icon.src) < 200


async def test_the_list_of_tools_may_be_kept_by_its_reader_alone(way: Way) -> None:
    """It may name accounts."""
    listed = await way.client.list_tools()
    if way.era == "legacy":
        return
    assert (listed.cache_scope, listed.ttl_ms) == ("private", 3_600_000)


async def test_the_instructions_are_short(way: Way) -> None:
    """At most 200 tokens; they say the currency and what no tool knows."""
    said = way.client.instructions or ""
    assert len(said.encode()) <= 200 * 3.5
    assert all(
        words in said for words in ("USD, nothing converted", "CPU load", "other currencies")
    )


async def test_the_same_tools_are_listed(way: Way, known: dict[str, Tool]) -> None:
    """Names, words and schemas, letter for letter."""
    listed = {tool.name: tool for tool in (await way.client.list_tools()).tools}
    assert set(listed) == set(TOOLS)
    assert plain(listed) == plain(known)


@pytest.mark.parametrize("name", ANSWERED)
async def test_every_answer_holds_to_its_schema(
    way: Way, known: dict[str, Tool], name: str
) -> None:
    """And says in words what it says in figures."""
    answer = await way.client.call_tool(name, TOOLS[name])
    figures = structured(answer)
    jsonschema.validate(figures, known[name].output_schema)
    assert figures["account"]
    assert text_of(answer)


async def test_figures_do_not_depend_on_the_way(way: Way) -> None:
    """To the cent, in words and in figures."""
    answer = await way.client.call_tool(PENDING, {"detail": "lines", "limit": 200})
    figures = structured(answer)
    assert figures["total"] == "1361.79"
    assert len(figures["lines"]) == len(way.double.account.pending)
    assert "$1,361.79" in text_of(answer)


async def test_an_unknown_tool_is_an_error_to_read(way: Way) -> None:
    """Not an error of the protocol: the model that invented the name gets to see it."""
    answer = await way.client.call_tool("no_such_tool", {})
    assert answer.is_error
    assert text_of(answer).startswith("There is no tool 'no_such_tool'")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"limt": 1}, "limt: unknown argument (did you mean limit?)"),
        ({"limit": "many"}, "limit: "),
        ({"detail": "linse"}, "did you mean lines?"),
    ],
    ids=str,
)
async def test_wrong_arguments_are_errors_to_read(
    way: Way, arguments: dict[str, Any], told: str
) -> None:
    """Refused before anything is asked of Vultr."""
    way.double.forget()
    answer = await way.client.call_tool(PENDING, arguments)
    assert answer.is_error
    assert text_of(answer).startswith("Invalid arguments: ")
    assert told in text_of(answer)
    assert way.double.count() == 0


async def test_a_cancelled_call_asks_vultr_no_more(way: Way, long_list: VultrDouble) -> None:
    """Its client hears nothing more of it, and goes on with other calls."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up, way)
        with anyio.fail_after(PATIENCE):
            while long_list.count("/instances") < 3:  # noqa: ASYNC110  (it is not told, it looks)
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert await ended(long_list) < len(SERVERS)
    assert (await way.client.list_tools()).tools


async def ended(double: VultrDouble) -> int:
    """Wait until no more requests come, as the server may hear of it late; how many came."""
    before, now = -1, double.count()
    while before < now:
        await anyio.sleep(0.5)
        before, now = now, double.count()
    return now


async def give_up(way: Way) -> None:
    """Make a call that takes long, and be cancelled."""
    # In the earlier era a cancellation is a message, which over HTTP, without sessions, finds no
    # call (docs/http.md): there a client cancels by closing its connection.
    own = (
        way.connect() if (way.transport, way.era) == ("http", "legacy") else nullcontext(way.client)
    )
    async with own as client:
        await client.call_tool("list_idle_instances", {})


async def test_progress_arrives_in_order_before_the_answer(
    way: Way, long_list: VultrDouble
) -> None:
    """With a total that it does not exceed, and words."""
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total is not None
        assert progress <= total
        assert message
        heard.append(progress)

    long_list.account = Account(instances=SERVERS[:5])
    structured(await way.client.call_tool("list_idle_instances", {}, progress_callback=hear))
    assert heard
    assert heard == sorted(heard)


async def test_a_ping_is_answered_where_there_is_one(way: Way) -> None:
    """The later era has none."""
    ping = way.client.session.send_request(PingRequest(), EmptyResult)
    if way.era == "legacy":
        assert isinstance(await ping, EmptyResult)
        return
    with pytest.raises(MCPError) as raised:
        await ping
    assert raised.value.error.code == METHOD_NOT_FOUND


@pytest.mark.parametrize("method", ["tools/delete", "tasks/get", "x"])
async def test_an_unknown_method_is_an_error_of_the_protocol(way: Way, method: str) -> None:
    """And the connection goes on."""
    unknown: Request[Any, Any] = Request(method=method, params={})
    with pytest.raises(MCPError) as raised:
        await way.client.session.send_request(unknown, EmptyResult)
    assert raised.value.error.code == METHOD_NOT_FOUND
    assert (await way.client.list_tools()).tools


async def test_an_unknown_prompt_is_an_error_of_the_protocol(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """It names those that there are; what was asked for is no line of the log."""
    with pytest.raises(MCPError, match="clean_up") as raised:
        await way.client.get_prompt("no such prompt")
    assert raised.value.error.code == INVALID_PARAMS
    assert "no such prompt" not in caplog.text


async def test_the_prompts_are_the_same_on_every_way(way: Way) -> None:
    """Titles, arguments and texts."""
    listed = (await way.client.list_prompts()).prompts
    assert {row.name: row.title for row in listed} == {
        "monthly_review": "Monthly review",
        "why_did_it_change": "Why did it change?",
        "clean_up": "Clean up",
        "before_i_buy": "Before I buy",
    }
    assert listed == await _server().list_prompts()
    for row in listed:
        (message,) = (await way.client.get_prompt(row.name, {})).messages
        assert isinstance(message.content, TextContent)
        assert '"At least"' in message.content.text


async def test_arguments_of_prompts_are_completed(way: Way) -> None:
    """From the names of services, and from Vultr's public lists."""
    review, buying = PromptReference(name="why_did_it_change"), PromptReference(name="before_i_buy")
    services = await way.client.complete(review, {"name": "service", "value": "cloud"})
    assert services.completion.values == ["Cloud GPU", "Cloud Compute"]
    regions: list[str] = []
    with anyio.fail_after(PATIENCE):
        # A list that takes two seconds is left out, and there when the next letter is typed.
        while not regions:
            given = {"name": "region", "value": "new j"}
            regions = (await way.client.complete(buying, given)).completion.values
    assert regions == ["ewr"]
    months = await way.client.complete(review, {"name": "to_month", "value": "cur"})
    assert months.completion.values == ["current_month"]
    free = await way.client.complete(buying, {"name": "what", "value": "a"})
    assert free.completion.values == []


async def test_reference_texts_can_be_read(way: Way) -> None:
    """Coverage, the billing rules, and one rule by its id."""
    listed = {row.uri: row for row in (await way.client.list_resources()).resources}
    assert {"vultr-cost://coverage", "vultr-cost://billing-rules"} <= set(listed)
    for uri, row in listed.items():
        (content,) = (await way.client.read_resource(uri)).contents
        assert content.mime_type == row.mime_type
    (template,) = (await way.client.list_resource_templates()).resource_templates
    rule = ResourceTemplateReference(uri=template.uri_template)
    ids = await way.client.complete(rule, {"name": "rule", "value": "D3"})
    assert ids.completion.values[:2] == ["D3", "D30"]
    (content,) = (await way.client.read_resource("vultr-cost://billing-rules/D4")).contents
    assert isinstance(content, TextResourceContents)
    assert content.text.startswith("# D4\n\nSums are exact")
    with pytest.raises(MCPError, match="no billing rule of that id"):
        await way.client.read_resource("vultr-cost://billing-rules/X1")


async def test_two_clients_at_once_get_each_their_own(way: Way) -> None:
    """Calls of both cross; then one goes away, and the other stays."""
    rows: dict[int, list[int]] = {1: [], 2: []}

    async def ask(client: Client, limit: int) -> None:
        answer = structured(await client.call_tool(PENDING, {"detail": "lines", "limit": limit}))
        rows[limit].append(len(answer["lines"]))

    async with way.connect() as other, anyio.create_task_group() as calls:
        for _ in range(3):
            calls.start_soon(ask, way.client, 1)
            calls.start_soon(ask, other, 2)
    await ask(way.client, 1)
    assert rows == {1: [1] * 4, 2: [2] * 3}
