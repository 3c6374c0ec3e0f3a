"""The sample's dollars agree with each other: lines, resources, invoices, payments, the balance."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from vultr_cost_mcp.billing.hours import accrued, hours_begun, reproduces
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.domain.monthly_cap import GPU_MONTH_HOURS, MONTH_HOURS

pytestmark = pytest.mark.anyio

MONTHS = 13
SHOWN_AT_FOUR_DECIMALS = {"Load Balancer", "Reserved IP", "Container Registry"}
# Where each kind of resource shows its own charges of this month, and by what its lines are known.
LABELLED = [
    ("/blocks", "blocks", "label"),
    ("/load-balancers", "load_balancers", "label"),
    ("/object-storage", "object_storages", "label"),
    ("/storage-gateways", "storage_gateways", "label"),
    ("/databases", "databases", "label"),
    ("/account/custom-subscriptions", "custom_subscriptions", "label"),
]


async def pending(ask: Any) -> list[dict[str, Any]]:
    """Read this month's lines."""
    lines: list[dict[str, Any]] = (await ask("/billing/pending-charges"))["pending_charges"]
    return lines


def total(lines: list[dict[str, Any]]) -> Decimal:
    """Sum the lines' totals."""
    return sum((Decimal(line["total"]) for line in lines), Decimal(0))


async def test_the_lines_sum_to_the_account_s_pending_charges(ask: Any) -> None:
    """The account's pending charges are the sum of its lines."""
    account = (await ask("/account"))["account"]
    assert total(await pending(ask)) == account["pending_charges"] == Decimal("4954.38")


async def test_a_server_s_own_charges_are_its_lines(ask: Any) -> None:
    """Each server's pending charges are the sum of the lines that name its address and label."""
    lines = await pending(ask)
    for server in (await ask("/instances", show_pending_charges="true"))["instances"]:
        name = f"[{server['label']}]"
        own = [
            line
            for line in lines
            if server["main_ip"] in line["description"] and name in line["description"]
        ]
        assert own
        assert total(own) == server["pending_charges"]


async def test_pending_charges_of_servers_come_only_when_asked_for(ask: Any) -> None:
    """Without the flag no server carries money."""
    assert all("pending_charges" not in row for row in (await ask("/instances"))["instances"])


@pytest.mark.parametrize(("path", "key", "field"), LABELLED)
async def test_other_resources_own_charges_are_their_lines(
    ask: Any, path: str, key: str, field: str
) -> None:
    """A label in parentheses finds the lines whose sum the resource shows."""
    lines = await pending(ask)
    for row in (await ask(path))[key]:
        own = [line for line in lines if f"({row[field]})" in line["description"]]
        assert total(own) == row["pending_charges"] > 0


async def test_charges_that_stand_deeper_are_lines_too(ask: Any) -> None:
    """File systems, registries, gateways and replicas show theirs in other places."""
    lines = await pending(ask)

    def own(label: str) -> Decimal:
        return total([line for line in lines if f"({label})" in line["description"]])

    for share in (await ask("/vfs"))["vfs"]:
        assert share["billing"]["charges"] == own(share["label"]) > 0
    for registry in (await ask("/registries"))["registries"]:
        billing = registry["metadata"]["subscription"]["billing"]
        assert billing["pending_charges"] == own(registry["name"]) > 0
    for vpc in (await ask("/vpcs"))["vpcs"]:
        for gateway in (await ask(f"/vpcs/{vpc['id']}/nat-gateway"))["nat_gateways"]:
            assert gateway["billing"]["charges"] == own(gateway["label"]) > 0
    for replica in (await ask("/databases"))["databases"][0]["read_replicas"]:
        assert replica["pending_charges"] == own(replica["label"]) > 0


async def test_snapshots_charges_are_the_snapshot_lines(ask: Any) -> None:
    """Two snapshots of one description have two lines, told apart by their dollars."""
    lines = [line for line in await pending(ask) if line["product"] == "Snapshot"]
    rows = (await ask("/snapshots"))["snapshots"]
    assert sorted(line["total"] for line in lines) == sorted(row["pending_charges"] for row in rows)


async def test_every_hourly_line_accrues_by_the_rule(ask: Any) -> None:
    """Hours begun times a 672nd or a 730th of a month's price, rounded up and capped (D7)."""
    invoices = (await ask("/billing/invoices"))["billing_invoices"]
    lines = await pending(ask)
    for invoice in invoices:
        lines += (await ask(f"/billing/invoices/{invoice['id']}/items"))["invoice_items"]
    hourly = [line for line in lines if line["unit_type"] == "hours"]
    assert len(hourly) > 700
    for line in hourly:
        start, end = (datetime.fromisoformat(line[name]) for name in ("start_date", "end_date"))
        assert line["units"] == hours_begun(start, end)
        cap = GPU_MONTH_HOURS if is_long(line) else MONTH_HOURS
        price = Decimal(line["unit_price"])
        # What is shown at four decimals costs whole dollars; the rest is exact to the cent.
        step = Decimal(1) if line["product"] in SHOWN_AT_FOUR_DECIMALS else Decimal("0.01")
        monthly = (price * cap).quantize(step)
        assert reproduces(price, monthly, cap), line
        assert Decimal(line["total"]) == accrued(monthly, line["units"], cap), line


def is_long(line: dict[str, Any]) -> bool:
    """Tell the products whose month has 730 hours: Cloud GPU, and VX1 by the sample's only one."""
    vx1 = "[telemetry-ingest]" in line["description"]
    return line["product"] == "Vultr Cloud GPU" or vx1


async def test_running_lines_end_now(ask: Any) -> None:
    """All but two hourly lines run: one server was resized this month and one destroyed."""
    hourly = [line for line in await pending(ask) if line["unit_type"] == "hours"]
    closed = [line for line in hourly if line["end_date"] != SAMPLE_NOW.isoformat()]
    assert [line["description"].split("[")[1] for line in closed] == [
        "staging-web]",
        "load-test-runner]",
    ]


async def test_invoices_are_the_sum_of_their_items(ask: Any) -> None:
    """Thirteen invoices, dated on the 1st, each of them the sum of its items."""
    invoices = (await ask("/billing/invoices"))["billing_invoices"]
    assert len(invoices) == MONTHS
    assert invoices[0]["date"] == "2026-11-01T00:00:00+00:00"
    for invoice in invoices:
        path = f"/billing/invoices/{invoice['id']}"
        assert (await ask(path))["billing_invoice"]["amount"] == invoice["amount"]
        items = (await ask(f"{path}/items"))["invoice_items"]
        assert total(items) == invoice["amount"]
        assert all(item["end_date"] <= invoice["date"] for item in items)


async def test_history_s_balances_follow_its_entries(ask: Any) -> None:
    """Each balance is the one before plus an invoice or less a payment; the last is now's."""
    balance = Decimal(0)
    history = (await ask("/billing/history"))["billing_history"]
    for entry in reversed(history):
        assert entry["amount"] > 0
        balance += entry["amount"] if entry["type"] == "invoice" else -entry["amount"]
        assert entry["balance"] == balance
    account = (await ask("/account"))["account"]
    assert account["balance"] == balance == Decimal("-8317.15")


async def test_one_invoice_has_tax_and_some_have_overage_and_discount(ask: Any) -> None:
    """The odd lines of the past: tax once, overage in two months, a discount since March."""
    found: dict[str, list[str]] = {"Sales Tax": [], "Bandwidth Overage": [], "Credit": []}
    for invoice in (await ask("/billing/invoices"))["billing_invoices"]:
        for item in (await ask(f"/billing/invoices/{invoice['id']}/items"))["invoice_items"]:
            if item["product"] in found:
                found[item["product"]].append(item["start_date"][:7])
    assert found["Sales Tax"] == ["2026-10"]
    assert found["Bandwidth Overage"] == ["2026-10", "2026-07"]
    assert len(found["Credit"]) == 8


async def test_overage_on_the_bill_is_the_pool_s(ask: Any) -> None:
    """The pool's overage to date is the overage line, and the projected one is larger."""
    pool = (await ask("/account/bandwidth"))["bandwidth"]
    lines = [line for line in await pending(ask) if line["unit_type"] == "overage"]
    now, end = pool["current_month_to_date"], pool["current_month_projected"]
    assert total(lines) == now["overage_cost"] == Decimal("3.86")
    assert end["overage_cost"] == Decimal("31.68")
    for part in pool.values():
        quota = part["instance_bandwidth_credits"] + part["free_bandwidth_credits"]
        assert part["overage"] == max(0, part["gb_out"] - quota)


async def test_the_servers_traffic_is_the_account_s(ask: Any) -> None:
    """The maps of listed servers explain the account's traffic but for nodes and destroyed ones."""
    sent = 0
    for path, key in (("/instances", "instances"), ("/bare-metals", "bare_metals")):
        for server in (await ask(path))[key]:
            days = (await ask(f"{path}/{server['id']}/bandwidth"))["bandwidth"]
            sent += sum(day["outgoing_bytes"] for name, day in days.items() if name >= "2026-11")
    account = (await ask("/account/bandwidth"))["bandwidth"]["current_month_to_date"]["gb_out"]
    assert account * 99 // 100 <= sent // 10**9 < account
