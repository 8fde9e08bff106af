"""What the lake is made of, and which task runs which test."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.dbt_project.project import missing_tables, run_dbt
from include.installation.prepare import prepare
from include.lake.connection import configured_lake
from include.rhythms.catalogue import RHYTHMS
from include.settings import home
from tests.conftest import World


def test_a_preparation_that_was_cut_off_is_finished_by_the_next(world: World) -> None:
    assert missing_tables(configured_lake()) == []
    # As far as it gets before views are made as they are meant.
    run_dbt(["run", "--empty", "--select", "given_up", "processing_state"])
    assert missing_tables(configured_lake()) == ["given_up", "processing_state"]
    prepare(lambda _: None)
    assert missing_tables(configured_lake()) == []


def test_views_of_another_version_are_renewed_before_new_views_look_at_them(world: World) -> None:
    with configured_lake().connect() as lake:
        lake.execute("drop view control.pending")
        lake.execute("drop view control.pending_hippocampal_replay")
        lake.execute("create or replace view consolidation.replay_due as select uuid() as memory_id")
    assert missing_tables(configured_lake()) == ["pending", "pending_hippocampal_replay"]
    prepare(lambda _: None)
    assert world.lake("select waiting from control.pending where rhythm = 'hippocampal_replay'") == [(0,)]


def test_a_table_that_grows_is_given_the_columns_of_a_later_version_and_keeps_its_rows(world: World) -> None:
    with configured_lake().connect() as lake:
        lake.execute("insert into working_memory.wm_admissions (memory_id, fate) values (uuid(), 'attended')")
        for column in ("gist", "tasks", "objects", "answered_at", "gist_confidence"):
            lake.execute(f"alter table working_memory.wm_admissions drop column {column}")
        lake.execute("drop table short_term.stm_due")
        lake.execute("drop view control.pending_insights")
    prepare(lambda _: None)
    kinds = "typeof(gist), typeof(tasks), typeof(objects), typeof(answered_at), typeof(gist_confidence)"
    assert world.lake(f"select fate, gist, {kinds} from working_memory.wm_admissions") == [
        ("attended", None, "VARCHAR", "VARCHAR[]", "JSON", "TIMESTAMP WITH TIME ZONE", "DOUBLE")
    ]


def test_a_table_of_another_version_is_renewed_where_a_new_one_looks_at_it(world: World) -> None:
    with configured_lake().connect() as lake:
        lake.execute("drop table rem.rem_choices")
        lake.execute("create or replace table rem.rem_requests as select uuid() as memory_a")
    assert missing_tables(configured_lake()) == ["rem_choices", "rem_requests"]
    prepare(lambda _: None)
    assert missing_tables(configured_lake()) == []
    assert world.lake("select count(concerned_id) from rem.rem_requests") == [(0,)]


def test_every_dbt_test_runs_with_the_last_made_of_its_models(world: World) -> None:
    """A task runs the tests whose models are its own and those it is made from; one without such a task never runs."""
    nodes = json.loads(home().manifest.read_text())["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    assert len(tests) > 50
    for test in tests:
        looked_at = set(test["depends_on"]["nodes"])
        models = [name for name in looked_at if name.startswith("model.")]
        if not models:
            continue  # of a seed: prepare runs them
        assert any(looked_at <= {name, *nodes[name]["depends_on"]["nodes"]} for name in models), test["name"]


def test_a_group_runs_the_tests_that_its_models_run_one_by_one(world: World) -> None:
    """dbt's `buildable`: all that a test looks at is built here, or is what something built here is made of."""
    from tests.plugins.test_dbt_model import tasks_of

    manifest = json.loads(home().manifest.read_text())
    nodes = manifest["nodes"]
    tests = {name: node for name, node in nodes.items() if node["resource_type"] == "test"}

    def run_with(models: set[str]) -> set[str]:
        there = {
            *models,
            *manifest["sources"],
            *(name for model in models for name in nodes[model]["depends_on"]["nodes"]),
        }
        looked_at = {name: set(test["depends_on"]["nodes"]) for name, test in tests.items()}
        return {name for name, asked in looked_at.items() if asked & models and asked <= there}

    groups = 0
    for rhythm in RHYTHMS:
        for task in tasks_of(rhythm.dag_id).values():
            if task.leads:
                groups += 1
                names = {f"model.codex_dreams.{selector.rpartition('.')[2]}" for selector in task.leads}
                assert run_with(names) == set().union(*(run_with({name}) for name in names))
    assert groups > 5


def test_a_list_that_differs_from_its_file_is_loaded_again(world: World) -> None:
    from include.dbt_project.project import seeds_are_loaded

    assert seeds_are_loaded(configured_lake())
    with configured_lake().connect() as lake:
        lake.execute("delete from reference.word_classes where word = 'not'")
    assert not seeds_are_loaded(configured_lake())
    prepare(lambda _: None)
    assert seeds_are_loaded(configured_lake())
    assert world.lake("select class from reference.word_classes where word = 'not'") == [("denial",)]


def test_hash_functions_are_those_of_the_generator_that_drew_them(world: World) -> None:
    drawn = [1]
    while len(drawn) <= 96:
        drawn.append((drawn[-1] * 1664525 + 1013904223) % 2**32)
    bands = [(band, *drawn[1 + 4 * band : 5 + 4 * band], *drawn[49 + 4 * band : 53 + 4 * band]) for band in range(12)]
    assert world.lake("from reference.minhash_bands order by band") == bands


def test_a_parsed_project_has_its_ephemeral_models_each_time_it_runs(world: World) -> None:
    from include.dbt_project.project import parse_project

    parsed, compiled = parse_project(), []
    for _ in range(2):
        done: Any = run_dbt(["compile", "--select", "insight_texts"], parsed=parsed)
        [code] = [item.node.compiled_code for item in done.result.results if item.node.name == "insight_texts"]
        compiled.append(code)
    assert "__dbt__cte__insight_words as (" in compiled[0]
    assert compiled[1] == compiled[0]


@pytest.mark.parametrize("command", ["debug", "parse", "ls -s wm_admissions", "show -s control.given_up"])
def test_dbt_by_hand_knows_its_commands(world: World, command: str) -> None:
    run_dbt(command.split())
