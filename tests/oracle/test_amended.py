"""The oracle against figures worked out by hand, for the rules as they were amended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.oracle import Oracle
from tests.oracle.history_oracle import HistoryOracle
from tests.oracle.months import lines_invoiced, month_of_invoice
from tests.oracle.reading import line_of, service_of
from tests.oracle.test_oracle import OLD, line, plan, server
from tests.support.double import Account

if TYPE_CHECKING:
    from tests.support.double import Row

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
WEB = "192.0.2.1 (32768 MB) [web]"


def row(
    start: str, end: str, total: str, *, units: int = 1, price: str = "0", **changes: Any
) -> Row:
    """A line of the web server."""
    made: Row = {
        "description": WEB, "product": "Vultr Cloud Compute", "start_date": start, "end_date": end,
        "units": units, "unit_type": "hours", "unit_price": Decimal(price), "total": Decimal(total),
    }  # fmt: skip
    return made | changes


def paper(number: int, dated: str) -> Row:
    """An invoice's own row."""
    return {"id": number, "date": dated, "amount": 0, "balance": 0}


def invoiced_on_the_11th() -> Account:
    """A server of 192 dollars: 240 hours are invoiced, 108 more are pending."""
    made = Account(now=NOON)
    made.plans = [plan("large", "vhf", "192")]
    made.instances = [server("web", "large", "192.0.2.1")]
    made.account = {"balance": Decimal("-131.42"), "pending_charges": Decimal("30.86")}
    price = "0.285714285714286"
    made.pending = [row("2026-11-11T00:00:00Z", "2026-11-15T12:00:00Z", "30.86",
                        units=108, price=price)]  # fmt: skip
    made.invoices = [paper(78, "2026-11-11T00:05:00Z"), paper(77, "2026-11-01T00:05:00Z")]
    made.invoice_items = {
        "78": [row("2026-11-01", "2026-11-11", "68.58", units=240, price=price)],
        "77": [row("2026-10-01", "2026-11-01", "192", units=744, price=price)],
    }
    return made


def test_a_month_that_is_invoiced_in_its_middle() -> None:
    """68.58 + 30.86 = 99.44; 480 h of 192 / 672 are 137.15 (137.142): 205.73 at the end.

    200.00 less 68.58 is the balance of 131.42; less 30.86 pending, 100.56 are left.
    """
    outlook = Oracle(invoiced_on_the_11th(), NOON).outlook
    got = outlook.forecast()
    assert (got["invoiced_this_month"], got["month_to_date"]) == ("68.58", "99.44")
    assert got["projected_total"] == "205.73"
    assert got["credit"]["left_now"] == "100.56"
    assert got["credit"]["left_at_month_end"] == "0.00"
    # 460 h by the end of the 30th's 5 hours: 131.43 is passed on the 30th (480 h), not the 29th.
    assert got["credit"]["runs_out_on"] == (date(2026, 11, 30), date(2026, 11, 30))
    assert outlook.next_invoice() == {
        "date": "2026-12-01", "month": "2026-11", "expected": "137.15",
    }  # fmt: skip
    held = outlook.budget(Decimal(150))
    assert (held["status"], held["spent"], held["projected"]) == ("warn", "99.44", "205.73")
    # 68.58 + 288 h are 150.87 by the 22nd; 264 h are 144.01 by the 21st.
    assert held["breach_on"] == (date(2026, 11, 22), date(2026, 11, 22))
    # 68.58 of 240 h are 61.73 by the 9th (216 h) and 54.87 by the 8th.
    assert outlook.budget(Decimal(60))["breach_on"] == (date(2026, 11, 9), date(2026, 11, 9))


@pytest.mark.parametrize(
    ("dated", "items", "expected"),
    [
        ("2026-11-11", [row("2026-11-01", "2026-11-11", "68.58")], "68.58"),
        # Dated by day 3, it is of last month.
        ("2026-11-03", [row("2026-11-01", "2026-11-03", "9")], "0"),
        # Of October and November: what begins in November is November's.
        (
            "2026-11-05",
            [row("2026-10-01", "2026-11-01", "500"), row("2026-11-01", "2026-11-05", "60")],
            "60",
        ),
        # An hourly line from October to November begins in October.
        ("2026-11-05", [row("2026-10-20", "2026-11-05", "70")], "0"),
        # Tax is not use, a line without dates follows the invoice, a credit note has no hours.
        (
            "2026-11-11",
            [
                row("2026-11-01", "2026-11-11", "50"),
                row("", "", "6.5", product="HST", description="HST 13%", unit_type="flat"),
                row("", "", "3", product="License", description="Setup", unit_type="flat"),
            ],
            "53",
        ),
        ("2026-11-10", [row("", "", "-20", product="Refund", unit_type="flat")], "0"),
        ("2026-11-10", [row("2026-11-10", "2026-11-10", "9", unit_type="flat")], "0"),
        # In last month's, a line without dates is last month's.
        (
            "2026-11-05",
            [
                row("2026-10-01", "2026-11-01", "500"),
                row("2026-11-01", "2026-11-05", "60"),
                row("", "", "3", product="License", unit_type="flat"),
            ],
            "60",
        ),
    ],
)
def test_what_of_an_invoice_is_this_month_s(dated: str, items: list[Row], expected: str) -> None:
    """D1: by day, by the line's own beginning, before tax."""
    made = Account(now=NOON, invoices=[paper(78, f"{dated}T00:00:00Z")])
    made.invoice_items = {"78": items}
    assert sum(one.total for one in lines_invoiced(made, NOON)) == Decimal(expected)


@pytest.mark.parametrize(
    ("dated", "items", "expected"),
    [
        # One correction of 107 days among September's lines (of 5.00, a third of it September's).
        (
            "2026-10-01",
            [row("2026-06-16", "2026-10-01", "5"), row("2026-09-01", "2026-10-01", "13799.23")],
            "2026-09",
        ),
        # Dollars, not hours: 300 of October against 200 of November.
        (
            "2026-11-11",
            [row("2026-11-01", "2026-11-11", "200"), row("2026-10-31", "2026-11-01", "300")],
            "2026-10",
        ),
        # A credit's dollars count without their sign.
        (
            "2026-11-11",
            [row("2026-11-01", "2026-11-11", "-200"), row("2026-10-31", "2026-11-01", "150")],
            "2026-11",
        ),
        # Equal: the month before the date, else the later.
        (
            "2026-11-11",
            [row("2026-11-01", "2026-11-11", "5"), row("2026-10-01", "2026-11-01", "5")],
            "2026-10",
        ),
        (
            "2026-12-11",
            [row("2026-10-01", "2026-11-01", "5"), row("2026-09-01", "2026-10-01", "5")],
            "2026-10",
        ),
        ("2026-11-03", [row("2026-08-01", "2026-09-01", "5", unit_type="flat")], "2026-10"),
        ("2026-11-04", [row("2026-08-01", "2026-09-01", "5", unit_type="flat")], "2026-11"),
        ("2026-11-02", [row("2026-11-01", "2026-11-02", "0")], "2026-10"),
    ],
)
def test_the_month_that_most_dollars_are_for(dated: str, items: list[Row], expected: str) -> None:
    """D6: each hourly line's dollars by the hours of its span."""
    lines = [line_of(number, item) for number, item in enumerate(items)]
    at = datetime.fromisoformat(f"{dated}T00:00:00+00:00")
    month = month_of_invoice(lines, at)
    assert month is not None
    assert f"{month:%Y-%m}" == expected


def test_the_first_hours_with_credit() -> None:
    """100 less 90 uninvoiced and 0.41: 9.59; 90 a month by 672 pass 10.00 on the 4th (96 h)."""
    now = datetime(2026, 12, 1, 3, tzinfo=UTC)
    made = Account(now=now, plans=[plan("mid", "vhf", "90")])
    made.instances = [server("web", "mid", "192.0.2.1")]
    made.account = {"balance": Decimal(-100), "pending_charges": Decimal("90.41")}
    price = "0.133928571428571"
    made.pending = [
        row("2026-11-01", "2026-12-01", "90", units=720, price=price),
        row("2026-12-01T00:00:00Z", "2026-12-01T03:00:00Z", "0.41", units=3, price=price),
    ]
    oracle = Oracle(made, now)
    credit = oracle.outlook.credit()
    assert (credit["left_now"], credit["left_at_month_end"]) == ("9.59", "0.00")
    assert credit["runs_out_on"] == (date(2026, 12, 4), date(2026, 12, 4))
    got = oracle.overview()
    assert got["uninvoiced"] == "90.00"
    assert got["next_invoice"] == {"date": "2026-12-01", "month": "2026-11", "expected": "90.00"}


@pytest.mark.parametrize(
    ("product", "description", "unit_type", "service"),
    [
        ("HST", "HST 13%", "flat", "Tax"),
        ("", "QST 9.975%", "flat", "Tax"),
        ("CGST", "", "flat", "Tax"),
        ("MwSt.", "", "discount", "Tax"),
        ("Refund", "Outage", "flat", "Credits and Discounts"),
        ("", "Coupon WELCOME", "flat", "Credits and Discounts"),
        ("Vultr Cloud Compute", "Outage", "discount", "Credits and Discounts"),
        # A label never is one, nor is an hourly line's description.
        ("", "pst-db gift-shop", "hours", "Other"),
        ("Vultr Cloud Compute", "192.0.2.1 (1024 MB) [vat]", "hours", "Cloud Compute"),
        ("Vultr Cloud Compute", "tax refund", "flat", "Cloud Compute"),
        ("Private Registry", "", "hours", "Container Registry"),
        ("", "Object Storage (hst)", "gb", "Object Storage"),
        # Overage.
        ("Bandwidth", "ewr", "overage", "Networking"),
        ("Object Storage Overage", "Object Storage (files)", "overage", "Object Storage"),
        ("", "Object Storage (files)", "overage", "Object Storage"),
        ("CDN Bandwidth", "zone", "overage", "CDN"),
        ("Bandwidth", "[cdn]", "overage", "Networking"),
        ("Vultr Cloud Compute", "", "overage", "Networking"),
        ("Promo Credit", "CDN", "overage", "Credits and Discounts"),
    ],
)
def test_services_as_amended(product: str, description: str, unit_type: str, service: str) -> None:
    """D11: tax, credit, overage, product, description."""
    assert service_of(unit_type, product, description) == service


def volume(name: str, cost: str, **changes: Any) -> Row:
    """An old volume that is called data."""
    made: Row = {"id": name, "label": "data", "cost": Decimal(cost), "region": "ewr",
                 "date_created": OLD, "attached_to_instance": ""}  # fmt: skip
    return made | changes


def data_line(price: str, total: str, **changes: Any) -> Row:
    """A line of something that is called data."""
    return line("Block Storage (data)", "Block Storage", price, total, **changes)


@pytest.mark.parametrize(
    ("volumes", "lines", "expected"),
    [
        # By price, whatever the order of the lines.
        (("1", "4"), (("0.005952380952380952", "2.65"), ("0.001488095238095238", "0.67")), "ba"),
        # Two at one price are paired in their order.
        (("4", "4"), (("0.0059523809523809", "2.65"), ("0.0059523809523809", "2.65")), "ab"),
        # A price that neither has goes by order: what is left of both.
        (("1", "4"), (("0.0059523809523809", "2.65"), ("0.5", "222")), "ba"),
        # More lines than volumes: the last is ambiguous; more volumes: the last has no line.
        (("1", "4"), (("0.0014880952380952", "0.67"),) * 3, "ab-"),
        (("1", "4", "4"), (("0.0059523809523809", "2.65"), ("0.0014880952380952", "0.67")), "ba"),
    ],
)
def test_twins_are_paired(
    volumes: tuple[str, ...], lines: tuple[tuple[str, str], ...], expected: str
) -> None:
    """D10: by price, else by order."""
    now = datetime(2026, 11, 19, 11, 20, 52, tzinfo=UTC)
    made = Account(now=now, account={"balance": 0, "pending_charges": 0})
    made.blocks = [volume("abc"[number], cost) for number, cost in enumerate(volumes)]
    made.pending = [data_line(*one) for one in lines]
    oracle = Oracle(made, now)
    got = "".join(found.resource.id if found.resource else "-" for found in oracle.matches)
    assert got == expected
    assert [found.reason for found in oracle.matches] == [
        "ambiguous" if name == "-" else "" for name in expected
    ]
    left = [one.id for one in oracle.outlook.without_line]
    assert left == sorted(set("abc"[: len(volumes)]) - set(expected))


def test_a_closed_line_of_twins_is_destroyed() -> None:
    """D10: nothing says which of them it was, and it ended."""
    now = datetime(2026, 11, 19, 11, 20, 52, tzinfo=UTC)
    made = Account(now=now, blocks=[volume("a", "1"), volume("b", "4")])
    closed = data_line("0.0015", "0.04", end_date="2026-11-02T00:00:00+00:00", units=24)
    made.pending = [
        data_line("0.0014880952380952", "0.67"), data_line("0.0059523809523809", "2.65"), closed,
    ]  # fmt: skip
    reasons = [found.reason for found in Oracle(made, now).matches]
    assert reasons == ["", "", "destroyed"]


def test_a_unit_price_decides_the_price_of_a_snapshot() -> None:
    """D9: two of one name, three hours into the month: 0.01 and 0.02 are of either size."""
    now = datetime(2026, 11, 1, 3, tzinfo=UTC)
    gigabyte = 2**30
    made = Account(now=now)
    made.snapshots = [
        {"id": name, "description": "x", "date_created": OLD, "size": size * gigabyte,
         "compressed_size": packed * gigabyte, "status": "complete"}
        for name, size, packed in (("a", 20, 10), ("b", 40, 30))
    ]  # fmt: skip
    made.pending = [
        row("2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z", total, units=3, price=price,
            description="Snapshot (x)", product="Snapshot")
        for total, price in (("0.01", "0.00223214285714286"), ("0.01", "0.000744047619047619"))
    ]  # fmt: skip
    oracle = Oracle(made, now)
    assert {one.id: oracle.monthly(one) for one in oracle.resources} == {"a": "0.50", "b": "1.50"}
    assert oracle.outlook.without_line == []


@pytest.mark.parametrize("unsaid", ["end_date", "unit_price", "unit_type"])
def test_a_line_that_leaves_something_unsaid_goes_on(unsaid: str) -> None:
    """D24: 348 hours of 10 are 5.18; the month ends at 10.00."""
    made = Account(now=NOON, plans=[plan("p", "vc2", "10")])
    made.instances = [server("web", "p", "192.0.2.1")]
    given = row("2026-11-01T00:00:00Z", "2026-11-15T12:00:00Z", "5.18", units=348, price="0.0149")
    made.pending = [given | {unsaid: " Hrs " if unsaid == "unit_type" else None}]
    outlook = Oracle(made, NOON).outlook
    assert outlook.projected == 10
    assert outlook.budget(Decimal(8))["status"] == "warn"


def test_overage_belongs_to_its_store_and_only_bandwidth_is_projected() -> None:
    """D11, D25: 18.00 of the store, 9.00 of its overage and 20.00 of bandwidth are 47.00."""
    made = Account(now=NOON)
    made.object_storages = [
        {"id": "s", "label": "files", "region": "ewr", "date_created": OLD, "tier": {"price": 18}}
    ]
    text = "Object Storage (files)"
    made.pending = [
        row("2026-11-01T00:00:00Z", "2026-11-15T12:00:00Z", "9.33", units=348, description=text,
            price="0.0267857142857143", product="Object Storage"),
        row("2026-11-01T00:00:00Z", "2026-11-15T12:00:00Z", "9", description=text,
            product="Object Storage Overage", unit_type="overage"),
    ]  # fmt: skip
    made.account_bandwidth["current_month_projected"]["overage_cost"] = 20
    oracle = Oracle(made, NOON)
    assert [found.resource and found.resource.id for found in oracle.matches] == ["s", "s"]
    assert oracle.outlook.projected == 47
    assert oracle.breakdown()["groups"] == {"Object Storage": "18.33"}


def test_the_newest_invoice_that_charges_tells_the_tax() -> None:
    """D3: 13 of 100 on 5.00 more; a credit note after it says nothing."""
    made = invoiced_on_the_11th()
    made.invoices.append(paper(79, "2026-11-12T00:00:00Z"))
    made.invoice_items["79"] = [row("", "", "-20", product="Refund", unit_type="flat")]
    made.invoice_items["78"].append(row("", "", "6.858", product="GST/HST", unit_type="flat"))
    assert Oracle(made, NOON).outlook.tax_rate == Decimal("0.1")
    history = HistoryOracle(made, NOON)
    assert [one.charges_anything for one in history.papers] == [True, True, False]
    assert history.bills["2026-11"].total == Decimal("99.44")


def test_what_serves_the_dead_is_looked_at() -> None:
    """D20: a volume, an address and a balancer of servers that are gone, while none is young."""
    made = Account(now=NOON, plans=[plan("p", "vc2", "10")])
    made.instances = [server("web", "p", "192.0.2.1")]
    made.blocks = [volume("v", "10", attached_to_instance="gone"),
                   volume("w", "10", attached_to_instance="web")]  # fmt: skip
    made.reserved_ips = [{"id": "r", "label": "", "region": "ewr", "ip_type": "v4",
                          "subnet": "192.0.2.7", "instance_id": "gone"}]  # fmt: skip
    balancer = {"ipv4": "", "region": "ewr", "date_created": OLD, "nodes": 3}
    made.load_balancers = [
        balancer | {"id": "b", "label": "front", "instances": ["gone", "lost"]},
        balancer | {"id": "c", "label": "half", "instances": ["gone", "web"]},
        balancer | {"id": "d", "label": f"a{'0' * 31}", "instances": ["gone"]},
    ]
    oracle = Oracle(made, NOON)
    assert oracle.savings()["investigations"] == ["b", "d", "r", "v"]
    assert {one.id: oracle.monthly(one) for one in oracle.resources}["b"] == "30.00"
    made.instances[0]["date_created"] = "2026-11-15T11:30:00Z"
    assert oracle.savings()["investigations"] == ["b", "d", "r", "v"]  # read once
    assert Oracle(made, NOON).savings()["investigations"] == ["d"]
