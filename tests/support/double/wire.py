"""JSON text with exact numbers, cursors, and money in the three shapes Vultr has sent it in."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from decimal import Decimal
from typing import Any

MARK = secrets.token_hex(8)
MARKED = re.compile(f'"{MARK}:([^"]*)"')
MONEY_KEYS = frozenset({
    "amount", "archive_disk_gb_price", "balance", "bw_gb_price", "charges", "cost", "disk_gb_price",
    "hourly_cost", "hourly_cost_preemptible", "last_payment_amount", "monthly", "monthly_cost",
    "monthly_cost_preemptible", "monthly_price", "next_invoice_price", "overage_cost",
    "overage_unit_cost", "pending_charges", "price", "price_hr", "total", "unit_price", "units",
})  # fmt: skip


def encode(payload: Any) -> bytes:
    """JSON in which a Decimal is a number with exactly its digits."""
    text = json.dumps(payload, default=_exact, separators=(",", ":"))
    return MARKED.sub(r"\1", text).encode()


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{MARK}:{value:f}"
    msg = f"{type(value).__name__} is no wire value"
    raise TypeError(msg)


def money_as(style: str, payload: Any) -> Any:
    """Every money field as ``string``, ``float``, or ``int`` where it is whole."""
    if isinstance(payload, list):
        return [money_as(style, item) for item in payload]
    if not isinstance(payload, dict):
        return payload
    return {
        key: _styled(style, value) if key in MONEY_KEYS else _kept(style, key, value)
        for key, value in payload.items()
    }


def _kept(style: str, key: str, value: Any) -> Any:
    return value if key == "meta" else money_as(style, value)


def _styled(style: str, value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return money_as(style, value)
    if value is None or value == "" or isinstance(value, bool):
        return value
    number = Decimal(str(value))
    if style == "string":
        return f"{number:f}"
    if style == "int" and number == number.to_integral_value():
        return int(number)
    return float(number) if style in ("float", "int") else value


def cursor(offset: int) -> str:
    """An opaque cursor for the page that begins at this row."""
    return base64.urlsafe_b64encode(f"next__{offset}".encode()).decode()


def offset_of(text: str) -> int | None:
    """The row a cursor stands for; None when it is not one of ours."""
    try:
        return int(base64.urlsafe_b64decode(text.encode()).decode().removeprefix("next__"))
    except (ValueError, binascii.Error):
        return None
