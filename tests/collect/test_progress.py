"""Progress goes up, never waits for its listener, and never breaks a reading."""

from __future__ import annotations

import anyio
import pytest

from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.progress import ProgressReport


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.mark.anyio
async def test_steps_and_pages_are_counted() -> None:
    """A list of 1,200 rows is three steps; each is told once and the count only rises."""
    sent: list[tuple[int, int, str]] = []

    async def send(done: int, of: int, message: str) -> None:
        sent.append((done, of, message))

    async with ProgressReport(send) as report:
        small, large = report.step("account"), report.step("load_balancers")
        small.done()
        await anyio.sleep(0.1)
        for rows in (500, 1_000, 1_200):
            large.pages(rows, 1_200)
            await anyio.sleep(0.1)
        large.done()
        await anyio.sleep(0.1)
    assert [(done, of) for done, of, _ in sent] == [(1, 2), (2, 4), (3, 4), (4, 4)]
    assert sent[-1][2] == "read load balancers"


@pytest.mark.anyio
async def test_a_slow_listener_delays_nothing() -> None:
    """Whoever listens slowly hears the newest count and is not waited for."""
    sent: list[int] = []

    async def send(done: int, _of: int, _message: str) -> None:
        await anyio.sleep(10)
        sent.append(done)

    begin = anyio.current_time()
    async with ProgressReport(send) as report:
        for _ in range(5):
            report.step("part").done()
            await anyio.sleep(0.1)
    assert anyio.current_time() - begin < 1
    assert sent == []


@pytest.mark.anyio
async def test_a_listener_that_fails_is_let_go() -> None:
    """A client that has hung up does not end the reading."""
    calls = 0

    async def send(_done: int, _of: int, _message: str) -> None:
        nonlocal calls
        calls += 1
        msg = "gone"
        raise ConnectionError(msg)

    async with ProgressReport(send) as report:
        for _ in range(3):
            report.step("part").done()
            await anyio.sleep(0.1)
    assert calls == 1


@pytest.mark.anyio
async def test_nobody_listens() -> None:
    """Without a listener nothing is sent and nothing is needed."""
    async with ProgressReport(None) as report:
        step = report.step("part")
        step.pages(3, None)
        step.done()
    assert (report._done, report._of) == (1, 1)
