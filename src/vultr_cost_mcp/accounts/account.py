"""The account behind the tools, opened at the first question to keep start-up fast."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio

from vultr_cost_mcp.config import KEY_COMMAND, key_of, place_of
from vultr_cost_mcp.domain.account_parts import PUBLIC
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.domain.exporting import NoExports
from vultr_cost_mcp.errors import ConfigError, MissingKeyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from aiolimiter import AsyncLimiter

    from vultr_cost_mcp.collect.background import Background
    from vultr_cost_mcp.collect.collector import Collector
    from vultr_cost_mcp.collect.reading_cache import ReadingCache
    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.config.file import AccountRow, BudgetRow, File
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.exporting import Exports
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.plan_source import PlanSource
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.vultr.client import VultrClient

SAMPLE_ACCOUNT = "sample"
# Requests are spaced evenly and a little slower than the limit, because the network may compress
# them into a burst that exceeds it at Vultr (D35).
_SLACK = 1.05
_NO_LIMIT = 1_000_000
_LATE = (
    "aiolimiter",
    "vultr_cost_mcp.config.file",
    "vultr_cost_mcp.collect.collector",
    "vultr_cost_mcp.families.price_table",
    "vultr_cost_mcp.vultr.client",
)


class WiredAccount:
    """Implements ``domain.source.SnapshotSource`` for one account.

    ``name`` is its name in the configuration file, None for the account of the environment's key.
    The accounts of a process share one ``limiter`` (D35) and one ``background`` (D34). If the
    settings have a ``problem``, every question fails with it.
    """

    def __init__(
        self,
        settings: Settings,
        readings: ReadingCache,
        now: Callable[[], datetime],
        name: str | None = None,
        limiter: Callable[[], AsyncLimiter] | None = None,
        *,
        background: Background | None = None,
        problem: str | None = None,
    ) -> None:
        self._settings = settings
        self._readings = readings
        self._now = now
        self._name = name
        self._limiter = limiter or limiter_of(settings)
        self._background = background or background_of(settings, readings)
        self._problem = problem
        self._collector: Collector | None = None
        self._public: Collector | None = None
        # A command that prints the key may take its time; it runs once for questions side by side.
        self._opening = anyio.Lock()

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
        known: dict[str, Any] | None = None,
    ) -> Snapshot:
        """Take a snapshot of the parts in ``needs``.

        ``follow_up`` returns details to request once they are read. ``progress`` is called with the
        number of finished requests, their total and a message. ``fresh`` bypasses the cache.
        ``known`` are the readings of the same answer so far. Raises ConfigError if a setting is
        invalid or a key is missing; public lists need none.
        """
        if self._problem is not None:
            raise ConfigError(self._problem)
        collector = self._collector or await self._collector_for(needs)
        return await collector(needs, follow_up, progress, fresh=fresh, known=known)

    def budgets(self) -> list[Budget]:
        """Return the budgets of the environment and of the configuration file.

        Raises ConfigError if the file cannot be used.
        """
        given = self._settings.budget
        file, row = self._file()
        rows = (*file.budgets, *(row.budgets if row else ()))
        return [
            *([] if given is None else [Budget("VULTR_COST_BUDGET", given)]),
            *(Budget(_budget_name(row), row.monthly, row.tag, row.service) for row in rows),
        ]

    def keep_days(self) -> int:
        """Return the number of days for which lines and resources are kept.

        Raises ConfigError if the configuration file cannot be used.
        """
        return _read(self._settings.config_file).history.keep_days

    def backend(
        self, history: History, exports: Exports | None = None, plans: PlanSource | None = None
    ) -> Backend:
        """Return the backend of this account's tools."""
        from vultr_cost_mcp.accounts.plan_files import PlanFolder

        return Backend(
            self,
            history,
            exports or NoExports(),
            budgets=self.budgets,
            keep_days=self.keep_days,
            now=self._now,
            plans=plans or PlanFolder(self._settings.plan_dir),
        )

    async def aclose(self) -> None:
        """Close the connections, if any were opened."""
        if self._background is not None:
            self._background.stop()
        for collector in filter(None, (self._collector, self._public)):
            await collector.client.aclose()

    @property
    def account(self) -> str:
        """Return the account's name in answers."""
        return SAMPLE_ACCOUNT if self._settings.demo else self._name or UNNAMED

    def _file(self) -> tuple[File, AccountRow | None]:
        """Return the configuration file, and this account's section of it."""
        return _read(self._settings.config_file), account_row(self._settings, self._name)

    async def _collector_for(self, needs: frozenset[Part]) -> Collector:
        """Return the account's collector; without a key, one that reads public lists alone.

        Raises MissingKeyError if there is no key and ``needs`` holds more than that.
        """
        async with self._opening:
            if self._collector is None:
                try:
                    self._collector = await self._open()
                except MissingKeyError:
                    if not needs <= PUBLIC:
                        raise
                    self._public = self._public or await self._open(public=True)
                    return self._public
            return self._collector

    async def _open(self, *, public: bool = False) -> Collector:
        # Imported here to keep start-up fast.
        from vultr_cost_mcp.collect.collector import Collector
        from vultr_cost_mcp.families.price_table import price_table

        settings = self._settings
        file, row = self._file()
        exempt = file.exempt_tags if row is None or row.exempt_tags is None else row.exempt_tags
        return Collector(
            account=self.account,
            client=await client_of(settings, self._name, self._limiter(), self._now, public=public),
            readings=self._readings,
            table=price_table({**file.prices, **(row.prices if row else {})}),
            now=self._now,
            cache_seconds=settings.cache_seconds,
            exempt_tags=frozenset(tag.strip().casefold() for tag in exempt),
            sample=settings.demo,
            background=self._background,
        )


def account_row(settings: Settings, name: str | None) -> AccountRow | None:
    """Return an account's section of the configuration file, None for the environment's key.

    Raises ConfigError if the file cannot be used or does not name the account.
    """
    if name is None:
        return None
    accounts = _read(settings.config_file).accounts
    if name not in accounts:
        msg = f"The file that VULTR_COST_CONFIG names has no account {name} any more."
        raise ConfigError(msg)
    return accounts[name]


async def key_for(settings: Settings, name: str | None) -> str:
    """Return the key of an account, None being the environment's.

    Runs the account's ``key_command``, if it has one. Raises ConfigError if there is no key, or it
    cannot be used.
    """
    if settings.demo:
        return SAMPLE_ACCOUNT
    command = key_command(settings, name)
    if command is not None and settings.config_file is not None:
        from vultr_cost_mcp.config.commands import key_from

        return await key_from(command, settings.config_file)
    return key_of(settings, name or UNNAMED, account_row(settings, name))


def key_command(settings: Settings, name: str | None) -> tuple[str, ...] | None:
    """Return the command that prints an account's key, None if the key is elsewhere.

    A key in the environment comes before the command of the whole file. Raises ConfigError if the
    configuration file cannot be used.
    """
    row = account_row(settings, name)
    if row is not None:
        return row.key_command
    return None if settings.api_key is not None else _read(settings.config_file).key_command


async def client_of(
    settings: Settings,
    name: str | None,
    limiter: AsyncLimiter,
    now: Callable[[], datetime],
    *,
    public: bool = False,
) -> VultrClient:
    """Return a client with the key of an account (None: the environment's), not yet connected.

    A ``public`` one has no key, for public lists. It asks a ``key_command`` for another key when
    Vultr no longer accepts this one. Raises ConfigError if there is no key, or the network
    cannot be used as the environment says.
    """
    from vultr_cost_mcp.vultr.client import VultrClient

    if settings.demo:
        from vultr_cost_mcp.demo import SampleTransport

        transport, url = SampleTransport(), "https://sample.invalid/v2"
    else:
        transport, url = None, settings.api_url
    renewable = not (public or settings.demo) and key_command(settings, name) is not None
    return VultrClient(
        base_url=url,
        key=None if public else await key_for(settings, name),
        limiter=limiter,
        now=now,
        transport=transport,
        renew=(lambda: key_for(settings, name)) if renewable else None,
    )


def key_place(settings: Settings, name: str | None) -> str:
    """Return where the key of an account is from, in words, never the key."""
    if settings.demo:
        return "The sample account needs none"
    return KEY_COMMAND if key_command(settings, name) else place_of(account_row(settings, name))


def import_late() -> None:
    """Import the modules that the first question needs and the start does not."""
    for name in _LATE:
        import_module(name)


def limiter_of(settings: Settings) -> Callable[[], AsyncLimiter]:
    """Return a function that creates the one limiter of the process at its first call."""

    @cache
    def limiter() -> AsyncLimiter:
        from aiolimiter import AsyncLimiter

        if settings.demo:
            # The sample account is in this process: there is no rate limit to respect.
            return AsyncLimiter(_NO_LIMIT, 1)
        return AsyncLimiter(1, _SLACK / settings.rate_limit)

    return limiter


def background_of(settings: Settings, readings: ReadingCache) -> Background | None:
    """Return the process's reader of parts that no question waits for; None if it is off (D34).

    The sample account needs none: reading it takes no time.
    """
    if settings.demo or not settings.background:
        return None
    from vultr_cost_mcp.accounts.background_lock import claim_of
    from vultr_cost_mcp.collect.background import SHARE, Background

    return Background(readings, SHARE * _SLACK / settings.rate_limit, claim_of(settings.store))


def account_names(settings: Settings) -> list[str | None]:
    """Return the names in the configuration file; ``[None]`` if it names no account.

    A file that cannot be used does not prevent the start: each question reports the problem.
    """
    if settings.demo or settings.config_file is None:
        return [None]
    try:
        return [*_read(settings.config_file).accounts] or [None]
    except ConfigError:
        return [None]


def _read(path: Path | None) -> File:
    """Read the configuration file; its models are imported at the first question."""
    from vultr_cost_mcp.config.file import read_file

    return read_file(path)


def _budget_name(row: BudgetRow) -> str:
    return row.name or row.tag or row.service or "account"
