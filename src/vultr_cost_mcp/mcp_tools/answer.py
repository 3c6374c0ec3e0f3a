"""A tool's result together with the readings and the report that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Basis
    from vultr_cost_mcp.mcp_tools.envelope import Draft, Envelope


@dataclass(frozen=True, slots=True)
class Told:
    """An answer before it was written: its draft, with the report, and its envelope."""

    draft: Draft[Any]
    envelope: Envelope

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return the caveats as the answer shows them."""
        return self.envelope.caveats


class Answer(CallToolResult):
    """A result that knows the readings it rests on, so that it may be given again.

    It also knows its report and its envelope, so that several accounts are added up from those.
    """

    _basis: Basis | None = PrivateAttr(default=None)
    _told: Told | None = PrivateAttr(default=None)

    @property
    def basis(self) -> Basis | None:
        """The readings; None for an answer that is not to be kept."""
        return self._basis

    @property
    def told(self) -> Told | None:
        """The report and the envelope; None for a result that was not made from a draft."""
        return self._told

    def resting_on(self, basis: Basis | None) -> Answer:
        """Return this answer, resting on some readings."""
        self._basis = basis
        return self

    def made_of(self, told: Told) -> Answer:
        """Return this answer, with the report and the envelope that it was written from."""
        self._told = told
        return self
