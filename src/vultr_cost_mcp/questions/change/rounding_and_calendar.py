"""Changes that are one driver together: those of rounding and of a month's length (D30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.change.rows import Driver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROUNDING = "Rounding"
MONTH_LENGTH = "Month length"
# All changes of one of these kinds are one driver.
TOGETHER = frozenset({"rounding", "calendar"})


def rounding(noise: Sequence[Driver]) -> Iterable[Driver]:
    """Yield one driver for all differences from rounding."""
    before = total_of(row.from_total for row in noise)
    after = total_of(row.to_total for row in noise)
    if before != after:
        note = f"on {len(noise)} things" if len(noise) > 1 else ""
        yield Driver("rounding", ROUNDING, "Other", before, after, after - before, note)


def calendar(rows: Sequence[Driver], resources: int) -> Iterable[Driver]:
    """Yield one driver for all that only a month's length changed (D30).

    ``resources`` is their number, also if several have one name and are one row.
    """
    if not rows:
        return
    before = total_of(row.from_total for row in rows)
    after = total_of(row.to_total for row in rows)
    services = {row.service for row in rows}
    service = services.pop() if len(services) == 1 else "Other"
    which = f"{count(resources, 'resource')} ran through both months"
    note = f"{which}{': ' if resources == 1 else ', each with '}{rows[0].note}"
    yield Driver("calendar", MONTH_LENGTH, service, before, after, after - before, note)
