"""`morning`: the page that comes once a day, today's or an earlier one's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_indented, print_json
from include.installation.environment import store_running
from include.lake.connection import configured_lake
from include.language_model.budget import waited
from include.morning.page import SHORT_ID, Morning, as_data, day_given, morning_of
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def morning(
    date: Annotated[str | None, typer.Option("--date", help="A day, such as 2026-03-09; default: the last.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the morning: what is due, what moved, a dream.

    Each line names the notes it rests on.
    """
    day = day_given(date) if date else None
    with store_running(), connect(store_url()) as store:
        found = morning_of(store, day)
        left = _left_waiting()
    if as_json:
        print_json(as_data(found) if found else None)
        return
    if found is None:
        when = f"of {day} " if day else ""
        console.print(
            f"There is no morning {when}yet: it comes at waking time, or with ./codex consolidate --type awakening."
        )
        return
    print_morning(found)
    if left and not day:
        console.print(f"\n[dim]{escaped(left)}[/dim]")


def _left_waiting() -> str:
    """What the night left to the next for want of minutes of the model, where it has a limit."""
    if settings().codex_model_minutes_a_night is None:
        return ""
    with configured_lake().connect(threads=1) as lake:
        return waited(lake, datetime.now(UTC))


def print_morning(found: Morning) -> None:
    """The page, for people: headings, lines, and the notes that each rests on."""
    console.print(f"[bold]{escaped(found.title)}[/bold]")
    if not found.lines:
        console.print(escaped(found.phrases.nothing))
    for heading, lines in found.sections():
        console.print(f"\n[bold]{escaped(heading)}[/bold]")
        for line in lines:
            beside = f" [dim]({escaped(line.beside)})[/dim]" if line.beside else ""
            print_indented(f"• {escaped(line.text)}{beside}", 2)
            for note in line.notes[:3]:
                print_indented(
                    f"[dim]{note.created_at:%Y-%m-%d} {note.memory_id[:SHORT_ID]} {escaped(note.title[:70])}[/dim]", 6
                )
