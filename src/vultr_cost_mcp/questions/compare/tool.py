"""The tool ``compare_plans``."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import BILL, PUBLIC, SERVERS
from vultr_cost_mcp.domain.matching import is_same
from vultr_cost_mcp.domain.resource import SERVER_KINDS
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.families.plans.rules import CpuClass
from vultr_cost_mcp.mcp_tools.arguments import Limit, Region, checked_region
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.nearest_value import nearest_of
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.other_clouds.list_prices import PROVIDERS, Provider
from vultr_cost_mcp.questions.compare.candidates import ANY_GPU, Present, Wanted
from vultr_cost_mcp.questions.compare.report import (
    Comparison,
    PlansReport,
    account_elsewhere,
    availability_wanted,
    is_best_unsure,
)
from vultr_cost_mcp.questions.compare.report import (
    compare_plans as compared,
)
from vultr_cost_mcp.questions.compare.text import headline_plans, render_plans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

ACCOUNT_WORD = "account"
_LIKE_SERVER: frozenset[Part] = PUBLIC | SERVERS | BILL
_PLANS = frozenset({"plans", "plans_metal"})
_AVAILABILITY = frozenset({"region_availability"})
RESTS_ON = RestsOn(
    "best",
    {
        **each(_PLANS, "omitted", "count", "best"),
        # What a plan is compared with elsewhere depends on the country of its region.
        "plans": _PLANS | _AVAILABILITY | {"regions"},
        "like": frozenset(_LIKE_SERVER),
        "elsewhere": frozenset(_LIKE_SERVER),
        "oldest_price_day": _PLANS | {"regions"},
    },
)
# Where a plan before the cheapest may be in the region too (E18).
_RESTS_ON_AVAILABILITY = replace(
    RESTS_ON, figures={**RESTS_ON.figures, "best": _PLANS | _AVAILABILITY}
)
ACCOUNT_RESTS_ON = RestsOn(
    "elsewhere",
    each(frozenset(_LIKE_SERVER), "elsewhere", "count", "oldest_price_day"),
)
_NO_PRESENT = "The plan of {} is no longer listed: give vcpu and memory_gb instead of like."
_MAKER = "nvidia"
_SERVERS_AS_THEY_ARE = (
    "like=account compares the account's servers as they are: leave out {}, or ask without like."
)
_EXISTS = NextStep("list_resource_costs", {}, "what exists now and what it costs")


@question("Compare plans", PlansReport)
async def compare_plans(
    call: Call,
    vcpu: Annotated[int | None, Field(ge=1, le=1_000)] = None,
    memory_gb: Annotated[float | None, Field(ge=0.5, le=100_000)] = None,
    disk_gb: Annotated[int | None, Field(ge=1, le=1_000_000)] = None,
    gpu: Annotated[str | None, Field(max_length=40, description="Model, e.g. A100, or any")] = None,
    gpu_memory_gb: Annotated[int | None, Field(ge=1, le=10_000)] = None,
    cpu: CpuClass | None = None,
    region: Region | None = None,
    max_monthly: Annotated[
        float | None, Field(ge=0.01, le=1_000_000, description="USD at most")
    ] = None,
    like: Annotated[
        str | None,
        Field(max_length=200, description="Server, plan id, or account: all servers"),
    ] = None,
    elsewhere: Annotated[
        tuple[Provider, ...], Field(max_length=6, description="Other clouds")
    ] = (),
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[PlansReport]:
    """Cheapest plans that are at least so large, or instead of a server; the same, or the
    account, at other clouds by dated list prices. Cost of a change: estimate_cost."""
    wanted = Wanted(
        vcpu=_decimal(vcpu),
        memory_gb=_decimal(memory_gb),
        disk_gb=_decimal(disk_gb),
        gpu=_model(gpu),
        gpu_memory_gb=_decimal(gpu_memory_gb),
        cpu=cpu,
        max_monthly=_decimal(max_monthly),
    )
    providers = tuple(dict.fromkeys(elsewhere))
    if like is not None and like.strip().casefold() == ACCOUNT_WORD:
        return await _of_account(call, wanted, region, providers or PROVIDERS, limit)
    snapshot, present = await _with_present(call, like, region)
    there = checked_region(region, snapshot) or (present.region if present else None)
    _check_gpu(wanted.gpu, snapshot)
    asked = Comparison(wanted, there, present, providers)
    snapshot = await _with_availability(call, snapshot, asked)

    def draft(rows: int) -> Draft[PlansReport]:
        report = compared(snapshot, asked, limit=rows)
        return Draft(
            report,
            _RESTS_ON_AVAILABILITY if is_best_unsure(report) else RESTS_ON,
            headline_plans(report, whole=not snapshot.lacks(_PLANS)),
            render_plans(report),
            # What was not read may be cheaper, so no "at least": a sentence says it.
            known=False,
            next_steps=[_EXISTS] if present is None else [],
        )

    return Reply(snapshot, draft, limit)


async def _with_present(
    call: Call, like: str | None, region: str | None
) -> tuple[Snapshot, Present | None]:
    """Return a snapshot, and the server or the plan that ``like`` names."""
    snapshot = await call.snapshot(PUBLIC)
    snapshot.require("plans")
    if like is None:
        return snapshot, None
    if like.strip().casefold() in _plans(snapshot):
        return snapshot, _plan(snapshot, like, checked_region(region, snapshot))
    snapshot = await call.snapshot(_LIKE_SERVER, lambda read: _upgrades(read, like))
    snapshot.require("instances")
    return snapshot, _server(snapshot, like)


async def _with_availability(call: Call, snapshot: Snapshot, asked: Comparison) -> Snapshot:
    """Return the snapshot, with the region's availability where a plan does not name it (E18)."""
    wanted, present = availability_wanted(snapshot, asked), asked.present
    if not wanted:
        return snapshot
    server = None if present is None else present.server
    if server is None:
        return await call.snapshot(PUBLIC, lambda _: wanted)
    return await call.snapshot(_LIKE_SERVER, lambda read: [*_upgrades(read, server), *wanted])


async def _of_account(
    call: Call,
    wanted: Wanted,
    region: str | None,
    providers: tuple[Provider, ...],
    limit: int,
) -> Reply[PlansReport]:
    """Answer for all running servers of the account (E25)."""
    if wanted.given:
        raise UnknownValueError(_SERVERS_AS_THEY_ARE.format(", ".join(wanted.given)))
    snapshot = await call.snapshot(_LIKE_SERVER)
    # Without plans no server has a shape, without regions none has a price elsewhere.
    snapshot.require("instances", "plans", "regions")
    there = checked_region(region, snapshot)

    def draft(_: int) -> Draft[PlansReport]:
        report = account_elsewhere(snapshot, providers, there)
        return Draft(
            report,
            ACCOUNT_RESTS_ON,
            headline_plans(report, whole=ACCOUNT_RESTS_ON.is_whole(snapshot)),
            render_plans(report),
            # More servers make both sums larger, so no "at least": a sentence says it.
            known=False,
            next_steps=[NextStep("estimate_savings", {}, "what can be saved without moving")],
        )

    return Reply(snapshot, draft, limit)


def _model(gpu: str | None) -> str | None:
    """Return the model of a GPU without its maker."""
    if gpu is None or not gpu.casefold().startswith(_MAKER):
        return gpu
    return gpu[len(_MAKER) :].strip(" _-") or ANY_GPU


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _plans(snapshot: Snapshot) -> Mapping[str, ListPlan]:
    return snapshot.offer.plans if snapshot.offer else {}


def _plan(snapshot: Snapshot, like: str, region: str | None) -> Present:
    plan = _plans(snapshot)[like.strip().casefold()]
    return Present(plan.id, plan, region, plan.price_in(region or ""))


def _named(resources: Iterable[Resource] | None, name: str) -> list[Resource]:
    """Return the servers with that id, label, hostname or address; an id is one alone."""
    servers = [server for server in resources or () if server.kind in SERVER_KINDS]
    by_id = [server for server in servers if server.id == name.strip()]
    return by_id or [
        server
        for server in servers
        if any(
            text and is_same(name, text)
            for text in (server.label, server.hostname, *server.addresses)
        )
    ]


def _upgrades(snapshot: Snapshot, like: str) -> list[DetailRequest]:
    return [
        DetailRequest("instance_upgrades", server.id)
        for server in _named(snapshot.resources, like)[:1]
        if not server.metal
    ]


def _server(snapshot: Snapshot, like: str) -> Present:
    """Return the server that is meant; raises UnknownValueError if there is none, or several."""
    found = _named(snapshot.resources, like)
    if not found:
        raise UnknownValueError(_not_there(snapshot, like))
    if len({(server.plan, server.region, server.price) for server in found}) > 1:
        ids = ", ".join(server.id for server in found[:3])
        msg = f"{len(found)} servers are called that: give the id of one, such as {ids}."
        raise UnknownValueError(msg)
    server = found[0]
    plan = _plans(snapshot).get(server.plan or "")
    if plan is None:
        raise UnknownValueError(_NO_PRESENT.format("that server"))
    return Present(
        label=server.name,
        plan=plan,
        region=server.region,
        monthly=server.price,
        server=server.id,
        needs_ipv4=any(":" not in address for address in server.addresses),
        has_add_ons=bool(server.add_ons),
    )


def _not_there(snapshot: Snapshot, like: str) -> str:
    servers = [s.name for s in snapshot.resources or () if s.kind in SERVER_KINDS]
    near = nearest_of(like, [*_plans(snapshot), *servers], 2)
    hint = (
        f"Did you mean {' or '.join(near)}?"
        if near
        else "Give a plan id, a server's label or id, or account."
    )
    return f"like names no plan and no server of the account. {hint}"


def _check_gpu(gpu: str | None, snapshot: Snapshot) -> None:
    """Raise UnknownValueError for a model that no plan has."""
    models = sorted({plan.gpu_model for plan in _plans(snapshot).values() if plan.gpu_model})
    if gpu is None or gpu.strip().casefold() in {ANY_GPU, *(model.casefold() for model in models)}:
        return
    msg = f"No plan has that GPU. gpu is one of {', '.join([*models, ANY_GPU])}."
    raise UnknownValueError(msg)
