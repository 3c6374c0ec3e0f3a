"""Readings that newer ones replaced are let go, with all that was computed from them."""

from __future__ import annotations

import gc
from collections import defaultdict
from random import Random  # noqa: TID251  (seeded)
from typing import TYPE_CHECKING, Any
from weakref import ref

import anyio
import pytest

from tests.oracle import make_account
from tests.support.double import VultrDouble
from tests.support.nouns import at
from tests.support.stage import NOW, clock, staged_client
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.kept_snapshots import KeptSnapshots
from vultr_cost_mcp.collect.memo import Memo
from vultr_cost_mcp.collect.reading_cache import Reading, ReadingCache

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio
CACHE_SECONDS = 60
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_cost_overview", {}),
    ("breakdown_by_service", {"group_by": "region"}),
    ("estimate_savings", {}),
    ("explain_cost_change", {}),
)


@pytest.fixture
def anyio_backend() -> object:
    """Run in virtual time."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[object, list[ref[Reading]]]]:
    """Give every reading that was kept, by its key, the oldest first."""
    found: dict[object, list[ref[Reading]]] = defaultdict(list)
    keep = ReadingCache._keep

    def kept(self: ReadingCache, key: Any, reading: Reading, seconds: float) -> None:
        found[key].append(ref(reading))
        keep(self, key, reading, seconds)

    monkeypatch.setattr(ReadingCache, "_keep", kept)
    yield found
    found.clear()


async def test_a_replaced_reading_is_let_go(made: dict[object, list[ref[Reading]]]) -> None:
    """Four questions, each also with other arguments, over three times of reading."""
    double = VultrDouble(make_account(Random(5), NOW, 20))  # noqa: S311  (seeded)
    async with staged_client(double, clock, COST_CACHE_SECONDS=CACHE_SECONDS) as client:
        for number in range(3):
            for tool, arguments in QUESTIONS:
                await client.call_tool(tool, arguments)
            await client.call_tool("list_resource_costs", {"limit": 10 + number})
            await anyio.sleep(CACHE_SECONDS + 1)
        gc.collect()
        replaced = [(key, refs) for key, refs in made.items() if len(refs) > 1]
        assert len(replaced) > 20
        assert [key for key, refs in replaced if any(row() for row in refs[:-1])] == []
        assert [key for key, refs in replaced if refs[-1]() is None] == []


def reading() -> Reading:
    return Reading((), at("2026-11-18"))


def test_a_result_ends_with_a_reading_that_it_was_made_of() -> None:
    """A later reading may get the identity of one that is gone: it is not taken for that one."""
    memo, first, second = Memo(), reading(), reading()
    kept = memo.once(("rows",), [first, second], lambda: [1])
    assert memo.once(("rows",), [first, second], lambda: [2]) is kept
    identity = id(second)
    del second
    for _ in range(100):
        later = reading()
        if id(later) == identity:
            assert memo.once(("rows",), [first, later], lambda: [3]) == [3]


class Assembled:
    """Stands for a snapshot, which has no room for a weak reference."""


def test_a_snapshot_ends_with_a_reading_that_it_was_made_of() -> None:
    """It is not given again, and goes when the next one is kept."""
    kept, first, second = KeptSnapshots(), reading(), reading()
    old: Any = Assembled()
    new: Any = Assembled()
    kept.keep("old", old, [first])
    assert kept.get("old") is old
    gone = ref(old)
    del first
    assert kept.get("old") is None
    del old
    kept.keep("new", new, [second])
    assert gone() is None
    assert kept.get("new") is new
