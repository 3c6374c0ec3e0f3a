"""Accounts in ClickHouse: their aliases, the extent of their rows, and erasing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from vultr_cost_mcp.domain.accounts import Kept
from vultr_cost_mcp.history.account_rows import alias_row, stored_alias
from vultr_cost_mcp.history.clickhouse import sql
from vultr_cost_mcp.history.clickhouse.schema import TABLES, ensure_tables
from vultr_cost_mcp.history.rows import read_rows
from vultr_cost_mcp.history.values import text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vultr_cost_mcp.domain.accounts import Alias, AliasKind
    from vultr_cost_mcp.history.clickhouse.client import Client, Connection
    from vultr_cost_mcp.history.rows import Row

# Ids in one request: a form field of a server holds 128 KiB.
RUNS_AT_ONCE: Final = 500


class ClickHouseAccounts:
    """The part of the engine that tells accounts apart, and the line that it asks through."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._ready_with: Client | None = None

    def aliases(self, kind: AliasKind, digests: Collection[str] | None) -> list[Alias]:
        """Return the aliases with these digests; None asks for all of a kind."""
        if digests is None:
            return read_rows(stored_alias, self._rows(sql.ALL_ALIASES, kind=kind))
        asked = list(digests)
        found: list[Row] = []
        for start in range(0, len(asked), RUNS_AT_ONCE):
            some = asked[start : start + RUNS_AT_ONCE]
            found += self._rows(sql.ALIASES, kind=kind, digests=some)
        return read_rows(stored_alias, found)

    def aliases_of(self, account: str, kind: AliasKind) -> list[Alias]:
        """Return the names and digests that identify an account."""
        return read_rows(stored_alias, self._rows(sql.ALIASES_OF, kind=kind, account=text(account)))

    def add_aliases(self, aliases: Sequence[Alias]) -> None:
        """Store aliases of accounts."""
        self._insert("aliases", [alias_row(each) for each in aliases], f"{uuid4()}:aliases")

    def keys(self) -> list[str]:
        """Every id that something is filed under."""
        return [str(key) for (key,) in self._rows(sql.KEYS)]

    def invoice_ids(self, customer_id: str) -> set[str]:
        """The ids of the invoices that are kept."""
        rows = self._rows(sql.INVOICE_IDS, customer=text(customer_id))
        return {str(id_) for (id_,) in rows}

    def newest_resource_ids(self, customer_id: str) -> set[str]:
        """Return the resources of the newest reading that has any."""
        rows = self._rows(sql.NEWEST_RESOURCES, customer=text(customer_id))
        return {str(id_) for (id_,) in rows}

    def kept(self) -> list[Kept]:
        """Return the stored rows by the id that they are filed under."""
        counts: dict[str, dict[str, Any]] = {
            table: dict(self._rows(query)) for table, query in sql.KEPT_ROWS.items()
        }
        runs = {key: row for key, *row in self._rows(sql.KEPT)}
        kept: list[Kept] = []
        for key in sorted({*runs, *counts["invoices"]}):
            number, first, last = runs.get(key, (0, None, None))
            lines, resources, invoices = (int(each.get(key, 0)) for each in counts.values())
            kept.append(Kept(key, int(number), lines, resources, invoices, first, last))
        return kept

    def size(self) -> int | None:
        """Return the bytes of the tables on the disk of the server."""
        found = self._rows(sql.SIZE)[0][0]
        return None if found is None else int(found)

    def forget(self, account: str, customer_ids: Sequence[str]) -> None:
        """Erase all that is filed under the ids, and all that the account is known by."""
        self._ready()
        cluster = self._line.place.cluster
        for key in customer_ids:
            # The run rows first: what is cut off then is seen no more.
            for table in ("runs", "lines", "resources", "findings", "invoices", "invoice_items"):
                self._line.run(sql.erase_rows(table, "customer_id", text(key), cluster))
        self._line.run(sql.erase_rows("aliases", "account", text(account), cluster))

    def _rows(self, query: str, **parameters: object) -> list[Row]:
        self._ready()
        return self._line.rows(query, **parameters)

    def _insert(self, table: str, rows: Sequence[Row], token: str) -> None:
        if rows:
            self._ready()
            self._line.insert(table, TABLES[table], rows, token)

    def _ready(self) -> None:
        if self._ready_with is None or self._ready_with is not self._line.client:
            ensure_tables(self._line)
            self._ready_with = self._line.client
