"""Accounts whose month is partly on an invoice already, as wire rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.double import Account, VultrDouble
from tests.support.stage import clock_from, staged_client, structured

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Row = dict[str, Any]


def hourly(
    total: str, start: str, end: str, *, label: str = "web", units: int = 0, price: str = ""
) -> Row:
    """One hourly line of a server of 192 dollars a month, unless it has another price."""
    return {
        "description": f"192.0.2.{ADDRESSES[label]} (32768 MB) [{label}]",
        "product": "Vultr Cloud Compute",
        "start_date": f"{start}:00+00:00",
        "end_date": f"{end}:00+00:00",
        "units": units,
        "unit_type": "hours",
        "unit_price": Decimal(price or "0.285714285714286"),
        "total": Decimal(total),
    }


ADDRESSES = {"web": 1, "old": 2, "api": 3}


def flat(total: str, description: str = "Credit", product: str = "Credit", **named: Any) -> Row:
    """One line that is no hourly one; without dates unless they are named."""
    return {
        "description": description,
        "product": product,
        "start_date": None,
        "end_date": None,
        "units": 1,
        "unit_type": "flat",
        "unit_price": Decimal(total),
        "total": Decimal(total),
        **named,
    }


def server(label: str = "web", **named: Any) -> Row:
    """One running server of 192 dollars a month."""
    return {
        "id": f"id-of-{label}",
        "label": label,
        "main_ip": f"192.0.2.{ADDRESSES[label]}",
        "region": "ewr",
        "plan": "vhf-8c-32gb",
        "date_created": "2026-01-01T00:00:00+00:00",
        "status": "active",
        "power_status": "running",
        "tags": ["team"],
        "features": [],
        **named,
    }


def plan(monthly: str = "192") -> Row:
    """The plan of the server."""
    return {
        "id": "vhf-8c-32gb",
        "type": "vhf",
        "monthly_cost": Decimal(monthly),
        "hourly_cost": 0.286,
        "location_cost": {},
        "locations": ["ewr"],
        "gpu_brand": "none",
    }


def account(
    pending: Iterable[Row],
    invoices: dict[str, tuple[str, list[Row]]],
    *servers: Row,
    balance: str = "0",
) -> Account:
    """An account of one server; ``invoices`` are date and lines by id."""
    made = Account(pending=list(pending), plans=[plan()], instances=list(servers or [server()]))
    made.regions = [{"id": "ewr", "city": "", "country": ""}]
    made.account = {**made.account, "balance": Decimal(balance), "pending_charges": None}
    for number, (date, lines) in invoices.items():
        amount = sum((Decimal(row["total"]) for row in lines), Decimal(0))
        made.invoices.append(
            {
                "id": int(number),
                "date": f"{date}:00+00:00",
                "description": f"Invoice #{number}",
                "amount": amount,
                "balance": amount,
            }
        )
        made.invoice_items[number] = lines
    return made


OCTOBER = (
    "2026-11-01T00:05",
    [hourly("192.00", "2026-10-01T00:00", "2026-11-01T00:00", units=744)],
)
# 68.58 are invoiced on the 11th, 30.86 are pending since.
FIRST_TEN = hourly("68.58", "2026-11-01T00:00", "2026-11-11T00:00", units=240)
SINCE = hourly("30.86", "2026-11-11T00:00", "2026-11-15T12:00", units=108)


def mid_month(*more: Row, balance: str = "0") -> Account:
    """An account that was invoiced on the 11th; ``more`` lines are on that invoice too."""
    invoices = {"77": OCTOBER, "78": ("2026-11-11T00:05", [FIRST_TEN, *more])}
    return account([SINCE], invoices, balance=balance)


async def ask(made: Account, now: datetime, tool: str, **arguments: Any) -> dict[str, Any]:
    """Ask the whole program about an account at an instant."""
    return await ask_double(VultrDouble(made, date=now), now, tool, **arguments)


async def ask_double(
    double: VultrDouble, now: datetime, tool: str, **arguments: Any
) -> dict[str, Any]:
    """Ask the whole program about a double, which may have faults."""
    async with staged_client(double, clock_from(now)) as client:
        return structured(await client.call_tool(tool, arguments))
