"""The last lines of the service's logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.airflow_service.logs import LogLine, last_lines
from include.settings import settings
from tests.include.cli.conftest import run_codex

SCHEDULER = """\
2026-03-02T09:00:00.1Z [info     ] Starting the scheduler [airflow] loc=scheduler.py:1
2026-03-02T09:00:01.1Z [warning  ] A beat is late [airflow] loc=scheduler.py:2
 ____    |__( )_________
2026-03-02T09:00:02.1Z [error    ] A task failed [airflow] loc=scheduler.py:3
Traceback (most recent call last):
ValueError: the pump is blocked
2026-03-02T09:00:03.1Z [info     ] Going on [airflow] loc=scheduler.py:4
"""


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "scheduler.log").write_text(SCHEDULER)
    (folder / "service.log").write_text("· Starting the store\nERROR - it is full \x1b[2J\n")
    return folder


def texts(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines]


def test_the_last_lines_of_each_part_come_in_the_order_of_the_parts() -> None:
    found = last_lines(2)
    assert [line.part for line in found] == ["service", "service", "scheduler", "scheduler"]
    assert texts(found)[2:] == SCHEDULER.splitlines()[-2:]


def test_a_level_leaves_lines_that_are_at_least_as_grave_and_their_tracebacks() -> None:
    assert texts(last_lines(10, "error", ["scheduler"])) == SCHEDULER.splitlines()[3:6]
    assert texts(last_lines(10, "WARNING", ["scheduler"])) == [
        line for line in SCHEDULER.splitlines()[1:6] if "__" not in line
    ]
    assert texts(last_lines(10, "critical")) == []


def test_a_part_without_a_log_has_no_lines() -> None:
    assert last_lines(10, parts=["triggerer"]) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--level", "loud"], "There is no level 'loud'; there are debug, info, warning, error, critical."),
        (["--lines", "0"], "--lines is 0; give a number from 1 on."),
        (["cellar"], "There is no log of 'cellar'; there are service, api-server, scheduler"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(arguments: list[str], complaint: str) -> None:
    assert complaint in run_codex("logs", *arguments).complaint


def test_the_command_shows_them_by_part_and_steers_no_terminal() -> None:
    shown = run_codex("logs", "service", "--lines", "1")
    assert shown.out == "service\nERROR - it is full �[2J\n"
    assert run_codex("daemon", "logs", "service", "--lines", "1").out == shown.out
    assert run_codex("logs", "scheduler", "--lines", "1", "--json").json == [
        {"part": "scheduler", "level": "info", "text": SCHEDULER.splitlines()[-1]}
    ]
