"""What stored readings add to a snapshot: resources that existed once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.errors import StoreError, StoreOffError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from vultr_cost_mcp.domain.history import History, StoredResource, StoredRun
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot


def last_of_days(runs: Iterable[StoredRun]) -> list[StoredRun]:
    """The last run of every UTC day, oldest first."""
    return list({run.collected_at.date(): run for run in runs}.values())


async def with_former(history: History, snapshot: Snapshot, *months: Month) -> Snapshot:
    """The snapshot with the resources of some months that exist no more, as far as any are known.

    They only name what a line was for: a store that cannot be read is a caveat, and every sum is
    what it is without one.
    """
    if snapshot.customer_id is None or snapshot.resources is None or not months:
        return snapshot
    since, until = min(months).start, max(months).end
    try:
        runs = last_of_days(await history.runs(snapshot.customer_id, since, until))
        rows = await history.resources(snapshot.customer_id, [run.run_id for run in runs])
    except StoreOffError:
        return snapshot
    except StoreError as error:
        return replace(snapshot, caveats=(*snapshot.caveats, f"Deleted resources: {error}"))
    seen: dict[str, Resource] = {}
    for run in runs:
        for row in rows.get(run.run_id, ()):
            seen[row.id] = _resource(row, run.collected_at)
    exist = {resource.key for resource in snapshot.resources}
    former = tuple(row for row in seen.values() if row.id not in exist)
    return replace(snapshot, former=former)


def _resource(row: StoredResource, last_seen: datetime) -> Resource:
    return Resource(
        id=row.id,
        kind=row.kind,
        label=row.label,
        region=row.region,
        state=row.state,
        plan=row.plan,
        hostname=row.hostname,
        addresses=row.addresses,
        tags=row.tags,
        created=row.created,
        gpu=row.compute_class == "gpu",
        cluster=row.cluster,
        price=row.monthly_cost,
        price_source=row.price_source,
        last_seen=last_seen,
    )
