"""How long the questions about history take on ten million lines in embedded ClickHouse.

The rows are made inside the engine: five accounts that were read every hour for two years. Prints
the median of each question, asked as the tools ask it, beside a ``count()`` that reads the amount
of every line. The exit code is 1 when one takes a second or more::

    python benchmarks/history_clickhouse.py [ROUNDS]
"""
# ruff: noqa: S608  (put together from numbers of this file)

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import anyio

from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 5
BAR = 1.0
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
CUSTOMERS, HOURS, LINES, RESOURCES = 5, 2 * 365 * 24, 115, 40
CUSTOMER = "customer-3"
RUNS = CUSTOMERS * HOURS

# Of the number of a run: whose it is, when it was and what its rows bear.
KEYS = f"""
    concat('customer-', toString(run % {CUSTOMERS})) AS customer_id,
    toDateTime64('{BEGAN:%Y-%m-%d} 00:00:00', 6, 'UTC')
        + toIntervalHour(intDiv(run, {CUSTOMERS})) AS collected_at,
    concat('run-', toString(run)) AS run_id,
    reinterpret(MD5(toString(run)), 'UUID') AS write_id
"""
MONTH = "formatDateTime(collected_at, '%Y-%m')"
FILL = (
    f"""
INSERT INTO lines (customer_id, collected_at, run_id, write_id, position, period, service,
    description, product, started_at, ended_at, units, unit_type, unit_price, total)
WITH intDiv(number, {LINES}) AS run, {KEYS}
SELECT customer_id, collected_at, run_id, write_id, number % {LINES}, {MONTH},
    ['Cloud Compute', 'Block Storage', 'Kubernetes', 'Managed Databases', 'Networking', 'Backups']
        [1 + number % 6],
    concat('server-', toString(number % {LINES}), ' (', toString(number % 97), ')'),
    'Vultr Cloud Compute', toStartOfMonth(collected_at), collected_at,
    toString(dateDiff('hour', toStartOfMonth(collected_at), collected_at)), 'hours', '0.0074',
    toDecimal64((number % {LINES}) * dateDiff('day', toStartOfMonth(collected_at), collected_at)
        / 10, 6)
FROM numbers({{first}}, {{count}})
""",
    f"""
INSERT INTO resources (customer_id, collected_at, run_id, write_id, position, resource_id, kind,
    label, region, state, plan, hostname, addresses, tags, created_at, compute_class, monthly_cost,
    price_source)
WITH intDiv(number, {RESOURCES}) AS run, {KEYS}
SELECT customer_id, collected_at, run_id, write_id, number % {RESOURCES},
    concat('resource-', toString(number % {RESOURCES})), 'instance',
    concat('server-', toString(number % {RESOURCES})), 'ewr', 'running', 'vc2-1c-1gb', '',
    '["192.0.2.1"]', '["prod", "web"]', collected_at, 'cpu', 5, 'list'
FROM numbers({{first}}, {{count}})
""",
    f"""
INSERT INTO runs (customer_id, collected_at, run_id, write_id, complete, timestamp,
    metrics_customer_id, billing_period, pending_charges, instance_count)
WITH number AS run, {KEYS}
SELECT customer_id, collected_at, run_id, write_id, true, collected_at, customer_id, {MONTH}, 100,
    {RESOURCES}
FROM numbers({{first}}, {{count}})
""",
)
PER_RUN = (LINES, RESOURCES, 1)
# A month of every account at once, about what a server would merge to in the end.
RUNS_AT_ONCE = CUSTOMERS * 24 * 30


async def seconds(ask: Callable[[], Awaitable[Any]], rounds: int) -> tuple[float, int]:
    """The median of asking so many times, and how much came."""
    took: list[float] = []
    size = 0
    for _ in range(rounds):
        began = time.perf_counter()
        answer = await ask()
        took.append(time.perf_counter() - began)
        size = len(answer) if isinstance(answer, list) else sum(map(len, answer.values()))
    return median(took), size


def fill(line: Connection) -> None:
    """Make the rows, some months at a time."""
    began = time.perf_counter()
    for statement, per_run in zip(FILL, PER_RUN, strict=True):
        for run in range(0, RUNS, RUNS_AT_ONCE):
            count = min(RUNS_AT_ONCE, RUNS - run) * per_run
            line.run(statement.format(first=run * per_run, count=count))
    [(lines, resources, disk)] = line.rows(
        "SELECT (SELECT count() FROM lines), (SELECT count() FROM resources), "
        "(SELECT sum(bytes_on_disk) FROM system.parts WHERE active "
        "AND database = currentDatabase())"
    )
    print(
        f"{lines:,} lines and {resources:,} resources of {RUNS:,} runs, {disk / 2**20:.0f} MiB, "
        f"made in {time.perf_counter() - began:.0f} s"
    )


async def measure(folder: str, rounds: int) -> int:
    """Fill a folder, ask, print, and judge."""
    address = f"chdb://{folder}/history"
    history = open_history(address)
    await history.runs(CUSTOMER, BEGAN, BEGAN)
    line = Connection(read_address(address))
    fill(line)

    counted: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        line.rows("SELECT count() FROM lines WHERE total >= 0")
        counted.append(time.perf_counter() - began)
    unit = median(counted)
    print(f"{'':34}{'came':>9}{'seconds':>9}{'to count()':>12}")
    print(f"{'count() over the lines':34}{'':9}{unit:9.3f}{1:12.1f}")

    end = BEGAN + timedelta(hours=HOURS)
    year = [each.run_id for each in await history.runs(CUSTOMER, end - timedelta(days=365), end)]
    daily = year[23::24]
    questions: dict[str, Callable[[], Awaitable[Any]]] = {
        "runs of a year": lambda: history.runs(CUSTOMER, end - timedelta(days=365), end),
        "totals of 30 days": lambda: history.totals(CUSTOMER, daily[-30:]),
        "totals of 365 days": lambda: history.totals(CUSTOMER, daily),
        "lines of 30 daily runs": lambda: history.lines(CUSTOMER, daily[-30:]),
        "resources of 90 daily runs": lambda: history.resources(CUSTOMER, daily[-90:]),
    }
    slow = False
    for name, ask in questions.items():
        took, came = await seconds(ask, rounds)
        print(f"{name:34}{came:9,}{took:9.3f}{took / unit:12.1f}")
        slow = slow or took >= BAR
    print(f"medians of {rounds}; the bar is {BAR:.0f} second each")
    return int(slow)


def main() -> int:
    """Measure in a folder that goes when it ends."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory(prefix="vultr-cost-") as folder:
        return anyio.run(measure, folder, rounds)


if __name__ == "__main__":
    sys.exit(main())
