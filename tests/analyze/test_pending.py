"""Vultr's own unbilled lines, summed beside what the account states (D1, D2, D4, D5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.nouns import MONTH, balance, charge, snapshot, usd
from vultr_cost_mcp.domain.report_fields import Omitted
from vultr_cost_mcp.errors import ForbiddenError
from vultr_cost_mcp.questions.pending.report import pending_charges
from vultr_cost_mcp.questions.pending.text import render_pending

LAST_MONTH: dict[str, Any] = {"start": MONTH.start - timedelta(days=2), "end": MONTH.start}
CHARGES = [
    charge("10.00", product="Vultr Cloud Compute", description="203.0.113.7 [a]"),
    charge("5.50", product="Vultr Cloud Compute", description="203.0.113.8 [b]"),
    charge("4.00", "Load Balancers", product="Load Balancer", unit_price="0.0149", units=268),
    charge("-3.00", "Credits and Discounts", product="Credit", unit_type="discount"),
    charge("1.65", "Tax", product="Tax"),
]
EARLIER = [charge("2.00", product="Vultr Cloud Compute", **LAST_MONTH)]
SHOT = snapshot(CHARGES, uninvoiced_previous=tuple(EARLIER), balance=balance(pending="20.00"))


def test_every_line_is_in_the_total_once() -> None:
    """D1, D2: 10 + 5.50 + 4 + 2 of charges, 3 of credit, 1.65 of tax: 20.15."""
    report = pending_charges(SHOT)
    assert report.total == report.period_total == usd("20.15")
    assert report.charges == usd("21.50")
    assert report.credits_and_discounts == usd("-3.00")
    assert report.tax == usd("1.65")


def test_last_months_lines_are_inside_the_total_and_named() -> None:
    """D5: unbilled lines of October are in this total and not in November's month to date."""
    assert pending_charges(SHOT).previous_month_unbilled == usd("2.00")
    assert SHOT.month_to_date == usd("18.15")
    assert pending_charges(snapshot(CHARGES)).previous_month_unbilled == 0


@pytest.mark.parametrize(
    ("stated", "difference"), [("20.00", "-0.15"), ("21.00", "0.85"), ("20.15", "0")]
)
def test_the_difference_is_what_vultr_states_minus_the_lines(stated: str, difference: str) -> None:
    """D1: account_pending_charges - total, sign and all."""
    shot = snapshot(CHARGES, uninvoiced_previous=tuple(EARLIER), balance=balance(pending=stated))
    report = pending_charges(shot)
    assert report.account_pending_charges == usd(stated)
    assert report.difference == usd(difference)


def test_without_the_account_there_is_no_difference() -> None:
    """D1: unknown is null."""
    for state in (None, balance(pending=None)):
        report = pending_charges(snapshot(CHARGES, balance=state))
        assert report.account_pending_charges is None
        assert report.difference is None


def test_by_product_dearest_first_with_its_share_of_charges() -> None:
    """D2, D4: 17.50 of 21.50 is 81.4 %; a credit's share is negative."""
    rows = pending_charges(SHOT).by_product
    assert [
        (row.product, row.service, row.total, row.share_percent, row.line_count) for row in rows
    ] == [
        ("Vultr Cloud Compute", "Cloud Compute", usd("17.50"), 81.4, 3),
        ("Load Balancer", "Load Balancers", usd("4.00"), 18.6, 1),
        ("Tax", "Tax", usd("1.65"), 7.7, 1),
        ("Credit", "Credits and Discounts", usd("-3.00"), -14.0, 1),
    ]


def test_charges_and_shares_are_before_tax() -> None:
    """D3: tax is a part of its own: 100 of charges are 100 % with 19 of tax beside them."""
    report = pending_charges(snapshot([charge("100"), charge("19", "Tax", product="VAT")]))
    assert (report.charges, report.tax, report.total) == (100, 19, 119)
    assert [row.share_percent for row in report.by_product] == [100.0, 19.0]


def test_shares_are_unknown_without_charges() -> None:
    """D4: null when there are none."""
    report = pending_charges(snapshot([charge("-3", "Credits and Discounts")]))
    assert report.by_product[0].share_percent is None
    assert report.total == -3


def test_a_limit_cuts_every_list_and_says_what_it_left_out() -> None:
    """Limit cuts products and lines; totals cover every row."""
    report = pending_charges(SHOT, detail="lines", limit=1)
    assert [row.product for row in report.by_product] == ["Vultr Cloud Compute"]
    assert report.omitted == Omitted(3, usd("2.65"))
    assert [row.total for row in report.lines] == [usd("10.00")]
    assert report.lines_omitted == Omitted(5, usd("10.15"))
    assert report.total == usd("20.15")


def test_lines_only_where_asked_for() -> None:
    """detail=lines adds single lines as Vultr states them."""
    assert pending_charges(SHOT).lines == ()
    assert pending_charges(SHOT).lines_omitted is None
    rows = pending_charges(SHOT, detail="lines").lines
    balancer = next(row for row in rows if row.product == "Load Balancer")
    assert (balancer.unit_price, balancer.units, balancer.unit_type) == (
        usd("0.0149"),
        268,
        "hours",
    )
    assert balancer.start == MONTH.start
    assert [row.total for row in rows] == [
        usd(total) for total in ("10.00", "5.50", "4.00", "2.00", "1.65", "-3.00")
    ]


def test_a_product_is_found_in_any_case() -> None:
    """The filtered total is total, the whole is period_total."""
    for product in ("Load Balancer", "load balancer", " LOAD BALANCER "):
        report = pending_charges(SHOT, product=product)
        assert report.total == report.charges == usd("4.00")
        assert report.credits_and_discounts == report.tax == 0
        assert report.period_total == usd("20.15")
        assert report.filters == {"product": product}
        assert report.available == ()


def test_a_product_filter_compares_the_account_with_everything() -> None:
    """D1: the account states no products, so the difference is that of all lines."""
    report = pending_charges(SHOT, product="Load Balancer")
    assert report.account_pending_charges == usd("20.00")
    assert report.difference == usd("-0.15")


def test_last_months_part_of_a_product_is_of_that_product() -> None:
    """D5: previous_month_unbilled is inside total, so a product without it has none."""
    assert pending_charges(SHOT, product="Load Balancer").previous_month_unbilled == 0
    compute = pending_charges(SHOT, product="Vultr Cloud Compute")
    assert compute.total == usd("17.50")
    assert compute.previous_month_unbilled == usd("2.00")


def test_an_unknown_product_is_zero_with_what_there_is() -> None:
    """An open value gives no rows, 0.00 and what it could have been, by money."""
    report = pending_charges(SHOT, product="Compute")
    assert report.total == 0
    assert report.by_product == ()
    assert report.available == ("Vultr Cloud Compute", "Load Balancer", "Tax", "Credit")


def test_at_most_fifteen_products_are_offered() -> None:
    """At most 15."""
    charges = [charge(number, product=f"P{number:02}") for number in range(1, 21)]
    report = pending_charges(snapshot(charges), product="none")
    assert report.available == tuple(f"P{number:02}" for number in range(20, 5, -1))


def test_a_line_without_a_product_has_a_group_of_its_own() -> None:
    """D1: no line is lost for having no product."""
    report = pending_charges(snapshot([charge("1", product="")]))
    assert [(row.product, row.total) for row in report.by_product] == [("(no product)", 1)]


def test_one_product_of_two_services_is_two_rows() -> None:
    """D11: the unit type may move a line of a product to another service."""
    charges = [
        charge("9", "Cloud Compute", product="Compute"),
        charge("1", "Networking", product="Compute", unit_type="overage"),
    ]
    rows = pending_charges(snapshot(charges)).by_product
    assert [(row.service, row.total) for row in rows] == [("Cloud Compute", 9), ("Networking", 1)]


def test_parts_of_a_cent_are_dealt_out() -> None:
    """D4: three lines of 0.335 are 1.01 rounded once, and so are products and lines."""
    charges = [charge("0.335", product=name) for name in "abc"]
    report = pending_charges(snapshot(charges), detail="lines")
    assert report.total == usd("1.01")
    assert [row.total for row in report.by_product] == [usd("0.34"), usd("0.34"), usd("0.33")]
    assert sorted(row.total for row in report.lines) == [usd("0.33"), usd("0.34"), usd("0.34")]


def test_without_lines_the_account_is_the_total() -> None:
    """D1, D33: nothing is known of products, charges or tax."""
    report = pending_charges(snapshot(None, balance=balance(pending="111851.50")))
    assert report.total == report.account_pending_charges == usd("111851.50")
    assert (report.charges, report.tax, report.difference) == (None, None, None)
    assert report.previous_month_unbilled is None
    assert report.by_product == ()


def test_without_lines_and_account_there_is_no_answer() -> None:
    """D33: the error of the lines."""
    failures = {"pending_charges": ForbiddenError("No.", 403)}
    with pytest.raises(ForbiddenError):
        pending_charges(snapshot(None, failures=failures))


def test_without_lines_a_product_is_not_known() -> None:
    """D33: the account's sum is no answer to a question about one product."""
    failures = {"pending_charges": ForbiddenError("No.", 403)}
    shot = snapshot(None, balance=balance(pending="20"), failures=failures)
    with pytest.raises(ForbiddenError):
        pending_charges(shot, product="CDN")
    assert pending_charges(shot).total == 20


def test_an_empty_bill_is_nothing_and_not_unknown() -> None:
    """D1: no lines were read is not the same as no lines."""
    report = pending_charges(snapshot([], balance=balance(pending="0")))
    assert (report.total, report.charges, report.difference) == (0, 0, 0)


def test_what_the_account_states_is_beside_the_sum_of_all_products() -> None:
    """D1: 20.00 is for the account, 4.00 for a product: no difference of these two is told."""
    stated = "Vultr's own total is $20.00; the difference is -$0.15."
    assert render_pending(pending_charges(SHOT))[1] == stated
    one = render_pending(pending_charges(SHOT, product="Load Balancer"))
    assert one[-2:] == ["All products: $20.15.", stated]
