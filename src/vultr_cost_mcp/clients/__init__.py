"""The MCP clients of this machine: where each keeps its configuration, and how it starts us."""
