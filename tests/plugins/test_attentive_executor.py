"""Tasks begin warm, and the scheduler's rest ends when a task does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.settings import REPOSITORY

LONGER_THAN_THE_TEST = 3600.0


@pytest.fixture
def executor(installation: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from codex_dreams.executors import attentive

    monkeypatch.setattr(attentive, "rehearse", lambda: None)
    executor = attentive.AttentiveExecutor(parallelism=1)
    executor.start()
    yield executor
    executor.end()


def test_the_rest_ends_when_a_task_does(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.utils.state import TaskInstanceState

    from codex_dreams.executors import attentive

    monkeypatch.setattr(attentive, "REST_SECONDS", LONGER_THAN_THE_TEST)
    executor.running.add("ended")
    later = threading.Timer(0.2, executor.result_queue.put, [("ended", TaskInstanceState.SUCCESS, None)])
    later.start()
    executor.sync()
    later.join()
    assert executor.event_buffer["ended"][0] == TaskInstanceState.SUCCESS
    assert executor.running == set()


def test_what_ended_together_is_taken_in_together(executor: Any) -> None:
    from airflow.utils.state import TaskInstanceState

    for key in ("first", "second"):
        executor.result_queue.put((key, TaskInstanceState.SUCCESS, None))
    while len(executor.event_buffer) < 2:
        executor.sync()
    assert set(executor.event_buffer) == {"first", "second"}


def test_a_rest_in_which_nothing_ends_is_over_some_time(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex_dreams.executors import attentive

    monkeypatch.setattr(attentive, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(attentive, "REST_SECONDS", LONGER_THAN_THE_TEST)
    executor.sync()
    assert executor.event_buffer == {}


def test_only_our_executor_takes_the_schedulers_rest(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.installation.environment import environment

    sleep = "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"
    monkeypatch.delenv("AIRFLOW__CORE__EXECUTOR", raising=False)
    monkeypatch.delenv(sleep, raising=False)
    assert float(environment()[sleep]) == 0
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    assert float(environment()[sleep]) > 0


def test_a_rehearsed_task_imports_nothing_to_read_its_dag(installation: Path) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag

    from codex_dreams.warm_start import rehearse

    rehearse()
    before = set(sys.modules)
    for path in sorted((REPOSITORY / "dags").glob("*.py")):
        BundleDagBag(dag_folder=path, bundle_path=path.parent, bundle_name="dags-folder", safe_mode=False)
    assert {name for name in set(sys.modules) - before if not name.startswith("unusual_prefix_")} == set()


@pytest.fixture
def kept(installation: Path) -> Iterator[None]:
    from include.dbt_project import project

    project.keep_parsed()
    yield
    project._kept = None


def test_a_project_that_was_changed_is_not_the_one_that_was_kept(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.dbt_project import project

    assert project.kept_project() is not None
    number, newest = project.project_state()
    monkeypatch.setattr(project, "project_state", lambda: (number, newest + 1))
    assert project.kept_project() is None
