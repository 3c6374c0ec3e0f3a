"""Responses: denials as JSON-RPC errors, and exactly one end for each response."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.types import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RequestId = str | int
# The key of the request's JSON-RPC id in its ASGI scope, once the message has been read.
REQUEST_ID = "jsonrpc_id"
_OUR_FAULT = 500
_HEADERS: list[tuple[bytes, bytes]] = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Denial:
    """An HTTP error: its status, a sentence with the reason, and its headers."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()
    code: int = 0

    def body(self, request_id: RequestId | None = None) -> bytes:
        """Return the denial as a JSON-RPC error: clients show its sentence to the user."""
        code = self.code or (INTERNAL_ERROR if self.status >= _OUR_FAULT else INVALID_REQUEST)
        error = {"code": code, "message": self.text}
        return _encoded({"jsonrpc": "2.0", "id": request_id, "error": error})


BUSY = Denial(503, "The server is busy. Try again in a moment.", (("retry-after", "5"),))
STOPPING = Denial(503, "The server is stopping.", (("retry-after", "5"), ("connection", "close")))
UNREAD = Denial(503, "Too many answers of this session were not read.")
OVER = Denial(404, "The session is over.")
TOO_LONG = Denial(504, "The request took too long and was given up.")
FAILED = Denial(500, "The server failed on something unexpected. Its log says more.")
TOO_LARGE = Denial(413, "The body of the request is too large.")
TOO_SLOW = Denial(
    408, "The body of the request did not arrive in time.", (("connection", "close"),)
)
NOT_JSON = Denial(400, "The body of the request is not JSON.", code=PARSE_ERROR)
NO_MESSAGE = Denial(400, "The body of the request is not one JSON-RPC message.")
NOT_FOUND = Denial(404, "There is nothing at this path.")


class RefusedError(Exception):
    """The request is answered with a denial."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.text)
        self.denial = denial


class ClientDisconnectError(Exception):
    """The client left before its request was complete."""


class ServerErrorMiddleware:
    """Answer each request exactly once: the application's response, a denial, or 500.

    Starlette's class of this name raises an error again after answering, and uvicorn then logs its
    traceback, which may hold data of the account. This one logs only the name of the error, and
    ends an event stream that the application left open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, even after an error; any other ASGI event is ignored."""
        if scope["type"] != "http":
            return
        response = _Response(scope, send)
        try:
            await self._app(scope, receive, response)
        except ClientDisconnectError:
            return
        except RefusedError as error:
            await response.refuse(error.denial)
        except Exception as error:  # noqa: BLE001  (the top: nothing of it may reach the client)
            # Log neither its text nor the path: they may hold request data or account data.
            _log.error("a request failed: %s", _name_of(error))
            await response.refuse(FAILED)


class _Response:
    """Sends the application's response, and ends one that the application left open."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._begun = False
        self._ended = False
        self._is_stream = False

    async def __call__(self, message: Message) -> None:
        """Send an ASGI message; messages after the end are dropped."""
        if self._ended:
            return
        if message["type"] == "http.response.start":
            self._begun = True
            headers = dict(message.get("headers", ()))
            self._is_stream = headers.get(b"content-type", b"").startswith(b"text/event-stream")
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    async def refuse(self, denial: Denial) -> None:
        """Send a denial; if an SSE stream has begun, end it with the denial as an event."""
        request_id: RequestId | None = self._scope.get(REQUEST_ID)
        body = denial.body(request_id)
        if not self._begun:
            await _send_whole(self, denial.status, body, denial.headers)
            return
        event = b""
        if self._is_stream and request_id is not None:
            event = b"event: message\r\ndata: " + body + b"\r\n\r\n"
        await self({"type": "http.response.body", "body": event, "more_body": False})


async def send_json(
    send: Send, status: int, content: Any, headers: tuple[tuple[str, str], ...] = ()
) -> None:
    """Answer with JSON."""
    await _send_whole(send, status, _encoded(content), headers)


async def send_text(send: Send, content_type: str, body: bytes) -> None:
    """Answer 200 with text of a content type."""
    await _send_whole(send, 200, body, (), content_type)


async def _send_whole(
    send: Send,
    status: int,
    body: bytes,
    headers: tuple[tuple[str, str], ...],
    content_type: str = "application/json",
) -> None:
    more = [(name.encode(), value.encode()) for name, value in headers]
    kind = (b"content-type", content_type.encode())
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [kind, *_HEADERS, length, *more]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _encoded(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _name_of(error: Exception) -> str:
    inner: tuple[Exception, ...] = getattr(error, "exceptions", ())
    return ", ".join(sorted({_name_of(each) for each in inner})) or type(error).__name__
