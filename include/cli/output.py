"""How the commands speak: tables and progress for people, JSON for programs, errors that say what to do."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from include.errors import CodexError

# In a pipe or a file lines stay whole.
console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]

Command = TypeVar("Command", bound=Callable[..., None])


def told(command: Command) -> Command:
    """A command whose CodexError becomes one line on stderr and exit code 1, without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CodexError as error:
            errors.print(f"[red]✗[/red] {escape(str(error))}")
            raise typer.Exit(1) from None

    return wrapped  # type: ignore[return-value]


def print_indented(markup: str, columns: int) -> None:
    """Text that is set in from the left; wrapped on a terminal, whole elsewhere."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns)))
    else:
        console.print(" " * columns + markup)


def print_json(value: Any) -> None:
    """JSON on stdout; instants in ISO 8601, UUIDs as text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def json_line(value: Any) -> str:
    """One line of JSON, for JSON Lines."""
    return json.dumps(value, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def say(text: str) -> None:
    """A line of progress on stderr, so that stdout holds the result alone."""
    errors.print(f"[dim]·[/dim] {escape(text)}")
