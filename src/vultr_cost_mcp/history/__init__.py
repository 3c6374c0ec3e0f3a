"""History: readings that are kept over time, in SQLite or ClickHouse, behind one interface."""

from vultr_cost_mcp.history.address import open_history, shown

__all__ = ["open_history", "shown"]
