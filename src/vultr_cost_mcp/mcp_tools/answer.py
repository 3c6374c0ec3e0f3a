"""A tool's result together with the readings that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.types import CallToolResult
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Basis


class Answer(CallToolResult):
    """A result that knows the readings it rests on, so that it may be given again."""

    _basis: Basis | None = PrivateAttr(default=None)

    @property
    def basis(self) -> Basis | None:
        """The readings; None for an answer that is not to be kept."""
        return self._basis

    def resting_on(self, basis: Basis | None) -> Answer:
        """Return this answer, resting on some readings."""
        self._basis = basis
        return self
