"""`mcp`: the door for assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from include import runtime
from include.cli.output import say, told
from include.errors import CodexError
from include.installation import check_prepared

HIGHEST_PORT = 65_535


@told
def mcp(
    http: Annotated[
        int | None, typer.Option("--http", metavar="PORT", help="Serve over HTTP on this loopback port, with a token.")
    ] = None,
) -> None:
    """Serve an assistant over the Model Context Protocol: remember, recall, insights, trace, forget."""
    if http is not None and not 1 <= http <= HIGHEST_PORT:
        raise CodexError(f"--http is {http}; give a port from 1 to {HIGHEST_PORT:,}.")
    from include import mcp_server  # the SDK is slow to import

    with runtime.store_running():
        check_prepared()
        if http is None:
            mcp_server.serve_stdio()
            return
        bearer, file = mcp_server.token()
        where = f"the token in {file}" if file else "the token of CODEX_MCP_TOKEN"
        say(f"http://{mcp_server.LOOPBACK}:{http}{mcp_server.PATH}, for whoever shows {where}")
        mcp_server.serve_http(http, bearer)
