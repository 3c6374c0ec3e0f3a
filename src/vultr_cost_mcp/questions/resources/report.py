"""List existing resources with their monthly cost and cost so far (rules D8, D16)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.account_parts import EXISTING, LISTED
from vultr_cost_mcp.domain.matching import Question, has_tag, mentions
from vultr_cost_mcp.domain.report_fields import (
    EVERY_ROW,
    DayOf,
    Label,
    Nearest,
    Omitted,
    RowId,
    Summed,
    UnitPrice,
    Usd,
    top,
)
from vultr_cost_mcp.domain.resource import Kind, PriceSource, State
from vultr_cost_mcp.families.kinds_by_list import parts_of
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import ZERO, allocate, allocate_known, known_total, to_cents, total_of
from vultr_cost_mcp.questions.caveats import (
    GROSS,
    caveats_with,
    has_discounts,
    invoiced_caveats,
    perhaps_hidden,
    price_caveats,
)
from vultr_cost_mcp.questions.resources.attached import Attached, attached
from vultr_cost_mcp.questions.resources.gone import gone_caveats
from vultr_cost_mcp.questions.resources.kinds import KindRow, by_kind
from vultr_cost_mcp.questions.resources.named import OmittedResources
from vultr_cost_mcp.questions.resources.reconciliation import Reconciliation, reconciliation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


Sort = Literal["monthly_cost", "month_to_date", "created"]


@dataclass(frozen=True, slots=True)
class AddOnRow:
    """An add-on within a resource's monthly cost."""

    name: str
    monthly_cost: Usd


@dataclass(frozen=True, slots=True)
class ProductRow:
    """The dollars of a resource's lines of one product, this month to date."""

    product: Label
    total: Usd


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """An existing resource and its cost.

    ``attached_to`` are the names of what it serves, none where it serves nothing. ``products`` are
    there where the month to date is above the monthly cost: what the lines are for.
    """

    id: RowId
    label: Label
    kind: Kind
    region: Label
    state: State
    created: DayOf | None
    monthly_cost: Usd | None
    month_to_date: Usd | None
    plan: Label | None = None
    tags: tuple[Label, ...] = ()
    addons: tuple[AddOnRow, ...] = ()
    cluster: Label | None = None
    price_source: PriceSource | None = "list"
    source: Literal["lines", "resource"] | None = "lines"
    attached_to: tuple[Label, ...] | None = None
    used_gb: UnitPrice | None = None
    size_gb: UnitPrice | None = None
    products: tuple[ProductRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourcesReport:
    """Existing resources, priced for a whole month.

    If filters match nothing, ``nearest`` are values close to them, and ``matched_alone`` names the
    filters that match without the others. ``by_kind`` is there where there are several kinds.
    ``attached`` is there where a ``query`` finds resources that others serve.
    """

    resources: tuple[ResourceRow, ...]
    omitted: OmittedResources
    count: int | None
    total_monthly_cost: Summed | None
    total_month_to_date: Summed | None
    unpriced: int | None
    reconciliation: Reconciliation | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    matched_alone: tuple[str, ...]
    by_kind: tuple[KindRow, ...]
    kinds_omitted: Omitted
    attached: Attached | None = None
    caveats: tuple[str, ...] = ()


_AVAILABLE = 15
_MOST_NAMES = 3
_TENTH = Decimal("0.1")
_FILLED: frozenset[Kind] = frozenset({"file_system", "registry"})
_NO_DATE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ResourceFilters:
    """Filters on resources; all of them must match."""

    query: str | None = None
    kind: Kind | None = None
    region: str | None = None
    tag: str | None = None
    untagged: bool = False
    created_after: date | None = None

    @property
    def given(self) -> dict[str, str]:
        """Return the filters that are set."""
        after = self.created_after
        named = {
            "query": self.query,
            "kind": self.kind,
            "region": self.region,
            "tag": self.tag,
            "untagged": "true" if self.untagged else None,
            "created_after": f"{after:%Y-%m-%d}" if after else None,
        }
        return {name: value for name, value in named.items() if value is not None}

    @property
    def open(self) -> bool:
        """Return whether one of the filters accepts any value."""
        return self.tag is not None or self.query is not None


def resource_costs(
    snapshot: Snapshot,
    *,
    filters: ResourceFilters,
    sort: Sort = "monthly_cost",
    limit: int = 10,
    names: int = 0,
) -> ResourcesReport:
    """List resources with their price; totals cover every row that matches the filters.

    ``filters`` select resources, ``sort`` is the order, and ``limit`` the number of rows; so many
    ``names`` follow without a row.
    """
    snapshot.require_some(EXISTING)
    every = snapshot.resources or ()
    chosen = [r for r in every if all(_passes(r, name, filters) for name in filters.given)]
    lists = parts_of(filters.kind, LISTED)
    # A match may be among the unread resources.
    unread = not chosen and snapshot.lacks(lists)
    question = _question(filters)
    missed = filters.given and not chosen
    costs = allocate_known({r.key: r.monthly_cost for r in chosen})
    by_lines = snapshot.month_to_date_by_resource()
    spent = allocate({r.key: by_lines[r.key] for r in chosen if r.key in by_lines})
    by_id = {r.id: r.name for r in every}
    lines = _lines(snapshot)
    readable = snapshot.charges is not None
    report = ResourcesReport(
        resources=_in_order([_row(r, costs, spent, by_id, lines) for r in chosen], sort),
        omitted=OmittedResources(0, ZERO),
        count=None if unread else len(chosen),
        total_monthly_cost=None if unread else known_total(costs.get(r.key) for r in chosen),
        total_month_to_date=total_of(spent.values()) if readable and not unread else None,
        unpriced=None if unread else len(chosen) - len(costs),
        reconciliation=reconciliation_of(snapshot) if readable else None,
        filters=filters.given,
        available=() if chosen or not filters.open else _available(snapshot, filters),
        nearest=question.near(every) if missed else (),
        matched_alone=question.alone(every) if missed else (),
        by_kind=tuple(by_kind(chosen, costs)),
        kinds_omitted=Omitted(0, ZERO),
        attached=None if filters.query is None else attached(every, chosen),
    )
    own = [
        *_undated(snapshot, filters),
        *gone_caveats(snapshot, report.filters, report.count),
        *_caveats(snapshot),
    ]
    report = replace(report, caveats=caveats_with(snapshot, own))
    return shortened(report, snapshot, limit, names)


def shortened(
    report: ResourcesReport, snapshot: Snapshot, limit: int, names: int
) -> ResourcesReport:
    """Return the report with its first rows, and the number and sum of the others.

    So many ``names`` follow without a row.
    """
    rows, hidden = report.resources[:limit], report.resources[limit:]
    cut = Omitted.beside(rows, hidden, lambda row: row.monthly_cost)
    labels = (resource.name for resource in snapshot.resources or ())
    kinds, kinds_omitted = top(report.by_kind, limit, lambda row: row.total)
    return replace(
        report,
        resources=rows,
        omitted=OmittedResources.naming(cut, hidden[:names], labels),
        by_kind=kinds,
        kinds_omitted=kinds_omitted,
        attached=None if report.attached is None else report.attached.shortened(limit),
    )


def _passes(resource: Resource, name: str, filters: ResourceFilters) -> bool:
    """Return whether a resource matches one of the filters."""
    created, after = resource.created, filters.created_after
    return {
        "query": lambda: _mentions(resource, filters.query or ""),
        "kind": lambda: resource.kind == filters.kind,
        "region": lambda: resource.region == filters.region,
        "tag": lambda: has_tag(resource.tags, filters.tag or ""),
        "untagged": lambda: not resource.tags,
        "created_after": lambda: (
            created is not None and after is not None and created.date() >= after
        ),
    }[name]()


def _question(filters: ResourceFilters) -> Question[Resource]:
    """Return the filters in the form that the search for nearest values needs."""
    return Question(
        given=filters.given,
        passes=lambda resource, name: _passes(resource, name, filters),
        values=_values,
        amount=lambda resource: resource.monthly_cost,
    )


def _values(resource: Resource, name: str) -> Iterable[str]:
    values: dict[str, Iterable[str]] = {
        "query": (resource.name,),
        "kind": (resource.kind,),
        "region": (resource.region,),
        "tag": resource.tags,
    }
    return values.get(name, ())


def _mentions(resource: Resource, query: str) -> bool:
    texts = [resource.id, resource.label, resource.hostname, *resource.addresses]
    return mentions(texts, query)


def _row(
    resource: Resource,
    costs: Mapping[str, Decimal],
    spent: Mapping[str, Decimal],
    names: Mapping[str, str],
    lines: Mapping[str, Sequence[Charge]],
) -> ResourceRow:
    """Return a row; amounts are cents by resource, ``names`` are by id, ``lines`` by resource."""
    from_lines = spent.get(resource.key)
    used, size = _filled(resource)
    own = None if resource.own_pending is None else to_cents(resource.own_pending)
    return ResourceRow(
        id=resource.id,
        label=resource.name,
        kind=resource.kind,
        plan=resource.plan,
        region=resource.region,
        tags=resource.tags,
        state=resource.state,
        created=resource.created,
        monthly_cost=costs.get(resource.key),
        price_source=resource.price_source,
        addons=tuple(
            AddOnRow(name, to_cents(cost)) for name, cost in resource.add_on_costs.items()
        ),
        month_to_date=own if from_lines is None else from_lines,
        source="lines" if from_lines is not None else ("resource" if own is not None else None),
        cluster=resource.cluster,
        attached_to=_served(resource, names),
        used_gb=used,
        size_gb=size,
        products=_products(lines[resource.key], from_lines, costs.get(resource.key)),
    )


def _lines(snapshot: Snapshot) -> Mapping[str, list[Charge]]:
    """Return this month's lines by resource, invoiced ones included."""
    lines: dict[str, list[Charge]] = defaultdict(list)
    for charge in snapshot.month_charges or ():
        lines[charge.resource_id or ""].append(charge)
    return lines


def _served(resource: Resource, names: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the names of what a resource is attached to, the first ones; None if not known.

    An id that nothing in ``names`` has stands for itself.
    """
    served = resource.attached_to
    if served is None:
        return None
    others = ("and others",) if len(served) > _MOST_NAMES else ()
    return (*(names.get(id_, id_) for id_ in served[:_MOST_NAMES]), *others)


def _filled(resource: Resource) -> tuple[Decimal | None, Decimal | None]:
    """Return the used and the whole GB of a file system or registry, where both are known."""
    used, size = resource.used_gb, resource.size_gb
    if resource.kind not in _FILLED or used is None or size is None:
        return None, None
    return used.quantize(_TENTH), size.quantize(_TENTH)


def _products(
    charges: Iterable[Charge], spent: Decimal | None, cost: Decimal | None
) -> tuple[ProductRow, ...]:
    """Sum a resource's lines by product, the largest first; none up to its monthly cost."""
    if spent is None or cost is None or spent <= cost:
        return ()
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        sums[charge.product or charge.description] += charge.total
    rows = [ProductRow(product, total) for product, total in allocate(sums).items()]
    return top(rows, EVERY_ROW, lambda row: row.total)[0]


def _in_order(rows: list[ResourceRow], sort: Sort) -> tuple[ResourceRow, ...]:
    """Return rows in the order that was asked for, the largest or newest first."""
    if sort == "created":
        return tuple(sorted(rows, key=lambda row: row.created or _NO_DATE, reverse=True))
    if sort == "month_to_date":
        return top(rows, EVERY_ROW, lambda row: row.month_to_date)[0]
    return top(rows, EVERY_ROW, lambda row: row.monthly_cost)[0]


def _available(snapshot: Snapshot, filters: ResourceFilters) -> tuple[str, ...]:
    """Return the tags or names with the largest amounts, for a filter that matched nothing."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for resource in snapshot.resources or ():
        names: Iterable[str] = resource.tags if filters.tag is not None else (resource.name,)
        for name in names:
            sums[name] += resource.monthly_cost or ZERO
    return tuple(sorted(sums, key=lambda name: (-sums[name], name))[:_AVAILABLE])


def _caveats(snapshot: Snapshot) -> list[str]:
    caveats = [*invoiced_caveats(snapshot), *perhaps_hidden(snapshot)]
    if has_discounts(snapshot):
        caveats.append(GROSS)
    caveats += price_caveats(snapshot)
    notes = {resource.note for resource in snapshot.resources or () if resource.note}
    caveats += [note[0].upper() + note[1:] + "." for note in sorted(notes)]
    return caveats


def _undated(snapshot: Snapshot, filters: ResourceFilters) -> list[str]:
    """Return a caveat on resources without a date, such as reserved IPs, in a date filter."""
    undated = sum(resource.created is None for resource in snapshot.resources or ())
    if filters.created_after is None or not undated:
        return []
    one = "resource has no creation date in the API and is"
    several = "resources have no creation date in the API and are"
    return [f"{count(undated, one, several)} left out."]
