"""Answers of every tool, text and structure, on the sample and on cases, equal to the last byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.world import ACCOUNTS, FOLDER, QUESTIONS, answers_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_answers_equal_the_golden_file(account: str, tmp_path: Path) -> None:
    expected = (FOLDER / "answers" / f"{account}.txt").read_text(encoding="utf-8")
    found = await answers_of(account, tmp_path)
    # Page by page: the first that differs is shown, not a file of forty.
    pages = zip(expected.split("\n=== "), found.split("\n=== "), strict=True)
    for before, after in pages:
        assert after == before
    assert found == expected


def test_every_tool_is_asked_three_times() -> None:
    assert {len(rows) for rows in QUESTIONS.values()} == {3}
    golden = {path.stem for path in (FOLDER / "answers").glob("*.txt")}
    assert golden == set(ACCOUNTS)
