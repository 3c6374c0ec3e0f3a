"""Accounts with bills of months that are over, as wire rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.support.double import Account
from tests.support.nouns import at

NOW = at("2026-11-18T14:05")
Row = dict[str, Any]


def item(
    total: str,
    description: str,
    start: str,
    end: str,
    *,
    product: str = "Vultr Cloud Compute",
    unit_type: str = "hours",
    unit_price: str = "0.0149",
    units: int = 672,
) -> Row:
    """One line of a bill."""
    return {
        "description": description,
        "product": product,
        "start_date": f"{start}T00:00:00+00:00",
        "end_date": f"{end}T00:00:00+00:00",
        "units": units,
        "unit_type": unit_type,
        "unit_price": Decimal(unit_price),
        "total": Decimal(total),
    }


def server(label: str, address: str, *, region: str = "ewr", created: str = "2026-01-01") -> Row:
    """One server, as ``/instances`` lists it."""
    return {
        "id": f"id-of-{label}",
        "label": label,
        "main_ip": address,
        "region": region,
        "plan": "vc2-1c-1gb",
        "date_created": f"{created}T00:00:00+00:00",
        "status": "active",
        "power_status": "running",
        "tags": ["team"],
        "features": [],
    }


def invoice(number: int, date: str, amount: str) -> Row:
    """One invoice without its lines."""
    return {
        "id": number,
        "date": f"{date}T00:00:00+00:00",
        "description": f"Invoice #{number}",
        "amount": Decimal(amount),
        "balance": Decimal(amount),
    }


def september() -> list[Row]:
    """A server that exists, one that nobody knows, a volume, overage, a discount and tax: 31.26."""
    span = ("2026-09-01", "2026-10-01")
    return [
        item("10.00", "192.0.2.1 (1024 MB) [web]", *span),
        item("4.47", "192.0.2.9 (2048 MB) [gone (old)]", "2026-09-01", "2026-09-10", units=216),
        item("5.00", "Block Storage (data)", *span, product="Block Storage"),
        item("12.00", "Bandwidth Overage", *span, product="Bandwidth", unit_type="overage"),
        item("-2.00", "Loyalty", *span, product="Discount", unit_type="discount"),
        item("1.79", "VAT", *span, product="Tax", unit_type="flat"),
    ]


def account() -> Account:
    """Two invoices and a running month; no volume exists any more."""
    october = item("10.00", "192.0.2.1 (1024 MB) [web]", "2026-10-01", "2026-11-01")
    running = item("6.27", "192.0.2.1 (1024 MB) [web]", "2026-11-01", "2026-11-18", units=422)
    running["end_date"] = "2026-11-18T14:00:00+00:00"
    made = Account(now=NOW)
    made.instances = [server("web", "192.0.2.1")]
    made.regions = [{"id": "ewr"}, {"id": "fra"}]
    made.pending = [running]
    made.account["pending_charges"] = Decimal("6.27")
    made.invoices = [invoice(2, "2026-11-01", "10.00"), invoice(1, "2026-10-01", "31.26")]
    made.invoice_items = {"1": september(), "2": [october]}
    return made
