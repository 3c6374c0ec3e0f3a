"""Workbooks, read again by another library: numbers add up, and no text is a formula."""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.export.sheets import invoiced, line, server, sheet
from tests.support.nouns import NOW, at, usd
from vultr_cost_mcp.domain.exporting import Cell, CostExport, Worksheet
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export import workbook
from vultr_cost_mcp.export.lines import COLUMNS
from vultr_cost_mcp.export.workbook import lines_workbook, workbook_bytes

FORMULAS = (
    '=HYPERLINK("http://192.0.2.1","x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\uff1d1+1",
    "a;=1+1",
    "{=1+1}",
    "=cmd|' /C calc'!A0",
    "http://192.0.2.1/",
    "_x0041_",
)


def read(content: bytes) -> Any:
    """Read a workbook: its formulas as they are, not their values."""
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(content: bytes, name: str = "Lines") -> list[dict[str, Any]]:
    """Read a sheet, a row by column."""
    head, *body = read(content)[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_a_line_in_a_workbook() -> None:
    """Numbers are numbers, times are times in UTC, and the rest is text."""
    one = line(
        "30.2200",
        resource=server(),
        invoice_id="41230539",
        unit_price="0.0714285714285714",
        units="423",
    )
    (row,) = rows(lines_workbook(sheet(one)))
    assert list(row) == list(COLUMNS)
    assert (row["total"], row["units"], row["unit_price"]) == (30.22, 423, 0.0714285714285714)
    assert row["start"] == datetime(2026, 11, 1)  # noqa: DTZ001  (a cell knows no zone)
    assert (row["invoice_id"], row["resource_label"], row["tags"]) == (
        "41230539",
        "web",
        "prod, web",
    )


def test_the_lines_sum_to_the_total_that_stands_beside_them() -> None:
    """Cents, parts of cents and credits."""
    of = invoiced(
        line("0.335"), line("0.335"), line("100"), line("-12.50"), line("4954.3812345678")
    )
    content = lines_workbook(of)
    total = sum((Decimal(repr(row["total"])) for row in rows(content)), Decimal(0))
    assert total == of.total == usd("5042.5512345678")
    facts = {row["fact"]: row["value"] for row in rows(content, "About")}
    assert Decimal(repr(facts["total"])) == total
    assert (facts["lines"], facts["complete"]) == (5, "yes")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_or_a_link(text: str) -> None:
    """Also after its cell was edited: a mark keeps those as text that would become a formula."""
    content = lines_workbook(sheet(line(resource=server(label=text), description=text)))
    page = read(content)["Lines"]
    cells = {name: page.cell(2, place) for place, name in enumerate(COLUMNS, 1)}
    for name in ("resource_label", "description"):
        assert (cells[name].data_type, cells[name].hyperlink) == ("s", None)
        assert cells[name].value in {text, text.replace("_x0041_", "_x005F_x0041_")}
        assert cells[name].quotePrefix is (text not in {"{=1+1}", "http://192.0.2.1/", "_x0041_"})
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert not [name for name in parts.namelist() if "rels" in name and b"http:" in _targets(parts)]


def _targets(parts: zipfile.ZipFile) -> bytes:
    """Give the links of the first sheet, were there any."""
    name = "xl/worksheets/_rels/sheet1.xml.rels"
    return parts.read(name) if name in parts.namelist() else b""


def test_what_is_unknown_is_an_empty_cell() -> None:
    (row,) = rows(lines_workbook(sheet(line(start=None, end=None, product="", unit_price=None))))
    assert [row[name] for name in ("start", "end", "product", "unit_price", "region")] == [None] * 5


def test_what_was_not_read_is_said() -> None:
    of = sheet(line(), gaps=(Gap("instances", "the key may not read it"),), sample=True)
    facts = {row["fact"]: row["value"] for row in rows(lines_workbook(of), "About")}
    assert facts["not read: instances"] == "the key may not read it"
    assert (facts["complete"], facts["source"]) == ("no", "running")
    assert "made up" in facts["sample"]


def test_invoices_have_a_sheet() -> None:
    invoice = Invoice("7", at("2026-11-01"), usd("2.25"), ())
    of = invoiced(line("2.25", invoice_id="7"), invoices=(invoice,))
    (row,) = rows(lines_workbook(of), "Invoices")
    assert (row["invoice"], row["amount"]) == ("7", 2.25)


def test_equal_sheets_are_equal_files() -> None:
    """The digest of an answer tells a changed bill, not a second export."""
    of = sheet(line())
    assert lines_workbook(of) == lines_workbook(of)


def test_numbers_show_their_digits() -> None:
    """Cents as cents, counts without a point, prices with what they have."""
    columns: list[list[Cell]] = [
        [Decimal("1.5"), Decimal("2.25")],
        [Decimal(3)],
        [Decimal("0.0071")],
        ["text"],
    ]
    formats = [workbook._number_format(column) for column in columns]
    assert formats == ["#,##0.00", "#,##0", "#,##0.00##", "#,##0"]


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExportError, match=r'pip install "vultr-cost-mcp\[xlsx\]"'):
        lines_workbook(_EMPTY)


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer would leave them out without a word."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    with pytest.raises(ExportError, match="more rows"):
        workbook_bytes([Worksheet("A", ("a",), [("1",)] * 3)], NOW)


_EMPTY: CostExport = sheet()


def test_a_month_without_lines_has_a_head() -> None:
    assert rows(lines_workbook(_EMPTY)) == []
