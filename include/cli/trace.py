"""`trace`."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.reading.journey import Journey, journey


@explain_errors
def trace(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Show the journey of one memory, stage by stage.

    When, with what numbers; or where it stopped, and why.
    """
    with store_running():
        check_prepared()
        found = journey(configured_lake(), memory_id)
    if as_json:
        print_json(found.as_json())
        return
    _print_journey(found)


def _print_journey(found: Journey) -> None:
    console.print(f"[bold]{escaped(found.title)}[/bold]  [dim]{found.memory_id}[/dim]")
    for stage in found.stages:
        console.print(f"  {stage.stage:<15} {stage.status:<24} [dim]{local_time(stage.at)}[/dim]")
        for name, value in stage.details.items():
            if value is None or value == []:
                continue
            if isinstance(value, list) and isinstance(value[0], dict):
                for entry in value:
                    pairs = ", ".join(f"{key} {entry[key]}" for key in entry if key != "memory_id")
                    console.print(f"    [dim]{name}[/dim] {escaped(pairs)}")
            else:
                console.print(f"    [dim]{name}[/dim] {escaped(str(value))}")
    console.print(escaped(found.diagnosis))
