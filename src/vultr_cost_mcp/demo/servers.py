"""The cloud servers that the company has and had, and what each was billed at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import Line, Period, Term, hourly_lines
from vultr_cost_mcp.demo.catalog import Plan, plans
from vultr_cost_mcp.demo.company import instant, sample_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_BACKUP_SHARE = Decimal("0.2")
_DDOS_MONTHLY = Decimal(10)

BACKUPS = "auto_backups"
DDOS = "ddos_protection"


@dataclass(frozen=True, slots=True)
class Server:
    """One cloud server over its whole life; ``out_mb`` is what it sends on a usual day."""

    label: str
    plan_id: str
    region: str
    ip: str
    created: str
    tags: str = ""
    out_mb: int = 0
    features: str = "ipv6"
    stopped: bool = False
    suspended: bool = False
    preemptible: bool = False
    gone: str = ""
    pool: str = ""
    unlisted: bool = False
    earlier: tuple[tuple[str, str], ...] = ()
    """Plans that it had before, each with the instant until which it had it."""

    @property
    def id(self) -> str:
        """The server's id; a Kubernetes node has the same one in its pool."""
        return sample_id("server", self.label)

    @property
    def plan(self) -> Plan:
        """The plan that it has now, or had at its end."""
        return plans()[self.plan_id]

    @property
    def start(self) -> datetime:
        """The instant of its creation."""
        return instant(self.created)

    @property
    def end(self) -> datetime | None:
        """The instant of its end, if it was destroyed."""
        return instant(self.gone) if self.gone else None

    @property
    def is_listed(self) -> bool:
        """Whether ``/instances`` shows it."""
        return not self.gone and not self.unlisted


def server_lines(server: Server, period: Period) -> list[Line]:
    """A server's lines in a period: one for each plan it had, then its add-ons."""
    return list(hourly_lines(_terms(server), period))


def _terms(server: Server) -> Iterator[Term]:
    for plan, start, end in _stretches(server):
        product = "Vultr Cloud GPU" if plan.is_gpu else "Vultr Cloud Compute"
        name = f"{server.ip} ({plan.ram} MB) [{server.label}]"
        price = plan.price(server.region, preemptible=server.preemptible)
        yield Term(product, name, price, start, end, plan.cap_hours, owner=server.id)
        if BACKUPS in server.features:
            share, described = price * _BACKUP_SHARE, f"{name} Automatic Backups"
            yield Term("Automatic Backup", described, share, start, end, owner=server.id)
    if DDOS in server.features:
        name = f"{server.ip} ({server.plan.ram} MB) [{server.label}]"
        described, start, end = f"{name} DDoS Protection", server.start, server.end
        yield Term("DDoS Protection", described, _DDOS_MONTHLY, start, end, owner=server.id)


def _stretches(server: Server) -> Iterator[tuple[Plan, datetime, datetime | None]]:
    start = server.start
    for plan_id, until in server.earlier:
        yield plans()[plan_id], start, instant(until)
        start = instant(until)
    yield server.plan, start, server.end
