"""The MCP boundary: tools, arguments, schemas, and the envelope of every answer."""
