"""Text that somebody typed into Vultr, made harmless before it is shown (SURFACE)."""

from __future__ import annotations

import unicodedata

LONGEST = 64
_ELLIPSIS = "…"
# Control, format (bidirectional marks, joiners), surrogate, private and unassigned characters.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str, longest: int = LONGEST) -> str:
    """``text`` on one line, without hidden characters, cut at ``longest`` characters."""
    # A text of millions of characters is cut before it is looked at one by one.
    visible = "".join(
        letter
        for letter in text[: longest * 4]
        if letter.isspace() or unicodedata.category(letter) not in _HIDDEN
    )
    line = " ".join(visible.split())
    return line if len(line) <= longest else line[: longest - 1] + _ELLIPSIS
