"""The contents of a file for finance, and its writer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.money import total_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.domain.bill import BillSource, Charge
    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Gap

Format = Literal["csv", "json", "xlsx", "focus", "parquet"]
# A cell of a workbook: a number, a time, text, or nothing.
Cell = Decimal | datetime | str | None
CURRENCY = "USD"
# A larger file is written, but not handed out over MCP: its whole text would be one answer.
MOST_RESOURCE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CostExportLine:
    """A line of the bill with its invoice and its resource, where there are any."""

    charge: Charge
    resource: Resource | None = None
    invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class CostExport:
    """The bill of one month as it goes into a file: no line left out, no amount rounded.

    ``account_id`` is the id of the account's readings. ``complete`` is False while
    the month runs, and when not every line of it could be read. ``regions`` are names by id,
    ``plans`` their list rows.
    """

    account: str
    account_id: str
    month: Month
    source: BillSource
    complete: bool
    as_of: datetime
    lines: tuple[CostExportLine, ...]
    invoices: tuple[Invoice, ...] = ()
    gaps: tuple[Gap, ...] = ()
    sample: bool = False
    regions: Mapping[str, str] = field(default_factory=dict[str, str])
    plans: Mapping[str, ListPlan] = field(default_factory=dict[str, "ListPlan"])

    @property
    def total(self) -> Decimal:
        """Dollars of all lines, not rounded."""
        return total_of(line.charge.total for line in self.lines)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A sheet of a workbook; each row has a cell for each of ``columns``."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written; ``size`` in bytes, ``sha256`` in hexadecimal digits.

    With ``remote`` the reader is on another machine: ``uri`` is an MCP resource, and ``path`` is
    of no use to it.
    """

    path: str
    uri: str
    name: str
    mime_type: str
    size: int
    sha256: str
    remote: bool = False


class Exports(Protocol):
    """The writer of files that tools ask for."""

    async def __call__(self, sheet: CostExport, as_format: Format) -> ExportedFile:
        """Write a sheet, wholly or not at all.

        The same account, month and format is the same file. Raises ExportError.
        """
        ...


class Resources(Protocol):
    """Exported files that clients read by URI."""

    @property
    def remote(self) -> bool:
        """Return whether clients are on other machines, so that no path is of use to them."""
        ...

    def of_account(self, account: str) -> Exports:
        """Return the exports of one account."""
        ...

    def listed(self) -> Sequence[ExportedFile]:
        """Return the files that can be read, the newest first."""
        ...

    async def read(self, uri: str) -> tuple[ExportedFile, str | bytes] | None:
        """Return a file and its text, or bytes if it is none; None for a URI that names none.

        Raises ExportError where the file cannot be handed out.
        """
        ...


class NoExports:
    """The Exports of a program that was given no folder."""

    async def __call__(self, sheet: CostExport, as_format: Format) -> ExportedFile:
        """Write nothing."""
        del sheet, as_format
        msg = "This program was given no folder to write files to."
        raise ExportError(msg)
