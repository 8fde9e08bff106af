"""`./codex`: the sleep of a personal knowledge store, on the command line."""

from __future__ import annotations

import typer

from include.cli import intake, recall, rhythms, service

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
app.command()(intake.remember)
app.command()(rhythms.consolidate)
app.command()(recall.query)
app.command()(recall.insights)
app.command()(recall.dreams)
app.command()(recall.trace)
app.command()(recall.export)

if __name__ == "__main__":
    app(prog_name="codex")
