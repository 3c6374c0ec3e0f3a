"""Hand-made nouns for tests, with defaults for everything that a test does not care about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.bill import AccountBalance, Charge, ChargeLine, Match
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Snapshot

NOW = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
MONTH = Month.of(NOW)
# From the first of November to NOW 422 hours and 5 minutes have passed.
HOURS_SO_FAR = 423
T = TypeVar("T")


def known(figure: T | None) -> T:
    """Return a figure; fail where it is unknown."""
    assert figure is not None
    return figure


def at(text: str) -> datetime:
    """Read an instant in UTC: ``2026-11-16`` or ``2026-11-16T12:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def usd(amount: str | int | Decimal) -> Decimal:
    """Dollars of their text."""
    return Decimal(amount)


def number(amount: str | int | Decimal | None) -> Decimal | None:
    """Read a decimal of its text, or None."""
    return None if amount is None else Decimal(amount)


def line(
    total: str | int | Decimal = "1.00",
    description: str = "",
    product: str = "Vultr Cloud Compute",
    *,
    unit_price: str | Decimal | None = None,
    units: str | int | None = None,
    unit_type: str = "hours",
    start: datetime | None = MONTH.start,
    end: datetime | None = NOW,
) -> ChargeLine:
    """Make one line of the bill, running unless it is given another end."""
    return ChargeLine(
        description=description,
        product=product,
        start=start,
        end=end,
        units=number(units),
        unit_type=unit_type,
        unit_price=number(unit_price),
        total=usd(total),
    )


def charge(
    total: str | int | Decimal = "1.00",
    service: Any = "Cloud Compute",
    resource_id: str | None = None,
    *,
    reason: Any = None,
    running: bool = True,
    monthly: str | int | Decimal | None = None,
    cap_hours: int | None = None,
    of: ChargeLine | None = None,
    **named: Any,
) -> Charge:
    """Make one line with what is known of it; ``named`` are fields of the line."""
    match: Match = "none" if resource_id is None else "exact"
    given = of or line(total, **named)
    made: Charge = Charge.of(given, service, resource_id, match, reason, running=running)
    return replace(made, monthly=number(monthly), cap_hours=cap_hours)


def thing(
    id_: str = "a", kind: Any = "instance", price: str | int | Decimal | None = None, **named: Any
) -> Resource:
    """Make one resource; a price without a source is a list price."""
    known: dict[str, Any] = {
        "label": id_,
        "region": "ewr",
        "state": "running" if kind in {"instance", "gpu_instance"} else "active",
        "created": at("2026-01-01"),
        "price": number(price),
        "price_source": None if price is None else "list",
    }
    return Resource(id=id_, kind=kind, **{**known, **named})


def balance(
    balance_: str | int | Decimal | None = 0,
    pending: str | int | Decimal | None = None,
    paid: str | None = None,
    paid_on: datetime | None = None,
) -> AccountBalance:
    """Make what ``/account`` states."""
    return AccountBalance(
        balance=number(balance_),
        pending_charges=number(pending),
        last_payment_date=paid_on,
        last_payment_amount=number(paid),
        email="someone@example.com",
    )


def pool(sent: str | int = 412, free: str | int = 2048) -> AccountBandwidth:
    """Make the account's bandwidth: as much last month and so far, twice that projected."""

    def month(gb_out: Decimal) -> BandwidthMonth:
        over = max(gb_out - usd(free), usd(0))
        return BandwidthMonth(gb_out, usd(0), usd(free), usd(0), over, over / 100)

    return AccountBandwidth(month(usd(sent)), month(usd(sent)), month(2 * usd(sent)))


def itemized(
    invoices: Iterable[Invoice] | None,
    lines: Mapping[str, Iterable[Charge]],
    *,
    asked: Collection[str] = (),
    partial: Collection[str] = (),
) -> tuple[Invoice, ...] | None:
    """Give invoices their lines, by their ids; ``asked`` and ``partial`` are ids too."""
    if invoices is None:
        return None
    return tuple(
        replace(
            row,
            lines=tuple(lines[row.id]) if row.id in lines else None,
            asked=row.id in asked,
            partial=row.id in partial and row.id in lines,
        )
        for row in invoices
    )


def snapshot(
    charges: Iterable[Charge] | None = (),
    resources: Iterable[Resource] | None = (),
    *,
    invoice_charges: Mapping[str, Iterable[Charge]] | None = None,
    asked_invoices: Collection[str] = (),
    partial_invoices: Collection[str] = (),
    **named: Any,
) -> Snapshot:
    """Make one account as it was read at NOW; ``invoice_charges`` are lines by invoice."""
    if invoice_charges is not None:
        named["invoices"] = itemized(
            named.get("invoices"), invoice_charges, asked=asked_invoices, partial=partial_invoices
        )
    known: dict[str, Any] = {
        "account": "test",
        "now": NOW,
        "as_of": NOW,
        "month": MONTH,
        "charges": None if charges is None else tuple(charges),
        "resources": None if resources is None else tuple(resources),
        "clusters": (),
        "exempt_tags": frozenset({"keep", "cost-ignore"}),
    }
    return Snapshot(**{**known, **named})
