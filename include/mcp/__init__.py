"""The MCP server: tools for an assistant."""
