"""Databases, registries, inference and subscriptions as the API sends them (D8, D15)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.api import (
    Bodies,
    assembled,
    bill,
    bodies_of,
    line,
    listed,
    resources,
    row_of,
    the,
)
from vultr_cost_mcp.families.inference.wire import METERED

PLANS = {"/databases/plans": bodies_of("database")["/databases/plans"]}
SMALL = "vultr-dbaas-hobbyist-cc-1-25-1"


def databases(*rows: Any) -> Bodies:
    return {**PLANS, **listed("/databases", *rows)}


def replica(**changes: Any) -> dict[str, Any]:
    """A read replica in Seoul on the smaller plan of 15.00."""
    known = {"id": "replica", "label": "orders-replica", "region": "ICN", "plan": SMALL}
    return row_of("database", **{**known, "pending_charges": "9.45", **changes})


def test_each_read_replica_is_a_database_at_the_price_of_its_own_plan() -> None:
    """D8, D15: 30.00 in ewr and 15.00 in icn: regions arrive in capitals."""
    found = resources(databases(row_of("database", read_replicas=[replica()])))
    assert [(one.label, one.region, one.monthly_cost, one.own_pending) for one in found] == [
        ("orders", "ewr", Decimal(30), Decimal("18.89")),
        ("orders-replica", "icn", Decimal(15), Decimal("9.45")),
    ]


def test_a_replica_that_the_list_has_as_well_is_one_database() -> None:
    """D33: an id counts once: 45.00, not 60.00."""
    found = resources(databases(row_of("database", read_replicas=[replica()]), replica()))
    assert sum(one.monthly_cost or 0 for one in found) == 45
    assert [one.key for one in found] == [one.id for one in found]


@pytest.mark.parametrize("none", [[], None, "", ...])
def test_a_database_without_replicas_is_one(none: Any) -> None:
    """D15: an empty list, null, text or nothing at all."""
    assert len(resources(databases(row_of("database", read_replicas=none)))) == 1


def test_a_database_of_a_plan_that_is_not_listed_has_no_known_price() -> None:
    """D8: unless its line tells: 0.04464286 an hour is 30.00 over 672."""
    body = listed("/databases", row_of("database"))
    assert the(body, {"/databases/plans": 403}).monthly_cost is None
    one = line("Managed Database (orders)", "Managed Databases", "18.89", "0.04464286")
    billed = the(body, bill(one))
    assert (billed.monthly_cost, billed.price_source) == (Decimal("30.00"), "billed")
    listed_too = the(body, PLANS, bill(one))
    assert (listed_too.monthly_cost, listed_too.price_source) == (Decimal(30), "list")


# --- registries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billing", "monthly", "source"),
    [
        ({"monthly_price": 0, "pending_charges": 0}, "0", "api"),
        ({"monthly_price": "20", "pending_charges": 1}, "20", "api"),
        ({}, None, None),
        ([], None, None),
        (None, None, None),
    ],
)
def test_a_registry_costs_what_its_subscription_says(
    billing: Any, monthly: str | None, source: str | None
) -> None:
    """D8: the free plan is known to cost nothing; without billing it is not known."""
    row = row_of("registry", metadata={"subscription": {"billing": billing}})
    one = the(listed("/registries", row))
    assert (one.monthly_cost, one.price_source) == (monthly and Decimal(monthly), source)
    assert (one.used_gb, one.size_gb) == (12, 20)


# --- inference -----------------------------------------------------------------------------------


def test_prices_of_tokens_are_cents_for_a_million() -> None:
    """D15: the specification's own example: 56,782,401 tokens at 275 cost 156.16."""
    id_ = row_of("inference")["id"]
    used = {"model": "m", "tokens": 56_782_401, "output_price": 275}
    usage = {"usage": {"chat_by_model": {"current_month": [used]}}}
    one = the(bodies_of("inference"), {f"/inference/{id_}/usage": usage})
    assert one.own_pending is not None
    assert one.own_pending.quantize(Decimal("0.01")) == Decimal("156.15")
    assert (one.monthly_cost, one.note) == (None, METERED)


@pytest.mark.parametrize("usage", [403, None])
def test_without_its_usage_nothing_is_known_of_a_subscription(usage: Any) -> None:
    """D8: null, not zero."""
    id_ = row_of("inference")["id"]
    body = listed("/inference", row_of("inference"))
    given = {} if usage is None else {f"/inference/{id_}/usage": usage}
    assert the(body, given).own_pending is None


@pytest.mark.parametrize("usage", [[], {}, {"chat_by_model": {"current_month": []}}])
def test_no_tokens_cost_nothing(usage: Any) -> None:
    """D8: zero is known where the API says that nothing was used."""
    id_ = row_of("inference")["id"]
    body = listed("/inference", row_of("inference"))
    assert the(body, {f"/inference/{id_}/usage": {"usage": usage}}).own_pending == 0


# --- subscriptions and sub-accounts --------------------------------------------------------------


def test_custom_subscriptions_come_as_a_list_or_as_one_object() -> None:
    """D8: 60.50 either way."""
    row = row_of("subscription")
    for found in ([row], row):
        one = the({"/account/custom-subscriptions": {"custom_subscriptions": found}})
        assert (one.monthly_cost, one.region, one.plan) == (Decimal("60.50"), "ams", "Support")


def test_subscriptions_that_cannot_be_understood_are_a_gap() -> None:
    """D33: a list in a list is no row: the answer is "at least", nothing is lost in silence."""
    nested = {"custom_subscriptions": [[row_of("subscription")]]}
    snapshot = assembled({"/account/custom-subscriptions": nested})
    assert [gap.reason for gap in snapshot.gaps] == ["0 of 1 read: 1 could not be understood"]


def test_a_custom_subscription_without_a_cost_has_no_known_price() -> None:
    """D8: null, not zero."""
    row = row_of("subscription", cost=None)
    assert the(listed("/account/custom-subscriptions", row)).monthly_cost is None


def test_sub_accounts_are_shown_and_are_in_no_sum() -> None:
    """D1: 7.50 pending below is no resource and no line here."""
    below = {
        "id": "below",
        "email": "islands@example.com",
        "subaccount_name": "Island Lines",
        "subaccount_id": 472001,
        "activated": True,
        "balance": -12.34,
        "pending_charges": "7.50",
    }
    snapshot = assembled(listed("/subaccounts", below), bodies_of("subscription"))
    assert [(one.name, one.pending_charges) for one in snapshot.subaccounts] == [
        ("Island Lines", Decimal("7.50"))
    ]
    assert snapshot.month_to_date == 0
    assert [one.kind for one in snapshot.resources or ()] == ["subscription"]
