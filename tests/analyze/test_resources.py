"""Existing resources, their cost, and the reconciliation with the bill (D8, D16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.nouns import NOW, at, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.report_fields import Omitted
from vultr_cost_mcp.domain.resource import AddOn
from vultr_cost_mcp.questions.resources.kinds import KindRow
from vultr_cost_mcp.questions.resources.named import NamedResource, OmittedResources
from vultr_cost_mcp.questions.resources.reconciliation import Reconciliation
from vultr_cost_mcp.questions.resources.report import (
    AddOnRow,
    ProductRow,
    ResourceFilters,
    ResourcesReport,
    Sort,
    resource_costs,
)
from vultr_cost_mcp.questions.resources.text import render_resources

RESOURCES = [
    thing("a", price=10, label="web-1", tags=("prod",), addresses=("192.0.2.1",)),
    thing("b", "gpu_instance", 1750, region="sjc", tags=("prod", "ml"), created=at("2026-11-10")),
    thing("c", "block_storage", 25, created=at("2026-11-16")),
    thing("d", "snapshot", None, region="", created=None, own_pending=usd("1.005")),
    thing("e", "kubernetes_node", 20, cluster="shop", hostname="node-7"),
]
CHARGES = [
    charge("6.30", resource_id="a"),
    charge("1.26", "Backups", "a"),
    charge("500.00", "Cloud GPU", "b"),
    charge("2.00", "Block Storage", "c"),
    charge("3.00", reason="destroyed"),
    charge("4.00", reason="ambiguous"),
    charge("6.00", reason="no_match"),
    charge("13.70", "Tax", reason="not_a_resource"),
    charge("-20.00", "Credits and Discounts", reason="not_a_resource"),
]
SHOT = snapshot(CHARGES, RESOURCES)


def report(sort: Sort = "monthly_cost", limit: int = 200, **filters: object) -> ResourcesReport:
    """List the hand-made account."""
    chosen = ResourceFilters(**filters)  # type: ignore[arg-type]
    return resource_costs(SHOT, filters=chosen, sort=sort, limit=limit)


def ids(of: ResourcesReport) -> list[str]:
    return [row.id for row in of.resources]


def test_dearest_first_and_unknown_last() -> None:
    """D8: null is last and counted, never zero."""
    result = report()
    assert [(row.id, row.monthly_cost) for row in result.resources] == [
        ("b", 1750),
        ("c", 25),
        ("e", 20),
        ("a", 10),
        ("d", None),
    ]
    assert (result.count, result.unpriced, result.total_monthly_cost) == (5, 1, 1805)


def test_the_month_to_date_is_of_the_lines() -> None:
    """D1: all lines of a resource; its own charges only where no line is, and in no sum."""
    rows = {row.id: (row.month_to_date, row.source) for row in report().resources}
    assert rows == {
        "a": (usd("7.56"), "lines"),
        "b": (500, "lines"),
        "c": (2, "lines"),
        "d": (usd("1.01"), "resource"),
        "e": (None, None),
    }
    assert report().total_month_to_date == usd("509.56")


def test_the_bill_is_reconciled_to_the_cent() -> None:
    """D16: 509.56 + 3 + (13.70 - 20) + (4 + 6) = 516.26, whatever is filtered."""
    expected = Reconciliation(
        bill_month_to_date=usd("516.26"),
        shown_month_to_date=usd("509.56"),
        destroyed_this_month=usd("3.00"),
        not_resources=usd("-6.30"),
        unattributed=usd("10.00"),
    )
    assert report().reconciliation == expected
    assert report(region="sjc", limit=1).reconciliation == expected
    assert SHOT.month_to_date == usd("516.26")


def test_parts_of_a_cent_are_reconciled() -> None:
    """D4, D16: 0.335 three times is 1.01."""
    charges = [
        charge("0.335", resource_id="a"),
        charge("0.335", reason="destroyed"),
        charge("0.335", "Tax", reason="not_a_resource"),
    ]
    bill = resource_costs(snapshot(charges, RESOURCES), filters=ResourceFilters()).reconciliation
    assert bill is not None
    assert bill.bill_month_to_date == usd("1.01")
    parts = (bill.shown_month_to_date, bill.destroyed_this_month, bill.not_resources)
    assert sorted(parts) == [usd("0.33"), usd("0.34"), usd("0.34")]


def test_without_lines_nothing_is_reconciled() -> None:
    """D33: unknown is null; what exists is still priced."""
    result = resource_costs(snapshot(None, RESOURCES), filters=ResourceFilters())
    assert result.reconciliation is None
    assert result.total_month_to_date is None
    assert result.total_monthly_cost == 1805


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "snapshot"}, ["d"]),
        ({"region": "sjc"}, ["b"]),
        ({"region": "ams"}, []),
        ({"tag": "prod"}, ["b", "a"]),
        ({"tag": "pro"}, []),
        ({"tag": "Prod"}, []),
        ({"untagged": True}, ["c", "e", "d"]),
        ({"created_after": date(2026, 11, 11)}, ["c"]),
        ({"created_after": date(2026, 11, 10)}, ["b", "c"]),
        ({"query": "WEB"}, ["a"]),
        ({"query": "192.0.2.1"}, ["a"]),
        ({"query": "node-7"}, ["e"]),
        ({"query": "b"}, ["b", "a"]),  # an id, and a letter of web-1
        ({"tag": "prod", "region": "ewr"}, ["a"]),
        ({"tag": "prod", "untagged": True}, []),
        ({"kind": "instance", "query": "web", "region": "ewr", "tag": "prod"}, ["a"]),
    ],
)
def test_filters_combine(filters: dict[str, Any], expected: list[str]) -> None:
    """Filters combine with AND, and totals are of what they leave in."""
    result = report(**filters)
    assert ids(result) == expected
    assert result.count == len(expected)
    prices = {resource.id: resource.price for resource in RESOURCES}
    known = [price for id_ in expected if (price := prices[id_]) is not None]
    # Of resources of unknown price alone the total is unknown.
    assert result.total_monthly_cost == (sum(known) if known or not expected else None)


def test_filters_are_echoed() -> None:
    """Those that are given."""
    assert report().filters == {}
    after = date(2026, 11, 10)
    assert report(untagged=True, created_after=after, kind="instance").filters == {
        "untagged": "true",
        "created_after": "2026-11-10",
        "kind": "instance",
    }


def test_nothing_found_says_what_there_is() -> None:
    """An open value that nothing carries: tags by money, or names by money."""
    assert report(tag="none").available == ("prod", "ml")
    assert report(query="none").available == ("b", "c", "e", "web-1", "d")
    assert report().available == ()
    # A region that has nothing is no open value: what could be given is in the tool's schema.
    assert report(region="ams").available == ()


def test_sorts() -> None:
    """By what was spent, or newest first; what has no date comes last."""
    assert ids(report("month_to_date")) == ["b", "a", "c", "d", "e"]
    assert ids(report("created")) == ["c", "b", "a", "e", "d"]


@pytest.mark.parametrize(
    ("sort", "shown", "left_out"),
    [
        ("monthly_cost", ["b", "c"], Omitted(3, usd(30))),
        ("month_to_date", ["b", "a"], Omitted(3, usd(45))),
        ("created", ["c", "b"], Omitted(3, usd(30))),
    ],
)
def test_a_limit_says_what_it_left_out(sort: Sort, shown: list[str], left_out: Omitted) -> None:
    """The omitted total is a month's cost in every order, and totals stay whole."""
    result = report(sort, 2)
    assert ids(result) == shown
    assert result.omitted == OmittedResources.naming(left_out, (), ())
    assert (result.total_monthly_cost, result.count) == (1805, 5)


def test_add_ons_are_a_field_of_their_server() -> None:
    """D8: they are inside the monthly cost and no rows of their own."""
    server = thing(
        "s",
        price=20,
        list_price=usd(20),
        add_ons=(
            AddOn("backups", percent=Decimal(20)),
            AddOn("ddos_protection", monthly=Decimal(10)),
        ),
    )
    result = resource_costs(snapshot((), [server]), filters=ResourceFilters())
    row = result.resources[0]
    assert row.monthly_cost == 34
    assert row.addons == (AddOnRow("backups", usd(4)), AddOnRow("ddos_protection", usd(10)))
    assert result.count == 1


def test_rows_carry_what_is_known() -> None:
    """What a row says of a node."""
    row = next(row for row in report().resources if row.id == "e")
    assert (row.label, row.kind, row.cluster, row.state, row.price_source) == (
        "e",
        "kubernetes_node",
        "shop",
        "active",
        "list",
    )
    assert row.created == at("2026-01-01")


def test_a_tags_total_is_that_of_the_breakdown() -> None:
    """D13: the full cost of everything that carries the tag: 507.56 of lines."""
    assert report(tag="prod").total_month_to_date == usd("507.56")


@pytest.mark.parametrize(
    ("created", "found"),
    [
        (at("2026-11-17T23:59"), False),
        (at("2026-11-18"), True),  # its first moment
        (NOW - timedelta(hours=3), True),
        (at("2026-11-19"), True),
        (None, False),
    ],
)
def test_new_since_a_day(created: datetime | None, *, found: bool) -> None:
    """Created on that day of UTC or later."""
    shot = snapshot((), [thing("new", created=created)])
    result = resource_costs(shot, filters=ResourceFilters(created_after=date(2026, 11, 18)))
    assert result.count == int(found)


def test_an_empty_account() -> None:
    """D16: nothing exists and nothing was spent."""
    for resources in ((), None):
        result = resource_costs(snapshot((), resources), filters=ResourceFilters())
        assert (result.count, result.total_monthly_cost, result.total_month_to_date) == (0, 0, 0)
        assert result.resources == ()


def test_kinds_are_counted_and_summed() -> None:
    """D8, D15: 10.00 + 20.00 are two servers'; the snapshot's price is not known."""
    resources = [thing("f", price=20), *RESOURCES]
    found = resource_costs(snapshot(CHARGES, resources), filters=ResourceFilters(), limit=3)
    assert found.by_kind == (
        KindRow("gpu_instance", 1, usd(1750)),
        KindRow("instance", 2, usd(30)),
        KindRow("block_storage", 1, usd(25)),
    )
    assert found.kinds_omitted == Omitted(2, usd(20))
    whole = report()
    assert sum(row.count for row in whole.by_kind) == whole.count
    assert sum(row.total or 0 for row in whole.by_kind) == whole.total_monthly_cost
    assert report(kind="snapshot").by_kind == ()


@pytest.mark.parametrize(
    ("served", "names"),
    [
        (None, None),
        ((), ()),
        (("a",), ("web-1",)),
        (("a", "gone"), ("web-1", "gone")),
        (("a", "b", "c", "e"), ("web-1", "b", "c", "and others")),
    ],
)
def test_what_a_resource_is_attached_to_has_a_name(
    served: tuple[str, ...] | None, names: tuple[str, ...] | None
) -> None:
    """D20: nothing is not the same as not known."""
    disk = thing("disk", "block_storage", 1, attached_to=served)
    found = resource_costs(snapshot((), [*RESOURCES, disk]), filters=ResourceFilters(query="disk"))
    assert found.resources[0].attached_to == names


@pytest.mark.parametrize(
    ("kind", "used", "size", "shown"),
    [
        ("file_system", "22.04", "300", ("22.0", "300.0")),
        ("registry", "0", "10", ("0.0", "10.0")),
        ("registry", None, "10", (None, None)),
        ("cdn", "5", "10", (None, None)),
    ],
)
def test_how_full_a_file_system_or_registry_is(
    kind: str, used: str | None, size: str, shown: tuple[str | None, str | None]
) -> None:
    """D20: both figures or none."""
    store = thing("s", kind, 1, used_gb=None if used is None else usd(used), size_gb=usd(size))
    row = resource_costs(snapshot((), [store]), filters=ResourceFilters()).resources[0]
    assert (row.used_gb, row.size_gb) == tuple(None if n is None else usd(n) for n in shown)


def test_a_month_to_date_above_the_price_is_explained() -> None:
    """D1, D8: 6.30 of a server at 10.00 a month, and a licence of 16.00."""
    charges = [
        charge("6.30", resource_id="a"),
        charge("16.00", "Other", "a", product="Windows License", unit_type="month"),
        charge("2.00", "Block Storage", "c"),
    ]
    found = resource_costs(snapshot(charges, RESOURCES), filters=ResourceFilters())
    rows = {row.id: row for row in found.resources}
    assert rows["a"].products == (
        ProductRow("Windows License", usd(16)),
        ProductRow("Vultr Cloud Compute", usd("6.30")),
    )
    assert sum(row.total for row in rows["a"].products) == rows["a"].month_to_date
    assert rows["c"].products == ()
    text = "\n".join(render_resources(found))
    assert "More than its price: `Windows License` $16.00, `Vultr Cloud Compute` $6.30" in text


def test_a_day_of_creation_includes_that_day() -> None:
    """The 16th, a minute after it began."""
    new = thing("new", created=at("2026-11-16T00:01"), price=1)
    shot = snapshot((), [new])
    for day, count in ((16, 1), (17, 0)):
        filters = ResourceFilters(created_after=date(2026, 11, day))
        assert resource_costs(shot, filters=filters).count == count


def test_names_that_follow_carry_an_id_where_they_are_not_the_only_one() -> None:
    """In the order of the list, with their dollars; unknown ones come last."""
    things = [
        thing("a", price=9),
        thing("b", price=8, label="web"),
        thing("c", price=7, label="web"),
        thing("d", "cdn", None),
    ]
    found = resource_costs(snapshot((), things), filters=ResourceFilters(), limit=1, names=5)
    assert found.omitted.next == (
        NamedResource("web", usd(8), "b"),
        NamedResource("web", usd(7), "c"),
        NamedResource("d", None),
    )
    said = "Next, by name alone: `web` `b` $8.00, `web` `c` $7.00, `d` unknown a month."
    assert said in render_resources(found)


@pytest.mark.parametrize(
    ("filters", "cost"),
    [
        ({"query": "old-web"}, "cost $3.60"),
        ({"query": "OLD"}, "cost $3.60"),
        ({"query": "older"}, ""),
        ({"query": "web-1"}, ""),
        ({"query": "old-web", "region": "ewr"}, ""),
    ],
)
def test_a_name_of_what_was_destroyed_is_on_the_bill(filters: dict[str, str], cost: str) -> None:
    """D16: nothing has the name any more, and two lines of this month carry it."""
    lines = [
        *CHARGES,
        charge("3.00", reason="destroyed", description="192.0.2.9 (1024 MB) [old-web]"),
        charge("0.60", "Backups", reason="destroyed", description="192.0.2.9 [old-web] Backups"),
    ]
    chosen = ResourceFilters(**filters)  # type: ignore[arg-type]
    caveats = resource_costs(snapshot(lines, RESOURCES), filters=chosen).caveats
    found = [text for text in caveats if text.startswith("What was destroyed this month")]
    assert len(found) == bool(cost)
    assert all(cost in text for text in found)
