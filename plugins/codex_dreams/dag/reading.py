"""What the DAG files say: the DAG of each rhythm, its steps, its timetable, what wakes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from include.errors import CodexError
from include.internals import read_dags
from include.rhythms.catalogue import Rhythm
from include.rhythms.steps import Ask, Build, Deliver, Publish, Step
from include.settings import REPOSITORY

if TYPE_CHECKING:
    from airflow.sdk import DAG, BaseOperator

    from codex_dreams.timetables.rhythm import RhythmTimetable


def dags_of(rhythms: Sequence[Rhythm]) -> Iterator[tuple[Rhythm, DAG]]:
    """The DAG of each rhythm, from its file. Raises CodexError where one can't be imported."""
    folder = REPOSITORY / "dags"
    wanted = {rhythm.dag_id: rhythm for rhythm in rhythms}
    one = f"{rhythms[0].dag_id}.py" if len(wanted) == 1 else ""
    bag = read_dags(folder / one, folder)
    if bag.import_errors:
        raise CodexError("\n".join(str(error) for error in bag.import_errors.values()))
    for dag_id, rhythm in wanted.items():
        yield rhythm, bag.dags[dag_id]


def steps_of(dag: DAG) -> Iterator[Step]:
    """The steps of a rhythm after gate and clock, in order, as its DAG has them."""
    from codex_dreams.dag.rhythm_tasks import DELIVER, PUBLISH
    from codex_dreams.operators.dbt_model import DbtModelOperator
    from codex_dreams.operators.ollama import OllamaEnrichOperator

    def group(task: BaseOperator) -> str:
        inside = task.task_group.group_id if task.task_group is not None else None
        return inside or task.task_id

    ordered = dag.topological_sort()  # type: ignore[no-untyped-call]  # Airflow's
    for _, tasks in groupby(ordered, key=group):
        several = list(tasks)
        task = several[0]
        if isinstance(task, DbtModelOperator):
            models = tuple(each.model for each in several if isinstance(each, DbtModelOperator))
            yield Build(models, group(task))
        elif isinstance(task, OllamaEnrichOperator):
            yield Ask(task.request_model, task.task)
        elif task.task_id == PUBLISH:
            yield Publish()
        elif task.task_id == DELIVER:
            yield Deliver()


def timetable_of(dag: DAG) -> RhythmTimetable | None:
    """The rhythm's own timetable; None where only assets wake it."""
    from codex_dreams.timetables.rhythm import RhythmTimetable

    own = getattr(dag.timetable, "timetable", dag.timetable)
    return own if isinstance(own, RhythmTimetable) else None


def woken_by(dag: DAG) -> list[str]:
    """Names of the assets that wake a DAG."""
    condition = getattr(dag.timetable, "asset_condition", None)
    return [asset.name for asset in getattr(condition, "objects", ())]
