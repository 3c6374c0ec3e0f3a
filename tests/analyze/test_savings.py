"""Every way to cut the bill: each rule with a case that is true and one that is not (D20, D22)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from tests.support.nouns import NOW, at, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.domain.report_fields import Exempt, Omitted, Small
from vultr_cost_mcp.domain.resource import KINDS, AddOn, Resource
from vultr_cost_mcp.domain.snapshot import Checked, Cluster, Gap, Traffic
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.questions.savings.advice import ADVICE, how_to, upgrade
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import (
    OwnedBalancers,
    SavingsReport,
    measured_total,
    savings,
)
from vultr_cost_mcp.questions.savings.rows import (
    ActionSum,
    NamedFinding,
    NamedLook,
    OmittedLooks,
    Recommendation,
)
from vultr_cost_mcp.questions.savings.shortened import fitted, shortened
from vultr_cost_mcp.questions.savings.text import render_savings

BACKUPS = AddOn("backups", percent=Decimal(20))
DDOS = AddOn("ddos_protection", monthly=Decimal(10))


def report(*resources: Resource, min_monthly: str = "1", **named: Any) -> SavingsReport:
    """Return the savings of these resources."""
    options = {name: named.pop(name) for name in ("include_inferred", "limit") if name in named}
    charges = named.pop("charges", ())
    shot = snapshot(charges, resources, **named)
    return savings(
        shot, min_monthly=usd(min_monthly), **{"include_inferred": True, "limit": 200, **options}
    )


def found(*resources: Resource, **named: Any) -> list[tuple[str, str]]:
    """Return the recommended action of each resource."""
    return of(report(*resources, **named).recommendations)


def of(rows: tuple[Recommendation, ...]) -> list[tuple[str, str]]:
    return [(row.action, row.resource_ids[0]) for row in rows]


def stopped(id_: str = "s", price: str | None = "5", **named: Any) -> Resource:
    return thing(id_, price=price, state="stopped", **named)


def volume(id_: str = "v", price: str | None = "10", **named: Any) -> Resource:
    return thing(id_, "block_storage", price, **named)


def image(id_: str, created: str, **named: Any) -> Resource:
    known: dict[str, Any] = {"label": "nightly", "price": "4", "created": at(created)}
    return thing(id_, "snapshot", **{**known, **named})


def days(count: int, outgoing: int = 1_000_000) -> dict[date, Traffic]:
    return {
        NOW.date() - timedelta(days=number): Traffic(42_000_000, outgoing)
        for number in range(1, count + 1)
    }


# --- measured -------------------------------------------------------------------------------------


def test_a_stopped_server() -> None:
    """D20: true: powered off, billed in full; false: running, suspended, younger than an hour."""
    assert found(stopped()) == [("delete_stopped_server", "s")]
    assert found(thing(price=5)) == []
    assert found(thing(price=5, state="suspended")) == []
    assert found(stopped(created=NOW - timedelta(minutes=30))) == []


@pytest.mark.parametrize("kind", ["instance", "gpu_instance", "kubernetes_node"])
def test_a_stopped_server_of_any_kind(kind: str) -> None:
    """D17, D20: GPU servers and nodes as well."""
    assert found(stopped(kind=kind)) == [("delete_stopped_server", "s")]


def test_add_ons_of_a_stopped_server_are_inside_its_cost() -> None:
    """D20: backups and DDoS protection: 20 + 4 + 10, one recommendation."""
    server = stopped(price="20", list_price=usd(20), add_ons=(BACKUPS, DDOS))
    rows = report(server).recommendations
    assert [row.monthly_savings for row in rows] == [34]


def test_a_volume_attached_to_nothing() -> None:
    """D20: true: an empty attachment; false: attached to a running server, or not known."""
    running = thing("r", price=5)
    assert found(volume(attached_to=())) == [("delete_unattached_volume", "v")]
    assert found(running, volume(attached_to=("r",))) == []
    assert found(volume(attached_to=None)) == []


def test_a_volume_attached_only_to_a_stopped_server() -> None:
    """D20: true: its only server is stopped; false: a running one too, or one that is not known."""
    off, running = stopped("off"), thing("r", price=5)
    assert ("delete_volume_of_stopped_server", "v") in found(off, volume(attached_to=("off",)))
    assert found(off, running, volume(attached_to=("off", "r"))) == [
        ("delete_stopped_server", "off")
    ]
    assert found(volume(attached_to=("elsewhere",))) == []


def test_a_volume_of_an_exempt_stopped_server_says_so() -> None:
    """D23: the server stays; of its volume nobody said so, which the advice tells."""
    off = stopped("off", tags=("keep",))
    rows = report(off, volume(attached_to=("off",))).recommendations
    assert of(rows) == [("delete_volume_of_stopped_server", "v")]
    assert "its server carries a tag that keeps it" in rows[0].caveats
    free = report(stopped("off"), volume(attached_to=("off",))).recommendations
    assert not any("keeps it" in caveat for row in free for caveat in row.caveats)


def test_a_reserved_address_attached_to_nothing() -> None:
    """D20: true: no server; false: attached, or not known."""
    for attached, expected in (
        ((), [("release_unattached_ip", "ip")]),
        (("s",), []),
        (None, []),
    ):
        address = thing("ip", "reserved_ip", "3", attached_to=attached)
        assert found(address) == expected


def test_a_balancer_with_nothing_behind_it() -> None:
    """D20: true: no server and no cluster; false: a server, or not known."""
    for attached, expected in (
        ((), [("delete_empty_load_balancer", "lb")]),
        (("s",), []),
        (None, []),
    ):
        assert found(thing("lb", "load_balancer", "10", attached_to=attached)) == expected


CLUSTERS = (Cluster("c1", "shop"), Cluster("c2", "lab"))
EMPTY = thing("lb", "load_balancer", "10", attached_to=())


def test_a_balancer_of_a_cluster_is_not_empty() -> None:
    """D20: a balancer that a Kubernetes cluster owns has its nodes behind it."""
    asked = {"clusters": CLUSTERS, "checked": {"cluster_resources": Checked(2, 2)}}
    assert found(EMPTY, owned={"lb": "shop"}, **asked) == []
    assert found(EMPTY, owned={"other": "shop"}, **asked) == [("delete_empty_load_balancer", "lb")]


@pytest.mark.parametrize(
    "known",
    [
        {"clusters": CLUSTERS},  # never asked
        {"clusters": CLUSTERS, "checked": {"cluster_resources": Checked(1, 2)}},
        {
            "clusters": CLUSTERS,
            "checked": {"cluster_resources": Checked(2, 2)},
            "gaps": (Gap("cluster_resources", "1 of 2 not read (503)"),),
        },
        {"clusters": None, "gaps": (Gap("kubernetes_clusters", "could not be read (403)"),)},
    ],
)
def test_a_balancer_of_unknown_ownership_is_left_alone(known: dict[str, Any]) -> None:
    """D20, D33: while a cluster could not be asked, no balancer is called empty."""
    assert found(EMPTY, **known) == []


def test_without_clusters_every_balancer_is_our_own() -> None:
    """D20: an account without Kubernetes has nobody to ask."""
    assert found(EMPTY, clusters=()) == [("delete_empty_load_balancer", "lb")]
    assert found(EMPTY, clusters=None) == [("delete_empty_load_balancer", "lb")]


def test_clusters_are_asked_only_about_empty_balancers() -> None:
    """D34: no request is made whose answer nobody needs."""
    full = thing("lb", "load_balancer", "10", attached_to=("s",))
    unused = volume(attached_to=())
    wanted = [DetailRequest("cluster_resources", "c1"), DetailRequest("cluster_resources", "c2")]
    assert ownership_wanted(snapshot((), [EMPTY], clusters=CLUSTERS)) == wanted
    assert ownership_wanted(snapshot((), [full, unused], clusters=CLUSTERS)) == []
    assert ownership_wanted(snapshot((), [EMPTY], clusters=None)) == []
    assert ownership_wanted(snapshot((), None)) == []


def test_a_superseded_snapshot() -> None:
    """D20: true: a newer one of the same description; false: the newest, and one of another."""
    assert found(image("old", "2026-11-01"), image("new", "2026-11-10")) == [
        ("delete_superseded_snapshot", "old")
    ]
    assert found(image("old", "2026-11-01"), image("new", "2026-11-10", label="weekly")) == []
    assert found(image("only", "2026-11-01")) == []


def test_all_but_the_newest_snapshot_are_superseded() -> None:
    """D20: three of one description leave one; two of one moment leave both."""
    three = [image("a", "2026-11-01"), image("b", "2026-11-02"), image("c", "2026-11-03")]
    assert sorted(found(*three)) == [
        ("delete_superseded_snapshot", "a"),
        ("delete_superseded_snapshot", "b"),
    ]
    assert found(image("a", "2026-11-01"), image("b", "2026-11-01")) == []


def test_a_snapshot_that_is_not_finished_supersedes_nothing() -> None:
    """D20: one that is pending or failed is no replacement; it may itself be superseded."""
    assert found(image("old", "2026-11-01"), image("new", "2026-11-10", state="other")) == []
    assert found(image("old", "2026-11-01", state="other"), image("new", "2026-11-10")) == [
        ("delete_superseded_snapshot", "old")
    ]
    older = image("older", "2026-10-01")
    assert found(older, image("old", "2026-11-01"), image("new", "2026-11-10", state="other")) == [
        ("delete_superseded_snapshot", "older")
    ]


def test_snapshots_without_a_description_are_not_the_same() -> None:
    """D20: two empty descriptions say nothing."""
    assert found(image("a", "2026-11-01", label=""), image("b", "2026-11-02", label="")) == []
    assert (
        found(thing("a", "snapshot", 4, label="nightly", created=None), image("b", "2026-11-02"))
        == []
    )


def test_block_snapshots_are_another_kind() -> None:
    """D20: the rule is about snapshots of servers."""
    old = thing("old", "block_snapshot", "4", label="x", created=at("2026-11-01"))
    new = thing("new", "block_snapshot", "4", label="x", created=at("2026-11-02"))
    assert found(old, new) == []


# --- what each recommendation says ----------------------------------------------------------------


def test_a_recommendation_says_what_it_frees_and_what_it_costs_to_undo() -> None:
    """D22: gross savings, source, loss, the way back and the command."""
    off = stopped(
        "id-1",
        "48",
        label="staging",
        keep_as_snapshot=Decimal("8.005"),
        note="a note",
        price_source="billed",
    )
    row = report(off).recommendations[0]
    assert (row.label, row.kind, row.resource_ids) == ("staging", "instance", ("id-1",))
    assert (row.monthly_savings, row.price_source) == (48, "billed")
    assert (row.confidence, row.effort, row.risk, row.reversible) == (
        "measured",
        "low",
        "high",
        False,
    )
    assert row.evidence == ("powered off, billed in full",)
    assert row.lost == "disk and address"
    assert row.undo == "only from a snapshot"
    assert row.caveats == ("a note",)
    assert row.keep_as_snapshot == usd("8.01")
    assert row.how_to == "vultr-cli instance delete id-1"


@pytest.mark.parametrize(
    ("waste", "evidence"),
    [
        ([stopped()], "powered off, billed in full"),
        ([volume(attached_to=())], "attached to nothing"),
        ([thing("ip", "reserved_ip", "3", attached_to=())], "attached to nothing"),
        ([thing("lb", "load_balancer", "10", attached_to=())], "no server behind it"),
        (
            [stopped("off", "1"), volume(attached_to=("off",))],
            "attached only to a stopped server",
        ),
        (
            [image("old", "2026-11-01"), image("new", "2026-11-10")],
            "a newer snapshot has the same description",
        ),
    ],
)
def test_the_evidence_is_what_was_read(waste: list[Resource], evidence: str) -> None:
    """D22: each recommendation says on what it rests."""
    assert report(*waste).recommendations[0].evidence == (evidence,)


def test_keeping_a_snapshot_is_for_stopped_servers() -> None:
    """D22: nothing else can be kept as one; unknown is unknown."""
    assert report(stopped()).recommendations[0].keep_as_snapshot is None
    loose = volume(attached_to=(), keep_as_snapshot=usd(1))
    assert report(loose).recommendations[0].keep_as_snapshot is None


def test_what_is_saved_this_month_is_what_the_lines_would_still_grow_by() -> None:
    """D22: 20.00 at the end of the month less the 12.59 so far."""
    lines = [charge("12.59", resource_id="s", monthly=20, cap_hours=672)]
    assert report(stopped(price="20"), charges=lines).recommendations[0].saves_this_month == usd(
        "7.41"
    )
    # Made on the 10th and billed so: its line says less than its price does.
    cheap = [charge("2.00", resource_id="s", monthly=10, cap_hours=672)]
    assert report(stopped(price="20"), charges=cheap).recommendations[0].saves_this_month == 8
    assert report(stopped(price="20")).recommendations[0].saves_this_month == usd("7.41")


def test_other_resources_lines_do_not_count() -> None:
    """D22: each recommendation looks at its own lines."""
    lines = [
        charge("12.59", resource_id="other", monthly=20, cap_hours=672),
        charge("1.00", monthly=99, cap_hours=672),
    ]
    row = report(stopped(price="20"), charges=lines).recommendations[0]
    assert row.saves_this_month == usd("7.41")


def test_what_is_saved_this_month_is_unknown_without_lines_or_price() -> None:
    """D22, D33: null and never zero."""
    assert report(stopped(), charges=None).recommendations[0].saves_this_month is None
    assert report(stopped(price=None)).recommendations[0].saves_this_month is None


@pytest.mark.parametrize(
    ("kind", "state", "command"),
    [
        ("instance", "stopped", "vultr-cli instance delete s"),
        ("gpu_instance", "stopped", "vultr-cli instance delete s"),
        ("bare_metal", "stopped", "vultr-cli bare-metal delete s"),
        ("gpu_bare_metal", "stopped", "vultr-cli bare-metal delete s"),
        (
            "kubernetes_node",
            "stopped",
            "shrink its pool: vultr-cli kubernetes node-pool update",
        ),
        ("block_storage", "active", "vultr-cli block-storage delete s"),
        ("load_balancer", "active", "vultr-cli load-balancer delete s"),
        ("reserved_ip", "active", "vultr-cli reserved-ip delete s"),
    ],
)
def test_the_command_is_of_the_kind(kind: str, state: str, command: str) -> None:
    """D22: one vultr-cli line and no more: what to do before is in how to undo it."""
    row = report(thing("s", kind, "5", state=state, attached_to=())).recommendations[0]
    assert row.how_to == command
    assert ("snapshot" in row.undo) is (state == "stopped")


def test_an_id_cannot_smuggle_a_command() -> None:
    """What goes into a command line is letters, digits, dashes and dots."""
    evil = stopped("x; rm -rf / #`$(id)`\n| sh > a.b")
    assert how_to("delete_stopped_server", evil) == "vultr-cli instance delete xrm-rfidsha.b"
    assert upgrade(evil, "vc2; `id`\n-1c.2gb") == (
        "vultr-cli instance plan upgrade xrm-rfidsha.b --plan vc2id-1c.2gb"
    )


def test_every_action_has_advice() -> None:
    """D22: what is lost and how it is undone is said of each; nothing with data is made again."""
    assert set(ADVICE) == set(get_args(Action))
    assert all(advice.lost and advice.undo for advice in ADVICE.values())
    assert {action for action, advice in ADVICE.items() if advice.reversible} == {
        "delete_empty_load_balancer",
        "delete_unused_storage_gateway",
        "review_database",
        "review_file_system",
        "review_registry",
        "review_cdn_zone",
    }
    assert {action for action in ADVICE if not action.startswith("review")} == {
        "delete_stopped_server",
        "delete_unattached_volume",
        "delete_volume_of_stopped_server",
        "release_unattached_ip",
        "delete_empty_load_balancer",
        "delete_superseded_snapshot",
        "delete_unattached_file_system",
        "delete_unused_storage_gateway",
    }


# --- sums -----------------------------------------------------------------------------------------

WASTE = [
    stopped("a", "48"),
    volume("b", "25", attached_to=()),
    thing("c", "reserved_ip", "3", attached_to=()),
    EMPTY,
    volume("d", "0.50", attached_to=()),
]


def test_the_total_is_of_everything_measured_and_a_year_is_twelve_months() -> None:
    """D20, D22: 48 + 25 + 3 + 10 + 0.50 a month, 1038 a year."""
    result = report(*WASTE)
    assert result.total_monthly_savings == usd("86.50")
    assert result.total_annual_savings == usd("1038.00")
    assert [row.monthly_savings for row in result.recommendations] == [48, 25, 10, 3]


def test_small_findings_are_one_sum_inside_the_total() -> None:
    """min_monthly leaves rows out, not money."""
    assert report(*WASTE).below_minimum == Small(1, usd("0.50"))
    ten = report(*WASTE, min_monthly="10")
    assert [row.monthly_savings for row in ten.recommendations] == [48, 25, 10]
    assert ten.below_minimum == Small(2, usd("3.50"))
    assert ten.total_monthly_savings == usd("86.50")
    everything = report(*WASTE, min_monthly="0")
    assert everything.below_minimum == Small(0, usd(0))
    assert len(everything.recommendations) == 5


def test_small_things_worth_a_look_are_one_sum_too() -> None:
    """What the headline adds up is in the rows, left out by a limit, or small."""
    images = [image(f"i{price}", "2026-06-01", label=f"i{price}", price=price) for price in "468"]
    result = report(*images, min_monthly="5", limit=1)
    assert [row.monthly_savings for row in result.investigations] == [8]
    assert result.investigations_omitted == OmittedLooks(1, usd(6))
    assert result.investigations_below_minimum == Small(1, usd(4))
    assert result.below_minimum == Small(0, usd(0))
    assert result.investigate_monthly == 18


def test_a_limit_says_what_it_left_out() -> None:
    """Rows, omitted and small ones are the total."""
    result = report(*WASTE, limit=1)
    assert [row.monthly_savings for row in result.recommendations] == [48]
    assert result.omitted == Omitted(3, usd(38))
    assert result.total_monthly_savings == usd("86.50")


def test_ten_rows_unless_asked() -> None:
    """Limit is 10 by default."""
    loose = [volume(f"v{number:02}", "10", attached_to=()) for number in range(12)]
    result = savings(snapshot((), loose), min_monthly=usd(1), include_inferred=True)
    assert len(result.recommendations) == 10
    assert result.omitted == Omitted(2, usd(20))


def test_the_overviews_figure_is_the_same() -> None:
    """D19: savings_monthly is total_monthly_savings."""
    assert measured_total(snapshot((), WASTE)) == usd("86.50")
    assert measured_total(snapshot((), None)) == 0


def test_an_unknown_price_is_listed_and_counted_and_in_no_sum() -> None:
    """D8, D20: null, never zero, and not left out as small."""
    result = report(stopped("a", None), stopped("b", "5"), min_monthly="100")
    assert of(result.recommendations) == [("delete_stopped_server", "a")]
    assert result.recommendations[0].monthly_savings is None
    assert (result.unpriced, result.total_monthly_savings) == (1, 5)
    assert result.below_minimum == Small(1, usd(5))


def test_exempt_resources_are_left_out_and_counted() -> None:
    """D23: neither in the rows nor in the total, shown as a count and its cost."""
    result = report(
        stopped("a", "5"), stopped("b", "20", tags=("keep",)), stopped("c", None, tags=("KEEP",))
    )
    assert of(result.recommendations) == [("delete_stopped_server", "a")]
    assert result.total_monthly_savings == 5
    assert result.exempt == Exempt(2, usd(20))
    assert result.unpriced == 0
    kept = snapshot((), [stopped("b", "20", tags=("keep",))])
    assert measured_total(kept) == 0


def test_parts_of_a_cent_sum_to_the_total() -> None:
    """D4: three volumes of 0.335 are 1.01."""
    result = report(*(volume(name, "0.335", attached_to=()) for name in "abc"), min_monthly="0")
    assert result.total_monthly_savings == usd("1.01")
    assert [row.monthly_savings for row in result.recommendations] == [
        usd("0.34"),
        usd("0.34"),
        usd("0.33"),
    ]


def test_one_resource_is_in_one_recommendation() -> None:
    """D22: an old snapshot that is superseded is deleted, not looked at as well."""
    result = report(image("old", "2026-01-01"), image("new", "2026-11-10"))
    assert of(result.recommendations) == [("delete_superseded_snapshot", "old")]
    assert result.investigations == ()


def test_an_id_that_two_kinds_carry_is_two_resources() -> None:
    """D15, D22: a volume with the number of a stopped server is no stopped server."""
    off = stopped("7", alias="instance:7")
    used = volume("7", alias="block_storage:7", attached_to=("elsewhere",))
    assert found(off, used) == [("delete_stopped_server", "7")]
    loose = volume("7", alias="block_storage:7", attached_to=())
    assert sorted(found(off, loose)) == [
        ("delete_stopped_server", "7"),
        ("delete_unattached_volume", "7"),
    ]


def test_nothing_to_save_is_zero() -> None:
    """D20: an account without waste, and one of which nothing was read."""
    for resources in ((), None):
        result = savings(snapshot((), resources), min_monthly=usd(1), include_inferred=True)
        assert result.total_monthly_savings == result.total_annual_savings == 0
        assert result.recommendations == ()


@pytest.mark.parametrize("kind", KINDS)
def test_things_in_use_are_never_recommended(kind: str) -> None:
    """D20: running, attached and young: no kind has a rule for that."""
    used = thing(
        "it", kind, "5", state="running", attached_to=("x",), created=NOW - timedelta(days=2)
    )
    result = report(used)
    assert result.recommendations == result.investigations == ()


# --- inferred -------------------------------------------------------------------------------------


def test_a_quiet_server_is_worth_a_look() -> None:
    """D20: inferred, outside the total, with its evidence; false: a busy day."""
    quiet = thing("q", price="20")
    result = report(quiet, traffic={"q": days(14)})
    assert of(result.investigations) == [("review_quiet_server", "q")]
    row = result.investigations[0]
    assert row.confidence == "inferred"
    assert row.evidence == ("sent at most 1.00 MB a day over 14 days",)
    assert row.lost == "disk and address: ask its owner"
    assert row.caveats == ()
    assert (result.investigate_monthly, result.total_monthly_savings) == (20, 0)
    busy = report(quiet, traffic={"q": days(14) | days(1, 6_000_000)})
    assert busy.investigations == ()
    assert busy.investigate_monthly == 0


def test_the_network_proves_nothing_of_a_gpu() -> None:
    """D18: the caveat is on GPU servers."""
    quiet = thing("q", "gpu_instance", "90", gpu=True)
    row = report(quiet, traffic={"q": days(14)}).investigations[0]
    assert row.lost == "disk and address: ask its owner"
    assert row.caveats == ("low traffic does not mean that the GPU is idle",)


@pytest.mark.parametrize(
    ("age", "old"),
    [
        (timedelta(days=90), False),
        (timedelta(days=90, seconds=1), True),
        (timedelta(days=400), True),
        (timedelta(days=89), False),
    ],
)
def test_a_snapshot_over_90_days(age: timedelta, *, old: bool) -> None:
    """D20: over 90 days, not 90."""
    made = NOW - age
    result = report(thing("i", "snapshot", "12", created=made))
    assert (of(result.investigations) == [("review_old_snapshot", "i")]) is old
    if old:
        assert result.investigations[0].evidence == (f"made on {day_name(made)}",)
        assert result.investigations[0].how_to == "vultr-cli snapshot get i"


def test_only_snapshots_grow_old() -> None:
    """D20: a server of last year is no old snapshot."""
    assert report(thing("s", price=5, created=at("2020-01-01"))).investigations == ()
    assert report(thing("i", "snapshot", "12", created=None)).investigations == ()


def test_inferred_findings_can_be_left_out() -> None:
    """include_inferred=false leaves no row and no sum."""
    one = thing("i", "snapshot", "12", created=at("2026-01-01"))
    result = report(one, include_inferred=False)
    assert result.investigations == ()
    assert result.investigate_monthly == 0


def test_inferred_findings_obey_exemption_limit_and_minimum() -> None:
    """D23: kept ones are left out; the limit cuts this list as well."""
    old = {"created": at("2026-01-01")}
    images = [
        thing("a", "snapshot", "12", label="1", **old),
        thing("b", "snapshot", "8", label="2", **old),
        thing("c", "snapshot", "0.20", label="3", **old),
        thing("d", "snapshot", "99", label="4", tags=("keep",), **old),
        thing("e", "snapshot", None, label="5", **old),
    ]
    result = report(*images)
    assert [row.resource_ids[0] for row in result.investigations] == ["a", "b", "e"]
    assert result.investigate_monthly == usd("20.20")
    cut = report(*images, limit=1)
    assert [row.resource_ids[0] for row in cut.investigations] == ["a"]
    assert cut.investigations_omitted == OmittedLooks(2, usd(8))
    assert result.exempt == Exempt(0, usd(0))


def test_sums_are_by_action_net_and_of_this_month() -> None:
    """D22, D24: 672.00 and 20.00 a month, 40.00 for the snapshot to keep; the month ends without.

    The server has cost 423.00 and would cost 672.00: 249.00 are saved now, and 7.41 of the volume's
    20.00, which has cost 12.59. The month would end at 692.00 and what is kept has cost of its 5.00
    for 720 hours, so 697.00: it ends at 440.59 instead.
    """
    charges = [
        charge("423.00", resource_id="off", monthly=672, cap_hours=672),
        charge("12.59", "Block Storage", "disk", monthly=20, cap_hours=672),
    ]
    resources = [
        thing("off", price=672, state="stopped", keep_as_snapshot=usd(40)),
        thing("disk", "block_storage", price=20, attached_to=()),
        thing("kept", price=5, state="stopped", tags=("keep",)),
    ]
    shot = snapshot(charges, resources)
    found = savings(shot, min_monthly=usd(1), include_inferred=False)
    assert found.by_action == (
        ActionSum("delete_stopped_server", 1, usd(672), "disk and address", "only from a snapshot"),
        ActionSum("delete_unattached_volume", 1, usd(20), "its data", "only from a copy"),
    )
    assert (found.total_monthly_savings, found.net_monthly_savings) == (692, 652)
    assert (found.saves_this_month, found.month_end_if_done) == (usd("256.41"), usd("440.59"))
    assert found.exempt.names == ("kept",)


@pytest.mark.parametrize(
    ("given", "total"),
    [
        ({"kind": "block_storage"}, 20),
        ({"action": "delete_stopped_server"}, 672),
        ({"kind": "instance", "action": "delete_unattached_volume"}, 0),
    ],
)
def test_filters_cover_every_sum(given: dict[str, Any], total: int) -> None:
    """D20: a kind of resource, an action, or both."""
    resources = [
        thing("off", price=672, state="stopped"),
        thing("disk", "block_storage", price=20, attached_to=()),
    ]
    found = savings(snapshot([], resources), min_monthly=usd(1), include_inferred=False, **given)
    assert (found.total_monthly_savings, found.filters) == (total, given)


def test_a_guess_is_looked_at_and_not_deleted() -> None:
    """D20: the command shows the resource."""
    old = thing("old", "snapshot", price=5, created=at("2026-01-01"))
    found = savings(snapshot([], [old]), min_monthly=usd(1), include_inferred=True)
    assert [row.how_to for row in found.investigations] == ["vultr-cli snapshot get old"]


def test_rows_of_this_month_sum_to_their_total() -> None:
    """D4: three times a third of a dollar are 1.00, not three times 0.33."""
    loose = [volume(f"v{number}", "50", attached_to=()) for number in range(3)]
    third = usd(1) / 3
    charges = [
        charge(usd(50) - third, "Block Storage", one.key, monthly=50, cap_hours=672)
        for one in loose
    ]
    found = savings(snapshot(charges, loose), min_monthly=usd(1), include_inferred=False)
    rows = [row.saves_this_month for row in found.recommendations]
    assert sorted(map(str, rows)) == ["0.33", "0.33", "0.34"]
    assert found.saves_this_month == 1


def test_a_short_answer_keeps_rows_of_the_most_money() -> None:
    """D20: of five rows one may be an investigation, where it would save more than a row cut."""
    loose = [volume(f"v{price}", price, attached_to=()) for price in ("50", "40", "30", "20", "10")]
    images = [
        image(f"i{price}", "2026-06-01", label=f"i{price}", price=price) for price in (45, 35)
    ]
    found = savings(snapshot((), [*loose, *images]), min_monthly=usd(1), include_inferred=True)
    cut = shortened(found, 5, each=False)
    assert [row.monthly_savings for row in cut.recommendations] == [50, 40, 30, 20]
    assert [row.monthly_savings for row in cut.investigations] == [45]
    assert (cut.omitted, cut.investigations_omitted) == (
        Omitted(1, usd(10)),
        OmittedLooks(1, usd(35)),
    )
    small = shortened(
        savings(
            snapshot((), [*loose, image("i", "2026-06-01", price=1)]),
            min_monthly=usd(1),
            include_inferred=True,
        ),
        5,
        each=False,
    )
    assert (len(small.recommendations), len(small.investigations)) == (5, 0)


def test_a_short_row_leaves_out_what_its_action_says() -> None:
    """D22: loss, undoing and usual evidence are said once an action; doubts stay with the row."""
    found = report(volume(attached_to=(), label="pvc-1"), stopped("g", "9", label="g", gpu=True))
    row = shortened(found, 10, each=True).recommendations[0]
    assert (row.action, row.kind, row.evidence, row.lost, row.undo) == (
        "delete_unattached_volume",
        None,
        (),
        "",
        "",
    )
    assert row.caveats == ("Kubernetes-style name: check that no PVC uses it",)
    said = {row.action: (row.lost, row.undo) for row in found.by_action}
    assert said["delete_unattached_volume"] == ("its data", "only from a copy")


def test_empty_balancers_of_clusters_are_named_as_left_out() -> None:
    """D20: a cluster owns them, so they are no waste; one without an owner is."""
    empty = [thing(name, "load_balancer", "10", attached_to=()) for name in "abc"]
    known_owners: dict[str, Any] = {
        "clusters": (Cluster("c1", "shop-k8s"), Cluster("c2", "ml")),
        "checked": {"cluster_resources": Checked(2, 2)},
    }
    one = report(*empty, owned={"a": "shop-k8s"}, **known_owners)
    assert one.left_out == OwnedBalancers(1, ("shop-k8s",))
    assert one.total_monthly_savings == 20
    said = "Left out: 1 empty balancer that cluster `shop-k8s` owns."
    assert said in render_savings(one)
    two = report(*empty, owned={"a": "shop-k8s", "b": "ml", "c": "ml"}, **known_owners)
    assert two.left_out == OwnedBalancers(3, ("ml", "shop-k8s"))
    assert "Left out: 3 empty balancers that clusters `ml` and `shop-k8s` own." in render_savings(
        two
    )
    assert report(*empty, **known_owners).left_out is None


def test_what_has_no_row_is_named_the_largest_of_every_action_first() -> None:
    """D20: three names are those of three actions, though two servers cost more than the volume."""
    found = report(
        stopped("s9", "90"),
        stopped("s8", "80"),
        stopped("s7", "70"),
        volume("v", "10", attached_to=(), label="pvc-1"),
        thing("ip", "reserved_ip", "3", attached_to=()),
        image("old", "2026-11-01"),
        image("new", "2026-11-02"),
    )
    cut = shortened(found, 1, each=False, names=3)
    assert [row.label for row in cut.recommendations] == ["s9"]
    doubt = "Kubernetes-style name: check that no PVC uses it"
    assert {row.action: row.others for row in cut.by_action} == {
        "delete_stopped_server": (),
        "delete_unattached_volume": (NamedFinding("pvc-1", usd(10), caveats=(doubt,)),),
        "delete_superseded_snapshot": (NamedFinding("nightly", usd(4)),),
        "release_unattached_ip": (NamedFinding("ip", usd(3)),),
    }
    four = shortened(found, 1, each=False, names=4, shared={"s8"})
    assert four.by_action[0].others == (NamedFinding("s8", usd(80), id="s8"),)
    assert [row.total for row in four.by_action] == [row.total for row in found.by_action]


def test_names_are_said_in_the_line_of_an_action_or_below_it() -> None:
    """An action for one thing names it where it stands; several have a line each."""
    found = report(
        *(stopped(f"s{price}", str(price)) for price in (90, 80, 70)),
        volume("v", "10", attached_to=(), label="pvc-1"),
        thing("ip", "reserved_ip", "3", attached_to=()),
    )
    lines = render_savings(shortened(found, 1, each=False, names=12))
    assert "  - `s80` $80.00 a month" in lines
    assert (
        "- release unattached ip `ip`: $3.00 a month. Lost: that address. To undo: not possible."
    ) in lines
    at = next(number for number, line in enumerate(lines) if "`pvc-1`" in line)
    assert lines[at + 1] == "  Kubernetes-style name: check that no PVC uses it"
    two = render_savings(shortened(found, 1, each=False, names=2))
    assert (
        "1 of 5 findings has its command above ($90.00 a month); "
        "the other 4 ($163.00 a month) are only named or summed up."
    ) in two
    assert (
        "1 of 5 findings has its command above ($90.00 a month); "
        "the other 4 ($163.00 a month) are only named."
    ) in lines


def test_room_goes_to_names_before_it_goes_to_commands() -> None:
    """Where ten rows do not fit: twelve by name, and commands for the room that is left."""
    loose = [volume(f"v{number:02}", "10", attached_to=()) for number in range(30)]
    looks = [image(f"i{price}", "2026-06-01", label=f"i{price}", price=price) for price in (4, 3)]
    found = report(*loose, *looks)

    def rows(room: int, limit: int = 10) -> tuple[int, int, int]:
        cut = fitted(found, room, limit)
        named = sum(len(row.others) for row in cut.by_action)
        return len(cut.recommendations), named, len(cut.investigations_omitted.largest)

    assert [rows(room) for room in (9, 4, 3, 2, 1, 0)] == [
        (7, 12, 2),
        (2, 12, 2),
        (1, 12, 2),
        (1, 8, 2),
        (1, 4, 2),
        (0, 0, 0),
    ]
    assert rows(10) == (10, 10, 0)
    assert rows(29, limit=200) == (27, 3, 2)
    assert rows(200, limit=200) == (30, 0, 0)


def test_of_investigations_alone_the_largest_has_its_row() -> None:
    """Where nothing is measured, the room is theirs."""
    looks = [image(f"i{price}", "2026-06-01", label=f"i{price}", price=price) for price in "98765"]
    cut = fitted(report(*looks), 3, 10)
    assert [row.label for row in cut.investigations] == ["i9"]
    assert cut.investigations_omitted.largest == (
        NamedLook("review_old_snapshot", "i8", usd(8)),
        NamedLook("review_old_snapshot", "i7", usd(7)),
        NamedLook("review_old_snapshot", "i6", usd(6)),
    )


def test_what_a_tag_exempts_comes_with_that_tag() -> None:
    """D23: the first of its tags that exempts."""
    kept = report(
        stopped("a", tags=("team:x", "Keep")),
        stopped("b", tags=("cost-ignore", "keep")),
    )
    assert (kept.exempt.names, kept.exempt.tags) == (("a", "b"), ("Keep", "cost-ignore"))
    assert (
        "Exempt by tag: 2 (`a` by `Keep`, `b` by `cost-ignore`), $10.00 a month."
        in render_savings(kept)
    )
