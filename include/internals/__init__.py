"""What we use of other projects' insides: things that they do not promise to keep. All of it is here, and nothing else.

Each says why, what it saves, and what breaks when it goes; `tests/include/test_internals.py` has a test of its name.
Whoever raises the version of Airflow, dbt or the embedded PostgreSQL looks here first.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from dbt.contracts.graph.manifest import Manifest

# dbt


def close_dbts_lake() -> None:
    """Close the DuckDB that dbt-duckdb keeps open, with the lake attached, from one run of a process to the next.

    Where it stays open, a table that another session altered is read in its old form, or kills the process, and a
    store can't be dropped or restored. dbt closes it when the process ends, and offers no other way.
    """
    if "dbt.adapters.duckdb.connections" in sys.modules:
        sys.modules["dbt.adapters.duckdb.connections"].DuckDBConnectionManager.close_all_connections()


def as_parsed(project: Manifest) -> Manifest:
    """The parsed project as it was before a run of dbt compiled it: else the next run leaves ephemeral models out.

    dbt marks a node whose ephemeral models it has put in, and compiles it again without looking at them. To parse the
    project anew for each run of a process would take seconds.
    """
    from dbt.contracts.graph.nodes import CompiledNode

    for node in project.nodes.values():
        if isinstance(node, CompiledNode):
            node.extra_ctes_injected, node.extra_ctes, node._pre_injected_sql = False, [], None
    return project


def give_back_dbts_semaphores() -> None:
    """Drop dbt's adapters, whose locks are semaphores of the machine.

    Three a run of dbt. A task's process, which ends without Python's cleaning up, would leave them in /dev/shm until
    the scheduler ends. Cosmos' own operators do the same.
    """
    from dbt.adapters.factory import reset_adapters

    reset_adapters()  # type: ignore[no-untyped-call]
    gc.collect()


# Airflow


def read_dags(path: Path, folder: Path) -> DagBag:
    """The DAGs of a file or a folder below `folder`; import errors are in the result.

    A DAG file binds its DAG to no name: Airflow alone knows which DAGs it made. `./codex rhythms`, consolidation and
    time-lapses read the steps of rhythms so. The other way is Airflow's command line, 4 s a call.
    """
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(path), bundle_path=folder)


def read_dags_as_tasks_do(folder: Path) -> None:
    """Read each DAG file in the way of Airflow's task runner, so that what it imports is there when tasks are forked.

    Without it each task imports it anew: 1.5 s of processor time.
    """
    from airflow.dag_processing.dagbag import BundleDagBag

    BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder", load_op_links=False)


def make_airflows_tables() -> None:
    """Make, or bring to this version, the tables of Airflow's metadata database.

    `airflow db migrate` does this in a process of its own: 7 s of processor time; 1 s where Airflow is imported anyway.
    """
    from airflow.utils import db

    db.initdb()


def outside_of_a_task(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the mark by which Airflow's programs take themselves for a task.

    A task has no database, so `airflow db clean`, started by a task, would refuse to work.
    """
    return {name: value for name, value in environment.items() if name != "_AIRFLOW_PROCESS_CONTEXT"}


def who_may_see_plugins() -> Any:
    """What a page of a plugin depends on, in FastAPI's sense, to be shown to those only whom Airflow lets see plugins.

    Airflow mounts a plugin's pages without any authentication: without it, everybody who reaches the web server reads
    the memories.
    """
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view

    return requires_access_view(AccessView.PLUGINS)


# The embedded PostgreSQL


def forget_dead_users(server: Path) -> None:
    """Drop processes that were killed from the list of those that use the server in a folder.

    The last one to leave stops the server; one that was killed never leaves, and the server would run for ever.
    """
    users = server / ".handle_pids.json"
    try:
        pids = json.loads(users.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return
    living = [pid for pid in pids if pid != os.getpid() and Path(f"/proc/{pid}").exists()]
    if living != pids and Path("/proc/self").exists():
        users.write_text(json.dumps(living))
