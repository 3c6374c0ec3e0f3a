"""How an argument finds a value, and what is near where it finds none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vultr_cost_mcp.domain.matching import Near, has_tag, is_same, mentions, nearest

AMOUNTS: dict[str, Decimal | None] = {
    "Cloud GPU": Decimal(900),
    "Cloud Compute": Decimal(500),
    "Backups": Decimal(7),
    "CDN": None,
}


def test_an_argument_names_a_label_as_typed_and_as_shown() -> None:
    """S-shown: both forms of ``<`` are taken, and what cannot be seen need not be typed."""
    assert has_tag(["<prod>"], "<prod>")
    assert has_tag(["<prod>"], "‹prod›")
    assert has_tag(["prod\u200b"], "prod")
    assert has_tag(["prod\u200b"], "prod\u200b")
    assert not has_tag(["Prod", "env:prod"], "prod")
    assert is_same("Vultr <Cloud> Compute", "vultr ‹cloud› compute")
    assert is_same("Backups", " backups ")
    assert not is_same("Backups", "Backup")
    assert mentions(["", "WEB <1>"], "web ‹1")
    assert mentions(["a\u3164b"], "ab")
    assert not mentions(["web-1"], "web-2")
    # A query that nobody can see matches only what holds it.
    assert not mentions(["web-1"], "\u200b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GPU", ["Cloud GPU"]),
        ("my cloud gpu bill", ["Cloud GPU"]),
        # Two contain it: the one with the most money.
        ("cloud", ["Cloud GPU"]),
        # Of values that the text contains, the longest.
        ("cdn or backups", ["Backups"]),
        ("Bakcups", ["Backups"]),
        ("cdn", ["CDN"]),
        ("zzz", ["Cloud GPU", "Cloud Compute", "Backups"]),
        ("\u200b", ["Cloud GPU", "Cloud Compute", "Backups"]),
    ],
)
def test_the_nearest_value_contains_the_text_or_is_like_it(text: str, found: list[str]) -> None:
    """S-nearest: contained first, then close letters, then the three with the most money."""
    assert nearest(text, AMOUNTS) == tuple(Near(name, AMOUNTS[name]) for name in found)


def test_where_there_are_no_values_none_is_near() -> None:
    """An account without tags has no nearest tag."""
    assert nearest("prod", {}) == ()
