"""`mcp`: the server for assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.output import explain_errors
from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import check_prepared

HIGHEST_PORT = 65_535


@explain_errors
def mcp(
    http: Annotated[
        int | None, typer.Option("--http", metavar="PORT", help="Serve over HTTP on this loopback port, with a token.")
    ] = None,
) -> None:
    """Serve an assistant over the Model Context Protocol.

    It can remember, recall, ask for insights, trace and forget.
    """
    if http is not None and not 1 <= http <= HIGHEST_PORT:
        raise CodexError(f"--http is {http}; give a port from 1 to {HIGHEST_PORT:,}.")
    from include.mcp import server  # the SDK is slow to import

    with store_running():
        check_prepared()
        if http is None:
            server.serve_stdio()
            return
        bearer, file = server.token()
        where = f"the token in {file}" if file else "the token of CODEX_MCP_TOKEN"
        print_progress(f"http://{server.LOOPBACK}:{http}{server.PATH}, for whoever shows {where}")
        server.serve_http(http, bearer)
