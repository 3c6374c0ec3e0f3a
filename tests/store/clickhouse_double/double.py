"""The handle on the loopback server: where it is, what it shall do wrong, what it was sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.store.clickhouse_double.server import USERS

ROOT = Path(__file__).parents[3]
PATIENCE = 120
_numbers = count(1)


@dataclass(frozen=True)
class Double:
    """A running server."""

    port: int

    def address(
        self, database: str, user: str = "writer", password: str | None = None, more: str = ""
    ) -> str:
        """The address of a database there."""
        secret = USERS[user] if password is None else password
        given = f"{user}:{quote(secret, safe='')}"
        return f"clickhouse://{given}@127.0.0.1:{self.port}/{database}{more}"

    def fail(self, **faults: Any) -> dict[str, Any]:
        """Set what goes wrong next, and give what came in since the last time."""
        return json.loads(self._post("/double", json.dumps(faults)))  # type: ignore[no-any-return]

    def run(self, sql: str) -> str:
        """Run SQL as an administrator would."""
        return self._post("/", sql)

    def database(self) -> str:
        """Create an empty database; its name."""
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def _post(self, path: str, body: str) -> str:
        request = Request(f"http://127.0.0.1:{self.port}{path}", body.encode())
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  (the loopback)
            return str(answer.read().decode())


@contextmanager
def served(folder: Path) -> Iterator[Double]:
    """Run a server on a folder for as long as the block lasts."""
    command = [sys.executable, "-m", "tests.store.clickhouse_double.server", str(folder)]
    with subprocess.Popen(  # noqa: S603  (our own module)
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),  # noqa: TID251  (handed on, not read)
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield Double(int(server.stdout.readline()))
        finally:
            server.stdin.close()
            server.wait(timeout=PATIENCE)
