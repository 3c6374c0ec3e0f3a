"""What all tests share: asyncio as the only backend, as in the program itself."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> object:
    """Run on asyncio, the only backend of the program."""
    return "asyncio"
