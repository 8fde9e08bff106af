"""The ground that tests stand on: one real installation a session, one fresh world a test.

A world has a store, a lake and a served schema of its own, copied from a template in a fraction of a second, on one
embedded PostgreSQL. Nothing is mocked: what tests run is what the owner runs.
"""

from __future__ import annotations

import io
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ZONE = "Europe/Berlin"
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
            consolidation.in_this_process(rhythms, given, lambda _: None)

    def use_ollama(self, url: str, **extra: Any) -> None:
        """Configure a server, as OLLAMA_URL does, with more extras of its connection, until the world is gone."""
        from include.installation.environment import LANGUAGE_MODEL_CONN_ID, _language_model_connection
        from include.settings import Settings, settings

        made = json.loads(_language_model_connection(Settings(ollama_url=url)))
        made["extra"] |= {"timeout_seconds": 10} | extra
        name = f"AIRFLOW_CONN_{LANGUAGE_MODEL_CONN_ID.upper()}"
        os.environ.update({"OLLAMA_URL": url, name: json.dumps(made)})
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that on several workers the rest is run beside it."""
    items.sort(key=lambda item: (item.get_closest_marker("scheduler") is None, "test_invariance" not in item.nodeid))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A prepared installation: embedded PostgreSQL, lake, served schema, manifest, Airflow's metadata. Made once."""
    from include.dbt_project.project import close_dbt
    from include.installation.environment import store_running
    from include.installation.prepare import prepare, prepare_airflow
    from include.settings import settings
    from include.store.address import store_url

    home = tmp_path_factory.mktemp("codex")
    before = dict(os.environ)
    for name in ("POSTGRES_DB_URL", "OLLAMA_URL", "CODEX_LAKE_PATH", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
        os.environ.pop(name, None)
    os.environ.update(CODEX_HOME=str(home), CODEX_TIMEZONE=ZONE)
    settings.cache_clear()
    try:
        with store_running(airflow=True):
            with psycopg.connect(store_url(), autocommit=True) as connection:
                # A test's data need not survive a power cut.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            prepare(lambda _: None)
            prepare_airflow(lambda _: None)
            close_dbt()
            yield home
            close_dbt()
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


_numbers = itertools.count(1)
_prepared: dict[str, Any] = {}
"""What running rhythms warm needs, by the parameters that differ."""


@contextmanager
def warm_rhythms(*, published: bool = True, in_memory: bool = False) -> Iterator[Any]:
    """All rhythms of a night, warm, in the world that we are in; prepared once for all worlds."""
    from include.parameters import changed
    from include.rhythms.catalogue import NIGHT
    from include.runs.warm_rhythms import Prepared, WarmRhythms

    parameters = json.dumps(changed(), sort_keys=True)
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
    lake.mkdir(parents=True)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {STORE_DATABASE}")  # type: ignore[arg-type]
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE codex_lake.ducklake_metadata SET value = %s WHERE key = 'data_path'", [f"{lake}/"])
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
