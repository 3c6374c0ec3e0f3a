"""How quickly a year of hourly readings is asked: 8,760 runs of 200 lines, and 200 resources a day.

Fills a temporary SQLite file, asks it what the tools ask, and prints for each question the median
of its seconds and how often that is of a bare ``count(*)`` over the same rows. The exit code is 1
when a question takes more than a second::

    python benchmarks/history.py [ROUNDS]
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.domain.bill import ChargeLine, Service
from vultr_cost_mcp.domain.history import NewRun, StoredLine, StoredResource, StoredRun
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.history.columns import LINE_COLUMNS, RESOURCE_COLUMNS, RUN_COLUMNS
from vultr_cost_mcp.history.rows import line_row, resource_row, run_row
from vultr_cost_mcp.history.sqlite.file import SqliteFile
from vultr_cost_mcp.history.sqlite.queries import ADD_LINE, ADD_RESOURCE, ADD_RUN
from vultr_cost_mcp.history.sqlite.schema import micros_of, writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from vultr_cost_mcp.domain.history import History

ROUNDS = 5
BAR = 1.0
HOURS = 8760
LINES = 200
CUSTOMER = "vultr-0123456789ab"
SERVICES: tuple[Service, ...] = ("Cloud Compute", "Cloud GPU", "Block Storage", "Backups", "Tax")
FIRST = datetime(2025, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAST_HOUR = 23
MICROS_AN_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Question:
    """Something that is asked of the year; ``bare`` counts the rows that it is answered from."""

    name: str
    ask: Callable[[History], Awaitable[object]]
    bare: str


def readings() -> Iterator[NewRun]:
    """A year of one account; its resources are read at the last hour of a day only."""
    things = tuple(_resource(number) for number in range(LINES))
    for hour in range(HOURS):
        at = FIRST + hour * HOUR
        lines = tuple(_line(at, hour, number) for number in range(LINES))
        yield NewRun(_run(at, hour), lines, things if hour % 24 == LAST_HOUR else ())


def id_of(hour: int) -> str:
    """The id of the reading of an hour."""
    return f"{hour:08x}-0000-4000-8000-000000000000"


def _run(at: datetime, hour: int) -> StoredRun:
    amount = Decimal(hour) / 100
    costs = (amount,) * 9
    metrics = Metrics(at, CUSTOMER, f"{at:%Y-%m}", *costs, 200, 3, 1, 7, 5, amount)
    return StoredRun(id_of(hour), CUSTOMER, at, complete=True, metrics=metrics)


def _line(at: datetime, hour: int, number: int) -> StoredLine:
    month = at.replace(day=1, hour=0)
    line = ChargeLine(
        description=f"web-{number:03}.example.com (2048 MB, Cloud Compute)",
        product="Vultr Cloud Compute",
        start=month,
        end=at,
        units=Decimal(hour % 730),
        unit_type="hours",
        unit_price=Decimal("0.0150"),
        total=Decimal(hour % 730 * (number + 1)) / 100,
    )
    service = SERVICES[number % len(SERVICES)]
    return StoredLine(f"{at:%Y-%m}", line, service, resource_of(number), "ewr")


def resource_of(number: int) -> str:
    """The id of a resource, as long as Vultr's."""
    return f"cb676a46-66fd-4dfb-b839-44{number:010}"


def _resource(number: int) -> StoredResource:
    return StoredResource(
        id=resource_of(number),
        kind="instance",
        label=f"web-{number:03}.example.com",
        region="ewr",
        state="running",
        plan="vc2-1c-2gb",
        hostname=f"web-{number:03}",
        addresses=(f"192.0.2.{number}", f"2001:db8::{number:x}"),
        tags=("web", "production"),
        created=FIRST,
        cluster=None,
        compute_class="cpu",
        monthly_cost=Decimal("10.00"),
        price_source="billed",
        month_to_date=Decimal("4.20"),
    )


def fill(file: Path) -> None:
    """Write the year in one transaction, with the program's own statements."""
    write_run, write_line = writer(RUN_COLUMNS), writer(LINE_COLUMNS)
    write_resource = writer(RESOURCE_COLUMNS)
    with SqliteFile(file).writing() as database:
        for number, new in enumerate(readings(), 1):
            lines = ((number, *write_line(line_row(line))) for line in new.lines)
            things = ((number, *write_resource(resource_row(each))) for each in new.resources)
            database.executemany(ADD_LINE, lines)
            database.executemany(ADD_RESOURCE, things)
            hour = micros_of(new.run.collected_at) // MICROS_AN_HOUR
            database.execute(ADD_RUN, (number, hour, *write_run(run_row(new.run))))


def questions() -> list[Question]:
    """What the tools ask; the last runs of days are known by their ids."""
    days = [id_of(hour) for hour in range(LAST_HOUR, HOURS, 24)]
    ever = (FIRST, FIRST + HOURS * HOUR)

    def of_runs(table: str, first: int) -> str:
        return (
            f"SELECT count(*) FROM {table} WHERE run IN (SELECT run FROM runs WHERE"  # noqa: S608
            f" run > {HOURS - first * 24} AND run % 24 = 0)"
        )

    return [
        Question(
            "daily totals, 30 days",
            lambda history: history.totals(CUSTOMER, days[-30:]),
            of_runs("lines", 30),
        ),
        Question(
            "daily totals, 365 days",
            lambda history: history.totals(CUSTOMER, days),
            of_runs("lines", 365),
        ),
        Question(
            "lines of 30 daily runs",
            lambda history: history.lines(CUSTOMER, days[-30:]),
            of_runs("lines", 30),
        ),
        Question(
            "resources of 90 daily runs",
            lambda history: history.resources(CUSTOMER, days[-90:]),
            of_runs("resources", 90),
        ),
        Question(
            "runs of a year",
            lambda history: history.runs(CUSTOMER, *ever),
            "SELECT count(*) FROM runs",
        ),
    ]


def seconds_to_count(file: Path, question: str) -> float:
    """How long SQLite alone takes to count the rows."""
    with closing(sqlite3.connect(file)) as database:
        began = time.perf_counter()
        database.execute(question).fetchone()
        return time.perf_counter() - began


async def seconds_to_answer(history: History, question: Question) -> float:
    """How long the answer takes, from the call to the last row as a noun."""
    began = time.perf_counter()
    await question.ask(history)
    return time.perf_counter() - began


async def measured(file: Path, rounds: int) -> bool:
    """Ask every question, print the table; whether all were quick enough."""
    history = open_history(f"sqlite:///{file}")
    quick = True
    print(f"{'question':<28} {'seconds':>8} {'count(*)':>9} {'ratio':>6}")
    for question in questions():
        took: list[float] = []
        counted: list[float] = []
        for _ in range(rounds):
            counted.append(seconds_to_count(file, question.bare))
            took.append(await seconds_to_answer(history, question))
        answer, bare = median(took), median(counted)
        quick = quick and answer <= BAR
        print(f"{question.name:<28} {answer:>8.3f} {bare:>9.4f} {answer / bare:>6.0f}")
    return quick


def main() -> int:
    """Fill, measure, and judge."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.db"
        began = time.perf_counter()
        fill(file)
        took = time.perf_counter() - began
        size = file.stat().st_size / 1e6
        print(f"{HOURS} runs of {LINES} lines: {size:.0f} MB, written in {took:.0f} seconds")
        quick = anyio.run(measured, file, rounds)
    print(f"medians of {rounds}; the bar is {BAR} seconds each")
    return int(not quick)


if __name__ == "__main__":
    sys.exit(main())
