"""What an hour costs in which nothing is saved: CPU seconds of all processes of an installation, by day.

Measured for some minutes with every rhythm paused (what Airflow and PostgreSQL take by themselves) and for some in
which every waking rhythm beats, both scaled to an hour: a beat of `insights` and of `health` falls into each ten
minutes, ten of `working_memory`. CPU seconds are the kernel's, of living processes and of those they have waited for.
On a busy or throttled machine they grow, too: so those of one cold `dbt build`, at the end, are told beside them.
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

from benchmarks.working_memory_run import cold_build, zone_where_it_is
from include.settings import settings

MINUTES = 10
BARE_MINUTES = 5
SETTLES_SECONDS = 60


def measure() -> dict[str, Any]:
    """CPU seconds an hour, by process, and what was run meanwhile, in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
        os.environ["CODEX_HOME"] = folder
        os.environ["CODEX_TIMEZONE"] = zone_where_it_is(12)
        settings.cache_clear()
        return _measure(Path(folder))


def _measure(home: Path) -> dict[str, Any]:
    from include.airflow_service import supervisor
    from include.airflow_service.api import AirflowApi
    from include.rhythms.catalogue import RHYTHMS

    running = supervisor.start(lambda text: print(f"· {text}", file=sys.stderr))
    try:
        api = AirflowApi(running)
        api.wait_for_dags()
        for rhythm in RHYTHMS:
            api.pause(rhythm.dag_id)
        time.sleep(SETTLES_SECONDS)
        bare = _an_hour(running.pid, home, BARE_MINUTES)
        for rhythm in RHYTHMS:
            api.unpause(rhythm.dag_id)
        time.sleep(SETTLES_SECONDS)
        since = datetime.now(UTC)
        beating = _an_hour(running.pid, home, MINUTES)
        runs = {rhythm.dag_id: len(api.runs(rhythm.dag_id, since=since)) for rhythm in RHYTHMS}
    finally:
        supervisor.stop()
    together, alone = sum(beating.values()), sum(bare.values())
    return {
        "measured_minutes": {"paused": BARE_MINUTES, "beating": MINUTES},
        "scaled_to_an_hour": True,
        "cpu_seconds_an_hour": {name: round(seconds) for name, seconds in beating.items()},
        "cpu_seconds_an_hour_paused": {name: round(seconds) for name, seconds in bare.items()},
        "cpu_seconds_an_hour_in_all": round(together),
        "cpu_seconds_an_hour_of_our_runs": round(together - alone),
        "share_of_one_core": round(together / 3600, 3),
        "share_of_one_core_paused": round(alone / 3600, 3),
        "cold_dbt_build_cpu_seconds": round(_cold_build_cpu_seconds(), 2),
        "runs_meanwhile": {name: count for name, count in runs.items() if count},
    }


def _an_hour(supervisor: int, home: Path, minutes: int) -> dict[str, float]:
    """CPU seconds an hour by component, measured for some minutes from now on."""
    before, started = _cpu_seconds(supervisor, home), time.monotonic()
    time.sleep(60 * minutes)
    after, hour = _cpu_seconds(supervisor, home), 3600 / (time.monotonic() - started)
    return {name: hour * (after[name] - before[name]) for name in before}


def _cold_build_cpu_seconds() -> float:
    before = psutil.Process().cpu_times()
    cold_build()
    after = psutil.Process().cpu_times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _cpu_seconds(supervisor: int, home: Path) -> dict[str, float]:
    """CPU seconds since their start of each component with all that it started, PostgreSQL among them."""
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    parts = {"postgres": psutil.Process(postmaster)}
    for process in psutil.Process(supervisor).children():
        words = process.cmdline()
        name = next((word for word in words if word in {"scheduler", "dag-processor", "triggerer"}), None)
        if name or any("api" in word for word in words):
            parts[name or "api-server"] = process
    own = psutil.Process(supervisor).cpu_times()
    return {name: _of_tree(process) for name, process in parts.items()} | {"supervisor": own.user + own.system}


def _of_tree(process: psutil.Process) -> float:
    seconds = 0.0
    for member in (process, *process.children(recursive=True)):
        try:
            seconds += sum(member.cpu_times()[:4])  # its own, and of the children it has waited for
        except psutil.NoSuchProcess:
            continue  # its parent counts it from now on
    return seconds
