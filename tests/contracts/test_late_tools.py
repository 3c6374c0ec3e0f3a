"""Tools are built when they are wanted: not to be listed, once, and beside the event loop."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync
from mcp.server.mcpserver.tools import Tool

from vultr_cost_mcp.mcp_tools.lazy_tool import LateTools
from vultr_cost_mcp.questions.tools_list import listed_tools

PATIENCE_SECONDS = 60.0


def hello() -> str:
    """Greet."""
    return "hello"


class Builder:
    """Builds one tool when it may, and remembers the threads that it was done in."""

    def __init__(self, *, waits: bool = False) -> None:
        self.threads: list[threading.Thread] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()
        if not waits:
            self.may_end.set()

    def __call__(self) -> list[Tool]:
        self.threads.append(threading.current_thread())
        self.begun.set()
        assert self.may_end.wait(PATIENCE_SECONDS)
        return [Tool.from_function(hello)]


@pytest.mark.anyio
async def test_callers_at_the_same_time_wait_for_one_building() -> None:
    builder = Builder(waits=True)
    late = LateTools(builder)
    found: list[Tool] = []

    async def ask() -> None:
        found.append(await late.tool("hello"))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(ask)
        # The event loop goes on in the meantime.
        await anyio.wait_all_tasks_blocked()
        assert await run_sync(builder.begun.wait, PATIENCE_SECONDS)
        assert not found
        builder.may_end.set()
    assert len(builder.threads) == 1
    assert len(found) == 8
    assert all(tool is found[0] for tool in found)
    assert builder.threads[0] is not threading.main_thread()


@pytest.mark.anyio
async def test_what_was_listed_is_built_soon_and_once() -> None:
    builder = Builder()
    late = LateTools(builder)
    late.build_soon()
    late.build_soon()
    assert not builder.threads
    assert await run_sync(builder.begun.wait, PATIENCE_SECONDS)
    await late.tool("hello")
    late.build_soon()
    assert len(builder.threads) == 1


@pytest.mark.anyio
async def test_a_building_that_failed_is_tried_again() -> None:
    builder, failures = Builder(), [ImportError("disk")]

    def build() -> list[Tool]:
        if failures:
            raise failures.pop()
        return builder()

    late = LateTools(build)
    with pytest.raises(ImportError):
        await late.tool("hello")
    assert (await late.tool("hello")).name == "hello"


@pytest.mark.anyio
async def test_a_listed_tool_answers_by_the_one_that_was_built() -> None:
    arguments: list[dict[str, Any]] = []

    class Answering(Tool):
        async def run(self, given: dict[str, Any], *_: object) -> Any:
            arguments.append(given)
            return self.name

    def build() -> list[Tool]:
        return [Answering.from_function(hello, name="check_budget")]

    tools = {tool.name: tool for tool in listed_tools(["default"], LateTools(build))}
    context: Any = None
    assert await tools["check_budget"].run({"tag": "x"}, context) == "check_budget"
    assert arguments == [{"tag": "x"}]


def test_starting_imports_no_question_and_nothing_of_vultrs() -> None:
    """A start that imports what one question needs makes every client wait for it."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "vultr_cost_mcp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "vultr_cost_mcp.questions.tools_list" in imported
    late = (
        "httpx",
        "vultr_cost_mcp.config.file",
        "vultr_cost_mcp.demo",
        "vultr_cost_mcp.export",
        "vultr_cost_mcp.mcp_tools.schemas",
        "vultr_cost_mcp.questions.catalog",
        "vultr_cost_mcp.vultr",
    )
    assert not imported & {*late}
