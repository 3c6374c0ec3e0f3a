"""Text that somebody typed, made harmless (SURFACE, untrusted text)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultr_cost_mcp.domain.text import LONGEST, clean


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("web-1", "web-1"),
        ("  web \t 1  ", "web 1"),
        ("line one\nline two\r\n", "line one line two"),
        ("a\u202eb\u2066c", "abc"),  # bidirectional marks
        ("a\u200bb\ufeffc", "abc"),  # nothing to see
        ("\x1b[31mred\x07", "[31mred"),
        ("a\x00b", "ab"),
        ("a \x00\u200b b", "a b"),
        ("\u2028next", "next"),
        ("", ""),
        ("\u202e", ""),
        ("Zürich 東京 😀", "Zürich 東京 😀"),
    ],
)
def test_hidden_characters_are_gone_and_lines_are_one(typed: str, shown: str) -> None:
    """Control and bidirectional characters are removed; what can be read stays."""
    assert clean(typed) == shown


def test_a_text_is_cut_at_64_characters() -> None:
    """A label of 64 stays whole; one of 65 or 5000 is 63 and an ellipsis."""
    assert LONGEST == 64
    assert clean("a" * 64) == "a" * 64
    assert clean("a" * 65) == "a" * 63 + "…"
    assert clean("a" * 5000) == "a" * 63 + "…"
    assert clean("abcdef", 4) == "abc…"
    assert clean("abcd", 4) == "abcd"


@given(st.text(max_size=400))
def test_what_is_shown_is_short_visible_and_stays_so(typed: str) -> None:
    """Cleaning is done once: a second time changes nothing."""
    shown = clean(typed)
    assert len(shown) <= LONGEST
    assert shown == clean(shown)
    categories = {unicodedata.category(letter) for letter in shown}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
