"""`./codex`: the sleep of a personal knowledge store, on the command line."""

from __future__ import annotations

import gc
import io
import logging
import os
import sys

import typer

from include.cli.lazy import PLAIN, CommandGroup

app = typer.Typer(name="codex", cls=CommandGroup, no_args_is_help=True, **PLAIN)


@app.callback()
def codex() -> None:
    """Codex Dreams: the sleep of a personal knowledge store."""


def main() -> None:
    """Run a command. A reader that leaves early (`./codex export | head`) ends it without a word."""
    gc.set_threshold(100_000)  # to look for garbage among what was imported takes a twentieth of a short command
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
