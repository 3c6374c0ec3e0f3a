"""Accounts in a SQLite history: their aliases, the extent of their rows, and erasing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.accounts import Kept
from vultr_cost_mcp.history.account_rows import alias_row, stored_alias
from vultr_cost_mcp.history.columns import ALIAS_COLUMNS
from vultr_cost_mcp.history.rows import read_rows
from vultr_cost_mcp.history.sqlite.place import size_of
from vultr_cost_mcp.history.sqlite.queries import (
    ADD_ALIAS,
    ALIASES,
    ALIASES_OF,
    ALL_ALIASES,
    ERASE,
    ERASE_ALIASES,
    ERASE_FINDINGS,
    ERASE_RUNS,
    INVOICE_IDS,
    INVOICES_KEPT,
    KEPT,
    KEYS,
    NEWEST_RUN,
    RESOURCE_IDS,
)
from vultr_cost_mcp.history.sqlite.schema import instant_of, reader, writer
from vultr_cost_mcp.history.values import text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vultr_cost_mcp.domain.accounts import Alias, AliasKind
    from vultr_cost_mcp.history.sqlite.file import SqliteFile

_WRITE_ALIAS = writer(ALIAS_COLUMNS)
_READ_ALIAS = reader(ALIAS_COLUMNS)


class SqliteAccounts:
    """The part of the engine on one file that tells accounts apart."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def aliases(self, kind: AliasKind, digests: Collection[str] | None) -> list[Alias]:
        """Return the aliases with these digests; None asks for all of a kind."""
        with self._file.reading() as database:
            if digests is None:
                return read_rows(_alias, database.execute(ALL_ALIASES, (kind,)))
            return read_rows(
                _alias,
                [
                    row
                    for digest in digests
                    for row in database.execute(ALIASES, (kind, digest)).fetchall()
                ],
            )

    def aliases_of(self, account: str, kind: AliasKind) -> list[Alias]:
        """Return the names and digests that identify an account."""
        with self._file.reading() as database:
            return read_rows(_alias, database.execute(ALIASES_OF, (text(account), kind)))

    def add_aliases(self, aliases: Sequence[Alias]) -> None:
        """Store aliases of accounts."""
        with self._file.writing() as database:
            database.executemany(ADD_ALIAS, (_WRITE_ALIAS(alias_row(each)) for each in aliases))

    def keys(self) -> list[str]:
        """Every id that something is filed under."""
        with self._file.reading() as database:
            return [str(key) for (key,) in database.execute(KEYS)]

    def invoice_ids(self, customer_id: str) -> set[str]:
        """The ids of the invoices that are kept."""
        with self._file.reading() as database:
            return {str(id_) for (id_,) in database.execute(INVOICE_IDS, (text(customer_id),))}

    def newest_resource_ids(self, customer_id: str) -> set[str]:
        """Return the resources of the newest reading that has any."""
        with self._file.reading() as database:
            newest = database.execute(NEWEST_RUN, (text(customer_id),)).fetchone()
            rows = database.execute(RESOURCE_IDS, newest).fetchall() if newest else []
        return {str(id_) for (id_,) in rows}

    def kept(self) -> list[Kept]:
        """Return the stored rows by the id that they are filed under."""
        with self._file.reading() as database:
            invoices = dict(database.execute(INVOICES_KEPT).fetchall())
            rows = {row[0]: row[1:] for row in database.execute(KEPT)}
        nothing = (0, 0, 0, None, None)
        return read_rows(
            lambda key: _kept(key, *rows.get(key, nothing), invoices=invoices.get(key, 0)),
            sorted({*rows, *invoices}),
        )

    def size(self) -> int | None:
        """Return the bytes of the file and of those beside it."""
        return size_of(self._file.path)

    def forget(self, account: str, customer_ids: Sequence[str]) -> None:
        """Erase all that is filed under the ids, and all that the account is known by."""
        keys = [(text(key),) for key in customer_ids]
        with self._file.writing(zeros=True) as database:
            for statement in (*ERASE, ERASE_FINDINGS, ERASE_RUNS):
                database.executemany(statement, keys)
            database.execute(ERASE_ALIASES, (text(account),))
        for copy in self._file.copies():
            # Of an older version: without findings and aliases.
            with copy as database:
                for statement in (*ERASE, ERASE_RUNS):
                    database.executemany(statement, keys)


def _alias(row: Sequence[Any]) -> Alias:
    return stored_alias(_READ_ALIAS(row))


def _kept(  # noqa: PLR0917  (the columns of a row)
    key: str,
    runs: int,
    lines: int,
    resources: int,
    first: int | None,
    last: int | None,
    *,
    invoices: int,
) -> Kept:
    begin, end = (None if each is None else instant_of(each) for each in (first, last))
    return Kept(str(key), runs, lines, resources, invoices, begin, end)
