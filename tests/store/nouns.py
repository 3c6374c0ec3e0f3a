"""Any reading that Vultr's answers can become, for properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import get_args

from hypothesis import strategies as st

from vultr_cost_mcp.domain.bill import SERVICES, ChargeLine
from vultr_cost_mcp.domain.history import (
    NewRun,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.domain.resource import KINDS, ComputeClass, PriceSource, State

_LARGEST = 10**18 - 1
texts = st.text(max_size=30)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1900, 1, 3), datetime(2299, 12, 29), timezones=zones)  # noqa: DTZ001  (the zone comes with it)
collected = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (the zone comes with it)
money = st.integers(-_LARGEST, _LARGEST).map(lambda micros: Decimal(micros).scaleb(-6))
digits = st.builds(
    lambda number, exponent: Decimal(number).scaleb(exponent),
    st.integers(-(10**27), 10**27),
    st.integers(-50, 10),
)
counts = st.integers(0, 2**63 - 1)
periods = st.from_regex(r"20\d\d-(0[1-9]|1[0-2])", fullmatch=True)

metrics = st.builds(
    Metrics,
    timestamp=instants,
    customer_id=texts,
    billing_period=periods,
    account_balance=st.none() | money,
    pending_charges=money,
    monthly_spend=st.none() | money,
    gpu_cost=st.none() | money,
    compute_cost=st.none() | money,
    storage_cost=st.none() | money,
    network_cost=st.none() | money,
    backup_cost=st.none() | money,
    other_cost=st.none() | money,
    instance_count=st.none() | counts,
    gpu_instance_count=st.none() | counts,
    bare_metal_count=st.none() | counts,
    idle_instances=st.none() | counts,
    underutilized_resources=st.none() | counts,
    snapshot_waste=st.none() | money,
)
charges = st.builds(
    ChargeLine,
    description=texts,
    product=texts,
    start=st.none() | instants,
    end=st.none() | instants,
    units=st.none() | digits,
    unit_type=texts,
    unit_price=st.none() | digits,
    total=money,
)
services = st.sampled_from(SERVICES)
lines = st.builds(
    StoredLine,
    period=periods,
    line=charges,
    service=services,
    resource_id=st.none() | texts,
    region=st.none() | texts,
)
resources = st.builds(
    StoredResource,
    id=texts,
    kind=st.sampled_from(KINDS),
    label=texts,
    region=texts,
    state=st.sampled_from(get_args(State)),
    plan=st.none() | texts,
    hostname=texts,
    addresses=st.lists(texts, max_size=3).map(tuple),
    tags=st.lists(texts, max_size=3).map(tuple),
    created=st.none() | instants,
    cluster=st.none() | texts,
    compute_class=st.sampled_from(get_args(ComputeClass)),
    monthly_cost=st.none() | money,
    price_source=st.none() | st.sampled_from(get_args(PriceSource)),
    month_to_date=st.none() | money,
    attached_to=st.none() | st.lists(texts, max_size=3).map(tuple),
)
findings = st.builds(
    StoredFinding,
    action=texts,
    kind=texts,
    label=texts,
    resource_ids=st.lists(texts, max_size=3).map(tuple),
    confidence=texts,
    monthly_cost=st.none() | money,
    reasons=st.lists(texts, max_size=3).map(tuple),
)
invoices = st.builds(
    StoredInvoice,
    invoice=st.builds(Invoice, id=texts, date=st.none() | instants, amount=money),
    period=periods,
    lines=st.lists(st.tuples(charges, services), max_size=3).map(tuple),
)
runs = st.builds(
    StoredRun,
    run_id=texts,
    customer_id=texts,
    collected_at=collected,
    complete=st.booleans(),
    metrics=metrics,
)
readings = st.builds(
    NewRun,
    run=runs,
    lines=st.lists(lines, max_size=4).map(tuple),
    resources=st.lists(resources, max_size=3).map(tuple),
    invoices=st.lists(invoices, max_size=2, unique_by=lambda stored: stored.invoice.id).map(tuple),
    findings=st.lists(findings, max_size=3).map(tuple),
)
