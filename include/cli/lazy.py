"""A command line whose commands are imported when they run: `./codex --help` imports none of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from include.cli.commands import COMMANDS, DAEMON, DAEMON_COMMANDS, SERVICE, CommandEntry

PLAIN: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""How we use Typer. Help with Rich's frames takes a quarter of a second of processor time to import."""


def function_of(entry: CommandEntry) -> Callable[..., None]:
    """The function that the table names; imports its module."""
    function: Callable[..., None] = getattr(import_module(f"include.cli.{entry.module}"), entry.function)
    return function


class LazyCommand(TyperCommand):
    """A command of the table: its name and summary until it is called, then the whole of it."""

    def __init__(self, entry: CommandEntry) -> None:
        super().__init__(entry.name, help=entry.summary, rich_markup_mode=None)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the whole command, whose module is imported for it."""
        app = typer.Typer(**PLAIN)
        app.command(self.name)(function_of(self._entry))
        return typer.main.get_command(app).make_context(info_name, args, parent=parent, **extra)


class CommandGroup(TyperGroup):
    """All commands of the table, which `--help` lists by section."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for entry in (entry for entries in COMMANDS.values() for entry in entries):
            self.add_command(LazyCommand(entry))
        self.add_command(
            TyperGroup(
                name="daemon",
                help=f"{DAEMON}.",
                commands=[LazyCommand(entry) for entry in DAEMON_COMMANDS],
                no_args_is_help=True,
                rich_markup_mode=None,
            )
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the table says it all
        """Write the list of commands."""
        sections = {
            section: [(entry.name, entry.summary) for entry in entries] for section, entries in COMMANDS.items()
        }
        sections[SERVICE].append(("daemon", f"{DAEMON}."))
        width = max(len(name) for rows in sections.values() for name, _ in rows)
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in rows])
