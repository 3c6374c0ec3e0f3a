"""Each decision record has a number of its own, in its name and in its title."""

from __future__ import annotations

from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs/adr"


def test_every_decision_has_its_own_number() -> None:
    """A link by number leads to one page."""
    pages = sorted(DECISIONS.glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    titles = [page.read_text("utf-8").splitlines()[0] for page in pages]
    assert [title.split(".")[0] for title in titles] == [f"# {number}" for number in numbers]
