"""Tools that are listed from a committed file and built at the first call.

Building all of them takes longer than the rest of a start.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import ToolAnnotations
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp.server.mcpserver.context import Context

# Seconds; by then the list of tools has reached the client.
_AFTER_THE_LIST = 0.05


class LateTools:
    """The tools that ``build`` returns, built once and in a thread."""

    def __init__(self, build: Callable[[], Iterable[Tool]]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._built: dict[str, Tool] | None = None
        self._begun = False

    async def tool(self, name: str) -> Tool:
        """Return a tool by its name; build all of them first if that has not been done."""
        built = self._built
        if built is None:
            built = await to_thread.run_sync(self._all)
        return built[name]

    def build_soon(self) -> None:
        """Build them in the background, so that the first call does not wait."""
        if self._begun or self._built is not None:
            return
        self._begun = True
        threading.Timer(_AFTER_THE_LIST, self._unless_ended).start()

    def _unless_ended(self) -> None:
        """Build them, unless the program is waiting for its threads to end."""
        if threading.main_thread().is_alive():
            self._all()

    def _all(self) -> dict[str, Tool]:
        with self._lock:
            if self._built is None:
                self._built = {tool.name: tool for tool in self._build()}
            return self._built


class LateTool(Tool):
    """A tool as clients list it; a call is passed to the tool that was built."""

    _late: LateTools = PrivateAttr()

    @classmethod
    def listed(
        cls, entry: Mapping[str, Any], late: LateTools, meta: dict[str, Any] | None = None
    ) -> LateTool:
        """Create a tool from its entry in the committed file; ``meta`` is its ``_meta``."""
        tool = cls(
            fn=late.tool,
            is_async=True,
            context_kwarg=None,
            name=entry["name"],
            title=entry["title"],
            description=entry["description"],
            parameters=entry["inputSchema"],
            fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=entry["outputSchema"]),
            annotations=ToolAnnotations.model_validate(entry["annotations"]),
            meta=meta,
        )
        tool._late = late
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Pass the call to the tool that was built."""
        tool = await self._late.tool(self.name)
        return await tool.run(arguments, context, convert_result)
