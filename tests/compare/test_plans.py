"""Which plans have what is asked, in which order, and how they compare (D21, E18, E21 to E26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.other_clouds.shapes import vultr_plans
from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.price_list import PriceList
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.questions.compare.candidates import Present, Wanted, candidates, deployable
from vultr_cost_mcp.questions.compare.other_clouds import NO_GROUP, NO_REGIONS, Places, match_at
from vultr_cost_mcp.questions.compare.report import (
    Comparison,
    PlansReport,
    account_elsewhere,
    availability_wanted,
    compare_plans,
    is_best_unsure,
)
from vultr_cost_mcp.questions.compare.text import headline_plans, render_plans

NOW = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
REGIONS = {
    "ewr": "New Jersey, US",
    "fra": "Frankfurt, DE",
    "sgp": "Singapore, SG",
    "lhr": "London, GB",
}


def _snapshot(*servers: Resource, **fields: object) -> Snapshot:
    snapshot = Snapshot(
        account="test",
        now=NOW,
        as_of=NOW,
        month=Month.of(NOW),
        offer=PriceList(plans=vultr_plans(), table={}),
        regions=REGIONS,
        resources=servers,
    )
    return replace(snapshot, **fields)  # type: ignore[arg-type]


def _ids(wanted: Wanted, region: str | None = None, present: Present | None = None) -> list[str]:
    return [plan.id for plan in candidates(vultr_plans().values(), wanted, region, present)]


def _sized(vcpu: int, memory: int, **others: object) -> Wanted:
    return Wanted(vcpu=Decimal(vcpu), memory_gb=Decimal(memory), **others)  # type: ignore[arg-type]


def test_every_minimum_holds_and_the_cheapest_is_first() -> None:
    found = _ids(_sized(4, 16))
    assert found[0] == "vc2-6c-16gb"
    assert found[1] == "vhp-8c-16gb-amd"
    plans = vultr_plans()
    for plan in (plans[name] for name in found):
        assert plan.vcpus is not None
        assert plan.vcpus >= 4
        assert plan.memory_mb is not None
        assert plan.memory_mb >= 16 * 1024
    prices = [plans[name].price_in("") or Decimal(0) for name in found]
    assert prices == sorted(prices)


def test_dedicated_processors_leave_out_shared_ones_and_the_other_way_round() -> None:
    assert _ids(_sized(4, 16, cpu="dedicated"))[0] == "voc-g-4c-16gb-80s-amd"
    shared = _ids(_sized(4, 16, cpu="shared"))
    assert shared
    assert all(name.startswith(("vc2", "vhf", "vhp")) for name in shared)


def test_disk_gpu_and_ceiling_are_minima_and_a_maximum() -> None:
    assert _ids(Wanted(disk_gb=Decimal(5000)))[0].startswith("voc-s-24c")
    cards = _ids(Wanted(gpu="a100", gpu_memory_gb=Decimal(80)))
    assert cards[0] == "vcg-a100-12c-120g-80vram"
    assert set(_ids(Wanted(gpu="any"))) > set(cards)
    assert _ids(Wanted(max_monthly=Decimal(5))) == ["vc2-1c-1gb"]
    assert _ids(Wanted(max_monthly=Decimal("4.99"))) == []


def test_of_equal_prices_the_one_with_more_memory_is_first_then_more_processors() -> None:
    found = _ids(Wanted(memory_gb=Decimal(8), cpu="shared", max_monthly=Decimal(48)))
    assert found == ["vc2-4c-8gb", "vhp-4c-8gb-amd", "vhp-4c-8gb-intel", "vhf-3c-8gb"]


def test_free_sold_out_and_preemptible_plans_are_left_out() -> None:
    plan = vultr_plans()["vc2-1c-1gb"]
    for changed in (
        replace(plan, one_an_account=True),
        replace(plan, locations=frozenset()),
        replace(plan, on_demand=False),
        replace(plan, monthly=None),
    ):
        assert candidates([changed], Wanted(), None, None) == []
    assert candidates([plan], Wanted(), None, None) == [plan]


def test_the_price_is_that_of_the_region() -> None:
    plan = replace(vultr_plans()["vc2-1c-1gb"], regional={"sao": Decimal("7.50")})
    assert candidates([plan], Wanted(max_monthly=Decimal(5)), "sao", None) == []
    assert candidates([plan], Wanted(max_monthly=Decimal(5)), "ewr", None) == [plan]


def test_a_plan_is_there_by_its_regions_or_the_availability_and_else_not_or_unknown() -> None:
    """E18: without the availability nobody knows."""
    plan = vultr_plans()["vcg-a40-24c-120g-48vram"]
    assert deployable(plan, None) == "yes"
    assert deployable(plan, "blr") == deployable(plan, "blr", frozenset()) == "yes"
    assert deployable(plan, "ewr") == "unknown"
    assert deployable(plan, "ewr", frozenset({plan.id})) == "yes"
    assert deployable(plan, "ewr", frozenset({"vc2-1c-1gb"})) == "no"
    assert deployable(plan, "ewr", frozenset()) == "no"


def test_the_availability_is_asked_for_where_a_plan_does_not_name_the_region() -> None:
    """E18."""
    gpu = Comparison(Wanted(gpu="A40"), "fra")
    assert availability_wanted(_snapshot(), gpu) == [DetailRequest("region_availability", "fra")]
    named = Comparison(Wanted(max_monthly=Decimal(5)), "ewr")
    for asked in (Comparison(Wanted(gpu="A40")), named):
        assert availability_wanted(_snapshot(), asked) == []


def _present(name: str, region: str = "ewr", **fields: object) -> Present:
    plan = vultr_plans()[name]
    return replace(Present(name, plan, region, plan.price_in(region)), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (40, "`web`, `vc2-4c-8gb`, costs $44.00 a month; the same plan costs $40.00 in `fra`, "),
        (44, "no plan in `fra` with at least its shape costs less (next: `vc2-4c-8gb`, $44.00, "),
        (50, "(next: `vc2-4c-8gb`, $50.00, +$6.00)"),
    ],
)
def test_in_another_region_the_servers_own_plan_is_a_choice(there: int, said: str) -> None:
    """E21: a server in New Jersey at 44.00, and the price of the same plan in Frankfurt."""
    prices = {"ewr": Decimal(44), "fra": Decimal(there)}
    plan = replace(vultr_plans()["vc2-4c-8gb"], regional=prices, locations=frozenset(prices))
    offer = PriceList(plans={plan.id: plan}, table={})
    web = Present("web", plan, "ewr", Decimal(44), server="1")
    report = _report(Comparison(Wanted(), "fra", web), _snapshot(offer=offer))
    assert report.best is not None
    assert (report.best.plan, report.best.change) == (plan.id, there - 44)
    assert said in headline_plans(report)
    stays = _report(Comparison(Wanted(), "ewr", web), _snapshot(offer=offer))
    assert stays.best is None


def test_like_a_plan_lists_what_has_at_least_its_shape_and_class_there() -> None:
    present = _present("voc-g-4c-16gb-80s-amd")
    found = _ids(Wanted(), "ewr", present)
    assert present.plan.id in found
    assert not any(name.startswith(("vc2", "vhf", "vhp", "vcg")) for name in found)
    for plan in (vultr_plans()[name] for name in found):
        assert "ewr" in plan.locations
        assert (plan.disk_gb or 0) >= 80


def test_like_a_gpu_plan_lists_the_same_model_with_at_least_its_gpu_memory() -> None:
    found = _ids(Wanted(), "fra", _present("vcg-a100-3c-30g-20vram", "fra"))
    assert found == [
        "vcg-a100-3c-30g-20vram",
        "vcg-a100-6c-60g-40vram",
        "vcg-a100-12c-120g-80vram",
        "vcg-a100-24c-240g-160vram",
        "vcg-a100-48c-480g-320vram",
    ]


def test_a_server_with_an_ipv4_address_is_not_compared_with_plans_without_one() -> None:
    small = vultr_plans()["vc2-1c-1gb"]
    without = replace(small, id="vc2-1c-1gb-v6", monthly=Decimal("3.50"), ipv6_only=True)
    present = Present("web", small, "ewr", Decimal(5), server="1", needs_ipv4=True)
    assert candidates([small, without], Wanted(), "ewr", present) == [small]
    alone = Present("web", without, "ewr", Decimal("3.50"), server="1")
    assert candidates([small, without], Wanted(), "ewr", alone) == [without, small]


def _report(asked: Comparison, snapshot: Snapshot | None = None, limit: int = 10) -> PlansReport:
    return compare_plans(snapshot or _snapshot(), asked, limit=limit)


def test_a_row_says_what_a_gb_and_a_vcpu_cost_and_what_changes() -> None:
    report = _report(Comparison(Wanted(), "ewr", _present("vc2-4c-8gb")), limit=2)
    own, other = report.plans
    assert (own.plan, own.monthly, own.per_gb, own.per_vcpu) == ("vc2-4c-8gb", 40, 5, 10)
    assert (own.change, own.how) == (0, None)
    assert (other.monthly, other.change) == (48, 8)
    assert report.best is not None
    assert report.best.change == 8
    assert report.omitted.count == report.count - 2


def test_how_is_resize_for_a_legal_upgrade_rebuild_for_another_and_null_unread() -> None:
    present = _present("vc2-4c-8gb", server="web", label="web")
    asked = Comparison(Wanted(), "ewr", present)
    read = _snapshot(upgrades={"web": frozenset({"vc2-6c-16gb"})})
    how = {row.plan: row.how for row in _report(asked, read).plans}
    assert how["vc2-6c-16gb"] == "resize"
    assert how["vhp-4c-8gb-amd"] == "rebuild"
    assert how["vc2-4c-8gb"] is None
    assert {row.how for row in _report(asked).plans} == {None}


def test_a_part_of_a_gpu_is_said_and_has_no_match_elsewhere() -> None:
    report = _report(Comparison(Wanted(gpu="A40"), "lhr", None, ("aws", "gcp")))
    row = next(row for row in report.plans if row.plan == "vcg-a40-12c-60g-24vram")
    assert row.gpu is not None
    assert (row.gpu.model, row.gpu.cards, row.gpu.memory_gb) == ("A40", "1/2", 24)
    assert {match.instance for match in row.elsewhere} == {None}
    assert {match.why for match in row.elsewhere} == {"a part of a GPU is not compared"}


def test_the_example_of_four_dedicated_processors_and_16_gb_in_the_united_states() -> None:
    """Worked out by hand from the bundled table (E24)."""
    asked = Comparison(
        _sized(4, 16, cpu="dedicated"),
        "ewr",
        None,
        ("gcp", "azure", "digitalocean", "aws", "linode", "hetzner"),
    )
    row = _report(asked, limit=1).plans[0]
    assert (row.plan, row.monthly) == ("voc-g-4c-16gb-80s-amd", 120)
    found = [(m.provider, m.instance, m.monthly, m.difference) for m in row.elsewhere]
    assert found == [
        ("gcp", "n2d-standard-4", Decimal("123.36"), Decimal("3.36")),
        ("azure", "Standard_D4as_v5", Decimal("125.56"), Decimal("5.56")),
        ("digitalocean", "g-4vcpu-16gb", Decimal("126.00"), Decimal("6.00")),
        ("aws", "m6a.xlarge", Decimal("126.14"), Decimal("6.14")),
        ("linode", "g6-dedicated-8", Decimal("144.00"), Decimal("24.00")),
        ("hetzner", None, None, None),
    ]
    assert row.elsewhere[4].excess is not None
    assert row.elsewhere[4].excess.vcpu == 2


@pytest.mark.parametrize(
    ("region", "why"), [("sgp", NO_GROUP), ("xyz", NO_GROUP), (None, ""), ("fra", "")]
)
def test_a_region_outside_europe_and_the_united_states_is_not_compared(
    region: str | None, why: str
) -> None:
    found = match_at("gcp", vultr_plans()["vc2-2c-4gb"], region, Places.of(REGIONS))
    assert (found if isinstance(found, str) else "") == why


def test_without_the_list_of_regions_nothing_is_compared_in_a_region() -> None:
    plan = vultr_plans()["vc2-2c-4gb"]
    assert match_at("gcp", plan, "fra", Places.of(None)) == NO_REGIONS


def _server(name: str, plan: str, region: str = "ewr", **fields: object) -> Resource:
    price = vultr_plans()[plan].monthly if plan in vultr_plans() else None
    server = Resource(name, "instance", name, region, plan=plan, price=price, state="running")
    return replace(server, **fields)  # type: ignore[arg-type]


def test_the_account_is_the_sum_of_servers_that_are_matched_each_alone() -> None:
    """E25: 120.00 and 120.00 here, 123.36 and 123.36 at Google Cloud; a stopped one is not seen."""
    servers = [
        _server("a", "voc-g-4c-16gb-80s-amd"),
        _server("b", "voc-g-4c-16gb-80s-amd"),
        _server("c", "voc-g-4c-16gb-80s-amd", "sgp"),
        _server("d", "voc-g-4c-16gb-80s-amd", state="stopped"),
        _server("e", "gone", price=Decimal(40)),
    ]
    (row,) = account_elsewhere(_snapshot(*servers), ["gcp"], None).elsewhere
    assert (row.here, row.there, row.difference) == (240, Decimal("246.72"), Decimal("6.72"))
    assert (row.matched.count, row.matched.of, row.matched.share_of_cost) == (2, 4, 60.0)
    assert {(one.why, one.count) for one in row.unmatched} == {
        (NO_GROUP, 1),
        ("the plan is no longer listed", 1),
    }


def test_where_nothing_is_matched_sums_are_null_and_never_zero() -> None:
    servers = [_server("c", "voc-g-4c-16gb-80s-amd", "sgp")]
    report = account_elsewhere(_snapshot(*servers), ["gcp"], None)
    (row,) = report.elsewhere
    assert (row.here, row.there, row.difference) == (None, None, None)
    assert row.matched.share_of_cost == 0.0
    assert report.oldest_price_day is None
    assert headline_plans(report).startswith("None of 1 running server")
    # D33: what could not be read may have a match.
    assert headline_plans(report, whole=False).startswith(
        "None of the 1 running server that could be read has a match"
    )


def test_under_half_of_the_cost_is_said_first() -> None:
    servers = [
        _server("a", "vc2-4c-8gb"),
        _server("b", "voc-g-4c-16gb-80s-amd", "sgp"),
    ]
    report = account_elsewhere(_snapshot(*servers), ["aws"], None)
    assert headline_plans(report).startswith("Under half of the cost has a match. ")
    whole = account_elsewhere(_snapshot(*servers[:1]), ["aws"], None)
    assert not headline_plans(whole).startswith("Under half")


def test_an_account_can_be_compared_in_one_region() -> None:
    servers = [_server("a", "vc2-4c-8gb"), _server("b", "vc2-4c-8gb", "fra")]
    report = account_elsewhere(_snapshot(*servers), ["aws"], "fra")
    assert report.count == 1
    assert report.filters == {"region": "fra"}


def test_a_server_without_a_price_counts_and_is_in_no_sum() -> None:
    servers = [_server("a", "vc2-4c-8gb"), _server("b", "vc2-4c-8gb", price=None)]
    (row,) = account_elsewhere(_snapshot(*servers), ["aws"], None).elsewhere
    assert (row.here, row.matched.count, row.matched.of) == (40, 1, 2)


def test_no_server_at_all_is_a_sentence() -> None:
    report = account_elsewhere(_snapshot(), ["aws"], None)
    assert headline_plans(report) == "No server is running: there is nothing to compare."
    assert headline_plans(report, whole=False).startswith("Whether a server is running is unknown")


def test_what_is_left_out_is_one_caveat_and_only_with_other_clouds() -> None:
    """E26."""
    asked = Comparison(_sized(2, 4), "fra", None, ("hetzner",))
    (left_out, rate) = _report(asked).caveats
    for word in ("transfer", "disk", "discounts", "tax", "public IPv4", "support", "8 Sep 2026"):
        assert word in left_out
    assert "1.1133" in rate
    assert _report(Comparison(_sized(2, 4), "fra")).caveats == ()


def test_nothing_on_offer_is_a_sentence() -> None:
    report = _report(Comparison(_sized(900, 1)))
    assert (
        headline_plans(report)
        == "No plan with at least 900 vCPU and at least 1 GB of memory is on offer."
    )
    assert render_plans(report) == []


def test_the_cheapest_is_one_that_the_region_is_known_to_have() -> None:
    report = _report(Comparison(Wanted(gpu="A40"), "lhr"))
    assert report.best is not None
    assert report.best.plan == "vcg-a40-12c-60g-24vram"
    assert "Whether the region has a cheaper one is unknown." in headline_plans(report)
    assert is_best_unsure(report)
    none = _report(Comparison(Wanted(gpu="A40"), "fra"))
    assert none.best is None
    assert "none of them is known to be offered there" in headline_plans(none)


def test_the_availability_changes_which_is_the_cheapest_and_nothing_else() -> None:
    """E18: prices and order stay."""
    asked = Comparison(Wanted(gpu="A40"), "lhr")
    unread = _report(asked)
    first = unread.plans[0].plan
    assert unread.plans[0].deployable == "unknown"
    has = _report(asked, _snapshot(offered={"lhr": frozenset({first})}))
    assert has.best is not None
    assert (has.best.plan, has.plans[0].deployable) == (first, "yes")
    lacks = _report(asked, _snapshot(offered={"lhr": frozenset({"vc2-1c-1gb"})}))
    assert lacks.best == unread.best
    assert lacks.plans[0].deployable == "no"
    assert "cheaper one is unknown" not in headline_plans(lacks)
    assert not is_best_unsure(lacks)
    assert "not deployable there now" in "".join(render_plans(lacks))
    for one in (has, lacks):
        assert one.count == unread.count
        assert [(row.plan, row.monthly) for row in one.plans] == [
            (row.plan, row.monthly) for row in unread.plans
        ]
        assert not any("availability" in caveat for caveat in one.caveats)
    assert any("Ask again in a minute" in caveat for caveat in unread.caveats)


def test_an_unknown_plan_after_the_cheapest_leaves_it_sure() -> None:
    """E18: its own plan, which is first, is no choice."""
    after = _report(Comparison(Wanted(), "ewr"), limit=200)
    assert any(row.deployable == "unknown" for row in after.plans)
    assert not is_best_unsure(after)
    own = _present("vcg-a40-24c-120g-48vram", "fra")
    like = _report(Comparison(Wanted(), "fra", own))
    assert [row.deployable for row in like.plans][:1] == ["unknown"]
    assert not is_best_unsure(like)


def test_where_no_plan_is_deployable_the_first_sentence_says_so() -> None:
    """E18: of plans that are not shown only that none is known to be there."""
    asked = Comparison(Wanted(gpu="A40"), "fra")
    snapshot = _snapshot(offered={"fra": frozenset({"vc2-1c-1gb"})})
    assert headline_plans(_report(asked, snapshot, 50)).endswith(
        "none of them is deployable there now."
    )
    assert "is known to be offered there" in headline_plans(_report(asked, snapshot, 1))


def test_a_vx1_plan_without_a_disk_and_one_without_ipv4_are_explained() -> None:
    base = vultr_plans()["vx1-g-2c-8g"]
    plan: ListPlan = replace(base, disk_gb=Decimal(1), locations=frozenset({"ewr"}), ipv6_only=True)
    snapshot = _snapshot(offer=PriceList(plans={plan.id: plan}, table={}))
    caveats = " ".join(_report(Comparison(Wanted(), "ewr"), snapshot).caveats)
    assert "boot volume" in caveats
    assert "no IPv4 address" in caveats
