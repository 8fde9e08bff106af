"""The ground that tests stand on: one real installation a worker, one fresh world a test.

A world has a store, a lake and a served schema of its own, copied from a template in a fraction of a second, on one
embedded PostgreSQL. Nothing is mocked: what tests run is what the owner runs.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import io
import itertools
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from include.rhythms.catalogue import Rhythm

ZONE = "Europe/Berlin"
REPOSITORY = Path(__file__).resolve().parents[1]
COMPILED = "compiled.pickle"
"""The models as dbt compiled them, and the steps of the rhythms, below a template of an installation."""
INTEGRATION = ("faults", "fidelity", "system")
"""Folders of tests that run DAGs under Airflow, break servers, or live many lives."""
TEMPLATE_IS_MADE_OF = (
    "dags",
    "dbt",
    "plugins",
    *(f"include/{part}" for part in ("dbt_project", "installation", "lake", "rhythms", "runs", "served", "store")),
    "include/parameters.py",
    "include/settings.py",
)
REAL_NOTES = Path(__file__).resolve().parents[2] / "shared" / "data" / "til_notes.jsonl"

# Before anything of Airflow is imported: its settings are read at import.
os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")


@dataclass(frozen=True)
class World:
    """A fresh installation's store, lake and served schema; the environment of this process points to them."""

    url: str
    folder: Path

    def remember(self, notes: Sequence[Mapping[str, Any]]) -> None:
        """Save notes as `./codex remember` does; every one must be taken."""
        from include.intake.remember import remember
        from include.intake.sources import Stream

        lines = "".join(json.dumps(note, default=str) + "\n" for note in notes)
        remembered = remember(self.url, [Stream(io.BytesIO(lines.encode()))])
        assert remembered.refused == 0, remembered.refusals

    def run(self, *kinds: str, as_of: datetime | str, **conf: Any) -> None:
        """Live through rhythms, by their `--type`: the steps of the real DAGs, in this warm process.

        Where Airflow's tasks or dbt's tests are the subject, there is `run_dags`; `test_invariance.py` compares both.
        """
        from include.runs import consolidation

        instant = as_of if isinstance(as_of, datetime) else datetime.fromisoformat(as_of)
        with warm_rhythms() as warm:
            for rhythms in map(consolidation.chosen, kinds):
                given = consolidation.conf_for(rhythms, instant) | conf
                for rhythm in rhythms:
                    warm.run(rhythm, instant, **given)

    def run_dags(self, *kinds: str, as_of: datetime | str, **conf: Any) -> None:
        """Run rhythms, by their `--type`, under Airflow in this process: each task of the real DAGs, as it is."""
        from include.runs import consolidation

        instant = as_of if isinstance(as_of, str) else as_of.isoformat()
        for kind in kinds:
            rhythms = consolidation.chosen(kind)
            given = consolidation.conf_for(rhythms, None) | {"as_of": instant} | conf
            run_under_airflow(rhythms, given)

    def use_ollama(self, url: str, protocol: str = "ollama", **extra: Any) -> None:
        """Configure a server, as OLLAMA_URL or OPENAI_BASE_URL do, with more extras of its connection.

        Until the world is gone.
        """
        from include.installation.environment import LANGUAGE_MODEL_CONN_ID, _language_model_connection
        from include.settings import Settings, settings

        if protocol == "ollama":
            variables = {"OLLAMA_URL": url}
        else:
            models = {"OPENAI_MODEL": "gpt-oss:20b", "EMBEDDING_MODEL": "nomic-embed-text"}
            variables = {"OPENAI_BASE_URL": url} | models
        given = Settings.model_validate({name.lower(): value for name, value in variables.items()})
        made = json.loads(_language_model_connection(given))
        made["extra"] |= {"timeout_seconds": 10} | extra
        name = f"AIRFLOW_CONN_{LANGUAGE_MODEL_CONN_ID.upper()}"
        os.environ.update(variables | {name: json.dumps(made)})
        settings.cache_clear()

    def fall_asleep(self, *, beat: int, cycle: int, slow_wave_until: float) -> None:
        """Set the clock of replay to the small hours of 2 March 2026, UTC."""
        from include.lake.connection import configured_lake

        with configured_lake().connect(threads=1) as lake:
            lake.execute("delete from control.clock where rhythm = 'hippocampal_replay'")
            lake.execute(
                "insert into control.clock values ('hippocampal_replay', timestamptz '2026-03-02 02:00:00+00', ?, "
                "'run', 'asleep', date '2026-03-01', ?, ?, 1.0, 'UTC')",
                [beat, cycle, slow_wave_until],
            )

    def lake(self, question: str, given: Any = None) -> list[tuple[Any, ...]]:
        """Ask the lake."""
        from include.lake.connection import configured_lake

        with configured_lake().connect(store=True) as connection:
            return connection.execute(question, given).fetchall()

    def store(self, question: str, given: Any = None) -> list[tuple[Any, ...]]:
        """Ask (or change) the store; returns rows where there are any."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(question, given)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def export(self) -> bytes:
        """What `./codex export` writes."""
        from include.transfer import export

        written = io.BytesIO()
        with psycopg.connect(self.url) as connection:
            export.write(connection, "jsonl", written)
        return written.getvalue()


def run_under_airflow(rhythms: Sequence[Rhythm], conf: Mapping[str, Any]) -> None:
    """Run the DAGs of rhythms under Airflow in this process; raises CodexError with the tasks that failed, and why."""
    from codex_dreams.dag.reading import dags_of
    from include.airflow_service.metadata import failed_where
    from include.errors import CodexError
    from include.rhythms.turn import local_turn
    from include.store.address import store_url

    why: dict[str, str] = {}

    def remember_why(context: Mapping[str, Any]) -> None:
        why[context["ti"].task_id] = str(context.get("exception")).partition("\n")[0].rstrip(".")

    with local_turn(store_url(), lambda _: None):
        for rhythm, dag in dags_of(rhythms):
            dag.deadline = None  # Airflow 3.3's test run can't read deadlines from an unsaved DAG
            for task in dag.tasks:
                task.on_failure_callback = [remember_why]
                if task.task_type == "OllamaEnrichOperator":
                    task.retry_delay, task.retry_exponential_backoff = timedelta(0), 0
            # Cosmos collects garbage after each dbt task; what was there before the run is left out of it.
            gc.collect()
            gc.freeze()
            run = dag.test(run_conf=dict(conf))
            if str(run.state) != "success":
                failed = [task.task_id for task in run.get_task_instances() if str(task.state) == "failed"]
                told = [f"{name} ({why[name]})" if why.get(name) else name for name in failed]
                raise CodexError(f"{rhythm.dag_id} {failed_where(told)}.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders of integration tests are marked as such; the longest come first, so that the rest is run beside them."""
    for item in items:
        if item.path.relative_to(REPOSITORY / "tests").parts[0] in INTEGRATION or item.get_closest_marker("scheduler"):
            item.add_marker(pytest.mark.integration)
    items.sort(key=lambda item: (item.get_closest_marker("scheduler") is None, "test_invariance" not in item.nodeid))


@contextmanager
def installed(home: Path) -> Iterator[None]:
    """The installation in `home`, its store running: the environment of this process points to it."""
    from include.installation.environment import store_running
    from include.internals import close_dbts_lake
    from include.settings import settings

    before = dict(os.environ)
    for name in (
        "POSTGRES_DB_URL",
        "OLLAMA_URL",
        "OPENAI_BASE_URL",
        "CODEX_LAKE_PATH",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    ):
        os.environ.pop(name, None)
    os.environ.update(CODEX_HOME=str(home), CODEX_TIMEZONE=ZONE)
    settings.cache_clear()
    try:
        with store_running(airflow=True):
            yield
            close_dbts_lake()
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def prepare_template(home: Path) -> None:
    """Prepare an installation in `home`, and what running rhythms warm needs; its store is stopped afterwards."""
    from include.installation.prepare import prepare, prepare_airflow
    from include.internals import close_dbts_lake
    from include.rhythms.catalogue import NIGHT
    from include.runs.warm_rhythms import Prepared
    from include.store.address import store_url

    with installed(home):
        with psycopg.connect(store_url(), autocommit=True) as connection:
            # A test's data need not survive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        prepare(lambda _: None)
        prepare_airflow(lambda _: None)
        prepared = Prepared.of(NIGHT)
        _without_lookups(prepared.compiled.parsed)
        (home / COMPILED).write_bytes(pickle.dumps(prepared))
        close_dbts_lake()
    (home / "airflow" / "airflow.cfg").unlink(missing_ok=True)  # it names the folder it was made in


def _without_lookups(parsed: Manifest) -> None:
    """Drop what dbt finds again when it needs it: its pickle of a project confuses one such index with another."""
    for name in [name for name in vars(parsed) if name.endswith("_lookup")]:
        setattr(parsed, name, None)


def _fingerprint() -> str:
    """A hash over all that a prepared installation and its compiled models are made of."""
    seen = hashlib.sha256(sys.version.encode())
    kinds = {".py", ".sql", ".yml", ".csv", ".mako"}
    files = [REPOSITORY / "requirements.lock"]
    for place in map(REPOSITORY.joinpath, TEMPLATE_IS_MADE_OF):
        files += [path for path in place.rglob("*") if path.suffix in kinds] if place.is_dir() else [place]
    for path in sorted(files):
        seen.update(f"{path.relative_to(REPOSITORY)} {len(content := path.read_bytes())}\n".encode() + content)
    return seen.hexdigest()[:16]


@pytest.fixture(scope="session")
def template() -> Path:
    """A prepared installation whose store is stopped, kept below `$CODEX_HOME` for as long as its sources are the same.

    The first worker that needs it prepares it (half a minute); the others wait for it.
    """
    kept = Path(os.environ.get("CODEX_HOME") or REPOSITORY / ".codex").absolute() / "test-template"
    kept.mkdir(parents=True, exist_ok=True)
    wanted = kept / _fingerprint()
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (wanted / COMPILED).exists():
            others = sorted((path for path in kept.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
            for old in (wanted, *others[:-1]):
                shutil.rmtree(old, ignore_errors=True)
            # In a process of its own: Airflow, once imported, keeps the database that it found then.
            prepare = f"from tests.conftest import prepare_template, Path; prepare_template(Path({str(wanted)!r}))"
            paths = {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])}
            subprocess.run([sys.executable, "-c", prepare], cwd=REPOSITORY, env={**os.environ, **paths}, check=True)
    return wanted


@pytest.fixture(scope="session")
def installation(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A worker's own prepared installation, copied from the template: store, lake, manifest, Airflow's metadata."""
    from include.store.address import store_url

    home = tmp_path_factory.mktemp("codex")
    shutil.copytree(template, home, dirs_exist_ok=True, symlinks=True, copy_function=_link_or_copy)
    with installed(home):
        with psycopg.connect(store_url()) as connection:
            _move_lake(connection, home / "lake")
        _prepared[""] = pickle.loads((home / COMPILED).read_bytes())
        yield home


def _link_or_copy(source: str, target: str) -> None:
    """Extensions are large and never written: a link will do."""
    if source.endswith(".duckdb_extension"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _move_lake(connection: psycopg.Connection[Any], lake: Path) -> None:
    connection.execute("UPDATE codex_lake.ducklake_metadata SET value = %s WHERE key = 'data_path'", [f"{lake}/"])


_numbers = itertools.count(1)
_prepared: dict[str, Any] = {}
"""What running rhythms warm needs, by the parameters that differ."""


@contextmanager
def warm_rhythms(*, published: bool = True, in_memory: bool = False) -> Iterator[Any]:
    """All rhythms of a night, warm, in the world that we are in; prepared once for all worlds."""
    from include.parameters import changed
    from include.rhythms.catalogue import NIGHT
    from include.runs.warm_rhythms import Prepared, WarmRhythms

    parameters = json.dumps(changed(), sort_keys=True) if changed() else ""
    if parameters not in _prepared:
        _prepared[parameters] = Prepared.of(NIGHT)
    kept = {"audited": False, "published": published, "in_memory": in_memory}
    with closing(WarmRhythms(NIGHT, **kept, prepared=_prepared[parameters])) as warm:
        yield warm


@contextmanager
def new_world(installation: Path, folder: Path) -> Iterator[World]:
    """A world of its own below `folder`, gone after the block. Inside another one, it comes first until then."""
    from include.store.embedded import STORE_DATABASE
    from include.timelapse.shadow import inhabited

    name = f"world_{next(_numbers)}"
    here = urlsplit(os.environ["POSTGRES_DB_URL"])
    url, admin = (urlunsplit(here._replace(path=f"/{database}")) for database in (name, "postgres"))
    lake = folder / "lake"
    shutil.copytree(installation / "lake", lake)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {STORE_DATABASE}")  # type: ignore[arg-type]
    with psycopg.connect(url) as connection:
        _move_lake(connection, lake)
    try:
        with inhabited(url, lake_path=str(lake)):
            yield World(url, folder)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def world(installation: Path, tmp_path: Path) -> Iterator[World]:
    """A world of its own, gone after the test."""
    with new_world(installation, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def real_notes() -> list[dict[str, Any]]:
    """1,869 real notes of one person; tests that need them are skipped where they are not at hand."""
    if not REAL_NOTES.exists():
        pytest.skip("the real notes are not at hand (they are not part of the repository)")
    return [json.loads(line) for line in REAL_NOTES.read_text().splitlines()]
