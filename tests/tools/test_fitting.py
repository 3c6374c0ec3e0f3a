"""As many rows as fit an answer, found in a few drafts of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.support.nouns import snapshot
from tests.support.servers import sizes_of, structure_of
from vultr_cost_mcp.mcp_tools.coverage import RestsOn
from vultr_cost_mcp.mcp_tools.envelope import Draft, answer

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

LIMIT = 200
# Text and structure together: 8,000 tokens of 3.5 bytes.
MOST = 28_000
RESTS_ON = RestsOn("rows", {"rows": frozenset()})


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: int
    caveats: tuple[str, ...] = ()


@dataclass(slots=True)
class _Drafts:
    """Drafts with a body of so many bytes for a number of rows, and the numbers asked for."""

    size: Callable[[int], int]
    tried: list[int] = field(default_factory=list[int])

    def __call__(self, rows: int) -> Draft[_Rows]:
        self.tried.append(rows)
        return Draft(_Rows(rows), RESTS_ON, "Rows", ["x" * self.size(rows)])


def _instead_of_names(rows: int) -> int:
    """Return the bytes of rows where each of the first 18 replaces most of a name's bytes."""
    return 26_000 + 10 * rows if rows < 18 else 25_600 + 33 * rows


@pytest.mark.parametrize(
    ("size", "drafts"),
    [
        pytest.param(lambda rows: 1000 * rows, 4, id="rows of one size"),
        pytest.param(lambda rows: 20 * rows**2, 12, id="each row larger"),
        pytest.param(lambda rows: int(6000 * rows**0.4), 12, id="each row smaller"),
        pytest.param(lambda rows: 100 * rows + 30_000 * (rows == LIMIT), 12, id="a huge last row"),
        pytest.param(lambda rows: 30_000 * (rows > 0), 12, id="a huge first row"),
        pytest.param(lambda rows: 26_000 - rows + 30_000 * (rows == LIMIT), 12, id="no growth"),
        pytest.param(_instead_of_names, 12, id="rows in the place of names"),
    ],
)
async def test_the_most_rows_that_fit(size: Callable[[int], int], drafts: int) -> None:
    """One row more would not fit, and no number of rows is drafted twice."""
    draft = _Drafts(size)
    result = await answer(snapshot((), ()), draft, LIMIT)
    rows: int = structure_of(result).get("rows", 0)
    taken = sum(sizes_of(result))
    assert taken <= MOST < taken + size(rows + 1) - size(rows) + 2
    assert len(draft.tried) == len({*draft.tried}) <= drafts


async def test_an_answer_that_fits_is_drafted_once() -> None:
    """Nothing is cut, and nothing is tried again."""
    draft = _Drafts(lambda rows: rows)
    assert structure_of(await answer(snapshot((), ()), draft, LIMIT))["rows"] == LIMIT
    assert draft.tried == [LIMIT]
