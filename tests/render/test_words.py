"""How figures, names and tables are written, whatever somebody typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.nouns import at, usd
from vultr_cost_mcp.domain.dates import day_name, month_name, period_name
from vultr_cost_mcp.domain.report_fields import Omitted, top
from vultr_cost_mcp.markdown import (
    code,
    count,
    distinct,
    more,
    percent,
    table,
)
from vultr_cost_mcp.markdown import usd as dollars


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("4910.4", "$4,910.40"),
        ("-50", "-$50.00"),
        ("1234567.89", "$1,234,567.89"),
        ("-0.01", "-$0.01"),
    ],
)
def test_dollars(amount: str, text: str) -> None:
    """Two decimals, the sign before the dollar."""
    assert dollars(usd(amount)) == text


def test_what_is_unknown_is_no_number() -> None:
    """D8, D33: unknown prints as a word and never as zero."""
    assert dollars(None) == "unknown"
    assert percent(None) == "unknown"
    assert count(None, "server") == "unknown servers"
    assert count(None, "reserved address", "reserved addresses") == "unknown reserved addresses"


def test_percentages_and_counts() -> None:
    """D4: one decimal; one thing is singular."""
    assert percent(39.8) == "39.8 %"
    assert percent(0.0) == "0.0 %"
    assert percent(-14.6) == "-14.6 %"
    assert (count(1, "server"), count(0, "server"), count(2500, "server")) == (
        "1 server",
        "0 servers",
        "2,500 servers",
    )
    assert count(2, "address", "addresses") == "2 addresses"


def test_days_and_months_are_named() -> None:
    """A stamp is named by its day; a period by its ISO form, of a month or a day."""
    assert month_name(at("2026-11-01")) == period_name("2026-11") == "November 2026"
    assert day_name(at("2026-11-05T14:05")) == period_name("2026-11-05") == "5 Nov 2026"


def test_a_table_has_its_figures_on_the_right() -> None:
    """A Markdown table; no rows, no table."""
    assert table(("Name", "A month $"), [("`a`", "$1.00")]) == [
        "",
        "| Name | A month |",
        "|---|---:|",
        "| `a` | $1.00 |",
        "",
    ]
    assert table(("Name",), []) == []


def test_what_a_list_leaves_out() -> None:
    """Omitted rows are counted with their money."""
    assert more(None, "row") == []
    assert more(Omitted(0, usd(0)), "row") == []
    assert more(Omitted(1, usd("2.5")), "row") == ["1 more row, together $2.50."]
    assert more(Omitted(1200, usd(-3)), "thing to see", "things to see") == [
        "1,200 more things to see, together -$3.00."
    ]


def test_a_cut_list_says_how_much_it_shows() -> None:
    """Rows shown of all rows, their money, and that of the others."""
    _, omitted = top([9, 1, 4], 2, usd)
    assert more(omitted, "row") == ["2 of 3 rows shown, together $13.00; 1 more, $1.00."]
    _, everything = top([9, 1, 4], 3, usd)
    assert more(everything, "row") == []
    _, unknown = top([9, None], 1, lambda row: None if row is None else usd(row))
    assert more(unknown, "row") == ["1 of 2 rows shown, together $9.00; 1 more, unknown."]
    _, no_price = top([None, None], 1, lambda row: row)
    assert more(no_price, "row") == ["1 of 2 rows shown; 1 more, unknown."]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("web-1", "`web-1`"),
        ("", "(no name)"),
        ("\u202e\n", "(no name)"),
        ("a|b", "`a¦b`"),
        ("a`b", "`a'b`"),
        ("```", "`'''`"),
        ("[click](https://evil.example)", "`[click](https://evil.example)`"),
        ("![x](https://evil.example/p.png)", "`![x](https://evil.example/p.png)`"),
        ("<script>alert(1)</script>", "`‹script›alert(1)‹/script›`"),
        ("=HYPERLINK(1)", "`=HYPERLINK(1)`"),
        ("one\n\n# two", "`one # two`"),
        ("a" * 5000, "`" + "a" * 63 + "…`"),
    ],
)
def test_typed_text_is_quoted(typed: str, shown: str) -> None:
    """Nothing that somebody typed becomes a link, markup or a row of a table."""
    assert code(typed) == shown


@given(st.text(max_size=300))
def test_quoted_text_cannot_leave_its_quotes(typed: str) -> None:
    """Exactly one pair of backticks on one line, without a column's end inside."""
    shown = code(typed)
    assert shown == "(no name)" or re.fullmatch(r"`[^`|\n\r\u2028\u2029]{1,64}`", shown)


def test_names_that_look_the_same_are_followed_by_their_ids() -> None:
    """S-shown: uniqueness is judged on what is shown, not on what was typed."""
    assert distinct([("web", "1"), ("db", "2"), ("we\u200bb", "3")]) == [
        "`web` `1`",
        "`db`",
        "`web` `3`",
    ]
    assert distinct([("<a>", None), ("‹a›", None)]) == ["`‹a›`", "`‹a›`"]
    assert distinct([("", "1"), ("", "2")]) == ["(no name) `1`", "(no name) `2`"]
