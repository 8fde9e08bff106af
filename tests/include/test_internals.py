"""What we use of other projects' insides is still as it was when it was looked at: one test an item, by its name."""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.synchronize import SemLock
from pathlib import Path
from typing import Any

import pytest

from include import internals
from include.settings import REPOSITORY
from tests.conftest import World

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

OURSELVES = {"self", "cls", "other"}
PUBLIC_ALL_THE_SAME = {"_replace", "_exit"}
"""Of named tuples and `os`: documented."""


def test_each_item_has_a_test_of_its_name() -> None:
    items = [name for name, item in vars(internals).items() if inspect.isfunction(item)]
    tested = {name.removeprefix("test_") for name in globals()}
    assert len(items) > 5
    assert [item for item in items if item not in tested] == []


def private_names(path: Path) -> Iterator[str]:
    """Private attributes that a file reads of what is not itself, and private names and modules that it imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in OURSELVES):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
        else:
            continue
        yield from (name for name in names if name.startswith("_") and not name.startswith("__"))


def foreign(names: Iterator[str]) -> list[str]:
    return sorted(set(names) - PUBLIC_ALL_THE_SAME)


def test_nothing_else_reaches_into_others() -> None:
    found = {
        str(path.relative_to(REPOSITORY)): names
        for folder in ("include", "plugins", "dags")
        for path in (REPOSITORY / folder).rglob("*.py")
        if path.parent.name != "internals" and (names := foreign(private_names(path)))
    }
    assert found == {}


def test_as_parsed(world: World) -> None:
    """A model that rests on an ephemeral one is compiled whole each time."""
    from include.dbt_project.project import parse_project, run_dbt

    parsed = parse_project()
    compiled = []
    for _ in range(2):
        done: Any = run_dbt(["compile", "--select", "insight_texts", "--log-level", "none"], parsed=parsed)
        [result] = [item for item in done.result.results if item.node.name == "insight_texts"]
        compiled.append(result.node.compiled_code)
    assert compiled[0] == compiled[1]
    assert "__dbt__cte__" in compiled[1]


def test_close_dbts_lake(world: World) -> None:
    from include.dbt_project.project import run_dbt

    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    internals.close_dbts_lake()
    gc.collect()
    before = world.store(sessions)
    run_dbt(["run", "--select", "stg_codex_store__current_memories"])
    assert world.store(sessions) > before, "dbt keeps the lake attached"
    internals.close_dbts_lake()
    gc.collect()
    assert world.store(sessions) == before


def test_give_back_dbts_semaphores(world: World) -> None:
    from include.dbt_project.project import run_dbt

    def held() -> int:
        return sum(isinstance(item, SemLock) for item in gc.get_objects())

    internals.give_back_dbts_semaphores()
    before = held()
    run_dbt(["run", "--select", "stg_codex_store__current_memories"])
    assert held() > before, "dbt's adapters hold semaphores"
    internals.give_back_dbts_semaphores()
    assert held() == before


def test_read_dags() -> None:
    bag = internals.read_dags(REPOSITORY / "dags" / "insights.py", REPOSITORY / "dags")
    assert bag.import_errors == {}
    assert [*bag.dags] == ["insights"]


def test_read_dags_says_what_it_could_not_import(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\nraise RuntimeError('the cellar is flooded')\n")
    [error] = internals.read_dags(tmp_path / "broken.py", tmp_path).import_errors.values()
    assert "the cellar is flooded" in str(error)


def test_read_dags_as_tasks_do() -> None:
    from airflow.sdk.execution_time import task_runner

    assert "BundleDagBag(" in inspect.getsource(task_runner.parse), "Airflow's task runner reads DAG files otherwise"
    internals.read_dags_as_tasks_do(REPOSITORY / "dags")


def test_make_airflows_tables(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a process of its own: Airflow, once imported, keeps its database.
    environment = os.environ | {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": world.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    }
    make = "from include.internals import make_airflows_tables; make_airflows_tables(); make_airflows_tables()"
    subprocess.run([sys.executable, "-c", make], cwd=REPOSITORY, env=environment, check=True)
    assert world.store("SELECT count(*) FROM dag_run") == [(0,)]


def test_outside_of_a_task() -> None:
    """That this is how Airflow knows a task, `test_retention.py` sees; here, that nothing else is taken away."""
    from airflow.sdk.execution_time import supervisor

    assert "_AIRFLOW_PROCESS_CONTEXT" in inspect.getsource(supervisor), "Airflow marks a task otherwise"
    outside = internals.outside_of_a_task({"_AIRFLOW_PROCESS_CONTEXT": "client", "PATH": "/bin", "AIRFLOW_HOME": "/a"})
    assert outside == {"PATH": "/bin", "AIRFLOW_HOME": "/a"}


def test_who_may_see_plugins() -> None:
    from fastapi import Depends, FastAPI
    from fastapi.testclient import TestClient

    page = FastAPI(dependencies=[Depends(internals.who_may_see_plugins())])
    page.get("/")(lambda: "memories")
    assert TestClient(page).get("/").status_code == 401


def test_forget_dead_users(tmp_path: Path) -> None:
    from include.store.embedded import embedded_postgres

    def users() -> Any:
        return json.loads((tmp_path / "postgres" / ".handle_pids.json").read_text())

    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    with embedded_postgres(tmp_path) as server:
        assert users() == [os.getpid()]
        (server.folder / ".handle_pids.json").write_text(json.dumps([ended.pid, 1]))
        internals.forget_dead_users(server.folder)
        assert users() == [1]
        (server.folder / ".handle_pids.json").write_text(json.dumps([os.getpid()]))


def test_what_is_imported_before_tasks_are_forked_is_there() -> None:
    from codex_dreams.warm_start import MODULES

    for name in MODULES:
        importlib.import_module(name)
