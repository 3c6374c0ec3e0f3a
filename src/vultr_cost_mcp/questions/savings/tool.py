"""The tool ``estimate_savings``."""

from __future__ import annotations

from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, get_args

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import BILL, INFERRED, INVENTORY, MEASURED, POOL, PROJECTED
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.resource import KINDS
from vultr_cost_mcp.domain.snapshot_source import gateways_wanted, most_expensive_first
from vultr_cost_mcp.mcp_tools.arguments import Limit, one_of
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.mcp_tools.row_ids import shared_labels
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.idle.report import traffic_wanted
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.proof import invoice_wanted, proof_of, shortened_proof
from vultr_cost_mcp.questions.savings.report import (
    SavingsReport,
    savings,
    worth_a_look_wanted,
)
from vultr_cost_mcp.questions.savings.shortened import fitted
from vultr_cost_mcp.questions.savings.text import headline_savings, render_savings

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.resource import Kind
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

Name = Annotated[str, Field(max_length=40)]
ACTIONS: tuple[Action, ...] = get_args(Action)
NEEDS: frozenset[Part] = INVENTORY | BILL | POOL
RESTS_ON = RestsOn(
    "total_monthly_savings",
    {
        **each(MEASURED, "total_monthly_savings", "total_annual_savings"),
        "investigate_monthly": INFERRED,
        **each(MEASURED, "recommendations", "omitted"),
        **each(INFERRED, "investigations", "investigations_omitted"),
        "below_minimum": MEASURED,
        "investigations_below_minimum": INFERRED,
        **each(MEASURED, "unpriced", "exempt", "net_monthly_savings", "by_action", "left_out"),
        "saves_this_month": MEASURED | BILL,
        "month_end_if_done": MEASURED | PROJECTED,
    },
)
_REPLAY = "Prove on last_month or YYYY-MM"
# If space is short, what was not asked for gets so little of it.
_ASIDE_SHARE = 4
_ASIDE = 2


@question("Savings", SavingsReport)
async def estimate_savings(
    call: Call,
    min_monthly: Annotated[
        float, Field(ge=0, le=1_000_000, description="USD; less is one sum")
    ] = 1,
    include_inferred: Annotated[bool, Field(description="Likely ones too")] = True,
    kind: Name = "",
    action: Name = "",
    replay: Annotated[
        str | None,
        Field(pattern=r"^(last_month|\d{4}-(0[1-9]|1[0-2]))$", description=_REPLAY),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[SavingsReport]:
    """Every way to cut the bill, and how: stopped servers, unattached volumes and addresses,
    empty balancers, doubled snapshots; savings so far."""
    kinds: Kind | None = one_of("kind", kind, KINDS)
    actions: Action | None = one_of("action", action, ACTIONS)
    wanted = partial(_follow_up, include_inferred=include_inferred, replay=replay)
    snapshot = await snapshot_with_bill(call, NEEDS, wanted)
    snapshot, proof = await proof_of(call.account, snapshot, replay, (kinds, actions))
    rests_on = proof.rests_on(RESTS_ON)

    @cache
    def whole() -> SavingsReport:
        report = savings(
            snapshot,
            min_monthly=Decimal(str(min_monthly)),
            include_inferred=include_inferred,
            limit=len(snapshot.resources or ()),
            kind=kinds,
            action=actions,
        )
        return proof.add_to(report, snapshot)

    def draft(rows: int) -> Draft[SavingsReport]:
        # If space is short, both lists share it.
        less = rows if rows == limit else max(min(rows, _ASIDE), rows // _ASIDE_SHARE)
        found, proofs = (rows, less) if replay is None else (_beside_replay(rows, limit), rows)
        report = fitted(whole(), found, limit, shared_labels(snapshot))
        report = shortened_proof(report, proofs)
        return Draft(
            report,
            rests_on,
            headline_savings(report, rests_on.hedged(snapshot)),
            render_savings(report),
            narrowed_by=("kind", "action"),
        )

    return Reply(snapshot, draft, limit)


def _beside_replay(rows: int, limit: int) -> int:
    """Return the rows of findings where a replay was asked for and space is short."""
    return rows if rows == limit else rows // _ASIDE_SHARE


def _follow_up(
    snapshot: Snapshot, *, include_inferred: bool, replay: str | None
) -> list[DetailRequest]:
    owned = [
        *ownership_wanted(snapshot),
        *gateways_wanted(snapshot),
        *invoice_wanted(snapshot, replay),
    ]
    if not include_inferred:
        return owned
    look = [*worth_a_look_wanted(snapshot), *traffic_wanted(snapshot)]
    # Without duplicates: two rules may request the same cluster's resources.
    return list(dict.fromkeys([*owned, *most_expensive_first(snapshot, look)]))
