"""The gate lets a run pass or skips it; the clock sets its instant; publishing says what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest

from include.errors import CodexError
from include.store.address import metadata_url
from tests.conftest import World

pytestmark = pytest.mark.integration  # DAG runs

AS_OF = "2026-03-03T10:05:00+00:00"


def last_run(dag_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The states of the tasks of the last run of a DAG, and what they returned."""
    url = metadata_url()
    assert url is not None
    with psycopg.connect(url) as airflow:
        row = airflow.execute("SELECT run_id FROM dag_run WHERE dag_id = %s ORDER BY id DESC LIMIT 1", [dag_id])
        [run_id] = row.fetchone() or [None]
        states = airflow.execute("SELECT task_id, state FROM task_instance WHERE run_id = %s", [run_id]).fetchall()
        returned = airflow.execute(
            "SELECT task_id, value FROM xcom WHERE run_id = %s AND key = 'return_value'", [run_id]
        ).fetchall()
    return dict(states), dict(returned)


def test_where_nothing_waits_the_gate_skips_the_rest(world: World) -> None:
    world.run_dags("working", as_of=AS_OF)
    states, _ = last_run("working_memory")
    assert states.pop("gate") == "success"
    assert set(states.values()) == {"skipped"}
    assert world.lake("select count(*) from control.clock") == [(0,)]


def test_an_instant_that_is_none_fails_at_once_and_says_so(world: World) -> None:
    with pytest.raises(CodexError, match=r"working_memory failed at gate .*as_of is 'nonsense'; give an instant"):
        world.run_dags("working", as_of="nonsense")
    url = metadata_url()
    assert url is not None
    with psycopg.connect(url) as airflow:
        tries = airflow.execute(
            "SELECT try_number FROM task_instance WHERE task_id = 'gate' ORDER BY start_date DESC LIMIT 1"
        ).fetchone()
    assert tries == (1,)


def test_where_something_waits_all_tasks_of_the_rhythm_run(world: World) -> None:
    world.remember([{"content": f"Maria mended pump {n}.", "created_at": "2026-03-03T10:00:00Z"} for n in range(2)])
    world.run_dags("working", as_of=AS_OF)
    states, returned = last_run("working_memory")
    assert set(states.values()) == {"success"}
    assert returned["gate"] == 2
    assert returned["clock"] == {
        "as_of": AS_OF,
        "phase": "asleep",  # a run by hand naps
        "night": "2026-03-02",
        "cycle": 0,
        "beat": world.lake("select beat from control.clock where rhythm = 'working_memory'")[0][0],
    }
    assert world.lake("select as_of from control.clock") == [(datetime.fromisoformat(AS_OF),)]
    assert returned["publish"]["memory_index"] == {"rows": 2, "came": 2, "changed": 0, "went": 0}
