"""Write list prices as sheets that other tools read: OpenInfraQuote, OpenCost, plain CSV (E27)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.export.cells import written_number
from vultr_cost_mcp.families.plans.rules import cpu_class, usual_hours
from vultr_cost_mcp.money import to_cents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.catalog import ListPlan

SheetFormat = Literal["oiq", "opencost", "csv"]
# Both tools multiply the price of an hour by 730; by 672, as Vultr caps, $20.00 would be $21.73.
HOURS = Decimal(730)
NOTE = (
    "An hour is the month / 730, because the tools multiply by 730. Vultr charges most plans for "
    "672 hours a month at most: a part of a month costs 8.6 % more than the sheet says, a whole "
    "month does not."
)
# OpenInfraQuote skips the first row, and prices nothing that no usage entry names.
_OIQ_HEAD = (
    "service",
    "product_family",
    "match_set",
    "pricing_match_set",
    "price",
    "price_type",
    "ccy",
)
_OIQ_BY_HOUR = (
    "vultr_instance",
    "vultr_bare_metal_server",
    "vultr_reserved_ip",
    "vultr_nat_gateway",
)
_OIQ_BY_SIZE = (
    "vultr_block_storage",
    "vultr_kubernetes",
    "vultr_kubernetes_node_pools",
    "vultr_load_balancer",
)
# Where a pool's plan and nodes are among the values of a resource.
_POOLS = {
    "vultr_kubernetes": "values.node_pools",
    "vultr_kubernetes_node_pools": "values",
}
_SIX_DIGITS = Decimal("0.000001")
_GIB = Decimal(1024)
_CURRENCY = "USD"
_OPENCOST_HEAD = (
    "EndTimestamp",
    "InstanceID",
    "Region",
    "AssetClass",
    "InstanceIDField",
    "InstanceType",
    "MarketPriceHourly",
    "Version",
)
_NODE_LABEL = "metadata.labels.node.kubernetes.io/instance-type"
# Storage classes of Vultr's clusters, by the price of a GB in the table.
_CLASSES = {
    "vultr-block-storage": "block_gb_high_perf",
    "vultr-block-storage-retain": "block_gb_high_perf",
    "vultr-block-storage-hdd": "block_gb_storage_opt",
    "vultr-block-storage-hdd-retain": "block_gb_storage_opt",
}
_CSV_HEAD = (
    "kind",
    "plan",
    "region",
    "class",
    "month_usd",
    "hour_usd",
    "capped_at_hours",
    "vcpu",
    "memory_gb",
    "disk_gb",
    "transfer_gb",
    "gpu",
    "gpu_memory_gb",
)
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan in a region that offers it, in dollars a month."""

    plan: ListPlan
    region: str
    monthly: Decimal

    @property
    def hour(self) -> str:
        """Return the price of an hour with six digits; a month has 730 hours."""
        return an_hour(self.monthly)


def an_hour(monthly: Decimal) -> str:
    """Return the price of an hour with six digits; a month has 730 hours."""
    return format((monthly / HOURS).quantize(_SIX_DIGITS), "f")


def price_sheet(
    plans: Iterable[ListPlan],
    table: Mapping[str, Decimal],
    regions: Sequence[str],
    as_format: SheetFormat,
) -> str:
    """Return the sheet of plans in ``regions``; ``table`` are the prices that the API lacks.

    A plan is in it where it is offered, at the price of that region.
    """
    rows = _WRITERS[as_format](_priced(plans, regions), table, regions)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def openinfraquote_usage() -> str:
    """Return the usage file of OpenInfraQuote, without which it prices nothing of Vultr's.

    Servers and addresses run for a month's hours. Volumes, pools and balancers have no entry for
    usage: their size comes from the plan.
    """
    by_hour = {"description": "Vultr, hours of a month", "match_query": _any_of(_OIQ_BY_HOUR)}
    by_size = {"description": "Vultr, a month each", "match_query": _any_of(_OIQ_BY_SIZE)}
    return json.dumps([{**by_hour, "usage": {"time": int(HOURS)}}, by_size], indent=2) + "\n"


def _any_of(types: Iterable[str]) -> str:
    return " or ".join(f"type = {name}" for name in types)


def _priced(plans: Iterable[ListPlan], regions: Sequence[str]) -> list[Priced]:
    """Return the plans that anybody may order, by name and region."""
    found = [
        Priced(plan, region, to_cents(price))
        for plan in sorted(plans, key=lambda plan: plan.id)
        if plan.on_demand and not plan.one_an_account
        for region in regions
        if region in plan.locations and (price := plan.price_in(region)) is not None
    ]
    return [row for row in found if row.monthly]


def _oiq(rows: Sequence[Priced], table: Mapping[str, Decimal], regions: Sequence[str]) -> list[Row]:
    """Return rows of OpenInfraQuote; a price by an attribute is that of a month."""

    def sheet_row(family: str, match: str, region: str, price: str, by: str = "t") -> Row:
        return ("Vultr", family, match, f"region={region}", price, by, _CURRENCY)

    found: list[Row] = [_OIQ_HEAD]
    for row in rows:
        metal, where, plan = row.plan.metal, row.region, f"values.plan={row.plan.id}"
        kind = "vultr_bare_metal_server" if metal else "vultr_instance"
        found.append(sheet_row("Compute", f"type={kind}&{plan}", where, row.hour))
        if not metal:
            for kind, at in _POOLS.items():
                pool = f"type={kind}&{at}.plan={row.plan.id}"
                by = f"a={at}.node_quantity"
                found.append(sheet_row("Kubernetes", pool, where, f"{row.monthly}", by))
    for region in regions:
        for kind in ("high_perf", "storage_opt"):
            match = f"type=vultr_block_storage&values.block_type={kind}"
            price = f"{table[f'block_gb_{kind}']}"
            found.append(sheet_row("Block Storage", match, region, price, "a=values.size_gb"))
        node = f"{table['load_balancer']}"
        balancer = "type=vultr_load_balancer"
        found.append(sheet_row("Load Balancer", balancer, region, node, "a=values.nodes"))
        address = "type=vultr_reserved_ip&values.ip_type=v4"
        found.append(sheet_row("Network", address, region, an_hour(table["reserved_ipv4"])))
        gateway = an_hour(table["nat_gateway"])
        found.append(sheet_row("Network", "type=vultr_nat_gateway", region, gateway))
    return found


def _opencost(
    rows: Sequence[Priced], table: Mapping[str, Decimal], _regions: Sequence[str]
) -> list[Row]:
    """Return rows of OpenCost: nodes by their plan and region, volumes by their class."""
    nodes = [
        ("", row.plan.id, row.region, "node", _NODE_LABEL, row.plan.id, row.hour, "v1")
        for row in rows
    ]
    volumes = [
        ("", name, "", "pv", "spec.storageClassName", "", an_hour(table[price]), "v1")
        for name, price in _CLASSES.items()
    ]
    return [_OPENCOST_HEAD, *nodes, *volumes]


def _plain(
    rows: Sequence[Priced], _table: Mapping[str, Decimal], _regions: Sequence[str]
) -> list[Row]:
    return [_CSV_HEAD, *map(_plain_row, rows)]


def _plain_row(row: Priced) -> Row:
    plan = row.plan
    memory = None if plan.memory_mb is None else (plan.memory_mb / _GIB).normalize()
    return (
        "bare_metal" if plan.metal else "server",
        plan.id,
        row.region,
        cpu_class(plan) or "",
        f"{row.monthly}",
        row.hour,
        str(usual_hours(plan.id, plan)),
        *(
            written_number(number) or ""
            for number in (plan.vcpus, memory, plan.disk_gb, plan.bandwidth_gb)
        ),
        plan.gpu_model,
        written_number(plan.gpu_memory_gb) or "",
    )


_WRITERS: Mapping[
    SheetFormat, Callable[[Sequence[Priced], Mapping[str, Decimal], Sequence[str]], list[Row]]
] = {"oiq": _oiq, "opencost": _opencost, "csv": _plain}
