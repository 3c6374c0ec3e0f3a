"""The tool ``estimate_cost``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vultr_cost_mcp.domain.account_parts import (
    BILL,
    INVENTORY,
    LISTED,
    NOTHING,
    POOL,
    PRICED,
    PROJECTED,
    PUBLIC,
    REGIONS,
)
from vultr_cost_mcp.domain.price_list import PriceList
from vultr_cost_mcp.domain.snapshot_source import DetailRequest, billed_gateways_wanted
from vultr_cost_mcp.errors import MissingKeyError
from vultr_cost_mcp.mcp_tools.arguments import Limit, checked_region
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.caveats import caveats_with
from vultr_cost_mcp.questions.estimate.account import (
    Standing,
    clock_of,
    named_resource,
    standing_of,
)
from vultr_cost_mcp.questions.estimate.changes import price_change
from vultr_cost_mcp.questions.estimate.items import (
    Item,
    ItemKind,
    PricedItem,
    price_item,
    replacing,
    stopping,
)
from vultr_cost_mcp.questions.estimate.needs import price_lists
from vultr_cost_mcp.questions.estimate.report import Ceiling, EstimateReport, estimate, most_monthly
from vultr_cost_mcp.questions.estimate.terraform_plan import Plan, read_plan
from vultr_cost_mcp.questions.estimate.text import headline_estimate, render_estimate
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.questions.estimate.changes import Clock
    from vultr_cost_mcp.questions.estimate.text import Kind

_ACCOUNT: frozenset[Part] = BILL | INVENTORY | POOL
_STOPPING = frozenset({"update", "delete", "replace"})
_MOST_UPGRADES = 40
# More changes than these take over 20 ms.
_LARGE = 300
_OF_MONTH = ("total_monthly", "monthly_before", "monthly_change", "lines", "unpriced")
_BILLED_AS_SERVERS = frozenset({"server", "bare_metal"})
_SERVERS = (
    "Licences of Windows and of applications cost extra, and have no list price. An account has a "
    "maximum monthly fee, above which Vultr refuses servers."
)
_NEXT = NextStep("check_budget", {}, "whether the month is inside the budget without the change")


class EstimateItem(BaseModel):
    """One thing to price; a value that is not given is absent, null, empty or 0."""

    model_config = ConfigDict(extra="forbid")

    kind: ItemKind = "server"
    plan: str = Field("", max_length=80, description="Plan id")
    region: str = Field("", max_length=40)
    quantity: int = Field(1, ge=1, le=1000, description="Things or nodes")
    size_gb: float = Field(0, ge=0, le=1e9)
    block_type: Literal["any", "high_perf", "storage_opt"] = Field("any", description="NVMe or HDD")
    tier: str = Field("", max_length=40, description="Tier id")
    backups: bool = False
    ddos_protection: bool = False
    hours: int = Field(0, ge=0, le=744, description="0: all month")
    replaces: str = Field("", max_length=200, description="Label or id that stops; may stand alone")

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        """Drop arguments that are not given."""
        if not isinstance(value, dict):
            return value
        stated = cast("dict[str, Any]", value)
        return {name: given for name, given in stated.items() if given not in (None, "")}

    def item(self) -> Item:
        """Return the item to price."""
        return Item(
            kind=self.kind,
            plan=self.plan.strip().lower() or None,
            region=self.region.strip().lower() or None,
            quantity=self.quantity,
            size_gb=Decimal(str(self.size_gb)) if self.size_gb else None,
            block_type=None if self.block_type == "any" else self.block_type,
            tier=self.tier.strip() or None,
            backups=self.backups,
            ddos_protection=self.ddos_protection,
            hours=self.hours or None,
            replaces=self.replaces.strip() or None,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The subject of a call, and the parts that answer it."""

    items: tuple[Item, ...]
    plan: Plan
    budget: Decimal | None
    warn_percent: int
    kind: Kind

    @property
    def rests_on(self) -> RestsOn:
        """Return the parts that each figure rests on: only lists of the subject."""
        month = (*_OF_MONTH, "for_hours", "would_fail")
        return RestsOn(
            "monthly_change",
            {
                **each(self.lists, *month),
                "rest_of_this_month": self.lists | BILL | LISTED,
                "budget": self.lists | PROJECTED | PRICED,
            },
        )

    @property
    def lists(self) -> frozenset[Part]:
        """The lists of prices."""
        items = price_lists(item.kind for item in self.items)
        return items | price_lists(row.thing for row in self.plan.changes)

    @property
    def servers(self) -> bool:
        """Return whether a server begins, which may have a licence, or be refused."""
        begins = {row.thing for row in self.plan.changes if row.action in {"create", "replace"}}
        kinds = {item.kind for item in self.items if not item.only_stops}
        return bool(_BILLED_AS_SERVERS & {*begins, *kinds})

    @property
    def account(self) -> frozenset[Part]:
        """Return the parts of the account: stopping things have lines, and a budget has a month."""
        stops = any(row.action in _STOPPING for row in self.plan.changes)
        replaces = any(item.replaces for item in self.items)
        return _ACCOUNT if stops or replaces or self.budget is not None else NOTHING


@question("Estimate", EstimateReport)
async def estimate_cost(
    call: Call,
    items: Annotated[
        list[EstimateItem] | None, Field(max_length=20, description="Things to price")
    ] = None,
    terraform_plan: Annotated[str, Field(description="Path of its JSON; over HTTP the JSON")] = "",
    budget: Annotated[
        float | None,
        Field(ge=0.01, le=1_000_000_000, description="USD a month; else the configured one"),
    ] = None,
    warn_percent: Annotated[int, Field(ge=1, le=100, description="Percent of it that warns")] = 80,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[EstimateReport]:
    """What a change costs before it is made, items or a Terraform plan: a month, the rest of
    this one, the budget after it."""
    text = await call.account.plans(terraform_plan) if terraform_plan else ""
    plan = await worked_out(lambda: read_plan(text), large=True) if terraform_plan else Plan(())
    asked = _Asked(
        items=tuple(item.item() for item in items or ()),
        plan=plan,
        budget=_budget(call, budget),
        warn_percent=warn_percent,
        kind="plan" if terraform_plan else "items" if items else "nothing",
    )
    snapshot, without_key = await _taken(call, asked)
    large = snapshot.large or len(plan.changes) > _LARGE
    if terraform_plan or asked.budget is not None:
        # The file, or the configuration, may be edited while the readings stay.
        snapshot = replace(snapshot, basis=None, large=large)
    rows, assumptions = await worked_out(
        lambda: _priced(asked, snapshot, without_key=without_key), large=large
    )
    ceiling = _ceiling(asked, snapshot, without_key=without_key)

    def draft(most: int) -> Draft[EstimateReport]:
        report = estimate(
            rows,
            ceiling,
            free_changes=plan.free_changes,
            without_key=without_key,
            assumptions=assumptions,
            caveats=caveats_with(snapshot, [*plan.notes, *([_SERVERS] if asked.servers else [])]),
            limit=most,
        )
        return Draft(
            report,
            asked.rests_on,
            headline_estimate(report, snapshot.month.start, asked.kind, most_monthly(rows)),
            render_estimate(report, ceiling),
            next_steps=[_NEXT] if not without_key else [],
            # Less may be as partial as more: a sentence says what has no price.
            known=bool(report.lines) and not any(row.change.change < 0 for row in rows),
        )

    return Reply(snapshot, draft, limit)


def _budget(call: Call, given: float | None) -> Decimal | None:
    """Return the budget that was given, else the lowest configured one of the whole account."""
    if given is not None:
        return Decimal(str(given))
    return min((row.monthly for row in call.account.budgets() if row.whole), default=None)


async def _taken(call: Call, asked: _Asked) -> tuple[Snapshot, bool]:
    """Return a snapshot of prices and account; without a key, of public prices alone."""
    needs = asked.lists | REGIONS
    try:
        if asked.account:
            needs_all = needs | asked.account
            snapshot = await snapshot_with_bill(
                call, needs_all, lambda found: _details_wanted(asked, found)
            )
        else:
            snapshot = await call.snapshot(needs)
    except MissingKeyError:
        if any(item.replaces for item in asked.items):
            # Only the account knows what an item replaces.
            raise
        snapshot = await call.snapshot(needs & PUBLIC)
        needs &= PUBLIC
        without_key = True
    else:
        without_key = False
    snapshot.require_some(needs - REGIONS)
    return snapshot, without_key


def _details_wanted(asked: _Asked, snapshot: Snapshot) -> list[DetailRequest]:
    """Return the readings that tell which plans a server may be changed to (E17)."""
    known = {resource.id for resource in snapshot.resources or ()}
    changed = [
        server
        for row in asked.plan.changes
        if row.thing == "server" and row.action == "update" and row.before and row.after
        if row.before.text("plan") != row.after.text("plan")
        if (server := row.before.text("id") or "") in known
    ]
    upgrades = [DetailRequest("instance_upgrades", server) for server in changed[:_MOST_UPGRADES]]
    return [*upgrades, *(billed_gateways_wanted(snapshot) if asked.budget is not None else [])]


def _priced(
    asked: _Asked, snapshot: Snapshot, *, without_key: bool
) -> tuple[list[PricedItem], list[str]]:
    """Return every item and change with its price, and the assumptions."""
    prices = replace(snapshot.offer or PriceList({}, {}), public=without_key)
    clock = clock_of(snapshot)
    rows = [_priced_item(item, snapshot, prices, clock) for item in asked.items]
    rows += [PricedItem(price_change(row, prices, clock), None) for row in asked.plan.changes]
    assumed = any(row.change.assumed for row in rows)
    since = f"resources that stop have run since {snapshot.month.start:%-d %B}"
    unknown = f"{since}; the bill was not read, or does not name them."
    return rows, [unknown] if assumed else []


def _priced_item(item: Item, snapshot: Snapshot, prices: PriceList, clock: Clock) -> PricedItem:
    checked_region(item.region, snapshot)
    if item.replaces is None:
        return price_item(item, prices, clock)
    if item.only_stops:
        return stopping(named_resource(item.replaces, snapshot), clock)
    priced = price_item(item, prices, clock)
    return replacing(priced, named_resource(item.replaces, snapshot), clock)


def _ceiling(asked: _Asked, snapshot: Snapshot, *, without_key: bool) -> Ceiling | None:
    if asked.budget is None:
        return None
    standing = Standing() if without_key else standing_of(snapshot)
    return Ceiling(asked.budget, standing, clock_of(snapshot).hours_left, asked.warn_percent)
