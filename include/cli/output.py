"""How the commands speak: tables and progress for people, JSON for programs, errors that say what to do."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import duckdb
import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from include.errors import CodexError
from include.formats import json_text

# In a pipe or a file lines stay whole. A note's ":smile:" is what its owner wrote, no picture.
console = Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
errors = Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]

Command = TypeVar("Command", bound=Callable[..., None])

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def told(command: Command) -> Command:
    """A command whose errors become one line on stderr and an exit code, without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CodexError as error:
            complain(str(error))
        except psycopg.Error as error:
            complain(f"The store refuses: {_first_line(error)}. See `./codex status`.")
        except duckdb.Error as error:
            complain(f"The lake refuses: {_first_line(error)}. See `./codex status`.")
        except UnicodeEncodeError:
            complain("What was given holds bytes that are no text in UTF-8.")
        except BrokenPipeError:
            raise  # whoever read our output has seen enough
        except OSError as error:
            complain(f"{error.filename or 'Something'} can't be used: {error.strerror or error}.")
        except KeyboardInterrupt:
            say("Stopped. What was done is kept, and the same command goes on from there.")
            raise typer.Exit(INTERRUPTED) from None

    return wrapped  # type: ignore[return-value]


def complain(message: str) -> None:
    """Say on stderr what is wrong, and end with exit code 1."""
    errors.print(f"[red]✗[/red] {shown(message)}")
    raise typer.Exit(1) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def shown(text: str) -> str:
    """Text of notes and models as markup that shows it as it is, whatever it holds; it can't steer the terminal."""
    return escape(_CONTROL.sub("�", text))


def print_indented(markup: str, columns: int) -> None:
    """Text that is set in from the left; wrapped on a terminal, whole elsewhere."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns)))
    else:
        console.print(" " * columns + markup)


def print_json(value: Any) -> None:
    """JSON on stdout; instants in ISO 8601, UUIDs as text."""
    sys.stdout.write(json_text(value, indent=2))


def say(text: str) -> None:
    """A line of progress on stderr, so that stdout holds the result alone."""
    errors.print(f"[dim]·[/dim] {shown(text)}")
