"""A run of `working_memory` under the scheduler, task by task, beside one cold `dbt build` of the same models.

The cold build is what a crontab line would do: a new Python, dbt's imports, the same models and tests in one process.
The run does more: gate, clock, two kinds of question to the language model, publishing, two announcements.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.rhythms.catalogue import RHYTHMS
from include.settings import REPOSITORY, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.airflow_service.api import AirflowApi, Run

ROUNDS = 3
NOTES = 20
MODELS = (
    "stg_codex_store__memories",
    "stg_codex_store__current_memories",
    "wm_feature_requests",
    "given_up",
    "wm_admissions",
    "wm_active_attention",
    "processing_state",
)


def measure() -> dict[str, Any]:
    """Medians in seconds over a few rounds, each with new notes, in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
        os.environ["CODEX_HOME"] = folder
        # At night few rhythms beat, and working memory only when it is asked.
        os.environ["CODEX_TIMEZONE"] = zone_where_it_is(23)
        settings.cache_clear()
        return _measure(Path(folder))


def _measure(home: Path) -> dict[str, Any]:
    from include.airflow_service import supervisor
    from include.airflow_service.api import AirflowApi
    from include.runs import consolidation

    api = AirflowApi(supervisor.start(lambda text: print(f"· {text}", file=sys.stderr)))
    try:
        api.wait_for_dags()
        # What the run wakes would compete with the next round for the two cores.
        for rhythm in RHYTHMS:
            if rhythm.dag_id != "working_memory":
                api.pause(rhythm.dag_id)
        runs, idle, tasks, cold = [], [], [], []
        for number in range(ROUNDS):
            _codex("remember", str(_notes(home, number)))
            seconds, finished = _run(api, consolidation.conf_for([], None))
            runs.append(seconds)
            assert finished.state == "success"
            tasks += [task.seconds for task in api.tasks(finished) if task.seconds and "." in task.task_id]
            idle.append(_run(api, {})[0])
            # In turn with the runs: a machine that others use, too, is now faster, now slower.
            started = time.monotonic()
            cold_build()
            cold.append(time.monotonic() - started)
    finally:
        supervisor.stop()
    run_seconds, cold_seconds = statistics.median(runs), statistics.median(cold)
    return {
        "notes_a_run": NOTES,
        "rounds": ROUNDS,
        "run_seconds": round(run_seconds, 2),
        "idle_run_seconds": round(statistics.median(idle), 2),
        "dbt_task_seconds": round(statistics.median(tasks), 2),
        "cold_dbt_build_seconds": round(cold_seconds, 2),
        "run_to_cold_build": round(statistics.median(a / b for a, b in zip(runs, cold, strict=True)), 2),
    }


def cold_build() -> None:
    """What a crontab line would do: a new Python, dbt's imports, working memory's models and tests in one process."""
    subprocess.run(
        [sys.executable, "-m", "include.installation.dbt_by_hand", "build", "--select", *MODELS],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _run(api: AirflowApi, conf: Mapping[str, Any]) -> tuple[float, Run]:
    """A run of working memory, and the seconds from when it was asked for until it ended.

    Seldom asked for, since each question costs the two cores some hundredths of a second.
    """
    asked = datetime.now(UTC)
    run = api.trigger("working_memory", dict(conf))
    while not run.finished or run.ended_at is None:
        time.sleep(1)
        run = api.run(run.dag_id, run.run_id)
    return (run.ended_at - asked).total_seconds(), run


def _codex(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "include.cli", *arguments], cwd=REPOSITORY, check=True, stdout=sys.stderr)


def _notes(home: Path, number: int) -> Path:
    path = home / f"notes_{number}.jsonl"
    now = datetime.now(UTC) - timedelta(days=1)
    path.write_text(
        "".join(
            json.dumps(
                {
                    "content": f"Round {number}: the pump in cellar {note} stopped again, Maria wants it mended.",
                    "created_at": (now + timedelta(minutes=number * NOTES + note)).isoformat(),
                }
            )
            + "\n"
            for note in range(NOTES)
        )
    )
    return path


def zone_where_it_is(hour: int) -> str:
    """A timezone whose clock shows about this hour now."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
