"""The MCP boundary: tools, arguments, schemas, the envelope of every answer."""
