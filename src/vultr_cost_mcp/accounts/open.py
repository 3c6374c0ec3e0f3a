"""Open accounts for the time that they are used."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.domain.plan_source import InlinePlans
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from datetime import datetime

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.exporting import (
        CostExport,
        ExportedFile,
        Exports,
        Format,
        Resources,
    )
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.export.resources import ExportResources


_NOT_OF_THE_SAMPLE = (
    "Nothing is added to the thirty days of readings that the sample account has. Set "
    "VULTR_COST_STORE to a file of its own, such as sqlite:///sample.db, to keep records of it."
)
_APP = "vultr-cost-mcp"


@asynccontextmanager
async def opened(
    settings: Settings,
    now: Callable[[], datetime],
    names: Sequence[str | None],
    resources: Resources | None = None,
    *,
    problem: str | None = None,
) -> AsyncGenerator[dict[str, Backend], None]:
    """Yield the backend of each account by its name; connections are always closed.

    ``settings`` and the clock ``now`` are the program's, ``names`` those of the accounts (None for
    the environment's key). With ``resources``, exports are files that clients can read by their
    URIs. With a ``problem``, every question fails with it.
    """
    from vultr_cost_mcp.accounts.account import WiredAccount, background_of, limiter_of
    from vultr_cost_mcp.collect.reading_cache import ReadingCache

    history, limiter = history_of(settings), limiter_of(settings)
    folder = None if resources else _exports(settings)
    async with ReadingCache(now) as readings:
        background = background_of(settings, readings)
        sources = [
            WiredAccount(
                settings, readings, now, name, limiter, background=background, problem=problem
            )
            for name in names
        ]
        try:
            yield {
                source.account: source.backend(
                    history,
                    resources.of_account(source.account) if resources else folder,
                    InlinePlans() if resources and resources.remote else None,
                )
                for source in sources
            }
        finally:
            with anyio.CancelScope(shield=True):
                for source in sources:
                    await source.aclose()


def store_problem(settings: Settings) -> str | None:
    """Return the problem with the history's address, None if there is none."""
    try:
        history_of(settings)
    except ConfigError as error:
        return str(error)
    return None


def exported_resources(settings: Settings) -> Resources:
    """Return the exports of a server with clients on other machines."""
    from vultr_cost_mcp.export.resources import ExportResources

    return ExportResources(_exports(settings))


def local_resources(settings: Settings) -> Resources:
    """Return the exports of a server whose client is on this machine."""
    return _LocalResources(_exports(settings))


class _LocalResources:
    """Implements ``domain.exporting.Resources``: each file under the URI of its path.

    Its modules are imported at the first export, to keep start-up fast.
    """

    remote = False

    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        self._files: ExportResources | None = None

    def of_account(self, account: str) -> Exports:
        """Return the exports of one account."""

        async def export(sheet: CostExport, as_format: Format) -> ExportedFile:
            if self._files is None:
                from vultr_cost_mcp.export.resources import ExportResources

                self._files = ExportResources(self._exports, remote=False)
            return await self._files.of_account(account)(sheet, as_format)

        return export

    def listed(self) -> Sequence[ExportedFile]:
        """Return the files, the newest first."""
        return self._files.listed() if self._files else []

    async def read(self, uri: str) -> tuple[ExportedFile, str | bytes] | None:
        """Return a file and its text; None if unknown. Raises ExportError."""
        return await self._files.read(uri) if self._files else None


def _exports(settings: Settings) -> Exports:
    @cache
    def folder() -> Exports:
        from platformdirs import user_data_path

        from vultr_cost_mcp.export.folder import ExportFolder

        place = settings.export_dir or user_data_path(_APP, appauthor=False) / "exports"
        return ExportFolder(place)

    async def export(sheet: CostExport, as_format: Format) -> ExportedFile:
        return await folder()(sheet, as_format)

    return export


def sampled(settings: Settings) -> bool:
    """Return whether the readings are the sample account's built-in ones."""
    return settings.demo and settings.store is None


def history_of(settings: Settings) -> History:
    """Return the history that the settings name; it is opened at its first use."""
    if sampled(settings):
        from vultr_cost_mcp.demo.history import SampleHistory

        # Sample data is not stored beside real data unless the user configures a store.
        return SampleHistory(_NOT_OF_THE_SAMPLE)
    from vultr_cost_mcp.history import open_history

    return open_history(settings.store)
