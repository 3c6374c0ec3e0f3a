"""Machines of the simulator as the program gets them: as a snapshot, or on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.support.double import Account
from tests.support.nouns import number, snapshot, thing, usd
from tests.support.simulator import Machine, Row, bill_at
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import AddOn, Resource
from vultr_cost_mcp.domain.snapshot import Snapshot

COMPUTE, GPU, METAL = "Vultr Cloud Compute", "Vultr Cloud GPU", "Vultr Bare Metal"
VOLUME = "Block Storage"
KINDS = {COMPUTE: "instance", GPU: "gpu_instance", METAL: "gpu_bare_metal", VOLUME: "block_storage"}


def line_of(row: Row) -> ChargeLine:
    """A line as the program reads it."""
    return ChargeLine(
        description=row["description"],
        product=row["product"],
        start=datetime.fromisoformat(row["start_date"]),
        end=datetime.fromisoformat(row["end_date"]),
        units=number(row["units"]),
        unit_type=row["unit_type"],
        unit_price=number(row["unit_price"]),
        total=usd(row["total"]),
    )


def resource_of(machine: Machine, now: datetime, *, listed: bool = True) -> Resource | None:
    """Return a machine's resource at an instant; without a price if no plan lists it."""
    monthly = machine.price_at(now)
    if monthly is None:
        return None
    return thing(
        machine.name,
        KINDS[machine.product],
        price=monthly if listed else None,
        created=machine.created,
        addresses=(machine.address,) if machine.address else (),
        usual_hours=machine.cap,
        gpu=machine.product in {GPU, METAL},
        add_ons=(AddOn("backups", percent=Decimal(20)),) if machine.backups else (),
    )


def reading(
    machines: Sequence[Machine],
    now: datetime,
    *,
    listed: bool = True,
    inventory: bool = True,
    rows: Iterable[Row] | None = None,
    more: Iterable[Row] = (),
    **named: Any,
) -> Snapshot:
    """The account as it is read at ``now``, priced by the program."""
    lines = [line_of(row) for row in (*(bill_at(machines, now) if rows is None else rows), *more)]
    found = [resource_of(machine, now, listed=listed) for machine in machines]
    known = [resource for resource in found if resource is not None and inventory]
    month = Month.of(now)
    charges, resources = price(lines, known, month, now)
    here = [charge for charge in charges if not charge.end or charge.end > month.start]
    exists: list[Resource] | None = resources if inventory else None
    given: dict[str, Any] = {"now": now, "as_of": now, "month": month, **named}
    return snapshot(here, exists, **given)


def wire_account(machines: Sequence[Machine], now: datetime, region: str = "ewr") -> Account:
    """The account on the wire: a plan for every price, dearer in ``region`` than elsewhere."""
    account = Account(now=now, pending=bill_at(machines, now))
    account.regions = [{"id": region, "city": "", "country": ""}]
    for machine in machines:
        monthly = machine.price_at(now)
        if monthly is None:
            continue
        row = {
            "id": machine.name,
            "label": machine.name,
            "main_ip": machine.address,
            "region": region.upper(),
            "plan": _plan_id(machine, monthly),
            "date_created": machine.created.isoformat(),
            "status": "active",
            "power_status": "running",
            "features": ["auto_backups"] if machine.backups else [],
            "tags": [],
        }
        if machine.product == VOLUME:
            account.blocks.append({**row, "cost": monthly, "attached_to_instance": "x"})
        else:
            _add_server(account, machine, monthly, row, region)
    return account


def _plan_id(machine: Machine, monthly: Decimal) -> str:
    family = {COMPUTE: "vc2", GPU: "vcg", METAL: "vbm"}.get(machine.product, "")
    return f"{family}-{monthly}-{'gpu' if machine.product == METAL else 'plan'}"


def _add_server(
    account: Account, machine: Machine, monthly: Decimal, row: Row, region: str
) -> None:
    metal = machine.product == METAL
    plan = {
        "id": row["plan"],
        "type": "NVMe" if metal else {COMPUTE: "vc2", GPU: "vcg"}[machine.product],
        # Elsewhere it is cheaper: only the region's own price is the right one.
        "monthly_cost": monthly - Decimal("0.50"),
        "hourly_cost": round(float(monthly) / 730, 3),
        "location_cost": {region: {"monthly_cost": monthly}},
        "locations": [region],
        "gpu_brand": "nvidia" if machine.product == GPU else "none",
    }
    plans, servers = (
        (account.plans_metal, account.bare_metals) if metal else (account.plans, account.instances)
    )
    if all(known["id"] != plan["id"] for known in plans):
        plans.append(plan)
    servers.append(row)
