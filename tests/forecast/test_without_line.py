"""Resources that no line is for yet: charged from now on, once, and only if nothing covers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.nouns import MONTH, NOW, at, charge, thing, usd
from vultr_cost_mcp.billing.projection import without_line
from vultr_cost_mcp.domain.resource import AddOn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.resource import Resource

SUPPORT: Any = "Support and Subscriptions"


def covered_from(
    resources: Sequence[Resource], charges: Sequence[Charge], invoiced: Sequence[Charge] = ()
) -> list[tuple[str, str, str]]:
    """Return the id, the dollars a month and the day of the month of each projected charge."""
    rows = without_line(resources, charges, MONTH, NOW, invoiced=invoiced)
    return [
        (row.resource.id, f"{row.monthly}", f"{row.start:%d %H}") for row in rows if row.resource
    ]


def test_a_flat_line_pays_for_one_subscription_of_its_price() -> None:
    """D24: two subscriptions at 9.99 and one line of 9.99: one of them is still to come."""
    support = [thing("s1", "subscription", "9.99"), thing("s2", "subscription", "9.99")]
    flat = charge("9.99", SUPPORT, unit_type="flat")
    assert [row[0] for row in covered_from(support, [])] == ["s1", "s2"]
    assert [row[0] for row in covered_from(support, [flat])] == ["s2"]
    # The same line on this month's invoice pays as well; another amount pays for none.
    assert [row[0] for row in covered_from(support, [], [flat])] == ["s2"]
    other = charge("9.98", SUPPORT, unit_type="flat")
    assert [row[0] for row in covered_from(support, [other])] == ["s1", "s2"]
    # Nor does a fee of another service, or hours.
    fee = charge("9.99", "Other", unit_type="flat")
    assert [row[0] for row in covered_from(support, [fee, charge("9.99", SUPPORT)])] == ["s1", "s2"]


def test_of_many_lines_the_one_at_its_price_is_for_a_resource() -> None:
    """D7, D24: 5.00 a month among 10.00 to 60.00."""
    prices = [5, *range(10, 70, 10)]
    lines = [charge("1", "Block Storage", unit_price=usd(price) / 672) for price in prices]
    for price in prices:
        assert covered_from([thing("v", "block_storage", price)], lines) == []


def test_hours_on_an_invoice_are_charged_no_second_time() -> None:
    """D1: an invoice of the 10th ends its hours there; a flat amount is for the whole month."""
    volume = thing("v", "block_storage", "5")
    until = charge("1.20", "Block Storage", "v", end=at("2026-11-10T07:00"))
    assert covered_from([volume], [], [until]) == [("v", "5", "10 07")]
    # Of two invoices the later end counts, in either order.
    earlier = charge("0.60", "Block Storage", "v", end=at("2026-11-05T00:00"))
    assert covered_from([volume], [], [until, earlier]) == [("v", "5", "10 07")]
    assert covered_from([volume], [], [earlier, until]) == [("v", "5", "10 07")]
    flat = charge("5", "Block Storage", "v", unit_type="flat")
    assert covered_from([volume], [], [flat]) == []
    assert covered_from([volume], []) == [("v", "5", "01 00")]


def test_a_line_at_its_price_accounts_for_one_resource() -> None:
    """D7, D24: 5 a month is 0.00744... an hour of 672; add-ons are projected on their own."""
    one, two = (
        thing("v1", "block_storage", "5"),
        thing("v2", "block_storage", "5", created=at("2026-11-03")),
    )
    line = charge("1", "Block Storage", unit_price="0.0074404761904762")
    assert covered_from([one, two], [line]) == [("v2", "5", "03 00")]
    dearer = charge("1", "Block Storage", unit_price="0.0148809523809524")
    assert [row[0] for row in covered_from([one, two], [dearer])] == ["v1", "v2"]
    backed = thing("w", price=10, add_ons=(AddOn("backups", percent=usd(20)),))
    assert [row[:2] for row in covered_from([backed], [])] == [("w", "10"), ("w", "2")]


def test_nothing_is_projected_for_a_resource_of_no_or_unknown_price() -> None:
    """D8, D24."""
    assert (
        covered_from([thing("free", "block_storage", "0"), thing("unknown", "block_storage")], [])
        == []
    )
