"""What all commands print with: tables for people, JSON for programs, errors that say what to do."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from include.errors import CodexError, first_line
from include.formats import json_text, print_progress, printable

# In a pipe or a file lines stay whole. A note's ":smile:" is what its owner wrote, no picture.
console = Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
errors = Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())


Command = TypeVar("Command", bound=Callable[..., None])

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


def explain_errors(command: Command) -> Command:
    """The command, with its errors as one line on stderr and an exit code, without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CodexError as error:
            complain(str(error))
        except UnicodeEncodeError:
            complain("An argument holds bytes that are no text in UTF-8.")
        except BrokenPipeError:
            raise  # whoever read our output has seen enough
        except OSError as error:
            complain(f"{error.filename or 'Something'} can't be used: {error.strerror or error}.")
        except KeyboardInterrupt:
            print_progress("Stopped. What was done is kept, and the same command goes on from there.")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if not (refusing := _refusing(error)):
                raise
            complain(f"The {refusing} refuses: {first_line(error).rstrip('.')}. See `./codex status`.")

    return wrapped  # type: ignore[return-value]


def _refusing(error: Exception) -> str | None:
    """Which of our databases the error comes from; a driver that was not imported raised none."""
    for database, driver in (("store", "psycopg"), ("lake", "duckdb")):
        if driver in sys.modules and isinstance(error, sys.modules[driver].Error):
            return database
    return None


def complain(message: str) -> None:
    """Print on stderr what is wrong, and end with exit code 1."""
    errors.print(f"[red]✗[/red] {escaped(message)}")
    raise typer.Exit(1) from None


def escaped(text: str) -> str:
    """Rich markup that shows a text of notes and models as it is, whatever it holds; it can't steer the terminal."""
    return escape(printable(text))


def print_indented(markup: str, columns: int) -> None:
    """Print text that is indented; wrapped on a terminal, whole elsewhere."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns)))
    else:
        console.print(" " * columns + markup)


def print_json(value: Any) -> None:
    """Print JSON on stdout; instants in ISO 8601, UUIDs as text."""
    sys.stdout.write(json_text(value, indent=2))
