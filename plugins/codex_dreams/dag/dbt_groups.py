"""Rendering groups of dbt models as Airflow tasks, with Cosmos: configured once, for all DAGs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cosmos import (
    DbtTaskGroup,
    ExecutionConfig,
    LoadMode,
    ProfileConfig,
    ProjectConfig,
    RenderConfig,
    TestBehavior,
    TestIndirectSelection,
)
from cosmos.constants import DbtResourceType

from codex_dreams.operators.dbt_model import DbtModelOperator
from include.dbt_project.project import PROFILE, PROJECT, TARGET
from include.errors import CodexError
from include.settings import home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import DAG, TaskGroup

_PROFILE = ProfileConfig(profile_name=PROFILE, target_name=TARGET, profiles_yml_filepath=PROJECT / "profiles.yml")


def dbt_group(group_id: str, *models: str, tooltip: str = "") -> DbtTaskGroup:
    """A task group with one task a model: `dbt build` of the model and its tests, so a red test stops what follows.

    The first builds them all in one process of dbt, and the others find theirs built (`DbtModelOperator`).

    :param models: stage/model, as the files lie below `dbt/models/`
    """
    rendered = home().rendered
    if not rendered.exists():
        raise CodexError(f"There is no dbt manifest at {rendered}: run `make setup` (or `./codex up`), which makes it.")
    group = DbtTaskGroup(
        group_id=group_id,
        tooltip=tooltip,
        project_config=ProjectConfig(dbt_project_path=PROJECT, manifest_path=rendered, install_dbt_deps=False),
        profile_config=_PROFILE,
        render_config=RenderConfig(
            select=[f"path:{_file(model)}" for model in models],
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.BUILD,
            # Our own assets chain the stages; Cosmos's don't show in the UI.
            emit_datasets=False,
            normalize_task_id=_model_name,
            node_converters={DbtResourceType.MODEL: _model_task},
        ),
        execution_config=ExecutionConfig(
            # A test of a model and what it is made from waits for the model: a memory that was deleted is gone from
            # admissions first and from traces later, and the rhythm that lets it go must not fail over that.
            test_indirect_selection=TestIndirectSelection.BUILDABLE,
        ),
    )
    _led_by_the_first([group.children[f"{group_id}.{model.rpartition('/')[2]}"] for model in models])
    return group


def _led_by_the_first(tasks: Sequence[DbtModelOperator]) -> None:
    first, *others = sorted(tasks, key=lambda task: bool(task.upstream_task_ids))
    if others:
        first.leads = tuple(str(task.select) for task in tasks)
    for task in others:
        if not task.upstream_task_ids:
            first >> task


def _file(model: str) -> str:
    """The file of stage/model, relative to the project. Raises CodexError where there is none."""
    for suffix in (".sql", ".py"):
        path = PROJECT / "models" / f"{model}{suffix}"
        if path.exists():
            return str(path.relative_to(PROJECT))
    raise CodexError(f"There is no dbt model {model} below {PROJECT / 'models'}.")


def _model_name(node: Any) -> str:
    """A task is called what its model is called."""
    return str(node.name)


def _model_task(
    *,
    node: Any,
    task_id: str,
    dag: DAG,
    task_group: TaskGroup,
    test_indirect_selection: TestIndirectSelection,
    **_: Any,
) -> DbtModelOperator:
    """The task of a model: of what Cosmos would give its own operator, what says the place in the graph."""
    return DbtModelOperator(
        task_id=task_id,
        dag=dag,
        task_group=task_group,
        model=node.name,
        select=f"fqn:{'.'.join(node.fqn)}",
        indirect_selection=test_indirect_selection.value,
    )
