"""The report behind ``collect_metrics``."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.domain.report_fields import Label


@dataclass(frozen=True, slots=True)
class CollectReport:
    """A record, and whether it was stored; ``store_error`` is the reason if it was not.

    ``account_id`` is the account's id in the history, independent of its name.
    """

    metrics: Metrics
    run_id: str
    stored: bool
    store_error: str | None = None
    account_id: Label | None = None
    caveats: tuple[str, ...] = ()
