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
import psycopg
import pytest
import requests

from include.airflow_service.api import AirflowApi
from include.airflow_service.supervisor import Service
from include.demo.sample import month
from include.settings import REPOSITORY
from tests.webhook import Receiver, webhook

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

BEAT_TIMEOUT_SECONDS = 180
PATIENCE_SECONDS = 300
INSIGHT_TIMEOUT_SECONDS = 300  # a machine that does other things besides; what it took is printed


def zone_where_it_is_noon() -> str:
    """A timezone in which people are awake now: waking rhythms beat, and no night begins during the test."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


Codex = Callable[..., Any]


def codex_of(home: Path, **settings: str) -> Codex:
    """`./codex` of an installation; returns what `--json` printed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "CODEX", "POSTGRES_DB", "OLLAMA"))
    }
    environment |= {"CODEX_HOME": str(home), "CODEX_TIMEZONE": zone_where_it_is_noon()} | settings

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


def wakes_by_itself(home: Path, codex: Codex) -> None:
    """A saved memory is an insight soon after, and short-term memory has a trace of it, with no beat of theirs."""
    service = service_of(home)
    api = AirflowApi(service)
    since = datetime.now(UTC)
    saved = time.monotonic()
    codex("remember", "--text", "Turns out the pump in the cellar was blocked by a glove.")
    with psycopg.connect(service.store_url, autocommit=True) as store:

        def seconds_until(question: str) -> float:
            while not (store.execute(question).fetchone() or [None])[0]:
                assert time.monotonic() - saved < INSIGHT_TIMEOUT_SECONDS, question
                time.sleep(0.2)
            return time.monotonic() - saved

        insight = seconds_until("SELECT count(*) FROM codex_processed.insights")
        episode = seconds_until("SELECT count(*) FROM codex_processed.episodes")
    print(f"saved to insight: {insight:.0f} s; saved to episode: {episode:.0f} s")
    assert "asset_triggered" in {run.run_type for run in api.runs("working_memory", since=since)}
    assert {run.run_type for run in api.runs("short_term_memory", since=since)} == {"asset_triggered"}
    assert "asset_triggered" in {run.run_type for run in api.runs("insights", since=since)}


def a_stage_that_is_slow_is_told_once_and_so_is_that_it_is_not(home: Path, receiver: Receiver) -> None:
    """Nobody can read the memories for more than a minute: the run that waits for them misses its deadline."""
    service = service_of(home)
    api = AirflowApi(service)
    with psycopg.connect(service.store_url) as slow:
        slow.execute("LOCK TABLE public.memories IN ACCESS EXCLUSIVE MODE")
        run = api.trigger("working_memory", {})
        missed = told_of(receiver, "working_memory", "missed")
    assert missed["kind"] == "deadline"
    assert missed["run_id"]
    assert missed["target"] == "done 60.0 s after it was queued"
    assert missed["where"].startswith(f"{service.web_url}/dags/working_memory/runs/")
    assert " over (target: " in missed["text"]
    until(lambda: api.run(run.dag_id, run.run_id).finished, "the slow run ends")

    def kept_again() -> bool:
        """The next beat is in time; whoever looks at the targets sees it."""
        looked = api.trigger("health", {})
        until(lambda: api.run(looked.dag_id, looked.run_id).finished, "health looks")
        return any(call["state"] == "recovered" and call["subject"] == "working_memory" for call in receiver.received)

    until(kept_again, "a run is in time again")
    assert episodes_of(service, "deadline", "working_memory") == [True]


def a_scheduler_that_stands_still_is_told_once_and_so_is_that_it_goes_on(home: Path, receiver: Receiver) -> None:
    [scheduler] = [
        process
        for process in processes_of(home)
        if {"airflow", "scheduler", "--skip-serve-logs"} <= {*process.cmdline()}
    ][:1]
    scheduler.suspend()
    try:
        missed = told_of(receiver, "scheduler", "missed")
    finally:
        scheduler.resume()
    assert missed["kind"] == "heartbeat"
    assert "scheduler.log" in missed["where"]
    told_of(receiver, "scheduler", "recovered")
    assert episodes_of(service_of(home), "heartbeat", "scheduler") == [True]
    calls = [call["state"] for call in receiver.received if call["subject"] == "scheduler"]
    assert calls == ["missed", "recovered"]


def told_of(receiver: Receiver, subject: str, state: str) -> dict[str, Any]:
    """The one call that tells of it; waits for it."""

    def calls() -> list[dict[str, Any]]:
        return [call for call in receiver.received if (call["subject"], call["state"]) == (subject, state)]

    until(lambda: bool(calls()), f"{subject} {state}")
    [call] = calls()
    return call


def episodes_of(service: Service, kind: str, subject: str) -> list[bool]:
    """For each row in the table of misses, whether it is over."""
    with psycopg.connect(service.store_url) as store:
        rows = store.execute(
            "SELECT recovered_at IS NOT NULL FROM codex_processed.sla_misses WHERE kind = %s AND subject = %s",
            [kind, subject],
        )
        return [over for (over,) in rows.fetchall()]


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must come to pass, however busy the machine is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(1)


def service_of(home: Path) -> Service:
    return Service(**json.loads((home / "service.json").read_text()))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as made:
        yield made


def test_two_installations_live_side_by_side(homes: tuple[Path, Path], tmp_path: Path, receiver: Receiver) -> None:
    alerts = {"conn_type": "http", "host": receiver.url}
    one = codex_of(
        homes[0],
        CODEX_ALERTS_CONN_ID="alerts",
        AIRFLOW_CONN_ALERTS=json.dumps(alerts),
        # Tasks that wait for a lock leave a place for the one that tells of it.
        AIRFLOW__CORE__PARALLELISM="4",
    )
    two = codex_of(homes[1])
    notes = tmp_path / "notes.jsonl"
    lines = [json.dumps(note) for note in month(date(2026, 3, 30), ZoneInfo("UTC"))[:24]]
    notes.write_text("\n".join(lines[:23]) + "\n")

    started = one("up")
    wakes_by_itself(homes[0], one)
    a_stage_that_is_slow_is_told_once_and_so_is_that_it_is_not(homes[0], receiver)
    a_scheduler_that_stands_still_is_told_once_and_so_is_that_it_goes_on(homes[0], receiver)
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
        "awakening",
    ]
    assert {step["state"] for step in steps} == {"success"}
    # What was saved may have woken the first of them before; those that sleep are woken by those before them.
    assert "deep_sleep" in {step["rhythm"] for step in steps if step["woken_by"] == "asset"}

    status = one("status")
    account = status["accounting"]
    assert account["source"] == 24
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
    before = {process.pid for process in processes_of(homes[1])}
    assert two("restart")["user"] == other["user"]
    assert before & {process.pid for process in processes_of(homes[1])} == set()
    logged = two("logs", "--lines", "5")
    assert {"service", "api-server", "scheduler"} <= {line["part"] for line in logged}
    assert {line["level"] for line in two("logs", "scheduler", "--level", "warning")} <= {
        "warning",
        "error",
        "critical",
    }
    two("daemon", "stop")
    assert processes_of(homes[1]) == []

    # By now a beat has taken in what was saved; or it is about to.
    deadline = time.monotonic() + BEAT_TIMEOUT_SECONDS
    while (account := one("status")["accounting"])["pending"] or account["source"] < 25:
        assert time.monotonic() < deadline, f"no beat took the memory in: {account}"
        time.sleep(2)

    one("down")
    assert processes_of(homes[0]) == []
