"""Compare plans by shape and price, and with list prices of other clouds (rules E21 to E26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.report_fields import Label, UnitPrice, Usd
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.families.plans.rules import CpuClass, cpu_class, gpus_of
from vultr_cost_mcp.money import CENT, ZERO, percent_of, to_cents
from vultr_cost_mcp.other_clouds.list_prices import Provider, oldest_day
from vultr_cost_mcp.questions.caveats import caveats_with
from vultr_cost_mcp.questions.compare.candidates import (
    GIB,
    Deployable,
    Wanted,
    candidates,
    deployable,
    is_choice,
)
from vultr_cost_mcp.questions.compare.caveats import elsewhere_caveats, plan_caveats
from vultr_cost_mcp.questions.compare.other_clouds import (
    Compared,
    Places,
    compare_account,
    match_at,
    running_servers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.other_clouds.list_prices import OtherPlan
    from vultr_cost_mcp.other_clouds.matching import Match
    from vultr_cost_mcp.questions.compare.candidates import Present

HALF = 50.0
How = Literal["resize", "rebuild"]


@dataclass(frozen=True, slots=True)
class LikeRow:
    """The server that plans are compared with: its plan, at its price a month without add-ons."""

    label: Label
    plan: Label
    monthly: Usd | None


@dataclass(frozen=True, slots=True)
class GpuRow:
    """The GPUs of a plan: ``cards`` is a whole number or a part such as 1/2, null if unknown."""

    model: Label
    cards: str | None
    memory_gb: UnitPrice | None


@dataclass(frozen=True, slots=True)
class ExcessRow:
    """Processors and memory of a shape elsewhere, as multiples of the plan's."""

    vcpu: UnitPrice
    memory: UnitPrice


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """The nearest shape at one provider; without one ``instance`` is null, and ``why`` says why.

    ``difference`` is its price there less the plan's.
    """

    provider: Provider
    instance: str | None
    vcpu: UnitPrice | None = None
    memory_gb: UnitPrice | None = None
    monthly: Usd | None = None
    difference: Usd | None = None
    excess: ExcessRow | None = None
    source_date: date | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan at its price in the region of ``filters``, without one at that of most regions.

    ``change`` is its price less that of the compared server, and ``how`` a server gets it.
    """

    plan: Label
    class_: CpuClass | None
    vcpu: UnitPrice | None
    memory_gb: UnitPrice | None
    disk_gb: UnitPrice | None
    transfer_gb: UnitPrice | None
    monthly: Usd
    per_gb: Usd | None
    per_vcpu: Usd | None
    gpu: GpuRow | None = None
    deployable: Deployable = "yes"
    change: Usd | None = None
    how: How | None = None
    elsewhere: tuple[ElsewhereRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedRow:
    """The number of running servers with a match, and their share of the cost in percent."""

    count: int
    of: int
    share_of_cost: float | None


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """A reason for no match, with the number of its servers."""

    why: str
    count: int


@dataclass(frozen=True, slots=True)
class AccountElsewhereRow:
    """The matched servers of the account at one provider, and their plans' cost here."""

    provider: Provider
    here: Usd | None
    there: Usd | None
    difference: Usd | None
    matched: MatchedRow
    unmatched: tuple[UnmatchedRow, ...]


@dataclass(frozen=True, slots=True)
class BestRow:
    """The cheapest plan that the region is known to have, other than the present one."""

    plan: Label
    monthly: Usd
    change: Usd | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Plans that the list does not show."""

    count: int


@dataclass(frozen=True, slots=True)
class PlansReport:
    """Plans that meet every minimum, the cheapest first, or the account at other clouds.

    ``count`` is the number of plans, or of running servers for the account. ``oldest_price_day`` is
    the day of the oldest price elsewhere in the answer.
    """

    plans: tuple[PlanRow, ...]
    omitted: LeftOut
    count: int
    best: BestRow | None
    elsewhere: tuple[AccountElsewhereRow, ...]
    filters: dict[str, Label]
    like: LikeRow | None = None
    oldest_price_day: date | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The terms of a comparison: minima, a region, a server or plan to match, other clouds."""

    wanted: Wanted
    region: str | None = None
    present: Present | None = None
    elsewhere: tuple[Provider, ...] = ()


def compare_plans(snapshot: Snapshot, asked: Comparison, *, limit: int = 10) -> PlansReport:
    """List the plans that meet every minimum, at most ``limit`` (E21)."""
    region, present = asked.region, asked.present
    found = _found(snapshot, asked)
    places = Places.of(snapshot.regions)
    used: list[OtherPlan] = []
    rows = tuple(_row(plan, asked, snapshot, places, used) for plan in found[:limit])
    offered = snapshot.offered.get(region or "")
    unknown = any(row.deployable == "unknown" for row in rows)
    return PlansReport(
        like=None if present is None else _like(present),
        plans=rows,
        omitted=LeftOut(len(found) - len(rows)),
        count=len(found),
        best=_best(found, region, present, offered),
        elsewhere=(),
        oldest_price_day=oldest_day(used),
        filters=asked.wanted.given | ({} if region is None else {"region": region}),
        caveats=caveats_with(
            snapshot,
            [
                *elsewhere_caveats(asked.elsewhere, oldest_day(used)),
                *plan_caveats(
                    found[:limit],
                    region,
                    unread=unknown and offered is None,
                    unlisted=unknown and offered is not None,
                    add_ons=present is not None and present.has_add_ons,
                ),
            ],
        ),
    )


def availability_wanted(snapshot: Snapshot, asked: Comparison) -> list[DetailRequest]:
    """Return the request for the region's availability, where a plan does not name it (E18)."""
    region = asked.region
    if region is None or all(deployable(p, region) == "yes" for p in _found(snapshot, asked)):
        return []
    return [DetailRequest("region_availability", region)]


def is_best_unsure(report: PlansReport) -> bool:
    """Return whether a plan before the cheapest one may be in the region too (E18)."""
    best = None if report.best is None else report.best.plan
    before = takewhile(lambda row: row.plan != best, report.plans)
    own = None if report.like is None else report.like.plan
    return any(row.deployable == "unknown" and row.plan != own for row in before)


def _found(snapshot: Snapshot, asked: Comparison) -> list[ListPlan]:
    plans: Mapping[str, ListPlan] = snapshot.offer.plans if snapshot.offer else {}
    return candidates(plans.values(), asked.wanted, asked.region, asked.present)


def account_elsewhere(
    snapshot: Snapshot, providers: Sequence[Provider], region: str | None
) -> PlansReport:
    """Return the cost of the running servers at other clouds (E25)."""
    servers = [
        server
        for server in running_servers(snapshot.resources or ())
        if region in {None, server.region}
    ]
    plans: Mapping[str, ListPlan] = snapshot.offer.plans if snapshot.offer else {}
    places = Places.of(snapshot.regions)
    compared = [compare_account(servers, plans, provider, places) for provider in providers]
    oldest = oldest_day(plan for one in compared for plan in one.used)
    return PlansReport(
        plans=(),
        omitted=LeftOut(0),
        count=len(servers),
        best=None,
        elsewhere=tuple(map(_account_row, compared)),
        oldest_price_day=oldest,
        filters={} if region is None else {"region": region},
        caveats=caveats_with(snapshot, elsewhere_caveats(providers, oldest)),
    )


def _account_row(compared: Compared) -> AccountElsewhereRow:
    here = None if compared.here is None else to_cents(compared.here)
    share = None if compared.cost is None else percent_of(compared.here or ZERO, compared.cost)
    return AccountElsewhereRow(
        provider=compared.provider,
        here=here,
        there=compared.there,
        difference=_less(compared.there, here),
        matched=MatchedRow(compared.matched, compared.of, share),
        unmatched=tuple(UnmatchedRow(why, count) for why, count in compared.reasons),
    )


def _like(present: Present) -> LikeRow:
    monthly = None if present.monthly is None else to_cents(present.monthly)
    return LikeRow(present.label, present.plan.id, monthly)


def _best(
    plans: Iterable[ListPlan],
    region: str | None,
    present: Present | None,
    offered: frozenset[str] | None,
) -> BestRow | None:
    """Return the first plan that is a choice; ``plans`` are in the order of their prices."""
    others = (plan for plan in plans if present is None or is_choice(plan, region, present))
    plan = next((plan for plan in others if deployable(plan, region, offered) == "yes"), None)
    if plan is None:
        return None
    monthly = to_cents(plan.price_in(region or "") or ZERO)
    before = None if present is None else _like(present).monthly
    return BestRow(plan.id, monthly, _less(monthly, before))


def _row(
    plan: ListPlan,
    asked: Comparison,
    snapshot: Snapshot,
    places: Places,
    used: list[OtherPlan],
) -> PlanRow:
    """Return a plan's row, and add its matches to ``used``."""
    region, present = asked.region, asked.present
    monthly = to_cents(plan.price_in(region or "") or ZERO)
    memory = None if plan.memory_mb is None else plan.memory_mb / GIB
    return PlanRow(
        plan=plan.id,
        class_=cpu_class(plan),
        vcpu=_plain(plan.vcpus),
        memory_gb=_plain(memory),
        disk_gb=_plain(plan.disk_gb),
        transfer_gb=_plain(plan.bandwidth_gb),
        gpu=_gpu(plan) if plan.gpu else None,
        monthly=monthly,
        per_gb=_each(monthly, memory),
        per_vcpu=_each(monthly, plan.vcpus),
        deployable=deployable(plan, region, snapshot.offered.get(region or "")),
        change=None if present is None else _less(monthly, _like(present).monthly),
        how=None if present is None else _how(plan, present, snapshot),
        elsewhere=tuple(_elsewhere(plan, monthly, asked, places, used)),
    )


def _how(plan: ListPlan, present: Present, snapshot: Snapshot) -> How | None:
    """Return how a server gets a plan; None for its own, without a server, or if not known."""
    if present.server is None or plan.id == present.plan.id:
        return None
    if plan.metal:
        return "rebuild"
    upgrades = snapshot.upgrades.get(present.server)
    if upgrades is None:
        return None
    return "resize" if plan.id in upgrades else "rebuild"


def _elsewhere(
    plan: ListPlan,
    monthly: Decimal,
    asked: Comparison,
    places: Places,
    used: list[OtherPlan],
) -> Iterable[ElsewhereRow]:
    for provider in asked.elsewhere:
        match = match_at(provider, plan, asked.region, places)
        if isinstance(match, str):
            yield ElsewhereRow(provider, None, why=match)
        else:
            used.append(match.plan)
            yield _matched(match, monthly)


def _matched(match: Match, monthly: Decimal) -> ElsewhereRow:
    there = match.plan
    return ElsewhereRow(
        provider=there.provider,
        instance=there.name,
        vcpu=_plain(there.vcpus),
        memory_gb=_plain(there.memory),
        monthly=there.month,
        difference=there.month - monthly,
        excess=ExcessRow(to_cents(match.vcpus), to_cents(match.memory)),
        source_date=there.day,
    )


def _gpu(plan: ListPlan) -> GpuRow:
    return GpuRow(plan.gpu_model, _cards(gpus_of(plan)), _plain(plan.gpu_memory_gb))


def _cards(cards: Fraction | None) -> str | None:
    return None if cards is None else str(cards)


def _each(monthly: Decimal, number: Decimal | None) -> Decimal | None:
    return to_cents(monthly / number) if number else None


def _less(amount: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if amount is None or other is None else amount - other


def _plain(number: Decimal | None) -> Decimal | None:
    """Return a size without trailing zeros, with at most two decimals."""
    if number is None:
        return None
    whole = number.to_integral_value()
    return whole if number == whole else number.quantize(CENT).normalize()
