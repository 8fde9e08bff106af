"""`rhythms`: when each DAG beats, and whether it keeps time."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime

from rich.table import Table

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.formats import local_time
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.monitoring.rhythm_states import Beat, RhythmState, open_misses, read_rhythms
from include.settings import settings


@explain_errors
def rhythms(as_json: AsJson = False) -> None:
    """Show when each rhythm beats, and whether it keeps time.

    Also what wakes it, what it wakes, and its last run.
    """
    with store_running(airflow=True):
        check_prepared()
        # What Airflow prints while it reads the DAG files is no part of the answer.
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            states = read_rhythms()
        missed = open_misses()
    if as_json:
        print_json({"rhythms": [rhythm.as_dict() for rhythm in states], "missed": [vars(miss) for miss in missed]})
        return
    for rhythm in states:
        paused = "  [yellow]paused[/yellow]" if rhythm.paused else ""
        console.print(f"[bold]{rhythm.rhythm}[/bold]  {rhythm.schedule or 'when it is woken'}{paused}")
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("next", "; ".join(_when(beat) for beat in rhythm.next_beats)),
            ("woken by", ", ".join(rhythm.wakes_on)),
            ("wakes by", ", ".join(rhythm.emits)),
            ("deadline", f"{_duration(rhythm.deadline_seconds)}; last run {_last_run(rhythm)}"),
        ):
            if value:
                table.add_row(f"  [dim]{name}[/dim]", value)
        console.print(table)
        for miss in rhythm.missed:
            console.print(f"  [red]✗[/red] {escaped(miss.message)}")
    for miss in missed:
        if miss.subject not in {rhythm.rhythm for rhythm in states}:
            console.print(f"[red]✗[/red] {escaped(miss.message)}")


def _when(beat: Beat) -> str:
    """A beat in words, with the day where it is another one."""
    here = beat.at.astimezone(settings().zone)
    return beat.told if here.date() == datetime.now(settings().zone).date() else f"{here:%a %d %b} {beat.told}"


def _last_run(rhythm: RhythmState) -> str:
    run = rhythm.last_run
    if run is None:
        return "never"
    took = run["seconds_from_queued"]
    return f"{local_time(run['started_at'])} {run['state']}" + (f" in {took:.0f} s" if took is not None else "")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds <= 60 else f"{seconds / 60:.0f} min"
