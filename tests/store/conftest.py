"""The engines that every test of the contract runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.engines import Engine, engines
from vultr_cost_mcp.history.clickhouse import client as clickhouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vultr_cost_mcp.domain.history import History


# A server of tests answers in milliseconds, but on a machine that has much else to do.
PATIENCE = 120


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """Wait for a slow server of ClickHouse: its own bounds are tested by themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONNECT_SECONDS", "OPEN_SECONDS", "READ_SECONDS", "WRITE_SECONDS"):
            patch.setattr(clickhouse, name, PATIENCE)
        yield


@pytest.fixture(params=engines(), ids=lambda engine: engine.name)
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """An empty history of each engine in turn."""
    engine: Engine = request.param
    if engine.module is not None:
        pytest.importorskip(engine.module, reason=engine.missing)
    with engine.opened(tmp_path) as opened:
        yield opened
