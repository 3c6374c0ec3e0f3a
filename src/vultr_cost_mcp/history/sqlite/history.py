"""History in one SQLite file: a person's machine, several processes at once, nothing to install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from vultr_cost_mcp.domain.history import FIRST_RULES
from vultr_cost_mcp.history.account_rows import finding_row, last_finding, stored_finding
from vultr_cost_mcp.history.columns import (
    FINDING_COLUMNS,
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RUN_COLUMNS,
)
from vultr_cost_mcp.history.rows import (
    invoice_line_row,
    invoice_row,
    known_service,
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
from vultr_cost_mcp.history.sqlite.accounts import SqliteAccounts
from vultr_cost_mcp.history.sqlite.queries import (
    ADD_FINDING,
    ADD_INVOICE,
    ADD_INVOICE_LINE,
    ADD_LINE,
    ADD_RESOURCE,
    ADD_RUN,
    DROP_FINDINGS,
    DROP_LINES,
    DROP_RESOURCES,
    FINDINGS,
    INVOICE_LINES,
    INVOICES,
    IS_KEPT,
    IS_SEEN,
    LAST_FINDINGS,
    LINES,
    NEXT_RUN,
    OF_HOUR,
    OLD_RUNS,
    RESOURCES,
    RULES_OF,
    RUNS,
    TOTALS,
)
from vultr_cost_mcp.history.sqlite.schema import dollars_of, instant_of, micros_of, reader, writer
from vultr_cost_mcp.history.values import text
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import (
        LastFinding,
        NewRun,
        StoredFinding,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
        Totals,
    )

    Read = TypeVar("Read")

_MICROS_AN_HOUR: Final = 3_600_000_000
_MICROS: Final = 1_000_000
# Runs that are dropped in one transaction: others can write in between.
_RUNS_AT_ONCE: Final = 200

_WRITE_RUN = writer(RUN_COLUMNS)
_WRITE_LINE = writer(LINE_COLUMNS)
_WRITE_RESOURCE = writer(RESOURCE_COLUMNS)
_WRITE_FINDING = writer(FINDING_COLUMNS)
_WRITE_INVOICE = writer(INVOICE_COLUMNS)
_WRITE_INVOICE_LINE = writer(INVOICE_LINE_COLUMNS)
_READ_RUN = reader(RUN_COLUMNS)
_READ_LINE = reader(LINE_COLUMNS)
_READ_RESOURCE = reader(RESOURCE_COLUMNS)
_READ_FINDING = reader(FINDING_COLUMNS)
_READ_INVOICE = reader(INVOICE_COLUMNS)
_READ_INVOICE_LINE = reader(INVOICE_LINE_COLUMNS)


class SqliteEngine(SqliteAccounts):
    """``Engine`` on one file; a reading is one transaction, whose last row is the run's."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of the file."""
        return self._file.notes

    def add(self, run: NewRun) -> None:
        """Keep a reading; of a run that is superseded in its hour only the run row stays."""
        customer_id, run_id, collected_at, *_ = row = _WRITE_RUN(run_row(run.run))
        lines = [_WRITE_LINE(line_row(line)) for line in run.lines]
        resources = [_WRITE_RESOURCE(resource_row(resource)) for resource in run.resources]
        findings = [_WRITE_FINDING(finding_row(finding)) for finding in run.findings]
        invoices = [_invoice_values(invoice) for invoice in run.invoices]
        hour = collected_at // _MICROS_AN_HOUR
        with self._file.writing() as database:
            if database.execute(IS_KEPT, (customer_id, run_id)).fetchone():
                return
            for values, invoice_lines in invoices:
                _add_invoice(database, (customer_id, *values), invoice_lines)
            (number,) = database.execute(NEXT_RUN).fetchone()
            others = database.execute(OF_HOUR, (customer_id, hour)).fetchall()
            if all((other[1], other[2]) < (collected_at, run_id) for other in others):
                for other in others:
                    _drop(database, other[0])
                    database.execute(DROP_FINDINGS, other[:1])
                database.executemany(ADD_LINE, ((number, *line) for line in lines))
                database.executemany(ADD_RESOURCE, ((number, *each) for each in resources))
                database.executemany(ADD_FINDING, ((number, *each) for each in findings))
            database.execute(ADD_RUN, (number, hour, *row))

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        with self._file.reading() as database:
            rows = database.execute(RUNS, (text(customer_id), *_bounds(since, until)))
            return read_rows(lambda row: stored_run(_READ_RUN(row)), rows)

    def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Dollars by run, then by (period, service)."""
        with self._file.reading() as database:
            return {
                run_id: _totals(database.execute(TOTALS, (number,)))
                for run_id, number in _seen(database, customer_id, run_ids)
            }

    def lines(self, customer_id: str, run_ids: Iterable[str]) -> dict[str, list[StoredLine]]:
        """The lines by run."""
        return self._by_run(customer_id, run_ids, LINES, lambda row: stored_line(_READ_LINE(row)))

    def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> dict[str, list[StoredResource]]:
        """The resources by run."""
        return self._by_run(
            customer_id, run_ids, RESOURCES, lambda row: stored_resource(_READ_RESOURCE(row))
        )

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice, oldest first."""
        with self._file.reading() as database:

            def whole(row: tuple[Any, ...]) -> StoredInvoice:
                lines = database.execute(INVOICE_LINES, row[:1])
                read = [stored_invoice_line(_READ_INVOICE_LINE(line)) for line in lines]
                return stored_invoice(_READ_INVOICE(row[1:]), read)

            return oldest_first(read_rows(whole, database.execute(INVOICES, (text(customer_id),))))

    def findings(self, customer_id: str, run_ids: Iterable[str]) -> dict[str, list[StoredFinding]]:
        """Return the waste by run."""
        return self._by_run(
            customer_id, run_ids, FINDINGS, lambda row: stored_finding(_READ_FINDING(row))
        )

    def last_findings(
        self, customer_id: str, since: datetime, until: datetime
    ) -> list[LastFinding]:
        """Return the newest measured finding of each resource, oldest first."""

        def read(row: tuple[Any, ...]) -> LastFinding:
            _, run_id, collected_at, *finding = row
            return last_finding(run_id, instant_of(collected_at), _READ_FINDING(finding))

        with self._file.reading() as database:
            asked = (text(customer_id), *_bounds(since, until))
            return read_rows(read, database.execute(LAST_FINDINGS, asked))

    def rules(self, customer_id: str, run_ids: Iterable[str]) -> dict[str, tuple[int, datetime]]:
        """The version of the rules of each run that can be seen, and when it was collected."""
        with self._file.reading() as database:
            found = {
                run_id: database.execute(RULES_OF, (number,)).fetchone()
                for run_id, number in _seen(database, customer_id, run_ids)
            }
        return dict(
            zip(
                found,
                read_rows(lambda row: (row[0] or FIRST_RULES, instant_of(row[1])), found.values()),
                strict=True,
            )
        )

    def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of older runs; how many runs it was."""
        with self._file.reading() as database:
            asked = (text(customer_id), micros_of(before))
            runs = [run for (run,) in database.execute(OLD_RUNS, asked)]
        dropped = 0
        for start in range(0, len(runs), _RUNS_AT_ONCE):
            with self._file.writing() as database:
                batch = runs[start : start + _RUNS_AT_ONCE]
                dropped += sum(_drop(database, run) for run in batch)
        return dropped

    def _by_run(
        self,
        customer_id: str,
        run_ids: Iterable[str],
        question: str,
        read: Callable[[tuple[Any, ...]], Read],
    ) -> dict[str, list[Read]]:
        with self._file.reading() as database:
            return {
                run_id: read_rows(read, database.execute(question, (number,)))
                for run_id, number in _seen(database, customer_id, run_ids)
            }


def _bounds(since: datetime, until: datetime) -> tuple[int, int, int, int]:
    """Return the first and last hour of a span, and its ends in microseconds."""
    first, end = micros_of(since), micros_of(until)
    return first // _MICROS_AN_HOUR, end // _MICROS_AN_HOUR, first, end


def _seen(
    database: sqlite3.Connection, customer_id: str, run_ids: Iterable[str]
) -> Iterator[tuple[str, int]]:
    """Those of the runs that can be seen, with their numbers; an id a query, however many."""
    customer = text(customer_id)
    for run_id in run_ids:
        for (number,) in database.execute(IS_SEEN, (customer, text(run_id))).fetchall():
            yield run_id, number


def _totals(rows: Iterator[tuple[str, str, int, int]]) -> Totals:
    totals: dict[tuple[str, Service], Decimal] = {}
    for period, name, dollars, micros in rows:
        service = known_service(name)
        total = dollars_of(dollars * _MICROS + micros)
        totals[period, service] = totals.get((period, service), ZERO) + total
    return totals


def _invoice_values(stored: StoredInvoice) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    lines = (invoice_line_row(line, service) for line, service in stored.lines)
    return _WRITE_INVOICE(invoice_row(stored)), [_WRITE_INVOICE_LINE(line) for line in lines]


def _add_invoice(
    database: sqlite3.Connection, values: tuple[Any, ...], lines: Sequence[tuple[Any, ...]]
) -> None:
    added = database.execute(ADD_INVOICE, values)
    if added.rowcount:
        invoice = added.lastrowid
        database.executemany(ADD_INVOICE_LINE, ((invoice, *line) for line in lines))


def _drop(database: sqlite3.Connection, run: int) -> bool:
    """Drop lines and resources of a run; whether there were any."""
    dropped = [database.execute(drop, (run,)).rowcount for drop in (DROP_LINES, DROP_RESOURCES)]
    return any(dropped)
