"""Find the figures of an answer that rest on unread parts (D33)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.mcp_tools.envelope import Envelope


@dataclass(frozen=True, slots=True)
class RestsOn:
    """The parts that each figure of a tool's answer rests on, declared once per tool.

    ``figures`` are the answer's top-level fields, and fields inside one by their path, such as
    ``credit.with_tax``, where they alone rest on a part. ``headline`` names the field of the
    headline's own figure; if that figure is one of several inside a field, ``own`` are its parts. A
    gap in a part outside ``known`` may affect anything, so it touches every figure.
    """

    headline: str
    figures: Mapping[str, frozenset[str]]
    own: frozenset[str] | None = None
    known: frozenset[str] = NAMED

    def touched(self, part: str) -> tuple[str, ...]:
        """Return the figures that rest on a part."""
        return tuple(
            name for name, parts in self.figures.items() if part in parts or part not in self.known
        )

    def is_whole(self, snapshot: Snapshot) -> bool:
        """Return whether no gap touches the headline's own figure."""
        own = self.figures[self.headline] if self.own is None else self.own
        return not any(gap.part in own or gap.part not in self.known for gap in snapshot.gaps)

    def partial(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the figures beside the headline's own that a gap touches."""
        touched = {name for gap in snapshot.gaps for name in self.touched(gap.part)}
        beside = self.own is not None
        return tuple(
            name for name in self.figures if name in touched and (beside or name != self.headline)
        )

    def hedged(self, snapshot: Snapshot) -> frozenset[str]:
        """Return the figures to call "at least" one by one: none if the whole sentence says it."""
        return frozenset(self.partial(snapshot) if self.is_whole(snapshot) else ())


def each(parts: frozenset[str], *names: str) -> dict[str, frozenset[str]]:
    """Return a mapping of several figures to the same parts."""
    return dict.fromkeys(names, parts)


def of_accounts(
    answers: Mapping[str, Envelope], said: Mapping[str, str], summed: Sequence[str]
) -> RestsOn:
    """Return the parts that totals over accounts rest on.

    ``answers`` are the envelopes by account, ``said`` the errors of the other accounts,
    and ``summed`` the figures that are added up. The headline's own figure is the first of them, as
    in the headline of a single account.
    """
    gaps = [
        (f"{name} {gap.part}", {*gap.touches}, envelope.coverage.complete)
        for name, envelope in answers.items()
        for gap in envelope.coverage.gaps
    ]
    # The figures of a metrics record are summed too; they are inside one field.
    sums = {*summed, "metrics"}
    first = summed[0] if summed else "status"
    totals = {part for part, touches, _ in gaps if touches & sums}
    headline = {
        part
        for part, touches, whole in gaps
        if first in touches or (not whole and "metrics" in touches)
    }
    any_figure = {part for part, touches, _ in gaps if touches}
    return RestsOn(
        "totals",
        {"accounts": frozenset({*any_figure, *said}), "totals": frozenset({*totals, *said})},
        own=frozenset({*headline, *said}),
        known=frozenset({*said, *(part for part, _, _ in gaps)}),
    )
