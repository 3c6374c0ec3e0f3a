"""Rows: what goes into a store comes out of it, and what is damaged is said to be."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given, settings

from tests.store import nouns
from tests.support.readings import line, reading, resource
from vultr_cost_mcp.domain.accounts import Alias
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.history import (
    NewRun,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history import open_history, values
from vultr_cost_mcp.history.columns import (
    ALIAS_COLUMNS,
    FINDING_COLUMNS,
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RUN_COLUMNS,
    Column,
)
from vultr_cost_mcp.history.rows import (
    invoice_line_row,
    invoice_row,
    line_row,
    oldest_first,
    read_rows,
    resource_row,
    run_row,
    stored_invoice,
    stored_invoice_line,
    stored_line,
    stored_resource,
    stored_run,
)
from vultr_cost_mcp.history.sqlite.schema import reader, writer

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPES: dict[str, type] = {
    "text": str,
    "digits": str,
    "json": str,
    "count": int,
    "flag": bool,
    "money": Decimal,
    "instant": datetime,
}
TABLES = [
    RUN_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    FINDING_COLUMNS,
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    ALIAS_COLUMNS,
]


def keeps_its_word(row: Sequence[Any], columns: Sequence[Column]) -> bool:
    """Return whether every value has its column's type, and survives SQLite's conversion."""
    return reader(columns)(writer(columns)(row)) == row and all(
        column.optional if value is None else isinstance(value, TYPES[column.type])
        for value, column in zip(row, columns, strict=True)
    )


@given(nouns.readings)
def test_rows_become_what_they_were_made_of(made: NewRun) -> None:
    row = run_row(made.run)
    assert keeps_its_word(row, RUN_COLUMNS)
    assert stored_run(row) == made.run
    for kept in made.lines:
        row = line_row(kept)
        assert keeps_its_word(row, LINE_COLUMNS)
        assert stored_line(row) == kept
    for thing in made.resources:
        row = resource_row(thing)
        assert keeps_its_word(row, RESOURCE_COLUMNS)
        assert stored_resource(row) == thing


@given(nouns.invoices)
def test_invoices_become_what_they_were(made: StoredInvoice) -> None:
    rows = [invoice_line_row(*kept) for kept in made.lines]
    assert all(keeps_its_word(row, INVOICE_LINE_COLUMNS) for row in rows)
    row = invoice_row(made)
    assert keeps_its_word(row, INVOICE_COLUMNS)
    assert stored_invoice(row, map(stored_invoice_line, rows)) == made


@settings(max_examples=25)
@given(nouns.readings)
def test_a_file_gives_back_what_it_was_given(
    tmp_path_factory: pytest.TempPathFactory, made: NewRun
) -> None:
    file = tmp_path_factory.mktemp("history") / "history.db"

    async def there_and_back() -> None:
        history = open_history(f"sqlite:///{file}")
        await history.add(made)
        customer, run_id = made.run.customer_id, made.run.run_id
        since, until = datetime.min, datetime.max  # noqa: DTZ901  (made aware below)
        zone = made.run.collected_at.tzinfo
        kept = await history.runs(customer, since.replace(tzinfo=zone), until.replace(tzinfo=zone))
        assert kept == [made.run]
        assert await history.lines(customer, [run_id]) == {run_id: list(made.lines)}
        assert await history.resources(customer, [run_id]) == {run_id: list(made.resources)}
        assert await history.invoices(customer) == oldest_first(made.invoices)
        sums: dict[object, Decimal] = {}
        for kept_line in made.lines:
            key = (kept_line.period, kept_line.service)
            sums[key] = sums.get(key, Decimal(0)) + kept_line.line.total
        assert await history.totals(customer, [run_id]) == {run_id: sums}

    anyio.run(there_and_back)


def test_a_column_has_a_name_of_its_own() -> None:
    for columns in TABLES:
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)


def test_the_metrics_record_is_kept_whole_and_in_its_order() -> None:
    names = [column.name.removeprefix("metrics_") for column in RUN_COLUMNS[4:-1]]
    assert names == [field.name for field in fields(Metrics)]


# --- damage ---------------------------------------------------------------------------------------


def changed(row: Sequence[Any], columns: Sequence[Column], name: str, value: object) -> list[Any]:
    names = [column.name for column in columns]
    return [*row[: names.index(name)], value, *row[names.index(name) + 1 :]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "flying_saucer"),
        ("state", "melted"),
        ("compute_class", "abacus"),
        ("price_source", "rumour"),
        ("tags", "{not json"),
        ("tags", '{"a": "list"}'),
        ("addresses", "7"),
        ("addresses", 7),
    ],
)
def test_a_resource_that_this_version_does_not_know_is_no_resource(
    name: str, value: object
) -> None:
    row = changed(resource_row(resource()), RESOURCE_COLUMNS, name, value)
    with pytest.raises(StoreError, match="cannot be read"):
        read_rows(stored_resource, [row])


@pytest.mark.parametrize("value", ["a lot", "", b"5"])
def test_units_that_are_no_number_are_damage(value: object) -> None:
    row = changed(line_row(line()), LINE_COLUMNS, "units", value)
    with pytest.raises(StoreError, match="cannot be read"):
        read_rows(stored_line, [row])


def test_a_row_of_another_length_is_damage() -> None:
    for read, row in (
        (stored_run, run_row(reading().run)),
        (stored_line, line_row(line())),
        (stored_resource, resource_row(resource())),
    ):
        with pytest.raises(StoreError, match="cannot be read"):
            read_rows(read, [row[:-1]])


def test_a_service_that_another_version_knew_is_other() -> None:
    row = changed(line_row(line("3.00")), LINE_COLUMNS, "service", "Quantum Compute")
    (kept,) = read_rows(stored_line, [row])
    assert (kept.service, kept.line.total) == ("Other", Decimal(3))


def test_a_count_of_more_than_64_bits_is_the_largest() -> None:
    assert values.count(2**70) == 2**63 - 1


def test_two_halves_become_their_letter() -> None:
    assert values.text("\ud83d\udc19") == "🐙"


def test_every_field_has_its_column() -> None:
    assert len(fields(StoredResource)) == len(RESOURCE_COLUMNS)
    assert len(fields(StoredFinding)) == len(FINDING_COLUMNS)
    assert len(fields(Alias)) == len(ALIAS_COLUMNS)
    assert len(fields(StoredLine)) - 1 + len(fields(ChargeLine)) == len(LINE_COLUMNS)
    assert len(fields(StoredRun)) - 1 + len(fields(Metrics)) == len(RUN_COLUMNS)
