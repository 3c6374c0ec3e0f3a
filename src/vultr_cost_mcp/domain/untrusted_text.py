"""Text that somebody typed into Vultr, made harmless before it is shown."""

from __future__ import annotations

import unicodedata
from itertools import chain

LONGEST = 64
_ELLIPSIS = "…"
# Control, format (bidirectional marks, joiners), surrogate, private and unassigned characters.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties: fonts draw nothing for them.
_IGNORABLE = frozenset(
    chain.from_iterable(
        range(first, last + 1)
        for first, last in (
            (0x00AD, 0x00AD),  # soft hyphen
            (0x034F, 0x034F),  # combining grapheme joiner
            (0x061C, 0x061C),  # Arabic letter mark
            (0x115F, 0x1160),  # Hangul fillers
            (0x17B4, 0x17B5),  # Khmer inherent vowels
            (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
            (0x200B, 0x200F),  # zero width space, joiners, direction marks
            (0x202A, 0x202E),  # direction embeddings and overrides
            (0x2060, 0x206F),  # word joiner, invisible operators, isolates
            (0x3164, 0x3164),  # Hangul filler
            (0xFE00, 0xFE0F),  # variation selectors
            (0xFEFF, 0xFEFF),  # zero width no-break space
            (0xFFA0, 0xFFA0),  # half-width Hangul filler
            (0xFFF0, 0xFFF8),
            (0x1BCA0, 0x1BCA3),  # shorthand format controls
            (0x1D173, 0x1D17A),  # musical format controls
            (0xE0000, 0xE0FFF),  # tags, more variation selectors
        )
    )
)
# Drawn as nothing, though Unicode counts it among the symbols.
_BLANK = "\u2800"
_ANGLES = str.maketrans("<>", "‹›")


def clean(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` on one line, without hidden characters, cut at ``longest`` characters.

    Hidden characters and blanks go before the text is cut, so that none of them hides a name.
    """
    if text.isascii() and text.isprintable():
        line = " ".join(text.split())
        return line if len(line) <= longest else line[: longest - 1] + _ELLIPSIS
    shown: list[str] = []
    blank = False
    for letter in text:
        if letter.isspace() or letter == _BLANK:
            blank = bool(shown)
        elif not _is_hidden(letter):
            shown += [" ", letter] if blank else [letter]
            blank = False
            # A text of millions of characters is not looked at to its end.
            if len(shown) > longest:
                return "".join(shown[: longest - 1]) + _ELLIPSIS
    return "".join(shown)


def as_shown(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` for a sentence or a table: clean, and no tag of a markup language."""
    return clean(text, longest).translate(_ANGLES)


def comparable(text: str) -> str:
    """Return the form in which an argument and a label are compared: as shown, and not cut."""
    return as_shown(text, max(1, len(text)))


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDDEN or ord(letter) in _IGNORABLE
