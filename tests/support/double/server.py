"""The double itself: a threaded HTTP server on the loopback address that serves one account."""

from __future__ import annotations

import socket
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from email.utils import format_datetime, formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from .faults import INVALID_TOKEN, RATE_LIMITED, Fault, Reply, Rule, Status, Visit, answer
from .routes import Route, content, find_route
from .wire import cursor, encode, offset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from .account import Account

KEY = "TEST-KEY-0123456789ABCDEF"
PREFIX = "/v2"
PER_PAGE = 100
MOST_PER_PAGE = 500
PIECES = 8


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; ``path`` is without ``/v2``, ``at`` is monotonic seconds."""

    method: str
    path: str
    query: dict[str, str]
    at: float
    had_key: bool
    headers: dict[str, str] = field(repr=False)


class VultrDouble:
    """Serves an account at ``url`` until stopped; everything about it may be changed meanwhile.

    ``page_size_cap`` makes pages smaller than asked, ``latency`` delays every answer by seconds,
    ``rate_limit`` answers 429 beyond so many requests in any one second, ``date`` is what the Date
    header says (None: now), ``on_request`` is called before each answer and may change the account.
    """

    def __init__(
        self,
        account: Account,
        *,
        key: str = KEY,
        page_size_cap: int | None = None,
        latency: float = 0.0,
        rate_limit: int | None = None,
        date: datetime | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        """Take the account; nothing listens before ``start`` or ``with``."""
        self.account = account
        self.key = key
        self.page_size_cap = page_size_cap
        self.latency = latency
        self.rate_limit = rate_limit
        self.date = date
        self.rules: list[Rule] = list(rules)
        self.on_request: Callable[[Request], None] | None = None
        self.stopping = threading.Event()
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._kept: socket.socket | None = None

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1, in a thread."""
        self.stopping.clear()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.double = self
        run = {"poll_interval": 0.02}
        threading.Thread(target=self._server.serve_forever, kwargs=run, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port and every open connection; requests that hang are let go."""
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._server = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def refuse(self) -> None:
        """Stop, and keep the port, so that nobody else answers there."""
        port = self.port
        self.stop()
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(("127.0.0.1", port))

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            msg = "the double is not running"
            raise RuntimeError(msg)
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base address, as ``VULTR_API_URL`` takes it."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def fail(
        self,
        path: str,
        fault: Fault,
        *,
        times: int | None = None,
        page: int | None = None,
        after: int = 0,
    ) -> Rule:
        """Put a fault on a path (see ``Rule``); take it off with ``heal``."""
        rule = Rule(path, fault, times, page, after)
        self.rules.append(rule)
        return rule

    def heal(self, path: str | None = None) -> None:
        """Take the faults of a path away, or all of them."""
        self.rules = [] if path is None else [rule for rule in self.rules if rule.path != path]

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in order of arrival."""
        with self._lock:
            return list(self._requests)

    def forget(self) -> None:
        """Empty the record of requests."""
        with self._lock:
            self._requests.clear()

    def count(self, path: str | None = None) -> int:
        """How many requests came, for one path or in all."""
        return sum(1 for request in self.requests if path in (None, request.path))

    def most_in_one_second(self) -> int:
        """The largest number of requests within any one second."""
        times = sorted(request.at for request in self.requests)
        windows = (bisect_left(times, at + 1) - index for index, at in enumerate(times))
        return max(windows, default=0)

    def respond(self, request: Request, bearer: str) -> Reply:
        """The reply to a request, faults included."""
        with self._lock:
            self._requests.append(request)
        if self.on_request is not None:
            self.on_request(request)
        found = find_route(request.path)
        route = found[0] if found else None
        visit = self._visit(request, route)
        faults = self._faults(visit, route.template if route else request.path)
        if self._is_too_fast(request):
            return answer({}, [RATE_LIMITED], visit)
        refusal = self._refusal(request, route, bearer)
        payload = refusal or self._payload(request, found, visit)
        if isinstance(payload, Status):
            return answer({}, [payload, *faults], visit)
        return answer(payload, faults, visit)

    def _faults(self, visit: Visit, template: str) -> list[Fault]:
        with self._lock:
            return [rule.fault for rule in self.rules if rule.strikes(visit, template)]

    def _is_too_fast(self, request: Request) -> bool:
        if self.rate_limit is None:
            return False
        recent = sum(1 for earlier in self.requests if 0 <= request.at - earlier.at < 1)
        return recent > self.rate_limit

    def _refusal(self, request: Request, route: Route | None, bearer: str) -> Status | None:
        if request.method != "GET":
            return Status(405, "Method not allowed. Must be one of: GET")
        if route is not None and route.public and not bearer:
            return None
        return None if bearer == f"Bearer {self.key}" else INVALID_TOKEN

    def _visit(self, request: Request, route: Route | None) -> Visit:
        size = self._page_size(request)
        begin = offset_of(request.query.get("cursor", "")) or 0
        return Visit(
            path=request.path,
            page=begin // size + 1,
            envelope=route.envelope if route else "",
            cursor=request.query.get("cursor", ""),
            per_page=size,
        )

    def _page_size(self, request: Request) -> int:
        asked = request.query.get("per_page", "")
        size = int(asked) if asked.isdigit() and int(asked) > 0 else PER_PAGE
        return min(size, self.page_size_cap or size)

    def _payload(
        self, request: Request, found: tuple[Route, str] | None, visit: Visit
    ) -> dict[str, Any] | Status:
        if found is None:
            return Status(404, "Invalid resource.")
        route, wanted = found
        held = content(self.account, route, wanted, request.query)
        if held is None:
            return Status(404, f"Invalid {route.template.split('/')[1].rstrip('s')} ID.")
        if isinstance(held, list) and route.paging != "none":
            return _page(route, held, request.query, visit)
        return {route.envelope: held}


def _page(
    route: Route, rows: list[Any], query: dict[str, str], visit: Visit
) -> dict[str, Any] | Status:
    total = len(rows)
    if route.paging == "total":
        return {route.envelope: rows, "meta": {"total": total}}
    if route.paging == "nested":
        links = {"next": "", "prev": ""}
        return {route.envelope: rows, "meta": {"meta": {"total": total, "links": links}}}
    if int(query.get("per_page") or 0) > MOST_PER_PAGE:
        return Status(400, f"per_page must not be more than {MOST_PER_PAGE}.")
    begin = offset_of(query["cursor"]) if query.get("cursor") else 0
    if begin is None:
        return Status(400, "Invalid cursor.")
    end = begin + visit.per_page
    links = {
        "next": cursor(end) if end < total else "",
        "prev": cursor(max(0, begin - visit.per_page)) if begin else "",
    }
    return {route.envelope: rows[begin:end], "meta": {"total": total, "links": links}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    double: VultrDouble

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of the double."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True
    server_version = "nginx"
    sys_version = ""

    def do_GET(self) -> None:
        double = cast("_Server", self.server).double
        url = urlsplit(self.path)
        bearer = self.headers.get("Authorization", "")
        request = Request(
            method=self.command,
            path=unquote(url.path).removeprefix(PREFIX),
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            at=time.monotonic(),
            had_key=bool(bearer),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            reply = double.respond(request, bearer)
        except Exception as error:  # noqa: BLE001 - a fault of the double must be seen by its user
            body = encode({"error": f"The double failed: {error!r}", "status": 599})
            reply = Reply(body, 599)
        self._send(double, reply)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - names of the base

    def _send(self, double: VultrDouble, reply: Reply) -> None:
        if reply.hang:
            double.stopping.wait()
            self.close_connection = True
            return
        double.stopping.wait(double.latency + reply.wait_before)
        if reply.send_only is not None:
            self.close_connection = True
            if reply.send_only < 0:
                return
        head = self._head(double, reply)
        body = reply.body[: reply.send_only]
        if self.command == "HEAD":
            body = b""
        self._write(double, head, body, reply.dribble)

    def _head(self, double: VultrDouble, reply: Reply) -> bytes:
        date = format_datetime(double.date, usegmt=True) if double.date else formatdate(usegmt=True)
        lines = [
            f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Status',))[0]}",
            f"Date: {date}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _write(self, double: VultrDouble, head: bytes, body: bytes, dribble: float) -> None:
        if not dribble:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        step = max(1, -(-len(body) // PIECES))
        for begin in range(0, len(body), step):
            double.stopping.wait(dribble / PIECES)
            self.wfile.write(body[begin : begin + step])

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base's name
        """Nothing is printed."""
