"""`restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.curation import archive
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake


@explain_errors
def restore(
    memory_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Archived memories, by id or its beginning; none: list.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring archived memories back; without an id, list them."""
    with store_running():
        check_prepared()
        lake = configured_lake()
        found = archive.restore(lake, memory_ids) if memory_ids else archive.archived(lake)
    if as_json:
        print_json([entry.as_json() for entry in found])
        return
    if not memory_ids and not found:
        console.print("Nothing is archived.")
    for entry in found:
        console.print(
            f"[dim]{str(entry.memory_id)[:8]} archived {local_time(entry.archived_at)[:10]}, "
            f"R {entry.retrievability:.2f}[/dim] {escaped(entry.title)}"
        )
    if memory_ids:
        console.print(f"{len(found)} brought back.")
