"""What `make lint` asks of dbt models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dbt_score import Model

from include.dbt_project import rules
from include.dbt_project.project import PROJECT

HEAD = """-- Grain: a memory. Rebuilt each run. With its fate.
-- Cost: memories of windows with something new;
-- all are looked through.
-- depends_on: {{ ref("other") }}
select 1
"""


@pytest.fixture
def node(installation: Path) -> dict[str, Any]:
    """A model as the manifest has it."""
    from include.settings import home

    nodes = json.loads(home().manifest.read_text())["nodes"]
    found: dict[str, Any] = nodes["model.codex_dreams.wm_admissions"]
    return found


def test_the_cost_is_read_from_the_head() -> None:
    assert rules.cost(HEAD) == "memories of windows with something new; all are looked through."
    assert rules.cost(HEAD.replace("Cost: ", "")) == ""
    assert rules.cost('"""Grain: an item.\n\nCost: all knowledge.\n"""\n') == "all knowledge."


def test_every_model_says_what_its_cost_grows_with() -> None:
    models = [*PROJECT.glob("models/*/*.sql"), *PROJECT.glob("models/*/*.py")]
    assert len(models) > 80
    assert [path.stem for path in models if not rules.cost(path.read_text())] == []


@pytest.mark.parametrize("left_out", ["Grain: ", "Rebuilt each run. ", "Cost: "])
def test_a_head_that_leaves_something_out_is_told(node: dict[str, Any], left_out: str) -> None:
    rule = rules.head_says_grain()
    assert rule.evaluate(Model.from_node({**node, "raw_code": HEAD}, [])) is None
    assert rule.evaluate(Model.from_node({**node, "raw_code": HEAD.replace(left_out, "")}, [])) is not None


def test_a_column_that_is_not_described_is_told_and_one_that_is_not_there(node: dict[str, Any]) -> None:
    rule = rules.columns_are_described()
    described = list(node["columns"])
    assert rule.evaluate(Model.from_node({**node, "meta": {"made": described}}, [])) is None
    more = rule.evaluate(Model.from_node({**node, "meta": {"made": [*described, "mood"]}}, []))
    assert more is not None
    assert "mood" in str(more.message)
    less = rule.evaluate(Model.from_node({**node, "meta": {"made": described[1:]}}, []))
    assert less is not None
    assert described[0] in str(less.message)


def test_a_model_without_a_test_is_told_unless_it_is_a_part_of_others(node: dict[str, Any]) -> None:
    untested = Model.from_node(node, [])
    rule = rules.is_tested()
    assert rule.should_evaluate(untested)
    assert rule.evaluate(untested) is not None
    assert rule.evaluate(Model.from_node({**node, "meta": {"unit_tests": ["one"]}}, [])) is None
    part = Model.from_node({**node, "config": {**node["config"], "materialized": "ephemeral"}}, [])
    assert not rule.should_evaluate(part)
