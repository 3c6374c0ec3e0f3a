"""The result of a tool that failed."""

from __future__ import annotations

from mcp.types import CallToolResult, TextContent

REFUSED = "Invalid arguments:"


def failed(text: str) -> CallToolResult:
    """Return an error result; ``text`` states the problem and the next step."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
