"""The environment that Airflow, dbt and our tasks run in.

`$CODEX_HOME` holds all of it; the store is the owner's (`POSTGRES_DB_URL`) or the embedded one, which hands its
address to child processes in the same variable, so that DAGs, dbt and tests know one way to reach it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.installation.privacy import private_files
from include.lake.extensions import install_extensions
from include.settings import REPOSITORY, Settings, home, settings
from include.store.address import EMBEDDED_MARK, METADATA_URL, metadata_url, store_url
from include.store.embedded import AIRFLOW_DATABASE, STORE_DATABASE, EmbeddedPostgres

if TYPE_CHECKING:
    from include.language_model.model_server import ModelServer

EXECUTOR = "codex_dreams.executors.attentive.AttentiveExecutor"

STORE_CONN_ID = "codex_store"
LANGUAGE_MODEL_CONN_ID = "codex_language_model"


@contextmanager
def store_running(*, airflow: bool = False) -> Iterator[EmbeddedPostgres | None]:
    """The store for the time of a block; the embedded one is started, and stopped with its last user.

    Yields the embedded server, where there is one. What is made meanwhile is for the owner alone to read.

    Exports POSTGRES_DB_URL and the rest of `environment()` to this process and its children. With `airflow`, also
    Airflow's metadata database: it lives on the embedded server even where the store is the owner's.
    """
    with private_files():
        yield from _store_running(airflow)


def _store_running(airflow: bool) -> Iterator[EmbeddedPostgres | None]:
    before = dict(os.environ)
    server: EmbeddedPostgres | None = None
    given = settings()
    needs_metadata = airflow and "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in os.environ
    try:
        if given.postgres_db_url is None or needs_metadata:
            server = EmbeddedPostgres(given.codex_home)
            server.start()
            os.environ.setdefault("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", airflow_database(server.url(AIRFLOW_DATABASE)))
        if given.postgres_db_url is None and server is not None:
            os.environ["POSTGRES_DB_URL"] = server.url(STORE_DATABASE)
            os.environ[EMBEDDED_MARK] = "1"
        settings.cache_clear()
        os.environ.update(environment())
        install_extensions(home().extensions)
        yield server
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        if server is not None:
            server.release()


def airflow_database(url: str) -> str:
    """A libpq URL as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


def environment() -> dict[str, str]:
    """What Airflow, dbt and our tasks find in their environment. Settings the owner made stay as they are."""
    given = settings()
    paths = home()
    executor = os.environ.get("AIRFLOW__CORE__EXECUTOR", EXECUTOR)
    values = {
        "CODEX_HOME": str(paths.root),
        "CODEX_LAKE_PATH": given.lake_path,
        "CODEX_TIMEZONE": given.codex_timezone,
        "CODEX_DUCKDB_EXTENSIONS": str(paths.extensions),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")]),
        "AIRFLOW_HOME": str(paths.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Logs hold what was learned. Airflow gives its folders and files these rights, whatever the umask says.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        # Whoever makes the first run, the service or `consolidate --local`, registers all rhythms.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # Tasks begin warm, and what follows one begins when it ends: the executor takes the scheduler's rest.
        "AIRFLOW__CORE__EXECUTOR": EXECUTOR,
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0" if executor == EXECUTOR else "1",
        # A worker imports Airflow, Cosmos and dbt once (plugins/), and each task forks from it warm.
        "AIRFLOW__CORE__LAZY_LOAD_PLUGINS": "False",
        "AIRFLOW__CORE__PARALLELISM": str(max(2, os.cpu_count() or 2)),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CALLBACKS__CALLBACK_EXECUTION_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # A DAG file that was changed is read at once; the others need not be read again and again.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__COSMOS__CACHE_DIR": str(paths.root / "cosmos"),
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__PROPAGATE_LOGS": "True",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        # A task looks up the schemas it needs, not all of them; unit tests belong to development.
        "DBT_CACHE_SELECTED_ONLY": "True",
        # Nobody reads the artifacts of a task, and writing the whole manifest twice took a third of its time.
        "DBT_WRITE_JSON": "False",
        "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
        # What dbt says is in the task's log; its own file would hold each statement a second time.
        "DBT_LOG_LEVEL_FILE": "none",
        "DO_NOT_TRACK": "1",
        METADATA_URL: metadata_url() or "",
        f"AIRFLOW_CONN_{STORE_CONN_ID.upper()}": store_url(),
        f"AIRFLOW_CONN_{LANGUAGE_MODEL_CONN_ID.upper()}": _language_model_connection(given),
    }
    return {name: os.environ.get(name, value) if _owners_choice(name) else value for name, value in values.items()}


def _owners_choice(name: str) -> bool:
    """Airflow's own settings may be overridden by the owner; the wiring between our parts may not."""
    wiring = {"AIRFLOW_HOME", "AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER"}
    return name.startswith("AIRFLOW") and name not in wiring


def _language_model_connection(given: Settings) -> str:
    """The Airflow connection that says who answers: a server's type, or `embedded` where none is configured."""
    import json
    from urllib.parse import urlsplit

    if given.ollama_url is None and given.openai_base_url is None:
        return json.dumps({"conn_type": "embedded"})
    from include.language_model.choice import ollama_server_of, openai_server_of

    server: ModelServer
    if given.ollama_url is not None:
        conn_type, server = "ollama", ollama_server_of(given, given.ollama_url)
    else:
        conn_type, server = "openai_compatible", openai_server_of(given, str(given.openai_base_url))
    parts = urlsplit(server.url)
    return json.dumps(
        {
            "conn_type": conn_type,
            "schema": parts.scheme,
            "host": parts.hostname,
            "port": parts.port,
            "password": server.token,
            "extra": {
                "path": parts.path,
                "hosts": list(server.hosts),
                "model": server.model,
                "embedding_model": server.embedding_model,
                "timeout_seconds": server.timeout_seconds,
            },
        }
    )
