"""Five rhythms at once, for ten minutes, while notes keep coming: nothing fails, is locked out, or is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from include.airflow_service.api import AirflowApi, Run
from include.errors import CodexError
from tests.system.test_under_the_scheduler import codex_of, processes_of, service_of

pytestmark = [pytest.mark.soak, pytest.mark.scheduler, pytest.mark.timeout(3600)]

MINUTES = 10
DRAIN_SECONDS = 1200
FIVE = ("working_memory", "insights", "short_term_memory", "hippocampal_replay", "deep_sleep")
EVIDENCE = "SELECT count(DISTINCT source) FROM codex_processed.insights, unnest(source_memory_ids) AS source"
LAID_DOWN = "SELECT count(DISTINCT memory) FROM codex_processed.episodes, unnest(memory_ids) AS memory"
NOTE = "INSERT INTO public.memories (content) VALUES (%s)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    codex_of(tmp_path / "home")("down")
    for process in processes_of(tmp_path / "home"):
        process.kill()


def note(number: int) -> str:
    """Every fifth is of a kind that replay need not wait for."""
    if number % 5 == 0:
        return f"Note {number}: AMAZING!!! We won! I am so excited and thrilled, absolutely ecstatic!!!"
    return f"Note {number}: Maria and I moved pump {number % 7} to cellar {number % 5}, it works."


def test_five_rhythms_at_once_on_live_input(home: Path) -> None:
    codex = codex_of(home)
    codex("up")
    service = service_of(home)
    api = AirflowApi(service)
    began = datetime.now(UTC)
    ends = time.monotonic() + 60 * MINUTES
    asked: dict[str, Run] = {}
    at_once = saved = 0
    with psycopg.connect(service.store_url, autocommit=True) as store:
        while time.monotonic() < ends:
            saved += 1
            store.execute(NOTE, [note(saved)])
            under_way = 0
            for dag_id in FIVE:
                run = asked.get(dag_id)
                asked[dag_id] = api.trigger(dag_id, {}) if run is None or run.finished else api.run(dag_id, run.run_id)
                under_way += not asked[dag_id].finished
            at_once = max(at_once, under_way)
            time.sleep(2)
    assert at_once == len(FIVE)

    # Nobody asks any more: what is left is worked off by beats and assets alone.
    drained = time.monotonic() + DRAIN_SECONDS
    while (account := codex("status")["accounting"])["pending"] or account["source"] < saved or not _quiet(api, began):
        assert time.monotonic() < drained, f"left lying: {account}"
        time.sleep(5)
    assert account["failed"] == 0
    with psycopg.connect(service.store_url) as store:
        [[understood]] = store.execute(EVIDENCE).fetchall()
        [[laid_down]] = store.execute(LAID_DOWN).fetchall()
        [[replayed]] = store.execute("SELECT count(*) FROM codex_processed.memory_strengths").fetchall()
    assert understood == saved, "each has an insight, or is evidence of that of what says the same"
    assert laid_down == account["attended"], "each attended memory has a trace"
    assert 0 < replayed <= laid_down, "what moved us is replayed at once, what did not in half an hour"
    with psycopg.connect(service.store_url.replace("/codex?", "/airflow?")) as metadata:
        troubled = metadata.execute(
            "SELECT dag_id, run_id, task_id, state, try_number FROM task_instance "
            "WHERE state IN ('failed', 'upstream_failed', 'up_for_retry') OR try_number > 1"
        ).fetchall()
        [[runs]] = metadata.execute("SELECT count(*) FROM dag_run WHERE state = 'success'").fetchall()
    assert troubled == []
    locked = [
        f"{path.name}: {line}"
        for path in (home / "airflow" / "logs").rglob("*.log")
        for line in path.read_text(errors="replace").splitlines()
        if "lock" in line.lower() and ("error" in line.lower() or "could not" in line.lower())
    ]
    assert locked == []
    print(f"{saved} notes in {MINUTES} minutes; {runs} runs succeeded; {at_once} rhythms under way at once")


def _quiet(api: AirflowApi, began: datetime) -> bool:
    try:
        return all(run.finished for dag_id in FIVE for run in api.runs(dag_id, since=began))
    except CodexError:
        return False
