"""Custom subscriptions as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Instant,
    Number,
    Price,
    Region,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources


class CustomSubscription(Wire):
    """``/account/custom-subscriptions``: contract items with a monthly cost in dollars."""

    id: Id
    label: Text = ""
    type: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    cost: Price = None
    pending_charges: Number = None


def subscriptions(rows: Iterable[CustomSubscription]) -> Iterator[Resource]:
    """Return contract items at the API's monthly cost."""
    for row in rows:
        yield Resource(
            id=row.id,
            kind="subscription",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=row.type or None,
            created=row.date_created,
            own_pending=row.pending_charges,
            price=row.cost,
            price_source=None if row.cost is None else "api",
        )


def _resources(sources: Sources) -> Iterable[Resource]:
    return subscriptions(sources.rows("custom_subscriptions"))


FAMILY = Family(
    endpoints={
        "custom_subscriptions": list_of(
            "/account/custom-subscriptions",
            "custom_subscriptions",
            CustomSubscription,
            right=Right("custom subscriptions", VIEW),
        ),
    },
    resources=_resources,
)
