"""The body of a request: whole, bounded and one message of JSON-RPC before anyone acts on it."""

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
    """A request that is answered with a refusal."""

    def __init__(self, refusal: Denial) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class ClientDisconnectError(Exception):
    """Whoever asked has left before the request was whole."""


@dataclass(frozen=True, slots=True)
class JsonRpcRequest:
    """A message that was sent whole; ``id`` is None when it expects no answer."""

    raw: bytes
    id: RequestId | None

    def again(self, receive: Receive) -> Receive:
        """A ``receive`` that gives the body anew, and then whatever comes after it."""
        waiting: list[Message] = [{"type": "http.request", "body": self.raw, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        return replay


async def read_request(scope: Scope, receive: Receive) -> JsonRpcRequest:
    """Read a message.

    Raises RefusedError when it is none that the server takes, GoneError when it never ended.
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
    """A ``receive`` that says that the client left once ``end`` is set, whether it did or not."""

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
    """The id of a message; what is none gets no further, or the SDK would write it into its log."""
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
    # One with an id that is none would pass for a notification, and whoever sent it would wait.
    if isinstance(message, JSONRPCNotification) and "id" in content:
        raise RefusedError(NO_MESSAGE)
    return message.id if isinstance(message, JSONRPCRequest) else None
