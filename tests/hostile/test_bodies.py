"""Damaged answers of the API: a figure is right, or unknown, or named as partial; never wrong."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pytest
from mcp.types import CallToolResult

from tests.hostile.bodies import Damage, put, raw
from tests.hostile.readings import (
    DETAILS,
    PARTS,
    damaged,
    damages_of,
    details_of,
    money_of,
    needs_of,
    recorded,
    route_of,
    sample,
    shot_of,
    wrong_money,
)
from tests.hostile.stage import CALLS, NAMES, VIRTUAL, check_refusal, check_words, on_stage
from tests.support.double import Account, Body, VultrDouble
from tests.support.past import account as past_account
from tests.support.stage import text_of
from tests.support.whole import whole
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.vultr.models.fields import parse_instant, parse_number

pytestmark = pytest.mark.anyio

BILLING = ("pending_charges", "account", "invoices", "invoice_items", "account_bandwidth")
READ = (*PARTS, *(name for name in DETAILS if details_of(name)))
# A database may have no replicas and a page may stand for one in the specification.
# A plan may have one price everywhere.
# A node's id that is another is another node; a feature without a name is none, and no list of them
# an empty one; a snapshot is priced by what is known of its size (D9).
TOLERATED: dict[str, tuple[str, ...]] = {
    "databases": ("0.read_replicas",),
    "plans": (
        *(f"0.location_cost={what}" for what in ("missing", "null", "empty")),
        "0.location_cost.sao=missing",
    ),
    "kubernetes_clusters": ("0.node_pools.0.nodes.0.id=", "0.node_pools=empty"),
    "instances": (
        "0.features.0=",
        *(f"0.features={what}" for what in ("missing", "null", "empty")),
    ),
    "snapshots": ("0.pending_charges=", "0.compressed_size="),
}
# Totals of each tool that come from lines of the bill and from invoices.
SPENT = (
    "month_to_date",
    "total",
    "period_total",
    "charges",
    "tax",
    "credits_and_discounts",
    "previous_month_unbilled",
    "spent",
    "delta",
    "average_monthly",
)
# What tells how much of an earlier month had passed at the same hour: another text is another span.
COMPARED_BY = ("unit_type", "units", "unit_price", "start_date", "end_date", "product")
# The tools that between them go through all of the arithmetic.
TELLING = (
    "get_cost_overview",
    "get_pending_charges",
    "list_resource_costs",
    "explain_cost_change",
    "list_invoices",
    "get_cost_history",
    "collect_metrics",
)


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL


@pytest.mark.parametrize("name", READ)
async def test_a_damaged_answer_is_right_or_unknown_or_a_gap(name: str, *, soak: bool) -> None:
    """D33: nothing that is damaged goes into a complete snapshot as another amount."""
    before = money_of(await shot_of(VultrDouble(recorded()), name))
    most = 200 if name in BILLING else 40
    wrong: list[str] = []
    for damage in sample(damages_of(name), most, every=soak):
        shot = await shot_of(damaged(name, damage), name)
        if shot.gaps:
            parts = {gap.part for gap in shot.gaps}
            assert parts <= {name, *needs_of(name), "kubernetes_nodes", "projected_overage"}, (
                damage,
                parts,
            )
        elif damage.name == "reordered":
            assert _sorted(money_of(shot)) == _sorted(before), damage
        elif not str(damage).startswith(TOLERATED.get(name, ("-",))):
            wrong += [f"{damage}: {what}" for what in wrong_money(before, money_of(shot))]
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:12])


def _sorted(money: dict[str, Any]) -> list[str]:
    return sorted(map(str, money.values()))


def figures(result: CallToolResult) -> dict[str, Any]:
    """The spent amounts of an answer."""
    content: dict[str, Any] = whole(result.structured_content)
    found = {name: content[name] for name in SPENT if name in content}
    found |= {name: content[name]["total"] for name in ("from", "to") if name in content}
    found |= {row["period"]: row["total"] for row in content.get("rows", [])}
    metrics = content.get("metrics", {})
    found |= {
        name: metrics[name] for name in ("pending_charges", "account_balance") & metrics.keys()
    }
    return found


async def answers(double: VultrDouble, tools: Collection[str]) -> dict[str, CallToolResult]:
    """Return the answers of tools about an account."""
    async with on_stage(double) as client:
        calls = [(name, given) for name, given in CALLS if name in tools]
        return {name: await client.call_tool(name, given) for name, given in calls}


# What a sum goes wrong by most easily: of every kind one, where money stands.
SHARP: tuple[tuple[str, str, Any], ...] = (
    ("pending_charges", "total", None),
    ("pending_charges", "total", raw("1e400")),
    ("pending_charges", "total", raw("NaN")),
    ("pending_charges", "total", raw('"1_0"')),
    ("pending_charges", "end_date", None),
    ("pending_charges", "end_date", "0001-01-01"),
    ("pending_charges", "start_date", "0001-01-01"),
    ("pending_charges", "start_date", "9999-12-31T23:59:59+14:00"),
    ("pending_charges", "description", "\ud800"),
    ("pending_charges", "units", raw("1e400")),
    ("account", "last_payment_date", "0001-01-01"),
    ("account", "balance", raw("-Infinity")),
    ("account", "email", "\ud800@\udfff"),
    ("invoices", "date", "0001-01-01"),
    ("invoices", "date", "9999-12-31T23:59:59+14:00"),
    ("invoices", "date", 99999999999),
    ("invoices", "amount", {"a": 1}),
    ("invoices", "id", "\ud800"),
    ("invoice_items", "total", None),
    ("invoice_items", "start_date", "0001-01-01"),
    ("invoice_items", "end_date", "9999-12-31T23:59:59+14:00"),
    ("instances", "label", "\ud800"),
    ("instances", "id", "\ud800"),
    ("instances", "date_created", "0001-01-01"),
    ("instances", "date_created", "9999-12-31T23:59:59+14:00"),
    ("snapshots", "date_created", "0001-01-01"),
    ("databases", "tag", "\udfff"),
)


@pytest.mark.parametrize(("name", "field", "value"), SHARP)
async def test_no_tool_makes_a_wrong_total_of_a_damaged_answer(
    name: str, field: str, value: Any, *, soak: bool
) -> None:
    """Every tool gives the amount as it was, says that it is partial, or is an error in words."""
    before = await _before()
    path = (field,) if name == "account" else (0, field)
    damage = Damage(field, put(path, value))
    after = await answers(damaged(name, damage), NAMES if soak else TELLING)
    _check(before, after)


_BEFORE: dict[str, CallToolResult] = {}


async def _before() -> dict[str, CallToolResult]:
    if not _BEFORE:
        _BEFORE.update(await answers(VultrDouble(recorded()), NAMES))
    return _BEFORE


def _check(before: dict[str, CallToolResult], after: dict[str, CallToolResult]) -> None:
    for tool, result in after.items():
        if result.is_error:
            check_refusal(result)
            continue
        check_words(text_of(result))
        content: dict[str, Any] = whole(result.structured_content)
        if content["coverage"]["complete"] and not content["partial"]:
            assert figures(result) == figures(before[tool]), tool
        elif (before[tool].structured_content or {})["coverage"]["complete"]:
            complete = content["coverage"]["complete"]
            assert complete or content["headline"].startswith("At least "), tool
            assert content["coverage"]["gaps"], tool


@pytest.mark.soak  # half an hour
@pytest.mark.parametrize("name", BILLING)
async def test_no_tool_makes_a_wrong_total_of_anything(name: str) -> None:
    """The same for every damage that an answer about money can take."""
    before = await _before()
    for damage in damages_of(name):
        after = await answers(damaged(name, damage), NAMES)
        if damage.field.rpartition(".")[2] in COMPARED_BY:
            del after["explain_cost_change"]
        _check(before, after)


async def test_keys_that_come_twice_are_not_one_of_two_truths() -> None:
    """JSON that says two things of one field says nothing: a gap, not the last of them."""
    lines = [{"description": "a", "total": 5}, {"description": "b", "total": 7}]
    twice = b'{"pending_charges":[{"total":5,"total":5000}],"pending_charges":[]}'
    double = VultrDouble(Account(pending=lines))
    double.fail("/billing/pending-charges", Body(twice))
    shot = await shot_of(double, "pending_charges")
    assert shot.missing("pending_charges")


@pytest.mark.parametrize(
    "text",
    ["1_0", "\uff15\uff10", "\u0661", "0x10", "1,5", "--5", "1e400", "NaN", "-Infinity", "1 0"],
)
def test_what_no_number_of_json_is_is_no_number(text: str) -> None:
    """Only digits that JSON has make an amount; Python would read more."""
    with pytest.raises(ValueError, match=r"not a (usable )?number"):
        parse_number(text)


@pytest.mark.parametrize(
    "text", ["-0", "0.1" + "0" * 40, "0." + "1" * 40, "5.", "+5", "1E+2", " 5 ", "1e-30"]
)
def test_what_json_can_say_is_taken_exactly(text: str) -> None:
    """Odd ways to write a number are still that number."""
    assert parse_number(text) == Decimal(text.strip())


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31T23:59:59+14:00", "99999999999", "1900-01-01", "3000-01-01"]
)
def test_an_instant_that_cannot_be_is_none(text: str) -> None:
    """No bill is of the year 1 or 9999: what says so is damage."""
    assert parse_instant(text) is None


async def test_a_line_without_an_end_stays_in_its_month() -> None:
    """D5: only a line that ended before the month is of the month before."""
    double = VultrDouble(Account(pending=[_line("31.72", end_date=None)]), date=None)
    shot = await shot_of(double, "pending_charges")
    assert (shot.month_to_date, shot.uninvoiced_previous) == (Decimal("31.72"), ())


def _line(total: str, **other: Any) -> dict[str, Any]:
    return {
        "description": "192.0.2.1 (1024 MB) [web]",
        "product": "Vultr Cloud Compute",
        "start_date": "2026-11-01T00:00:00+00:00",
        "end_date": "2026-11-19T11:00:00+00:00",
        "units": 444,
        "unit_type": "hours",
        "unit_price": Decimal("0.0149"),
        "total": Decimal(total),
        **other,
    }


async def test_four_hundred_digits_are_no_flood() -> None:
    """An amount of any length is counted exactly or named as a gap, and swells no answer."""
    long = Decimal("0." + "1" * 400)
    double = VultrDouble(Account(pending=[_line(f"{long}", unit_price=long, units=long)] * 20))
    async with on_stage(double) as client:
        arguments = {"detail": "lines", "limit": 20}
        result = await client.call_tool("get_pending_charges", arguments)
    content: dict[str, Any] = whole(result.structured_content)
    assert content["total"] == "2.22" or not content["coverage"]["complete"]
    lengths = [len(str(value)) for line in content["lines"] for value in line.values()]
    assert max(lengths, default=0) <= 64


def _flood() -> VultrDouble:
    account = past_account()
    account.instances[0]["label"] = "a" * 10_000_000
    account.pending[0]["description"] = "b\n|`" * 2_500_000
    return VultrDouble(account)


@pytest.mark.parametrize("name", ["get_pending_charges", "list_resource_costs"])
async def test_ten_million_letters_do_not_swell_an_answer(name: str) -> None:
    async with on_stage(_flood()) as client:
        result = await client.call_tool(name, {"limit": 200})
    assert len(text_of(result)) < 25_000
    assert len(json.dumps(result.structured_content)) < 25_000


async def test_ten_million_letters_do_not_stall_it() -> None:
    """A text longer than any other is cut where it comes in, before it costs time."""
    listed = await shot_of(_flood(), "instances")
    billed = await shot_of(_flood(), "pending_charges")
    texts = [row.label for row in listed.resources or ()]
    texts += [charge.line.description for charge in billed.charges or ()]
    assert max(map(len, texts)) == 1000
    assert sorted(map(len, texts))[-2] == 1000


async def test_brackets_without_end_do_not_fill_the_memory() -> None:
    """Possible labels in a description are not removed ten thousand times."""
    lines = [_line("1", description="(" * 12_000 + ")"), _line("2", description="[" * 12_000 + "]")]
    tracemalloc.start()
    try:
        shot = await shot_of(VultrDouble(Account(pending=lines)), "pending_charges")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shot.month_to_date == 3
    assert peak < 20_000_000


@pytest.mark.parametrize("coding", ["gzip"])
async def test_a_body_that_unpacks_to_more_than_any_answer_is_refused(coding: str) -> None:
    """A small body that becomes 40 MB is no answer, and is not kept in memory whole."""
    flood = b'{"pending_charges":[]' + b" " * 40_000_000 + b"}"
    packed = Damage(
        "packed",
        rewrite=lambda _: gzip.compress(flood, 1),
        headers=(("Content-Encoding", coding),),
    )
    double = VultrDouble(Account())
    double.fail("/billing/pending-charges", packed)
    shot = await shot_of(double, "pending_charges")
    assert shot.missing("pending_charges")


@pytest.mark.parametrize("price", [-5, Decimal("-0.01"), raw("-1e17")])
@pytest.mark.parametrize("name", ["plans", "plans_metal", "blocks", "custom_subscriptions"])
async def test_nothing_costs_less_than_nothing(name: str, price: Any) -> None:
    """A list price below zero is damage: it takes nothing off the total."""
    field = "monthly_cost" if name.startswith("plans") else "cost"
    shot = await shot_of(damaged(name, Damage(field, put((0, field), price))), name)
    for resource in shot.resources or ():
        assert resource.price is None or resource.price >= 0, (resource.kind, resource.price)


@pytest.mark.parametrize("id_", ["../../account", "a?b=c", "a#b", "//evil.example/x", "a b"])
async def test_an_id_stays_one_step_of_its_path(id_: str) -> None:
    """Whatever an id holds, what is read of it lies under its own list."""
    account = past_account()
    account.invoices[0]["id"] = id_
    account.invoice_items[id_] = account.invoice_items.pop("2")
    double = VultrDouble(account)
    await shot_of_invoice(double, id_)
    paths = {request.path for request in double.requests if "items" in request.path}
    assert paths <= {f"/billing/invoices/{id_}/items"}
    assert not any("evil" in str(request.headers) for request in double.requests)


async def shot_of_invoice(double: VultrDouble, id_: str) -> None:
    """Read the lines of one invoice."""
    async with on_stage(double) as client:
        await client.call_tool("list_invoices", {"invoice_id": id_})


def test_every_endpoint_that_is_read_is_damaged() -> None:
    """Follow-up requests are damaged too."""
    assert {route_of(name).template for name in READ} >= {
        "/billing/invoices/{invoice-id}/items",
        "/billing/pending-charges",
        "/instances/{instance-id}/bandwidth",
    }
    assert set(PARTS) <= set(READ)
    assert DetailRequest("invoice_items", "9000310") in details_of("invoice_items")
