"""Retention: what is old goes, what is young or still needed stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from include.airflow_service import retention
from include.airflow_service.retention import KEEP_RUNS_DAYS, clean_metadata, remove_old_logs, shorten_service_logs
from include.errors import CodexError
from include.store.address import metadata_url

NOW = datetime.now(UTC)


def test_old_rows_of_airflow_go_from_inside_a_task_too(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = metadata_url()
    assert url
    with psycopg.connect(url) as metadata:
        for event, days in (("old", KEEP_RUNS_DAYS + 1), ("young", KEEP_RUNS_DAYS - 1)):
            metadata.execute("INSERT INTO log (dttm, event) VALUES (%s, %s)", [NOW - timedelta(days=days), event])
    # As Airflow leaves the environment of a task.
    for name in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN"):
        monkeypatch.setenv(name, "airflow-db-not-allowed:///")
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")
    clean_metadata(url)
    with psycopg.connect(url) as metadata:
        events = metadata.execute("SELECT event FROM log WHERE event IN ('old', 'young')").fetchall()
        assert events == [("young",)]
        metadata.execute("DELETE FROM log WHERE event = 'young'")


def test_what_airflow_complains_of_is_told(installation: Path) -> None:
    url = metadata_url()
    assert url
    with pytest.raises(CodexError, match="airflow db clean failed: "):
        clean_metadata(url.replace("/airflow?", "/nowhere?"))


def test_logs_that_nobody_wrote_to_for_long_go_with_their_empty_folders(tmp_path: Path) -> None:
    for name, days in (("run=1/a.log", KEEP_RUNS_DAYS + 1), ("run=2/b.log", KEEP_RUNS_DAYS + 1), ("run=2/c.log", 1)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("…")
        written = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (written, written))
    assert remove_old_logs(tmp_path) == 2
    assert [path.name for path in tmp_path.rglob("*.log")] == ["c.log"]
    assert not (tmp_path / "run=1").exists()
    assert tmp_path.exists()


def test_a_log_that_has_become_long_begins_anew_under_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SERVICE_LOG_BYTES", 10)
    with (tmp_path / "scheduler.log").open("ab", buffering=0) as writer:
        writer.write(b"a long story so far\n")
        (tmp_path / "service.log").write_text("short")
        assert shorten_service_logs(tmp_path) == ["scheduler.log"]
        writer.write(b"and on\n")
    assert (tmp_path / "scheduler.log").read_bytes() == b"and on\n"
    assert (tmp_path / "scheduler.log.1").read_bytes() == b"a long story so far\n"
    assert (tmp_path / "service.log").read_text() == "short"
