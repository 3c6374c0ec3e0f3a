"""Detect services in regions where the account had no resources before (rule D32)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import StoredLine, StoredResource
    from vultr_cost_mcp.domain.resource import Resource

UNSEEN_DAYS = 90
# A first use is only reported if readings reach back this far before it.
KNOWN_DAYS = 14
LEAST_MONTHLY = Decimal(50)

Pair = tuple["Service", str]


@dataclass(frozen=True, slots=True)
class FirstUse:
    """Resources of a service in a region that had none of that service for 90 days."""

    service: Service
    region: str
    since: date
    resources: tuple[Resource, ...]

    @property
    def monthly(self) -> Decimal:
        """Return the resources' cost in dollars a month; unknown prices are left out."""
        return total_of(resource.monthly_cost or ZERO for resource in self.resources)

    @property
    def daily(self) -> Decimal:
        """Return the resources' cost in dollars a day at their hourly rates, without caps."""
        return total_of(
            (resource.monthly_cost or ZERO) * 24 / resource.usual_hours
            for resource in self.resources
        )


def candidates(resources: Iterable[Resource], since: date) -> dict[Pair, tuple[Resource, ...]]:
    """Group resources by service and region; keep groups that may be new and matter.

    A group may be new if none of its resources was created before ``since``. It matters from
    ``LEAST_MONTHLY`` dollars a month on.
    """
    pairs: dict[Pair, list[Resource]] = defaultdict(list)
    for resource in resources:
        pairs[CATALOG.own_service[resource.kind], resource.region].append(resource)
    return {
        pair: tuple(rows)
        for pair, rows in pairs.items()
        if total_of(row.monthly_cost or ZERO for row in rows) >= LEAST_MONTHLY
        and not any(row.created is not None and row.created.date() < since for row in rows)
    }


def pairs_of(resources: Iterable[StoredResource]) -> frozenset[Pair]:
    """Return the service and region of each stored resource."""
    return frozenset((CATALOG.own_service[row.kind], row.region) for row in resources)


def days_of(lines: Iterable[StoredLine]) -> dict[Pair, set[date]]:
    """Return the days on which lines of each service and region began or ended."""
    days: dict[Pair, set[date]] = defaultdict(set)
    for row in lines:
        if row.region is not None:
            times = (row.line.start, row.line.end)
            days[row.service, row.region].update(at.date() for at in times if at is not None)
    return days


def first_uses(
    found: Mapping[Pair, Sequence[Resource]],
    seen: Mapping[date, frozenset[Pair]],
    billed: Mapping[Pair, set[date]],
    since: date,
    today: date,
) -> list[FirstUse]:
    """Return the candidates that are new.

    ``found`` are the candidates. ``seen`` are the services and regions on each day with a reading.
    ``billed`` are the days on which their lines began or ended, because a resource that lived for
    hours may be in no reading. ``since`` is the first day to report, and ``today`` the last.
    """
    rows: list[FirstUse] = []
    for (service, region), resources in sorted(found.items()):
        days = [day for day, pairs in seen.items() if (service, region) in pairs]
        days += billed.get((service, region), ())
        made = [row.created.date() for row in resources if row.created is not None]
        begun = min([*(day for day in (*days, *made) if day >= since), today])
        unseen_from = begun - timedelta(days=UNSEEN_DAYS)
        known_from = begun - timedelta(days=KNOWN_DAYS)
        known = any(day <= known_from for day in seen)
        if known and not any(unseen_from <= day < begun for day in days):
            rows.append(FirstUse(service, region, begun, tuple(resources)))
    return rows
