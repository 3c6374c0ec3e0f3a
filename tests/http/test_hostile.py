"""Whatever comes in: a refusal in one sentence, no work done, nothing broken afterwards."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.double import VultrDouble, account_of
from tests.support.served import JSON, PENDING, TOKEN, Kind, Served, served
from tests.support.stage import FIXTURES, KEY, NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

SECRET = "SECRET-OF-A-CALLER"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for all of these tests: whatever came before, the same server goes on."""
    return "asyncio"


@pytest.fixture(scope="module")
def double() -> Iterator[VultrDouble]:
    """Run the recorded account."""
    with VultrDouble(account_of(FIXTURES), key=KEY, date=NOW) as running:
        yield running


@pytest.fixture(scope="module", params=["http", "sse"])
async def server(
    request: pytest.FixtureRequest,
    double: VultrDouble,
    anyio_backend: str,  # noqa: ARG001  (its loop)
) -> AsyncIterator[Served]:
    """Run a server with a token."""
    kind: Kind = request.param
    async with served(double, kind=kind, token=TOKEN) as running:
        yield running


@pytest.fixture(autouse=True)
async def _unmoved(
    server: Served, double: VultrDouble, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[None]:
    """Whatever was asked of it, it did no work, still serves, and has nothing of it in a log."""
    yield
    assert double.count() == 0
    assert (await server.ask("GET", "/healthz", headers={"authorization": None})).status == 200
    assert not [record for record in caplog.records if record.exc_info]
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


def target(server: Served) -> str:
    """Return the path for messages; the SSE session is made up."""
    return "/mcp" if server.kind == "http" else f"/messages?session_id={'0' * 32}"


def is_refusal(content: Any) -> bool:
    """An error of JSON-RPC with one sentence and no trace of the program."""
    text = content["error"]["message"]
    return content["id"] is None and text.endswith(".") and "Traceback" not in text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": None}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"host": "evil.example"}, 421),
        ({"host": f"evil.example:{SECRET}"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example", "authorization": None}, 421),
    ],
)
async def test_who_may_not_ask_gets_no_work_done(
    server: Served, headers: dict[str, str | None], status: int
) -> None:
    """Not one request reaches Vultr, and the answer says nothing of the account."""
    paths = {"http": ["/mcp"], "sse": ["/messages", "/sse"]}[server.kind]
    for path in paths:
        method = "GET" if path == "/sse" else "POST"
        body = None if method == "GET" else PENDING
        answer = await server.ask(method, path, body, headers)
        assert answer.status == status
        assert is_refusal(answer.json)
        assert ("www-authenticate: bearer" in answer.head) == (status == 401)
        assert "access-control" not in answer.head


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\0", 400),
        (b"hello " + SECRET.encode(), 400),
        (b"{", 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"', 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"} x', 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', 400),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', 400),
        ('{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"), 400),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', 400),
        (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}', 400),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b"null", 400),
        (b"1", 400),
        (b'"ping"', 400),
        (b"[]", 400),
        (b"{}", 400),
        (json.dumps([PENDING, PENDING]).encode(), 400),
        (json.dumps({**PENDING, "jsonrpc": "1.0"}).encode(), 400),
        (json.dumps({**PENDING, "id": [SECRET]}).encode(), 400),
        (json.dumps({**PENDING, "id": None}).encode(), 400),
        (json.dumps({**PENDING, "id": 1.5}).encode(), 400),
        (json.dumps({**PENDING, "method": {"a": SECRET}}).encode(), 400),
        (json.dumps({**PENDING, "params": [SECRET]}).encode(), 400),
        (b" " * (1024 * 1024 + 1), 413),
        (b'"' + b"x" * (3 * 1024 * 1024) + b'"', 413),
    ],
    ids=range(28),
)
async def test_what_is_no_message_is_refused(server: Served, body: bytes, status: int) -> None:
    """Garbage, batches, other encodings, endless nesting and numbers that are none."""
    answer = await server.ask(path=target(server), body=body)
    assert answer.status == status
    assert is_refusal(answer.json)
    assert SECRET not in answer.raw.decode()


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/jsonx", "text/plain;application/json", "application/json, text/plain"],
)  # fmt: skip
async def test_only_json_is_taken(server: Served, kind: str | None) -> None:
    """A form on another site cannot send JSON."""
    answer = await server.ask(path=target(server), body=PENDING, headers={"content-type": kind})
    assert answer.status == 415


async def test_chunks_are_counted_as_they_come(server: Served) -> None:
    """A body that does not say its length is cut off at the same size."""
    head = (
        f"POST {target(server)} HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
        f"authorization: Bearer {TOKEN}\r\ncontent-type: {JSON['content-type']}\r\n"
        "connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    ).encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert (await server.send(head + 18 * chunk + b"0\r\n\r\n")).status == 413
    assert (await server.send(head + chunk + b"0\r\n\r\n")).status == 400


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "12, 13", "\u00b2"])
async def test_a_length_that_is_none_is_refused(server: Served, length: str) -> None:
    """By uvicorn or by the application."""
    answer = await server.ask(path=target(server), body=b"{}", headers={"content-length": length})
    assert answer.status in {400, 413}


HOST = b"host: localhost\r\nconnection: close\r\n"


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (b"\r\n\r\n", {400}),
        (b"GET\r\n\r\n", {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
        (b"GET /healthz HTTP/1.1\r\n\r\n", {400}),
        (b"GET /healthz HTTP/1.0\r\n\r\n", {421}),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n\r\n", {400}),
        (b"GET /healthz HTTP/1.1\r\nhost : localhost\r\n\r\n", {400}),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"x: " + b"x" * 40_000 + b"\r\n\r\n", {400, 431}),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"x: y\r\n" * 10_000 + b"\r\n", {400, 431}),
        (b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400, 431}),
        (b"GET /?" + b"x" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400, 431}),
        (b"GET http://localhost/healthz HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
        (b"GET http://evil.example/healthz HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
        (b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"upgrade: websocket\r\n\r\n", {200}),
    ],
    ids=range(18),
)
async def test_what_is_hardly_http_is_refused(
    server: Served, data: bytes, statuses: set[int]
) -> None:
    """By uvicorn or by the application; a name in the target is not taken for ours."""
    assert (await server.send(data)).status in statuses


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]
)
@pytest.mark.parametrize("token", [TOKEN, None])
async def test_each_path_has_its_methods_and_no_more(
    server: Served, method: str, token: str | None
) -> None:
    """No other origin is ever told that it may ask: OPTIONS is a method like any other here."""
    expected = {
        "/mcp": {"http": {"POST"}, "sse": None}[server.kind],
        "/messages": {"http": None, "sse": {"POST"}}[server.kind],
        "/sse": {"http": None, "sse": {"GET"}}[server.kind],
        "/healthz": {"GET", "HEAD"},
        "/": None,
        "/.well-known/oauth-protected-resource": None,
        "/mcp/..": None,
        "/MCP": None,
        "//mcp": None,
        "/mcp%00": None,
        "/docs": None,
    }
    headers = {"authorization": f"Bearer {token}" if token else None}
    for path, methods in expected.items():
        protected = path in {"/mcp", "/messages", "/sse"}
        if methods is not None and method in methods and (token or not protected):
            continue
        answer = await server.ask(method, path, None, headers)
        status = 404 if methods is None else 401 if protected and token is None else 405
        assert (path, answer.status) == (path, status)
        assert (b"" if method == "HEAD" else answer.body) == answer.body
        assert "access-control" not in answer.head
        assert "server:" not in answer.head


async def test_sessions_that_do_not_exist_are_not_found(server: Served) -> None:
    """SSE: each in the SDK's words, which say nothing."""
    if server.kind != "sse":
        return
    for query, status in (("", 400), ("?session_id=x", 400), (f"?session_id={'0' * 32}", 404)):
        answer = await server.ask(path=f"/messages{query}", body=PENDING)
        assert answer.status == status


async def test_no_line_of_a_log_names_what_was_asked(
    server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no access log; what callers send is not repeated."""
    caplog.set_level(logging.INFO)
    await server.ask("GET", f"/healthz?{SECRET}")
    await server.ask("GET", f"/{SECRET}", headers={"x-label": SECRET})
    await server.ask(path=target(server), body={**PENDING, "method": SECRET, "id": []})
    assert SECRET not in caplog.text
