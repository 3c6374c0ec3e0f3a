"""The body of a request: bounded, read to its end, and checked to be one JSON-RPC message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from mcp.types import JSONRPCNotification, JSONRPCRequest, jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

from vultr_cost_mcp.transports.access import values
from vultr_cost_mcp.transports.limits import BODY_SECONDS, MOST_BODY_BYTES
from vultr_cost_mcp.transports.replies import (
    NO_MESSAGE,
    NOT_JSON,
    REQUEST_ID,
    TOO_LARGE,
    TOO_SLOW,
    ClientDisconnectError,
    Denial,
    RefusedError,
    RequestId,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOT_OF_JSON = Denial(415, "The request's content type must be application/json.")


class JsonRpcMiddleware:
    """Read a posted body and pass it on only if it is one JSON-RPC message.

    The SDK would read a body of any length as long as it takes, and log the content of an invalid
    one. The id of the message is kept in ``scope``, so that a later error can name it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the message on.

        Raises RefusedError if the server does not accept it, ClientDisconnectError if the client
        left before the body was complete.
        """
        if scope["method"] == "POST":
            raw = await _read(scope, receive)
            scope[REQUEST_ID] = _id_of(raw)
            receive = _replay(raw, receive)
        await self._app(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that replays the body, then passes on later messages."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _read(scope: Scope, receive: Receive) -> bytes:
    kinds = values(scope, b"content-type")
    kind = kinds[0].partition(b";")[0].strip().lower() if len(kinds) == 1 else b""
    if kind != b"application/json":
        raise RefusedError(NOT_OF_JSON)
    lengths = values(scope, b"content-length")
    if lengths and (not lengths[0].isdigit() or int(lengths[0][:20]) > MOST_BODY_BYTES):
        raise RefusedError(TOO_LARGE)
    try:
        with anyio.fail_after(BODY_SECONDS):
            return await _all_of(receive)
    except TimeoutError:
        raise RefusedError(TOO_SLOW) from None


async def _all_of(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnectError
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            raise RefusedError(TOO_LARGE)
        if not message.get("more_body", False):
            return bytes(body)


def _id_of(raw: bytes) -> RequestId | None:
    """Return the id of a message. Raise RefusedError if invalid: the SDK would log its content."""
    try:
        content = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise RefusedError(NOT_JSON) from None
    if not isinstance(content, dict):
        raise RefusedError(NO_MESSAGE)
    try:
        message = jsonrpc_message_adapter.validate_python(content, by_name=False)
    except ValidationError:
        raise RefusedError(NO_MESSAGE) from None
    # Reject an invalid `id`: treated as a notification it would leave the client waiting.
    if isinstance(message, JSONRPCNotification) and "id" in content:
        raise RefusedError(NO_MESSAGE)
    return message.id if isinstance(message, JSONRPCRequest) else None
