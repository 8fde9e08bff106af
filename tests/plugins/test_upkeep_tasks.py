"""The tasks of `maintenance` and `health` do what they say, and say what they did."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def do() -> Callable[[str], Any]:
    """Does what a task does, without Airflow around it."""

    def work(name: str) -> Any:
        from codex_dreams.dag import upkeep_tasks

        return getattr(upkeep_tasks, name).function()

    return work


def test_health_is_recorded_as_it_is_returned(world: World, do: Callable[[str], Any]) -> None:
    statuses = do("check")
    assert statuses == dict(world.store("SELECT component, status FROM codex_processed.health"))
    assert statuses["store"] == "healthy"


def test_targets_are_measured(world: World, do: Callable[[str], Any]) -> None:
    assert all(measured for measured in do("targets").values())


def test_the_lake_is_kept_up_and_unused_answers_go(world: World, do: Callable[[str], Any]) -> None:
    assert do("drop_unused_answers") == {"answers": 0, "vectors": 0, "calls": 0}
    assert do("keep_up_the_lake")


def test_a_backup_is_made_unless_none_is_to_be_kept(
    world: World, do: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from include.settings import settings

    monkeypatch.setenv("CODEX_BACKUP_PATH", str(tmp_path / "backups"))
    settings.cache_clear()
    assert tarfile.is_tarfile(do("back_up")["path"])
    monkeypatch.setenv("CODEX_BACKUPS_KEPT", "0")
    settings.cache_clear()
    with pytest.raises(AirflowSkipException, match="CODEX_BACKUPS_KEPT"):
        do("back_up")


def test_old_logs_go_and_without_an_address_airflows_rows_stay(
    world: World, do: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.configuration import conf

    old = Path(conf.get_mandatory_value("logging", "base_log_folder")) / "some dag" / "attempt=1.log"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_text("done")
    os.utime(old, (0, 0))
    for name in ("CODEX_AIRFLOW_DATABASE", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
        monkeypatch.delenv(name, raising=False)
    done = do("clear_old_runs")
    assert done["removed_logs"] >= 1
    assert done["rows_before"] is None
    assert not old.exists()
