"""On what the money goes: groups that sum to the total (D11 to D14)."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from tests.support.nouns import MONTH, at, balance, charge, known, snapshot, thing, usd
from vultr_cost_mcp.domain.filters import Filters
from vultr_cost_mcp.domain.report_fields import Omitted
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import ForbiddenError
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.breakdown.report import BreakdownReport, GroupBy, Reasons, breakdown
from vultr_cost_mcp.questions.breakdown.text import headline_breakdown, render_breakdown

RESOURCES = [
    thing("a", label="web-1", plan="vc2-1c-1gb", tags=("prod", "web"), addresses=("192.0.2.1",)),
    thing(
        "b", "gpu_instance", label="train", region="sjc", plan="vcg-a100", tags=("prod",), gpu=True
    ),
    thing("c", "block_storage", label="data"),
    thing("d", "kubernetes_node", label="node", plan="vc2-1c-1gb", cluster="shop"),
]
# 117 of charges on resources, 13 without, 13.70 of tax, 20 of credit: 130.70 in all.
CHARGES = [
    charge("10.00", resource_id="a", description="192.0.2.1 [web-1]"),
    charge("2.00", "Backups", "a", product="Automatic Backups"),
    charge("100.00", "Cloud GPU", "b", product="Vultr Cloud GPU"),
    charge("5.00", "Block Storage", "c", product="Block Storage"),
    charge("7.00", resource_id="d"),
    charge("3.00", reason="destroyed", description="192.0.2.9 [old-web]"),
    charge("4.00", "Load Balancers", reason="ambiguous", product="Load Balancer"),
    charge("6.00", "CDN", reason="no_match", product="CDN"),
    charge("13.70", "Tax", reason="not_a_resource", product="Tax"),
    charge("-20.00", "Credits and Discounts", reason="not_a_resource", product="Credit"),
]
SHOT = snapshot(CHARGES, RESOURCES)


def of(group_by: GroupBy, **named: Any) -> BreakdownReport:
    """Break the hand-made account down."""
    return breakdown(SHOT, group_by=group_by, limit=200, **named)


def groups(report: BreakdownReport) -> dict[str, Any]:
    """Dollars and lines by group."""
    return {row.name: (row.total, row.line_count) for row in report.groups}


def added_up(report: BreakdownReport) -> Any:
    """Groups, what is left out of them and what belongs to none (D14)."""
    shown = total_of(row.total for row in report.groups)
    return shown + known(report.omitted.total) + report.unattributed.total


def test_totals_are_those_of_the_lines() -> None:
    """D2: 137 of charges, 20 of credit and 13.70 of tax."""
    report = of("service")
    assert report.total == report.period_total == usd("130.70")
    assert (report.charges, report.credits_and_discounts, report.tax) == (
        usd("137.00"),
        usd("-20.00"),
        usd("13.70"),
    )


def test_by_service() -> None:
    """D11, D14: from the line alone, most expensive first, nothing unattributed."""
    report = of("service")
    assert list(groups(report).items()) == [
        ("Cloud GPU", (100, 1)),
        ("Cloud Compute", (20, 3)),
        ("Tax", (usd("13.70"), 1)),
        ("CDN", (6, 1)),
        ("Block Storage", (5, 1)),
        ("Load Balancers", (4, 1)),
        ("Backups", (2, 1)),
        ("Credits and Discounts", (-20, 1)),
    ]
    assert report.unattributed.total == 0
    assert report.unattributed.lines == 0


def test_by_product() -> None:
    """D14: products as Vultr writes them; nothing is unattributed."""
    report = of("product")
    assert groups(report) == {
        "Vultr Cloud GPU": (100, 1),
        "Vultr Cloud Compute": (20, 3),
        "Tax": (usd("13.70"), 1),
        "CDN": (6, 1),
        "Block Storage": (5, 1),
        "Load Balancer": (4, 1),
        "Automatic Backups": (2, 1),
        "Credit": (-20, 1),
    }
    assert report.unattributed.total == 0


def test_by_region_with_the_reasons_of_what_has_none() -> None:
    """D14: destroyed 3, ambiguous 4, no match 6, tax and credit -6.30."""
    report = of("region")
    assert groups(report) == {"ewr": (24, 4), "sjc": (100, 1)}
    assert report.unattributed.reasons == Reasons(
        destroyed=usd("3.00"),
        ambiguous=usd("4.00"),
        no_match=usd("6.00"),
        not_a_resource=usd("-6.30"),
    )
    assert report.unattributed.total == usd("6.70")
    assert report.unattributed.lines == 5


def test_by_tag_with_several_and_none() -> None:
    """D13: prod 112, web 12, untagged 12, and 12 counted twice."""
    report = of("tag")
    assert groups(report) == {
        "prod": (112, 3),
        "web": (12, 2),
        "(untagged)": (12, 2),
        "(counted under several tags)": (-12, 2),
    }
    assert report.unattributed.total == usd("6.70")


def test_three_tags_are_counted_three_times_and_taken_off_twice() -> None:
    """D13: one negative row makes the groups sum to the total."""
    shot = snapshot([charge("10", resource_id="x")], [thing("x", tags=("a", "b", "c"))])
    assert groups(breakdown(shot, group_by="tag")) == {
        "a": (10, 1),
        "b": (10, 1),
        "c": (10, 1),
        "(counted under several tags)": (-20, 1),
    }


def test_a_tag_that_is_given_twice_counts_once() -> None:
    """D13: a tag's group is what carries it."""
    shot = snapshot([charge("10", resource_id="x")], [thing("x", tags=("a", "a"))])
    assert groups(breakdown(shot, group_by="tag")) == {"a": (10, 1)}


def test_by_plan() -> None:
    """D14: a thing without a plan is in a group of its own."""
    assert groups(of("plan")) == {
        "vcg-a100": (100, 1),
        "vc2-1c-1gb": (19, 3),
        "(no plan)": (5, 1),
    }


def test_by_compute_class() -> None:
    """D12: a compute line without a resource is unknown; other lines without one stay outside."""
    report = of("compute_class")
    assert groups(report) == {
        "gpu": (100, 1),
        "cpu": (19, 3),
        "not_compute": (5, 1),
        "unknown": (3, 1),
    }
    assert report.unattributed.total == usd("3.70")
    assert report.unattributed.reasons.destroyed == 0


def test_by_cluster() -> None:
    """D12: a cluster's name, and what belongs to none."""
    assert groups(of("cluster")) == {"shop": (7, 1), "(no cluster)": (117, 4)}


def test_by_resource() -> None:
    """D14: one row a resource, with its id for the next call."""
    report = of("resource")
    assert [(row.name, row.id, row.total, row.line_count) for row in report.groups] == [
        ("train", "b", 100, 1),
        ("web-1", "a", 12, 2),
        ("node", "d", 7, 1),
        ("data", "c", 5, 1),
    ]
    assert all(row.id is None for row in of("region").groups)


def test_what_was_destroyed_is_named_by_resource() -> None:
    """D14: beside the groups; rows and the rest sum to the reason, most expensive first."""
    two = [
        charge("15.29", reason="destroyed", description=f"192.0.2.{n} [node-{n}]", end=at(day))
        for n, day in ((1, "2026-11-09T21:00"), (2, "2026-11-08T05:00"))
    ]
    lines = [
        *two,
        charge("3.06", "Backups", reason="destroyed", description="192.0.2.1 [node-1] Backups"),
        charge("3.19", "Load Balancers", reason="destroyed", description="Load Balancer (front)"),
        charge("6.00", "CDN", reason="no_match", product="CDN"),
    ]
    report = breakdown(snapshot(lines, RESOURCES), group_by="resource", limit=4)
    rest = report.unattributed
    assert rest.reasons.destroyed == usd("36.83")
    assert [(row.name, row.total, row.line_count) for row in rest.destroyed] == [
        ("node-1", usd("18.35"), 2),
        ("node-2", usd("15.29"), 1),
    ]
    assert rest.destroyed[1].until == at("2026-11-08T05:00")
    assert (rest.destroyed_omitted.count, rest.destroyed_omitted.total) == (1, usd("3.19"))
    text = "\n".join(render_breakdown(report))
    assert "`node-2` $15.29 until 8 Nov 2026, 1 more $3.19." in text
    assert not breakdown(snapshot(lines, RESOURCES)).unattributed.destroyed


def test_what_belongs_to_no_group_is_not_called_the_largest() -> None:
    """D14: 117 belong to no cluster, 7 to one; nothing has another tag than these."""
    assert "the largest cluster is `shop` with $7.00" in headline_breakdown(of("cluster"), MONTH)
    bare = breakdown(snapshot([charge("5.00", resource_id="c")], RESOURCES[2:3]), group_by="tag")
    assert headline_breakdown(bare, MONTH) == "$5.00 spent in November 2026 to date."


def test_two_resources_of_one_name_are_two_rows() -> None:
    """D14: a label is no identity."""
    shot = snapshot(
        [charge("1", resource_id="x"), charge("2", resource_id="y")],
        [thing("x", label="twin"), thing("y", label="twin")],
    )
    report = breakdown(shot, group_by="resource")
    assert [(row.name, row.id, row.total) for row in report.groups] == [
        ("twin", "y", 2),
        ("twin", "x", 1),
    ]


def test_shares_are_of_charges() -> None:
    """D4: 100 of 137 is 73.0 %, tax 10.0 %, the credit -14.6 %."""
    shares = {row.name: row.share_percent for row in of("service").groups}
    assert shares["Cloud GPU"] == 73.0
    assert shares["Tax"] == 10.0
    assert shares["Credits and Discounts"] == -14.6


@pytest.mark.parametrize("group_by", get_args(GroupBy))
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_everything_adds_up_at_any_limit(group_by: GroupBy, limit: int) -> None:
    """D14: sum(groups) + omitted.total + unattributed.total = total."""
    report = breakdown(SHOT, group_by=group_by, limit=limit)
    assert added_up(report) == report.total == usd("130.70")
    assert len(report.groups) <= limit


def test_what_a_limit_leaves_out() -> None:
    """Omitted counts rows and their money."""
    report = breakdown(SHOT, group_by="service", limit=2)
    assert [row.name for row in report.groups] == ["Cloud GPU", "Cloud Compute"]
    assert report.omitted == Omitted(6, usd("10.70"))
    nothing = breakdown(SHOT, group_by="service", limit=0)
    assert nothing.omitted == Omitted(8, usd("130.70"))


@pytest.mark.parametrize(
    ("filters", "total", "lines"),
    [
        (Filters(service="Cloud Compute"), "20.00", 3),
        (Filters(service="cloud compute"), "20.00", 3),
        (Filters(region="ewr"), "24.00", 4),
        (Filters(tag="prod"), "112.00", 3),
        (Filters(tag="pro"), "0", 0),
        (Filters(query="web"), "15.00", 3),  # web-1 and the line of old-web
        (Filters(query="WEB-1"), "12.00", 2),
        (Filters(query="192.0.2.1"), "12.00", 2),
        (Filters(query="Cloud GPU"), "100.00", 1),
        (Filters(region="ewr", tag="prod"), "12.00", 2),
        (Filters(region="sjc", tag="web"), "0", 0),
        (Filters(service="Backups", region="ewr", tag="web", query="web-1"), "2.00", 1),
    ],
)
def test_filters_combine(filters: Filters, total: str, lines: int) -> None:
    """Filters combine with AND; total is filtered, period_total is not."""
    report = of("service", filters=filters)
    assert report.total == usd(total)
    assert report.period_total == usd("130.70")
    assert sum(row.line_count for row in report.groups) == lines
    assert report.filters == filters.given
    assert added_up(report) == report.total


def test_filters_are_echoed_by_name() -> None:
    """Filters are echoed, those that are not given are not."""
    assert of("service").filters == {}
    both = Filters(region="ewr", tag="prod")
    assert of("service", filters=both).filters == {"region": "ewr", "tag": "prod"}


def test_filters_apply_before_grouping() -> None:
    """A filtered grouping is of what is left."""
    report = of("tag", filters=Filters(region="ewr"))
    assert groups(report) == {
        "prod": (12, 2),
        "web": (12, 2),
        "(untagged)": (12, 2),
        "(counted under several tags)": (-12, 2),
    }
    assert report.unattributed.total == 0


@pytest.mark.parametrize(
    ("filters", "available"),
    [
        (Filters(tag="nope"), ("prod", "web")),
        (Filters(service="nope"), ("Cloud GPU", "Cloud Compute", "Tax", "CDN")),
        (Filters(query="nope"), ("train", "Tax", "web-1")),
    ],
)
def test_what_an_open_filter_could_have_been(filters: Filters, available: tuple[str, ...]) -> None:
    """Nothing found gives 0.00 and what there is, by money."""
    report = of("service", filters=filters)
    assert report.total == 0
    assert report.groups == ()
    assert report.available[: len(available)] == available
    assert of("service").available == ()


def test_at_most_fifteen_values_are_offered() -> None:
    """At most 15."""
    shot = snapshot(
        [charge(number, resource_id=str(number)) for number in range(1, 21)],
        [thing(str(number), tags=(f"t{number:02}",)) for number in range(1, 21)],
    )
    available = breakdown(shot, filters=Filters(tag="none")).available
    assert available == tuple(f"t{number:02}" for number in range(20, 5, -1))


def test_untagged_dollars_are_of_resources_without_a_tag() -> None:
    """D13: 5 of the volume and 7 of the node, of 137 of charges."""
    report = of("service")
    assert report.untagged == 12
    assert report.untagged_percent == 8.8


def test_untagged_is_unknown_where_no_resource_was_read() -> None:
    """D33: unknown is null and not 0.00."""
    report = breakdown(snapshot(CHARGES, None))
    assert report.untagged is None
    assert report.untagged_percent is None


def test_untagged_is_unknown_where_a_list_was_not_read() -> None:
    """D33: what was not read may be untagged; prices that were not read change nothing."""
    for part, told in (("instances", False), ("blocks", False), ("plans", True)):
        report = breakdown(
            snapshot(CHARGES, RESOURCES, gaps=(Gap(part, "could not be read (500)"),))
        )
        assert (report.untagged == 12) is told
        assert (report.untagged is None) is not told


def test_parts_of_a_cent_are_dealt_out_over_groups_and_reasons() -> None:
    """D4, D14: 0.335 three times is 1.01 in all."""
    shot = snapshot(
        [
            charge("0.335", resource_id="x"),
            charge("0.335", resource_id="y"),
            charge("0.335", reason="destroyed"),
        ],
        [thing("x", region="ams"), thing("y", region="blr")],
    )
    report = breakdown(shot, group_by="region")
    assert added_up(report) == report.total == usd("1.01")


def test_without_lines_the_account_states_the_total() -> None:
    """D1, D33: a sum of unknown kind, no charges, no tax and no groups."""
    shot = snapshot(None, RESOURCES, balance=balance(pending="130.70"))
    report = breakdown(shot, group_by="region")
    assert report.total == report.period_total == usd("130.70")
    assert report.groups == ()
    assert (report.charges, report.tax, report.untagged) == (None, None, None)
    assert added_up(report) == report.total


def test_without_lines_a_part_of_the_bill_is_not_known() -> None:
    """D33: the account's sum is no answer to a question about one service, region or tag."""
    shot = snapshot(
        None,
        RESOURCES,
        balance=balance(pending="130.70"),
        failures={"pending_charges": ForbiddenError("No billing.", 403)},
    )
    for filters in (Filters(service="CDN"), Filters(tag="prod"), Filters(query="web")):
        with pytest.raises(ForbiddenError):
            breakdown(shot, filters=filters)


def test_an_empty_bill_is_nothing() -> None:
    """D14: no lines: zero everywhere, shares of nothing are unknown."""
    report = breakdown(snapshot([], RESOURCES), group_by="tag")
    assert (report.total, report.groups, report.omitted) == (0, (), Omitted(0, usd(0)))
    assert report.untagged_percent is None


def test_groups_of_a_resource_that_shares_its_id() -> None:
    """D15: ids that two kinds carry do not mix their dollars."""
    shot = snapshot(
        [charge("1", resource_id="snapshot:7"), charge("2", resource_id="block_storage:7")],
        [
            thing("7", "snapshot", label="s", alias="snapshot:7"),
            thing("7", "block_storage", label="v", alias="block_storage:7"),
        ],
    )
    report = breakdown(shot, group_by="resource")
    assert [(row.name, row.id, row.total) for row in report.groups] == [
        ("v", "7", 2),
        ("s", "7", 1),
    ]
