"""How many dreams a cycle has: the gate and the model count alike, also where a share of the night is half a dream."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from include.parameters import CHANGED_PARAMETERS
from include.rhythms.clock import Clock, set_clock
from include.rhythms.gates import pending
from tests.conftest import World

FIRST_CYCLE = Clock(
    "rem_sleep", "run", datetime(2026, 3, 5, 0, tzinfo=UTC), "asleep", date(2026, 3, 4), 1, 0.4, 0.05, "UTC"
)
KNOWN = (
    "insert into control.answer_contracts by name select 'embedding' as task, 'c' as contract, 'm' as model, "
    "'d' as model_digest, '1' as prompt_version, 0 as cosine_floor, 1 as cosine_ceiling",
    "create temp table items as select n, cast(md5(n::varchar) as uuid) as memory_id from range(12) as numbers(n)",
    "insert into long_term.ltm_semantic_network by name select memory_id, 'field ' || n as semantic_category, "
    "'gist ' || n as semantic_gist, [] as concepts, 1 as beat from items",
    "insert into long_term.ltm_strength by name select memory_id, 0.5 as retrieval_strength, false as is_archived "
    "from items",
    "insert into short_term.stm_traces by name select memory_id, 'text ' || n as embedding_hash from items",
    "insert into control.embeddings by name select 'c' as contract, 'text ' || n as input_hash, 'm' as model, "
    "'d' as model_digest, 2 as dimension, [cos(n / 8.0), sin(n / 8.0)] as vector from items",
)
"""Twelve items of knowledge, each of a field of its own, more or less alike."""


@pytest.mark.parametrize(("a_night", "due"), [(10, 1), (20, 1), (30, 2)])
def test_the_gate_and_the_model_agree_on_the_dreams_of_a_cycle(
    world: World, monkeypatch: pytest.MonkeyPatch, a_night: int, due: int
) -> None:
    # A twentieth of the night's dreams: half a dream, one, one and a half.
    monkeypatch.setenv(CHANGED_PARAMETERS, json.dumps({"rem_pairs_per_night": a_night}))
    with configured_lake().connect(threads=1) as lake:
        for statement in KNOWN:
            lake.execute(statement)
    run_dbt(["run", "--select", "dreams_due"])
    assert pending(configured_lake(), FIRST_CYCLE).count == due
    set_clock(configured_lake(), FIRST_CYCLE)
    run_dbt(["run", "--select", "rem_pairs"])
    assert world.lake("select count(*) from rem.rem_pairs") == [(due,)]
    assert pending(configured_lake(), FIRST_CYCLE, served=False).count == 0
