"""Readings as flat rows, tuples in the order of their columns, and the way back."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from vultr_cost_mcp.domain.bill import SERVICES, ChargeLine, Service
from vultr_cost_mcp.domain.history import (
    FIRST_RULES,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.metrics import CLOUD_PROVIDER, Metrics
from vultr_cost_mcp.domain.resource import KINDS, ComputeClass, PriceSource, State
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.columns import RUN_COLUMNS
from vultr_cost_mcp.history.values import (
    count,
    decimal,
    digits,
    instant,
    money,
    optional_money,
    optional_text,
    text,
    texts,
    tuple_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Read = TypeVar("Read")

Row = tuple[Any, ...]

_KNOWN_SERVICES = frozenset(SERVICES)
_KNOWN_KINDS = frozenset(KINDS)
_KNOWN_STATES = frozenset(get_args(State))
_KNOWN_CLASSES = frozenset(get_args(ComputeClass))
_KNOWN_SOURCES = frozenset({*get_args(PriceSource), None})


def read_rows(read: Callable[[Any], Read], rows: Iterable[Any]) -> list[Read]:
    """Read every row; raises StoreError when one of them was not written by this program."""
    try:
        return [read(row) for row in rows]
    except (ValueError, TypeError, ArithmeticError) as error:
        msg = (
            "The history holds a row that cannot be read: a newer version of vultr-cost-mcp wrote "
            "it, or it is damaged. Update vultr-cost-mcp, or begin a new history."
        )
        raise StoreError(msg) from error


def run_row(run: StoredRun) -> Row:
    """A run in the order of RUN_COLUMNS."""
    metrics = run.metrics
    return (
        text(run.customer_id),
        text(run.run_id),
        run.collected_at.astimezone(UTC),
        run.complete,
        metrics.timestamp.astimezone(UTC),
        text(metrics.customer_id),
        text(metrics.billing_period),
        optional_money(metrics.account_balance),
        money(metrics.pending_charges),
        optional_money(metrics.monthly_spend),
        optional_money(metrics.gpu_cost),
        optional_money(metrics.compute_cost),
        optional_money(metrics.storage_cost),
        optional_money(metrics.network_cost),
        optional_money(metrics.backup_cost),
        optional_money(metrics.other_cost),
        count(metrics.instance_count),
        count(metrics.gpu_instance_count),
        count(metrics.bare_metal_count),
        count(metrics.idle_instances),
        count(metrics.underutilized_resources),
        optional_money(metrics.snapshot_waste),
        optional_money(metrics.invoiced_this_month),
        text(metrics.cloud_provider),
        count(run.rules),
    )


def stored_run(row: Sequence[Any]) -> StoredRun:
    """The run of a row in the order of RUN_COLUMNS."""
    customer_id, run_id, collected_at, complete, *metrics = row
    *record, provider, rules = metrics
    record.append(provider or CLOUD_PROVIDER)
    if len(row) != len(RUN_COLUMNS):
        msg = "not a row of this version"
        raise ValueError(msg)
    return StoredRun(
        run_id=run_id,
        customer_id=customer_id,
        collected_at=collected_at,
        complete=bool(complete),
        # RUN_COLUMNS has the fields of the metrics record in their order.
        metrics=Metrics(*record),
        rules=FIRST_RULES if rules is None else rules,
    )


def line_row(line: StoredLine) -> Row:
    """A line in the order of LINE_COLUMNS."""
    charge = invoice_line_row(line.line, line.service)
    return (text(line.period), *charge, optional_text(line.resource_id), optional_text(line.region))


def stored_line(row: Sequence[Any]) -> StoredLine:
    """The line of a row in the order of LINE_COLUMNS."""
    period, *charge, resource_id, region = row
    line, service = stored_invoice_line(charge)
    return StoredLine(period, line, service, resource_id, region)


def invoice_line_row(line: ChargeLine, service: Service) -> Row:
    """A line of an invoice in the order of INVOICE_LINE_COLUMNS."""
    return (
        service,
        text(line.description),
        text(line.product),
        instant(line.start),
        instant(line.end),
        digits(line.units),
        text(line.unit_type),
        digits(line.unit_price),
        money(line.total),
    )


def stored_invoice_line(row: Sequence[Any]) -> tuple[ChargeLine, Service]:
    """The line of a row in the order of INVOICE_LINE_COLUMNS, and its service."""
    service, description, product, start, end, units, unit_type, unit_price, total = row
    line = ChargeLine(
        description=description,
        product=product,
        start=start,
        end=end,
        units=decimal(units),
        unit_type=unit_type,
        unit_price=decimal(unit_price),
        total=total,
    )
    return line, known_service(service)


def known_service(service: str) -> Service:
    """Return the service of that name; an unknown name is Other."""
    return service if service in _KNOWN_SERVICES else "Other"


def resource_row(resource: StoredResource) -> Row:
    """A resource in the order of RESOURCE_COLUMNS."""
    return (
        text(resource.id),
        resource.kind,
        text(resource.label),
        text(resource.region),
        resource.state,
        optional_text(resource.plan),
        text(resource.hostname),
        texts(resource.addresses),
        texts(resource.tags),
        instant(resource.created),
        optional_text(resource.cluster),
        resource.compute_class,
        optional_money(resource.monthly_cost),
        resource.price_source,
        optional_money(resource.month_to_date),
        None if resource.attached_to is None else texts(resource.attached_to),
    )


def stored_resource(row: Sequence[Any]) -> StoredResource:
    """The resource of a row in the order of RESOURCE_COLUMNS.

    Raises ValueError for a kind, a state, a class or a price source that does not exist.
    """
    id_, kind, label, region, state, plan, hostname, addresses, tags, created, *rest = row
    cluster, compute_class, monthly_cost, price_source, month_to_date, attached_to = rest
    for name, names in (
        (kind, _KNOWN_KINDS),
        (state, _KNOWN_STATES),
        (compute_class, _KNOWN_CLASSES),
        (price_source, _KNOWN_SOURCES),
    ):
        if name not in names:
            msg = "not a name of this version"
            raise ValueError(msg)
    return StoredResource(
        id=id_,
        kind=kind,
        label=label,
        region=region,
        state=state,
        plan=plan,
        hostname=hostname,
        addresses=tuple_of(addresses),
        tags=tuple_of(tags),
        created=created,
        cluster=cluster,
        compute_class=compute_class,
        monthly_cost=monthly_cost,
        price_source=price_source,
        month_to_date=month_to_date,
        attached_to=None if attached_to is None else tuple_of(attached_to),
    )


def invoice_row(stored: StoredInvoice) -> Row:
    """An invoice without its lines, in the order of INVOICE_COLUMNS."""
    invoice = stored.invoice
    return (
        text(invoice.id),
        instant(invoice.date),
        money(invoice.amount),
        text(stored.period),
        count(stored.rules),
    )


def stored_invoice(
    row: Sequence[Any], lines: Iterable[tuple[ChargeLine, Service]]
) -> StoredInvoice:
    """The invoice of a row in the order of INVOICE_COLUMNS, with its lines."""
    invoice_id, date, amount, period, rules = row
    invoice = Invoice(invoice_id, date, amount)
    return StoredInvoice(invoice, period, tuple(lines), FIRST_RULES if rules is None else rules)


def oldest_first(invoices: Iterable[StoredInvoice]) -> list[StoredInvoice]:
    """Invoices by their date, one without by its period's beginning; then by their ids."""
    return sorted(invoices, key=lambda stored: (_age(stored), stored.invoice.id))


def _age(stored: StoredInvoice) -> str:
    date = stored.invoice.date
    return stored.period if date is None else date.isoformat()
