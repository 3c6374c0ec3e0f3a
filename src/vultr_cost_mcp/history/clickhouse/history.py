"""History in ClickHouse: a server, a cluster, or the same engine embedded in this process."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from vultr_cost_mcp.domain.history import FIRST_RULES
from vultr_cost_mcp.history.account_rows import finding_row, last_finding, stored_finding
from vultr_cost_mcp.history.clickhouse import sql
from vultr_cost_mcp.history.clickhouse.accounts import RUNS_AT_ONCE, ClickHouseAccounts
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
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
from vultr_cost_mcp.history.threaded import ThreadedHistory
from vultr_cost_mcp.history.values import text
from vultr_cost_mcp.money import CENT, ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar
    from uuid import UUID

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.history import (
        History,
        LastFinding,
        NewRun,
        StoredFinding,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
        Totals,
    )
    from vultr_cost_mcp.history.rows import Row

    Read = TypeVar("Read")

# What a column of instants holds, less what rounding to hours may need.
_EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
_LATEST = datetime(2299, 12, 30, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_log = logging.getLogger(__name__)


def open_clickhouse(address: str) -> History:
    """The history at ``clickhouse://``, ``clickhouses://`` or ``chdb:///PATH``.

    Raises ConfigError for an address that cannot be used; nothing is connected before it is asked.
    """
    place = read_address(address)
    if place.sends_password:
        _log.warning(
            "the password for %s crosses the network in clear text: use clickhouses:// (TLS)",
            place.name,
        )
    return ThreadedHistory(ClickHouse(Connection(place)))


class ClickHouse(ClickHouseAccounts):
    """The blocking engine behind a history; every method raises StoreError."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return no sentences: the state of this store needs none."""
        return ()

    def add(self, run: NewRun) -> None:
        """Keep a reading; its rows are seen once the run row, the last one, is there."""
        customer, run_id = text(run.run.customer_id), text(run.run.run_id)
        if self._rows(sql.IS_KEPT, customer=customer, run=run_id)[0][0]:
            return
        # Rows that a write left behind when it was cut off bear another id, and stay unseen.
        write = uuid4()
        head = (customer, run.run.collected_at.astimezone(UTC), run_id, write)
        known = {row[1] for row in self._rows(sql.INVOICES, customer=customer)}
        new = {text(each.invoice.id): each for each in run.invoices}
        new = {key: each for key, each in new.items() if key not in known}
        rows: dict[str, list[Row]] = {
            "lines": [(*head, at, *line_row(each)) for at, each in enumerate(run.lines)],
            "resources": [
                (*head, at, *resource_row(each)) for at, each in enumerate(run.resources)
            ],
            "findings": [(*head, at, *finding_row(each)) for at, each in enumerate(run.findings)],
            "invoice_items": [
                (customer, key, write, at, *invoice_line_row(*line))
                for key, each in new.items()
                for at, line in enumerate(each.lines)
            ],
            "invoices": [(customer, write, *invoice_row(each)) for each in new.values()],
        }
        committed = (write, *run_row(run.run))
        for table, of_table in rows.items():
            self._insert(table, of_table, f"{write}:{table}")
        # Tokens are sent in the query string, where a proxy's log may keep them: no names in them.
        token = f"{uuid5(NAMESPACE_OID, json.dumps([customer, run_id]))}:runs"
        self._insert("runs", [committed], token)

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        found = self._rows(sql.RUNS, customer=text(customer_id), **_bounds(since, until))
        return read_rows(stored_run, map(_exact, found))

    def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Dollars by run, then by (period, service)."""
        totals: dict[str, dict[tuple[str, Service], Decimal]] = {}
        for runs, rows in self._of_runs(sql.TOTALS, customer_id, run_ids, totals):
            for write, period, service, total in map(_exact, rows):
                sums = totals[runs[write]]
                key: tuple[str, Service] = (period, known_service(service))
                sums[key] = sums.get(key, ZERO) + total
        return totals

    def lines(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run, in their order."""
        return self._lists(sql.LINES, customer_id, run_ids, stored_line)

    def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run, in their order."""
        return self._lists(sql.RESOURCES, customer_id, run_ids, stored_resource)

    def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Return the waste by run."""
        return self._lists(sql.FINDINGS, customer_id, run_ids, stored_finding)

    def last_findings(
        self, customer_id: str, since: datetime, until: datetime
    ) -> list[LastFinding]:
        """Return the newest measured finding of each resource, oldest first."""
        bounds = _bounds(since, until)
        found = self._rows(sql.LAST_FINDINGS, customer=text(customer_id), **bounds)
        return read_rows(lambda row: last_finding(row[0], row[1], row[2:]), map(_exact, found))

    def rules(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, tuple[int, datetime]]:
        """The version of the rules of each run that can be seen, and when it was collected."""
        customer = text(customer_id)
        found: dict[str, tuple[int, datetime]] = {}
        for some in _batches(run_ids):
            asked = {text(each): each for each in some}
            for run_id, _, at, rules in self._rows(sql.SEEN, customer=customer, runs=list(asked)):
                found[asked[run_id]] = (FIRST_RULES if rules is None else int(rules), at)
        return found

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice that was kept, oldest first."""
        customer = text(customer_id)
        items: dict[tuple[UUID, str], list[tuple[ChargeLine, Service]]] = {}
        for write, invoice_id, *row in self._rows(sql.INVOICE_ITEMS, customer=customer):
            items.setdefault((write, invoice_id), []).extend(
                read_rows(stored_invoice_line, [_exact(row)])
            )

        def read(row: Sequence[Any]) -> StoredInvoice:
            return stored_invoice(_exact(row[1:]), items.get((row[0], row[1]), ()))

        return oldest_first(read_rows(read, self._rows(sql.INVOICES, customer=customer)))

    def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of older runs; how many runs had any."""
        before = min(max(before, _EARLIEST), _LATEST).astimezone(UTC)
        customer, last = text(customer_id), _hour(before) + _HOUR
        runs = int(self._rows(sql.OLD_RUNS, customer=customer, before=before, last=last)[0][0])
        for table in ("lines", "resources"):
            # Also what a write left behind that was cut off; nothing is rewritten for nothing.
            if self._rows(sql.OLD_ROWS[table], customer=customer, before=before)[0][0]:
                cluster = self._line.place.cluster
                self._line.run(sql.drop_rows(table, customer, before, cluster))
        return runs

    def _lists(
        self,
        query: str,
        customer_id: str,
        run_ids: Iterable[str],
        read: Callable[[Sequence[Any]], Read],
    ) -> dict[str, list[Read]]:
        lists: dict[str, list[Read]] = {}
        for runs, rows in self._of_runs(query, customer_id, run_ids, lists):
            for row, stored in zip(
                rows, read_rows(read, (_exact(row[1:]) for row in rows)), strict=True
            ):
                lists[runs[row[0]]].append(stored)
        return lists

    def _of_runs(
        self, query: str, customer_id: str, run_ids: Iterable[str], answer: dict[str, Any]
    ) -> Iterator[tuple[dict[UUID, str], list[Row]]]:
        """Give rows with the runs that their writes belong to, some runs at a time.

        Every run that can be seen is put into ``answer`` first, in the order of ``run_ids``.
        """
        customer = text(customer_id)
        for some in _batches(run_ids):
            asked = {each: text(each) for each in some}
            found = self._rows(sql.SEEN, customer=customer, runs=list(asked.values()))
            seen = {run_id: (write, at) for run_id, write, at, _ in found}
            wanted = {each: seen[kept] for each, kept in asked.items() if kept in seen}
            empty: Callable[[], Any] = dict if query == sql.TOTALS else list
            answer |= {each: empty() for each in wanted}
            if wanted:
                rows = self._rows(
                    query,
                    customer=customer,
                    writes=[write for write, _ in wanted.values()],
                    instants=[at for _, at in wanted.values()],
                )
                yield {write: each for each, (write, _) in wanted.items()}, rows


def _bounds(since: datetime, until: datetime) -> dict[str, datetime]:
    """Return a span, and the hours around it.

    A run that supersedes one of the span may have been collected before or after it.
    """
    since, until = (min(max(each, _EARLIEST), _LATEST) for each in (since, until))
    return {
        "since": since,
        "until": until,
        "first": _hour(since),
        "last": _hour(until) + _HOUR,
    }


def _batches(run_ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(run_ids)
    while some := list(islice(left, RUNS_AT_ONCE)):
        yield some


def _hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _exact(row: Sequence[Any]) -> Row:
    """A row whose amounts have two decimals, or the six that they were kept with."""
    return tuple(_amount(each) if isinstance(each, Decimal) else each for each in row)


def _amount(amount: Decimal) -> Decimal:
    cents = amount.quantize(CENT)
    return cents if cents == amount else amount
