"""Plans that Terraform 1.11 made of drift, forget, moves, odd keys and unknown values (E8 to E19).

Reduced to what is read. Every amount is computed by hand: in the middle of November a server of
20.00 begins with 13.31 and stops with 20.00 - 8.16 = 11.84, one of 40.00 with 26.61 and 23.69.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.estimate.book import HERE, PRICES, clock
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.estimate.changes import PricedChange, price_change
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan
from vultr_cost_mcp.questions.estimate.terraform_reducer import reduced

FOLDER = HERE / "further"
DOWN = "Vultr refuses a smaller plan in place"
SMALLER = "Vultr refuses to make a volume smaller"
BLUE, GREEN = 'module.tier["blue.1"]', 'module.tier["green]"]'
# By address: dollars a month before and after, and in the rest of the month.
LINES: dict[str, dict[str, tuple[str, str, str]]] = {
    # The server grew from 20.00 to 40.00 and the volume from 100 to 300 GB outside of Terraform.
    "drift": {
        "vultr_instance.drifted": ("40.00", "20.00", "-10.38"),
        "vultr_block_storage.drifted": ("30.00", "10.00", "-11.10"),
    },
    "moved_and_forgotten": {
        "vultr_instance.forgotten": ("40.00", "40.00", "0.00"),
        'vultr_instance.odd["a.b"]': ("10.00", "0.00", "-5.92"),
        # 7.50 and 1.50 of backups stop with 4.44 and 0.88.
        "module.one.vultr_instance.here": ("9.00", "20.00", "7.99"),
        f"{BLUE}.vultr_instance.a[0]": ("20.00", "40.00", "14.77"),
        f"{BLUE}.vultr_instance.a[1]": ("20.00", "40.00", "14.77"),
        f"{BLUE}.vultr_instance.a[2]": ("0.00", "40.00", "26.61"),
        # The same plan in another region.
        f"{GREEN}.vultr_instance.a[0]": ("24.00", "24.00", "1.76"),
        f"{GREEN}.vultr_instance.a[1]": ("24.00", "24.00", "1.76"),
        f"{GREEN}.vultr_instance.a[2]": ("0.00", "24.00", "15.97"),
    },
    "destroy_odd_keys": {
        "vultr_instance.drifted": ("20.00", "0.00", "-11.84"),
        "vultr_block_storage.drifted": ("10.00", "0.00", "-5.92"),
        "vultr_instance.forgotten": ("40.00", "0.00", "-23.69"),
        "vultr_instance.old_name": ("20.00", "0.00", "-11.84"),
        "vultr_instance.moved_and_resized": ("9.00", "0.00", "-5.32"),
        "vultr_load_balancer.lb": ("10.00", "0.00", "-5.92"),
        **{
            f"vultr_instance.odd[{key}]": ("10.00", "0.00", "-5.92")
            for key in (
                '"@octocat"',
                '"a.b"',
                '"a|b`c"',
                '"module.x"',
                '"we\\"b"',
                '"x]y[0"',
                '"ünï"',
            )
        },
        **{f"{BLUE}.vultr_instance.a[{n}]": ("20.00", "0.00", "-11.84") for n in (0, 1)},
        **{f"{GREEN}.vultr_instance.a[{n}]": ("24.00", "0.00", "-14.21") for n in (0, 1)},
        **{
            f"{tier}.module.inner[{n}].vultr_block_storage.v": ("1.00", "0.00", "-0.59")
            for tier in (BLUE, GREEN)
            for n in (0, 1)
        },
    },
    # What an interrupted replacement left behind stops, beside the server that goes on.
    "deposed": {"vultr_instance.drifted": ("40.00", "0.00", "-23.69")},
    "import_each": {
        'vultr_instance.adopted["one"]': ("20.00", "20.00", "1.47"),
        'vultr_instance.adopted["two"]': ("20.00", "40.00", "14.77"),
        "vultr_block_storage.v": ("1.00", "2.00", "0.75"),
    },
    "unknown": {
        # The price is the same everywhere; backups are a fifth of it.
        "vultr_instance.region_unknown_one_price": ("0.00", "24.00", "15.98"),
        "vultr_instance.backups_unknown": ("0.00", "40.00", "26.61"),
        "vultr_instance.same_plan": ("0.00", "40.00", "26.61"),
        "vultr_instance.vx1": ("0.00", "111.60", "69.61"),
        "vultr_kubernetes.pools_unknown": ("0.00", "60.00", "39.93"),
        "vultr_kubernetes_node_pools.in_that_cluster": ("0.00", "80.00", "53.22"),
    },
    "refresh_with_drift": {},
    "empty": {},
}
# Dollars a month before and after, and in the rest of the month, with what goes on unchanged.
TOTALS = {
    "drift": ("311.00", "271.00", "-21.48"),
    "moved_and_forgotten": ("271.00", "376.00", "77.71"),
    "destroy_odd_keys": ("271.00", "0.00", "-160.43"),
    "deposed": ("311.00", "271.00", "-23.69"),
    "import_each": ("41.00", "62.00", "16.99"),
    "unknown": ("0.00", "355.60", "231.96"),
    "refresh_with_drift": ("0.00", "0.00", "0.00"),
    "empty": ("0.00", "0.00", "0.00"),
}
UNKNOWN: dict[str, list[tuple[str, str | None, str | None]]] = {
    "vultr_block_storage.size_unknown": [("size_gb is not known until apply", None, None)],
    "vultr_block_storage.type_unknown": [
        ("block_type is not set: $5.00 (HDD) or $20.00 (NVMe)", "5.00", "20.00")
    ],
    "vultr_instance.backups_unknown": [
        ("not known until apply", "0.00", "8.00"),
        ("not known until apply", "0.00", "10.00"),
    ],
    "vultr_instance.plan_unknown": [("plan is not known until apply", None, None)],
    "vultr_instance.region_unknown_two_prices": [
        ("region is not known until apply", "5.00", "7.50")
    ],
    "vultr_kubernetes.quantity_unknown": [
        ("node_quantity is not known until apply", "40.00", "100.00")
    ],
    "vultr_load_balancer.nodes_unknown": [("nodes is not known until apply", None, None)],
    "vultr_reserved_ip.type_unknown": [("ip_type is not known until apply", None, None)],
    "vultr_snapshot.of_known": [
        (
            "its size is not known until it is made; at most the server's disk at $0.05 a GB",
            "0.00",
            "8.00",
        )
    ],
    "vultr_snapshot.of_unknown": [("its size is not known until it is made", "0.00", None)],
}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text("utf-8")


def priced(text: str) -> list[PricedChange]:
    return [price_change(change, PRICES, clock()) for change in read_plan(text).changes]


def dollars(*amounts: Any) -> tuple[str, ...]:
    return tuple(f"{amount:.2f}" for amount in amounts)


@pytest.mark.parametrize("name", LINES)
def test_every_line_is_right_to_the_cent(name: str) -> None:
    seen = {
        change.what: dollars(change.before, change.after, change.this_month)
        for change in priced(text_of(name))
        if change.is_seen
    }
    assert seen == LINES[name]


@pytest.mark.parametrize("name", TOTALS)
def test_the_totals_are_right_to_the_cent(name: str) -> None:
    changes = priced(text_of(name))
    found = [total_of(getattr(row, side) for row in changes) for side in ("before", "after")]
    assert dollars(*found, total_of(row.this_month for row in changes)) == TOTALS[name]


def test_every_folder_file_has_its_expected_lines() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(LINES) == set(TOTALS)


def test_what_is_not_known_is_named_with_its_range() -> None:
    """E12."""
    found = {
        change.what: [
            (row.why, *(None if side is None else f"{side:.2f}" for side in (row.low, row.high)))
            for row in change.unpriced
        ]
        for change in priced(text_of("unknown"))
        if change.unpriced
    }
    assert found == UNKNOWN


def test_a_line_names_its_parts_that_are_not_counted() -> None:
    by_address = {change.what: change for change in priced(text_of("unknown"))}
    assert by_address["vultr_instance.backups_unknown"].notes == (
        "not counted: backups, DDoS protection",
    )
    assert by_address["vultr_instance.same_plan"].notes == ()


def test_what_drifted_up_cannot_be_taken_back_in_place() -> None:
    """E17."""
    refused = {change.what: change.would_fail for change in priced(text_of("drift"))}
    assert {what: why for what, why in refused.items() if why} == {
        "vultr_instance.drifted": DOWN,
        "vultr_block_storage.drifted": SMALLER,
    }


def test_what_is_forgotten_is_still_billed_and_what_moved_is_no_line() -> None:
    """E11."""
    changes = priced(text_of("moved_and_forgotten"))
    assert [row.what for row in changes if row.still_billed] == ["vultr_instance.forgotten"]
    (moved,) = (row for row in changes if row.what == "vultr_instance.new_name")
    assert (moved.is_seen, moved.before) == (False, 20)


def test_instances_with_any_key_share_the_address_of_their_resource() -> None:
    """E19."""
    rows = [row for row in priced(text_of("destroy_odd_keys")) if ".odd[" in row.what]
    assert {row.many for row in rows} == {"vultr_instance.odd"}
    assert len(rows) == 7


@pytest.mark.parametrize("name", ["refresh_with_drift", "empty"])
def test_a_plan_without_changes_says_so(name: str) -> None:
    plan = read_plan(text_of(name))
    assert plan.changes == ()
    assert plan.notes == ("The plan has no changes: it is empty, or only refreshes the state.",)


@pytest.mark.parametrize("name", LINES)
def test_a_reduced_plan_can_be_reduced_again(name: str) -> None:
    text = text_of(name)
    assert json.dumps(reduced(json.loads(text))) == json.dumps(json.loads(text))


def row(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    kind, name = address.split(".")[-2:]
    stated = {"actions": actions, "before": None, "after": None, **change}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": stated}


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.2", "1.9"])
def test_every_format_is_priced_alike(version: str) -> None:
    plan = json.loads(text_of("moved_and_forgotten")) | {"format_version": version}
    whole = total_of(change.change for change in priced(json.dumps(plan)))
    assert dollars(whole) == ("105.00",)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"after": None, "after_unknown": True}, "the plan does not say what happens to it"),
        ({"after": {}, "after_unknown": True}, "plan is not known until apply"),
        ({"after": {"plan": None}}, "plan is not set"),
    ],
)
def test_a_server_of_which_nothing_is_known_has_no_price(change: dict[str, Any], why: str) -> None:
    """E12: never zero without a word."""
    server = row("vultr_instance.a", ["create"], **change)
    (one,) = priced(json.dumps({"format_version": "1.2", "resource_changes": [server]}))
    assert why in [lack.why for lack in one.unpriced]
    assert not one.is_seen


@pytest.mark.parametrize(
    ("kind", "after", "unknown", "lacking"),
    [
        ("vultr_kubernetes", {"region": "fra"}, {"node_pools": True}, ["node pools"]),
        ("vultr_kubernetes", {"node_pools": [None]}, {"node_pools": [True]}, ["plan"]),
        (
            "vultr_database",
            {"plan": "vultr-dbaas-startup-cc-2-80-4"},
            {"read_replicas": True},
            ["read replicas"],
        ),
        (
            "vultr_instance",
            {"plan": "vx1-g-4c-16g", "region": "ewr"},
            {"block_devices": True},
            ["boot volume"],
        ),
        (
            "vultr_instance",
            {"plan": "vx1-g-4c-16g", "region": "ewr", "block_devices": [{}]},
            {"block_devices": [{"disk_size": True}]},
            ["boot volume"],
        ),
    ],
)
def test_a_block_that_is_not_known_yet_is_named(
    kind: str, after: dict[str, Any], unknown: dict[str, Any], lacking: list[str]
) -> None:
    """E12."""
    one = row(f"{kind}.a", ["create"], after=after, after_unknown=unknown)
    (change,) = priced(json.dumps({"format_version": "1.2", "resource_changes": [one]}))
    assert [lack.what for lack in change.unpriced] == lacking


def test_deferred_changes_are_named_and_invocations_of_actions_cost_nothing() -> None:
    """E11: Terraform alone writes either."""
    small = {"plan": "vc2-2c-4gb", "region": "fra"}
    plan = {
        "format_version": "1.2",
        "complete": False,
        "resource_changes": [row("vultr_instance.a", ["create"], after=small)],
        "deferred_changes": [
            {
                "reason": "absent_prereq",
                "resource_change": row("vultr_database.d", ["create"], after=small),
            }
        ],
        "action_invocations": [{"address": "action.x", "type": "vultr_reboot", "config_values": 1}],
    }
    made, waits = priced(json.dumps(plan))
    assert dollars(made.after, waits.after) == ("20.00", "0.00")
    assert [lack.why for lack in waits.unpriced] == ["Terraform deferred it: absent prereq"]
    assert priced(json.dumps(reduced(plan))) == [made, waits]


@pytest.mark.parametrize("name", ["drift", "deposed", "import_each", "destroy_odd_keys"])
def test_before_and_after_exchanged_cost_the_opposite_a_month(name: str) -> None:
    """E9, E10, E19."""
    turned = {"create": "delete", "delete": "create"}
    plan = json.loads(text_of(name))
    for changed in plan["resource_changes"]:
        change = changed["change"]
        change["before"], change["after"] = change.get("after"), change.get("before")
        if len(change["actions"]) == 1:
            change["actions"] = [turned.get(word, word) for word in change["actions"]]
        change.pop("after_unknown", None)
    there, back = (
        total_of(row.change for row in priced(text)) for text in (text_of(name), json.dumps(plan))
    )
    assert there == -back != 0
