"""One page on the account: spent, burnt, owed, wasted (D1, D19, D26, D28)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from tests.support.nouns import at, balance, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.report_fields import Bridge, NamedCount
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.overview.report import (
    Credit,
    GpuCost,
    InvoiceRef,
    LastPayment,
    NextInvoice,
    NotCounted,
    OverviewReport,
    RunRate,
    overview,
)
from vultr_cost_mcp.questions.overview.text import render_overview

FAILED = ServerError("Vultr failed.", 503)


def of(shot: Snapshot, **named: Any) -> OverviewReport:
    return overview(shot, **{"projected": None, "savings_monthly": None, **named})


@pytest.mark.parametrize(
    ("stated", "spent", "left", "owed"),
    [
        ("-500", "120.50", "379.50", "0"),  # credit: less what is not yet invoiced
        ("-100", "120.50", "0", "0"),  # used up, and nothing is owed before the invoice
        ("-120.50", "120.50", "0", "0"),
        ("0", "120.50", "0", "0"),
        ("79.48", "120.50", "0", "79.48"),  # debt
        ("-0.01", "0", "0.01", "0"),
    ],
)
def test_a_negative_balance_is_credit(stated: str, spent: str, left: str, owed: str) -> None:
    """D26: credit_left = max(0, -balance - month to date); owed = max(0, balance) (PEERS 2)."""
    report = of(snapshot([charge(spent)], balance=balance(stated)))
    assert (report.credit_left, report.owed) == (usd(left), usd(owed))


def test_without_a_balance_credit_is_unknown() -> None:
    """D26, D33: null and never zero."""
    for state in (None, balance(None)):
        report = of(snapshot([charge("1")], balance=state))
        assert (report.credit_left, report.owed) == (None, None)
        assert report.month_to_date == 1


def test_the_run_rate_is_of_running_lines_under_their_cap() -> None:
    """D28: 10/672 + 1750/730 = 2.4121 an hour, 57.89 a day; the capped 5.00 is left out."""
    charges = [
        charge("6.30", monthly=10, cap_hours=672),
        charge("1014.05", "Cloud GPU", monthly=1750, cap_hours=730),
        charge("5.00", monthly=5, cap_hours=672),
        charge("3.00", monthly=500, cap_hours=672, running=False),
        charge("33.27", "Inference", unit_type="tokens"),
        charge("1", monthly=5),
    ]
    resources = [thing("a", price=10), thing("b", price=1750), thing("c")]
    assert of(snapshot(charges, resources)).run_rate == RunRate(
        hourly=usd("2.41"), daily=usd("57.89"), monthly=usd(1760)
    )


def test_the_day_is_24_times_the_exact_hour() -> None:
    """D28, D4: 5/672 an hour is 0.01, and 24 of them are 0.18, not 0.24."""
    rate = of(snapshot([charge("1", monthly=5, cap_hours=672)])).run_rate
    assert (rate.hourly, rate.daily) == (usd("0.01"), usd("0.18"))


def test_unread_parts_leave_rates_unknown() -> None:
    """D33: no lines, no rate an hour; no inventory, no rate a month."""
    rate = of(snapshot(None, [thing(price=5)], balance=balance(pending="9"))).run_rate
    assert rate == RunRate(None, None, usd(5))
    rate = of(snapshot([charge("1", monthly=672, cap_hours=672)], None)).run_rate
    assert rate == RunRate(usd(1), usd(24), None)


def test_the_last_payment_is_a_positive_amount() -> None:
    """Payments are negative on the wire (D26)."""
    paid = balance(0, paid="-12000.00", paid_on=at("2026-11-04"))
    assert of(snapshot(balance=paid)).last_payment == LastPayment(at("2026-11-04"), usd(12000))
    assert of(snapshot(balance=balance(0))).last_payment is None
    assert of(snapshot(balance=None)).last_payment is None


def test_what_was_spent_is_of_the_lines_and_else_of_the_account() -> None:
    """D1: the lines' 2.005 rounded once."""
    stated = balance(0, pending="99")
    assert of(snapshot([charge("1"), charge("1.005")], balance=stated)).month_to_date == usd("2.01")
    assert of(snapshot(None, balance=stated)).month_to_date == 99


def test_top_services_by_money() -> None:
    """D11, D4: most expensive first with their share of charges, names settle ties."""
    charges = [
        charge("75", "Cloud GPU"),
        charge("10"),
        charge("10", "CDN"),
        charge("5"),
        charge("-20", "Credits and Discounts"),
    ]
    rows = of(snapshot(charges)).top_services
    assert [(row.service, row.total, row.share_percent) for row in rows] == [
        ("Cloud GPU", 75, 75.0),
        ("Cloud Compute", 15, 15.0),
        ("CDN", 10, 10.0),
        ("Credits and Discounts", -20, -20.0),
    ]
    assert len(of(snapshot(charges), limit=2).top_services) == 2


def test_top_resources_by_what_they_cost_so_far() -> None:
    """D1: by lines; what has none is not among them."""
    charges = [charge("3", resource_id="a"), charge("7", resource_id="b"), charge("99")]
    resources = [thing("a", price=10, label="web"), thing("b"), thing("c", price=99)]
    rows = of(snapshot(charges, resources)).top_resources
    assert [(row.id, row.label, row.month_to_date, row.monthly_cost) for row in rows] == [
        ("b", "b", 7, None),
        ("a", "web", 3, 10),
    ]
    assert len(of(snapshot(charges, resources), limit=1).top_resources) == 1


def test_a_top_resource_is_named_by_its_own_id() -> None:
    """The id is what the next call takes, not the key that tells two kinds apart."""
    shot = snapshot(
        [charge("3", resource_id="snapshot:7")], [thing("7", "snapshot", alias="snapshot:7")]
    )
    assert [row.id for row in of(shot).top_resources] == ["7"]


def test_what_idles_is_what_is_stopped() -> None:
    """D19, D23: measured, without exempt and suspended ones; add-ons and unknown prices as is."""
    resources = [
        thing("a", price=48, state="stopped"),
        thing("b", price=20, state="stopped", tags=("keep",)),
        thing("c", price=10, state="suspended"),
        thing("d", state="stopped"),
        thing("e", price=99),
    ]
    assert of(snapshot((), resources)).idle_monthly_cost == 48
    assert of(snapshot((), None)).idle_monthly_cost is None
    failed = snapshot((), (), failures={"instances": FAILED})
    assert of(failed).idle_monthly_cost is None


def test_the_savings_are_those_that_are_passed_in() -> None:
    """D19: savings_monthly is estimate_savings.total_monthly_savings."""
    assert of(snapshot(), savings_monthly=usd(1881)).savings_monthly == 1881
    assert of(snapshot()).savings_monthly is None


INVENTORY = [
    thing("1"),
    thing("2", state="stopped"),
    thing("3", "gpu_instance", gpu=True),
    thing("4", "kubernetes_node", "5"),
    thing("5", "kubernetes_node", gpu=True),
    thing("6", "bare_metal"),
    thing("7", "gpu_bare_metal", gpu=True),
    thing("8", "block_storage"),
    thing("9", "snapshot"),
    thing("10", "load_balancer"),
    thing("11", "reserved_ip"),
]


def test_counts() -> None:
    """D15: cloud servers with GPU and nodes; GPU servers of all kinds; bare metal of both."""
    assert asdict(of(snapshot((), INVENTORY)).counts) == {
        "servers": 5,
        "stopped_servers": 1,
        "gpu_servers": 3,
        "bare_metal": 2,
        "kubernetes_nodes": 2,
        "volumes": 1,
        "snapshots": 1,
        "load_balancers": 1,
        "reserved_ips": 1,
        "unpriced": 10,
    }


@pytest.mark.parametrize(
    ("part", "unknown"),
    [
        ("instances", {"servers", "stopped_servers", "gpu_servers", "unpriced"}),
        ("bare_metals", {"bare_metal"}),
        ("kubernetes_clusters", {"kubernetes_nodes"}),
        ("blocks", {"volumes"}),
        ("snapshots", {"snapshots"}),
        ("load_balancers", {"load_balancers"}),
        ("reserved_ips", {"reserved_ips"}),
    ],
)
def test_a_count_that_could_not_be_read_is_unknown(part: str, unknown: set[str]) -> None:
    """D33: null and never zero; the others stand."""
    counts = asdict(of(snapshot((), INVENTORY, failures={part: FAILED})).counts)
    nulls = {name for name, number in counts.items() if number is None}
    others = {"volumes", "snapshots", "load_balancers", "reserved_ips", "kubernetes_nodes"}
    assert unknown <= nulls
    assert not nulls & (others - unknown)


def test_the_projection_is_the_one_that_is_passed_in() -> None:
    """D19: projected_month_end is forecast_month_end's, and without one it is unknown."""
    assert of(snapshot(), projected=usd("8176.23")).projected_month_end == usd("8176.23")
    assert of(snapshot()).projected_month_end is None


def test_without_invoices_read_the_last_is_unknown_and_so_is_what_the_next_is() -> None:
    """D33: null and never zero; the day of the next one is known all the same."""
    report = of(snapshot([charge("1")], invoices=None), projected=usd(50))
    assert report.last_invoice is None
    assert report.next_invoice == NextInvoice(date(2026, 12, 1), "2026-11", None)


def test_the_newest_invoice_is_the_last_and_its_tax_is_that_of_the_next() -> None:
    """D3, D6: 121 with 21 of tax on the 1st is of the month before; 50 become 60.50 with it."""
    items = (charge("100", of=None), charge("21", "Tax", unit_type="flat"))
    shot = snapshot(
        invoices=(
            Invoice("8", at("2026-10-01"), usd("999")),
            Invoice("9", at("2026-11-01"), usd("121.004")),
        ),
        invoice_charges={"9": items},
    )
    # Its longest hourly line begins on the 1st of November and ends at NOW: the middle is in it.
    report = of(shot, projected=usd(50))
    assert report.last_invoice == InvoiceRef("9", "2026-11", usd("121.00"))
    assert report.next_invoice == NextInvoice(date(2026, 12, 1), "2026-11", usd("60.50"))
    # Without lines its day tells: made on the 1st, it is for October.
    unread = of(snapshot(invoices=shot.invoices, invoice_charges={}), projected=usd(50))
    assert unread.last_invoice == InvoiceRef("9", "2026-10", usd("121.00"))
    assert unread.next_invoice == NextInvoice(date(2026, 12, 1), "2026-11", None)


def test_without_any_invoice_the_next_is_the_projection() -> None:
    """D3: an account that was never invoiced has no tax rate that anybody knows."""
    report = of(snapshot(invoices=()), projected=usd(50))
    assert report.last_invoice is None
    assert report.next_invoice == NextInvoice(date(2026, 12, 1), "2026-11", usd(50))
    assert of(snapshot(invoices=())).next_invoice == NextInvoice(date(2026, 12, 1), "2026-11", None)


def test_without_lines_and_account_there_is_no_overview() -> None:
    """D33: the essential part failed."""
    with pytest.raises(ServerError):
        of(snapshot(None, failures={"pending_charges": FAILED}))


def test_shares_are_of_charges() -> None:
    """D4, D12: 300 of 400 are of GPUs, 250 of them a server's; a credit takes no share."""
    charges = [
        charge("250", "Cloud GPU", "gpu"),
        charge("50", "Bare Metal", "metal"),
        charge("100", resource_id="cpu"),
        charge("-40", "Credits and Discounts", unit_type="discount"),
    ]
    resources = [
        thing("gpu", "gpu_instance", gpu=True),
        thing("metal", "gpu_bare_metal", gpu=True),
        thing("cpu"),
    ]
    report = of(snapshot(charges, resources))
    assert report.gpu == GpuCost(usd(300), 75.0)
    assert [row.share_percent for row in report.top_resources] == [62.5, 25.0, 12.5]
    assert of(snapshot(charges[2:3], resources[2:])).gpu is None
    unread = of(snapshot(None, resources, balance=balance(0, "5")))
    assert unread.gpu == GpuCost(None, None)


def test_stopped_servers_are_counted_once_or_named() -> None:
    """D17, D23: one is counted, one is exempt, one is half an hour old."""
    off: dict[str, Any] = {"state": "stopped", "price": 10}
    resources = [
        thing("counted", **off),
        thing("kept", tags=("keep",), **off),
        thing("new", created=at("2026-11-18T13:35"), **off),
        thing("runs", price=5),
    ]
    report = of(snapshot([], resources))
    assert (report.counts.stopped_servers, report.idle_monthly_cost) == (1, 10)
    left = NotCounted(NamedCount(1, ("kept",), ("keep",)), NamedCount(1, ("new",)))
    assert report.stopped_not_counted == left
    said = (
        "(not counted: exempt by tag: 1 (`kept` by `keep`), created under an hour ago: 1 (`new`))"
    )
    assert said in "\n".join(render_overview(report))
    assert of(snapshot([], resources[::3])).stopped_not_counted is None


def test_credit_is_told_as_in_the_portal() -> None:
    """D26: 500.00 credit, 120.50 used this month, 379.50 left; debt is no credit."""
    report = of(snapshot([charge("120.50")], balance=balance("-500")))
    assert report.credit == Credit(usd(500), usd("120.50"))
    assert report.credit_left == usd("379.50")
    assert "$500.00 credit, $120.50 used this month, $379.50 left." in render_overview(report)
    debt = of(snapshot([charge("1")], balance=balance("7")))
    assert (debt.credit, debt.owed) == (None, 7)


def test_the_way_from_the_run_rate_is_said_where_they_differ() -> None:
    """D28: 672.00 a month, and 33.00 of a server that is gone."""
    charges = [
        charge("423.00", resource_id="a", monthly=672, cap_hours=672),
        charge("33.00", monthly=50, cap_hours=672, running=False, reason="destroyed"),
    ]
    body = render_overview(of(snapshot(charges, [thing("a", price=672)])))
    said = "From the monthly rate to month end: $672.00 + $33.00 deleted this month = $705.00."
    assert said in body


def test_an_invoice_in_mid_month_adds_to_the_run_rate() -> None:
    """D28, D1: 120.00 on an invoice to the 11th, then 192.00 at most: each line has its own cap."""
    found = Bridge(run_rate=usd(192), projected=usd(205), not_since_first=usd(13))
    report = replace(of(snapshot([charge("1")])), bridge=found)
    said = "+ $13.00 from charges that a mid-month invoice split = $205.00."
    assert any(line.endswith(said) for line in render_overview(report))
