"""The body of a request: bounded, read to its end, and checked to be one JSON-RPC message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from mcp.types import JSONRPCNotification, JSONRPCRequest, jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

from vultr_cost_mcp.transports.guard import values
from vultr_cost_mcp.transports.limits import BODY_SECONDS, MOST_BODY_BYTES
from vultr_cost_mcp.transports.replies import (
    NO_MESSAGE,
    NOT_JSON,
    TOO_LARGE,
    TOO_SLOW,
    Denial,
    RequestId,
)

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

NOT_OF_JSON = Denial(415, "The request's content type must be application/json.")


class RefusedError(Exception):
    """The request is answered with a denial."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.text)
        self.denial = denial


class ClientDisconnectError(Exception):
    """The client left before its request was complete."""


@dataclass(frozen=True, slots=True)
class JsonRpcRequest:
    """A complete JSON-RPC message; ``id`` is None if it expects no answer."""

    raw: bytes
    id: RequestId | None

    def again(self, receive: Receive) -> Receive:
        """Return a ``receive`` that replays the body, then passes on later messages."""
        waiting: list[Message] = [{"type": "http.request", "body": self.raw, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        return replay


async def read_request(scope: Scope, receive: Receive) -> JsonRpcRequest:
    """Read the request's message.

    Raises RefusedError if the server does not accept it, ClientDisconnectError if the client left
    before the body was complete.
    """
    kinds = values(scope, b"content-type")
    kind = kinds[0].partition(b";")[0].strip().lower() if len(kinds) == 1 else b""
    if kind != b"application/json":
        raise RefusedError(NOT_OF_JSON)
    try:
        with anyio.fail_after(BODY_SECONDS):
            raw = await _read(scope, receive)
    except TimeoutError:
        raise RefusedError(TOO_SLOW) from None
    return JsonRpcRequest(raw, _checked(raw))


def until(end: anyio.Event, receive: Receive) -> Receive:
    """Return a ``receive`` that reports a disconnect as soon as ``end`` is set."""

    async def listen() -> Message:
        heard: Message = {"type": "http.disconnect"}
        if end.is_set():
            return heard

        async with anyio.create_task_group() as tasks:

            async def ended() -> None:
                await end.wait()
                tasks.cancel_scope.cancel()

            tasks.start_soon(ended)
            heard = await receive()
            tasks.cancel_scope.cancel()
        return heard

    return listen


async def _read(scope: Scope, receive: Receive) -> bytes:
    lengths = values(scope, b"content-length")
    if lengths and (not lengths[0].isdigit() or int(lengths[0][:20]) > MOST_BODY_BYTES):
        raise RefusedError(TOO_LARGE)
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


def _checked(raw: bytes) -> RequestId | None:
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
