"""The day on which credit ends, on the page of a month (D26)."""

from __future__ import annotations

from typing import Any

import pytest

from vultr_cost_mcp.page.answers import ASKED, ToolAnswer
from vultr_cost_mcp.page.month import month_page

COMMON: dict[str, Any] = {
    "headline": "One.",
    "as_of": "2026-11-18T14:05:00Z",
    "account": "acme",
    "period": {"start": "2026-11-01"},
    "coverage": {"complete": True},
}
DECEMBER = {"runs_out_on": "2026-12-02", "state": "open"}
LASTING = {"runs_out_on": None, "state": "open"}
USED_UP = {"runs_out_on": "2026-11-10", "state": "used_up"}


@pytest.mark.parametrize(
    ("credit", "tax", "note"),
    [
        (None, "0.00", ""),
        (LASTING, "0.00", ""),
        (LASTING, None, ""),
        (DECEMBER, "0.00", "runs out on 2 Dec 2026"),
        (DECEMBER, None, "runs out on 2 Dec 2026 before tax"),
        (USED_UP, None, "was used up on 10 Nov 2026"),
        (
            {**DECEMBER, "with_tax": {"runs_out_on": "2026-11-25"}},
            "9.00",
            "runs out on 25 Nov 2026 with tax; before tax it runs out on 2 Dec 2026",
        ),
        (
            {**DECEMBER, "with_tax": {"runs_out_on": "2026-12-02"}},
            "9.00",
            "runs out on 2 Dec 2026 with tax; before tax it runs out on the same day",
        ),
        (
            {**LASTING, "with_tax": {"runs_out_on": "2026-11-10"}},
            "9.00",
            "was used up on 10 Nov 2026 with tax; before tax it lasts",
        ),
        ({**LASTING, "with_tax": {"runs_out_on": None}}, "9.00", ""),
    ],
)
def test_the_page_names_the_day_before_tax_too(
    credit: dict[str, Any] | None, tax: str | None, note: str
) -> None:
    """D26: beside the day with tax; or the one day is called before tax."""
    answers = {name: ToolAnswer({}, "Not read.") for name in ASKED}
    answers["overview"] = ToolAnswer({**COMMON, "credit_left": "77.00"})
    answers["forecast"] = ToolAnswer({**COMMON, "credit": credit, "expected_tax": tax})
    (figure,) = (row for row in month_page(answers).figures if row.name == "Credit left")
    assert figure.note == note
