"""Responses: denials as JSON-RPC errors, and exactly one end for each response."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.types import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR

if TYPE_CHECKING:
    from starlette.types import Message, Send

RequestId = str | int
_OUR_FAULT = 500
_HEADERS: list[tuple[bytes, bytes]] = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


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


class Response:
    """Sends the application's response, and ends one that the application left open."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        self.ended = False
        self.answers: RequestId | None = None
        self._is_stream = False

    async def __call__(self, message: Message) -> None:
        """Send an ASGI message; messages after the end are dropped."""
        if self.ended:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            headers = dict(message.get("headers", ()))
            self._is_stream = headers.get(b"content-type", b"").startswith(b"text/event-stream")
        elif message["type"] == "http.response.body":
            self.ended = not message.get("more_body", False)
        await self._send(message)

    async def json(
        self, status: int, content: Any, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Answer with JSON."""
        await self._whole(status, _encoded(content), headers)

    async def refuse(self, denial: Denial) -> None:
        """Send a denial; if an SSE stream has begun, end it with the denial as an event."""
        body = denial.body(self.answers)
        if not self.begun:
            await self._whole(denial.status, body, denial.headers)
            return
        event = b""
        if self._is_stream and self.answers is not None:
            event = b"event: message\r\ndata: " + body + b"\r\n\r\n"
        await self({"type": "http.response.body", "body": event, "more_body": False})

    async def _whole(self, status: int, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        more = [(name.encode(), value.encode()) for name, value in headers]
        length = (b"content-length", str(len(body)).encode())
        start = {"type": "http.response.start", "status": status}
        await self({**start, "headers": [*_HEADERS, length, *more]})
        await self({"type": "http.response.body", "body": body, "more_body": False})


def _encoded(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
