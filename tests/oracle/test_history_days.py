"""Readings that are collected over weeks: days that sum up, one spike found, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251  (seeded by the test)
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client

from tests.support.double import VultrDouble
from tests.support.seeds import seeds
from tests.support.stage import staged_source, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

from .accounts import ALL_QUIRKS, PLAIN, make_account
from .history_accounts import month_of, next_month
from .history_compare import OPEN
from .history_readings import SPIKE, make_life
from .history_stage import Clock, collected, staged
from .oracle import Oracle
from .reading import CENT, ZERO, cents
from .test_product import INSTANTS

if TYPE_CHECKING:
    from pathlib import Path

    from .history_readings import Life
    from .matching import Match

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
STORAGE = {"Block Storage", "Object Storage", "File System", "Snapshots"}
NETWORK = {"Networking", "Load Balancers", "CDN"}
COMPUTE = {"Cloud Compute", "Cloud GPU", "Bare Metal", "Kubernetes"}


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def seen(instants: list[datetime]) -> list[datetime]:
    """Return the last of several readings in a UTC hour."""
    return list({f"{at:%Y%m%d%H}": at for at in instants}.values())


def bounds(
    life: Life, at: datetime, instants: list[datetime], month: datetime
) -> tuple[Decimal, Decimal]:
    """Between what the month to date was at an instant, as far as readings tell."""
    inside = [one for one in instants if month <= one < next_month(month)]
    before = [life.spent(one) for one in inside if one <= at]
    after = [life.spent(one) for one in inside if one >= at]
    low = before[-1] if before else ZERO
    return low, after[0] if after else (before[-1] if before else ZERO)


@pytest.mark.parametrize("seed", seeds(2, 20))
async def test_days_sum_to_what_the_months_had_come_to(seed: int, tmp_path: Path) -> None:
    """D32's readings, STORAGE: each day within what the readings around it allow."""
    rng = Random(seed)  # noqa: S311  (seeded)
    life, instants = make_life(rng, days=rng.randint(33, 50), steady=False)
    async with staged(life, tmp_path) as stage:
        await collected(stage, life, instants)
        answer = await stage.ask("get_cost_history", granularity="day", days=80)
    rows = {row["period"]: row for row in answer["rows"]}
    kept = seen(instants)
    assert not answer["omitted"]["count"]
    for month in {month_of(at) for at in instants}:
        days = {name: row for name, row in rows.items() if name.startswith(f"{month:%Y-%m}")}
        last = max(at for at in instants if month_of(at) == month)
        whole = life.bill(month, next_month(month))
        final = sum((line["total"] for line in whole), ZERO)
        total = sum((Decimal(row["total"]) for row in days.values()), ZERO)
        assert total in {life.spent(last), final}, (month, total, life.spent(last), final)
        for name, row in days.items():
            start = datetime.fromisoformat(name).replace(tzinfo=UTC)
            low = bounds(life, start, kept, month)
            high = bounds(life, start + DAY, kept, month)
            least, most = high[0] - low[1], max(high[1], final if total == final else ZERO) - low[0]
            assert least - CENT <= Decimal(row["total"]) <= most + CENT, (name, row, least, most)
            parts = sum(map(Decimal, row["by_service"].values()), ZERO)
            assert parts == Decimal(row["total"]), row


@pytest.mark.parametrize("seed", seeds(2, 20))
async def test_a_gpu_server_of_one_day_is_found_and_caps_and_restarts_are_not(
    seed: int, tmp_path: Path
) -> None:
    """D32."""
    rng = Random(seed)  # noqa: S311  (seeded)
    life, instants = make_life(rng, days=rng.randint(36, 45), steady=True)
    assert life.spike
    async with staged(life, tmp_path) as stage:
        await collected(stage, life, instants)
        answer = await stage.ask("detect_anomalies", days=40)
    assert answer["basis"] == "daily_history"
    found = answer["anomalies"]
    assert {row["service"] for row in found} == {"Cloud GPU"}, found
    if "gone_name" not in OPEN:
        assert all(SPIKE in row["resources"] for row in found), found
    assert all(len(row["resources"]) == 1 for row in found), found
    day = f"{life.spike:%Y-%m-%d}"
    assert any(row["date"] <= day <= row["until"] for row in found), (day, found)
    assert not [row for row in found if row["date"] < day], (day, found)


@pytest.mark.parametrize("seed", seeds(6, 40))
async def test_the_metrics_record_is_the_reference_s(seed: int) -> None:
    """The metrics record: costs exclusive and summing up, counts of what exists."""
    now = INSTANTS[seed % len(INSTANTS)] + timedelta(minutes=7, seconds=seed)
    quirks = PLAIN if seed % 2 else ALL_QUIRKS
    account = make_account(Random(seed), now, quirks=quirks)  # noqa: S311  (seeded)
    oracle, clock = Oracle(account, now), Clock()
    double = VultrDouble(account, date=now)
    async with (
        staged_source(double, clock) as source,
        Client(build_server({"default": source.backend(DisabledHistory())}, "0")) as client,
    ):
        clock.set(now, anyio.current_time())
        record = structured(await client.call_tool("collect_metrics", {}))["metrics"]
        forecast = structured(await client.call_tool("forecast_month_end", {}))
        # By the defaults of the tool: of at least a dollar a month.
        savings = structured(await client.call_tool("estimate_savings", {"limit": 200}))
    for name, wanted in expected(oracle, now).items():
        assert record[name] == wanted, (name, wanted, record[name])
    assert record["monthly_spend"] == forecast["projected_total"]
    omitted = (savings.get("investigations_omitted") or {}).get("count", 0)
    assert record["underutilized_resources"] == len(savings["investigations"]) + omitted


def expected(oracle: Oracle, now: datetime) -> dict[str, Any]:
    """The record by the billing rules."""
    costs = dict.fromkeys(("gpu", "compute", "storage", "network", "backup", "other"), ZERO)
    for found in oracle.matches:
        costs[cost_of(found)] += found.line.total
    kinds = [one.kind for one in oracle.resources]
    gpu = [one for one in oracle.resources if one.compute_class == "gpu"]
    ninety = now - timedelta(days=90)
    waste = [one for one in oracle.resources if one.kind in {"snapshot", "block_snapshot"}
             and one.created is not None and one.created < ninety]  # fmt: skip
    idle = oracle.idle()["instances"].values()
    clouds = {"instance", "gpu_instance", "kubernetes_node"}
    return {
        "billing_period": f"{now:%Y-%m}",
        "account_balance": cents(Decimal(oracle.account.account["balance"])),
        "pending_charges": cents(sum(costs.values(), ZERO)),
        **{f"{name}_cost": cents(total) for name, total in costs.items()},
        "instance_count": sum(kind in clouds for kind in kinds),
        "gpu_instance_count": len(gpu),
        "bare_metal_count": sum(kind in {"bare_metal", "gpu_bare_metal"} for kind in kinds),
        "idle_instances": sum(row["reason"] == "stopped" for row in idle),
        "snapshot_waste": cents(oracle.sum_monthly(waste)),
    }


def cost_of(found: Match) -> str:
    """The one cost that a line is in."""
    if found.resource is not None and found.resource.compute_class == "gpu":
        return "gpu"
    service = found.line.service
    if service in COMPUTE:
        return "compute"
    if service in STORAGE:
        return "storage"
    if service in NETWORK:
        return "network"
    return "backup" if service == "Backups" else "other"
