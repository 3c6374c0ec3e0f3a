"""Read stored lines by today's rules: service, month and resource (D5, D10, D11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.billing.services import service_of
from vultr_cost_mcp.domain.bill import NOT_RESOURCES
from vultr_cost_mcp.domain.history import RULES, StoredInvoice, StoredLine, StoredResource
from vultr_cost_mcp.domain.invoice import month_of
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service


def waits_from_before(line: ChargeLine, month: Month) -> bool:
    """Return whether a line ended before a month and waits for its invoice (D5)."""
    if line.end is not None:
        return line.end <= month.start
    # Without an end, the start decides: a line that began in the month belongs to the month.
    return line.start is not None and line.start < month.start


def resource_of(row: StoredResource, last_seen: datetime | None = None) -> Resource:
    """Return a stored resource as a current one; with ``last_seen``, as a deleted one."""
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
        attached_to=row.attached_to,
        price=row.monthly_cost,
        price_source=row.price_source,
        last_seen=last_seen,
    )


def stored_resource(resource: Resource, month_to_date: Decimal | None = None) -> StoredResource:
    """Return a current resource as a stored one, with its dollars of this month if they matter."""
    return StoredResource(
        id=resource.key,
        kind=resource.kind,
        label=resource.label,
        region=resource.region,
        state=resource.state,
        plan=resource.plan,
        hostname=resource.hostname,
        addresses=resource.addresses,
        tags=resource.tags,
        created=resource.created,
        cluster=resource.cluster,
        compute_class=resource.compute_class,
        monthly_cost=resource.monthly_cost,
        price_source=resource.price_source,
        month_to_date=month_to_date,
        attached_to=resource.attached_to,
    )


def period_and_service(line: ChargeLine, month: Month) -> tuple[str, Service]:
    """Return the month (``YYYY-MM``) and the service of a line that was pending in ``month``."""
    period = month.previous if waits_from_before(line, month) else month
    return period.name, service_of(line)


def lines_by_todays_rules(
    lines: Sequence[StoredLine], resources: Iterable[StoredResource], at: datetime
) -> list[StoredLine]:
    """Return the lines of a reading stored by older rules, as today's rules read them.

    ``lines`` and ``resources`` are those of the reading made at ``at``.
    """
    month = Month.of(at)
    known = [resource_of(row) for row in resources]
    regions = {resource.key: resource.region for resource in known}
    charges, _ = price([row.line for row in lines], known, month, at)
    return [_again(row, charge, month, regions) for row, charge in zip(lines, charges, strict=True)]


def _again(row: StoredLine, charge: Charge, month: Month, regions: dict[str, str]) -> StoredLine:
    found, region = charge.resource_id, regions.get(charge.resource_id or "")
    is_former = row.resource_id is not None and row.resource_id not in regions
    if found is None and is_former and charge.service not in NOT_RESOURCES:
        # A resource already deleted by then was matched in the earlier readings.
        found, region = row.resource_id, row.region
    period = month.previous if waits_from_before(row.line, month) else month
    return StoredLine(period.name, row.line, charge.service, found, region)


def invoice_by_todays_rules(stored: StoredInvoice) -> StoredInvoice:
    """Return a stored invoice with its month and services by today's rules (D6, D11)."""
    if stored.rules == RULES:
        return stored
    lines: tuple[tuple[ChargeLine, Service], ...] = tuple(
        (line, service_of(line)) for line, _ in stored.lines
    )
    month = month_of(stored.invoice, [line for line, _ in lines])
    period = stored.period if month is None else month.name
    return StoredInvoice(stored.invoice, period, lines)
