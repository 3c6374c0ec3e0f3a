"""The account behind the tools, opened at the first question so that starting costs nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.config import key_of, read_file
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.domain.exporting import NoExports
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from aiolimiter import AsyncLimiter

    from vultr_cost_mcp.collect.collector import Collector
    from vultr_cost_mcp.collect.reading_cache import ReadingCache
    from vultr_cost_mcp.config import AccountRow, BudgetRow, File, Settings
    from vultr_cost_mcp.domain.exporting import Exports
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest

SAMPLE_ACCOUNT = "sample"
# Requests leave evenly and a little slower than the limit allows: a burst that the network
# squeezes together would pass it at Vultr's end (D35).
_SLACK = 1.05
_NO_LIMIT = 1_000_000


class WiredAccount:
    """Implements ``domain.source.Take`` for one account.

    ``name`` is that of the configuration file; None is the account of the environment's key. The
    accounts of a process share one ``limiter`` (D35). A ``problem`` of the settings is the answer
    to every question.
    """

    def __init__(
        self,
        settings: Settings,
        readings: ReadingCache,
        now: Callable[[], datetime],
        name: str | None = None,
        limiter: Callable[[], AsyncLimiter] | None = None,
        *,
        problem: str | None = None,
    ) -> None:
        self._settings = settings
        self._readings = readings
        self._now = now
        self._name = name
        self._limiter = limiter or limiter_of(settings)
        self._problem = problem
        self._collector: Collector | None = None

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
    ) -> Snapshot:
        """Take a snapshot; raises ConfigError when there is no key, or a setting is wrong."""
        if self._problem is not None:
            raise ConfigError(self._problem)
        if self._collector is None:
            self._collector = self._open()
        return await self._collector(needs, follow_up, progress, fresh=fresh)

    def budgets(self) -> list[Budget]:
        """The budgets of the environment and of the configuration file.

        Raises ConfigError when that file cannot be used.
        """
        given = self._settings.budget
        file, row = self._file()
        rows = (*file.budgets, *(row.budgets if row else ()))
        return [
            *([] if given is None else [Budget("VULTR_COST_BUDGET", given)]),
            *(Budget(_budget_name(row), row.monthly, row.tag, row.service) for row in rows),
        ]

    def keep_days(self) -> int:
        """How long lines and resources are kept.

        Raises ConfigError when the configuration file cannot be used.
        """
        return read_file(self._settings.config_file).history.keep_days

    def backend(self, history: History, exports: Exports | None = None) -> Backend:
        """What the tools of this account stand on."""
        return Backend(
            self,
            history,
            exports or NoExports(),
            budgets=self.budgets,
            keep_days=self.keep_days,
            now=self._now,
        )

    async def aclose(self) -> None:
        """Close the connections, if any were opened."""
        if self._collector is not None:
            await self._collector.client.aclose()

    @property
    def account(self) -> str:
        """What answers call the account."""
        return SAMPLE_ACCOUNT if self._settings.demo else self._name or UNNAMED

    def _file(self) -> tuple[File, AccountRow | None]:
        """The configuration file, and this account's part of it."""
        file = read_file(self._settings.config_file)
        if self._name is None:
            return file, None
        if self._name not in file.accounts:
            msg = f"The file that VULTR_COST_CONFIG names has no account {self._name} any more."
            raise ConfigError(msg)
        return file, file.accounts[self._name]

    def _open(self) -> Collector:
        # All of these only when needed.
        from vultr_cost_mcp.billing.price_table import price_table
        from vultr_cost_mcp.collect.collector import Collector
        from vultr_cost_mcp.demo import SampleTransport
        from vultr_cost_mcp.vultr.client import VultrClient

        settings = self._settings
        file, row = self._file()
        if settings.demo:
            key, transport, url = "sample", SampleTransport(), "https://sample.invalid/v2"
        else:
            key, transport, url = key_of(settings, self.account, row), None, settings.api_url
        exempt = file.exempt_tags if row is None or row.exempt_tags is None else row.exempt_tags
        client = VultrClient(
            base_url=url,
            key=key,
            limiter=self._limiter(),
            now=self._now,
            transport=transport,
        )
        return Collector(
            account=self.account,
            client=client,
            readings=self._readings,
            table=price_table({**file.prices, **(row.prices if row else {})}),
            now=self._now,
            cache_seconds=settings.cache_seconds,
            exempt_tags=frozenset(tag.strip().casefold() for tag in exempt),
            sample=settings.demo,
        )


def limiter_of(settings: Settings) -> Callable[[], AsyncLimiter]:
    """The one limiter of the accounts of a process, made when it is needed."""

    @cache
    def limiter() -> AsyncLimiter:
        from aiolimiter import AsyncLimiter

        if settings.demo:
            # The sample account is in this process: nobody's limit is to be kept.
            return AsyncLimiter(_NO_LIMIT, 1)
        return AsyncLimiter(1, _SLACK / settings.rate_limit)

    return limiter


def account_names(settings: Settings) -> list[str | None]:
    """The accounts of the configuration file; one without a name where it has none.

    A file that cannot be used is no reason not to start: each question will say what is wrong.
    """
    if settings.demo:
        return [None]
    try:
        return [*read_file(settings.config_file).accounts] or [None]
    except ConfigError:
        return [None]


def _budget_name(row: BudgetRow) -> str:
    return row.name or row.tag or row.service or "account"
