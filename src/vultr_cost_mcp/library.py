"""The library interface: ``await collect_metrics(api_key=...)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import opened
from vultr_cost_mcp.cli import clock_of
from vultr_cost_mcp.config import Settings, read_settings, real_key
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.questions.breakdown.report import breakdown
from vultr_cost_mcp.questions.collect.collecting import Collected, collected
from vultr_cost_mcp.questions.forecast.report import forecast, projected_exactly
from vultr_cost_mcp.questions.idle.report import idle_instances
from vultr_cost_mcp.questions.overview.report import overview

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pydantic import SecretStr

    from vultr_cost_mcp.domain.history import StoredResource
    from vultr_cost_mcp.domain.metrics import Metrics
    from vultr_cost_mcp.domain.snapshot import Gap
    from vultr_cost_mcp.questions.breakdown.report import BreakdownReport
    from vultr_cost_mcp.questions.forecast.report import ForecastReport
    from vultr_cost_mcp.questions.idle.report import IdleReport
    from vultr_cost_mcp.questions.overview.report import OverviewReport
    from vultr_cost_mcp.questions.savings.report import SavingsReport


@dataclass(frozen=True, slots=True)
class Analysis:
    """The reports on the same reading, with all their rows; None if one is not available."""

    overview: OverviewReport
    breakdown: BreakdownReport
    idle: IdleReport | None
    savings: SavingsReport | None
    forecast: ForecastReport | None


@dataclass(frozen=True, slots=True)
class Collection:
    """One reading of an account: the record, the existing resources, and the analysis.

    Amounts are ``Decimal`` dollars. ``gaps`` lists the parts that could not be read, and
    ``store_error`` is the reason if the record was not stored. ``dataclasses.asdict`` turns it into
    plain dicts.
    """

    metrics: Metrics
    resources: tuple[StoredResource, ...]
    analysis: Analysis
    gaps: tuple[Gap, ...]
    run_id: str
    stored: bool
    store_error: str | None
    account_id: str | None = None


async def collect_metrics(
    api_key: str | None = None,
    *,
    account: str | None = None,
    store: str | None = None,
    settings: Settings | None = None,
    now: Callable[[], datetime] | None = None,
) -> Collection:
    """Read an account from Vultr, store its record, and return it with resources and analysis.

    Args:
        api_key: the Vultr API key; by default ``VULTR_API_KEY`` or a configured account's key.
        account: the account's name in the configuration file; required if it has several.
        store: the history's address, as in ``VULTR_COST_STORE``; ``off`` stores nothing.
        settings: settings to use instead of the environment's.
        now: the clock, in UTC; by default the system's.

    Raises:
        ConfigError: a setting is missing or invalid.
        VultrError: the account could not be read.
    """
    given = settings or read_settings()
    update = {"api_key": None if api_key is None else _key(api_key), "store": store}
    given = given.model_copy(update={name: v for name, v in update.items() if v is not None})
    async with opened(given, now or clock_of(given), [_name(given, api_key, account)]) as backends:
        (backend,) = backends.values()
        done = await collected(backend.take, backend.history, keep_days=backend.keep_days())
    return _collection(done)


def _key(text: str) -> SecretStr:
    """Return the given key, checked like the environment's."""
    key = real_key(text)
    if key is None:
        msg = "api_key holds no key: it is empty, or a placeholder. Give Vultr's key."
        raise ConfigError(msg)
    return key


def _name(settings: Settings, api_key: str | None, account: str | None) -> str | None:
    """Return the name of the account to read, None if a key is given."""
    if api_key is not None:
        return None
    names = account_names(settings)
    if account in names or (account is None and len(names) == 1):
        return account or names[0]
    known = ", ".join(name for name in names if name)
    msg = f"Say which account: {known or 'the configuration file names none'}."
    raise ConfigError(msg)


def _collection(done: Collected) -> Collection:
    snapshot, report = done.snapshot, done.report
    savings = None if done.savings is None else done.savings.total_monthly_savings
    rows = max(1, len(snapshot.resources or ()), len(snapshot.month_charges or ()))
    return Collection(
        metrics=report.metrics,
        resources=done.run.resources,
        analysis=Analysis(
            overview=overview(
                snapshot,
                projected=projected_exactly(snapshot),
                savings_monthly=savings,
            ),
            breakdown=breakdown(snapshot, limit=rows),
            idle=None
            if "instances" in snapshot.failures or snapshot.resources is None
            else idle_instances(snapshot, limit=rows),
            savings=done.savings,
            forecast=None if snapshot.charges is None else forecast(snapshot, limit=rows),
        ),
        gaps=snapshot.gaps,
        run_id=report.run_id,
        stored=report.stored,
        store_error=report.store_error,
        account_id=report.account_id,
    )
