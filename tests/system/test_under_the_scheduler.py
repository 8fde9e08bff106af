"""A real Airflow, used as its owner uses it: through `./codex`, with assets waking one rhythm after the other."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest
import requests

from include.demo.sample import month
from include.settings import REPOSITORY

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

BEAT_TIMEOUT_SECONDS = 180


def zone_where_it_is_noon() -> str:
    """A timezone in which people are awake now: waking rhythms beat, and no night begins during the test."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


Codex = Callable[..., Any]


def codex_of(home: Path) -> Codex:
    """`./codex` of an installation; returns what `--json` printed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "CODEX", "POSTGRES_DB", "OLLAMA"))
    }
    environment |= {"CODEX_HOME": str(home), "CODEX_TIMEZONE": zone_where_it_is_noon()}

    def codex(*arguments: str) -> Any:
        import sys

        ended = subprocess.run(
            [sys.executable, "-m", "include.cli", *arguments, "--json"],
            cwd=REPOSITORY,
            env=environment | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'plugins'}"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert ended.returncode == 0, f"{arguments}: {ended.stdout}\n{ended.stderr}"
        return json.loads(ended.stdout)

    return codex


def processes_of(home: Path) -> list[psutil.Process]:
    """All processes that work in an installation."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CODEX_HOME") == str(home) or str(home) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    pair = (tmp_path / "one", tmp_path / "two")
    yield pair
    for home in pair:
        if home.exists():
            codex_of(home)("down")
        for process in processes_of(home):
            process.kill()


def test_two_installations_live_side_by_side(homes: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = (codex_of(home) for home in homes)
    notes = tmp_path / "notes.jsonl"
    lines = [json.dumps(note) for note in month(date(2026, 3, 30), ZoneInfo("UTC"))[:24]]
    notes.write_text("\n".join(lines[:23]) + "\n")

    started = one("up")
    assert one("remember", str(notes))["new"] == 23
    steps = one("consolidate", "--type", "all", "--as-of", "2026-03-30T12:00:00+00:00")
    assert [step["rhythm"] for step in steps] == [
        "working_memory",
        "insights",
        "short_term_memory",
        "hippocampal_replay",
        "deep_sleep",
        "rem_sleep",
        "synaptic_homeostasis",
    ]
    assert {step["state"] for step in steps} == {"success"}
    assert {step["rhythm"] for step in steps if step["woken_by"] == "asset"} == {
        "insights",
        "short_term_memory",
        "hippocampal_replay",
        "deep_sleep",
    }

    status = one("status")
    account = status["accounting"]
    assert account["source"] == 23
    assert account["source"] == sum(
        account[fate] for fate in ("attended", "unattended", "filtered", "failed", "pending")
    )
    assert account["pending"] == account["failed"] == 0
    assert len(one("insights")) > 0

    # What is saved while awake is taken in by the next beat, without being asked (looked at below).
    notes.write_text(lines[23] + "\n")
    assert one("remember", str(notes))["new"] == 1

    # A second one takes another port, and knows nothing of the first.
    other = two("up")
    assert other["web_url"] != started["web_url"]
    assert requests.get(f"{other['web_url']}/api/v2/monitor/health", timeout=10).ok
    assert two("status")["accounting"]["source"] == 0
    assert requests.get(f"{started['web_url']}/api/v2/monitor/health", timeout=10).ok
    two("down")
    assert processes_of(homes[1]) == []

    # By now a beat has taken in what was saved; or it is about to.
    deadline = time.monotonic() + BEAT_TIMEOUT_SECONDS
    while (account := one("status")["accounting"])["pending"] or account["source"] < 24:
        assert time.monotonic() < deadline, f"no beat took the memory in: {account}"
        time.sleep(2)

    one("down")
    assert processes_of(homes[0]) == []
