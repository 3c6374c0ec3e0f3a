"""The frame of every text: the headline first, then the body, caveats and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.mcp_tools.figure_names import figures_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from vultr_cost_mcp.domain.snapshot import Gap


def render_headline(sentence: str, *, complete: bool) -> str:
    """Return the sentence, with "At least" in front if its own figure is incomplete."""
    return sentence if complete else f"At least {sentence}"


def render_answer(headline: str, body: Sequence[str], caveats: Sequence[str], closing: str) -> str:
    """Return the whole text of an answer: headline, body, caveats and closing line."""
    notes = [f"- Note: {caveat}" for caveat in caveats]
    lines = [f"**{headline}**", "", *body, "", *notes, "", closing]
    # Never two empty lines in a row.
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    # In Markdown, two trailing spaces keep each sentence on its own line.
    following = [*kept[1:], ""]
    return "\n".join(
        f"{line}  " if _is_sentence(line) and _is_sentence(after) else line
        for line, after in zip(kept, following, strict=True)
    )


def _is_sentence(line: str) -> bool:
    return bool(line) and line[0] not in "|-"


def render_closing(as_of: datetime, gaps: Sequence[Gap], touched: Sequence[str]) -> str:
    """Return the last line: the answer's age, its gaps and the figures they touch (D33)."""
    age = f"As of {day_name(as_of)}, {as_of:%H:%M} UTC"
    if not gaps:
        return f"{age}, complete."
    parts: dict[str, list[str]] = {}
    for gap in gaps:
        parts.setdefault(gap.reason, []).append(gap.part.replace("_", " "))
    unread = "; ".join(
        f"{_all_of(names)} {reason.removesuffix('.')}" for reason, names in parts.items()
    )
    figures = figures_in_words(touched) or "no figure of this answer"
    it = "They affect" if len(gaps) > 1 else "It affects"
    return f"Partial: {unread}. {it} {figures}. {age}."


def _all_of(names: Sequence[str]) -> str:
    """Return names as people list them: ``a, b and c``."""
    every = list(dict.fromkeys(names))
    return " and ".join(part for part in (", ".join(every[:-1]), every[-1]) if part)
