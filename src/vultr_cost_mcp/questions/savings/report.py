"""Savings: measured waste first, then investigations (D20)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.billing.projection import saved_by_destroying
from vultr_cost_mcp.domain.account_parts import EXISTING, LOOKED_AT, WASTED
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.report_fields import (
    Exempt,
    Label,
    Omitted,
    Small,
    Summed,
    Usd,
    top,
)
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.families.kinds_by_list import kinds_in
from vultr_cost_mcp.money import ZERO, allocate_known, cents_of, known_total, to_cents, total_of
from vultr_cost_mcp.questions.caveats import GROSS, caveats_with, has_discounts, price_caveats
from vultr_cost_mcp.questions.savings.advice import ADVICE, advice_for, how_to
from vultr_cost_mcp.questions.savings.ledger import RealisedSavings
from vultr_cost_mcp.questions.savings.likely_waste import inferred_waste, usage_wanted
from vultr_cost_mcp.questions.savings.measured_waste import (
    measured_waste,
    owned_balancers,
)
from vultr_cost_mcp.questions.savings.replay import Replay
from vultr_cost_mcp.questions.savings.rightsizing import cheaper_plans, cheaper_wanted
from vultr_cost_mcp.questions.savings.rows import ActionSum, OmittedLooks, Recommendation, saves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.questions.savings.findings import Finding


@dataclass(frozen=True, slots=True)
class OwnedBalancers:
    """Empty balancers that are no waste, because a Kubernetes cluster owns them."""

    count: int
    clusters: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class SavingsReport:
    """Measured waste in dollars a month, and investigations outside that total (D20).

    ``net_monthly_savings`` is less the price of the snapshots that it tells you to keep.
    ``saves_this_month`` is of measured waste alone, and ``month_end_if_done`` the projection
    without it (D22, D24). ``filters`` cover every figure but ``month_end_if_done``.
    ``realised_savings`` is None where no stored reading found waste, ``replay`` without a month.
    """

    total_monthly_savings: Summed | None
    total_annual_savings: Summed | None
    investigate_monthly: Summed | None
    recommendations: tuple[Recommendation, ...]
    omitted: Omitted
    investigations: tuple[Recommendation, ...]
    investigations_omitted: OmittedLooks
    below_minimum: Small
    investigations_below_minimum: Small
    exempt: Exempt
    net_monthly_savings: Usd | None
    saves_this_month: Usd | None
    by_action: tuple[ActionSum, ...]
    filters: dict[str, Label]
    unpriced: int = 0
    month_end_if_done: Usd | None = None
    left_out: OwnedBalancers | None = None
    realised_savings: RealisedSavings | None = None
    replay: Replay | None = None
    caveats: tuple[str, ...] = ()


_MOST_CLUSTERS = 5


def worth_a_look_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request details for investigations: traffic, usage, valid upgrades (D34)."""
    return [*usage_wanted(snapshot), *cheaper_wanted(snapshot)]


def savings(
    snapshot: Snapshot,
    *,
    min_monthly: Decimal,
    include_inferred: bool,
    limit: int = 10,
    kind: Kind | None = None,
    action: Action | None = None,
) -> SavingsReport:
    """Sum measured waste, each resource once, and list investigations beside it (D20, D22).

    Findings below ``min_monthly`` dollars a month are combined into one sum. ``include_inferred``
    adds investigations, and ``limit`` is the number of rows of each list. ``kind`` and ``action``
    keep findings of that kind of resource and of that action alone.
    """
    snapshot.require_some(EXISTING)
    measured = list(measured_waste(snapshot))
    likely = _inferred(snapshot, measured) if include_inferred else []
    counted, exempt = _split(_only(measured, kind, action), snapshot)
    look, _ = _split(_only(likely, kind, action), snapshot)
    costs, look_costs = _costs(counted), _costs(look)
    worth, small = _by_size(counted, costs, min_monthly)
    worth_a_look, small_look = _by_size(look, look_costs, min_monthly)
    now, look_now = _saves_this_month(counted, snapshot), _saves_this_month(look, snapshot)
    shown, omitted = top(_rows(worth, costs, allocate_known(now)), limit, saves)
    looks, looks_omitted = top(
        _rows(worth_a_look, look_costs, allocate_known(look_now)), limit, saves
    )
    total = _total(counted, costs, snapshot, WASTED)
    kept = total_of(_keep(finding) or ZERO for finding in counted)
    this_month = None if snapshot.charges is None else known_total(now.values())
    return SavingsReport(
        total_monthly_savings=total,
        total_annual_savings=None if total is None else total * 12,
        investigate_monthly=_total(look, look_costs, snapshot, LOOKED_AT),
        recommendations=shown,
        omitted=omitted,
        investigations=looks,
        investigations_omitted=OmittedLooks.naming(looks_omitted),
        below_minimum=_one_sum(small, costs),
        investigations_below_minimum=_one_sum(small_look, look_costs),
        unpriced=sum(finding.monthly_savings is None for finding in counted),
        exempt=exempt,
        net_monthly_savings=None if total is None else to_cents(total - kept),
        saves_this_month=cents_of(this_month),
        month_end_if_done=None
        if this_month is None or not counted
        else to_cents(project_month_end(snapshot).at_month_end - this_month),
        by_action=_by_action(counted, costs),
        filters={
            name: value for name, value in (("kind", kind), ("action", action)) if value is not None
        },
        left_out=_left_out(snapshot, kind, action),
        caveats=caveats_with(snapshot, _caveats(snapshot)),
    )


def _left_out(
    snapshot: Snapshot, kind: Kind | None, action: Action | None
) -> OwnedBalancers | None:
    """Return the empty balancers of clusters, where the filters ask for balancers."""
    asked = kind in (None, "load_balancer") and action in (None, "delete_empty_load_balancer")
    clusters = owned_balancers(snapshot) if asked else []
    names = tuple(sorted(set(clusters)))[:_MOST_CLUSTERS]
    return OwnedBalancers(len(clusters), names) if clusters else None


def _only(findings: Iterable[Finding], kind: Kind | None, action: Action | None) -> list[Finding]:
    """Return the findings of a kind of resource and of an action, where they are given."""
    return [
        found
        for found in findings
        if kind in (None, found.resource.kind) and action in (None, found.action)
    ]


def _by_action(findings: Iterable[Finding], costs: Mapping[str, Decimal]) -> tuple[ActionSum, ...]:
    """Count and sum findings by action, the largest sum first."""
    groups: dict[Action, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.action].append(finding)
    rows = [
        ActionSum(
            action,
            len(group),
            known_total(costs.get(f.resource.key) for f in group),
            ADVICE[action].lost,
            ADVICE[action].undo,
        )
        for action, group in groups.items()
    ]
    return top(rows, len(rows), lambda row: row.total)[0]


def _keep(finding: Finding) -> Decimal | None:
    """Return the dollars a month of the snapshot to keep of a stopped server (D22)."""
    stopped = finding.action == "delete_stopped_server"
    return finding.resource.keep_as_snapshot if stopped else None


def _saves_this_month(findings: Iterable[Finding], snapshot: Snapshot) -> dict[str, Decimal | None]:
    """Return the exact dollars of this month that acting now would save, by resource (D22).

    None without the bill's lines, without a price, or for a part of a resource's cost.
    """
    own = _own_charges(snapshot)
    known = snapshot.charges is not None
    return {
        found.resource.key: known_total(
            saved_by_destroying(one, own[one.key], snapshot.month, snapshot.now)
            for one in found.resources
        )
        if known and not found.partial
        else None
        for found in findings
    }


def _own_charges(snapshot: Snapshot) -> dict[str, list[Charge]]:
    own: dict[str, list[Charge]] = defaultdict(list)
    for charge in snapshot.charges or ():
        own[charge.resource_id or ""].append(charge)
    return own


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
    taken |= {resource.key for finding in found for resource in finding.resources}
    return [*found, *cheaper_plans(snapshot, taken)]


def _by_size(
    findings: Sequence[Finding], costs: Mapping[str, Decimal], minimum: Decimal
) -> tuple[list[Finding], list[Finding]]:
    """Split findings into rows and those below the minimum; unknown amounts get a row."""
    is_small = [costs.get(f.resource.key, minimum) < minimum for f in findings]
    pairs = list(zip(findings, is_small, strict=True))
    return [f for f, small in pairs if not small], [f for f, small in pairs if small]


def _one_sum(small: Sequence[Finding], costs: Mapping[str, Decimal]) -> Small:
    return Small(len(small), total_of(costs[finding.resource.key] for finding in small))


def _split(findings: list[Finding], snapshot: Snapshot) -> tuple[list[Finding], Exempt]:
    exempt = [finding.resource for finding in findings if snapshot.is_exempt(finding.resource)]
    counted = [finding for finding in findings if not snapshot.is_exempt(finding.resource)]
    cost = cents_of(known_total(resource.monthly_cost for resource in exempt))
    named = [(resource.name, snapshot.exempting_tag(resource)) for resource in exempt]
    return counted, Exempt.of(named, cost)


def _costs(findings: Iterable[Finding]) -> dict[str, Decimal]:
    return allocate_known({found.resource.key: found.monthly_savings for found in findings})


def _rows(
    findings: Iterable[Finding], costs: Mapping[str, Decimal], this_month: Mapping[str, Decimal]
) -> list[Recommendation]:
    """Return rows; ``costs`` and ``this_month`` are cents by resource, absent where unknown."""
    return [_row(f, costs.get(f.resource.key), this_month.get(f.resource.key)) for f in findings]


def _row(finding: Finding, cost: Decimal | None, saved: Decimal | None) -> Recommendation:
    resource, advice = finding.resource, advice_for(finding.action, finding.resource)
    notes = (resource.note,) if resource.note else ()
    return Recommendation(
        action=finding.action,
        kind=resource.kind,
        label=resource.name,
        resource_ids=tuple(one.id for one in finding.resources),
        monthly_savings=cost,
        saves_this_month=saved,
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
        keep_as_snapshot=cents_of(_keep(finding)),
    )


def _caveats(snapshot: Snapshot) -> list[str]:
    caveats = [GROSS] if has_discounts(snapshot) else []
    return [*caveats, *price_caveats(snapshot)]
