"""Terraform plans to the cent, as Terraform 1.11 and 1.15 wrote them (E8 to E15, E19)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.estimate.book import HERE, PRICES, clock
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.estimate.changes import PricedChange, price_change
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan
from vultr_cost_mcp.questions.estimate.terraform_reducer import reduced

EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text("utf-8"))
FOLLOWING = "vultr_database_replica.r"


def text_of(name: str) -> str:
    return (HERE / "plans" / name).read_text("utf-8")


def priced(text: str) -> list[PricedChange]:
    return [price_change(change, PRICES, clock()) for change in read_plan(text).changes]


def plan_of(*rows: dict[str, Any], **more: Any) -> str:
    return json.dumps({"format_version": "1.2", "resource_changes": rows, **more})


def row(
    address: str,
    actions: list[str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **change: Any,
) -> dict[str, Any]:
    kind, name = address.split(".")[-2:]
    stated = {"actions": actions, "before": before, "after": after, **change}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": stated}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_line_of_a_plan_is_right_to_the_cent(name: str) -> None:
    """E9, E10, E12, E13."""
    seen = {
        change.what: [
            f"{amount:.2f}" for amount in (change.before, change.after, change.this_month)
        ]
        for change in priced(text_of(name))
        if change.is_seen
    }
    expected = dict(EXPECTED[name]["lines"])
    if name == "change.json":
        # Nothing of the replica changes but the plan of its database, and with that its price.
        expected[FOLLOWING] = ["60.00", "100.00", "30.99"]
    assert seen == expected


@pytest.mark.parametrize("name", EXPECTED)
def test_the_totals_of_a_plan_are_the_sums_of_its_lines(name: str) -> None:
    """E19."""
    plan = read_plan(text_of(name))
    changes = [price_change(change, PRICES, clock()) for change in plan.changes]
    expected = EXPECTED[name]
    assert f"{total_of(c.before for c in changes):.2f}" == expected["monthly_before"]
    assert f"{total_of(c.after for c in changes):.2f}" == expected["monthly_after"]
    assert f"{total_of(c.this_month for c in changes):.2f}" == expected["rest_of_this_month"]
    assert sorted(c.what for c in changes if c.unpriced) == sorted(expected["unpriced"])
    assert sum(c.unpriced_unchanged for c in changes) == expected["unpriced_unchanged"]
    assert plan.free_changes == expected["free_changes"]
    assert total_of(c.change for c in changes if c.is_seen) == Decimal(expected["monthly_change"])


def test_a_plan_that_only_refreshes_changes_nothing() -> None:
    plan = read_plan(text_of("refresh_only.json"))
    assert plan.changes == ()
    assert plan.notes == ("The plan has no changes: it is empty, or only refreshes the state.",)


def test_a_plan_of_some_targets_says_that_it_is_not_all() -> None:
    assert "not complete" in " ".join(read_plan(text_of("target.json")).notes)
    assert "met an error" in " ".join(read_plan(plan_of(errored=True)).notes)


@pytest.mark.parametrize("path", sorted((HERE / "plans").glob("*.json")), ids=lambda p: p.name)
def test_a_reduced_plan_is_read_like_the_whole_one(path: Path) -> None:
    whole = json.loads(path.read_text("utf-8"))
    assert read_plan(json.dumps(reduced(whole))) == read_plan(json.dumps(whole))


def test_the_whole_plan_of_terraform_is_read_like_its_reduced_form() -> None:
    whole = (HERE / "whole_with_secrets.json").read_text("utf-8")
    assert priced(whole) == priced(text_of("create.json"))
    assert priced(json.dumps(reduced(json.loads(whole)))) == priced(whole)


def test_data_other_providers_and_reads_are_left_out() -> None:
    """E11."""
    ours = row("vultr_instance.a", ["read"], None, {"plan": "vc2-2c-4gb"})
    data = {**row("vultr_instance.b", ["create"], None, {"plan": "vc2-2c-4gb"}), "mode": "data"}
    other = row("aws_instance.c", ["create"], None, {"plan": "vc2-2c-4gb"})
    changes = priced(plan_of(ours, data, other))
    assert [(c.what, c.is_seen) for c in changes] == [("vultr_instance.a", False)]


def test_an_import_a_move_and_a_deposed_object() -> None:
    """E11."""
    small = {"id": "s", "plan": "vc2-2c-4gb", "region": "fra"}
    moved = {**row("vultr_instance.a", ["no-op"], small, small), "previous_address": "x"}
    imported = row("vultr_instance.b", ["no-op"], small, small, importing={"id": "s"})
    deposed = {**row("vultr_instance.c", ["delete"], small), "deposed": "0badcafe"}
    changes = priced(plan_of(moved, imported, deposed))
    assert [f"{c.change:.2f}" for c in changes] == ["0.00", "0.00", "-20.00"]


@pytest.mark.parametrize("actions", [["forget"], ["create", "forget"], ["forget", "create"]])
def test_forgetting_in_either_order_leaves_it_running(actions: list[str]) -> None:
    """E11: Terraform and OpenTofu."""
    small = {"id": "s", "plan": "vc2-2c-4gb", "region": "fra"}
    after = small if "create" in actions else None
    (change,) = priced(plan_of(row("vultr_instance.a", actions, small, after)))
    assert change.still_billed
    assert change.change == (20 if after else 0)


def test_what_is_deferred_is_named_with_its_reason() -> None:
    """E11."""
    inner = row("vultr_instance.a", ["create"], None, {"plan": "vc2-2c-4gb"})
    free = row("vultr_vpc.v", ["create"], None, {})
    deferred = [
        {"reason": "instance_count_unknown", "resource_change": inner},
        {"reason": "provider_config_unknown", "resource_change": free},
    ]
    (change,) = priced(plan_of(deferred_changes=deferred))
    assert [lack.why for lack in change.unpriced] == [
        "Terraform deferred it: instance count unknown"
    ]


def test_a_value_that_another_resource_gives_is_followed_within_its_module() -> None:
    """E12."""
    first = row("module.m[0].vultr_instance.a", ["create"], None, {"plan": "vc2-4c-8gb"})
    second = row("module.m[0].vultr_instance.b", ["create"], None, {}, after_unknown={"plan": True})
    for change in (first, second):
        change["module_address"] = "module.m[0]"
    named = {"references": ["vultr_instance.a.plan", "vultr_instance.a"]}
    inner = {"resources": [{"type": "vultr_instance", "name": "b", "expressions": {"plan": named}}]}
    configuration = {"root_module": {"module_calls": {"m": {"module": inner}}}}
    assert [c.after for c in priced(plan_of(first, second, configuration=configuration))] == [
        40,
        40,
    ]
    named["references"] = ["vultr_instance.a.plan", "vultr_instance.a", "var.other"]
    lacking = priced(plan_of(first, second, configuration=configuration))[1]
    assert [lack.why for lack in lacking.unpriced] == ["plan is not known until apply"]


def test_a_type_that_nobody_knows_is_named_and_one_that_is_free_is_not() -> None:
    text = plan_of(
        row("vultr_quantum.q", ["create"], None, {}),
        row("vultr_dns_domain.d", ["create"], None, {}),
    )
    (change,) = priced(text)
    assert [lack.why for lack in change.unpriced] == ["this version does not know the type"]
    assert read_plan(text).free_changes == 1


def test_a_sensitive_plan_is_priced_and_not_printed() -> None:
    marked = {"after_sensitive": {"plan": True}}
    priced_one, unlisted = priced(
        plan_of(
            row("vultr_instance.a", ["create"], None, {"plan": "vc2-2c-4gb"}, **marked),
            row("vultr_instance.b", ["create"], None, {"plan": "vc2-nowhere"}, **marked),
        )
    )
    assert priced_one.after == 20
    assert unlisted.unpriced[0].why == "(sensitive) is not listed"
