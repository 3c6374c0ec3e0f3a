"""Property tests have the same examples in every run, whatever ran before."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path


def drawn() -> list[tuple[int, str]]:
    """Return the examples of a property test."""
    found: list[tuple[int, str]] = []

    @settings(max_examples=200)
    @given(st.integers(), st.text())
    def draw(number: int, text: str) -> None:
        found.append((number, text))

    draw()
    return found


def test_a_module_that_is_imported_changes_no_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, Hypothesis draws from the constants in it."""
    if drawn() != drawn():
        pytest.skip("new examples are asked for")
    before = drawn()
    file = tmp_path / "odd.py"
    file.write_text("\n".join(f"N{n} = {70_001 + n}, 'word-{n}'" for n in range(50)), "utf-8")
    spec = importlib.util.spec_from_file_location("odd", file)
    assert spec is not None
    assert spec.loader is not None
    odd = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "odd", odd)
    spec.loader.exec_module(odd)
    assert drawn() == before
