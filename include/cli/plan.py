"""`plan`: what a first night will ask of the language model."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.options import AsJson, instant_given
from include.cli.output import console, escaped, explain_errors, print_json
from include.errors import CodexError
from include.installation.environment import store_running
from include.lake.connection import configured_lake
from include.monitoring.plan import plan as plan_of
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect


@explain_errors
def plan(
    since: Annotated[str | None, typer.Option("--since", help="Only notes from this date or instant on.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="How long a call takes, where you know it.", min=0.0)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is ahead: notes, calls, tokens, hours.

    Before the first night of a store with a language model.
    """
    given = settings()
    if seconds is not None and seconds <= 0:
        raise CodexError("--seconds is how long a call takes, and more than 0.")
    first = instant_given("--since", since)
    if given.openai_base_url:
        model = given.openai_model or given.openai_base_url
    else:
        model = given.ollama_model if given.ollama_url else "embedded"
    with store_running(), connect(store_url()) as store:
        found = plan_of(store, configured_lake(), model, since=first, seconds_a_call=seconds)
    if as_json:
        print_json(found.as_json())
        return
    console.print(f"{found.notes:,} notes to learn from, by {escaped(found.model)}")
    for reason, count in found.skipped.items():
        console.print(f"[dim]{count:>9,} skipped: {reason}[/dim]")
    if given.ollama_url is None and given.openai_base_url is None:
        console.print("The embedded model answers: no call, a few milliseconds a question (no server is set).")
        return
    for task in found.tasks:
        source = "measured" if task.is_measured else "assumed"
        console.print(
            f"  {task.task:<20} {task.calls:>9,} calls  {task.tokens:>12,} tokens  {task.seconds / 3600:>7.1f} h  "
            f"[dim]{source}[/dim]"
        )
    console.print(f"  {'at most':<20} {found.calls:>9,} calls  {found.tokens:>12,} tokens  {found.hours:>7.1f} h")
