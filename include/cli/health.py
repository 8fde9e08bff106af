"""`health`: the state of every part, with an exit code as monitoring plugins have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from include.cli.options import AsJson
from include.cli.output import console, errors, escaped, explain_errors, print_json
from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.privacy import exposed
from include.lake.connection import configured_lake
from include.language_model.choice import configured_model
from include.monitoring.health import EXIT_CODES, Component, check, disks, worst
from include.settings import home, settings
from include.store.address import metadata_url

COLOURS = {"ok": "green", "warning": "yellow", "critical": "red"}


@explain_errors
def health(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the parts that are well, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every part and stage; the exit code says how they are.

    0: well, 1: something is degraded, 2: something stalls or is down.
    """
    moment = datetime.now(UTC)
    try:
        with store_running(airflow=True):
            found = check(
                configured_lake(),
                lambda: configured_model(settings()),
                moment,
                metadata_url=metadata_url(),
                disks=disks(home().root, settings().lake_path),
                exposed=exposed,
            )
    except CodexError as error:
        errors.print(f"[red]✗[/red] {escaped(str(error))}")
        raise typer.Exit(EXIT_CODES["critical"]) from None
    level = worst(found)
    if as_json:
        print_json(
            {
                "alert_level": level,
                "exit_code": EXIT_CODES[level],
                "checked_at": moment,
                "components": [
                    {
                        "component": part.name,
                        "status": part.status,
                        "alert_level": part.level,
                        "reason": part.reason,
                        "figures": dict(part.figures),
                    }
                    for part in found
                ],
            }
        )
    else:
        _print(found, verbose)
    raise typer.Exit(EXIT_CODES[level])


def _print(found: list[Component], verbose: bool) -> None:
    level = worst(found)
    unwell = [part for part in found if part.level != "ok"]
    summary = ", ".join(f"{part.name} {part.status}" for part in unwell) or f"{len(found)} parts are well"
    console.print(f"[{COLOURS[level]}]{level.upper()}[/{COLOURS[level]}]: {summary}")
    rows = found if verbose else unwell
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("part", "status", "reason"):
        table.add_column(column)
    for part in rows:
        table.add_row(part.name, f"[{COLOURS[part.level]}]{part.status}[/{COLOURS[part.level]}]", escaped(part.reason))
    console.print(table)
