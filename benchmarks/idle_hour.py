"""What an hour costs in which nothing is saved: CPU seconds of all processes of an installation, by day.

Measured for some minutes in which every waking rhythm beats, and scaled to an hour: a beat of `insights` and `health`
falls into each ten minutes. CPU seconds are the kernel's, of living processes and of those they have waited for, so a
busy machine changes them little.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.working_memory_run import zone_where_it_is
from include.settings import settings

MINUTES = 10
SETTLES_SECONDS = 60


def measure() -> dict[str, Any]:
    """CPU seconds an hour, by process, and what was run meanwhile, in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
        os.environ["CODEX_HOME"] = folder
        os.environ["CODEX_TIMEZONE"] = zone_where_it_is(12)
        settings.cache_clear()
        return _measure(Path(folder))


def _measure(home: Path) -> dict[str, Any]:
    from include import service
    from include.airflow_api import AirflowApi
    from include.cli.service import wait_for_dags
    from include.rhythms import RHYTHMS

    running = service.start(lambda text: print(f"· {text}", file=sys.stderr))
    try:
        api = AirflowApi(running)
        wait_for_dags(api)
        time.sleep(SETTLES_SECONDS)
        since, before, started = datetime.now(UTC), _cpu_seconds(running.pid, home), time.monotonic()
        time.sleep(60 * MINUTES)
        hour = 3600 / (time.monotonic() - started)
        after = _cpu_seconds(running.pid, home)
        runs = {rhythm.dag_id: len(api.runs(rhythm.dag_id, since=since)) for rhythm in RHYTHMS}
    finally:
        service.stop()
    an_hour = {name: round(hour * (after[name] - before[name])) for name in before}
    return {
        "measured_minutes": MINUTES,
        "scaled_to_an_hour": True,
        "cpu_seconds_an_hour": an_hour,
        "cpu_seconds_an_hour_in_all": sum(an_hour.values()),
        "share_of_one_core": round(sum(an_hour.values()) / 3600, 3),
        "runs_meanwhile": {name: count for name, count in runs.items() if count},
    }


def _cpu_seconds(supervisor: int, home: Path) -> dict[str, float]:
    """CPU seconds since their start of each component with all that it started, PostgreSQL among them."""
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    parts = {"postgres": psutil.Process(postmaster)}
    for process in psutil.Process(supervisor).children():
        words = process.cmdline()
        name = next((word for word in words if word in {"scheduler", "dag-processor", "triggerer"}), None)
        if name or any("api" in word for word in words):
            parts[name or "api-server"] = process
    return {name: _of_tree(process) for name, process in parts.items()}


def _of_tree(process: psutil.Process) -> float:
    seconds = 0.0
    for member in (process, *process.children(recursive=True)):
        try:
            seconds += sum(member.cpu_times()[:4])  # its own, and of the children it has waited for
        except psutil.NoSuchProcess:
            continue  # its parent counts it from now on
    return seconds
