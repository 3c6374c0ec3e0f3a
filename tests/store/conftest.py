"""The engines that every test of the contract runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.engines import Engine, engines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vultr_cost_mcp.domain.history import History


@pytest.fixture(params=engines(), ids=lambda engine: engine.name)
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """An empty history of each engine in turn."""
    engine: Engine = request.param
    if engine.module is not None:
        pytest.importorskip(engine.module, reason=engine.missing)
    with engine.opened(tmp_path) as opened:
        yield opened
