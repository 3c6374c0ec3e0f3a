"""A double of Vultr's API in bad weather, in a process of its own, on a port that stays its own."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random  # noqa: TID251  (seeded: the same weather each time)
from typing import TYPE_CHECKING, Any

from tests.support.double import NO_BILLING_403, RATE_LIMITED, Drop, Fault, Slow, Status, Truncated
from tests.support.double.server import KEY, Request, VultrDouble, _Handler, _Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from typing import Self

    from tests.soak.clock import Clock
    from tests.support.double import Account
    from tests.support.double.faults import Reply, Visit

PATIENCE = 60
# 429s of the weather are told from those that a client brings on itself.
PASSING: tuple[Fault, ...] = (
    Status(500),
    Status(502, "Bad Gateway", html=True),
    Drop(0.5),
    Drop(headers=False),
    Truncated(0.5),
    RATE_LIMITED,
)
LASTING: tuple[Fault, ...] = (NO_BILLING_403, Status(500), Truncated(0.3))
SLOW = Slow(1.2)


class _AnyVerb(_Handler):
    """Answers and counts whatever verb comes, also one that HTTP does not have."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)


@dataclass(frozen=True)
class Seen:
    """Requests since the last look, and the faults that hit them."""

    requests: list[Request]
    faults: Counter[str]
    too_fast: int


class Weather(VultrDouble):
    """A share of all answers fail; those of ``outage`` always, from their page on."""

    def __init__(self, account: Account, *, seed: int, clock: Clock, **options: Any) -> None:
        """Take the account; the sky is clear."""
        super().__init__(account, **options)
        self._clock = clock
        self.share = 0.0
        self.outage: dict[str, tuple[Fault, int]] = {}
        self.slow = ""
        self.faults: Counter[str] = Counter()
        self.too_fast = 0
        self._rng = Random(seed)  # noqa: S311  (no secret)
        self._kept_port = 0

    def start(self) -> Self:
        """Listen where it listened before."""
        self.stopping.clear()
        self._server = _Server(("127.0.0.1", self._kept_port), _AnyVerb)
        self._server.double = self
        self._kept_port = self.port
        run = {"poll_interval": 0.02}
        threading.Thread(target=self._server.serve_forever, kwargs=run, daemon=True).start()
        return self

    def restart(self, seconds: float) -> None:
        """Be gone for a while; nobody else gets the port meanwhile."""
        self.refuse()
        threading.Event().wait(seconds)
        self.start()

    def look(self) -> Seen:
        """Return the requests since the last look, without headers."""
        with self._lock:
            requests = [replace(request, headers={}) for request in self._requests]
            seen = Seen(requests, Counter(self.faults), self.too_fast)
            self._requests.clear()
            self.faults.clear()
            self.too_fast = 0
        return seen

    def respond(self, request: Request, bearer: str) -> Reply:
        """Answer by the clock of the program that asks."""
        self.date = self._clock()
        return super().respond(request, bearer)

    def _faults(self, visit: Visit, template: str) -> list[Fault]:
        lasting, first_page = self.outage.get(template, (None, 0))
        late: list[Fault] = [SLOW] if template == self.slow else []
        with self._lock:
            fails = self._rng.random() < self.share
            passing = self._rng.choice(PASSING)
            chosen = lasting if lasting and visit.page >= first_page else passing if fails else None
            if chosen is not None:
                self.faults[_name(chosen)] += 1
        return [*late, *([chosen] if chosen else [])]

    def _is_too_fast(self, request: Request) -> bool:
        found = super()._is_too_fast(request)
        self.too_fast += found
        return found


def _name(fault: Fault) -> str:
    code = getattr(fault, "code", "")
    return f"{type(fault).__name__} {code}".strip()


@dataclass
class Sky:
    """``Weather(account, **options)`` in a process of its own; a context manager."""

    account: Account
    options: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    _pipe: Any = None
    _process: SpawnProcess | None = None

    key = KEY

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self.account, self.options)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self.url = str(self._receive())
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        try:
            self._pipe.send(("end",))
        except OSError:
            self._process.terminate()
        self._process.join(PATIENCE)
        self._process.close()
        self._pipe.close()

    def bad(self, share: float, slow: str, outage: Mapping[str, tuple[Fault, int]]) -> None:
        """Let answers fail from now on; none fail with a share of 0 and no outage."""
        self._order("bad", share, slow, dict(outage))

    def clear(self) -> None:
        """Let nothing fail any more."""
        self.bad(0, "", {})

    def latency(self, seconds: float) -> None:
        """Delay every answer."""
        self._order("latency", seconds)

    def restart(self, seconds: float) -> None:
        """Go away and come back on the same port; returns when it is back."""
        self._order("restart", seconds)

    def look(self) -> Seen:
        """Return the requests since the last look."""
        seen: Seen = self._order("look")
        return seen

    def _order(self, *order: Any) -> Any:
        self._pipe.send(order)
        return self._receive()

    def _receive(self) -> Any:
        if not self._pipe.poll(PATIENCE):
            msg = "the double's process does not answer"
            raise TimeoutError(msg)
        return self._pipe.recv()


def _serve(pipe: Connection[Any, Any], account: Account, options: dict[str, Any]) -> None:
    double = Weather(account, **options)

    def bad(share: float, slow: str, outage: dict[str, tuple[Fault, int]]) -> None:
        double.share, double.slow, double.outage = share, slow, outage

    def latency(seconds: float) -> None:
        double.latency = seconds

    orders: dict[str, Callable[..., Any]] = {
        "bad": bad,
        "latency": latency,
        "restart": double.restart,
        "look": double.look,
    }
    with double:
        pipe.send(double.url)
        try:
            while (order := pipe.recv())[0] != "end":
                pipe.send(orders[order[0]](*order[1:]))
        except EOFError:
            return
