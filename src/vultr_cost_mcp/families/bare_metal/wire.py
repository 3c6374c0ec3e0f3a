"""Bare metal servers as the API sends them, and as resources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.families.machines import Machine, TrafficDay, daily_traffic, machine
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.domain.resource import Kind, Resource
    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.plans.wire import Catalog
    from vultr_cost_mcp.families.price_table import PriceTable


class BareMetal(Machine):
    """``/bare-metals``: it has no power state."""


def bare_metals(
    servers: Iterable[BareMetal], catalog: Catalog, table: PriceTable
) -> Iterator[Resource]:
    """Return bare metal servers: no power state in the API, and a month of 672 hours."""
    for server in servers:
        resource = machine(server, catalog, table)
        kind: Kind = "gpu_bare_metal" if resource.gpu else "bare_metal"
        yield replace(resource, kind=kind, usual_hours=MONTH_HOURS)


def _resources(sources: Sources) -> Iterable[Resource]:
    return bare_metals(sources.rows("bare_metals"), sources.plans, sources.table)


FAMILY = Family(
    endpoints={
        "bare_metals": list_of(
            "/bare-metals",
            "bare_metals",
            BareMetal,
            right=Right("bare-metal servers", VIEW, "compute.baremetal.List"),
        ),
        "bare_metal_traffic": Endpoint(
            "/bare-metals/{id}/bandwidth",
            ("bandwidth",),
            TrafficDay,
            "map",
            kept=daily_traffic,
            right=Right(
                "traffic of bare-metal servers", VIEW, "compute.baremetal.Read", assumed=True
            ),
        ),
    },
    resources=_resources,
)
