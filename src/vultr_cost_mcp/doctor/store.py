"""The store of the history: whether it can be read, and its contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.accounts.open import history_of, sampled
from vultr_cost_mcp.doctor.check import Check, from_error
from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.errors import ConfigError, StoreDisabledError, StoreError
from vultr_cost_mcp.history import shown
from vultr_cost_mcp.markdown import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.domain.accounts import Kept


async def store(settings: Settings) -> Check:
    """Check the store; without it the program works and has no days to compare."""
    try:
        history = history_of(settings)
        place = "The sample account" if sampled(settings) else shown(settings.store)
        kept = await history.kept()
    except StoreDisabledError:
        return Check("store", "ok", "Switched off: no readings are kept, and days have no history.")
    except (ConfigError, StoreError) as error:
        return from_error("store", error, "warn")
    return Check("store", "ok", f"{place}: {_content(kept)}.")


def _content(kept: Sequence[Kept]) -> str:
    if not kept:
        return "empty; the first reading is kept by collect_metrics or vultr-cost-mcp collect"
    runs = sum(row.runs for row in kept)
    firsts = [row.first for row in kept if row.first is not None]
    lasts = [row.last for row in kept if row.last is not None]
    days = f", {day_name(min(firsts))} to {day_name(max(lasts))}" if firsts and lasts else ""
    return f"{count(runs, 'reading')} of {count(len(kept), 'account')}{days}"
