"""Shorten savings to the room of an answer: the largest findings whole, the next ones by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import top
from vultr_cost_mcp.domain.untrusted_text import clean
from vultr_cost_mcp.questions.savings.measured_waste import EVIDENCE, KIND_OF
from vultr_cost_mcp.questions.savings.rows import NamedFinding, NamedLook, OmittedLooks, saves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.questions.savings.report import SavingsReport
    from vultr_cost_mcp.questions.savings.rows import Recommendation

_LOOKS_SHARE = 5
# Names come first: a whole row takes the room of several.
_ROWS_OF_NAMES = 2
_NAMES_A_ROW = 4
_MOST_NAMES = 12
_MOST_LOOKS = 3


def fitted(
    report: SavingsReport, rows: int, limit: int, shared: Collection[str] = frozenset()
) -> SavingsReport:
    """Return the report with ``rows`` of ``limit`` rows: all in full, or else most by name.

    ``shared`` are the labels that several resources of the account carry: they need an id.
    """
    if rows == limit:
        return shortened(report, rows, each=True, names=limit, shared=shared)
    names = min(_NAMES_A_ROW * rows, _MOST_NAMES)
    full = min(rows, max(1, rows - _ROWS_OF_NAMES))
    return shortened(report, full, each=False, names=names, shared=shared)


def shortened(
    report: SavingsReport,
    rows: int,
    *,
    each: bool,
    names: int = 0,
    shared: Collection[str] = frozenset(),
) -> SavingsReport:
    """Return the report with shorter lists and rows, and the same totals.

    ``rows`` are the most of ``each`` list, or else of both together: then at most a fifth are
    investigations, if they would save more than the findings left out. Up to ``names`` further
    findings are named, the largest of every action first.
    """
    found = [_in_short(row) for row in report.recommendations]
    looks: list[Recommendation] = list(report.investigations)
    most, most_looks = (rows, rows) if each else _shares(found, looks, rows)
    shown, omitted = top(found, most, saves)
    shown_looks, looks_omitted = top(looks, most_looks, saves)
    others = _others(_rest(found, shown), {row.action for row in shown}, names)
    named = [_named(row, shared) for row in _to_name(_rest(looks, shown_looks), names)]
    return replace(
        report,
        recommendations=shown,
        omitted=omitted,
        investigations=shown_looks,
        investigations_omitted=OmittedLooks.naming(looks_omitted, tuple(named)),
        by_action=tuple(
            replace(one, others=tuple(_other(row, shared) for row in others[one.action]))
            for one in report.by_action
        ),
    )


def _shares(
    found: Sequence[Recommendation], looks: Sequence[Recommendation], rows: int
) -> tuple[int, int]:
    """Divide rows between findings and investigations."""
    largest, _ = top([*found, *looks], rows, saves)
    large = sum(row.confidence == "inferred" for row in largest)
    most_looks = max(min(large, rows // _LOOKS_SHARE), rows - len(found))
    return rows - most_looks, most_looks


def _rest(rows: Iterable[Recommendation], shown: Iterable[Recommendation]) -> list[Recommendation]:
    """Return the rows that a list does not show, the largest first."""
    there = {id(row) for row in shown}
    rest = [row for row in rows if id(row) not in there]
    return list(top(rest, len(rest), saves)[0])


def _others(
    rest: Sequence[Recommendation], shown: Collection[Action], names: int
) -> dict[Action, list[Recommendation]]:
    """Return so many findings to name by action, the largest of an action without a row first."""
    first: dict[Action, Recommendation] = {}
    for row in rest:
        if row.action not in shown:
            first.setdefault(row.action, row)
    leading = list(first.values())
    chosen = [*leading, *_rest(rest, leading)][:names]
    others: dict[Action, list[Recommendation]] = defaultdict(list)
    for row in top(chosen, names, saves)[0]:
        others[row.action].append(row)
    return others


def _to_name(looks: Iterable[Recommendation], names: int) -> list[Recommendation]:
    """Return the investigations to name, the first ones; a doubt takes the room of a name."""
    chosen: list[Recommendation] = []
    room = min(names, _MOST_LOOKS)
    for row in looks:
        if room <= 0:
            break
        chosen.append(row)
        room -= 1 + bool(row.caveats)
    return chosen


def _other(row: Recommendation, shared: Collection[str]) -> NamedFinding:
    return NamedFinding(row.label, row.monthly_savings, _id(row, shared), row.caveats)


def _named(row: Recommendation, shared: Collection[str]) -> NamedLook:
    return NamedLook(row.action, row.label, row.monthly_savings, _id(row, shared), row.caveats)


def _id(row: Recommendation, shared: Collection[str]) -> str | None:
    """Return the id of a row whose label alone does not tell which resource it is."""
    label = clean(row.label)
    return row.resource_ids[0] if not label or label in shared else None


def _in_short(row: Recommendation) -> Recommendation:
    """Return a row without the fields that ``by_action`` has for its action."""
    evidence = () if row.evidence == (EVIDENCE[row.action],) else row.evidence
    kind = None if row.kind == KIND_OF[row.action] else row.kind
    return replace(row, kind=kind, evidence=evidence, lost="", undo="")
