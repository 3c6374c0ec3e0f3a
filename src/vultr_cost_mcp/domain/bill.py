"""The bill of a month: its lines, each with its service and its resource (D1, D10, D11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month

Service = Literal[
    "Tax",
    "Credits and Discounts",
    "Networking",
    "Backups",
    "Snapshots",
    "Bare Metal",
    "Cloud GPU",
    "Kubernetes",
    "Managed Databases",
    "Block Storage",
    "Object Storage",
    "File System",
    "Load Balancers",
    "Container Registry",
    "CDN",
    "Inference",
    "Support and Subscriptions",
    "Cloud Compute",
    "Other",
]
SERVICES: tuple[Service, ...] = get_args(Service)
COMPUTE_SERVICES: frozenset[Service] = frozenset(
    {"Cloud Compute", "Cloud GPU", "Bare Metal", "Kubernetes"}
)
NOT_RESOURCES: frozenset[Service] = frozenset({"Tax", "Credits and Discounts"})

# No month is longer: more hours on one line are an error, and no reason to fail.
_LONGEST_HOURS = 10_000

Match = Literal["exact", "unique_name", "paired", "ambiguous", "none"]
Reason = Literal["destroyed", "ambiguous", "no_match", "not_a_resource"]
BillSource = Literal["invoices", "unbilled", "running"]

_HOURLY = frozenset({"hours", "hour", "hrs", "hr", "h"})


def is_hourly(unit_type: str) -> bool:
    """Tell whether a unit type is hours, whatever its case and spaces (D24)."""
    return "".join(unit_type.split()).casefold() in _HOURLY


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One line of the bill as Vultr sent it; ``total`` in dollars is the only ledger (D1)."""

    description: str
    product: str
    start: datetime | None
    end: datetime | None
    units: Decimal | None
    unit_type: str
    unit_price: Decimal | None
    total: Decimal

    @property
    def hourly(self) -> bool:
        """Return whether the line is charged by the hour."""
        return is_hourly(self.unit_type)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when it charges; an hourly line's hours tell the end that it lacks."""
        start, end = self.start, self.end
        hours = self.units if self.hourly and self.units is not None else None
        if hours is not None and 0 < hours <= _LONGEST_HOURS:
            length = timedelta(hours=float(hours))
            start = start or (end - length if end is not None else None)
            end = end or (start + length if start is not None else None)
        return None if start is None or end is None or end < start else (start, end)


@dataclass(frozen=True, slots=True)
class Charge(ChargeLine):
    """A line of the bill with its service, its resource and its price.

    ``resource_id`` is the resource's key. ``monthly`` is the dollars that a whole month of the
    line costs and ``cap_hours`` the hours that month counts (672 or 730); both are None for lines
    that are not charged by the hour.
    ``running`` tells an open line from a closed one (D24); ``listed_price`` is False when
    ``monthly`` was computed back from the unit price, which has few digits.
    """

    service: Service
    resource_id: str | None = None
    match: Match = "none"
    reason: Reason | None = None
    running: bool = False
    monthly: Decimal | None = None
    cap_hours: int | None = None
    listed_price: bool = True

    @property
    def line(self) -> ChargeLine:
        """Return the line alone, as Vultr sent it."""
        return ChargeLine(
            self.description,
            self.product,
            self.start,
            self.end,
            self.units,
            self.unit_type,
            self.unit_price,
            self.total,
        )

    @classmethod
    def of(
        cls,
        line: ChargeLine,
        service: Service,
        resource_id: str | None = None,
        match: Match = "none",
        reason: Reason | None = None,
        *,
        running: bool = False,
    ) -> Charge:
        """Return a line as a charge of a service; its price is not known yet."""
        return cls(
            line.description,
            line.product,
            line.start,
            line.end,
            line.units,
            line.unit_type,
            line.unit_price,
            line.total,
            service,
            resource_id,
            match,
            reason,
            running,
        )

    @property
    def hourly_rate(self) -> Decimal:
        """Dollars that the line costs an hour from now on: none once closed or at its cap (D7)."""
        if not self.running or self.monthly is None or self.cap_hours is None:
            return ZERO
        return self.monthly / self.cap_hours if self.total < self.monthly else ZERO


@dataclass(frozen=True, slots=True)
class MonthlyBill:
    """The lines of one month and their source.

    ``source`` is ``invoices``, ``running``, or ``unbilled``: last month's pending lines until its
    invoice exists, together with its mid-month invoices. ``complete`` is False if an invoice of the
    month was not read in full, and always for the running month. ``closed`` is False if the month
    may have uninvoiced lines that were not read. Lines of ``invoices`` come first in ``charges``.
    In the running month, pending lines come first, then invoiced ones (D1).
    """

    month: Month
    source: BillSource
    charges: tuple[Charge, ...]
    invoices: tuple[Invoice, ...] = ()
    complete: bool = True
    read_wholly: bool = True
    closed: bool = True

    @property
    def running(self) -> bool:
        """Return whether the month is not over."""
        return self.source == "running"

    @property
    def invoiced(self) -> bool:
        """Return whether the month is invoiced, every line was read, and none is uninvoiced."""
        return self.source == "invoices" and self.complete and self.closed

    @property
    def total(self) -> Decimal:
        """Dollars of all lines, not rounded."""
        return total_of(charge.total for charge in self.charges)


@dataclass(frozen=True, slots=True)
class BillTotals:
    """Lines added up, in whole cents: the three parts sum to ``total`` (D2, D4)."""

    total: Decimal
    charges: Decimal
    credits_and_discounts: Decimal
    tax: Decimal

    @classmethod
    def of(cls, charges: Iterable[Charge]) -> BillTotals:
        """Add lines up: positive without tax, negative, and tax of either sign."""
        sums = {"charges": ZERO, "credits_and_discounts": ZERO, "tax": ZERO}
        for charge in charges:
            amount = charge.total
            negative = "credits_and_discounts" if amount < 0 else "charges"
            sums["tax" if charge.service == "Tax" else negative] += amount
        return cls(total=to_cents(total_of(sums.values())), **allocate(sums))

    @staticmethod
    def exact_charges(charges: Iterable[Charge]) -> Decimal:
        """The positive lines without tax, not rounded."""
        rows = (charge for charge in charges if charge.service != "Tax")
        return total_of(charge.total for charge in rows if charge.total > 0)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The amounts that ``/account`` states, in dollars; a negative ``balance`` is credit (D26)."""

    balance: Decimal | None
    pending_charges: Decimal | None
    last_payment_date: datetime | None
    last_payment_amount: Decimal | None
    email: str
