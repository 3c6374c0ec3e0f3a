"""Write workbooks (XLSX): numbers as numbers, times as times, text that is never a formula."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.exporting import Worksheet
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export.cells import starts_formula, written_text, written_time
from vultr_cost_mcp.export.lines import COLUMNS, NUMBERS, csv_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.domain.exporting import Cell, CostExport

NEEDS_EXTRA = 'XLSX files need an extra of this program: pip install "vultr-cost-mcp[xlsx]".'
# What a sheet holds with its head; the writer leaves out rows beyond it.
MOST_ROWS = 1_048_576
_TIMES = frozenset({"start", "end"})
_TIME_FORMAT = "yyyy-mm-dd hh:mm"
_CENTS = 2
_MOST_DECIMALS = 15
_NARROWEST, _WIDEST = 8, 60


def lines_workbook(sheet: CostExport) -> bytes:
    """Return the lines of a bill as a workbook, with the facts about the whole bill beside them."""
    lines = Worksheet("Lines", COLUMNS, [_line(csv_row(sheet, line)) for line in sheet.lines])
    return workbook_bytes([lines, *_invoices(sheet), _about(sheet)], sheet.as_of)


def _line(row: dict[str, str | None]) -> list[Cell]:
    return [_typed(name, row[name]) for name in COLUMNS]


def _typed(column: str, text: str | None) -> Cell:
    if text is None or column not in NUMBERS | _TIMES:
        return text
    return Decimal(text) if column in NUMBERS else datetime.fromisoformat(text)


def _invoices(sheet: CostExport) -> list[Worksheet]:
    rows = [(row.id, row.date, row.amount) for row in sheet.invoices]
    return [Worksheet("Invoices", ("invoice", "date", "amount"), rows)] if rows else []


def _about(sheet: CostExport) -> Worksheet:
    """Return the facts about the bill, and each part that was not read."""
    rows: list[tuple[Cell, ...]] = [
        ("account", sheet.account),
        ("account_id", sheet.account_id),
        ("month", sheet.month.name),
        ("source", sheet.source),
        ("complete", "yes" if sheet.complete else "no"),
        ("currency", "USD"),
        ("lines", Decimal(len(sheet.lines))),
        ("total", sheet.total),
        ("read at", sheet.as_of),
        *([("sample", "built-in sample account: every figure is made up")] if sheet.sample else []),
        *((f"not read: {gap.part}", gap.reason) for gap in sheet.gaps),
    ]
    return Worksheet("About", ("fact", "value"), rows)


def workbook_bytes(sheets: Sequence[Worksheet], as_of: datetime) -> bytes:
    """Return a workbook; equal sheets and times give equal bytes.

    Raises ExportError without the extra that writes it, and for more rows than a sheet holds.
    """
    file = io.BytesIO()
    book = require_writer().Workbook(file, {"in_memory": True})
    book.set_properties({"created": as_of.astimezone(UTC).replace(tzinfo=None)})
    for sheet in sheets:
        _write(book, sheet)
    book.close()
    return file.getvalue()


def require_writer() -> Any:
    """Return the package that writes workbooks; raises ExportError without the extra."""
    try:
        return import_module("xlsxwriter")
    except ImportError as error:
        raise ExportError(NEEDS_EXTRA) from error


def _write(book: Any, sheet: Worksheet) -> None:
    if len(sheet.rows) >= MOST_ROWS:
        msg = f"The sheet {sheet.name} would have more rows than XLSX holds. Use csv or parquet."
        raise ExportError(msg)
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    page.write_row(0, 0, sheet.columns, book.add_format({"bold": True, "text_wrap": False}))
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    text = book.add_format({"align": "left"})
    # A spreadsheet would turn such a text into a formula when its cell is edited.
    quoted = book.add_format({"align": "left", "quote_prefix": True})
    time = book.add_format({"num_format": _TIME_FORMAT, "align": "left"})
    for place, name in enumerate(sheet.columns):
        column = [row[place] for row in sheet.rows]
        number = book.add_format({"num_format": _number_format(column)})
        page.set_column(place, place, _width(name, column))
        for at, cell in enumerate(column, 1):
            match cell:
                case Decimal():
                    page.write_number(at, place, cell, number)
                case datetime():
                    page.write_datetime(at, place, _naive(cell), time)
                case str() if shown := written_text(cell):
                    page.write_string(at, place, shown, quoted if starts_formula(shown) else text)
                case _:
                    continue


def _naive(instant: datetime) -> datetime:
    """Return a time without its zone, which a spreadsheet does not know: all are in UTC."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None)


def _number_format(column: Iterable[Cell]) -> str:
    """Return cents for dollars, more digits where there are more, and none for counts."""
    places = max((_decimals(cell) for cell in column if isinstance(cell, Decimal)), default=0)
    if places == 0:
        return "#,##0"
    return f"#,##0.00{'#' * (min(places, _MOST_DECIMALS) - _CENTS)}"


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _width(name: str, column: Iterable[Cell]) -> int:
    longest = max((len(_shown(cell)) for cell in column), default=0)
    return max(_NARROWEST, min(_WIDEST, max(longest, len(name)) + 2))


def _shown(cell: Cell) -> str:
    match cell:
        case datetime():
            return written_time(cell) or ""
        case Decimal():
            return format(cell, ",f")
        case _:
            return cell or ""
