"""What is no plan is refused in a sentence; nothing of one is given away; nothing breaks it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimate.book import HERE, PRICES, clock
from vultr_cost_mcp.errors import PlanError
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.estimate import terraform_plan
from vultr_cost_mcp.questions.estimate.changes import PricedChange, price_change
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan
from vultr_cost_mcp.questions.estimate.terraform_reducer import reduced

SECRET = "PLANTED-SECRET-7f3a9c"
WHOLE = (HERE / "whole_with_secrets.json").read_text("utf-8")
CHANGE: dict[str, Any] = json.loads((HERE / "plans" / "change.json").read_text("utf-8"))
POOLS = {"vultr_kubernetes", "vultr_kubernetes_node_pools"}
often = settings(max_examples=120, deadline=None)


def priced(text: str) -> list[PricedChange]:
    return [price_change(change, PRICES, clock()) for change in read_plan(text).changes]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ('{"a": 1e99999999999999999999}', "not JSON|not a Terraform plan"),
        ("[]", "not a Terraform plan"),
        ("{}", "not a Terraform plan"),
        ('resource "vultr_instance" "a" {}', "Terraform configuration"),
        ("# a comment\n", "Terraform configuration"),
        (b"PK\x03\x04", "binary plan"),
        (b"\xff\xfe\x00", "not text"),
        ('{"format_version": "1.0", "values": {}}', "a state"),
        ('{"version": 4, "serial": 1, "lineage": "x"}', "a state"),
        ('{"format_version": "2.0", "resource_changes": []}', "format_version"),
        ('{"resource_changes": []}', "format_version"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        read_plan(text)


def test_a_plan_that_is_too_large_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terraform_plan, "MOST_BYTES", 10)
    with pytest.raises(PlanError, match="larger than 20 MB"):
        read_plan(WHOLE)


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.2", "1.17-dev"])
def test_every_version_of_the_two_majors_is_read(version: str) -> None:
    text = json.dumps({"format_version": version, "resource_changes": [], "unheard_of": 1})
    assert read_plan(text).changes == ()


def test_a_secret_of_a_plan_is_in_no_answer_and_in_no_reduced_form() -> None:
    assert SECRET in WHOLE
    assert SECRET not in repr(read_plan(WHOLE))
    assert SECRET not in repr(priced(WHOLE))
    assert SECRET not in json.dumps(reduced(json.loads(WHOLE)))


@often
@given(st.integers(0, len(WHOLE) - 3))
def test_an_error_never_quotes_a_plan(cut: int) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(WHOLE[:cut].rstrip() or "{")
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: Any = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


PLACES = list(_places(CHANGE))
JUNK = st.sampled_from([None, True, -1, 1e300, SECRET, "", [], {}, [SECRET], {"a": SECRET}])


@often
@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=8))
def test_a_plan_without_some_of_its_keys_is_priced_or_refused(
    places: list[tuple[str | int, ...]],
) -> None:
    plan = copy.deepcopy(CHANGE)
    for place in places:
        _change(plan, place, None, drop=True)
    with suppress(PlanError):
        priced(json.dumps(plan))


@often
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=8))
def test_junk_in_a_plan_is_priced_or_refused_and_never_shown(
    places: list[tuple[tuple[str | int, ...], object]],
) -> None:
    plan = copy.deepcopy(CHANGE)
    for place, junk in places:
        if place[-1] not in {"address", "module_address", "type", "name", "id"}:
            _change(plan, place, copy.deepcopy(junk))
    said = ""
    try:
        said = repr(priced(json.dumps(plan)))
    except PlanError as error:
        said = str(error)
    assert SECRET not in said


def _change(plan: Any, place: tuple[str | int, ...], junk: object, *, drop: bool = False) -> None:
    *parents, last = place
    for key in parents:
        try:
            plan = plan[key]
        except (KeyError, IndexError, TypeError):
            return
    if drop and isinstance(plan, dict):
        cast("dict[str, Any]", plan).pop(str(last), None)
    elif isinstance(plan, dict):
        cast("dict[str, Any]", plan)[str(last)] = junk
    elif isinstance(plan, list) and int(last) < len(plan):
        plan[int(last)] = junk


def test_a_plan_the_other_way_round_costs_the_opposite_a_month() -> None:
    """E9, E19: but for a pool's plan (E13)."""
    there = copy.deepcopy(CHANGE)
    there["resource_changes"] = [
        row for row in there["resource_changes"] if row["type"] not in POOLS
    ]
    back = copy.deepcopy(there)
    for row in back["resource_changes"]:
        change = row["change"]
        change["before"], change["after"] = change.get("after"), change.get("before")
        turned = {"create": "delete", "delete": "create"}
        if len(change["actions"]) == 1:
            change["actions"] = [turned.get(word, word) for word in change["actions"]]
        change.pop("after_unknown", None)
    forth, reverse = priced(json.dumps(there)), priced(json.dumps(back))
    assert total_of(c.change for c in forth) == -total_of(c.change for c in reverse) != 0


def test_an_address_loses_what_hides_and_what_marks_up() -> None:
    row = {
        "address": 'vultr_instance.a["<b>\u202e"]',
        "type": "vultr_instance",
        "change": {"actions": ["create"], "after": {"plan": "vc2-2c-4gb"}},
    }
    (change,) = priced(json.dumps({"format_version": "1.2", "resource_changes": [row]}))
    assert change.what == 'vultr_instance.a["‹b›"]'
