"""Price a change: parts that stop and parts that begin (rules E6 to E13, E17)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from operator import is_not
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.money import ZERO, total_of
from vultr_cost_mcp.questions.estimate.parts import Priced, Unpriced, price_thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.price_list import PriceList
    from vultr_cost_mcp.questions.estimate.attributes import Attributes
    from vultr_cost_mcp.questions.estimate.parts import Part, Thing

Action = Literal["create", "update", "delete", "replace", "forget", "none", "deferred"]
# Things whose pools keep their plan, whatever an update says of it (E13).
_POOLS: frozenset[str] = frozenset({"kubernetes", "kubernetes_pool"})
# Things whose lines on the bill carry their own id.
_ONE_RESOURCE: frozenset[str] = frozenset(
    {
        "server",
        "bare_metal",
        "block_storage",
        "database",
        "file_system",
        "load_balancer",
        "nat_gateway",
        "object_storage",
        "registry",
        "reserved_ip",
    }
)
OLD_POOL_PLAN = "the plan of a pool cannot be changed in place: priced with the old plan"
FOLLOWS = "it costs what its database costs, whose plan changes"
_DOWNGRADE = "Vultr refuses a smaller plan in place"
_NOT_LEGAL = "Vultr does not offer this plan as an upgrade of the server"
_SHRINK = "Vultr refuses to make a volume smaller"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing before and after; None is that it does not exist, or not any more.

    ``why`` is the reason of a change that cannot be priced at all: deferred, or not stated.
    """

    what: str
    action: Action
    thing: Thing | None
    before: Attributes | None = None
    after: Attributes | None = None
    why: str | None = None
    many: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment at which things begin and stop, and the bill of those that run (E8).

    By the id of a resource: ``since`` is when its oldest running line began, ``ahead`` the dollars
    that its running lines would still cost until the month's end, ``upgrades`` the plans that Vultr
    allows it to have (E17).
    """

    now: datetime
    month: Month
    since: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])
    ahead: Mapping[str, Decimal] = field(default_factory=dict[str, "Decimal"])
    upgrades: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @property
    def hours_left(self) -> int:
        """The hours of the month that begin from now on (E7)."""
        return hours_begun(self.now, self.month.end)

    def begins(self, part: Part) -> Decimal:
        """Return the dollars of a part that begins now, until the month's end (E7)."""
        return accrued(part.monthly, self.hours_left, part.cap_hours)

    def stops(self, part: Part, start: datetime | None = None) -> Decimal:
        """Return the negative dollars until the month's end of a part that stops now (E8).

        It runs since ``start``, or since the month began: its line has a cap of its own.
        """
        since = self.month.start if start is None else max(start, self.month.start)
        so_far = accrued(part.monthly, hours_begun(since, self.now), part.cap_hours)
        kept = accrued(part.monthly, hours_begun(since, self.month.end), part.cap_hours)
        return so_far - kept


@dataclass(frozen=True, slots=True)
class PricedChange:
    """A change in dollars: a month before and after, and the rest of this month (E19).

    ``low`` and ``high`` are the range of a later month by autoscaling. ``assumed`` tells that
    something stops whose start the bill does not state.
    """

    what: str
    action: Action
    before: Decimal
    after: Decimal
    this_month: Decimal
    source: str
    many: str = ""
    unpriced: tuple[Unpriced, ...] = ()
    unpriced_unchanged: int = 0
    notes: tuple[str, ...] = ()
    would_fail: str | None = None
    still_billed: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    assumed: bool = False

    @property
    def change(self) -> Decimal:
        """Dollars a month more, or less where negative."""
        return self.after - self.before

    @property
    def is_seen(self) -> bool:
        """Return whether it is a line of its own: something begins or stops."""
        return self.action not in {"none", "deferred"} and bool(
            self.before or self.after or self.this_month
        )


def price_change(change: Change, prices: PriceList, clock: Clock) -> PricedChange:
    """Price one change: parts that are equal before and after go on (E9, E10, E11)."""
    if change.thing is None or change.why is not None:
        lack = Unpriced("", change.why or "this version does not know the type")
        if change.action == "none":
            return _nothing(change, unchanged=1)
        return replace(_nothing(change), unpriced=(lack,))
    after_given, notes = _in_place(change)
    old = _priced(change.thing, change.before, prices)
    new = _priced(change.thing, after_given, prices)
    if change.action == "none":
        if change.before is None or change.after is None or not _follows(old, new):
            return _unchanged(change, old, new)
        change, notes = replace(change, action="update"), (FOLLOWS,)
    if change.action == "forget":
        return _forgotten(change, old, new, clock)
    apart = change.action == "replace"
    ends, begins = _apart(old.parts, new.parts, whole=apart)
    start = _since(change.before, clock)
    gone, come, unchanged = _lacking(old.unpriced, new.unpriced, whole=apart)
    return PricedChange(
        what=change.what,
        action=change.action,
        before=old.monthly,
        after=new.monthly,
        this_month=total_of(map(clock.begins, begins)) + _stopped(change, ends, clock),
        source=_source([*old.parts, *new.parts]),
        many=change.many,
        unpriced=(*come, *gone),
        unpriced_unchanged=unchanged,
        notes=(*notes, *dict.fromkeys(new.notes), *_not_counted((*come, *gone))),
        would_fail=_refused(change, prices, clock),
        low=new.low,
        high=new.high,
        assumed=bool(ends) and start is None,
    )


def _priced(thing: Thing, given: Attributes | None, prices: PriceList) -> Priced:
    return Priced() if given is None else price_thing(thing, given, prices)


def _nothing(change: Change, unchanged: int = 0) -> PricedChange:
    return PricedChange(
        change.what, change.action, ZERO, ZERO, ZERO, "", change.many, unpriced_unchanged=unchanged
    )


def _unchanged(change: Change, old: Priced, new: Priced) -> PricedChange:
    """Return a thing that goes on as it is: the same before and after (E11)."""
    running = old if change.before is not None else new
    return replace(
        _nothing(change, len(running.unpriced)),
        before=running.monthly,
        after=running.monthly,
        source=_source(running.parts),
    )


def _follows(old: Priced, new: Priced) -> bool:
    """Return whether a thing changes its price with another one's plan (E14)."""
    return Counter(old.parts) != Counter(new.parts)


def _forgotten(change: Change, old: Priced, new: Priced, clock: Clock) -> PricedChange:
    """Return a thing that Terraform forgets: it runs on, another may begin beside it (E11)."""
    return replace(
        _nothing(change, len(old.unpriced)),
        before=old.monthly,
        after=old.monthly + new.monthly,
        this_month=sum((clock.begins(part) for part in new.parts), ZERO),
        source=_source([*old.parts, *new.parts]),
        unpriced=tuple(new.unpriced),
        notes=(*dict.fromkeys(new.notes), *_not_counted(new.unpriced)),
        still_billed=change.before is not None,
    )


def _apart(
    old: Iterable[Part], new: Iterable[Part], *, whole: bool
) -> tuple[list[Part], list[Part]]:
    """Return the parts that stop and those that begin; a replaced thing has both (E9, E10)."""
    before, after = Counter(old), Counter(new)
    if whole:
        return list(before.elements()), list(after.elements())
    return list((before - after).elements()), list((after - before).elements())


def _lacking(
    old: Iterable[Unpriced], new: Iterable[Unpriced], *, whole: bool
) -> tuple[list[Unpriced], list[Unpriced], int]:
    """Return the unpriced parts that stop, those that begin, and the number that go on."""
    before, after = Counter(old), Counter(new)
    same = Counter[Unpriced]() if whole else before & after
    begins = list((after - same).elements())
    named = {row.what for row in begins}
    ends = [
        replace(row, why=f"{row.why}; this part stops")
        for row in (before - same).elements()
        if row.what not in named
    ]
    return ends, begins, same.total()


def _not_counted(lacking: Iterable[Unpriced]) -> tuple[str, ...]:
    """Return a note that names the parts without a price, so that no sum looks whole."""
    names = ", ".join(dict.fromkeys(row.what for row in lacking if row.what))
    return (f"not counted: {names}",) if names else ()


def _since(before: Attributes | None, clock: Clock) -> datetime | None:
    """Return since when the bill charges a thing, None where that is not known (E8)."""
    known = before.text("id") if before is not None else None
    return clock.since.get(known) if known is not None else None


def _stopped(change: Change, ends: Iterable[Part], clock: Clock) -> Decimal:
    """Return the negative dollars that stopping parts saves this month, by lines if known (E8)."""
    known = change.before.text("id") if change.before is not None else None
    whole = change.action in {"delete", "replace"} and change.thing in _ONE_RESOURCE
    if whole and known is not None and known in clock.ahead:
        return -clock.ahead[known]
    start = _since(change.before, clock)
    return sum((clock.stops(part, start) for part in ends), ZERO)


def _source(parts: Iterable[Part]) -> str:
    return " + ".join(sorted({part.source for part in parts}))


def _in_place(change: Change) -> tuple[Attributes | None, tuple[str, ...]]:
    """Return the price of an update: a pool keeps its plan, and a note says so (E13)."""
    before, after = change.before, change.after
    if change.action != "update" or change.thing not in _POOLS or before is None or after is None:
        return after, ()
    old, new = before.nested.get("node_pools", ()), after.nested.get("node_pools", ())
    pools = (*map(_with_plan, old, new), *new[len(old) :])
    own = _with_plan(before, after)
    noted = own is not after or any(map(is_not, pools, new))
    kept = replace(own, nested={**own.nested, "node_pools": pools}) if pools else own
    return kept, (OLD_POOL_PLAN,) if noted else ()


def _with_plan(before: Attributes, after: Attributes) -> Attributes:
    plan = before.text("plan")
    if plan is None or plan == after.text("plan"):
        return after
    return replace(after, values={**after.values, "plan": plan}, unknown=after.unknown - {"plan"})


def _refused(change: Change, prices: PriceList, clock: Clock) -> str | None:
    """Return why Vultr would refuse an update, None where nothing says that it would (E17)."""
    before, after = change.before, change.after
    if change.action != "update" or before is None or after is None:
        return None
    if change.thing == "block_storage":
        old, new = before.number("size_gb"), after.number("size_gb")
        return _SHRINK if old is not None and new is not None and new < old else None
    if change.thing != "server":
        return None
    running, wanted = before.text("plan"), after.text("plan")
    if _is_smaller(running, wanted, prices):
        return _DOWNGRADE
    legal = clock.upgrades.get(before.text("id") or "")
    illegal = legal is not None and wanted not in {None, running, *legal}
    return _NOT_LEGAL if illegal else None


def _is_smaller(old_id: str | None, new_id: str | None, prices: PriceList) -> bool:
    """Return whether a plan has less of anything; by price where no shape is known (E17)."""
    old, new = prices.plans.get(old_id or ""), prices.plans.get(new_id or "")
    if old is None or new is None or old.id == new.id:
        return False
    shapes = [
        (had, has)
        for had, has in (
            (old.vcpus, new.vcpus),
            (old.memory_mb, new.memory_mb),
            (old.disk_gb, new.disk_gb),
        )
        if had is not None and has is not None
    ]
    shapes = shapes or [
        (had, has)
        for had, has in ((old.monthly, new.monthly),)
        if had is not None and has is not None
    ]
    return any(has < had for had, has in shapes)


def for_hours(parts: Iterable[Part], hours: int) -> Decimal:
    """Return the dollars of parts that are used for some hours of one month (E6)."""
    return sum((accrued(part.monthly, hours, part.cap_hours) for part in parts), ZERO)
