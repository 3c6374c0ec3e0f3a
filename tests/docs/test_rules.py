"""The page of billing rules, the price table and the tests agree with each other."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple, get_args

import pytest

from docs.generate import ROOT, RULE_ID, RULES, cells_of, mentions
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.idleness import (
    GPU_DAYS,
    GPU_IDLE_PERCENT,
    OLD_SNAPSHOT,
    QUIET_DAYS,
    QUIET_MB_PER_DAY,
)
from vultr_cost_mcp.families.bare_metal.wire import BareMetal, bare_metals
from vultr_cost_mcp.families.block_storage.wire import Block, volumes
from vultr_cost_mcp.families.load_balancers.wire import LoadBalancer, load_balancers
from vultr_cost_mcp.families.nat_gateways.wire import NatGateway, nat_gateways
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.families.reserved_ips.wire import ReservedIp, reserved_ips
from vultr_cost_mcp.families.snapshots.wire import ServerSnapshot, snapshots
from vultr_cost_mcp.questions.savings.likely_waste import (
    DATABASE_CPU_PERCENT,
    DATABASE_MEMORY_PERCENT,
    USED_PERCENT,
)

HERE = "tests/docs/"
IN_USE = {"built", "part"}
TABLE = price_table()


class Rule(NamedTuple):
    """A row of the page."""

    id: str
    state: str
    rule: str
    source: str
    unverified: str
    tests: str


def rows() -> list[Rule]:
    lines = RULES.read_text("utf-8").splitlines()
    return [Rule(*row) for row in map(cells_of, lines) if RULE_ID.fullmatch(row[0])]


PAGE = rows()


def test_every_rule_has_one_row_a_state_a_rule_and_a_source() -> None:
    assert len({rule.id for rule in PAGE}) == len(PAGE)
    assert {rule.state for rule in PAGE} == {"built"}
    assert all(rule.rule and rule.source for rule in PAGE)


def test_the_numbers_have_no_hole() -> None:
    assert [rule.id for rule in PAGE if rule.id[0] == "D"] == [f"D{n}" for n in range(1, 37)]


def test_every_source_that_a_rule_names_is_in_the_list_of_sources() -> None:
    page = RULES.read_text("utf-8").split("## The bill")[0]
    known = set(re.findall(r"(?m)^\| ([a-z-]+) \|", page))
    for rule in PAGE:
        first = re.split(r"[ ,(;]", rule.source)[0]
        assert first in known | {"a"}, rule.id


@pytest.mark.parametrize(
    "rule", [rule for rule in PAGE if rule.state in IN_USE], ids=lambda r: r.id
)
def test_a_rule_in_use_is_held_by_a_test(rule: Rule) -> None:
    own = "" if rule.id.startswith("P") else HERE
    files = [file for file in mentions().get(rule.id, []) if not own or not file.startswith(own)]
    assert files, f"no test mentions {rule.id}"


def test_every_waste_rule_of_the_code_has_a_row_and_no_other() -> None:
    assert [rule.id.removeprefix("W-") for rule in PAGE if rule.id[0] == "W"] == list(
        get_args(Action)
    )


@pytest.mark.parametrize("rule", [rule for rule in PAGE if rule.id[0] == "W"], ids=lambda r: r.id)
def test_a_waste_rule_is_measured_or_inferred_as_its_action_says(rule: Rule) -> None:
    inferred = rule.id.split("-")[1].startswith("review")
    assert rule.rule.startswith("Inferred" if inferred else "Measured")


@pytest.mark.parametrize(
    ("rule", "thresholds"),
    [
        ("W-review_quiet_server", (QUIET_MB_PER_DAY, QUIET_DAYS)),
        ("W-review_old_snapshot", (OLD_SNAPSHOT.days,)),
        ("W-review_database", (DATABASE_CPU_PERCENT, DATABASE_MEMORY_PERCENT)),
        ("W-review_file_system", (USED_PERCENT,)),
        ("W-review_registry", (USED_PERCENT,)),
        ("W-review_gpu_cluster", (GPU_IDLE_PERCENT, GPU_DAYS)),
    ],
)
def test_the_thresholds_on_the_page_are_those_of_the_code(
    rule: str, thresholds: tuple[Decimal | int, ...]
) -> None:
    (text,) = [row.rule for row in PAGE if row.id == rule]
    assert {str(threshold) for threshold in thresholds} == set(re.findall(r"\b\d+\b", text)) - {
        "18"
    }


def test_tests_mention_no_rule_that_is_not_on_the_page() -> None:
    unknown = mentions().keys() - {rule.id for rule in PAGE}
    assert not unknown, {rule: mentions()[rule] for rule in unknown}


def test_the_code_mentions_no_rule_that_is_not_on_the_page() -> None:
    known = {rule.id for rule in PAGE}
    for file in (ROOT / "src").rglob("*.py"):
        assert set(re.findall(r"\b[DE]\d{1,2}\b", file.read_text("utf-8"))) <= known, file


def test_the_tests_that_a_row_names_mention_its_rule() -> None:
    for rule in PAGE:
        for file in re.findall(r"`([^`]+)`", rule.tests):
            assert rule.id in RULE_ID.findall((ROOT / file).read_text("utf-8")), (rule.id, file)


def test_every_price_of_the_table_is_on_the_page_as_it_is() -> None:
    shown = {
        rule.id.removeprefix("P-"): Decimal(rule.rule.split()[0])
        for rule in PAGE
        if rule.id.startswith("P-")
    }
    assert shown == dict(TABLE.prices)


def test_a_snapshot_costs_by_its_size() -> None:
    """P-snapshot_gb."""
    row = ServerSnapshot.model_validate({"id": "s", "size": 10 * 2**30})
    (snapshot,) = snapshots([row], TABLE)
    assert snapshot.candidates == (Decimal("0.50"),)


def test_a_reserved_address_costs_attached_or_not() -> None:
    """P-reserved_ipv4."""
    wire = [
        {"id": "a", "ip_type": "v4", "instance_id": ""},
        {"id": "b", "ip_type": "v4", "instance_id": "server"},
        {"id": "c", "ip_type": "v6", "instance_id": ""},
    ]
    found = reserved_ips([ReservedIp.model_validate(row) for row in wire], TABLE)
    assert [address.monthly_cost for address in found] == [Decimal(3), Decimal(3), None]


def test_a_load_balancer_costs_by_its_nodes() -> None:
    """P-load_balancer."""
    wire = [{"id": "a", "nodes": 1}, {"id": "b", "nodes": 3}, {"id": "c"}]
    found = load_balancers([LoadBalancer.model_validate(row) for row in wire], TABLE)
    assert [balancer.monthly_cost for balancer in found] == [Decimal(10), Decimal(30), Decimal(10)]


def test_a_nat_gateway_costs_twenty_dollars_where_the_api_states_none() -> None:
    """P-nat_gateway."""
    wire = [{"id": "a", "billing": {"monthly": 18}}, {"id": "b", "billing": {"monthly": None}}]
    rows = [NatGateway.model_validate(row) for row in wire]
    found = nat_gateways({"vpc": rows}, {}, TABLE)
    assert [gateway.monthly_cost for gateway in found] == [Decimal(18), Decimal(20)]


def test_add_ons_cost_on_top_of_the_plan() -> None:
    """P-backup_percent, P-ddos_protection."""
    row = BareMetal.model_validate({"id": "m", "features": ["auto_backups", "ddos_protection"]})
    (server,) = bare_metals([row], {}, TABLE)
    assert [add_on.cost(Decimal(50)) for add_on in server.add_ons] == [Decimal(10), Decimal(10)]


@pytest.mark.parametrize(
    ("block_type", "monthly"),
    [
        pytest.param("high_perf", "10.00", id="P-block_gb_high_perf"),
        pytest.param("storage_opt", "2.500", id="P-block_gb_storage_opt"),
    ],
)
def test_a_volume_costs_by_its_size_only_where_the_api_states_no_cost(
    block_type: str, monthly: str
) -> None:
    wire = {"id": "v", "block_type": block_type, "size_gb": 100}
    rows = [Block.model_validate(wire), Block.model_validate({**wire, "cost": 7})]
    unstated, stated = volumes(rows, TABLE)
    assert (unstated.monthly_cost, stated.monthly_cost) == (Decimal(monthly), Decimal(7))
