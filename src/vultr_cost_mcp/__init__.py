"""Answer questions on the cost of a Vultr account over the Model Context Protocol.

A program takes a record of an account with ``await collect_metrics(api_key=...)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vultr_cost_mcp.library import Analysis, Collection, collect_metrics

__all__ = ["Analysis", "Collection", "collect_metrics"]


def __getattr__(name: str) -> Any:
    """Import the library on first use: the server needs none of it to start."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from vultr_cost_mcp import library  # noqa: PLC0415

    return getattr(library, name)
