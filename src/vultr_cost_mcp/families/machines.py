"""Common parts of cloud servers and bare metal: fields, price, add-ons, traffic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import AddOn, Resource, State
from vultr_cost_mcp.domain.snapshot import Traffic
from vultr_cost_mcp.families.plans.rules import is_gpu_plan, usual_hours
from vultr_cost_mcp.vultr.models.fields import Id, Instant, Names, Number, Region, Text, Texts, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.families.plans.wire import Catalog
    from vultr_cost_mcp.families.price_table import PriceTable

# The API's placeholders for a server without an address of its own.
_NO_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (nothing is bound to it)
STATES: Mapping[str, State] = {
    "active": "active",
    "pending": "pending",
    "suspended": "suspended",
}


class Machine(Wire):
    """The fields that ``/instances`` and ``/bare-metals`` share."""

    id: Id
    label: Text = ""
    hostname: Text = ""
    main_ip: Text = ""
    v6_main_ip: Text = ""
    region: Region = ""
    plan: Text = ""
    date_created: Instant = None
    status: Text = ""
    features: Names = ()
    tags: Texts = ()
    tag: Text = ""
    pending_charges: Number = None


class TrafficDay(Wire):
    """Bytes of one UTC day of ``/instances/{id}/bandwidth``."""

    incoming_bytes: Number = None
    outgoing_bytes: Number = None


@dataclass(frozen=True, slots=True)
class DailyTraffic:
    """Traffic of one server by UTC day; ``unstated`` says that days lack the bytes sent."""

    days: Mapping[date, Traffic]
    unstated: bool

    def __len__(self) -> int:
        """Return the number of days."""
        return len(self.days)


def daily_traffic(rows: Mapping[str, TrafficDay]) -> DailyTraffic:
    """Return the days with a known number of bytes sent."""
    days: dict[date, Traffic] = {}
    for text, row in rows.items():
        day = _day(text)
        if day is not None and row.outgoing_bytes is not None:
            days[day] = Traffic(int(row.incoming_bytes or 0), int(row.outgoing_bytes))
    return DailyTraffic(days, any(row.outgoing_bytes is None for row in rows.values()))


@lru_cache(maxsize=400)
def _day(text: str) -> date | None:
    """Return the day of a text, one object for all servers; None if it is malformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def machine(server: Machine, catalog: Catalog, table: PriceTable) -> Resource:
    """Return a server at the listed price of its plan, with its add-ons."""
    plan = catalog.get(server.plan)
    gpu = is_gpu_plan(server.plan, plan)
    price = plan.price_in(server.region) if plan else None
    return Resource(
        id=server.id,
        kind="gpu_instance" if gpu else "instance",
        label=server.label,
        region=server.region,
        state=STATES.get(server.status, "other"),
        plan=server.plan or None,
        hostname=server.hostname,
        addresses=tuple(
            address for address in (server.main_ip, server.v6_main_ip) if address not in _NO_ADDRESS
        ),
        tags=server.tags or ((server.tag,) if server.tag else ()),
        created=server.date_created,
        gpu=gpu,
        usual_hours=usual_hours(server.plan, plan),
        own_pending=server.pending_charges,
        price=price,
        price_source=None if price is None else "list",
        list_price=price,
        add_ons=add_ons(server.features, table),
    )


def add_ons(features: Iterable[str], table: PriceTable) -> tuple[AddOn, ...]:
    """Return the add-ons of a server, by the names of its features."""
    return _add_ons((*features,), table["backup_percent"], table["ddos_protection"])


@lru_cache(maxsize=256)
def _add_ons(
    features: tuple[str, ...], backup_percent: Decimal, ddos_protection: Decimal
) -> tuple[AddOn, ...]:
    """Return the add-ons of some features, one object for all servers that have these."""
    offered = {
        "auto_backups": AddOn("backups", percent=backup_percent),
        "ddos_protection": AddOn("ddos_protection", monthly=ddos_protection),
    }
    return tuple(offered[name] for name in dict.fromkeys(features) if name in offered)
