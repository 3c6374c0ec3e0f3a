"""Faults of the network, one small class each; a rule says where and how often."""

# ruff: noqa: ARG002 - every fault has the signature of the base

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from .wire import cursor, encode, money_as

if TYPE_CHECKING:
    from collections.abc import Callable

JSON_TYPE = "application/json"
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """The request a fault acts on: path, page number from 1, envelope key, its cursor."""

    path: str
    page: int
    envelope: str
    cursor: str
    per_page: int


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as bytes, and how it is put on the wire."""

    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    wait_before: float = 0.0
    dribble: float = 0.0
    send_only: int | None = None
    hang: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """The base: changes the payload before it is encoded, or the reply after."""

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with the fault in it."""
        return payload

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The reply with the fault in it."""
        return reply


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """An error status with Vultr's JSON body or HTML; ``retry_after`` is seconds or a date."""

    code: int
    error: str = "Server error."
    html: bool = False
    retry_after: float | str | None = None
    retry_after_as_date: bool = False

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The error instead of the answer."""
        body, kind = json.dumps({"error": self.error, "status": self.code}), JSON_TYPE
        if self.html:
            page = "<html><head><title>{0}</title></head><body><h1>{0} {1}</h1></body></html>"
            body, kind = page.format(self.code, self.error), "text/html"
        return replace(
            reply, body=body.encode(), status=self.code, content_type=kind, headers=self._wait()
        )

    def _wait(self) -> tuple[tuple[str, str], ...]:
        if self.retry_after is None:
            return ()
        text = str(self.retry_after)
        if self.retry_after_as_date:
            wait = timedelta(seconds=float(self.retry_after))
            now = datetime.now(UTC)  # noqa: TID251 - a server's Date is the wall clock's
            text = format_datetime(now + wait, usegmt=True)
        return (("Retry-After", text),)


@dataclass(frozen=True, slots=True)
class Redirect(Fault):
    """A redirect to another address."""

    location: str
    code: int = 302

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The redirect instead of the answer."""
        return replace(reply, body=b"", status=self.code, headers=(("Location", self.location),))


@dataclass(frozen=True, slots=True)
class Hang(Fault):
    """The request is taken and never answered while the double runs."""

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """No answer."""
        return replace(reply, hang=True)


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The whole answer, this many seconds late."""

    seconds: float

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The late answer."""
        return replace(reply, wait_before=self.seconds)


@dataclass(frozen=True, slots=True)
class Dribble(Fault):
    """The whole answer in pieces, spread over this many seconds."""

    seconds: float

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The answer in pieces."""
        return replace(reply, dribble=self.seconds)


@dataclass(frozen=True, slots=True)
class Drop(Fault):
    """The connection is closed after this share of the body; ``headers=False`` before any byte."""

    share: float = 0.5
    headers: bool = True

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """A body shorter than its Content-Length."""
        return replace(reply, send_only=int(len(reply.body) * self.share) if self.headers else -1)


@dataclass(frozen=True, slots=True)
class Truncated(Fault):
    """JSON that ends in the middle, complete as far as HTTP can tell."""

    share: float = 0.5

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The first part of the body."""
        return replace(reply, body=reply.body[: int(len(reply.body) * self.share)])


@dataclass(frozen=True, slots=True)
class Body(Fault):
    """Any bytes at all: garbage, an empty body, HTML with status 200."""

    body: bytes
    content_type: str = JSON_TYPE
    status: int = 200

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """These bytes instead of the answer."""
        return replace(reply, body=self.body, content_type=self.content_type, status=self.status)


ShapeKind = Literal[
    "top_list", "top_null", "top_string", "no_envelope", "null", "object", "list", "null_rows",
    "string_rows", "empty_rows",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape(Fault):
    """A wrong shape: the top (``top_...``), the envelope's value, or its rows.

    ``object`` puts the first row where the list is promised, ``list`` wraps an object in a list,
    ``null_rows`` and ``string_rows`` put a null or a string between the rows, ``empty_rows`` makes
    each row ``{}``.
    """

    kind: ShapeKind

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with its envelope changed."""
        held = payload.get(visit.envelope)
        rows = held if isinstance(held, list) else [held]
        made: dict[str, Callable[[], Any]] = {
            "null": lambda: None,
            "object": lambda: rows[0] if rows else {},
            "list": lambda: rows,
            "null_rows": lambda: [None, *rows, None],
            "string_rows": lambda: [*rows, "surprise"],
            "empty_rows": lambda: [{} for _ in rows],
        }
        if self.kind == "no_envelope":
            return {key: value for key, value in payload.items() if key != visit.envelope}
        if self.kind in made:
            return {**payload, visit.envelope: made[self.kind]()}
        return payload

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The body with its top changed."""
        tops = {"top_list": b"[" + reply.body + b"]", "top_null": b"null", "top_string": b'"ok"'}
        return replace(reply, body=tops.get(self.kind, reply.body))


@dataclass(frozen=True, slots=True)
class Meta(Fault):
    """Another ``meta``: nested twice, missing, null, no or null links, or a larger total."""

    kind: Literal["nested", "missing", "null", "no_links", "null_links", "larger_total"]

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with this meta."""
        rest = {key: value for key, value in payload.items() if key != "meta"}
        if self.kind == "missing":
            return rest
        return {**rest, "meta": self._made(payload.get("meta") or {})}

    def _made(self, meta: Payload) -> Any:
        total = meta.get("total", 0)
        return {
            "nested": {"meta": meta},
            "null": None,
            "no_links": {"total": total},
            "null_links": {"total": total, "links": None},
            "larger_total": {**meta, "total": total + 1},
        }[self.kind]


def _with_next(payload: Payload, link: str) -> Payload:
    meta = payload.get("meta") or {}
    return {**payload, "meta": {**meta, "links": {"next": link, "prev": ""}}}


@dataclass(frozen=True, slots=True)
class RepeatCursor(Fault):
    """Every page points to one and the same cursor, the second page to itself."""

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload whose next cursor never changes."""
        return _with_next(payload, visit.cursor or cursor(visit.per_page))


@dataclass(frozen=True, slots=True)
class EndlessCursor(Fault):
    """Every page points to a new cursor; pages past the end are empty."""

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with a next cursor that was never seen."""
        return _with_next(payload, cursor(visit.page * visit.per_page))


@dataclass(frozen=True, slots=True)
class Duplicate(Fault):
    """The last row of each page comes twice, as when rows move while a list is being read."""

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with its last row repeated."""
        rows = payload.get(visit.envelope)
        return {**payload, visit.envelope: [*rows, rows[-1]]} if rows else payload


@dataclass(frozen=True, slots=True)
class Money(Fault):
    """Money as ``string``, ``float``, or ``int`` where it is whole."""

    style: Literal["string", "float", "int"]

    def payload(self, payload: Payload, visit: Visit) -> Payload:
        """The payload with its money in that shape."""
        styled: Payload = money_as(self.style, payload)
        return styled


INVALID_TOKEN = Status(401, "Invalid API token.")
NO_BILLING_401 = Status(401, "Unauthorized: billing permission required.")
NO_BILLING_403 = Status(403, "Forbidden: billing permission required.")
RATE_LIMITED = Status(
    429, "Rate limit reached - please try your request again later.", retry_after=1
)


def address_not_allowed(address: str = "203.0.113.7", code: int = 401) -> Status:
    """The answer to a key that is used from an address outside its access list."""
    return Status(code, f"Unauthorized IP address: {address}")


@dataclass
class Rule:
    """One fault on the paths that match, ``times`` times (None: always), from call ``after`` on.

    ``path`` is a path, a template (``/instances/{instance-id}/bandwidth``) or a pattern
    (``/instances/*``, ``*``); ``page`` keeps the fault to that page, counted from 1.
    """

    path: str
    fault: Fault
    times: int | None = None
    page: int | None = None
    after: int = 0
    seen: int = field(default=0, init=False)

    def strikes(self, visit: Visit, template: str) -> bool:
        """Return whether this visit meets the fault; count the visits that match."""
        if self.path not in (visit.path, template) and not fnmatchcase(visit.path, self.path):
            return False
        if self.page is not None and self.page != visit.page:
            return False
        self.seen += 1
        turn = self.seen - self.after
        return turn > 0 and (self.times is None or turn <= self.times)


def answer(payload: Payload, faults: list[Fault], visit: Visit) -> Reply:
    """The reply to a visit with these faults in it, in order."""
    for fault in faults:
        payload = fault.payload(payload, visit)
    reply = Reply(encode(payload))
    for fault in faults:
        reply = fault.reply(reply, visit)
    return reply
