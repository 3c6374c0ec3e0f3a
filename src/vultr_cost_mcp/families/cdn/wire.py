"""CDN zones as the API sends them, and as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Instant,
    Number,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources


_GB = Decimal(10) ** 9


class CdnZone(Wire):
    """``/cdns/pull-zones`` and ``/cdns/push-zones``: no price in the API."""

    id: Id
    label: Text = ""
    status: Text = ""
    date_created: Instant = None
    in_bytes: Number = None
    out_bytes: Number = None


def cdn_zones(rows: Iterable[CdnZone], plan: str) -> Iterator[Resource]:
    """Return CDN zones; they are charged by traffic, so no monthly price is known."""
    for row in rows:
        traffic = [amount for amount in (row.in_bytes, row.out_bytes) if amount is not None]
        yield Resource(
            id=row.id,
            kind="cdn",
            label=row.label,
            region="",
            state="active" if row.status == "active" else "other",
            plan=plan,
            created=row.date_created,
            used_gb=sum(traffic) / _GB if traffic else None,
        )


def _resources(sources: Sources) -> Iterable[Resource]:
    yield from cdn_zones(sources.rows("pull_zones"), "pull zone")
    yield from cdn_zones(sources.rows("push_zones"), "push zone")


FAMILY = Family(
    endpoints={
        "pull_zones": list_of(
            "/cdns/pull-zones", "pull_zones", CdnZone, right=Right("CDN pull zones", VIEW)
        ),
        "push_zones": list_of(
            "/cdns/push-zones", "push_zones", CdnZone, right=Right("CDN push zones", VIEW)
        ),
    },
    resources=_resources,
)
