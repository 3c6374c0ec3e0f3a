"""The list of middlewares as a whole: what each rejects, and which speaks first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from pydantic import SecretStr

from tests.support.served import TOKEN, message
from vultr_cost_mcp.transports import app as app_module
from vultr_cost_mcp.transports import authentication, limits
from vultr_cost_mcp.transports.app import App
from vultr_cost_mcp.transports.client_address import Peers
from vultr_cost_mcp.transports.health import Readiness
from vultr_cost_mcp.transports.http_config import HttpConfig
from vultr_cost_mcp.transports.routing import Endpoint

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

HEADERS = {
    "host": "localhost",
    "authorization": f"Bearer {TOKEN}",
    "content-type": "application/json",
}
CALL = json.dumps(message("tools/list")).encode()
pytestmark = pytest.mark.anyio


class Caller:
    """One application with one endpoint, and requests to it."""

    def __init__(self) -> None:
        config = HttpConfig("http", token=SecretStr(TOKEN))
        endpoints = {"/mcp": Endpoint("POST", self.answer)}
        self.app = App(config, Peers(), Readiness(self.ready), endpoints)
        self.bodies: list[bytes] = []
        self.seconds = 0.0
        self.raised: Exception | None = None

    async def ready(self) -> str:
        """Find Vultr ready."""
        return "ready"

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the SDK does, after ``seconds``."""
        assert scope["type"] == "http"
        self.bodies.append((await receive())["body"])
        await anyio.sleep(self.seconds)
        if self.raised is not None:
            raise self.raised
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def status(
        self,
        method: str = "POST",
        path: str = "/mcp",
        body: bytes = CALL,
        client: str = "127.0.0.1",
        **headers: str | None,
    ) -> int:
        """Return the status of a request; ``headers`` replace those of a good one."""
        given = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
        rows = [(k.encode(), v.encode()) for k, v in given.items() if v is not None]
        scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": rows}
        scope["client"] = (client, 4711)
        sent: list[Message] = []
        bodies = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not bodies:
                await anyio.sleep_forever()
            return bodies.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]
        self.body = json.loads(sent[1]["body"])
        status: int = sent[0]["status"]
        return status


@pytest.fixture(autouse=True)
def _answer_wrong_tokens_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "WRONG_TOKEN_SECONDS", 0)


async def test_a_good_request_reaches_the_endpoint() -> None:
    """With its body as it was sent."""
    caller = Caller()
    assert await caller.status() == 200
    assert caller.bodies == [CALL]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "http://evil.example/mcp"}, 400),
        ({"x_long": "x" * 17_000}, 431),
        ({"content_length": "5", "transfer_encoding": "chunked"}, 400),
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"path": "/other"}, 404),
        ({"authorization": None}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"method": "DELETE"}, 405),
        ({"content_type": "text/plain"}, 415),
        ({"content_length": "9999999"}, 413),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 400),
    ],
)
async def test_each_middleware_rejects_its_requests(request_: dict[str, Any], status: int) -> None:
    """None of them reaches the endpoint, and each answer is a JSON-RPC error."""
    caller = Caller()
    assert await caller.status(**request_) == status
    assert caller.bodies == []
    assert caller.body["error"]["message"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "*", "host": "evil.example"}, 400),
        ({"host": "evil.example", "origin": "http://evil.example"}, 421),
        ({"path": "/healthz", "method": "GET", "host": "evil.example"}, 421),
        ({"path": "/healthz", "method": "GET", "origin": "http://evil.example"}, 403),
        ({"path": "/other", "authorization": None}, 404),
        ({"method": "DELETE", "authorization": None}, 401),
        ({"method": "DELETE", "content_type": "text/plain"}, 405),
    ],
)
async def test_the_first_reason_to_reject_is_given(request_: dict[str, Any], status: int) -> None:
    """A stranger learns no more than that the server does not answer it."""
    assert await Caller().status(**request_) == status


async def test_probes_need_no_token() -> None:
    """They do not reach the endpoint either."""
    caller = Caller()
    for path in ("/healthz", "/readyz", "/readyz/"):
        assert await caller.status("GET", path, authorization=None) == 200
    assert await caller.status("POST", "/healthz") == 405
    assert caller.bodies == []


async def test_too_many_wrong_tokens_are_told_to_wait() -> None:
    """An address of another machine has ten attempts."""
    caller, stranger = Caller(), "203.0.113.7"
    wrong = [await caller.status(client=stranger, authorization="Bearer wrong") for _ in range(12)]
    assert wrong == [401] * 10 + [429] * 2
    assert await caller.status(client=stranger) == 429
    assert await caller.status(client="203.0.113.8") == 200


async def test_a_call_beyond_the_limit_is_busy() -> None:
    """It does not wait for its turn."""
    caller = Caller()
    caller.app.calls.taken = limits.MOST_CALLS
    assert await caller.status() == 503
    assert caller.bodies == []


async def test_a_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the id of the request, so that the client can tell which."""
    monkeypatch.setattr(app_module, "REQUEST_SECONDS", 0.01)
    caller = Caller()
    caller.seconds = 60
    assert await caller.status() == 504
    assert caller.body["id"] == 7


async def test_an_error_is_answered_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """Nor is its text logged: it may hold data of the account."""
    caller = Caller()
    caller.raised = ValueError("private")
    assert await caller.status() == 500
    assert caller.body["id"] == 7
    assert "private" not in json.dumps(caller.body) + caplog.text
    assert "ValueError" in caplog.text


async def test_a_request_that_the_stop_interrupts_is_told_so() -> None:
    """Once when it is asked to end, once when it is cancelled."""
    caller = Caller()
    caller.seconds = 60

    async def end() -> None:
        while not caller.bodies:
            await anyio.lowlevel.checkpoint()
        caller.app.shutdown.stop()
        caller.app.shutdown.cut()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end)
        assert await caller.status() == 503
    assert "stopping" in caller.body["error"]["message"]
