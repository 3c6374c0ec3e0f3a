"""The program itself in a process of its own: started, counted from outside, asked, ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.world import quick

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator
    from typing import Self

    from tests.soak.clock import Clock

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
# Three seconds are promised (docs/http.md), and given up are calls after 18: a slow machine may be
# in between.
STOP_SECONDS = 15.0
CACHE_SECONDS = 3
_KEPT = ("PATH", "PYTHONPATH", "HOME", "LANG", "VIRTUAL_ENV")
# Compiling the schemas of all answers takes longer than many calls: once for all clients.


class Program:
    """``vultr-cost-mcp serve --transport http`` by a clock, with a store in a folder."""

    def __init__(self, folder: Path, api: str, key: str, clock: Clock) -> None:
        self.store = folder / "history.db"
        inherited = {name: os.environ[name] for name in _KEPT if name in os.environ}  # noqa: TID251  (of a child)
        self.process = subprocess.Popen(  # noqa: S603  (this very program)
            [
                *(sys.executable, "-m", "tests.soak.clock", str(clock.since)),
                *("serve", "--transport", "http", "--port", "0"),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={
                **inherited,
                "VULTR_API_URL": api,
                "VULTR_API_KEY": key,
                "VULTR_COST_STORE": f"sqlite:///{self.store}",
                "VULTR_COST_EXPORT_DIR": str(folder / "exports"),
                "VULTR_COST_CACHE_SECONDS": str(CACHE_SECONDS),
            },
        )
        self.said: list[str] = []
        self._listens = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        assert self._listens.wait(PATIENCE), "it does not start"
        found = re.search(r"http://\S+", "".join(self.said))
        assert found, self.said
        self.url = found.group()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 0

    def end(self, number: signal.Signals) -> int:
        """Ask it to stop, and wait for less than for a call to end; its code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def files(self) -> list[str]:
        """Return its open files: the targets of its descriptors."""
        found: list[str] = []
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                found.append(str(link.readlink()))
            except FileNotFoundError:
                continue
        return found

    def sockets(self) -> int:
        """How many sockets it has open."""
        return sum(name.startswith("socket:") for name in self.files())

    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def resident(self) -> int:
        """How many bytes of memory it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s*(\d+) kB", status)
        assert found
        return int(found.group(1)) * 1024

    @asynccontextmanager
    async def client(self, number: int = 0) -> AsyncIterator[Client]:
        """Connect a client of the SDK; every other one speaks the protocol without a handshake."""
        mode: Any = ("legacy", "auto")[number % 2]
        async with httpx2.AsyncClient(timeout=PATIENCE) as http:
            opened = streamable_http_client(self.url, http_client=http)
            async with Client(opened, mode=mode) as client:
                yield quick(client)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.decode())
            self._listens.set()
        self._listens.set()
