"""Hand-made readings, with defaults for everything that a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.history import (
    NewRun,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import History

CUSTOMER = "vultr-0123456789ab"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
# Of the metrics record all that can be unknown.
UNKNOWN: dict[str, Any] = {
    "account_balance": None,
    "monthly_spend": None,
    "gpu_cost": None,
    "compute_cost": None,
    "storage_cost": None,
    "network_cost": None,
    "backup_cost": None,
    "other_cost": None,
    "instance_count": None,
    "gpu_instance_count": None,
    "bare_metal_count": None,
    "idle_instances": None,
    "underutilized_resources": None,
    "snapshot_waste": None,
}


def metrics(customer_id: str = CUSTOMER, at: datetime = NOON, **named: Any) -> Metrics:
    """Make a metrics record of ten dollars."""
    known: dict[str, Any] = {
        "timestamp": at,
        "customer_id": customer_id,
        "billing_period": f"{at:%Y-%m}",
        "account_balance": Decimal("-12.34"),
        "pending_charges": Decimal("10.00"),
        "monthly_spend": Decimal("30.00"),
        "gpu_cost": Decimal("4.00"),
        "compute_cost": Decimal("3.00"),
        "storage_cost": Decimal("2.00"),
        "network_cost": Decimal("1.00"),
        "backup_cost": Decimal("0.00"),
        "other_cost": Decimal("0.00"),
        "instance_count": 3,
        "gpu_instance_count": 1,
        "bare_metal_count": 0,
        "idle_instances": 2,
        "underutilized_resources": 1,
        "snapshot_waste": Decimal("0.05"),
    }
    return Metrics(**{**known, **named})


def charge(total: str | Decimal = "1.00", **named: Any) -> ChargeLine:
    """Make a line of the bill."""
    known: dict[str, Any] = {
        "description": "web-1 (1024 MB)",
        "product": "Vultr Cloud Compute",
        "start": datetime(2026, 11, 1, tzinfo=UTC),
        "end": NOON,
        "units": Decimal(420),
        "unit_type": "hours",
        "unit_price": Decimal("0.0070"),
        "total": Decimal(total),
    }
    return ChargeLine(**{**known, **named})


def line(
    total: str | Decimal = "1.00",
    service: Service = "Cloud Compute",
    period: str = "2026-11",
    **named: Any,
) -> StoredLine:
    """Make a line of a reading; ``named`` are fields of the line of the bill."""
    return StoredLine(period, charge(total, **named), service, "server-1", "ewr")


def resource(id_: str = "server-1", **named: Any) -> StoredResource:
    """Make a priced server."""
    known: dict[str, Any] = {
        "kind": "instance",
        "label": "web-1",
        "region": "ewr",
        "state": "running",
        "plan": "vc2-1c-1gb",
        "hostname": "web-1.example.com",
        "addresses": ("192.0.2.1", "2001:db8::1"),
        "tags": ("web", "keep"),
        "created": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        "cluster": "cluster-1",
        "compute_class": "cpu",
        "monthly_cost": Decimal("5.00"),
        "price_source": "billed",
        "month_to_date": Decimal("2.94"),
    }
    return StoredResource(id=id_, **{**known, **named})


def finding(**named: Any) -> StoredFinding:
    """Make a stopped server that is paid for."""
    known: dict[str, Any] = {
        "action": "delete_stopped_server",
        "kind": "instance",
        "label": "web-1",
        "resource_ids": ("server-1",),
        "confidence": "measured",
        "monthly_cost": Decimal("5.00"),
        "reasons": ("stopped", "still billed"),
    }
    return StoredFinding(**{**known, **named})


def invoice(
    id_: str = "invoice-1",
    date: datetime | None = datetime(2026, 11, 1, tzinfo=UTC),
    period: str = "2026-10",
    lines: Iterable[str] = ("20.00", "2.00"),
) -> StoredInvoice:
    """Make an invoice with a line for each of its totals."""
    kept = tuple(lines)
    amount = sum(map(Decimal, kept), Decimal(0))
    charges: list[tuple[ChargeLine, Service]] = [(charge(total), "Cloud Compute") for total in kept]
    return StoredInvoice(Invoice(id_, date, amount), period, tuple(charges))


def reading(
    run_id: str = "run-1",
    at: datetime = NOON,
    lines: Iterable[StoredLine] = (),
    resources: Iterable[StoredResource] = (),
    invoices: Iterable[StoredInvoice] = (),
    *,
    customer_id: str = CUSTOMER,
    complete: bool = True,
    **named: Any,
) -> NewRun:
    """Make a reading; ``named`` are fields of its metrics."""
    record = metrics(customer_id, at, **named)
    run = StoredRun(run_id, customer_id, at, complete, record)
    return NewRun(run, tuple(lines), tuple(resources), tuple(invoices))


async def seen(history: History, customer_id: str = CUSTOMER) -> list[str]:
    """Ask for the ids of all runs that can be seen."""
    return [run.run_id for run in await history.runs(customer_id, *EVER)]
