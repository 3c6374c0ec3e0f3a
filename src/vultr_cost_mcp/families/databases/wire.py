"""Managed databases as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS_OR_PLACEHOLDERS,
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
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.families.family_wire import Sources


class DatabaseReplica(Wire):
    """A read replica of a managed database, billed on its own."""

    id: Id
    label: Text = ""
    region: Region = ""
    plan: Text = ""
    status: Text = ""
    date_created: Instant = None
    tag: Text = ""
    pending_charges: Number = None


class Database(DatabaseReplica):
    """``/databases``: regions come in upper case."""

    read_replicas: Annotated[tuple[DatabaseReplica, ...], AS_ROWS_OR_PLACEHOLDERS] = ()


class DatabasePlan(Wire):
    """``/databases/plans``: dollars a month for all nodes of the plan."""

    id: Id
    monthly_cost: Price = None


class UsageShare(Wire):
    """One measure of a database's use, in percent of its plan."""

    percentage: Number = None


class DatabaseUsage(Wire):
    """``/databases/{id}/usage``: processor and memory are averages of the last hour."""

    disk: Annotated[UsageShare, AS_OBJECT] = UsageShare()
    memory: Annotated[UsageShare, AS_OBJECT] = UsageShare()
    cpu: Annotated[UsageShare, AS_OBJECT] = UsageShare()


def databases(rows: Iterable[Database], plans: Iterable[DatabasePlan]) -> Iterator[Resource]:
    """Return managed databases and their read replicas, each at the price of its own plan."""
    prices = {plan.id: plan.monthly_cost for plan in plans}
    parents = list(rows)
    # A replica that also stands in the list is one database (D33).
    found: dict[str, DatabaseReplica] = {row.id: row for row in parents}
    for row in parents:
        for replica in row.read_replicas:
            found.setdefault(replica.id, replica)
    for database in found.values():
        yield _database(database, prices)


def _database(row: DatabaseReplica, prices: Mapping[str, Decimal | None]) -> Resource:
    price = prices.get(row.plan)
    return Resource(
        id=row.id,
        kind="database",
        label=row.label,
        region=row.region,
        state="running" if row.status.casefold() == "running" else "other",
        plan=row.plan or None,
        tags=(row.tag,) if row.tag else (),
        created=row.date_created,
        own_pending=row.pending_charges,
        price=price,
        price_source=None if price is None else "list",
    )


def _resources(sources: Sources) -> Iterable[Resource]:
    return databases(sources.rows("databases"), sources.rows("database_plans"))


FAMILY = Family(
    endpoints={
        "databases": list_of(
            "/databases",
            "databases",
            Database,
            right=Right("managed databases", VIEW, "database.instance.List"),
        ),
        "database_plans": list_of(
            "/databases/plans", "plans", DatabasePlan, right=Right("prices of database plans", VIEW)
        ),
        "database_usage": Endpoint(
            "/databases/{id}/usage",
            ("usage",),
            DatabaseUsage,
            "object",
            right=Right("use of managed databases", VIEW, "database.instance.Read", assumed=True),
        ),
    },
    resources=_resources,
)
