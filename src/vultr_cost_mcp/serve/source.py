"""The account behind the tools, opened at the first question so that starting costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.config import read_file
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from vultr_cost_mcp.collect.collector import Collector
    from vultr_cost_mcp.collect.readings import Readings
    from vultr_cost_mcp.config import BudgetRow, Settings
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import Wanted

SAMPLE_ACCOUNT = "sample"
# Requests leave evenly and a little slower than the limit allows: a burst that the network
# squeezes together would pass it at Vultr's end (D35).
_SLACK = 1.05

NO_KEY = (
    "VULTR_API_KEY is not set, so there is no account to read. Create a key under Account > API at "
    "my.vultr.com, put it into the server's environment and restart it; or try --demo."
)


class AccountSource:
    """Implements ``domain.source.Take`` for the account that the settings name."""

    def __init__(self, settings: Settings, readings: Readings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._readings = readings
        self._now = now
        self._collector: Collector | None = None

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[Wanted]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
    ) -> Snapshot:
        """Take a snapshot; raises ConfigError when there is no key."""
        if self._collector is None:
            self._collector = self._open()
        return await self._collector(needs, follow_up, progress, fresh=fresh)

    def budgets(self) -> list[Budget]:
        """The budgets of the environment and of the configuration file.

        Raises ConfigError when that file cannot be used.
        """
        given = self._settings.budget
        rows = read_file(self._settings.config_file).budgets
        return [
            *([] if given is None else [Budget("VULTR_COST_BUDGET", given)]),
            *(Budget(_budget_name(row), row.monthly, row.tag, row.service) for row in rows),
        ]

    async def aclose(self) -> None:
        """Close the connections, if any were opened."""
        if self._collector is not None:
            await self._collector.client.aclose()

    def _open(self) -> Collector:
        # All of these only when needed.
        from aiolimiter import AsyncLimiter

        from vultr_cost_mcp.collect.collector import Collector
        from vultr_cost_mcp.demo import SampleTransport
        from vultr_cost_mcp.prices.table import price_table
        from vultr_cost_mcp.vultr.client import VultrClient

        settings = self._settings
        file = read_file(settings.config_file)
        if settings.demo:
            key, transport, url = "sample", SampleTransport(), "https://sample.invalid/v2"
        else:
            key, transport, url = _key(settings), None, settings.api_url
        client = VultrClient(
            base_url=url,
            key=key,
            limiter=AsyncLimiter(1, _SLACK / settings.rate_limit),
            now=self._now,
            transport=transport,
        )
        return Collector(
            account=SAMPLE_ACCOUNT if settings.demo else UNNAMED,
            client=client,
            readings=self._readings,
            table=price_table(file.prices),
            now=self._now,
            cache_seconds=settings.cache_seconds,
            exempt_tags=frozenset(tag.strip().casefold() for tag in file.exempt_tags),
            sample=settings.demo,
        )


def _budget_name(row: BudgetRow) -> str:
    return row.name or row.tag or row.service or "account"


def _key(settings: Settings) -> str:
    if settings.api_key is None:
        raise ConfigError(NO_KEY)
    key = settings.api_key.get_secret_value()
    if not key.isascii() or not key.isprintable() or " " in key:
        msg = "VULTR_API_KEY holds characters that no key has. Copy the key again."
        raise ConfigError(msg)
    return key
