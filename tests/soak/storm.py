"""One day in the life of a server, made short: calm, a storm, clients that leave, calm again."""

from __future__ import annotations

import json
import socket
import struct
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from random import Random  # noqa: TID251  (seeded: the same questions each time)
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync

from tests.soak.account import PAGE_ROWS, account_at, invoiced_in
from tests.soak.clock import BEGUN, Clock
from tests.soak.judge import COLLECT, QUESTIONS, Expected, Judge, Question
from tests.soak.program import CACHE_SECONDS, Program
from tests.soak.weather import Sky
from tests.support.double import NO_BILLING_403, ROUTES, Request, Status, Truncated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mcp.types import CallToolResult

    from tests.support.double import Account, Fault

CALLS, SOAK_CALLS = 200, 10_000
EARLY_CALLS = 1000
CLIENTS = 50
LEAVERS = 20
SHARE = 0.15
# What the double allows in a second, and what the program keeps to unless it is told otherwise.
ALLOWED, LIMIT = 30, 20
# A reading that is made afresh takes many requests: one call of so many.
COLLECT_ONE_OF = 120
# Of more answers than that not each is made anew below the network.
MOST_EXPECTED, SOAK_EXPECTED = 40, 5000
SLOW = "/blocks"
# Longer than a reading is kept: each of these comes to be read.
SPELL_SECONDS = CACHE_SECONDS + 0.5
AWAY_SECONDS = 0.4
FEWEST_SPELLS = 2
# What fails for as long as the weather is this, how, and from which page on.
SPELLS: tuple[dict[str, tuple[Fault, int]], ...] = (
    {"/load-balancers": (NO_BILLING_403, 1), "/bare-metals": (Status(500), 1)},
    {"/billing/pending-charges": (Status(502, "Bad Gateway", html=True), 1)},
    {"/instances": (Truncated(0.4), 3), "/account": (NO_BILLING_403, 1)},
    {},
    {"/kubernetes/clusters": (NO_BILLING_403, 1), "/snapshots": (Truncated(0.2), 1)},
    {
        "/vfs/{vfs_id}/attachments": (NO_BILLING_403, 1),
        "/kubernetes/clusters/{vke-id}/resources": (Status(500), 1),
    },
    {"/billing/invoices": (Status(503), 1), "/reserved-ips": (NO_BILLING_403, 1)},
    {"/databases": (Status(504), 1), "/account/bandwidth": (NO_BILLING_403, 1)},
)
# For what comes at once on a quiet machine: it only ends a run that hangs.
PATIENCE = 180
BOUND_SECONDS = 1200


@dataclass(frozen=True)
class Held:
    """The resources that the process holds at one moment."""

    sockets: int
    files: int
    threads: int
    resident: int

    @classmethod
    def by(cls, program: Program) -> Held:
        """Count."""
        files = program.files()
        return cls(program.sockets(), len(files), program.threads(), program.resident())

    def is_idle(self, started: Held) -> bool:
        """Return whether nothing is left since the start but what has a reason."""
        return (
            # One connection to the API, which the last question was asked over.
            self.sockets <= started.sockets + 1
            # The store's file with its journal and index, where they are open.
            and self.files <= started.files + 1 + 3
            # Threads for the store, for files and for names; they are kept for the next one.
            and self.threads <= started.threads + 8
        )


@dataclass(repr=False)
class Record:
    """The events of a run, for tests to check."""

    account: Account
    folder: Path
    judge: Judge
    soak: bool = False
    cold: list[Request] = field(default_factory=list)
    cold_seconds: float = 0
    cold_wrong: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    struck: int = 0
    too_fast: int = 0
    spells: int = 0
    calls: int = 0
    seconds: float = 0
    asked: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    left_waiting: int = 0
    after_leaving: int = 0
    started: Held | None = None
    early: Held | None = None
    late: Held | None = None
    idle: Held | None = None
    ill: list[Question] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    expected: int = 0
    loaded: list[Request] = field(default_factory=list)

    @property
    def wanted_calls(self) -> int:
        """The calls that are made at least."""
        return SOAK_CALLS if self.soak else CALLS

    @property
    def most_in_one_second(self) -> int:
        """The largest number of requests within any one second."""
        times = sorted(request.at for request in self.requests)
        return max(bisect_left(times, at + 1) - index for index, at in enumerate(times))


def turns() -> Iterator[Question]:
    """Questions in a mixed order without end, few of them readings made afresh."""
    rng = Random(3)  # noqa: S311  (no secret)
    others = [question for question in QUESTIONS if question != COLLECT]
    for number in count():
        yield COLLECT if number % COLLECT_ONE_OF == 7 else rng.choice(others)


async def until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait for something to come true; whether it did."""
    with anyio.move_on_after(seconds):
        while not true():  # noqa: ASYNC110  (it is not told, it looks)
            await anyio.sleep(0.1)
    return true()


class Storm:
    """One program against one double."""

    def __init__(self, record: Record, sky: Sky, program: Program) -> None:
        self.record = record
        self.sky = sky
        self.program = program

    async def pass_by(self) -> None:
        """Everything in turn."""
        record = self.record
        with anyio.fail_after(BOUND_SECONDS):
            record.started = Held.by(self.program)
            await self._cold()
            await self._learn()
            await self._look()
            await self._load()
            await self._leave()
            # While it is left alone, what it said is made anew elsewhere.
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(compare, record)
                record.idle = await self._idle()
            record.ill = await self._recover()
            await self._look()

    async def _look(self) -> list[Request]:
        """Return the double's requests since the last look."""
        seen = await run_sync(self.sky.look)
        self.record.requests += seen.requests
        self.record.faults += seen.faults
        self.record.too_fast += seen.too_fast
        return seen.requests

    async def ask(self, client: Any, question: Question) -> CallToolResult:
        """One call."""
        self.record.asked[question[0]] += 1
        found: CallToolResult = await client.call_tool(question[0], dict(question[1]))
        return found

    async def _cold(self) -> None:
        """All clients at once ask a server that knows nothing yet, each something else."""
        others = [question for question in QUESTIONS if question != COLLECT]
        begun = anyio.current_time()
        answers: list[tuple[Question, CallToolResult]] = []

        async def one(number: int, question: Question) -> None:
            async with self.program.client(number) as client:
                answers.append((question, await self.ask(client, question)))

        async with anyio.create_task_group() as tasks:
            for number, question in enumerate(islice(cycle(others), CLIENTS)):
                tasks.start_soon(one, number, question)
        self.record.cold_seconds = anyio.current_time() - begun
        self.record.cold = await self._look()
        for question, result in answers:
            if not self.record.judge.learn(question, result):
                self.record.cold_wrong.append(f"{question}: {result}"[:500])
        self.record.cold_wrong += [
            f"{question} has {len(known)} answers"
            for question, known in self.record.judge.healthy.items()
            if len(known) > 1
        ]

    async def _learn(self) -> None:
        """The right answers, once something is stored."""
        async with self.program.client(1) as client:
            for question in (COLLECT, COLLECT, *QUESTIONS[:-1]):
                result = await self.ask(client, question)
                if not self.record.judge.learn(question, result):
                    self.record.cold_wrong.append(f"{question}: {result}"[:500])

    async def _load(self) -> None:
        """Fifty clients and the weather, for so many calls and at least some of each."""
        record = self.record
        record.asked.clear()
        questions, answered = turns(), 0
        begun = anyio.current_time()

        async def one(number: int) -> None:
            nonlocal answered
            async with self.program.client(number) as client:
                while record.asked.total() < record.wanted_calls or record.spells < FEWEST_SPELLS:
                    question = next(questions)
                    try:
                        result = await self.ask(client, question)
                    except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
                        record.broken[f"{type(error).__name__}: {error}"[:200]] += 1
                        continue
                    record.judge.take(question, result)
                    answered += 1
                    if answered == EARLY_CALLS:
                        record.early = Held.by(self.program)

        async with anyio.create_task_group() as weather:
            weather.start_soon(self._change)
            async with anyio.create_task_group() as tasks:
                for number in range(CLIENTS):
                    tasks.start_soon(one, number)
            record.late = Held.by(self.program)
            weather.cancel_scope.cancel()
        record.calls = answered
        record.seconds = anyio.current_time() - begun
        await run_sync(self.sky.clear)
        record.loaded += await self._look()
        record.struck = record.faults.total()

    async def _change(self) -> None:
        """Other faults every few seconds, and now and then nobody there."""
        for spell in cycle(SPELLS):
            await run_sync(self.sky.bad, SHARE, SLOW, spell)
            await anyio.sleep(SPELL_SECONDS)
            await run_sync(self.sky.restart, AWAY_SECONDS)
            self.record.spells += 1
            self.record.loaded += await self._look()

    async def _leave(self) -> None:
        """Clients ask for what takes a hundred requests, and go when it has begun."""
        failing = [route.template for route in ROUTES if route.template != "/account"]
        await run_sync(self.sky.bad, 0, "", {name: (Status(500), 1) for name in failing})
        opened = [self._call(number) for number in range(LEAVERS)]
        begun = 0
        with anyio.fail_after(PATIENCE):
            while begun < 5:
                await anyio.sleep(0.1)
                begun += len(await self._look())
        self.record.left_waiting = sum(_is_silent(each) for each in opened)
        for each in opened:
            each.close()
        quiet = 0
        with anyio.move_on_after(PATIENCE):
            while quiet < 2:
                await anyio.sleep(0.5)
                came = len(await self._look())
                self.record.after_leaving += came
                quiet = 0 if came else quiet + 1
        await run_sync(self.sky.clear)

    def _call(self, number: int) -> socket.socket:
        """Ask for a reading made afresh, over a connection that can be cut either way."""
        body = json.dumps({
            "jsonrpc": "2.0", "id": 7, "method": "tools/call",
            "params": {"name": "collect_metrics", "arguments": {}},
        }).encode()  # fmt: skip
        head = (
            f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{self.program.port}\r\n"
            "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        opened = socket.create_connection(("127.0.0.1", self.program.port), 30)
        opened.sendall(head.encode() + body)
        if number % 2:
            # Cut, so that the other end is told at once that nobody reads any more.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return opened

    async def _recover(self) -> list[Question]:
        """Ask everything until it is healthy again; what never was."""
        left = list(QUESTIONS)
        with anyio.move_on_after(PATIENCE):
            async with self.program.client() as client:
                while left:
                    for question in left.copy():
                        if self.record.judge.learn(question, await self.ask(client, question)):
                            left.remove(question)
                    await anyio.sleep(0.5)
        return left

    async def _idle(self) -> Held:
        """Return the idle resources; one question releases connections that are too old."""
        assert self.record.started is not None
        held = Held.by(self.program)
        for _ in range(10):
            # Longer than a connection stays open for the next request.
            await anyio.sleep(6)
            async with self.program.client(1) as client:
                await self.ask(client, ("get_pending_charges", ()))
            await anyio.sleep(0.3)
            held = Held.by(self.program)
            if held.is_idle(self.record.started):
                break
        return held


def _is_silent(opened: socket.socket) -> bool:
    """Return whether no answer has come."""
    opened.setblocking(False)  # noqa: FBT003  (its only argument)
    with suppress(BlockingIOError):
        return b'"result"' not in opened.recv(65536)
    return True


def weathered(folder: Path, *, soak: bool) -> Record:
    """Let it all happen, and judge what was said."""
    account, clock = account_at(BEGUN), Clock()
    stated = account.account["pending_charges"]
    record = Record(account, folder, Judge(stated, invoiced_in(account, BEGUN)), soak)
    options = {"seed": 1, "page_size_cap": PAGE_ROWS, "rate_limit": ALLOWED, "clock": clock}
    with Sky(account, options) as sky, Program(folder, sky.url, sky.key, clock) as program:
        anyio.run(Storm(record, sky, program).pass_by)
        record.said = program.said
    return record


async def compare(record: Record) -> None:
    """Make the partial answers anew below the network, at most so many of them."""
    told = record.judge.told()
    most = SOAK_EXPECTED if record.soak else MOST_EXPECTED
    step = max(1, -(-len(told) // most))
    expected = Expected(record.account, BEGUN, record.folder)
    for question, content, rules in told[::step]:
        record.expected += 1
        why = await expected.differences(question, content, rules)
        if why:
            record.different.append(f"{question}, {content['coverage']['gaps']}: {why}"[:1500])
