"""Container registries as the API sends them, and as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
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


_GIB = Decimal(2**30)


class Bytes(Wire):
    """An amount of storage."""

    bytes: Number = None


class RegistryStorage(Wire):
    """Storage of a registry."""

    used: Annotated[Bytes, AS_OBJECT] = Bytes()
    allowed: Annotated[Bytes, AS_OBJECT] = Bytes()


class RegistryBilling(Wire):
    """Dollars of a registry a month and so far."""

    monthly_price: Price = None
    pending_charges: Number = None


class RegistrySubscription(Wire):
    """The subscription of a registry."""

    billing: Annotated[RegistryBilling, AS_OBJECT] = RegistryBilling()


class RegistryMetadata(Wire):
    """The API's data nested below a registry."""

    subscription: Annotated[RegistrySubscription, AS_OBJECT] = RegistrySubscription()


class Registry(Wire):
    """``/registries``."""

    id: Id
    name: Text = ""
    region: Region = ""
    date_created: Instant = None
    storage: Annotated[RegistryStorage, AS_OBJECT] = RegistryStorage()
    metadata: Annotated[RegistryMetadata, AS_OBJECT] = RegistryMetadata()


class RegistryPlan(Wire):
    """``/registry/plan/list``: dollars a month by the plan's name."""

    monthly_price: Price = None


def registries(rows: Iterable[Registry]) -> Iterator[Resource]:
    """Return container registries at the API's monthly price."""
    for row in rows:
        billing = row.metadata.subscription.billing
        used, size = row.storage.used.bytes, row.storage.allowed.bytes
        yield Resource(
            id=row.id,
            kind="registry",
            label=row.name,
            region=row.region,
            created=row.date_created,
            size_gb=None if size is None else size / _GIB,
            used_gb=None if used is None else used / _GIB,
            own_pending=billing.pending_charges,
            price=billing.monthly_price,
            price_source=None if billing.monthly_price is None else "api",
        )


def _resources(sources: Sources) -> Iterable[Resource]:
    return registries(sources.rows("registries"))


FAMILY = Family(
    endpoints={
        "registries": list_of(
            "/registries",
            "registries",
            Registry,
            right=Right("container registries", VIEW, "container.registry.List"),
        ),
        "registry_plans": Endpoint(
            "/registry/plan/list",
            ("plans",),
            RegistryPlan,
            "map",
            right=Right("prices of registry plans", VIEW),
        ),
    },
    resources=_resources,
)
