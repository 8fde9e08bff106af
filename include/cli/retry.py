"""`retry`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from include.cli.output import AsJson, console, print_json, shown, told
from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.language_model.release import release


@told
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Memories, by id or the beginning of one.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Whatever was given up.")] = False,
    task: Annotated[str | None, typer.Option("--task", help="Only questions of this task.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask again what the language model gave no valid answer to, three times; failed memories wait again."""
    if not ids and not everything and task is None:
        raise CodexError("Say which memories (./codex retry ID…), which task (--task), or --all.")
    if ids and everything:
        raise CodexError("Give memories or --all, not both.")
    with store_running():
        check_prepared()
        released = release(configured_lake(), ids or (), task)
    if as_json:
        print_json({"released": [asdict(question) for question in released]})
        return
    if not released:
        console.print("Nothing of that was given up.")
        return
    for question in released:
        console.print(f"{question.request_id}  [dim]{shown(question.last_error)}[/dim]")
    counts = Counter(question.task for question in released)
    told_counts = ", ".join(f"{count} of {name}" for name, count in counts.items())
    console.print(f"{len(released)} released ({told_counts}). They are asked again at the next beat.")
