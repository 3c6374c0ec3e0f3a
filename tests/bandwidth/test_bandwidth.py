"""Outbound traffic against the pool, as Vultr counts it, and the servers that send most."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.double import NO_BILLING_403, Account, Status, VultrDouble
from tests.support.nouns import NOW, at, number, snapshot, thing, usd
from tests.support.stage import clock_from, staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.report_fields import CheckedCount
from vultr_cost_mcp.domain.snapshot import Checked, Snapshot, Traffic
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.errors import ForbiddenError
from vultr_cost_mcp.questions.bandwidth.report import bandwidth_usage, month_traffic_wanted
from vultr_cost_mcp.questions.bandwidth.text import headline_bandwidth, render_bandwidth

GB = 10**9
FORBIDDEN = ForbiddenError("Vultr refused.", 403)


def month(*figures: str | None) -> BandwidthMonth:
    """Sent, credits of instances, free and purchased, overage and its cost."""
    return BandwidthMonth(*(number(figure) for figure in figures))


POOL = AccountBandwidth(
    previous=month("900", "1000", "2048", "0", "0", "0"),
    to_date=month("1500.5", "596", "2048", "100", "0", "0"),
    projected=month("4000", "1000", "2048", "100", "852", "8.525"),
)


def days(**outgoing: int) -> dict[date, Traffic]:
    """Bytes sent by day, as ``d1101=...``."""
    return {
        date(2026, int(name[1:3]), int(name[3:])): Traffic(5 * GB, sent)
        for name, sent in outgoing.items()
    }


def shot(**named: Any) -> Snapshot:
    """Two servers and a volume."""
    known: dict[str, Any] = {
        "resources": [
            thing("a", price=10, label="web"),
            thing("b", "bare_metal", 300),
            thing("v", "block_storage", 5),
        ],
        "bandwidth": POOL,
        "traffic": {
            "a": days(d1031=99 * GB, d1101=2 * GB, d1118=1_500_000_000),
            "b": days(d1102=10_500_000_000),
        },
        "checked": {"instance_traffic": Checked(1, 1), "bare_metal_traffic": Checked(1, 1)},
    }
    return snapshot((), **{**known, **named})


def test_the_figures_are_vultrs() -> None:
    """Outbound of the month, the pool as projected and as it stands."""
    report = bandwidth_usage(shot(), top=5)
    assert (report.used_gb, report.pool_gb, report.pool_now_gb) == (usd("1500.5"), 3148, 2744)
    assert (report.projected_gb, report.projected_overage_gb) == (4000, 852)
    assert report.projected_overage_cost == usd("8.53")
    assert (report.overage_gb_to_date, report.overage_cost_to_date) == (0, 0)
    assert not any("states" in caveat for caveat in report.caveats)
    last = report.previous_month
    assert (last.used_gb, last.pool_gb, last.overage_gb, last.overage_cost) == (900, 3048, 0, 0)


def test_what_vultr_does_not_state_is_unknown() -> None:
    """D33: null and never zero; of a pool the known credits count."""
    nothing = month(*[None] * 6)
    report = bandwidth_usage(shot(bandwidth=AccountBandwidth(nothing, nothing, nothing)), top=0)
    assert report.used_gb is report.pool_gb is report.projected_overage_cost is None
    assert report.previous_month.overage_cost is report.overage_cost_to_date is None
    text = "\n".join([headline_bandwidth(report), *render_bandwidth(report)])
    assert "unknown sent so far of a pool of unknown" in text
    assert "$0.00" not in text
    free = replace(nothing, free_credits=usd(2048))
    partly = bandwidth_usage(shot(bandwidth=AccountBandwidth(free, free, free)), top=0)
    assert partly.pool_gb == 2048


@pytest.mark.parametrize(
    ("overage", "told"), [("852", False), ("853", False), ("900", True), (None, False)]
)
def test_overage_that_is_not_use_less_pool_is_told(overage: str | None, *, told: bool) -> None:
    """4,000 sent of 3,148 are 852; a rounded figure is no other one."""
    projected = month("4000", "1000", "2048", "100", overage, "8.525")
    report = bandwidth_usage(shot(bandwidth=replace(POOL, projected=projected)), top=0)
    said = (
        "Vultr states 900 GB of overage at month end; its own figures of use and pool give 852 GB."
    )
    assert any(caveat.startswith(said) for caveat in report.caveats) is told


def test_the_shares_are_of_all_servers_together() -> None:
    """10.5 + 3.5 GB."""
    report = bandwidth_usage(shot(), top=1)
    assert report.servers_gb == usd("14.00")
    text = "\n".join(render_bandwidth(report))
    assert "| `b` | 10.50 GB | 75.0 % |" in text
    assert "Traffic read for 2 of 2 servers: 14.00 GB sent." in text
    assert bandwidth_usage(shot(traffic={}), top=1).servers_gb is None


def test_who_sends_most() -> None:
    """Bytes of this month only, in GB of 10^9, largest first, as shares of all."""
    report = bandwidth_usage(shot(), top=5)
    rows = [(row.id, row.label, row.gb_out, row.share_percent) for row in report.top_servers]
    assert rows == [("b", "b", usd("10.50"), 75.0), ("a", "web", usd("3.50"), 25.0)]
    assert report.checked == CheckedCount(2, 2)
    one = bandwidth_usage(shot(), top=1).top_servers
    assert [(row.id, row.share_percent) for row in one] == [("b", 75.0)]


def test_servers_that_sent_nothing_have_no_share_of_nothing() -> None:
    """D4: null where there is no whole."""
    quiet = bandwidth_usage(shot(traffic={"a": days(d1101=0)}), top=5).top_servers
    assert [(row.gb_out, row.share_percent) for row in quiet] == [(0, None)]


def test_equal_senders_keep_the_order_of_their_ids() -> None:
    """D4: ties do not move between calls."""
    both = {"b": days(d1101=GB), "a": days(d1101=GB)}
    rows = bandwidth_usage(shot(traffic=both), top=5).top_servers
    assert [row.id for row in rows] == ["a", "b"]


def test_without_the_pool_there_is_no_answer() -> None:
    """D33: the essential part failed."""
    with pytest.raises(ForbiddenError):
        bandwidth_usage(shot(bandwidth=None, failures={"account_bandwidth": FORBIDDEN}), top=5)


def test_every_server_is_asked_once_the_dearest_first() -> None:
    """D34: nodes that /instances does not list have no traffic to ask for."""
    servers = [
        thing("a", price=10),
        thing("b", "bare_metal", 300),
        thing("c", "gpu_bare_metal", 9000),
        thing("d", "gpu_instance", 90),
        thing("e"),
        thing("f", "kubernetes_node", 20, state="active"),
        thing("g", "kubernetes_node", 20, state="running"),
        thing("h", "load_balancer", 10),
    ]
    wanted = month_traffic_wanted(snapshot((), servers))
    assert [want.id for want in wanted] == ["c", "b", "d", "g", "a", "e"]
    assert wanted[0] == DetailRequest("bare_metal_traffic", "c", days=19)
    assert {want.id for want in wanted if want.detail == "bare_metal_traffic"} == {"b", "c"}
    assert month_traffic_wanted(snapshot((), None)) == []


@pytest.mark.parametrize(("now", "asked"), [("2026-11-01T00:01", 2), ("2026-12-31T23:59", 32)])
def test_the_whole_month_is_asked_for(now: str, asked: int) -> None:
    """date_range counts days back from now."""
    assert month_traffic_wanted(snapshot((), [thing()], now=at(now)))[0].days == asked


def test_the_text_carries_the_figures() -> None:
    """Some clients show the text only."""
    report = bandwidth_usage(shot(), top=5)
    assert headline_bandwidth(report) == (
        "1,500 GB sent so far of a pool of 2,744 GB so far; Vultr projects $8.53 of overage at "
        "month end."
    )
    text = "\n".join(render_bandwidth(report))
    figures = "3,148 GB", "4,000 GB", "852 GB", "`web`", "10.50 GB", "75.0 %", "2 of 2 servers"
    for figure in figures:
        assert figure in text


# --- through the whole server --------------------------------------------------------------------


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


def account(servers: int = 25) -> Account:
    """Servers s1, s2, ... of which each sent as many GB as its number, and a cluster's node."""
    made = Account(now=NOW)
    made.account_bandwidth["current_month_to_date"] |= {"gb_out": Decimal("412.75")}
    made.account_bandwidth["current_month_projected"] |= {
        "instance_bandwidth_credits": 1000,
        "purchased_bandwidth_credits": 500,
        "overage_cost": Decimal("1.23"),
    }
    made.plans = [{"id": "small", "type": "vc2", "monthly_cost": 5, "location_cost": {}}]
    made.instances = [
        {
            "id": f"s{number_}", "label": f"server-{number_}", "plan": "small", "region": "ewr",
            "main_ip": f"192.0.2.{number_}", "status": "active", "power_status": "running",
            "date_created": "2025-01-01T00:00:00+00:00", "features": [], "tags": [],
        }
        for number_ in range(1, servers + 1)
    ]  # fmt: skip
    made.bandwidth = {
        f"s{number_}": {
            "2026-10-31": {"incoming_bytes": 0, "outgoing_bytes": 10**15},
            "2026-11-01": {"incoming_bytes": 7, "outgoing_bytes": number_ * GB},
        }
        for number_ in range(1, servers + 1)
    }
    made.vke_clusters = [
        {
            "id": "k", "label": "k", "region": "ewr", "status": "active",
            "node_pools": [
                {"id": "p", "label": "p", "plan": "small", "node_quantity": 1,
                 "nodes": [{"id": "unlisted", "label": "node-1", "status": "active"}]},
            ],
        },
    ]  # fmt: skip
    return made


async def ask(double: VultrDouble, **arguments: Any) -> Any:
    """The tool's result."""
    async with staged_client(double, clock_from(NOW)) as client:
        return await client.call_tool("get_bandwidth_usage", arguments)


@pytest.mark.anyio
async def test_none_of_the_servers_is_one_request() -> None:
    """top=0 reads the pool and nothing else."""
    double = VultrDouble(account(), date=NOW)
    answer = structured(await ask(double, top=0))
    assert [request.path for request in double.requests] == ["/account/bandwidth"]
    assert (answer["used_gb"], answer["pool_gb"]) == ("412.75", "3548")
    assert answer["pool_now_gb"] == "2048"
    assert answer["projected_overage_cost"] == "1.23"
    assert answer["top_servers"] == []
    assert answer["coverage"] == {"complete": True}


@pytest.mark.anyio
@pytest.mark.parametrize("top", [1, 5, 20])
async def test_as_many_as_are_asked_for(top: int) -> None:
    """The largest senders of all 25 servers; October's bytes are not this month's."""
    double = VultrDouble(account(), date=NOW)
    answer = structured(await ask(double, top=top))
    labels = [f"server-{number_}" for number_ in range(25, 25 - top, -1)]
    assert [row["label"] for row in answer["top_servers"]] == labels
    assert answer["top_servers"][0]["gb_out"] == "25.00"
    assert answer["top_servers"][0]["share_percent"] == 7.7  # of 325
    assert answer["checked"] == {"count": 25, "of": 25}
    assert answer["coverage"]["complete"] is True
    assert not any("unlisted" in request.path for request in double.requests)
    assert double.count("/instances/s7/bandwidth") == 1


@pytest.mark.anyio
async def test_the_default_is_five() -> None:
    """The top is 5 where it is not given."""
    assert len(structured(await ask(VultrDouble(account(), date=NOW)))["top_servers"]) == 5


@pytest.mark.anyio
@pytest.mark.parametrize("top", [-1, 21, "many"])
async def test_other_numbers_are_refused(top: Any) -> None:
    """0 to 20."""
    assert (await ask(VultrDouble(account(1), date=NOW), top=top)).is_error


@pytest.mark.anyio
async def test_traffic_that_could_not_be_read_is_a_gap() -> None:
    """D33, D34: the others stand, and the answer says how many."""
    double = VultrDouble(account(4), date=NOW)
    double.fail("/instances/s4/bandwidth", Status(404, "gone"))
    result = await ask(double, top=5)
    answer = structured(result)
    assert [row["label"] for row in answer["top_servers"]] == ["server-3", "server-2", "server-1"]
    assert answer["checked"] == {"count": 3, "of": 4}
    (gap,) = answer["coverage"]["gaps"]
    assert (gap["part"], gap["touches"]) == (
        "instance_traffic",
        ["top_servers", "servers_gb", "checked"],
    )
    assert answer["partial"] == ["top_servers", "servers_gb", "checked"]
    # What was sent is the account's own figure: no server's traffic makes it more.
    assert answer["headline"].startswith("413 GB sent")
    assert answer["coverage"]["complete"] is True
    assert "Traffic read for 3 of 4 servers" in text_of(result)


@pytest.mark.anyio
async def test_servers_that_could_not_be_listed_leave_the_pool() -> None:
    """D33: the pool is the essential part, the servers are not."""
    double = VultrDouble(account(4), date=NOW)
    double.fail("/instances", NO_BILLING_403)
    answer = structured(await ask(double, top=5))
    assert (answer["used_gb"], answer["top_servers"]) == ("412.75", [])
    assert "instances" in [gap["part"] for gap in answer["coverage"]["gaps"]]


@pytest.mark.anyio
async def test_without_the_pool_it_is_an_error() -> None:
    """D33: one sentence."""
    double = VultrDouble(account(1), date=NOW)
    double.fail("/account/bandwidth", NO_BILLING_403)
    result = await ask(double)
    assert result.is_error
    assert "Traceback" not in text_of(result)
