"""Random plans against a small reference: drift, forget, unknown values (E1 to E19).

The reference shares no code and no price with the program: prices stand here by hand, hours are
counted in whole minutes, and dollars in cents.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimate.book import PRICES, clock
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.questions.estimate.changes import PricedChange, price_change
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan

Part = tuple[str, int, int]
START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
# Cents a month in Frankfurt and in Sao Paulo, and the hours of a month.
SERVERS = {
    "vc2-1c-1gb": (500, 750, 672),
    "vc2-2c-4gb": (2000, 2000, 672),
    "vc2-4c-8gb": (4000, 4000, 672),
    "vhp-4c-8gb-amd": (4800, 4800, 672),
    "vcg-a100-12c-120g-80vram": (175000, 175000, 730),
}
ONE_PRICE = [plan for plan, (here, there, _) in SERVERS.items() if here == there]
ACTIONS = ["create", "delete", "update", "replace", "no-op", "forget"]
often = settings(max_examples=150, deadline=None)


def servers() -> st.SearchStrategy[tuple[dict[str, Any], list[Part]]]:
    return st.builds(
        _server,
        st.sampled_from(sorted(SERVERS)),
        st.sampled_from(["fra", "FRA", "sao"]),
        backups=st.booleans(),
        ddos=st.booleans(),
    )


def _server(
    plan: str, region: str, *, backups: bool, ddos: bool
) -> tuple[dict[str, Any], list[Part]]:
    here, there, hours = SERVERS[plan]
    cents = there if region == "sao" else here
    parts: list[Part] = [(plan, cents, hours)]
    if backups:
        # A fifth, half up.
        parts.append(("backups", (cents * 2 + 5) // 10, hours))
    if ddos:
        parts.append(("ddos", 1000, 672))
    state = "enabled" if backups else "disabled"
    given = {"plan": plan, "region": region, "backups": state, "ddos_protection": ddos}
    return given, parts


def _volume(size: int, *, nvme: bool) -> tuple[dict[str, Any], list[Part]]:
    kind = "high_perf" if nvme else "storage_opt"
    cents = size * 10 if nvme else (size * 5 + 1) // 2
    return {"size_gb": size, "block_type": kind}, [(f"{kind} {size}", cents, 672)]


def _balancer(nodes: int) -> tuple[dict[str, Any], list[Part]]:
    return {"nodes": nodes}, [("node", 1000, 672)] * nodes


def _pool(plan: str, nodes: int) -> tuple[dict[str, Any], list[Part]]:
    cents, _, hours = SERVERS[plan]
    return {"plan": plan, "node_quantity": nodes}, [(plan, cents, hours)] * nodes


def sides(kind: str) -> st.SearchStrategy[tuple[dict[str, Any], list[Part]]]:
    sizes = st.integers(1, 2000)
    by_kind = {
        "vultr_instance": servers(),
        "vultr_block_storage": st.builds(_volume, sizes, nvme=st.booleans()),
        "vultr_load_balancer": st.builds(_balancer, st.sampled_from([1, 3, 5])),
        "vultr_kubernetes_node_pools": st.builds(
            _pool, st.sampled_from(ONE_PRICE), st.integers(0, 4)
        ),
        "vultr_reserved_ip": st.just(({"ip_type": "v4"}, [("address", 300, 672)])),
        "vultr_nat_gateway": st.just(({}, [("gateway", 2000, 672)])),
    }
    return by_kind[kind]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one resource: its change, and the parts before and after."""
    kinds = [
        "vultr_instance",
        "vultr_block_storage",
        "vultr_load_balancer",
        "vultr_kubernetes_node_pools",
        "vultr_reserved_ip",
        "vultr_nat_gateway",
    ]
    kind = draw(st.sampled_from(kinds))
    action = draw(st.sampled_from(ACTIONS))
    before, old = draw(sides(kind))
    after, new = (before, old) if action == "no-op" else draw(sides(kind))
    unknown = {}
    if kind == "vultr_instance" and action == "create" and after["plan"] in ONE_PRICE:
        unknown = draw(st.sampled_from([{}, {"region": True}]))
    if unknown:
        after = {name: value for name, value in after.items() if name not in unknown}
    return {
        "kind": kind,
        "action": action,
        "before": before,
        "after": after,
        "old": old,
        "new": new,
        "unknown": unknown,
    }


def plan_of(drawn: list[dict[str, Any]]) -> str:
    changes = [
        {
            "address": f"{row['kind']}.r{number}",
            "type": row["kind"],
            "name": f"r{number}",
            "change": {
                "actions": ["delete", "create"] if row["action"] == "replace" else [row["action"]],
                "before": None if row["action"] == "create" else row["before"],
                "after": None if row["action"] in {"delete", "forget"} else row["after"],
                "after_unknown": row["unknown"],
            },
        }
        for number, row in enumerate(drawn)
    ]
    return json.dumps({"format_version": "1.2", "resource_changes": changes})


def priced(text: str, now: datetime) -> list[PricedChange]:
    moment = clock(now.isoformat())
    return [price_change(change, PRICES, moment) for change in read_plan(text).changes]


def hours(since: datetime, until: datetime) -> int:
    minutes = (until - since) // timedelta(minutes=1)
    return (minutes + 59) // 60


def due(part: Part, for_hours: int) -> int:
    _, cents, month = part
    return min(cents, -(-cents * for_hours // month))


def expected(row: dict[str, Any], now: datetime) -> tuple[int, int, int]:
    """Return cents a month before and after, and in the rest of this month."""
    action, old, new = row["action"], Counter(row["old"]), Counter(row["new"])
    if action == "update" and row["kind"] == "vultr_kubernetes_node_pools":
        # Its plan stays (E13).
        cents, _, month = SERVERS[row["before"]["plan"]]
        new = Counter([(row["before"]["plan"], cents, month)] * row["after"]["node_quantity"])
    if action == "create":
        old = Counter()
    if action == "delete":
        new = Counter()
    if action in {"no-op", "forget"}:
        new = old
    stays = Counter() if action == "replace" else old & new
    left, so_far, whole = hours(now, END), hours(START, now), hours(START, END)
    rest = sum(due(part, left) for part in (new - stays).elements())
    rest += sum(due(part, so_far) - due(part, whole) for part in (old - stays).elements())
    before, after = (sum(cents for _, cents, _ in side.elements()) for side in (old, new))
    return before, after, rest


moments = st.integers(0, 30 * 24 * 60 - 1).map(lambda minute: START + timedelta(minutes=minute))


@often
@given(st.lists(rows(), min_size=1, max_size=8), moments)
def test_a_random_plan_costs_what_the_reference_says(
    drawn: list[dict[str, Any]], now: datetime
) -> None:
    """E1 to E3, E7 to E11, E13, E15, E16, E19."""
    for change, row in zip(priced(plan_of(drawn), now), drawn, strict=True):
        found = tuple(int(amount * 100) for amount in (change.before, change.after))
        assert (*found, int(change.this_month * 100)) == expected(row, now), row
        assert change.still_billed == (row["action"] == "forget")
        assert change.unpriced == ()


@often
@given(st.lists(rows(), min_size=1, max_size=8), moments)
def test_a_random_plan_the_other_way_round_costs_the_opposite_a_month(
    drawn: list[dict[str, Any]], now: datetime
) -> None:
    """E9, E10, E19; E11 to E13 do not turn round."""
    turned = {"create": "delete", "delete": "create"}
    kept = [
        row
        for row in drawn
        if row["action"] != "forget"
        and not row["unknown"]
        and row["kind"] != "vultr_kubernetes_node_pools"
    ]
    back = [
        {
            **row,
            "action": turned.get(row["action"], row["action"]),
            "before": row["after"],
            "after": row["before"],
        }
        for row in kept
    ]
    there = total_of(change.change for change in priced(plan_of(kept), now))
    assert there == -total_of(change.change for change in priced(plan_of(back), now))


@often
@given(st.sampled_from(sorted(SERVERS)), st.sampled_from(["backups", "ddos_protection", "plan"]))
def test_what_is_not_known_until_apply_is_a_range_or_named(plan: str, unknown: str) -> None:
    """E12."""
    after, parts = _server(plan, "fra", backups=False, ddos=False)
    after.pop(unknown)
    row = {"kind": "vultr_instance", "action": "create", "before": None, "after": after}
    (change,) = priced(plan_of([{**row, "unknown": {unknown: True}}]), START)
    highs = {"backups": Decimal(parts[0][1]) / 500, "ddos_protection": Decimal(10), "plan": None}
    assert change.after == (0 if unknown == "plan" else Decimal(parts[0][1]) / 100)
    assert [lack.high for lack in change.unpriced] == [highs[unknown]]
