"""Servers that cost money and do not seem to work (D17 to D19, D23)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.nouns import NOW, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.report_fields import CheckedCount, Exempt, Omitted
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Checked, Gap, GpuUse, Snapshot, Traffic
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.idle.report import (
    GPU_NOTE,
    IdleReport,
    idle_instances,
    metrics_wanted,
    traffic_wanted,
)


def days(count: int, outgoing: int = 1_000_000) -> dict[date, Traffic]:
    return {
        NOW.date() - timedelta(days=number): Traffic(42_000_000, outgoing)
        for number in range(1, count + 1)
    }


def stopped(id_: str, price: str | None, **named: Any) -> Resource:
    return thing(id_, price=price, state="stopped", **named)


def report(*resources: Resource, **named: Any) -> IdleReport:
    return idle_instances(snapshot((), resources, **named))


def quiet_report(*resources: Resource, read: int = 14, **named: Any) -> IdleReport:
    return report(*resources, traffic={r.id: days(read) for r in resources}, **named)


def test_stopped_servers_cost_what_they_cost_running() -> None:
    """D17: measured, most expensive first, in full with add-ons."""
    found = report(stopped("a", "5"), stopped("b", "1750"), thing("c", price="99"))
    assert [(r.id, r.reason, r.monthly_cost, r.confidence) for r in found.instances] == [
        ("b", "stopped", 1750, "measured"),
        ("a", "stopped", 5, "measured"),
    ]
    assert (found.stopped_count, found.stopped_monthly_cost) == (2, 1755)
    assert (found.quiet_count, found.quiet_monthly_cost) == (0, 0)


def test_a_server_younger_than_an_hour_is_not_idle() -> None:
    """D17: older than an hour (PEERS, spancloud: stopped a minute ago is "30 days")."""
    young = stopped("a", "5", created=NOW - timedelta(minutes=59))
    assert report(young).instances == ()


def test_only_servers_are_listed() -> None:
    """D17: a volume without a server is no idle instance."""
    volume = thing("v", "block_storage", "9", state="stopped", attached_to=())
    assert report(volume).instances == ()


def test_a_suspended_server_is_listed_outside_the_sum() -> None:
    """D17: whatever it is billed."""
    found = report(stopped("a", "5"), thing("s", price="10", state="suspended"))
    assert [(r.id, r.reason, r.confidence) for r in found.instances] == [
        ("s", "suspended", "measured"),
        ("a", "stopped", "measured"),
    ]
    assert found.stopped_monthly_cost == 5
    assert (found.suspended_count, found.suspended_monthly_cost) == (1, 10)
    assert (found.stopped_count, found.quiet_count) == (1, 0)


@pytest.mark.parametrize(
    ("named", "line", "billed", "evidence"),
    [
        ({}, {"resource_id": "s"}, 1, "billed until it is destroyed"),
        ({}, {"resource_id": "s", "service": "Cloud GPU"}, 1, "billed until it is destroyed"),
        ({}, {"resource_id": "s", "running": False}, 0, "no line on the bill runs"),
        ({}, {"resource_id": "s", "service": "Backups"}, 0, "no line on the bill runs"),
        ({}, {"resource_id": "other"}, 0, "no line on the bill runs"),
        # A line that found no server may be its own; a new server has no line yet.
        ({}, {"resource_id": None}, 0, "not known"),
        ({"created": NOW - timedelta(minutes=59)}, {"resource_id": "other"}, 0, "not known"),
    ],
)
def test_a_suspended_server_with_a_running_line_is_billed(
    named: dict[str, Any], line: dict[str, Any], billed: int, evidence: str
) -> None:
    """D17: said in its row, and counted."""
    one = thing("s", price="10", state="suspended", **named)
    known = {"service": "Cloud Compute", "running": True, **line}
    found = idle_instances(snapshot([charge("5", **known)], [one]))
    assert evidence in found.instances[0].evidence
    assert (found.suspended_billed_count, found.suspended_billed_monthly_cost) == (
        billed,
        10 * billed,
    )
    assert (found.suspended_count, found.stopped_monthly_cost) == (1, 0)


def test_without_the_bill_it_is_not_known_whether_a_suspended_server_is_billed() -> None:
    """D17, D33: unread, or read in part; a line that was read still tells."""
    one = thing("s", price="10", state="suspended")
    unread = idle_instances(snapshot(None, [one]))
    gap = (Gap("pending_charges", "3 of 5 read"),)
    partly = idle_instances(snapshot((), [one], gaps=gap))
    for found in (unread, partly):
        assert "not known" in found.instances[0].evidence
        assert found.suspended_billed_count == 0
    own = charge("5", service="Cloud Compute", resource_id="s", running=True)
    told = idle_instances(snapshot([own], [one], gaps=gap))
    assert told.suspended_billed_count == 1


def test_an_exempt_suspended_server_is_not_counted_as_billed() -> None:
    """D17, D23: shown as exempt."""
    one = thing("s", price="10", state="suspended", tags=("keep",))
    own = charge("5", service="Cloud Compute", resource_id="s", running=True)
    found = idle_instances(snapshot([own], [one], exempt_tags=frozenset({"keep"})))
    assert (found.suspended_billed_count, found.exempt) == (0, Exempt(1, usd("10")))


def test_quiet_servers_are_inferred_and_summed_apart() -> None:
    """D18, D19: the two sums are never added together."""
    found = quiet_report(stopped("a", "5"), thing("q", price="20"))
    assert [(r.id, r.reason, r.confidence) for r in found.instances] == [
        ("q", "quiet", "inferred"),
        ("a", "stopped", "measured"),
    ]
    assert (found.stopped_monthly_cost, found.quiet_monthly_cost) == (5, 20)
    assert found.instances[0].evidence == (
        "sent at most 1.00 MB and received at most 42.00 MB a day over 14 days"
    )


@pytest.mark.parametrize(("read", "quiet"), [(14, 1), (12, 1), (11, 0), (0, 0)])
def test_at_least_twelve_of_fourteen_days(read: int, quiet: int) -> None:
    """D18: too few days prove nothing."""
    assert quiet_report(thing("q", price="20"), read=read).quiet_count == quiet


def test_a_node_is_never_quiet() -> None:
    """D18: a Kubernetes node works for its cluster; a stopped one is stopped."""
    node = thing("n", "kubernetes_node", "20", state="running")
    assert quiet_report(node).instances == ()
    off = thing("n", "kubernetes_node", "20", state="stopped")
    assert quiet_report(off).instances[0].reason == "stopped"


def test_a_server_whose_traffic_was_not_read_is_not_quiet() -> None:
    """D18, D33: unknown is not idle."""
    assert report(thing("q", price="20")).instances == ()


def test_the_limits_are_arguments() -> None:
    """D18: under quiet_mb_per_day on every day of quiet_days."""
    shot = snapshot((), [thing("q", price="20")], traffic={"q": days(7)})
    assert idle_instances(shot).quiet_count == 0
    assert idle_instances(shot, quiet_days=7).quiet_count == 1
    assert idle_instances(shot, quiet_days=7, quiet_mb_per_day=1).quiet_count == 0
    assert idle_instances(shot, quiet_days=7, quiet_mb_per_day=2).quiet_count == 1


def test_the_network_proves_nothing_of_a_gpu() -> None:
    """D18: the text says so."""
    gpu = thing("q", "gpu_instance", "90", gpu=True)
    assert GPU_NOTE in quiet_report(gpu).instances[0].evidence
    assert GPU_NOTE not in quiet_report(thing("q", price="20")).instances[0].evidence


def test_bare_metal_can_be_quiet() -> None:
    """D17, D18: it has no power state and its traffic is read."""
    metal = thing("m", "bare_metal", "300", state="active")
    assert quiet_report(metal).instances[0].reason == "quiet"


def test_exempt_servers_are_counted_apart() -> None:
    """D23: neither listed nor summed, of every reason, shown as a count and its cost."""
    kept: dict[str, Any] = {"tags": ("Keep",)}
    found = quiet_report(
        stopped("a", "5"),
        stopped("b", "20", **kept),
        thing("c", price="7", **kept),
        thing("d", price="1.50", state="suspended", tags=("cost-ignore",)),
        stopped("e", None, **kept),
    )
    assert [row.id for row in found.instances] == ["a"]
    assert found.stopped_monthly_cost == 5
    assert (found.quiet_monthly_cost, found.suspended_monthly_cost) == (0, 0)
    assert found.exempt == Exempt(4, usd("28.50"))
    assert found.exempt.tags == ("Keep", "Keep", "cost-ignore", "Keep")
    assert found.unpriced == 0


def test_an_unknown_price_is_counted_and_in_no_sum() -> None:
    """D8: null, last in the list, never zero."""
    found = report(stopped("a", None), stopped("b", "5"))
    assert [(row.id, row.monthly_cost) for row in found.instances] == [("b", 5), ("a", None)]
    assert (found.unpriced, found.stopped_count, found.stopped_monthly_cost) == (1, 2, 5)


def test_month_to_date_is_of_the_lines_else_its_own() -> None:
    """D1: the line's 3.15, not the 9.99 that the server says; without a line what it says."""
    shot = snapshot(
        [charge("3.15", resource_id="a")],
        [
            stopped("a", "5", own_pending=usd("9.99")),
            stopped("b", "4", own_pending=usd("1.005")),
            stopped("c", "3"),
        ],
    )
    assert [row.month_to_date for row in idle_instances(shot).instances] == [
        usd("3.15"),
        usd("1.01"),
        None,
    ]


def test_a_limit_leaves_the_sums_alone() -> None:
    """Totals cover every row, cut or not."""
    shot = snapshot((), [stopped(f"s{number}", str(number)) for number in range(1, 6)])
    found = idle_instances(shot, limit=2)
    assert [row.id for row in found.instances] == ["s5", "s4"]
    assert found.omitted == Omitted(3, usd(6))
    assert (found.stopped_count, found.stopped_monthly_cost) == (5, 15)


def test_parts_of_a_cent_sum_to_the_total() -> None:
    """D4: three servers of 0.335 are 1.01."""
    found = report(*(stopped(name, "0.335") for name in "abc"))
    assert found.stopped_monthly_cost == usd("1.01")
    assert [row.monthly_cost for row in found.instances] == [usd("0.34"), usd("0.34"), usd("0.33")]


def test_rows_carry_what_the_next_call_needs() -> None:
    """Label first, with id, kind, plan, region, tags and where the price is from."""
    row = report(stopped("id", "5", label="web", plan="vc2", tags=("a",))).instances[0]
    assert (row.id, row.label, row.kind, row.plan, row.region, row.tags, row.price_source) == (
        "id",
        "web",
        "instance",
        "vc2",
        "ewr",
        ("a",),
        "list",
    )


def test_without_instances_there_is_no_idle_list() -> None:
    """D33: instances are essential here."""
    shot = snapshot((), (), failures={"instances": ServerError("Vultr failed.", 503)})
    with pytest.raises(ServerError):
        idle_instances(shot)


def test_how_many_were_looked_at() -> None:
    """D34: servers and bare metal together."""
    shot = snapshot(
        (),
        (),
        checked={
            "instance_traffic": Checked(200, 450),
            "bare_metal_traffic": Checked(2, 2),
            "cluster_resources": Checked(9, 9),
        },
    )
    assert idle_instances(shot).checked == CheckedCount(202, 452)
    assert idle_instances(snapshot()).checked == CheckedCount(0, 0)


def test_traffic_is_read_dearest_first_and_only_of_those_it_decides() -> None:
    """D34: running servers by price; no node, no stopped one, none that is too young."""
    shot: Snapshot = snapshot(
        (),
        [
            thing("cheap", price="5"),
            thing("unpriced"),
            thing("dear", "gpu_instance", "1750"),
            thing("metal", "bare_metal", "300"),
            thing("same-b", price="5"),
            thing("node", "kubernetes_node", "20", state="running"),
            stopped("off", "99"),
            thing("young", price="99", created=NOW - timedelta(days=10)),
        ],
    )
    assert traffic_wanted(shot) == [
        DetailRequest("instance_traffic", "dear", 16),
        DetailRequest("bare_metal_traffic", "metal", 16),
        DetailRequest("instance_traffic", "cheap", 16),
        DetailRequest("instance_traffic", "same-b", 16),
        DetailRequest("instance_traffic", "unpriced", 16),
    ]
    assert [wanted.id for wanted in traffic_wanted(shot, quiet_days=7)][:2] == ["dear", "metal"]
    assert "young" in {wanted.id for wanted in traffic_wanted(shot, quiet_days=7)}
    assert traffic_wanted(snapshot((), None)) == []


def cluster_report(days_measured: int = 30, peak: str = "1.5", **named: Any) -> IdleReport:
    """List a cluster of two servers, one of them stopped, and one of no cluster."""
    servers = [
        thing("m1", "gpu_bare_metal", "1000", gpu=True),
        stopped("m2", "70", gpu=True),
        thing("other", price="20"),
    ]
    cluster = thing("c", "gpu_cluster", "0", gpu=True, members=("m1", "m2"))
    shot = snapshot(
        [charge("500", "Bare Metal", "m1"), charge("30", resource_id="m2")],
        [*servers, cluster],
        gpu_use={"c": GpuUse(usd(peak), days_measured)},
        traffic={"m1": days(14)},
        **named,
    )
    return idle_instances(shot)


def test_a_gpu_cluster_is_judged_by_30_days_of_its_gpus() -> None:
    """D18: it costs what its servers cost that are no finding of their own: 1,000.00."""
    found = cluster_report()
    assert [(r.id, r.reason, r.monthly_cost, r.month_to_date) for r in found.instances] == [
        ("c", "quiet", 1000, 500),
        ("m2", "stopped", 70, 30),
    ]
    assert found.instances[0].evidence == "no GPU above 1.5 % over 30 days; with its 1 server"
    assert (found.quiet_count, found.quiet_monthly_cost) == (1, 1000)
    assert found.stopped_monthly_cost == 70


@pytest.mark.parametrize(
    ("measured", "peak", "listed"),
    [
        (26, "4.9", ["c", "m2"]),
        # Measured on too few days: the network tells of the server.
        (25, "4.9", ["m1", "m2"]),
        # GPUs that worked are no idle server, however quiet its network is.
        (26, "5", ["m2"]),
        (1, "97", ["m2"]),
    ],
)
def test_26_of_30_days_of_gpus_must_be_measured(
    measured: int, peak: str, listed: list[str]
) -> None:
    """D18: as many in proportion as of a server's traffic."""
    assert [row.id for row in cluster_report(measured, peak).instances] == listed


def test_the_metrics_of_gpu_clusters_are_asked_for() -> None:
    """D34: of clusters with GPUs alone."""
    shot = snapshot(
        (), [thing("c", "gpu_cluster", gpu=True), thing("d", "gpu_cluster"), thing("s")]
    )
    assert metrics_wanted(shot) == [DetailRequest("gpu_cluster_metrics", "c")]
