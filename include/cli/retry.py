"""`retry`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.prepare import check_prepared
from include.lake.connection import configured_lake
from include.language_model.release import release


@explain_errors
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Memories, by id or the beginning of one.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Whatever was given up.")] = False,
    task: Annotated[str | None, typer.Option("--task", help="Only questions of this task.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the language model again what it failed to answer.

    Questions that got no valid answer three times; failed memories wait again.
    """
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
        console.print(f"{question.request_id}  [dim]{escaped(question.last_error)}[/dim]")
    counts = Counter(question.task for question in released)
    by_task = ", ".join(f"{count} of {name}" for name, count in counts.items())
    console.print(f"{len(released)} released ({by_task}). They are asked again at the next beat.")
