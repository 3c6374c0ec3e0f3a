"""The oracle against numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random  # noqa: TID251  (seeded by the test)
from typing import TYPE_CHECKING, Any

import pytest

from tests.oracle import ALL_QUIRKS, PLAIN, Filters, Oracle, differences, make_account
from tests.oracle.pricing import accrued, cap_for, is_over
from tests.oracle.reading import address_in, label_in, service_of, without_brackets
from tests.support.double import Account

if TYPE_CHECKING:
    from tests.support.double import Row

NOW = datetime(2026, 11, 19, 11, 20, 52, tzinfo=UTC)
OLD = "2026-03-01T00:00:00+00:00"
GROUPINGS = (
    "service", "product", "region", "tag", "plan", "compute_class", "cluster", "resource",
)  # fmt: skip


def line(text: str, product: str, price: str, total: str, **changes: Any) -> Row:
    """A running hourly line of 444 hours."""
    row: Row = {
        "description": text,
        "product": product,
        "start_date": "2026-11-01T00:00:00+00:00",
        "end_date": NOW.isoformat(),
        "units": 444,
        "unit_type": "hours",
        "unit_price": Decimal(price),
        "total": Decimal(total),
    }
    return row | changes


def server(name: str, plan: str, address: str, **changes: Any) -> Row:
    """A running, old server in New Jersey."""
    row: Row = {
        "id": name, "label": name, "plan": plan, "region": "ewr", "main_ip": address,
        "hostname": name, "date_created": OLD, "status": "active", "power_status": "running",
        "features": [], "tags": [], "pending_charges": 0,
    }  # fmt: skip
    return row | changes


def plan(name: str, kind: str, monthly: str, **changes: Any) -> Row:
    """A plan without regional prices."""
    return {"id": name, "type": kind, "monthly_cost": Decimal(monthly), **changes}


def account() -> Account:
    """A web server with backups, a stopped one, a GPU, a loose volume, tax, credit and a ghost."""
    return Account(
        now=NOW,
        account={"balance": Decimal(-500), "pending_charges": Decimal("293.00")},
        plans=[
            plan("small", "vc2", "5", location_cost={"sao": {"monthly_cost": Decimal("7.5")}}),
            plan("gpu", "vcg", "350", gpu_brand="nvidia"),
        ],
        instances=[
            server("web", "small", "192.0.2.1", features=["auto_backups"], tags=["prod", "a"]),
            server("idle", "small", "192.0.2.2", region="SAO", power_status="stopped"),
            server("model", "gpu", "192.0.2.3", tags=["prod"]),
            server("kept", "small", "192.0.2.4", power_status="stopped", tags=["keep"]),
            server("late", "gone-plan", "192.0.2.5"),
        ],
        blocks=[
            {"id": "loose", "label": "loose", "cost": 10, "region": "AMS", "date_created": OLD,
             "attached_to_instance": "", "pending_charges": Decimal("6.61")},
        ],
        pending=[
            line("192.0.2.1 (1024 MB) [web]", "Vultr Cloud Compute", "0.0074", "3.31"),
            line("192.0.2.1 (1024 MB) [web]", "Automatic Backups", "0.00148809523809524", "0.67"),
            line("192.0.2.2 (1024 MB) [idle]", "Vultr Cloud Compute", "0.0112", "4.96"),
            line("192.0.2.3 (4096 MB) [model]", "Vultr Cloud GPU", "0.479452054794521", "212.88"),
            line("192.0.2.5 (768 MB) [late]", "Vultr Cloud Compute", "0.00520833333333", "2.32"),
            line("Block Storage (loose)", "Block Storage", "0.0149", "6.61"),
            line("192.0.2.99 (4096 MB) [ghost]", "Vultr Cloud Compute", "0.0298", "1.43", units=48,
                 end_date="2026-11-03T00:00:00+00:00"),
            line("192.0.2.1 (1024 MB) [web]", "Vultr Cloud Compute", "0.0074", "5",
                 start_date="2026-10-01T00:00:00+00:00", end_date="2026-11-01T00:00:00+00:00"),
            line("VAT 21%", "Tax", "61.82", "61.82", unit_type="tax"),
            line("Loyalty", "Discount", "-6", "-6", unit_type="discount"),
        ],
    )  # fmt: skip


@pytest.fixture
def oracle() -> Oracle:
    """The hand-made account's answers."""
    return Oracle(account(), NOW)


def test_accrual_by_hand() -> None:
    """444 hours of 5 dollars over 672 are 3.3035..., billed 3.31; 700 hours are the month."""
    assert accrued(Decimal(5), Decimal(444), Decimal(672)) == Decimal("3.31")
    assert accrued(Decimal(350), Decimal(444), Decimal(730)) == Decimal("212.88")
    assert accrued(Decimal(10), Decimal(720), Decimal(672)) == Decimal(10)


def test_a_unit_price_tells_its_hours() -> None:
    """0.0074 is 5/672, 0.1200 is 87.60/730; a float's last digit is forgiven."""
    cap = Decimal(672)
    assert cap_for(Decimal("0.0074"), Decimal(5), cap) == 672
    assert cap_for(Decimal("0.12"), Decimal("87.6"), cap) == 730
    assert is_over(Decimal("0.07142857142857142"), Decimal(48), cap)
    assert cap_for(Decimal("0.0052"), Decimal(5), cap) is None


def test_descriptions_are_read() -> None:
    """The memory is no label, a label may hold brackets and addresses."""
    assert label_in("192.0.2.1 (1024 MB) [a] b [c]") == "a] b [c"
    assert label_in("Load Balancer (x [y] (z))") == "x [y] (z)"
    assert label_in("192.0.2.1 (1024 MB)") == ""
    assert address_in("Load Balancer (192.0.2.1)") == ""
    assert address_in("192.0.2.1 (1024 MB) [192.0.2.2]") == "192.0.2.1"
    assert address_in("Reserved IP 203.0.113.9") == "203.0.113.9"
    assert without_brackets("192.0.2.1 (1 MB) [gpu] tail").split() == ["192.0.2.1", "tail"]


@pytest.mark.parametrize(
    ("unit_type", "product", "description", "service"),
    [
        ("overage", "Vultr Cloud Compute", "", "Networking"),
        ("discount", "Vultr Cloud Compute", "", "Credits and Discounts"),
        ("hours", "Block Storage Snapshot", "", "Snapshots"),
        ("hours", "Vultr Service", "Load Balancer (tax)", "Load Balancers"),
        ("hours", "Stripe Taxonomy", "192.0.2.1 (1024 MB) [gpu]", "Other"),
        ("hours", "Bare Metal GPU", "", "Bare Metal"),
        ("hours", "Automatic Backups", "", "Backups"),
    ],
)
def test_services(unit_type: str, product: str, description: str, service: str) -> None:
    """D11, first match."""
    assert service_of(unit_type, product, description) == service


def test_pending_by_hand(oracle: Oracle) -> None:
    """3.31+0.67+4.96+212.88+2.32+6.61+1.43 = 232.18 now, 5 of October, tax, discount."""
    got = oracle.pending()
    assert got["charges"] == "237.18"
    assert (got["tax"], got["credits_and_discounts"], got["total"]) == ("61.82", "-6.00", "293.00")
    assert (got["previous_month_unbilled"], got["difference"]) == ("5.00", "0.00")
    assert got["by_product"]["Vultr Cloud Compute"]["total"] == "17.02"
    assert oracle.pending("tax")["total"] == "61.82"


def test_monthly_costs_by_hand(oracle: Oracle) -> None:
    """List, region, add-on, 730 hours, and a retired plan known from its line."""
    rows = oracle.resource_costs()["resources"]
    got = {name: (row["monthly_cost"], row["price_source"]) for name, row in rows.items()}
    assert got == {
        "web": ("6.00", "list"),
        "idle": ("7.50", "list"),
        "model": ("350.00", "list"),
        "kept": ("5.00", "list"),
        "late": ("3.50", "billed"),
        "loose": ("10.00", "api"),
    }
    assert rows["web"]["month_to_date"] == "3.98"


def test_groups_by_hand(oracle: Oracle) -> None:
    """Tags counted twice, classes, and what nothing can be said about."""
    tags = oracle.breakdown("tag")
    assert tags["groups"] == {
        "prod": "216.86",
        "a": "3.98",
        "(counted under several tags)": "-3.98",
        "(untagged)": "13.89",
    }
    assert tags["unattributed"]["reasons"] == {
        "destroyed": "1.43",
        "ambiguous": "0.00",
        "no_match": "0.00",
        "not_a_resource": "55.82",
    }
    assert tags["total"] == "288.00"
    classes = oracle.breakdown("compute_class")["groups"]
    assert classes == {"cpu": "11.26", "gpu": "212.88", "unknown": "1.43", "not_compute": "6.61"}
    assert oracle.breakdown("region", Filters(service="Cloud Compute"))["groups"] == {
        "ewr": "5.63",
        "sao": "4.96",
    }


def test_idle_savings_and_overview_by_hand(oracle: Oracle) -> None:
    """One stopped server, one loose volume, one server that is kept."""
    assert oracle.idle()["stopped_monthly_cost"] == "7.50"
    assert oracle.idle()["exempt"] == {"count": 1, "monthly_cost": "5.00"}
    savings = oracle.savings()
    assert savings["recommendations"] == {"idle": "7.50", "loose": "10.00"}
    assert savings["total_annual_savings"] == "210.00"
    overview = oracle.overview()
    # 500 less 288 of November, and 5 of October that wait for their invoice.
    assert (overview["credit_left"], overview["uninvoiced"]) == ("207.00", "5.00")
    assert overview["run_rate"]["monthly"] == "382.00"
    # 5/672 + 1/672 + 7.5/672 + 350/730 + 3.5/672 + 10/672 = 0.51963...
    assert (overview["run_rate"]["hourly"], overview["run_rate"]["daily"]) == ("0.52", "12.47")


def test_ties_are_settled_by_own_charges() -> None:
    """Two balancers of one label: 6.61 is the first one's; equal charges are paired by order."""
    twins = [
        {"id": name, "label": "twin", "ipv4": "", "region": "ewr", "instances": [],
         "date_created": OLD, "pending_charges": Decimal(own)}
        for name, own in (("one", "6.61"), ("two", "2.10"))
    ]  # fmt: skip
    made = Account(
        now=NOW,
        account={"balance": 0, "pending_charges": 0},
        load_balancers=twins,
        pending=[line("Load Balancer (twin)", "Load Balancer", "0.0149", "6.61")],
    )
    assert Oracle(made, NOW).matches[0].resource == Oracle(made, NOW).resources[0]
    twins[1]["pending_charges"] = Decimal("6.61")
    (found,) = Oracle(made, NOW).matches
    assert (found.how, found.resource) == ("paired", Oracle(made, NOW).resources[0])


def test_snapshot_price_is_the_size_that_was_billed() -> None:
    """40 GB compressed, 80 GB large: 444 hours at 2.00 are 1.33, at 4.00 are 2.65."""
    gigabyte = 2**30
    made = Account(
        now=NOW,
        snapshots=[
            {"id": "shot", "description": "x", "date_created": OLD, "size": 80 * gigabyte,
             "compressed_size": 40 * gigabyte, "status": "complete"}
        ],
        pending=[line("Snapshot (x)", "Snapshot", "0.003", "1.33")],
    )  # fmt: skip
    assert Oracle(made, NOW).monthly(Oracle(made, NOW).resources[0]) == "2.00"
    made.pending[0]["total"] = Decimal("2.65")
    assert Oracle(made, NOW).monthly(Oracle(made, NOW).resources[0]) == "4.00"


@pytest.mark.parametrize("seed", range(12))
def test_random_accounts_add_up(seed: int) -> None:
    """Groups and the unattributed sum to the total, the reconciliation to the bill."""
    rng = Random(seed)  # noqa: S311  (seeded)
    now = NOW.replace(month=rng.randint(1, 12), day=rng.randint(1, 28))
    made = make_account(rng, now, size=6, quirks=PLAIN if seed % 3 == 0 else ALL_QUIRKS)
    oracle = Oracle(made, now)
    for group_by in GROUPINGS:
        got = oracle.breakdown(group_by)
        parts = [*got["groups"].values(), got["unattributed"]["total"]]
        assert sum(map(Decimal, parts)) == Decimal(got["total"]), group_by
    bill = oracle.resource_costs()["reconciliation"]
    parts = [total for name, total in bill.items() if name != "bill_month_to_date"]
    assert sum(map(Decimal, parts)) == Decimal(bill["bill_month_to_date"])


def test_one_seed_makes_one_account() -> None:
    """The same numbers in, the same account out."""
    first, second = (make_account(Random(7), NOW) for _ in "ab")  # noqa: S311  (seeded)
    assert first == second


def test_differences_are_told_in_words(oracle: Oracle) -> None:
    """An answer that agrees has none; a cent off, a missing and a strange row are each named."""
    expected = oracle.idle()
    rows = [{"id": name, **row} for name, row in expected["instances"].items()]
    answer = {**expected, "instances": rows}
    assert differences("list_idle_instances", expected, answer) == []
    strange = {**rows[0], "id": "strange"}
    off = {**answer, "stopped_monthly_cost": "7.51", "instances": [strange]}
    assert differences("list_idle_instances", expected, off) == [
        "stopped_monthly_cost: expected 7.50, got 7.51",
        "idle: missing (stopped)",
        "strange: not expected (stopped)",
    ]


def test_groups_are_compared_as_they_are_shown(oracle: Oracle) -> None:
    """Another name for what has no cluster, a cleaned label and a cut list are no differences."""
    expected = oracle.breakdown("cluster")
    assert expected["groups"] == {"(none)": "230.75"}
    answer: dict[str, Any] = {
        **expected,
        "groups": [
            {"name": "(no cluster)", "total": "230.75", "line_count": 6,
             "share_percent": expected["shares"]["(none)"]}
        ],
    }  # fmt: skip
    assert differences("breakdown_by_service", expected, answer) == []
    answer["groups"] = []
    assert differences("breakdown_by_service", expected, answer) == [
        "groups + omitted + unattributed: expected 288.00, got 57.25",
        "group (none): missing (230.75)",
    ]


def test_sums_of_savings_by_hand(oracle: Oracle) -> None:
    """The stopped server would still cost 7.50 - 4.96, the loose volume 10.00 - 6.61: 5.93."""
    found = oracle.savings()
    assert found["saves_this_month"] == "5.93"
    assert found["net_monthly_savings"] == found["total_monthly_savings"] == "17.50"
    assert found["by_action"] == {
        "delete_stopped_server": (1, Decimal("7.50")),
        "delete_unattached_volume": (1, Decimal(10)),
    }
    end = Decimal(oracle.overview()["projected_month_end"])
    assert Decimal(found["month_end_if_done"]) == end - Decimal("5.93")


def test_credit_and_gpus_by_hand(oracle: Oracle) -> None:
    """500.00 credit; 212.88 of charges are of the GPU; one server is stopped, one is kept."""
    found = oracle.overview()
    assert found["credit"]["credit"] == "500.00"
    assert found["gpu"]["month_to_date"] == "212.88"
    assert found["stopped"] == (1, 1, 0)
    top_up = found["top_up"]
    assert top_up is not None
    assert Decimal(top_up["amount"]) % 10 == 0
