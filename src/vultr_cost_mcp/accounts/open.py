"""Accounts opened for as long as something is asked of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from datetime import datetime

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.exporting import Exports
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
    resources: ExportResources | None = None,
    *,
    problem: str | None = None,
) -> AsyncGenerator[dict[str, Backend], None]:
    """What the tools of each account stand on; connections are closed, whatever the end was.

    With ``resources`` exports answer with what clients on other machines can read. With a
    ``problem`` that is what every question is answered with.
    """
    from vultr_cost_mcp.accounts.account import WiredAccount, limiter_of
    from vultr_cost_mcp.collect.reading_cache import ReadingCache

    history, limiter = history_of(settings), limiter_of(settings)
    folder = None if resources else _exports(settings)
    async with ReadingCache(now) as readings:
        sources = [
            WiredAccount(settings, readings, now, name, limiter, problem=problem) for name in names
        ]
        try:
            yield {
                source.account: source.backend(
                    history, resources.of_account(source.account) if resources else folder
                )
                for source in sources
            }
        finally:
            with anyio.CancelScope(shield=True):
                for source in sources:
                    await source.aclose()


def store_problem(settings: Settings) -> str | None:
    """Return what is wrong with the address of the history, if anything is."""
    try:
        history_of(settings)
    except ConfigError as error:
        return str(error)
    return None


def exported_resources(settings: Settings) -> ExportResources:
    """Return the exports of a server whose clients are on other machines."""
    from vultr_cost_mcp.export.resources import ExportResources

    return ExportResources(_exports(settings))


def _exports(settings: Settings) -> Exports:
    from platformdirs import user_data_path

    from vultr_cost_mcp.export.folder import ExportFolder

    return ExportFolder(settings.export_dir or user_data_path(_APP, appauthor=False) / "exports")


def sampled(settings: Settings) -> bool:
    """Whether readings are those that the sample account has by itself."""
    return settings.demo and settings.store is None


def history_of(settings: Settings) -> History:
    """The store that the settings name; nothing is opened before it is asked."""
    from vultr_cost_mcp.demo.history import SampleHistory
    from vultr_cost_mcp.history import open_history

    if sampled(settings):
        # What is made up is not kept beside what is true, unless somebody asks for it.
        return SampleHistory(_NOT_OF_THE_SAMPLE)
    return open_history(settings.store)
