"""A server with a store on an account that lives on: what it is told, and by when."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client

from tests.support.double import VultrDouble
from tests.support.stage import staged_source, structured
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.server import build_server

from .reading import cents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .history_readings import Life


class Clock:
    """A wall clock that is set, and goes on with the loop."""

    def __init__(self) -> None:
        self.set(datetime(2024, 1, 1, tzinfo=UTC), 0.0)

    def set(self, at: datetime, since: float) -> None:
        """Stand at an instant at so many seconds of the loop."""
        self.at, self.since = at, since

    def __call__(self) -> datetime:
        """The time now."""
        return self.at + timedelta(seconds=anyio.current_time() - self.since)


class Stage:
    """A server with a store, on an account that is another one at each instant."""

    def __init__(self, double: VultrDouble, clock: Clock, client: Client) -> None:
        self.double, self.clock, self.client = double, clock, client

    def stand(self, life: Life, at: datetime) -> None:
        """Let it be that time."""
        self.clock.set(at, anyio.current_time())
        self.double.account, self.double.date = life.account(at), at

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer, which is none of an error."""
        return structured(await self.client.call_tool(tool, arguments))


@asynccontextmanager
async def staged(life: Life, folder: Path) -> AsyncIterator[Stage]:
    """The whole server over an empty SQLite file."""
    double, clock = VultrDouble(life.account(life.begin)), Clock()
    history = open_history(f"sqlite:///{folder}/history.db")
    async with staged_source(double, clock, COST_CACHE_SECONDS=0) as source:
        server = build_server({"default": source.backend(history)}, "0")
        async with Client(server) as client:
            yield Stage(double, clock, client)


async def collected(stage: Stage, life: Life, instants: list[datetime]) -> None:
    """A record at each instant; what it says is what the account was."""
    for at in instants:
        stage.stand(life, at)
        record = await stage.ask("collect_metrics")
        assert record["stored"] is True
        assert record["metrics"]["pending_charges"] == cents(life.spent(at))
        assert record["metrics"]["billing_period"] == f"{at:%Y-%m}"
