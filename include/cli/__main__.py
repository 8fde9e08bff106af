"""`./codex`: the sleep of a personal knowledge store, on the command line."""

from __future__ import annotations

import io
import logging
import os
import sys

import typer

from include.cli import (
    archive,
    consolidate,
    cutover,
    health,
    intake,
    mcp,
    metrics,
    params,
    query,
    recall,
    redream,
    retry,
    rhythms,
    service,
    simulate,
    transfer,
    upkeep,
)

app = typer.Typer(
    name="codex",
    help="Codex Dreams: the sleep of a personal knowledge store.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(service.up)
app.command()(service.down)
app.command("status")(service.show_status)
app.command("forget")(upkeep.forget_memories)
app.command()(upkeep.backup)
app.command("restore-backup")(upkeep.restore)
app.command("health")(health.show_health)
app.command("rhythms")(rhythms.show_rhythms)
app.command()(intake.remember)
app.command()(consolidate.consolidate)
app.command()(query.query)
app.command()(recall.insights)
app.command()(recall.dreams)
app.command()(recall.episodes)
app.command()(recall.trace)
app.command()(transfer.export)
app.command("import")(transfer.import_)
app.command()(retry.retry)
app.command()(mcp.mcp)
app.command()(redream.redream)
app.command()(cutover.compare)
app.command()(cutover.cutover)
app.command()(metrics.metrics)
app.command()(params.params)
app.command()(archive.restore)
app.command()(simulate.simulate)


def main() -> None:
    """Run a command. A reader that leaves early (`./codex export | head`) ends it without a word."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not in UTF-8 can't show everything
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # after Ctrl-C it tells how it cleans up
    try:
        try:
            app(prog_name="codex")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is left to be written goes nowhere, at the end of the interpreter, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
