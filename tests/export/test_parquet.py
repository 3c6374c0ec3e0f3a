"""FOCUS in Parquet, read again by DuckDB: partitions, types, and sums to the last digit."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import duckdb
import pyarrow.parquet
import pytest

from tests.export.sheets import OCTOBER, invoiced, line, rows_of, server, sheet, sum_of
from tests.support.nouns import usd
from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export import ExportFolder
from vultr_cost_mcp.export.focus import focus_bytes
from vultr_cost_mcp.export.focus_columns import COLUMNS, FLAGS, NUMBERS, TIMES, VERSION
from vultr_cost_mcp.export.parquet import parquet_bytes

LAST = invoiced(
    line("48", resource=server(), units="744", unit_price="0.0714285714285714", invoice_id="1"),
    line(
        "0.55", "Inference", unit_type="tokens", units="1000000", unit_price="5.500000000000001E-7"
    ),
    line("-50.005", "Credits and Discounts", unit_type="discount"),
)
NOW_RUNNING = sheet(line("4.35", resource=server(label="=1+1")), line("3", start=None, end=None))


def export(folder: Path, of: CostExport) -> ExportedFile:
    """Write a sheet."""
    return anyio.run(ExportFolder(folder), of, "parquet")


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask DuckDB of all partitions, as ``costs``."""
    files = f"read_parquet('{folder}/focus-acme/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        return database.sql(f"WITH costs AS (FROM {files}) {sql}").fetchall()


def test_two_months_are_two_partitions_that_sum_as_the_files_in_csv_do(tmp_path: Path) -> None:
    """Exactly: a decimal of the file has every digit of the bill."""
    for of in (LAST, NOW_RUNNING):
        export(tmp_path, of)
    found = ask(
        tmp_path,
        "SELECT billing_period, count(*), sum(BilledCost) FROM costs GROUP BY ALL ORDER BY ALL",
    )
    assert found == [("2026-10", 3, usd("-1.455")), ("2026-11", 2, usd("7.35"))]
    csv = [row for of in (LAST, NOW_RUNNING) for row in rows_of(focus_bytes(of))]
    for column in sorted(NUMBERS):
        (total,) = ask(tmp_path, f'SELECT sum("{column}") FROM costs')  # noqa: S608
        told = [row for row in csv if row[column]]
        assert (total[0] or Decimal(0)) == sum_of(told, column), column


def test_every_value_is_that_of_the_file_in_csv(tmp_path: Path) -> None:
    """But for the apostrophe before what a spreadsheet would run: no spreadsheet opens Parquet."""
    export(tmp_path, NOW_RUNNING)
    names = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in COLUMNS if name not in NUMBERS)
    texts = [name for name in COLUMNS if name not in NUMBERS]
    found = ask(tmp_path, f"SELECT {names} FROM costs")  # noqa: S608
    for row, told in zip(found, rows_of(focus_bytes(NOW_RUNNING)), strict=True):
        for name, value in zip(texts, row, strict=True):
            assert _as_csv(name, value) == told[name].replace("'=1+1", "=1+1"), name


def _as_csv(column: str, value: str | None) -> str:
    """Give a value that DuckDB printed as the file in CSV has it."""
    if value is None:
        return ""
    return f"{value.partition('+')[0].replace(' ', 'T')}Z" if column in TIMES else value


def test_types_are_those_of_the_specification(tmp_path: Path) -> None:
    written = export(tmp_path, LAST)
    types = {row[0]: row[1] for row in ask(tmp_path, "SELECT * FROM (DESCRIBE FROM costs)")}
    assert {types[name] for name in NUMBERS} == {"DECIMAL(38,22)"}
    assert {types[name] for name in TIMES} == {"TIMESTAMP WITH TIME ZONE"}
    assert {types[name] for name in FLAGS} == {"BOOLEAN"}
    assert types["ResourceName"] == "VARCHAR"
    assert list(types) == [*COLUMNS, "billing_period"]
    assert written.name == "focus-acme/billing_period=2026-10/costs.parquet"


def test_a_newer_reading_takes_the_place_of_the_older(tmp_path: Path) -> None:
    """A partition has one file, so that no line counts twice."""
    export(tmp_path, replace(LAST, complete=False, lines=LAST.lines[:1]))
    export(tmp_path, LAST)
    assert ask(tmp_path, "SELECT count(*) FROM costs") == [(3,)]


def test_a_part_of_a_month_never_takes_the_place_of_all_of_it(tmp_path: Path) -> None:
    export(tmp_path, LAST)
    part = replace(LAST, complete=False, lines=LAST.lines[:1])
    with pytest.raises(ExportError, match="it was left as it is"):
        export(tmp_path, part)
    assert ask(tmp_path, "SELECT count(*) FROM costs") == [(3,)]
    Path(tmp_path, "focus-acme/billing_period=2026-10/costs.parquet").write_bytes(b"damaged")
    export(tmp_path, part)
    assert ask(tmp_path, "SELECT count(*) FROM costs") == [(1,)]


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    written = export(tmp_path, NOW_RUNNING)
    known = pyarrow.parquet.read_schema(written.path).metadata
    assert {name: known[name] for name in (b"complete", b"focus_version", b"billed_cost")} == {
        b"complete": b"false",
        b"focus_version": VERSION.encode(),
        b"billed_cost": b"7.35",
    }
    assert written.size == Path(written.path).stat().st_size
    assert parquet_bytes(LAST) == parquet_bytes(LAST)


def test_folders_and_file_are_their_owners_alone(tmp_path: Path) -> None:
    path = Path(export(tmp_path / "new", LAST).path)
    modes = [place.stat().st_mode & 0o777 for place in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_month_without_lines_is_an_empty_partition(tmp_path: Path) -> None:
    export(tmp_path, sheet(month=OCTOBER))
    assert ask(tmp_path, "SELECT count(*) FROM costs") == [(0,)]


def test_a_number_with_too_many_digits_is_refused_and_not_cut(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="more digits"):
        export(tmp_path, sheet(line("1E+17")))


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r'pip install "vultr-cost-mcp\[parquet\]"'):
        export(tmp_path, LAST)
    assert list(tmp_path.glob("focus-acme/*/*")) == []
