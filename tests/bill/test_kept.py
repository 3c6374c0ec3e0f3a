"""Read rows that older rules stored as today's rules would (D5, D6, D10, D11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.nouns import MONTH, NOW, at, line, usd
from vultr_cost_mcp.billing.stored_rows import (
    invoice_by_todays_rules,
    lines_by_todays_rules,
    period_and_service,
    resource_of,
    stored_resource,
    waits_from_before,
)
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.stored import (
    FIRST_RULES,
    RULES,
    StoredInvoice,
    StoredLine,
    StoredResource,
)

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.resource import ComputeClass, Kind

HOURS = line("20", "web-1", start=at("2026-10-01"), end=at("2026-11-01"), units=744)
TAX = line("2", "VAT", "Tax", unit_type="flat", start=None, end=None)


def stored(date: datetime | None, *, by_hours: bool = True) -> StoredInvoice:
    """Make an invoice that older rules took for September's, with every line under Other."""
    lines = (HOURS, TAX) if by_hours else (TAX,)
    invoice = Invoice("1", date, usd(22))
    return StoredInvoice(
        invoice, "2026-09", tuple((row, "Other") for row in lines), rules=FIRST_RULES
    )


@pytest.mark.parametrize(
    ("made", "period"),
    [
        (stored(at("2026-11-01")), "2026-10"),
        # The dates of its hours decide without a date of its own.
        (stored(None), "2026-10"),
        (stored(at("2026-11-01"), by_hours=False), "2026-10"),
        # Nothing tells: it stays where it was.
        (stored(None, by_hours=False), "2026-09"),
    ],
)
def test_month_and_services_are_those_of_todays_rules(made: StoredInvoice, period: str) -> None:
    found = invoice_by_todays_rules(made)
    services = {row.description: service for row, service in found.lines}
    assert found.period == period
    assert found.invoice == made.invoice
    expected = {"web-1": "Cloud Compute", "VAT": "Tax"}
    assert services == {name: expected[name] for name in services}


def test_an_invoice_of_todays_rules_is_left_alone() -> None:
    made = replace(stored(at("2026-11-01")), rules=RULES)
    assert invoice_by_todays_rules(made) is made


WEB = StoredResource(
    id="web",
    kind="instance",
    label="web-1",
    region="ewr",
    state="stopped",
    plan="vc2-1c-1gb",
    hostname="web-1.example.com",
    addresses=("192.0.2.1",),
    tags=("team-a",),
    created=at("2026-10-01"),
    cluster="main",
    compute_class="cpu",
    monthly_cost=usd(5),
    price_source="list",
    month_to_date=usd(3),
    attached_to=("vpc",),
)


@pytest.mark.parametrize(("kind", "compute_class"), [("instance", "cpu"), ("gpu_instance", "gpu")])
def test_a_stored_resource_is_a_current_one_and_the_same_again(
    kind: Kind, compute_class: ComputeClass
) -> None:
    """D12: nothing of it is lost on the way; only a deleted one has a last reading."""
    row = replace(WEB, kind=kind, compute_class=compute_class)
    found = resource_of(row)
    assert stored_resource(found, usd(3)) == row
    assert stored_resource(found) == replace(row, month_to_date=None)
    assert (found.last_seen, resource_of(row, NOW).last_seen) == (None, NOW)


@pytest.mark.parametrize(
    ("start", "end", "waits"),
    [
        # The end decides; a line that ends with the month's first moment is of the month before.
        ("2026-10-01", "2026-11-01", True),
        ("2026-10-01", "2026-11-02", False),
        ("2026-10-31", None, True),
        ("2026-11-01", None, False),
        (None, None, False),
    ],
)
def test_a_line_waits_from_before_by_its_end_else_by_its_start(
    start: str | None, end: str | None, *, waits: bool
) -> None:
    """D5."""
    row = line(start=at(start) if start else None, end=at(end) if end else None)
    assert waits_from_before(row, MONTH) is waits
    expected = ("2026-10" if waits else "2026-11", "Cloud Compute")
    assert period_and_service(row, MONTH) == expected


def kept(label: str, owner: str | None, product: str = "Vultr Cloud Compute") -> StoredLine:
    """Make a line that older rules took for one of Other, in Frankfurt."""
    row = line("3.15", f"Server [{label}]", product, unit_price="0.00744047619047619", units=423)
    return StoredLine("2026-11", row, "Other", owner, "fra")


@pytest.mark.parametrize(
    ("row", "service", "owner", "region"),
    [
        # What exists is matched again, with its own region.
        (kept("web-1", None), "Cloud Compute", "web", "ewr"),
        # Deleted by then: earlier readings had matched it.
        (kept("gone", "gone"), "Cloud Compute", "gone", "fra"),
        # Today's rules match it with nothing, and older ones with what exists: they were wrong.
        (kept("gone", "web"), "Cloud Compute", None, None),
        (kept("gone", None), "Cloud Compute", None, None),
        # Tax is of no resource.
        (kept("gone", "gone", "VAT"), "Tax", None, None),
    ],
)
def test_lines_find_their_service_and_resource_again(
    row: StoredLine, service: Service, owner: str | None, region: str | None
) -> None:
    """D10, D11."""
    (found,) = lines_by_todays_rules([row], [WEB], NOW)
    assert found == StoredLine("2026-11", row.line, service, owner, region)


def test_a_kept_line_of_the_month_before_is_of_that_month() -> None:
    """D5: it waited for its invoice when it was read."""
    row = replace(kept("web-1", "web"), line=line(start=at("2026-10-01"), end=at("2026-11-01")))
    later = kept("web-1", "web")
    found = lines_by_todays_rules([row, later], [WEB], NOW)
    assert [each.period for each in found] == ["2026-10", "2026-11"]
    assert [each.line for each in found] == [row.line, later.line]
