"""Seeds of random accounts: few of them each time, more with ``-m soak``."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(few: int, more: int, first: int = 0) -> list[Any]:
    """Return seeds from ``first`` on, as values of a parameter; the last ``more`` are for soak."""
    later = range(first + few, first + few + more)
    soak = [pytest.param(seed, marks=pytest.mark.soak) for seed in later]
    return [*range(first, first + few), *soak]
