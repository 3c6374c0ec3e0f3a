"""A budget: dollars a month for the account, a tag or a service (rule D27)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import HUNDRED

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit in dollars a month on the whole bill, or on the lines of a tag or a service."""

    name: str
    monthly: Decimal
    tag: str | None = None
    service: str | None = None

    @property
    def whole(self) -> bool:
        """Return whether it covers the whole account."""
        return self.tag is None and self.service is None


def of_account(budgets: Iterable[Budget], given: float | None) -> Budget | None:
    """Return the budget of the whole account: the given one, else the lowest of ``budgets``."""
    if given is not None:
        return Budget("monthly", Decimal(str(given)))
    return min((row for row in budgets if row.whole), key=lambda row: row.monthly, default=None)


def warning_line(projected: Decimal | None, budget: Decimal, warn_percent: int) -> str:
    """Return how a projection that warns stands to the share of the budget from which it warns."""
    above = projected is not None and projected * HUNDRED > budget * warn_percent
    return f"{'above' if above else 'at'} the {warn_percent} % warning line"
