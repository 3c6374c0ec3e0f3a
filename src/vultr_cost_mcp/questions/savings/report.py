"""Savings: measured waste first, then investigations (D20)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.projection import saved_by_destroying
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.parts import EXISTING, LOOKED_AT, WASTED
from vultr_cost_mcp.domain.report_fields import (
    Confidence,
    Exempt,
    Label,
    Omitted,
    RowIds,
    Summed,
    Usd,
    top,
)
from vultr_cost_mcp.domain.resource import Kind, PriceSource
from vultr_cost_mcp.families.listed import kinds_in
from vultr_cost_mcp.money import allocate_known, cents_of, known_total, to_cents, total_of
from vultr_cost_mcp.questions.caveats import GROSS, caveats_with, has_discounts, price_caveats
from vultr_cost_mcp.questions.savings.advice import advice_for, how_to
from vultr_cost_mcp.questions.savings.likely_waste import inferred_waste, usage_wanted
from vultr_cost_mcp.questions.savings.measured_waste import measured_waste
from vultr_cost_mcp.questions.savings.rightsizing import cheaper_plans, cheaper_wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest
    from vultr_cost_mcp.questions.savings.findings import Finding


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A way to reduce the bill: amount, loss, and how to undo it (D22)."""

    action: Action
    kind: Kind
    label: Label
    resource_ids: RowIds
    monthly_savings: Usd | None
    saves_this_month: Usd | None
    lost: str
    undo: str
    how_to: str
    evidence: tuple[str, ...]
    risk: Literal["low", "medium", "high"]
    effort: Literal["low", "medium", "high"] = "low"
    reversible: bool = False
    confidence: Confidence = "measured"
    price_source: PriceSource | None = "list"
    caveats: tuple[str, ...] = ()
    keep_as_snapshot: Usd | None = None


@dataclass(frozen=True, slots=True)
class SavingsReport:
    """Measured waste in dollars a month, and investigations outside that total (D20)."""

    total_monthly_savings: Summed | None
    total_annual_savings: Summed | None
    investigate_monthly: Summed | None
    recommendations: tuple[Recommendation, ...]
    omitted: Omitted
    investigations: tuple[Recommendation, ...]
    investigations_omitted: Omitted
    below_minimum: Omitted
    investigations_below_minimum: Omitted
    unpriced: int
    exempt: Exempt
    caveats: tuple[str, ...] = ()


def worth_a_look_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request details for investigations: traffic, usage, valid upgrades (D34)."""
    return [*usage_wanted(snapshot), *cheaper_wanted(snapshot)]


def savings(
    snapshot: Snapshot,
    *,
    min_monthly: Decimal,
    include_inferred: bool,
    limit: int = 10,
) -> SavingsReport:
    """Sum measured waste, each resource once, and list investigations beside it (D20, D22).

    Findings below ``min_monthly`` dollars a month are combined into one sum. ``include_inferred``
    adds investigations, and ``limit`` is the number of rows of each list.
    """
    snapshot.require_some(EXISTING)
    measured = list(measured_waste(snapshot))
    counted, exempt = _split(measured, snapshot)
    look, _ = _split(_inferred(snapshot, measured) if include_inferred else [], snapshot)
    costs, look_costs = _costs(counted), _costs(look)
    worth, small = _by_size(counted, costs, min_monthly)
    worth_a_look, small_look = _by_size(look, look_costs, min_monthly)
    shown, omitted = top(_rows(worth, costs, snapshot), limit, lambda row: row.monthly_savings)
    looks, looks_omitted = top(
        _rows(worth_a_look, look_costs, snapshot), limit, lambda row: row.monthly_savings
    )
    total = _total(counted, costs, snapshot, WASTED)
    return SavingsReport(
        total_monthly_savings=total,
        total_annual_savings=None if total is None else total * 12,
        investigate_monthly=_total(look, look_costs, snapshot, LOOKED_AT),
        recommendations=shown,
        omitted=omitted,
        investigations=looks,
        investigations_omitted=looks_omitted,
        below_minimum=_one_sum(small, costs),
        investigations_below_minimum=_one_sum(small_look, look_costs),
        unpriced=sum(finding.monthly_savings is None for finding in counted),
        exempt=exempt,
        caveats=caveats_with(snapshot, _caveats(snapshot)),
    )


def shortened(report: SavingsReport, limit: int, look_limit: int) -> SavingsReport:
    """Return the report with shorter lists and the same totals."""
    shown, omitted = top(report.recommendations, limit, lambda row: row.monthly_savings)
    looks, looks_omitted = top(report.investigations, look_limit, lambda row: row.monthly_savings)
    return replace(
        report,
        recommendations=shown,
        omitted=omitted,
        investigations=looks,
        investigations_omitted=looks_omitted,
    )


def measured_total(snapshot: Snapshot) -> Decimal | None:
    """Return measured waste in dollars a month: ``total_monthly_savings`` (D19)."""
    counted, _ = _split(list(measured_waste(snapshot)), snapshot)
    return _total(counted, _costs(counted), snapshot, WASTED)


def _total(
    findings: Sequence[Finding],
    costs: Mapping[str, Decimal],
    snapshot: Snapshot,
    lists: frozenset[Part],
) -> Decimal | None:
    """Sum findings; None if no amount is known, or if nothing was found in unread lists (D33).

    ``costs`` are the dollars a month by resource, ``lists`` the parts that findings come from.
    """
    kinds = kinds_in(lists)
    if not findings and snapshot.unread(lists, (r for r in snapshot.known if r.kind in kinds)):
        return None
    return known_total(costs.get(finding.resource.key) for finding in findings)


def _inferred(snapshot: Snapshot, measured: Sequence[Finding]) -> list[Finding]:
    taken = {finding.resource.key for finding in measured}
    found = list(inferred_waste(snapshot, taken))
    taken |= {finding.resource.key for finding in found}
    return [*found, *cheaper_plans(snapshot, taken)]


def _by_size(
    findings: Sequence[Finding], costs: Mapping[str, Decimal], minimum: Decimal
) -> tuple[list[Finding], list[Finding]]:
    """Split findings into rows and those below the minimum; unknown amounts get a row."""
    is_small = [costs.get(f.resource.key, minimum) < minimum for f in findings]
    pairs = list(zip(findings, is_small, strict=True))
    return [f for f, small in pairs if not small], [f for f, small in pairs if small]


def _one_sum(small: Sequence[Finding], costs: Mapping[str, Decimal]) -> Omitted:
    return Omitted(len(small), total_of(costs[finding.resource.key] for finding in small))


def _split(findings: list[Finding], snapshot: Snapshot) -> tuple[list[Finding], Exempt]:
    exempt = [finding.resource for finding in findings if snapshot.is_exempt(finding.resource)]
    counted = [finding for finding in findings if not snapshot.is_exempt(finding.resource)]
    cost = cents_of(known_total(resource.monthly_cost for resource in exempt))
    return counted, Exempt(len(exempt), cost)


def _costs(findings: Iterable[Finding]) -> dict[str, Decimal]:
    return allocate_known({found.resource.key: found.monthly_savings for found in findings})


def _rows(
    findings: Sequence[Finding], costs: Mapping[str, Decimal], snapshot: Snapshot
) -> list[Recommendation]:
    own: dict[str, list[Charge]] = defaultdict(list)
    for charge in snapshot.charges or ():
        own[charge.resource_id or ""].append(charge)
    return [_row(f, costs.get(f.resource.key), own[f.resource.key], snapshot) for f in findings]


def _row(
    finding: Finding,
    cost: Decimal | None,
    charges: Sequence[Charge],
    snapshot: Snapshot,
) -> Recommendation:
    resource, advice = finding.resource, advice_for(finding.action, finding.resource)
    saved = saved_by_destroying(resource, charges, snapshot.month, snapshot.now)
    if snapshot.charges is None or finding.partial:
        saved = None
    keep = resource.keep_as_snapshot if finding.action == "delete_stopped_server" else None
    notes = (resource.note,) if resource.note else ()
    return Recommendation(
        action=finding.action,
        kind=resource.kind,
        label=resource.name,
        resource_ids=(resource.id,),
        monthly_savings=cost,
        saves_this_month=None if saved is None else to_cents(saved),
        price_source=resource.price_source,
        confidence="inferred" if finding.action.startswith("review") else "measured",
        effort=advice.effort,
        risk=advice.risk,
        reversible=advice.reversible,
        evidence=(finding.evidence,),
        caveats=(*finding.caveats, *notes),
        lost=advice.lost,
        undo=advice.undo,
        how_to=finding.how_to or how_to(finding.action, resource),
        keep_as_snapshot=None if keep is None else to_cents(keep),
    )


def _caveats(snapshot: Snapshot) -> list[str]:
    caveats = [GROSS] if has_discounts(snapshot) else []
    return [*caveats, *price_caveats(snapshot)]
