"""A budget: dollars a month for the account, a tag or a service (rule D27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Budget:
    """Dollars that may be spent a month on everything, or on what carries a tag or a service."""

    name: str
    monthly: Decimal
    tag: str | None = None
    service: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it covers the whole account."""
        return self.tag is None and self.service is None
