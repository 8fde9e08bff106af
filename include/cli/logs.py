"""`logs`."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import Annotated

import typer

from include.airflow_service.logs import LEVELS, PARTS, last_lines
from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.settings import home


@explain_errors
def logs(
    parts: Annotated[list[str] | None, typer.Argument(metavar="PART…", help=f"Of {', '.join(PARTS)}.")] = None,
    lines: Annotated[int, typer.Option("--lines", help="How many lines of each part.")] = 20,
    level: Annotated[str, typer.Option("--level", help=f"At least: {', '.join(LEVELS)}.")] = "debug",
    as_json: AsJson = False,
) -> None:
    """Show the last lines of the service's logs."""
    found = last_lines(lines, level, parts or PARTS)
    if as_json:
        print_json([asdict(line) for line in found])
        return
    if not found:
        console.print(f"Nothing in {home().logs}.")
    for part, of_part in groupby(found, key=lambda line: line.part):
        console.print(f"[bold]{part}[/bold]")
        for line in of_part:
            console.print(escaped(line.text))
