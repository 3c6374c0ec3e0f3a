"""Files of lines: every digit, every line, nothing a spreadsheet would run (D1, D4, E-total)."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.sheets import invoiced, json_of, line, rows_of, server, sheet, sum_of
from tests.support.nouns import at, usd
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.export.cells import (
    escape_formula,
    table_bytes,
    written_number,
    written_text,
    written_time,
)
from vultr_cost_mcp.export.focus import focus_bytes
from vultr_cost_mcp.export.lines import COLUMNS, csv_bytes, json_bytes
from vultr_cost_mcp.money import to_cents

ODD_TOTALS = ("0.335", "0.335", "0.335", "-1.0050", "1E+2", "12.50", "0E-10")
# 1.005 - 1.005 + 100 + 12.50
ODD_SUM = usd("112.50")
FORMULAS = (
    "=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u207a", "\u2212",
)  # fmt: skip
# An apostrophe that was added, and a beginning that needs one, by the rules of docs/exports.md.
_START = "[\\s\"'\u201c]*[=+\\-@\uff1d\uff0b\u2212\t\r\n]"
ADDED = re.compile(f"(^|;)'(?={_START})")
BEGINNING = re.compile(f"(?:^|;)(?!'){_START}")
BEFORE = ("", " ", "\t", "\r", "\n", '"', "'", ' "', "\u201c", "\u00a0", "\u200b", "\x00", "\ufeff")


def test_a_line_as_csv() -> None:
    """D1: everything that is known of it, in the digits that it came with."""
    one = line(
        "30.2200",
        resource=server(),
        invoice_id="41230539",
        description="203.0.113.10 (8192 MB) [web]",
        unit_price="0.0714285714285714",
        units="423",
    )
    assert rows_of(csv_bytes(sheet(one))) == [
        {
            "invoice_id": "41230539",
            "month": "2026-11",
            "description": "203.0.113.10 (8192 MB) [web]",
            "product": "Vultr Cloud Compute",
            "service": "Cloud Compute",
            "start": "2026-11-01T00:00:00Z",
            "end": "2026-11-18T14:05:00Z",
            "units": "423",
            "unit_type": "hours",
            "unit_price": "0.0714285714285714",
            "total": "30.2200",
            "resource_id": "srv-1",
            "resource_label": "web",
            "region": "ewr",
            "tags": "prod, web",
            "match": "exact",
        }
    ]


def test_what_is_unknown_is_empty_in_csv_and_null_in_json() -> None:
    one = line(start=None, end=None, product="", description="", unit_type="")
    unknown = {
        "invoice_id", "description", "product", "start", "end", "units", "unit_type", "unit_price",
        "resource_id", "resource_label", "region",
    }  # fmt: skip
    (row,) = rows_of(csv_bytes(sheet(one)))
    assert {name for name, value in row.items() if value == ""} == {*unknown, "tags"}
    (record,) = json_of(json_bytes(sheet(one)))["lines"]
    assert {name for name, value in record.items() if value is None} == unknown
    assert record["tags"] == []


def test_a_file_sums_to_its_total_to_the_cent() -> None:
    """D4: amounts are written as they came, so that their sum, rounded once, is the total."""
    many = sheet(*(line(total) for total in ODD_TOTALS))
    assert many.total == ODD_SUM
    for total in (
        sum_of(rows_of(csv_bytes(many))),
        sum_of(rows_of(focus_bytes(many)), "BilledCost"),
        sum_of(json_of(json_bytes(many))["lines"]),
        usd(json_of(json_bytes(many))["total"]),
    ):
        assert to_cents(total) == ODD_SUM
    assert [row["total"] for row in rows_of(csv_bytes(many))][3:] == [
        "-1.0050",
        "100",
        "12.50",
        "0.0000000000",
    ]


def test_csv_is_rfc_4180_with_the_mark_that_excel_needs() -> None:
    content = csv_bytes(sheet(line(description='a "b", c'), line()))
    assert content.startswith(b"\xef\xbb\xbfinvoice_id,month,")
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert b'"a ""b"", c"' in content
    assert not focus_bytes(sheet(line())).startswith(b"\xef\xbb\xbf")


def test_a_month_without_lines_is_a_head() -> None:
    assert csv_bytes(sheet()).decode("utf-8-sig") == ",".join(COLUMNS) + "\r\n"
    assert json_of(json_bytes(sheet()))["total"] == "0"


def test_json_says_what_it_is() -> None:
    """Account, period, currency, total, whether that is all, when, and what is missing."""
    one = invoiced(
        line("3.50", invoice_id="7"),
        account_id="vultr-0123456789ab",
        invoices=(Invoice("7", at("2026-11-01"), usd("3.50")),),
        gaps=(Gap("snapshots", "could not be read (403)"),),
        sample=True,
    )
    whole = json_of(json_bytes(one))
    (record,) = whole.pop("lines")
    assert record["total"] == "3.50"
    assert whole == {
        "account": "acme",
        "account_id": "vultr-0123456789ab",
        "sample": True,
        "period": {
            "name": "2026-10",
            "start": "2026-10-01T00:00:00Z",
            "end": "2026-11-01T00:00:00Z",
        },
        "source": "invoices",
        "currency": "USD",
        "total": "3.50",
        "complete": True,
        "generated_at": "2026-11-18T14:05:00Z",
        "gaps": [{"part": "snapshots", "reason": "could not be read (403)"}],
        "invoices": [{"id": "7", "date": "2026-11-01T00:00:00Z", "amount": "3.50"}],
    }
    assert json_of(json_bytes(sheet()))["complete"] is False


@pytest.mark.parametrize("letter", FORMULAS)
@pytest.mark.parametrize("before", BEFORE)
def test_no_cell_is_a_formula(letter: str, before: str) -> None:
    """Whoever can create a server types its label; finance opens it in a spreadsheet."""
    evil = f"{before}{letter}cmd|' /C calc'!A0"
    one = line(
        "-5.00",
        description=evil,
        product=evil,
        unit_type=evil,
        invoice_id=evil,
        unit_price="-5",
    )
    owned = line("-5.00", resource=server(label=evil, region=evil, tags=(evil, "ok")))
    (row, other) = rows_of(csv_bytes(sheet(one, owned)))
    texts = [row[name] for name in ("description", "product", "unit_type", "invoice_id")]
    texts += [other[name] for name in ("resource_label", "region", "tags")]
    (focus, owned_focus) = rows_of(focus_bytes(sheet(one, owned, account=evil, account_id=evil)))
    texts += [focus[name] for name in ("ChargeDescription", "x_VultrProduct", "BillingAccountId")]
    texts += [owned_focus[name] for name in ("ResourceName", "RegionId", "BillingAccountName")]
    assert all(text.startswith("'") and letter in text for text in texts)
    # A number is a number, below zero too.
    assert (row["total"], row["unit_price"], focus["BilledCost"]) == ("-5.00", "-5", "-5.00")


@pytest.mark.parametrize("letter", FORMULAS)
def test_json_keeps_text_as_it_is(letter: str) -> None:
    """A program reads it: an apostrophe would be part of the name that it looks for."""
    text = f"{letter}1+1;=2"
    one = line(description=text, resource=server(label=text, tags=(text,)))
    (record,) = json_of(json_bytes(sheet(one)))["lines"]
    assert (record["description"], record["resource_label"]) == (text, text)
    assert record["tags"] == [text]


def test_no_cell_begins_a_formula_where_a_semicolon_separates_cells() -> None:
    assert escape_formula("web;=1+1") == "web;'=1+1"
    assert escape_formula('a; "@x;+y;;-z;b') == "a;' \"@x;'+y;;'-z;b"
    assert escape_formula(";=1") == ";'=1"


@pytest.mark.parametrize("text", ["\tweb", "\rweb", "\nweb", "\t", " '\tweb"])
def test_no_cell_begins_with_a_tab_or_a_line_break(text: str) -> None:
    """OWASP: some programs read on behind it. Text of files has none, that of others may."""
    assert escape_formula(text) == f"'{text}"
    assert escape_formula(f"a;{text}") == f"a;'{text}"


def test_no_column_is_a_formula() -> None:
    table = table_bytes(["=a", "b"], [["1", "\uff1d1"]], frozenset({"=a"}), mark=False)
    assert table.decode() == "'=a,b\r\n1,'\uff1d1\r\n"


@given(st.text(alphabet="=+-@\uff1d\uff0b\u2212'\"; \t\r\nab\u201c", max_size=12))
def test_without_the_apostrophe_the_text_is_as_it_was(text: str) -> None:
    """As docs/exports.md says: one apostrophe before a formula is ours, every other the text's."""
    marked = escape_formula(text)
    assert ADDED.sub(r"\1", marked) == text
    assert not BEGINNING.search(marked)
    record = next(csv.reader(io.StringIO(_as_csv(text), newline="")))
    assert ADDED.sub(r"\1", record[0]) == text


def _as_csv(text: str) -> str:
    table = table_bytes(["text", "end"], [[text, "."]], frozenset(), mark=False).decode()
    return table.removeprefix("text,end\r\n")


@pytest.mark.parametrize("text", ["web-01", "a=b", "1+1", "x@y.z", "(=)", "", "'", "a; b"])
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert escape_formula(text) == text


def test_hidden_characters_are_left_out() -> None:
    """No control or bidirectional character, no line break inside a cell."""
    evil = "a\u202eb\x00c\x1b[31m\u2066d\r\ne\u2028f\ud800g\U000e0041h"
    one = line(description=evil, resource=server(label=evil, tags=(evil, "\u202e")))
    (row,) = rows_of(csv_bytes(sheet(one)))
    assert row["description"] == row["resource_label"] == row["tags"] == "abc[31md e fgh"
    (record,) = json_of(json_bytes(sheet(one)))["lines"]
    assert (record["description"], record["tags"]) == ("abc[31md e fgh", ["abc[31md e fgh"])


def test_a_label_is_whole_up_to_a_thousand_characters() -> None:
    """A file is no answer: finance needs the whole label; 5,000 letters are no label."""
    (row,) = rows_of(csv_bytes(sheet(line(description="x" * 900))))
    assert row["description"] == "x" * 900
    (row,) = rows_of(csv_bytes(sheet(line(description="x" * 5000))))
    assert row["description"] == "x" * 999 + "…"


def test_numbers_and_times_as_files_have_them() -> None:
    assert [written_number(usd(text)) for text in ("5.5E-7", "1E+3", "-0.10")] == [
        "0.00000055",
        "1000",
        "-0.10",
    ]
    assert written_time(at("2026-11-01T10:00").replace(microsecond=9)) == "2026-11-01T10:00:00Z"
    assert (written_number(None), written_time(None), written_text(""), written_text("\x00")) == (
        None,
        None,
        None,
        None,
    )
