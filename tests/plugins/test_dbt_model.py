"""A model is a task of its own, and a group of them one process of dbt."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from include.errors import CodexError
from include.settings import REPOSITORY
from tests.conftest import World

pytestmark = pytest.mark.integration  # DAG runs

RUN = ("working_memory", "manual__1")


@pytest.mark.parametrize("kept", [False, True], ids=["parsed anew", "kept"])
def test_a_group_is_built_in_one_go(world: World, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.parser.manifest import ManifestLoader

    from include.dbt_project import project

    def parses_again(*_: Any, **__: Any) -> None:
        raise CodexError("the project was parsed again")

    monkeypatch.setattr(project, "_kept", None)
    if kept:
        project.keep_parsed()
        monkeypatch.setattr(ManifestLoader, "get_full_manifest", parses_again)
    world.remember([{"content": "Maria mended the pump in the cellar today.", "created_at": "2026-03-03T10:00:00Z"}])
    world.run_dags("working", as_of="2026-03-03T10:05:00+00:00")
    built = world.store(
        "SELECT step, count(*) FROM codex_processed.stage_metrics JOIN codex_processed.audits ON model = step "
        "WHERE dag_id = 'working_memory' AND audits.status = 'passed' GROUP BY step"
    )
    assert dict(built) == dict.fromkeys(tasks_of("working_memory"), 1)


def tasks_of(dag_id: str) -> Mapping[str, Any]:
    """The tasks of a DAG's models, by the model's name."""
    from airflow.dag_processing.dagbag import BundleDagBag

    from codex_dreams.operators.dbt_model import DbtModelOperator

    path = REPOSITORY / "dags" / f"{dag_id}.py"
    bag = BundleDagBag(dag_folder=path, bundle_path=path.parent, bundle_name="dags-folder", safe_mode=False)
    return {task.model: task for task in bag.dags[dag_id].tasks if isinstance(task, DbtModelOperator)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What dbt would be asked to build."""
    from codex_dreams.operators import dbt_model

    selections: list[list[str]] = []

    def records(arguments: list[str], **_: Any) -> Any:
        selections.append(arguments[arguments.index("--select") + 1 :])
        return SimpleNamespace(result=None)

    monkeypatch.setattr(dbt_model, "run_dbt", records)
    return selections


def context(try_number: int) -> Any:
    dag_id, run_id = RUN
    return {"ti": SimpleNamespace(try_number=try_number), "dag_run": SimpleNamespace(dag_id=dag_id, run_id=run_id)}


def audit(world: World, model: str, status: str, run_id: str = RUN[1]) -> None:
    world.store(
        "INSERT INTO codex_processed.audits (model, status, rhythm, run_id) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (model) DO UPDATE SET status = excluded.status, run_id = excluded.run_id",
        [model, status, RUN[0], run_id],
    )


def test_the_first_asks_for_all_and_another_for_itself_alone(world: World, asked: list[list[str]]) -> None:
    tasks = tasks_of("working_memory")
    own = {name: f"fqn:codex_dreams.working_memory.{name}" for name in ("wm_admissions", "wm_active_attention")}
    tasks["wm_admissions"].execute(context(try_number=1))
    assert set(own.values()) < set(asked.pop())
    tasks["wm_active_attention"].execute(context(try_number=1))
    assert asked.pop() == [own["wm_active_attention"]]


def test_what_passed_in_this_run_is_left_as_it_is(world: World, asked: list[list[str]]) -> None:
    task = tasks_of("working_memory")["wm_active_attention"]
    audit(world, task.model, "passed")
    task.execute(context(try_number=1))
    assert asked == []


@pytest.mark.parametrize(("status", "run_id"), [("failed", RUN[1]), ("building", RUN[1]), ("passed", "manual__0")])
def test_what_did_not_pass_in_this_run_is_built(world: World, asked: list[list[str]], status: str, run_id: str) -> None:
    task = tasks_of("working_memory")["wm_active_attention"]
    audit(world, task.model, status, run_id)
    task.execute(context(try_number=1))
    assert asked == [[task.select]]


@pytest.mark.parametrize("model", ["wm_admissions", "wm_active_attention"])
def test_what_is_tried_again_is_built_alone(world: World, asked: list[list[str]], model: str) -> None:
    task = tasks_of("working_memory")[model]
    audit(world, model, "passed")
    task.execute(context(try_number=2))
    assert asked == [[f"fqn:codex_dreams.working_memory.{model}"]]


def test_what_else_fails_of_the_group_does_not_fail_the_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowException

    from codex_dreams.operators import dbt_model
    from include.dbt_project.project import DbtError

    def fails(*_: Any, **__: Any) -> Any:
        raise DbtError("wm_active_attention is red", SimpleNamespace(result=None))

    monkeypatch.setattr(dbt_model, "run_dbt", fails)
    first = tasks_of("working_memory")["wm_admissions"]
    audit(world, first.model, "passed")
    first.execute(context(try_number=1))
    audit(world, first.model, "failed")
    with pytest.raises(AirflowException, match="is red"):
        first.execute(context(try_number=1))


@pytest.fixture
def changed_model(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Puts other SQL in the place of a model's, and returns its task."""
    from include.dbt_project import project

    def change(model: str, sql: str) -> Any:
        parsed = project.parse_project()
        node = next(node for node in parsed.nodes.values() if node.name == model)
        node.raw_code = sql
        monkeypatch.setattr(project, "_kept", (project.project_state(), parsed))
        task = tasks_of("working_memory")[model]
        task.leads = ()
        return task

    return change


def test_a_failure_says_what_dbt_says_and_shows_the_sql(
    changed_model: Callable[[str, str], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    from airflow.sdk.exceptions import AirflowException

    task = changed_model("wm_feature_requests", "select error('the cellar is flooded') as memory_id")
    with pytest.raises(AirflowException, match=r"(?s)wm_feature_requests: .*cellar is flooded"):
        task.execute(context(try_number=1))
    logged = capfd.readouterr().out
    assert "ERROR creating sql table model working_memory.wm_feature_requests" in logged
    assert logged.count("cellar is flooded") == 1, "dbt's lines are in the log, and once"
    assert task.compiled_sql.startswith('-- "lake"."working_memory"."wm_feature_requests"\nselect error(')
    assert task.overwrite_rtif_after_execution


def test_a_task_that_is_killed_interrupts_its_query(changed_model: Callable[[str, str], Any], world: World) -> None:
    from airflow.sdk.exceptions import AirflowException

    endless = "select max(hash(a.range, b.range)) as memory_id from range(10000000) as a, range(10000000) as b"
    task = changed_model("wm_feature_requests", endless)
    log = task._log_event

    def killed(event: Any) -> None:
        # As Airflow does it: SIGTERM reaches the main thread, which waits for dbt's.
        if event.info.name == "SQLQuery" and "10000000" in event.info.msg:
            os.kill(os.getpid(), signal.SIGTERM)
        log(event)

    task._log_event = killed
    before = signal.signal(signal.SIGTERM, lambda *_: task.on_kill())
    try:
        with pytest.raises(AirflowException, match="was stopped"):
            task.execute(context(try_number=1))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert world.store("SELECT status FROM codex_processed.audits WHERE model = %s", [task.model]) == [("building",)]


def test_a_task_that_builds_nothing_is_left_alone_when_it_is_killed(installation: Path) -> None:
    tasks_of("working_memory")["wm_feature_requests"].on_kill()


@pytest.fixture
def openlineage(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's OpenLineage provider; where it is not installed, its one class that an operator returns."""
    if importlib.util.find_spec("airflow.providers.openlineage") is None:
        extractors = ModuleType("airflow.providers.openlineage.extractors")
        extractors.OperatorLineage = SimpleNamespace  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "airflow.providers.openlineage", ModuleType("openlineage"))
        monkeypatch.setitem(sys.modules, "airflow.providers.openlineage.extractors", extractors)


def test_openlineage_learns_what_a_model_is_made_from(openlineage: None, world: World) -> None:
    from include.dbt_project.lineage import lineage

    task = tasks_of("working_memory")["wm_active_attention"]
    made, made_from = lineage(task.model)
    facets = task.get_openlineage_facets_on_complete(None)
    assert [(table.namespace, table.name) for table in facets.outputs] == [made]
    assert [(table.namespace, table.name) for table in facets.inputs] == made_from


def test_without_openlineage_none_of_it_is_imported(installation: Path) -> None:
    """It took a third of a task's time."""
    used = (
        "import sys, codex_dreams.operators.dbt_model, codex_dreams.warm_start as warm; "
        "assert not [name for name in sys.modules if name.startswith('openlineage.client')]"
    )
    subprocess.run([sys.executable, "-c", used], cwd=REPOSITORY, check=True)
