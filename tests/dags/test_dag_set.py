"""The rhythms' DAGs and the one that asks the owner: what they are, how assets chain them, each model's one place."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codex_dreams.dag.reading import timetable_of, woken_by
from include.rhythms.catalogue import RHYTHMS, Beats
from include.settings import REPOSITORY

TEN = {
    "working_memory",
    "insights",
    "short_term_memory",
    "hippocampal_replay",
    "deep_sleep",
    "rem_sleep",
    "synaptic_homeostasis",
    "awakening",
    "maintenance",
    "health",
}
ASKS = "questions"
"""The DAG that asks the owner: no rhythm, since nothing waits for it."""
ON_DEMAND = TEN - {"maintenance", "health"}


def beats(dag: Any) -> str:
    """When a DAG beats by itself, in words; empty where only assets wake it."""
    own = timetable_of(dag)
    return own.summary if own else ""


@pytest.fixture(scope="module")
def dags(installation: Path) -> Mapping[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    folder = REPOSITORY / "dags"
    bag = DagBag(str(folder), bundle_path=folder)
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_there_are_eleven_one_a_file(dags: Mapping[str, Any]) -> None:
    assert set(dags) == TEN | {ASKS}
    assert {path.stem for path in (REPOSITORY / "dags").glob("*.py")} == TEN | {ASKS}


def test_what_asks_the_owner_wakes_nothing_and_is_asked_anew_each_day(dags: Mapping[str, Any]) -> None:
    dag = dags[ASKS]
    assert [asset for task in dag.tasks for asset in task.outlets] == []
    assert beats(dag) == beats(dags["awakening"])
    assert dag.max_active_runs == 1
    [ask] = [task for task in dag.tasks if task.task_id == "ask"]
    assert ask.partial_kwargs["response_timeout"].total_seconds() < 86_400


@pytest.mark.parametrize("dag_id", sorted(TEN | {ASKS}))
def test_each_says_what_it_is(dags: Mapping[str, Any], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag.doc_md.startswith("# ")
    for part in ("**In**", "**Out**", "**When it fails**"):
        assert part in dag.doc_md
    assert dag.description
    assert dag.dag_display_name != dag_id
    assert "codex-dreams" in dag.tags
    assert beats(dag) or woken_by(dag)


@pytest.mark.parametrize("dag_id", sorted(TEN))
def test_each_has_its_deadline_and_runs_once_at_a_time(dags: Mapping[str, Any], dag_id: str) -> None:
    rhythm = next(rhythm for rhythm in RHYTHMS if rhythm.dag_id == dag_id)
    [alert] = dags[dag_id].deadline if isinstance(dags[dag_id].deadline, list) else [dags[dag_id].deadline]
    assert alert.interval == rhythm.deadline
    assert dags[dag_id].max_active_runs == 1
    assert dags[dag_id].catchup is False


@pytest.mark.parametrize("dag_id", sorted(ON_DEMAND))
def test_each_can_be_asked_for_an_instant(dags: Mapping[str, Any], dag_id: str) -> None:
    assert "as_of" in dags[dag_id].params


@pytest.mark.parametrize("dag_id", sorted(ON_DEMAND))
def test_nothing_happens_before_the_gate(dags: Mapping[str, Any], dag_id: str) -> None:
    assert [task.task_id for task in dags[dag_id].roots] == ["gate"]


def test_every_model_is_a_task_of_exactly_one_dag_but_the_views_that_gates_rest_on(
    dags: Mapping[str, Any], installation: Path
) -> None:
    from include.settings import home

    manifest = json.loads(home().manifest.read_text())
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    }
    rendered = Counter(
        task.task_id.split(".")[-1] for dag in dags.values() for task in dag.tasks if "." in task.task_id
    )
    # These are made when the installation is prepared, and never anew.
    no_tasks = models.keys() - set(rendered)
    assert {(models[name]["schema"], models[name]["config"]["materialized"]) for name in no_tasks} == {
        ("control", "view")
    }
    assert set(rendered) <= models.keys()
    assert {name: count for name, count in rendered.items() if count > 1} == {}


def test_a_model_is_built_after_what_it_is_made_of(dags: Mapping[str, Any], installation: Path) -> None:
    from codex_dreams.operators.dbt_model import DbtModelOperator
    from include.settings import home

    nodes = json.loads(home().manifest.read_text())["nodes"]
    ephemeral = {key for key, node in nodes.items() if node["config"].get("materialized") == "ephemeral"}

    def parents(key: str) -> set[str]:
        direct = set(nodes[key]["depends_on"]["nodes"])
        return (direct - ephemeral).union(*map(parents, direct & ephemeral))

    made_of = {
        node["name"]: {name.split(".")[-1] for name in parents(key) if name.startswith("model.")}
        for key, node in nodes.items()
        if node["resource_type"] == "model"
    }
    compared = 0
    for dag in dags.values():
        tasks = {task.task_id.split(".")[-1]: task for task in dag.tasks if isinstance(task, DbtModelOperator)}
        for name, task in tasks.items():
            group = {other for other, its in tasks.items() if its.task_group is task.task_group}
            before = {upstream.split(".")[-1] for upstream in task.upstream_task_ids} & group
            first = {other for other in group if tasks[other].leads}
            assert before == (made_of[name] & group or first - {name}), name
            assert not task.leads or set(task.leads) == {tasks[other].select for other in group}
            assert len(first) == (len(group) > 1)
            assert task.select.endswith(f".{name}")
            assert task.indirect_selection == "buildable"
            compared += len(before)
    assert compared > 10


def test_assets_chain_the_stages(dags: Mapping[str, Any]) -> None:
    made = {asset.name: dag_id for dag_id, dag in dags.items() for task in dag.tasks for asset in task.outlets}
    made["saved_memories"] = "the store"
    wakes: dict[str, set[str]] = {}
    for dag_id, dag in dags.items():
        for asset in woken_by(dag):
            wakes.setdefault(made[asset], set()).add(dag_id)
    assert wakes == {
        "the store": {"working_memory"},
        "working_memory": {"insights", "short_term_memory"},
        "short_term_memory": {"hippocampal_replay"},
        "hippocampal_replay": {"deep_sleep", "insights"},
    }
    assert {"knowledge", "insights", "dreams", "balance"} <= set(made)


def test_each_beats_and_wakes_as_the_catalogue_says(dags: Mapping[str, Any]) -> None:
    for rhythm in RHYTHMS:
        timetable = timetable_of(dags[rhythm.dag_id])
        assert (timetable.scheduled if timetable else Beats()) == rhythm.beats
        assert woken_by(dags[rhythm.dag_id]) == [source.asset for source in rhythm.woken_by]


def test_any_of_several_assets_wakes_a_rhythm(dags: Mapping[str, Any]) -> None:
    conditions = {dag_id: getattr(dag.timetable, "asset_condition", None) for dag_id, dag in dags.items()}
    assert {type(condition).__name__ for condition in conditions.values() if condition} == {"AssetAny"}
    assert len(conditions["insights"].objects) == 2


def test_what_wakes_a_rhythm_is_announced_by_the_task_that_the_catalogue_names(dags: Mapping[str, Any]) -> None:
    announced = 0
    for rhythm in RHYTHMS:
        for source in rhythm.woken_by:
            if source.rhythm is not None:
                task = dags[source.rhythm].get_task(source.task)
                assert [asset.name for asset in task.outlets] == [source.asset]
                assert task.wakes == rhythm.dag_id
                announced += 1
    assert announced == 5


def test_each_asks_the_tasks_that_the_catalogue_names(dags: Mapping[str, Any]) -> None:
    from codex_dreams.operators.ollama import OllamaEnrichOperator

    for rhythm in RHYTHMS:
        tasks = dags[rhythm.dag_id].tasks
        assert {task.task for task in tasks if isinstance(task, OllamaEnrichOperator)} == set(rhythm.tasks)


def test_what_serves_tables_publishes(dags: Mapping[str, Any]) -> None:
    assert {dag_id for dag_id, dag in dags.items() if dag.has_task("publish")} == {
        rhythm.dag_id for rhythm in RHYTHMS if rhythm.serves
    }


def test_every_question_to_the_language_model_follows_the_model_that_asks_it(dags: Mapping[str, Any]) -> None:
    from codex_dreams.operators.ollama import OllamaEnrichOperator
    from include.language_model.tasks import TASKS

    asked = 0
    for dag in dags.values():
        for task in dag.tasks:
            if isinstance(task, OllamaEnrichOperator):
                asked += 1
                before = {name.split(".")[-1] for name in task.get_flat_relative_ids(upstream=True)}
                assert task.request_model.split(".")[-1] in before
    # All tasks and the embedding, each in one place.
    assert asked == len(TASKS) + 1


def test_the_readme_tells_the_rhythms_as_they_are(dags: Mapping[str, Any]) -> None:
    rows = {}
    for line in (REPOSITORY / "README.md").read_text().splitlines():
        if match := re.match(r"\| `(\w+)` \| (.*?) \| (.*?) \| .* \| (.*?) \|$", line):
            rows[match[1]] = match.groups()[1:]
    assert set(rows) == TEN
    for rhythm in RHYTHMS:
        told_beats, told_assets, deadline = rows[rhythm.dag_id]
        dag = dags[rhythm.dag_id]
        assert told_beats == (beats(dag) or "-")
        assert told_assets == (", ".join(f"asset `{name}`" for name in woken_by(dag)) or "-")
        minutes = rhythm.deadline.total_seconds() / 60
        assert deadline == (
            "60 s" if minutes == 1 else f"{minutes / 60:.0f} h" if minutes >= 60 else f"{minutes:.0f} min"
        )
