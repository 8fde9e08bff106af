"""The table of commands is true, and what `./codex` does not need it does not import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from include import cli
from include.cli.__main__ import app
from include.cli.commands import COMMANDS, DAEMON_COMMANDS, CommandEntry
from include.cli.lazy import function_of
from include.settings import REPOSITORY

ENTRIES = [entry for entries in COMMANDS.values() for entry in entries]
WITHOUT_COMMANDS = {"__init__", "__main__", "commands", "lazy", "options", "output"}
SLOW = {
    *("airflow", "alembic", "cosmos", "dateparser", "dbt", "matplotlib", "mcp", "networkx", "scipy"),
    *("sklearn", "snowballstemmer", "sqlalchemy", "wordfreq", "yake"),
}
"""What no command may import before it runs."""


def imported(code: str) -> set[str]:
    """What a new interpreter has imported after `code`."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nsys.stderr.write(' '.join(sys.modules))"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])},
        check=True,
        capture_output=True,
        text=True,
    )
    return set(ended.stderr.split())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_summary_is_the_first_line_of_the_commands_own_docstring(entry: CommandEntry) -> None:
    assert (function_of(entry).__doc__ or "").splitlines()[0] == entry.summary
    assert len(entry.summary) <= 60  # one line of `--help` on a terminal of 80


def test_each_file_of_commands_is_in_the_table() -> None:
    files = {path.stem for path in Path(str(cli.__file__)).parent.glob("*.py")}
    assert files - WITHOUT_COMMANDS == {entry.module for entry in ENTRIES}


def test_help_lists_every_command_with_its_summary() -> None:
    shown = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())
    assert [entry.name for entry in ENTRIES if f" {entry.name} {entry.summary}" not in shown] == []
    assert "daemon The service's commands" in shown


def test_a_command_shows_its_own_help() -> None:
    shown = CliRunner().invoke(app, ["query", "--help"]).stdout
    assert "Usage: codex query" in shown
    assert "--min-strength" in shown


def test_a_daemon_has_its_usual_names() -> None:
    known = {entry.name: function_of(entry) for entry in ENTRIES}
    named = {entry.name: function_of(entry) for entry in DAEMON_COMMANDS}
    assert named == {
        "start": known["up"],
        "stop": known["down"],
        **{name: known[name] for name in ("restart", "status", "logs")},
    }
    shown = CliRunner().invoke(app, ["daemon", "start", "--help"]).stdout
    assert shown.startswith("Usage: codex daemon start")
    assert "--port" in shown


def test_an_unknown_command_is_named_with_what_may_be_meant() -> None:
    ended = CliRunner().invoke(app, ["staus"])
    assert ended.exit_code == 2
    assert "No such command 'staus'. Did you mean 'status'" in ended.stderr


def test_help_imports_the_table_and_nothing_slow() -> None:
    modules = imported(
        "from typer.testing import CliRunner\n"
        "from include.cli.__main__ import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0"
    )
    assert {name for name in modules if name.startswith("include")} == {
        *("include", "include.cli", "include.cli.__main__", "include.cli.commands", "include.cli.lazy")
    }
    assert modules & {*SLOW, "duckdb", "numpy", "psycopg", "pydantic", "requests", "rich.console"} == set()


def test_no_command_imports_anything_slow_before_it_runs() -> None:
    modules = sorted({entry.module for entry in ENTRIES})
    assert imported("\n".join(f"import include.cli.{module}" for module in modules)) & SLOW == set()
