"""The program around one account: over any transport, at any instant, and its clients."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client

from vultr_cost_mcp.accounts.account import WiredAccount
from vultr_cost_mcp.collect.reading_cache import ReadingCache
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.domain.exporting import NoExports
from vultr_cost_mcp.domain.history import DisabledHistory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    import httpx

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.budget import Budget
    from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile, Exports, Format
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

# Compiling schemas takes longer than any answer: once for all clients of a process.
_SCHEMAS: dict[str, Any] = {}
_VALIDATORS: dict[str, Any] = {}


@asynccontextmanager
async def wired(
    settings: Settings,
    now: Callable[[], datetime],
    transport: httpx.AsyncBaseTransport | None = None,
    limiter: Any = None,
) -> AsyncIterator[WiredAccount]:
    """Open the account behind the tools, composed as cli.py does, in place of the network."""
    with pytest.MonkeyPatch.context() as patch:
        if transport is not None:
            target = "vultr_cost_mcp.vultr.client.network_transport"
            patch.setattr(target, lambda _: transport)
        async with ReadingCache(now) as readings:
            lent = None if limiter is None else lambda: limiter
            source = WiredAccount(settings, readings, now, None, lent)
            try:
                yield source
            finally:
                await source.aclose()


def sample_account() -> AbstractAsyncContextManager[WiredAccount]:
    """Open the sample account at its instant."""
    return wired(Settings(VULTR_COST_DEMO=True), lambda: SAMPLE_NOW)


def quick(client: Client) -> Client:
    """Let a client check answers with the schemas that another has compiled."""
    client.session._tool_output_schemas = _SCHEMAS
    client.session._tool_output_validators = _VALIDATORS
    return client


class Backdrop:
    """The backend of a server that is built once, which passes on to the current account."""

    def __init__(self) -> None:
        self.source: Any = None
        self.history: History = DisabledHistory()
        self.exports: Exports = NoExports()

    async def take(self, *arguments: Any, **named: Any) -> Snapshot:
        """Take a snapshot of the account that is on stage."""
        shot: Snapshot = await self.source(*arguments, **named)
        return shot

    async def write(self, sheet: CostExport, as_format: Format) -> ExportedFile:
        """Write to the folder that is on stage."""
        return await self.exports(sheet, as_format)

    def budgets(self) -> list[Budget]:
        """Return the budgets of the account that is on stage."""
        found: list[Budget] = self.source.budgets()
        return found

    def __getattr__(self, name: str) -> Any:
        # Everything else is asked of a History.
        return getattr(self.history, name)


class Taking:
    """A source whose every reading is one snapshot, with the lines of the invoices asked for.

    ``needs`` are the parts that each question took, ``wanted`` the details that it asked for. An
    exception in place of a snapshot is how every reading fails.
    """

    def __init__(self, shot: Snapshot | Exception) -> None:
        self.shot = shot
        self.needs: list[frozenset[Part]] = []
        self.wanted: list[Sequence[DetailRequest]] = []

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: object = None,
        *,
        fresh: bool = False,
        known: object = None,
    ) -> Snapshot:
        """Take the snapshot."""
        del progress, fresh, known
        if isinstance(self.shot, Exception):
            raise self.shot
        self.needs.append(needs)
        self.wanted.append(follow_up(self.shot) if follow_up else [])
        return self.shot
