"""Listening: refusals by configuration, and messages for failures."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from mcp.server.mcpserver import MCPServer
from pydantic import SecretStr

from tests.support.served import EVERYWHERE, TOKEN, served
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.transports.http import serve_http
from vultr_cost_mcp.transports.http_config import HttpConfig, ListenError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.255.255.1", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("token", [None, "", "  "])
async def test_beyond_this_machine_a_token_is_needed(host: str, token: str | None) -> None:
    """It does not start, and says what to do."""
    door = HttpConfig("http", host, 0, None if token is None else SecretStr(token))
    with pytest.raises(ConfigError, match="VULTR_COST_HTTP_TOKEN") as caught:
        await door.open()
    assert host in str(caught.value)


PUBLIC = ["costs.example.com", "costs.example.com:8443", "10.0.0.5", "[2001:db8::1]", "localhost.x"]


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("token", [None, "", "  "])
async def test_a_public_name_needs_a_token_too(name: str, token: str | None) -> None:
    """A proxy on this machine passes on what strangers ask by it."""
    secret = None if token is None else SecretStr(token)
    door = HttpConfig("http", "127.0.0.1", 0, secret, ("localhost", name))
    with pytest.raises(ConfigError, match="VULTR_COST_HTTP_TOKEN") as caught:
        await door.open()
    assert "--no-auth" in str(caught.value)
    assert name.partition(":")[0].strip("[") in str(caught.value)


async def test_a_host_by_a_name_of_its_own_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is one of this machine's addresses: a proxy may be asked by that name."""

    async def resolve(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr("vultr_cost_mcp.transports.http_config.anyio.getaddrinfo", resolve)
    with pytest.raises(ConfigError, match=r"costs\.example\.com"):
        await HttpConfig("http", "costs.example.com", 0).open()


@pytest.mark.parametrize("names", [(), ("localhost",), ("localhost:9000", "127.0.0.1", "[::1]")])
@pytest.mark.parametrize("token", [None, "short"])
async def test_names_of_this_machine_need_none(names: tuple[str, ...], token: str | None) -> None:
    """Nobody else can ask by them; a short token is a choice there."""
    secret = None if token is None else SecretStr(token)
    (listener,) = await HttpConfig("http", "127.0.0.1", 0, secret, names).open()
    listener.close()


@pytest.mark.parametrize("token", ["a", "0123456789abcde", " 0123456789abcde "])
@pytest.mark.parametrize(
    ("host", "names"), [(EVERYWHERE, ()), ("::", ()), ("127.0.0.1", ("costs.example.com",))]
)
async def test_a_token_that_can_be_guessed_does_not_open_the_door(
    token: str, host: str, names: tuple[str, ...]
) -> None:
    """Sixteen characters at least; it is not repeated."""
    with pytest.raises(ConfigError, match="at least 16") as caught:
        await HttpConfig("http", host, 0, SecretStr(token), names).open()
    assert len(token) == 1 or token.strip() not in str(caught.value)
    (listener,) = await HttpConfig(
        "http", host, 0, SecretStr(f"{token.strip()}{'f' * 15}"), names
    ).open()
    listener.close()


async def test_no_auth_is_said_on_purpose(caplog: pytest.LogCaptureFixture) -> None:
    """Then it serves, and the log warns."""
    async with served(
        host=EVERYWHERE, allowed_hosts=("costs.example.com",), no_auth=True
    ) as server:
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {}}
        assert (await server.ask(body=ping, headers={"host": "costs.example.com"})).status == 200
        assert (await server.ask(body=ping, headers={"host": "evil.example"})).status == 421
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warned) == 1
    assert "--no-auth" in warned[0]


async def test_no_auth_and_a_token_contradict_each_other() -> None:
    """Neither is ignored in silence."""
    door = HttpConfig("http", "127.0.0.1", 0, SecretStr(TOKEN), no_auth=True)
    with pytest.raises(ConfigError, match="leave out one"):
        await door.open()


@pytest.mark.parametrize("host", [EVERYWHERE, "127.0.0.1"])
async def test_a_token_that_nobody_expanded_does_not_open_the_door(host: str) -> None:
    """Not even on this machine: whoever set it meant to be asked for one."""
    door = HttpConfig("http", host, 0, SecretStr("${VULTR_COST_HTTP_TOKEN}"))
    server: MCPServer[object] = MCPServer("test")
    with pytest.raises(ConfigError, match="placeholder"):
        await serve_http(server, door, ready=_never, on_listening=pytest.fail)


async def _never() -> str:
    return "never"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.3"])
async def test_on_this_machine_none_is_needed(host: str) -> None:
    """And it listens there and nowhere else."""
    listeners = await HttpConfig("http", host, 0).open()
    try:
        assert {listener.getsockname()[0] for listener in listeners} <= {
            "127.0.0.1",
            "127.0.0.3",
            "::1",
        }
    finally:
        for listener in listeners:
            listener.close()


async def test_with_a_token_it_listens_everywhere() -> None:
    """Every address of the machine."""
    (listener,) = await HttpConfig("http", EVERYWHERE, 0, SecretStr(TOKEN)).open()
    with listener:
        assert listener.getsockname()[0] == EVERYWHERE


async def test_a_port_that_is_taken_is_said_in_a_sentence(taken: int) -> None:
    """No wrong setting, and no traceback either."""
    with pytest.raises(ListenError, match=f"port {taken}: address already in use") as caught:
        await HttpConfig("http", port=taken).open()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["", " ", "no such host", "a..b", "x" * 300, "nul\0"])
async def test_what_is_no_host_is_a_wrong_setting(host: str) -> None:
    """Said without repeating it."""
    with pytest.raises(ConfigError, match="--host"):
        await HttpConfig("http", host, 0, SecretStr(TOKEN)).open()


@pytest.mark.parametrize("port", [-1, 65_536, 10**9])
async def test_what_is_no_port_is_a_wrong_setting(port: int) -> None:
    """Before anything is looked up."""
    with pytest.raises(ConfigError, match="--port"):
        await HttpConfig("http", port=port).open()


async def test_bound_wide_it_still_checks_host_origin_and_token() -> None:
    """The SDK switches its own checks off here."""
    async with served(host=EVERYWHERE, token=TOKEN, allowed_hosts=("costs.example.com",)) as server:
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {}}
        assert (await server.ask(body=ping)).status == 200
        assert (await server.ask(body=ping, headers={"host": "costs.example.com"})).status == 200
        assert (await server.ask(body=ping, headers={"host": "evil.example"})).status == 421
        assert (
            await server.ask(body=ping, headers={"origin": "http://evil.example"})
        ).status == 403
        assert (await server.ask(body=ping, headers={"authorization": None})).status == 401
