"""The frame of every text: headline, notes, and how complete it is."""

from __future__ import annotations

from tests.support.nouns import NOW
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.mcp_tools.envelope_text import render_answer, render_closing, render_headline

FORBIDDEN = Gap("snapshots", "could not be read (403)")


def test_a_partial_answer_begins_with_at_least() -> None:
    """D33: totals of what was read say "At least"."""
    assert render_headline("$5.00 is spent.", complete=True) == "$5.00 is spent."
    assert render_headline("$5.00 is spent.", complete=False) == "At least $5.00 is spent."


def test_the_last_line_says_how_old_and_how_complete_it_is() -> None:
    """The text ends with one line: the day and the time."""
    assert render_closing(NOW, (), ()) == "As of 18 Nov 2026, 14:05 UTC, complete."
    assert render_closing(NOW, (FORBIDDEN,), ("run_rate", "counts")) == (
        "Partial: snapshots could not be read (403). It affects the run rate, "
        "how many resources there are. As of 18 Nov 2026, 14:05 UTC."
    )


def test_a_gap_that_touches_nothing_says_so() -> None:
    """D33: a list that no figure rests on is named all the same."""
    assert render_closing(NOW, (FORBIDDEN,), ()) == (
        "Partial: snapshots could not be read (403). It affects no figure of this answer. "
        "As of 18 Nov 2026, 14:05 UTC."
    )


def test_many_gaps_are_grouped_by_reason() -> None:
    """D33: all of them are named; names read as words."""
    gaps = [Gap(f"part_{number}", "not read") for number in range(5)]
    assert render_closing(NOW, [*gaps, FORBIDDEN], ("total",)) == (
        "Partial: part 0, part 1, part 2, part 3 and part 4 not read; snapshots could not be read "
        "(403). They affect the total. As of 18 Nov 2026, 14:05 UTC."
    )


def test_a_reason_that_is_a_sentence_ends_with_one_full_stop() -> None:
    """An account that failed has the whole words of its error as the reason."""
    gap = Gap("lab", "could not be read: Vultr did not answer in time. Ask again in a minute.")
    assert "in a minute. It affects" in render_closing(NOW, [gap], ("total",))


def test_an_answer_is_headline_body_notes_and_closing() -> None:
    """Headline first, no two empty lines after each other."""
    assert render_answer("H.", ["", "row", "", ""], ["c1", "c2"], "End.") == (
        "**H.**\n\nrow\n\n- Note: c1\n- Note: c2\n\nEnd."
    )
    assert render_answer("H.", [], [], "End.") == "**H.**\n\nEnd."


def test_a_sentence_that_another_follows_ends_in_two_spaces() -> None:
    """Set as Markdown, each sentence stays on a line of its own; rows and items do."""
    body = ["One.", "Two.", "", "| a |", "|---|", "| b |", "Three.", "- item", "Four."]
    assert render_answer("H.", body, ["c"], "End.") == (
        "**H.**\n\nOne.  \nTwo.\n\n| a |\n|---|\n| b |\nThree.\n- item\nFour.\n\n- Note: c\n\nEnd."
    )
