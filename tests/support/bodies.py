"""Small accounts as bodies of the API, asked through the whole server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.answers import Answers, client_of
from tests.support.servers import structure_of
from tests.support.whole import whole

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
NOVEMBER, MIDDLE = "2026-11-01T00:00:00+00:00", "2026-11-15T12:00:00+00:00"
Row = dict[str, Any]
Bodies = dict[str, Any]


def item(
    total: float | str,
    description: str = "192.0.2.1 (1024 MB) [web]",
    product: str = "Vultr Cloud Compute",
    *,
    units: float | None = 348,
    unit_type: str = "hours",
    unit_price: float | None = None,
    start: str | None = NOVEMBER,
    end: str | None = MIDDLE,
) -> Row:
    """Make one line of a bill; hourly from the first of November to ``NOW`` unless told."""
    return {
        "description": description,
        "product": product,
        "start_date": start,
        "end_date": end,
        "units": units,
        "unit_type": unit_type,
        "unit_price": unit_price,
        "total": total,
    }


def flat(total: float, product: str, description: str | None = None, **named: Any) -> Row:
    """Make a line that is charged once, such as a tax."""
    text = product if description is None else description
    return item(total, text, product, **{"units": 1, "unit_type": "", "unit_price": total, **named})


def server(label: str = "web", address: str = "192.0.2.1", **named: Any) -> Row:
    """Make a server of 5.00 a month."""
    return {
        "id": f"id-{label}",
        "label": label,
        "main_ip": address,
        "region": "ewr",
        "plan": "vc2-1c-1gb",
        "status": "active",
        "power_status": "running",
        "features": [],
        "tags": [],
        "date_created": "2026-01-01T00:00:00+00:00",
        **named,
    }


def plan(id_: str, monthly: float, type_: str = "vc2", **named: Any) -> Row:
    """Make a plan as it is listed."""
    return {
        "id": id_,
        "type": type_,
        "monthly_cost": monthly,
        "hourly_cost": round(monthly / 730, 3),
        "locations": ["ewr"],
        "location_cost": {},
        "gpu_brand": "none",
        **named,
    }


PLANS = [plan("vc2-1c-1gb", 5), plan("vc2-1c-2gb", 10), plan("vc2-2c-4gb", 20)]


def invoice(id_: int, date: str, items: Sequence[Row], amount: float | None = None) -> Bodies:
    """Make an invoice with its lines; its amount is their sum unless told."""
    whole = round(sum(float(row["total"]) for row in items), 2) if amount is None else amount
    row = {"id": id_, "date": f"{date}T00:05:00+00:00", "description": "", "amount": whole}
    return {"row": row, f"/billing/invoices/{id_}/items": {"invoice_items": list(items)}}


def account(
    pending: Sequence[Row] = (),
    *,
    servers: Sequence[Row] = (),
    invoices: Sequence[Bodies] = (),
    **lists: Any,
) -> Bodies:
    """Make the bodies of an account; ``lists`` are further paths, with ``_`` for ``-``."""
    bodies: Bodies = {
        "/billing/pending-charges": {"pending_charges": list(pending)},
        "/instances": {"instances": list(servers)},
        "/plans": {"plans": PLANS},
        "/billing/invoices": {"billing_invoices": [one["row"] for one in invoices]},
    }
    for one in invoices:
        bodies |= {path: body for path, body in one.items() if path != "row"}
    return bodies | {f"/{name.replace('_', '-')}": body for name, body in lists.items()}


async def answers_of(
    bodies: Mapping[str, Any], *tools: str | tuple[str, Row], now: datetime = NOW
) -> list[Row]:
    """Ask tools about an account; return their structured answers, each with its ``text``."""
    found: list[Row] = []
    async with client_of(Answers(bodies, now)) as client:
        for tool in tools:
            name, arguments = (tool, Row()) if isinstance(tool, str) else tool
            result = await client.call_tool(name, arguments)
            text = getattr(result.content[0], "text", "")
            found.append(whole({**structure_of(result), "text": text}))
    return found


async def answer_of(
    bodies: Mapping[str, Any], tool: str, now: datetime = NOW, **arguments: Any
) -> Row:
    """Ask one tool."""
    (found,) = await answers_of(bodies, (tool, arguments), now=now)
    return found
