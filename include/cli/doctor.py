"""`doctor`: rows that are doubled or belong to nothing, found and mended."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.installation import doctor
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake


@explain_errors
def examine(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is found. The service may run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find doubled and orphaned rows, and mend them.

    Exit code 0: nothing is left to mend, 1: something is.
    """
    with store_running():
        check_prepared()
        found = doctor.repair(configured_lake()) if repair else doctor.examine(configured_lake())
    if as_json:
        print_json(doctor.as_json(found, mended=repair))
    else:
        for finding in found:
            verb = "mended" if repair else "found"
            console.print(f"{verb}  {finding.place}: {finding.rows} {finding.trouble}, {escaped(finding.reason)}")
        console.print(_summary(len(found), repair))
    if found and not repair:
        raise typer.Exit(1)


def _summary(count: int, repaired: bool) -> str:
    if not count:
        return "Nothing is doubled, and nothing belongs to nothing."
    places = f"{count} place{'s' if count > 1 else ''}"
    return f"{places} mended." if repaired else f"{places} to mend: ./codex doctor --repair."
