"""The same double as a child process, for measurements that must not share an interpreter."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .server import KEY, Request, VultrDouble

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from typing import Self

    from .account import Account

PATIENCE = 120


@dataclass
class ChildDouble:
    """``VultrDouble(account, **options)`` in a process of its own; a context manager."""

    account: Account
    options: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    _pipe: Any = None
    _process: SpawnProcess | None = None

    @property
    def key(self) -> str:
        """The key it accepts."""
        return str(self.options.get("key", KEY))

    def __enter__(self) -> Self:
        """Start the process and wait for its address."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self.account, self.options)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self.url = str(self._receive())
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._pipe.send("stop")
        if self._process is not None:
            self._process.join(PATIENCE)

    def requests(self) -> list[Request]:
        """Every request so far; the monotonic clock is the machine's, so times compare."""
        self._pipe.send("requests")
        found: list[Request] = self._receive()
        return found

    def _receive(self) -> Any:
        if not self._pipe.poll(PATIENCE):
            msg = "the double's process does not answer"
            raise TimeoutError(msg)
        return self._pipe.recv()


def _serve(pipe: Connection[Any, Any], account: Account, options: dict[str, Any]) -> None:
    with VultrDouble(account, **options) as double:
        pipe.send(double.url)
        while _obey(pipe, double):
            pass


def _obey(pipe: Connection[Any, Any], double: VultrDouble) -> bool:
    try:
        order = pipe.recv()
    except EOFError:
        return False
    if order == "requests":
        pipe.send(double.requests)
    return bool(order != "stop")
