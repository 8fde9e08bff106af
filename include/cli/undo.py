"""`undo`: a night, and those after it, as if they had not been."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from include.cli.options import AsJson, Yes
from include.cli.output import console, errors, explain_errors, print_json
from include.curation import undo as undoing
from include.errors import CodexError
from include.formats import local_time, print_progress
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.morning.page import day_given
from include.rhythms.turn import local_turn
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def undo(
    night: Annotated[str | None, typer.Option("--night", help="The date of its evening, such as 2026-03-09.")] = None,
    last: Annotated[bool, typer.Option("--last", help="The last night.")] = False,
    again: Annotated[bool, typer.Option("--redo", help="Bring back what the last undo took away.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Undo a night, and those after it; or bring them back.

    Your notes, what you recalled and what you corrected stay. The service must not run.
    """
    if (night is not None) + last + again != 1:
        raise CodexError("Say which: --night 2026-03-09, --last, or --redo.")
    with store_running():
        check_prepared()
        with local_turn(store_url(), print_progress):
            if again:
                done = undoing.redo(configured_lake())
            else:
                day = day_given(night) if night else None
                if not yes:
                    _ask(day)
                done = undoing.undo(configured_lake(), day)
    if as_json:
        print_json(done.as_json())
        return
    listed = ", ".join(map(str, done.nights))
    if again:
        console.print(f"Brought back: {listed}.")
    else:
        console.print(f"Undone: {listed}. ./codex undo --redo brings them back, until a rhythm runs.")


def _ask(day: date | None) -> None:
    with connect(store_url()) as store:
        nights = undoing.nights_to_undo(store, day)
    for each in reversed(nights):
        errors.print(f"  night of {each.night}, begun {local_time(each.began_at)}")
    if not typer.confirm(f"Undo {len(nights)} of them, and what came of the days after?", err=True):
        raise CodexError("Nothing was undone.")
