"""A model is a task of its own, and a group of them one process of dbt."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from include.errors import CodexError
from include.settings import REPOSITORY
from tests.conftest import World

RUN = ("working_memory", "manual__1")


@pytest.mark.parametrize("kept", [False, True], ids=["parsed anew", "kept"])
def test_a_group_is_built_in_one_go(world: World, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.dbt_project import project

    monkeypatch.setattr(project, "_kept", None)
    if kept:
        project.keep_parsed()
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
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What dbt would be asked to build."""
    from cosmos.operators.local import DbtBuildLocalOperator

    selections: list[Any] = []
    monkeypatch.setattr(DbtBuildLocalOperator, "execute", lambda task, _context: selections.append(task.select))
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


def test_the_first_asks_for_all_and_another_for_itself_alone(world: World, asked: list[Any]) -> None:
    tasks = tasks_of("working_memory")
    own = {name: f"fqn:codex_dreams.working_memory.{name}" for name in ("wm_admissions", "wm_active_attention")}
    tasks["wm_admissions"].execute(context(try_number=1))
    assert set(own.values()) < set(asked.pop())
    tasks["wm_active_attention"].execute(context(try_number=1))
    assert asked.pop() == own["wm_active_attention"]


def test_what_passed_in_this_run_is_left_as_it_is(world: World, asked: list[Any]) -> None:
    task = tasks_of("working_memory")["wm_active_attention"]
    audit(world, task.model, "passed")
    task.execute(context(try_number=1))
    assert asked == []


@pytest.mark.parametrize(("status", "run_id"), [("failed", RUN[1]), ("building", RUN[1]), ("passed", "manual__0")])
def test_what_did_not_pass_in_this_run_is_built(world: World, asked: list[Any], status: str, run_id: str) -> None:
    task = tasks_of("working_memory")["wm_active_attention"]
    audit(world, task.model, status, run_id)
    task.execute(context(try_number=1))
    assert asked == [task.select]


@pytest.mark.parametrize("model", ["wm_admissions", "wm_active_attention"])
def test_what_is_tried_again_is_built_alone(world: World, asked: list[Any], model: str) -> None:
    task = tasks_of("working_memory")[model]
    audit(world, model, "passed")
    task.execute(context(try_number=2))
    assert asked == [f"fqn:codex_dreams.working_memory.{model}"]


def test_what_else_fails_of_the_group_does_not_fail_the_first(world: World, asked: list[Any]) -> None:
    red = SimpleNamespace(success=False, exception=RuntimeError("wm_active_attention is red"))
    first = tasks_of("working_memory")["wm_admissions"]
    first.execute(context(try_number=1))
    audit(world, first.model, "passed")
    first.handle_exception_dbt_runner(red)
    audit(world, first.model, "failed")
    with pytest.raises(CodexError, match="is red"):
        first.handle_exception_dbt_runner(red)
