"""`remember`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from include.cli.options import AsJson
from include.cli.output import console, errors, escaped, explain_errors, print_json
from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.prepare import prepare_source
from include.intake.remember import Remembered
from include.intake.remember import remember as take_in
from include.intake.sources import sources_of
from include.parameters import parameters
from include.store.address import store_url

SHOWN_REFUSALS = 20


@explain_errors
def remember(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH…", help="JSON Lines, Markdown, a folder of Markdown, or - for JSON Lines on stdin."
        ),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="One note, of this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Save notes into the store.

    Says how many were new, changed, unchanged and refused, and why.
    """
    if not paths and text is None:
        raise CodexError('Nothing to remember: give a path, - for standard input, or --text "…".')
    sources = sources_of(paths or [], text=text, stdin=sys.stdin.buffer)
    with store_running():
        prepare_source()
        with errors.status("Reading notes") as spinner:
            remembered = take_in(
                store_url(),
                sources,
                progress=lambda count: spinner.update(f"{count} notes"),
                max_content_length=parameters().max_content_length,
            )
    if as_json:
        print_json(remembered.as_json())
    else:
        _print(remembered)
    if remembered.refused and not (remembered.new or remembered.changed or remembered.unchanged):
        raise typer.Exit(1)


def _print(remembered: Remembered) -> None:
    console.print(
        f"{remembered.new} new, {remembered.changed} changed, {remembered.unchanged} unchanged, "
        f"{remembered.refused} refused"
    )
    for refusal in remembered.refusals[:SHOWN_REFUSALS]:
        where = f"{refusal.source}, line {refusal.line}" if refusal.line else refusal.source
        errors.print(f"[yellow]refused[/yellow] {escaped(where)}: {escaped(refusal.reason)}")
    if remembered.refused > SHOWN_REFUSALS:
        errors.print(f"… and {remembered.refused - SHOWN_REFUSALS} more (--json lists up to 1,000)")
