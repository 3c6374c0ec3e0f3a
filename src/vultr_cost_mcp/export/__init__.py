"""Files for finance: a month's lines as CSV, JSON or FOCUS, inside one folder."""

from __future__ import annotations

from vultr_cost_mcp.export.folder import ExportFolder

__all__ = ["ExportFolder"]
