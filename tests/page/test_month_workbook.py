"""``report --format xlsx``: a sheet for each question, read again by another library."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.nouns import usd
from vultr_cost_mcp import cli
from vultr_cost_mcp.page.answers import ToolAnswer
from vultr_cost_mcp.page.workbook import IN_SHEETS, month_sheets

SHEETS = [
    "Overview", "Services", "Regions", "Forecast", "Change", "Months", "Days", "Budgets", "Savings",
    "Worth a look", "Anomalies", "Resources", "Notes",
]  # fmt: skip
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give the workbook of the sample account, with a budget."""
    file = tmp_path_factory.mktemp("xlsx") / "month.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VULTR_COST_BUDGET", "8000")
        assert cli.main(["report", "--demo", "--out", str(file)]) == 0
    return openpyxl.load_workbook(file)


def rows(book: Any, name: str) -> Rows:
    """Read a sheet, a row by column."""
    head, *body = book[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def total(found: Rows, column: str) -> Decimal:
    """Add a column up; an empty cell is nothing."""
    return sum((Decimal(repr(row[column])) for row in found if row[column] is not None), Decimal(0))


def test_there_is_a_sheet_for_each_question(book: Any) -> None:
    assert book.sheetnames == SHEETS
    assert {row["Account"] for name in SHEETS for row in rows(book, name)} == {"sample"}


def test_figures_are_those_of_the_sample_account(book: Any) -> None:
    """Worked out by hand from its list of lines: spent, projected, confirmed waste."""
    figures = {row["Figure"]: row["USD"] for row in rows(book, "Overview")}
    assert figures["Spent so far"] == 4954.38
    assert figures["Projected month end, before tax"] == 8176.23
    assert figures["Confirmed waste a month"] == 1916.20
    (budget,) = rows(book, "Budgets")
    assert (budget["Budget (USD)"], budget["Reached on"]) == (8000, "2026-11-29")


@pytest.mark.parametrize(
    ("sheet", "column", "sum_of"),
    [
        ("Services", "So far (USD)", "4954.38"),
        ("Regions", "So far (USD)", "4954.38"),
        ("Forecast", "So far (USD)", "4954.38"),
        ("Forecast", "Month end (USD)", "8176.23"),
        ("Savings", "Saves a month (USD)", "1916.20"),
        ("Worth a look", "Saves a month (USD)", "167.20"),
        ("Resources", "A month (USD)", "8152.46"),
    ],
)
def test_rows_sum_to_the_total_of_the_answer(
    book: Any, sheet: str, column: str, sum_of: str
) -> None:
    assert total(rows(book, sheet), column) == usd(sum_of)


def test_every_saving_says_what_a_mistake_costs(book: Any) -> None:
    """An answer says it once an action, the sheet in each row."""
    for sheet in ("Savings", "Worth a look"):
        for row in rows(book, sheet):
            assert row["Lost"], row
            assert row["Undo"], row
    (server, *_) = rows(book, "Savings")
    assert (server["Lost"], server["Undo"]) == ("disk and address", "only from a snapshot")


def test_drivers_sum_to_the_change(book: Any) -> None:
    """Before and now are the same hours of two months; each driver's change is their difference."""
    for row in rows(book, "Change"):
        known = (row["Before (USD)"], row["Now (USD)"], row["Change (USD)"])
        before, now, delta = (Decimal(repr(cell)) for cell in known)
        assert now - before == delta


def _answers(**changed: ToolAnswer) -> Mapping[str, ToolAnswer]:
    common = {
        "headline": "One.",
        "as_of": "2026-11-18T14:05:00Z",
        "coverage": {"complete": True},
        "month_to_date": "1.00",
    }
    return {name: changed.get(name, ToolAnswer(common)) for name in IN_SHEETS}


def _rows(answers: Mapping[str, ToolAnswer], name: str) -> Rows:
    (sheet,) = [sheet for sheet in month_sheets({"acme": answers}) if sheet.name == name]
    return [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]


def test_rows_left_out_are_a_row_of_their_own() -> None:
    """So that a sum of the column is the total of the answer."""
    services = ToolAnswer(
        {
            "headline": "x",
            "coverage": {"complete": True},
            "groups": [{"name": "Cloud Compute", "total": "5.00"}],
            "omitted": {"count": 2, "total": "3.00"},
            "unattributed": {"total": "0.50"},
        }
    )
    found = _rows(_answers(services=services), "Services")
    assert [(row["Service"], row["So far (USD)"]) for row in found] == [
        ("Cloud Compute", usd("5.00")),
        ("(2 more)", usd("3.00")),
        ("(charges without a resource)", usd("0.50")),
    ]


def test_what_failed_or_was_not_read_is_among_the_notes() -> None:
    """An empty sheet does not look like good news."""
    overview = ToolAnswer(
        {
            "headline": "At least $1.00.",
            "as_of": "2026-11-18T14:05:00Z",
            "coverage": {"complete": False, "gaps": [{"part": "instances", "reason": "refused"}]},
            "partial": ["savings_monthly"],
            "month_to_date": "1.00",
            "savings_monthly": "2.00",
            "caveats": ["One thing."],
        }
    )
    answers = _answers(overview=overview, budget=ToolAnswer({}, "No answer."))
    notes = {(row["Tool"], row["Kind"]): row["Text"] for row in _rows(answers, "Notes")}
    assert notes["check_budget", "failed"] == "No answer."
    assert notes["get_cost_overview", "not read"] == "instances: refused"
    assert notes["get_cost_overview", "note"] == "One thing."
    assert "savings_monthly" in notes["get_cost_overview", "at least"]
    figures = {row["Figure"]: (row["USD"], row["Note"]) for row in _rows(answers, "Overview")}
    assert figures["Spent so far"] == (usd("1.00"), "at least")
    assert figures["Confirmed waste a month"] == (usd("2.00"), "at least")
    assert figures["Owed"] == (None, None)


def test_several_accounts_are_rows_of_the_same_sheets() -> None:
    """Told apart by the first column."""
    sheets = month_sheets({"shop": _answers(), "lab": _answers()})
    assert [sheet.name for sheet in sheets] == SHEETS
    overview = sheets[0]
    assert {row[0] for row in overview.rows} == {"shop", "lab"}
    assert all(len(row) == len(sheet.columns) for sheet in sheets for row in sheet.rows)


def test_a_workbook_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes on a terminal are of no use."""
    assert cli.main(["report", "--demo", "--format", "xlsx"]) == 2
    assert "--format xlsx needs --out FILE" in capsys.readouterr().err


def test_without_the_extra_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert cli.main(["report", "--demo", "--out", str(tmp_path / "a.xlsx")]) == 1
    assert 'pip install "vultr-cost-mcp[xlsx]"' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
