"""One frozen view of an account: its parts, their instant, and the gaps (D33, D36)."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from vultr_cost_mcp.domain.account_parts import EXISTING, NAMED
from vultr_cost_mcp.domain.customer import UNNAMED, customer_of
from vultr_cost_mcp.errors import AuthError
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bandwidth import AccountBandwidth
    from vultr_cost_mcp.domain.bill import AccountBalance, Charge
    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.invoice import Invoice, UnreadInvoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.price_list import PriceList
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.errors import VultrError

T = TypeVar("T")


class Basis(Protocol):
    """The readings that a snapshot is made of."""

    def holds(self) -> bool:
        """Return True while the same question would be answered from the same readings."""
        ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A part that could not be read, or not wholly, and why."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of one server on one UTC day."""

    incoming: int
    outgoing: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The number of resources read one by one, and of all that could be."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kubernetes cluster, by the name that its nodes carry as ``cluster``."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Subaccount:
    """An account below this one: shown, never added to a total."""

    name: str
    pending_charges: Decimal | None


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """Use of a database in percent: processor and memory of the last hour."""

    cpu: Decimal | None
    memory: Decimal | None
    disk: Decimal | None


@dataclass(frozen=True, slots=True)
class GpuUse:
    """The highest use of a cluster's GPUs in percent, and on how many UTC days it was measured."""

    peak: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The account as one question sees it; a part that was not asked for or not read is None.

    ``charges`` are the lines of the running month, ``uninvoiced_previous`` the lines that ended
    before it and are not invoiced yet (D5). ``resources`` are priced. ``owned`` names the cluster
    of a volume or balancer by its id. ``invoices`` have the requested lines that could be read.
    ``invoiced_charges`` are the lines of the running month on an invoice from its middle, without
    tax (D1); None if unknown. ``unread_invoice`` is what lines tell of invoices that were not read.
    ``former`` are deleted resources known from stored readings.
    ``failures`` holds the error of each part that failed. ``now`` is Vultr's time where this
    machine's clock is wrong; ``clock_checked`` says that Vultr told its time, ``other_month`` what
    is wrong with a clock in another month than Vultr's, else nothing (D5). ``offer`` are the
    prices for estimates, ``offered`` the plans of each region whose availability was read (E18).
    ``basis`` tells how long an answer may be kept; None is not at all. ``large`` says that
    computing on it is work for a thread.
    """

    account: str
    now: datetime
    as_of: datetime
    month: Month
    sample: bool = False
    exempt_tags: frozenset[str] = frozenset()
    balance: AccountBalance | None = None
    charges: tuple[Charge, ...] | None = None
    uninvoiced_previous: tuple[Charge, ...] = ()
    invoiced_charges: tuple[Charge, ...] | None = ()
    resources: tuple[Resource, ...] | None = None
    clusters: tuple[Cluster, ...] | None = None
    owned: Mapping[str, str] = field(default_factory=dict[str, str])
    bandwidth: AccountBandwidth | None = None
    invoices: tuple[Invoice, ...] | None = None
    unread_invoice: UnreadInvoice | None = None
    former: tuple[Resource, ...] = ()
    subaccounts: tuple[Subaccount, ...] = ()
    vpcs: tuple[str, ...] = ()
    plans: Mapping[str, ListPlan] = field(default_factory=dict[str, "ListPlan"])
    offer: PriceList | None = None
    offered: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    upgrades: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    database_use: Mapping[str, DatabaseUse] = field(default_factory=dict[str, DatabaseUse])
    gpu_use: Mapping[str, GpuUse] = field(default_factory=dict[str, GpuUse])
    regions: Mapping[str, str] | None = None
    traffic: Mapping[str, Mapping[date, Traffic]] = field(
        default_factory=dict[str, "Mapping[date, Traffic]"]
    )
    checked: Mapping[str, Checked] = field(default_factory=dict[str, Checked])
    gaps: tuple[Gap, ...] = ()
    failures: Mapping[str, VultrError] = field(default_factory=dict[str, "VultrError"])
    sources: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    clock_checked: bool = False
    other_month: str = ""
    basis: Basis | None = field(default=None, compare=False, repr=False)
    large: bool = field(default=False, compare=False, repr=False)
    _made: dict[str, Any] = field(
        default_factory=dict[str, Any], init=False, compare=False, repr=False
    )

    def once(self, name: str, compute: Callable[[Snapshot], T]) -> T:
        """Return a pure function's result on this snapshot, computed on first use and kept."""
        if name not in self._made:
            self._made[name] = compute(self)
        return cast("T", self._made[name])

    @property
    def complete(self) -> bool:
        """Return whether every requested part was read wholly."""
        return not self.gaps

    @property
    def newest_invoice(self) -> Invoice | None:
        """The invoice of the latest date."""
        dated = [(row.date, row.id, row) for row in self.invoices or () if row.date is not None]
        return max(dated)[2] if dated else None

    @property
    def customer_id(self) -> str | None:
        """Return the id of this account's readings; None when it could not be read."""
        if self.account != UNNAMED:
            return self.account
        return customer_of(self.balance.email) if self.balance and self.balance.email else None

    def missing(self, part: str) -> bool:
        """Return whether a part has a gap."""
        return any(gap.part == part for gap in self.gaps)

    def lacks(self, parts: Iterable[str]) -> bool:
        """Return whether one of ``parts`` has a gap, or a part that nobody knows has."""
        wanted = frozenset(parts)
        return any(gap.part in wanted or gap.part not in NAMED for gap in self.gaps)

    def unread(self, parts: Iterable[str], found: Iterable[object] = ()) -> bool:
        """Return whether the contents of these lists are unknown, so that no sum of them is zero.

        That is so if all of them failed, or if some failed and ``found``, the rows of the
        others, is empty.
        """
        wanted = frozenset(parts) & EXISTING
        failed = wanted & self.failures.keys()
        return bool(failed) and (failed == wanted or not any(True for _ in found))

    @property
    def known(self) -> tuple[Resource, ...]:
        """Return the existing resources, and deleted ones known from stored readings."""
        return (*(self.resources or ()), *self.former)

    def by_id(self) -> dict[str, Resource]:
        """All known resources by their key."""
        return {resource.key: resource for resource in self.known}

    def require(self, *parts: Part) -> None:
        """Raise the error of the first of ``parts`` that failed: without it there is no answer."""
        for part in parts:
            if part in self.failures:
                raise copy(self.failures[part])

    def require_some(self, parts: Iterable[Part]) -> None:
        """Raise the error of the first of ``parts`` when every one of them failed."""
        wanted = sorted(parts)
        if wanted and all(part in self.failures for part in wanted):
            # A wrong key explains all the others.
            errors = [self.failures[part] for part in wanted]
            raise copy(next((e for e in errors if isinstance(e, AuthError)), errors[0]))

    @property
    def month_charges(self) -> tuple[Charge, ...] | None:
        """All lines of the running month, pending and invoiced; None without the pending ones."""
        if self.charges is None:
            return None
        return (*self.charges, *(self.invoiced_charges or ()))

    @property
    def pending_month_to_date(self) -> Decimal:
        """Return the dollars of this month's pending lines, else the account's sum (D1, D33).

        Raises the VultrError of the lines when neither could be read.
        """
        if self.charges is not None:
            return total_of(charge.total for charge in self.charges)
        stated = self.balance.pending_charges if self.balance else None
        if stated is None:
            self.require("pending_charges")
            return ZERO
        return stated

    @property
    def invoiced_this_month(self) -> Decimal | None:
        """Dollars of the running month that are on an invoice already, before tax (D1)."""
        if self.invoiced_charges is None:
            return None
        return total_of(charge.total for charge in self.invoiced_charges)

    @property
    def month_to_date(self) -> Decimal:
        """Dollars of the running month, pending and invoiced (D1).

        Raises the VultrError of the pending lines when neither they nor the account could be read.
        """
        return self.pending_month_to_date + (self.invoiced_this_month or ZERO)

    def month_to_date_by_resource(self) -> dict[str, Decimal]:
        """Dollars of the running month's lines by resource; a resource without a line is absent."""
        sums: dict[str, Decimal] = {}
        for charge in self.month_charges or ():
            if charge.resource_id is not None:
                sums[charge.resource_id] = sums.get(charge.resource_id, ZERO) + charge.total
        return sums

    def is_exempt(self, resource: Resource) -> bool:
        """Return whether a tag exempts a resource from savings and idle lists (D23)."""
        return bool(self.exempting_tag(resource))

    def exempting_tag(self, resource: Resource) -> str:
        """Return the first tag that exempts a resource, "" if none does (D23)."""
        tags = (tag for tag in resource.tags if tag.strip().casefold() in self.exempt_tags)
        return next(tags, "")
