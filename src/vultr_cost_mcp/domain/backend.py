"""The sources and stores behind the tools of one account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.exporting import Exports, NoExports
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.domain.plan_source import InlinePlans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from vultr_cost_mcp.domain.budget import Budget
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.plan_source import PlanSource
    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource

KEEP_DAYS = 400


@dataclass(frozen=True, slots=True)
class Backend:
    """The source that the tools of one account read, and the stores that they write.

    ``budgets`` and ``keep_days`` raise ConfigError when the configuration file cannot be used.
    Lines and resources of readings older than ``keep_days`` are dropped. ``now`` is the clock.
    ``plans`` reads Terraform plans.
    """

    take: SnapshotSource
    history: History = field(default_factory=DisabledHistory)
    exports: Exports = field(default_factory=NoExports)
    budgets: Callable[[], Sequence[Budget]] = tuple
    keep_days: Callable[[], int] = lambda: KEEP_DAYS
    now: Callable[[], datetime] | None = None
    plans: PlanSource = field(default_factory=InlinePlans)
