"""No figure hides a failed read: it is whole, unknown, or called partial (D33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gaps.stage import CALLS, PARTS, ask, figures
from tests.support.stage import structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.mcp_tools.figure_names import figures_in_words

if TYPE_CHECKING:
    from mcp.types import CallToolResult

pytestmark = pytest.mark.anyio

_whole: dict[str, CallToolResult] = {}
# What was not read may be cheaper, or more on both sides, so a sentence stands for "at least".
BY_A_SENTENCE = {"plans", "plans there", "elsewhere", "change", "change so far"}
# A third of all parts, each with one from elsewhere on the list.
PAIRS = [(part, PARTS[(7 * number + 5) % len(PARTS)]) for number, part in enumerate(PARTS)][::3]


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual: a read that is tried again costs none."""
    return VIRTUAL_ASYNCIO


async def whole() -> dict[str, CallToolResult]:
    """Read everything once."""
    if not _whole:
        _whole.update(await ask())
        assert not any(result.is_error for result in _whole.values())
    return _whole


def check(name: str, before: CallToolResult, now: CallToolResult) -> None:
    """Judge every figure of an answer beside the answer that everything was read for."""
    if now.is_error:
        return
    content, text = structured(now), text_of(now)
    gaps, partial = content["coverage"]["gaps"], set(content["partial"])
    touched = {figure for gap in gaps for figure in gap["touches"]}
    assert partial <= touched, name
    for figure, value in figures(before).items():
        if figure not in touched:
            now_read = without_inside(content[figure], figure, touched)
            whole_read = without_inside(value, figure, touched)
            assert now_read == whole_read, f"{name}: {figure} hides a failed read"
    own = touched - partial
    complete = content["coverage"]["complete"]
    assert len(own) <= 1, (name, own)
    assert complete == (not own) or name == "collect", name
    hedged = content["headline"].startswith("At least ") or (
        name in BY_A_SENTENCE and "could be read" in content["headline"]
    )
    # What is not known is neither a least amount nor a certain one.
    known = all(content[figure] is not None for figure in own)
    assert hedged == (not complete and known), (name, content["headline"])
    for figure in touched:
        assert figures_in_words([figure]) in text, (name, figure)
    for gap in gaps[:3]:
        assert gap["part"].replace("_", " ") in text
    if not gaps:
        assert "complete." in text


def without_inside(value: Any, figure: str, touched: set[str]) -> Any:
    """Return a figure without the fields inside it that are touched by their path."""
    inside = {name.removeprefix(f"{figure}.") for name in touched if name.startswith(f"{figure}.")}
    if not inside:
        return value
    return {name: field for name, field in value.items() if name not in inside}


@pytest.mark.parametrize("part", PARTS)
async def test_one_part_that_fails_touches_what_is_named(part: str) -> None:
    """D33: a figure outside ``touches`` is the whole answer's; one inside is hedged."""
    before, now = await whole(), await ask([part])
    for name in CALLS:
        check(name, before[name], now[name])


@pytest.mark.parametrize("parts", PAIRS, ids=" and ".join)
async def test_two_parts_that_fail_touch_what_is_named(parts: tuple[str, ...]) -> None:
    """D33: gaps together hide no more than each alone."""
    before, now = await whole(), await ask(parts)
    for name in CALLS:
        check(name, before[name], now[name])
