"""What all tests share: asyncio as the only backend, as in the program itself, and no history."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> object:
    """Run on asyncio, the only backend of the program."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made up here never reaches the history of whoever runs the tests."""
    monkeypatch.setenv("VULTR_COST_STORE", "off")
