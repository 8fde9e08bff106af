"""What Airflow leaves behind, kept for a while: its rows of old runs, the logs of tasks and of the service."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.errors import CodexError
from include.installation.environment import airflow_database
from include.internals import outside_of_a_task

log = logging.getLogger(__name__)

KEEP_RUNS_DAYS = 30
"""Rows of runs, tasks and events in Airflow's metadata, and the logs of tasks."""
SERVICE_LOG_BYTES = 20 * 1024**2
"""A log of the service that is longer begins anew; the old one is kept beside it once."""
_CLEAN_TIMEOUT_SECONDS = 1800


def clean_metadata(metadata_url: str, now: datetime | None = None) -> datetime:
    """Delete rows older than KEEP_RUNS_DAYS by Airflow's own `airflow db clean`; returns the instant before which.

    The last run of each DAG is kept by it, however old. Raises CodexError with its complaint when it fails.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=KEEP_RUNS_DAYS)
    # A task does not get this address from Airflow; its command line needs it.
    environment = outside_of_a_task(os.environ)
    environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = airflow_database(metadata_url)
    environment.pop("AIRFLOW__CORE__SQL_ALCHEMY_CONN", None)
    arguments = [
        "--clean-before-timestamp",
        before.isoformat(),
        "--skip-archive",
        "--yes",
        "--error-on-cleanup-failure",
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "clean", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_CLEAN_TIMEOUT_SECONDS,
    )
    if ended.returncode != 0:
        complaint = next((line for line in reversed(ended.stderr.splitlines()) if line.strip()), "no reason was given")
        raise CodexError(f"airflow db clean failed: {complaint}")
    return before


def remove_old_logs(folder: Path, now: datetime | None = None) -> int:
    """Delete files below a folder that nobody wrote to for KEEP_RUNS_DAYS, and folders left empty; returns how many."""
    before = ((now or datetime.now(UTC)) - timedelta(days=KEEP_RUNS_DAYS)).timestamp()
    removed = 0
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            if path.lstat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
        if Path(parent) != folder and not any(Path(parent).iterdir()):
            Path(parent).rmdir()
    return removed


def shorten_service_logs(folder: Path) -> list[str]:
    """Begin logs anew that have become too long; returns their names. Their writers append, so they go on by it."""
    shortened = []
    for path in sorted(folder.glob("*.log")):
        if path.stat().st_size > SERVICE_LOG_BYTES:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)
            shortened.append(path.name)
    return shortened
