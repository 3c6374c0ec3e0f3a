"""Distribute a month's lines over groups that sum to the total (rules D11 to D14)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.months import running_bill
from vultr_cost_mcp.domain.account_parts import EXISTING, LISTED, MONTH
from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES, BillTotals, Charge, Reason
from vultr_cost_mcp.domain.filters import Filters, Row
from vultr_cost_mcp.domain.report_fields import (
    DayOf,
    Label,
    Nearest,
    Omitted,
    Summed,
    Usd,
    top,
)
from vultr_cost_mcp.domain.resource import PLANNED_KINDS
from vultr_cost_mcp.domain.untrusted_text import clean
from vultr_cost_mcp.markdown import code
from vultr_cost_mcp.money import ZERO, allocate, percent_of, to_cents, total_of
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    credits_in_rows,
    invoice_caveats,
    invoiced_caveats,
    month_caveats,
    stated_otherwise,
    unknown_products,
)
from vultr_cost_mcp.questions.charge_rows import product_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


GroupBy = Literal[
    "service", "product", "region", "tag", "plan", "compute_class", "cluster", "resource"
]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of lines; ``id`` is set if the group is a single resource."""

    name: Label
    total: Usd
    share_percent: float | None
    line_count: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Dollars of unattributed lines, by the reason why no resource was found (D14)."""

    destroyed: Usd
    ambiguous: Usd
    no_match: Usd
    not_a_resource: Usd


@dataclass(frozen=True, slots=True)
class DestroyedRow:
    """The cost of a deleted resource, by the name in its lines; ``until`` is their last day."""

    name: Label
    total: Usd
    line_count: int
    until: DayOf | None


@dataclass(frozen=True, slots=True)
class Unattributed:
    """Lines that belong to no group of the grouping (D14).

    Grouped by resource, ``destroyed`` and ``destroyed_omitted`` sum to the reason of that name.
    """

    total: Usd
    lines: int
    reasons: Reasons
    destroyed: tuple[DestroyedRow, ...]
    destroyed_omitted: Omitted


@dataclass(frozen=True, slots=True)
class BreakdownReport:
    """A month's lines in groups: groups, omitted and unattributed sum to ``total`` (D14).

    If filters match nothing, ``nearest`` are values close to them, and ``matched_alone`` names the
    filters that match without the others.
    """

    group_by: GroupBy
    total: Summed | None
    period_total: Usd
    charges: Summed | None
    credits_and_discounts: Summed | None
    tax: Summed | None
    groups: tuple[GroupRow, ...]
    omitted: Omitted
    unattributed: Unattributed
    untagged: Usd | None
    untagged_percent: float | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    matched_alone: tuple[str, ...]
    caveats: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Return whether a line passes the filters."""
        return bool(self.groups or self.unattributed.lines or self.omitted.count)


UNTAGGED = "(untagged)"
SEVERAL_TAGS = "(counted under several tags)"
_TAGS = f"Several tags: counted under each; {code(SEVERAL_TAGS)} removes the double count."
# Rows of what is in no group of the grouping: none of them is the largest region or tag.
REMAINDERS = frozenset(
    {UNTAGGED, SEVERAL_TAGS, "(no region)", "(no plan)", "(no compute_class)", "(no cluster)"}
)
_FEW = 10
LINE_GROUPINGS: frozenset[GroupBy] = frozenset({"service", "product"})


# A group's name and, if it is a single resource, its id.
Group = tuple[str, str]


def breakdown(
    snapshot: Snapshot,
    bill: MonthlyBill | None = None,
    *,
    group_by: GroupBy = "service",
    filters: Filters | None = None,
    limit: int = 10,
) -> BreakdownReport:
    """Distribute a month's lines; groups, omitted and unattributed sum to the total.

    ``bill`` is that of the month, by default of the running one. In a past month, resources that
    are no longer known get the name from their line. ``group_by`` is the grouping, ``filters``
    select lines, and ``limit`` is the number of rows.
    """
    bill = bill or running_bill(snapshot)
    filters = filters or Filters()
    by_id = snapshot.by_id()
    every = [(c, by_id.get(c.resource_id or "")) for c in bill.charges]
    rows = [row for row in every if filters.let_in(row)]
    readable = is_readable(snapshot, bill)
    # A filter that matches nothing may be for an unread resource.
    missed = bool(filters.given) and not rows
    unread = missed and _is_unread(snapshot, bill, filters)
    period_total = to_cents(bill.total if readable else snapshot.month_to_date)
    if filters.given and not readable:
        # The account states only a total: without lines, none of its parts is known.
        snapshot.require("pending_charges")
    divided = _divided(rows, group_by, bill) if readable else _undivided(period_total)
    totals = divided.totals
    known = totals if readable and not unread else None
    untagged = _untagged(rows) if _everything_known(snapshot) and readable else None
    report = BreakdownReport(
        group_by=group_by,
        total=None if unread else totals.total,
        period_total=period_total,
        charges=known.charges if known else None,
        credits_and_discounts=known.credits_and_discounts if known else None,
        tax=known.tax if known else None,
        groups=tuple(divided.rows),
        omitted=Omitted(0, ZERO),
        unattributed=_naming_destroyed(divided.unattributed, rows, group_by),
        untagged=untagged,
        untagged_percent=None if untagged is None else percent_of(untagged, totals.charges),
        filters=filters.given,
        available=() if rows or not filters.open else filters.available(every),
        nearest=filters.question.near(every) if missed and not filters.idle_service else (),
        matched_alone=filters.question.alone(every) if missed else (),
    )
    own = _caveats(report, snapshot, bill)
    return shortened(replace(report, caveats=caveats_with(snapshot, own)), limit)


def shortened(report: BreakdownReport, limit: int) -> BreakdownReport:
    """Return the report with its largest groups and the sum of the others."""
    groups, omitted = top(report.groups, limit, lambda row: row.total)
    rest = report.unattributed
    # Groups come first: of few rows, what was destroyed takes half as many as they may.
    rows = (limit + 1) // 2 if limit <= _FEW else limit
    gone, hidden = top(rest.destroyed, rows, lambda row: row.total)
    rest = replace(rest, destroyed=gone, destroyed_omitted=hidden)
    return replace(report, groups=groups, omitted=omitted, unattributed=rest)


def is_readable(snapshot: Snapshot, bill: MonthlyBill) -> bool:
    """Return whether lines of the month were read; else only the account's total is known."""
    return not bill.running or snapshot.charges is not None


def _is_unread(snapshot: Snapshot, bill: MonthlyBill, filters: Filters) -> bool:
    """Return whether unread lines or resources could match the filters."""
    lines = snapshot.lacks(MONTH) if bill.running else not bill.complete
    return lines or (filters.by_resource and snapshot.lacks(LISTED))


@dataclass(frozen=True, slots=True)
class _Divided:
    """Lines divided into groups; rows and unattributed sum to the total, to the cent."""

    totals: BillTotals
    rows: list[GroupRow]
    unattributed: Unattributed


def _divided(rows: Sequence[Row], group_by: GroupBy, bill: MonthlyBill) -> _Divided:
    sums, counts, reasons, lines = _grouped(rows, group_by, by_line=not bill.running)
    totals = BillTotals.of(charge for charge, _ in rows)
    parts: list[tuple[Group | Reason, Decimal]] = [*sums.items(), *reasons.items()]
    cents = allocate(dict(parts))
    return _Divided(totals, _rows(counts, cents, totals), _unattributed(cents, lines))


def _undivided(total: Decimal) -> _Divided:
    """Return all of the account's total as unattributed: it states no lines."""
    return _Divided(BillTotals(total, ZERO, ZERO, ZERO), [], _unattributed({"no_match": total}, 0))


def _rows(
    counts: Mapping[Group, int], cents: Mapping[Group | Reason, Decimal], totals: BillTotals
) -> list[GroupRow]:
    return [
        GroupRow(
            name=name,
            total=cents[name, key],
            share_percent=percent_of(cents[name, key], totals.charges),
            line_count=counts[name, key],
            id=key or None,
        )
        for name, key in sorted(counts)
    ]


def _grouped(
    rows: Sequence[Row], group_by: GroupBy, *, by_line: bool
) -> tuple[dict[Group, Decimal], dict[Group, int], dict[Reason, Decimal], int]:
    sums: dict[Group, Decimal] = defaultdict(lambda: ZERO)
    counts: dict[Group, int] = defaultdict(int)
    reasons: dict[Reason, Decimal] = defaultdict(lambda: ZERO)
    unattributed = 0
    for charge, resource in rows:
        groups = _groups_of(charge, resource, group_by)
        if not groups and by_line and group_by == "resource":
            groups = _named_by_line(charge)
        if not groups:
            reasons[charge.reason or "no_match"] += charge.total
            unattributed += 1
        for group in groups:
            sums[group] += charge.total
            counts[group] += 1
        if len(groups) > 1:
            sums[SEVERAL_TAGS, ""] -= charge.total * (len(groups) - 1)
            counts[SEVERAL_TAGS, ""] += 1
    return dict(sums), counts, dict(reasons), unattributed


def _groups_of(charge: Charge, resource: Resource | None, group_by: GroupBy) -> list[Group]:
    """Return the groups of a line; none if the grouping needs a resource it lacks (D14)."""
    if group_by == "service":
        return [(charge.service, "")]
    if group_by == "product":
        return [(product_of(charge), "")]
    if resource is None:
        # Compute without a resource is compute of an unknown class (D12).
        unknown = group_by == "compute_class" and charge.service in COMPUTE_SERVICES
        return [("unknown", "")] if unknown else []
    if group_by == "resource":
        return [(resource.name, resource.id)]
    if group_by == "tag":
        # Tags that differ only in invisible characters are equal, as for a filter.
        tags = dict.fromkeys(clean(tag, max(1, len(tag))) for tag in resource.tags)
        return [(tag, "") for tag in tags] or [(UNTAGGED, "")]
    values = {
        "region": resource.region,
        "plan": resource.plan if resource.kind in PLANNED_KINDS else None,
        "compute_class": resource.compute_class,
        "cluster": resource.cluster,
    }
    return [(values[group_by] or f"(no {group_by})", "")]


def _named_by_line(charge: Charge) -> list[Group]:
    """Return the group of a deleted resource, named as in its line."""
    if charge.reason not in {"destroyed", "no_match"}:
        return []
    name = name_in(charge)
    return [(name, "")] if name else []


def _unattributed(cents: Mapping[Group | Reason, Decimal], lines: int) -> Unattributed:
    reasons = Reasons(
        destroyed=cents.get("destroyed", ZERO),
        ambiguous=cents.get("ambiguous", ZERO),
        no_match=cents.get("no_match", ZERO),
        not_a_resource=cents.get("not_a_resource", ZERO),
    )
    total = reasons.destroyed + reasons.ambiguous + reasons.no_match + reasons.not_a_resource
    return Unattributed(total, lines, reasons, (), Omitted(0, ZERO))


def _naming_destroyed(found: Unattributed, rows: Iterable[Row], group_by: GroupBy) -> Unattributed:
    """Name what was destroyed, with its cost and last day, if groups are resources (D14)."""
    gone: dict[str, list[Charge]] = defaultdict(list)
    if group_by == "resource" and found.reasons.destroyed:
        for charge, resource in rows:
            if resource is None and charge.reason == "destroyed":
                gone[name_in(charge) or charge.description].append(charge)
    cents = allocate({name: total_of(c.total for c in lines) for name, lines in gone.items()})
    every = [
        DestroyedRow(
            name, cents[name], len(lines), max((c.end for c in lines if c.end), default=None)
        )
        for name, lines in gone.items()
    ]
    return replace(found, destroyed=tuple(every))


def _everything_known(snapshot: Snapshot) -> bool:
    """Return whether all resources were read: unread ones may be untagged."""
    return snapshot.resources is not None and not any(map(snapshot.missing, EXISTING))


def _untagged(rows: Iterable[Row]) -> Decimal:
    return to_cents(
        total_of(
            charge.total for charge, resource in rows if resource is not None and not resource.tags
        )
    )


def _caveats(report: BreakdownReport, snapshot: Snapshot, bill: MonthlyBill) -> list[str]:
    if bill.running:
        caveats = invoiced_caveats(snapshot)
    else:
        caveats = [*month_caveats(bill), *invoice_caveats(bill.invoices)]
    if stated := stated_otherwise(bill):
        caveats.append(f"{stated}: lines count.")
    caveats += unknown_products(bill.charges)
    if report.group_by == "service" and not report.filters:
        caveats += credits_in_rows(bill.charges)
    if not is_readable(snapshot, bill):
        caveats.append("The bill's lines could not be read: the total is what the account states.")
    if report.unattributed.reasons.ambiguous:
        caveats.append("Ambiguous lines name no address and a label that several resources carry.")
    if report.group_by == "tag":
        caveats.append(_TAGS)
    return caveats
