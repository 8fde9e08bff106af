"""Builds of groups of models without dbt: what dbt compiled for a group is kept, and run again as long as it holds.

dbt takes about a tenth of a second of processor time for each model and test that it runs, and two more to be
imported: most of a run that brings one note. So the first build of a group is dbt's, and what it compiled is kept below
`$CODEX_HOME`, with what it depends on: the files of the project, the parameters, the columns of the source table. The
next builds run the same statements in the same order in one transaction, all tests of the group with them, and write
the same audits. Where anything is not as it should be (a test is red, a statement fails, a table has other columns),
the transaction is rolled back and dbt builds the group as ever: what a failure leaves behind, dbt alone decides.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import duckdb

from include.dbt_project.project import project_state
from include.formats import write_whole
from include.monitoring.slas.node_times import store_times
from include.parameters import changed
from include.runs.warm_models import CompiledModel, compiled_group, relations_of, run_model
from include.settings import home
from include.store.connection import connect

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

    from include.lake.connection import Lake
    from include.rhythms.clock import Clock

log = logging.getLogger(__name__)

_AUDIT = """
    INSERT INTO codex_processed.audits (model, status, rhythm, run_id) VALUES (%s, %s, %s, %s)
    ON CONFLICT (model) DO UPDATE SET status = excluded.status, reason = NULL, rhythm = excluded.rhythm,
        run_id = excluded.run_id, audited_at = clock_timestamp()
"""
_SOURCE_COLUMNS = """
    SELECT column_name::text, data_type::text FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = 'memories' ORDER BY 1
"""


@dataclass(frozen=True)
class Check:
    """A data test: its SQL gives the rows that break it."""

    name: str
    sql: str


@dataclass(frozen=True)
class Group:
    """A group of models as dbt compiled it, in the order in which dbt built it, and its tests."""

    models: tuple[CompiledModel, ...]
    checks: tuple[Check, ...]
    relations: Mapping[str, str]
    """The tables and views of all models of the project, by name."""


class KeptBuilds:
    """The groups of one installation, for the builds of one process."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def build(self, names: Sequence[str], clock: Clock) -> bool:
        """Build a group as it was kept; False where dbt has to: nothing is kept that holds, or not all went well."""
        group = self._read(names)
        if group is None:
            return False
        self._audit(group, "building", clock)
        times: list[tuple[str, str, float, int | None]] = []
        try:
            well = self._made(group, times)
        except duckdb.Error as error:
            log.warning("without dbt the group could not be built: %s", error)
            return False
        if well:
            self._audit(group, "passed", clock)
            store_times(clock.rhythm, clock.run_id, times)
        return well

    def keep(self, names: Sequence[str], built: dbtRunnerResult, parsed: Manifest) -> None:
        """Keep what dbt compiled when it built a group and all went well. Never fails: dbt can build it again."""
        try:
            self._keep(names, built, parsed)
        except Exception:  # what was built is built
            log.warning("the group of %s could not be kept", names[0], exc_info=True)

    def _keep(self, names: Sequence[str], built: dbtRunnerResult, parsed: Manifest) -> None:
        done: Any = built.result
        if not all(_can_be_kept(each.node) for each in done.results):
            return
        models = compiled_group([each.node for each in done.results if each.node.resource_type == "model"], parsed)
        checks = [
            {"name": each.node.name, "sql": each.node.compiled_code}
            for each in done.results
            if each.node.resource_type == "test"
        ]
        told = {
            "made_of": self._made_of,
            "models": [asdict(model) for model in models],
            "checks": checks,
            "relations": relations_of(parsed),
        }
        home().compiled.mkdir(parents=True, exist_ok=True)
        write_whole(home().compiled / _file(names), json.dumps(told))

    @cached_property
    def _made_of(self) -> dict[str, Any]:
        """What the compiled statements depend on."""
        with connect(self._lake.store_url) as store:
            columns = store.execute(_SOURCE_COLUMNS).fetchall()
        state = {
            "project": project_state(),
            "parameters": changed(),
            "source": columns,
            "versions": [version("dbt-core"), version("dbt-duckdb"), duckdb.__version__],
        }
        return dict(json.loads(json.dumps(state)))

    def _read(self, names: Sequence[str]) -> Group | None:
        try:
            told = json.loads((home().compiled / _file(names)).read_text())
            if told["made_of"] != self._made_of:
                return None
            return Group(
                tuple(CompiledModel.from_json(model) for model in told["models"]),
                tuple(Check(**check) for check in told["checks"]),
                told["relations"],
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # none, or of another version
            return None

    def _audit(self, group: Group, status: str, clock: Clock) -> None:
        with connect(self._lake.store_url) as store, store.cursor() as cursor:
            cursor.executemany(_AUDIT, [(model.name, status, clock.rhythm, clock.run_id) for model in group.models])

    def _made(self, group: Group, times: list[tuple[str, str, float, int | None]]) -> bool:
        with self._lake.connect(store=True) as connection:
            connection.begin()
            for model in group.models:
                began = time.monotonic()
                if not _fits(connection, model):
                    log.info("%s has other columns than its table", model.name)
                    return False
                rows = run_model(connection, model, group.relations)
                times.append((model.name, "success", 1000 * (time.monotonic() - began), rows))
            for check in group.checks:
                began = time.monotonic()
                [(broken,)] = connection.execute(f"select count(*) from ({check.sql}\n) as broken").fetchall()
                if broken:
                    log.warning("%s: %d rows break it", check.name, broken)
                    return False
                times.append((check.name, "pass", 1000 * (time.monotonic() - began), 0))
            connection.commit()
        return True


def _can_be_kept(node: Any) -> bool:
    """Whether dbt's statements for a node hold for any state of the lake: a test counts rows that break it."""
    if node.resource_type == "model":
        return "run_query" not in node.raw_code
    if node.resource_type != "test":
        return True  # a hook of the project
    kept = node.config
    return (
        str(kept.severity).lower().endswith("error")
        and (kept.fail_calc, kept.error_if, kept.where, kept.limit) == ("count(*)", "!= 0", None, None)
        and not kept.store_failures
    )


def _fits(connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> bool:
    """Whether a model's statement gives the columns that its table or view has, of the same types."""
    if model.sql is None:
        return True
    there = _columns(connection, f"select * from {model.relation}")
    made = _columns(connection, model.sql)
    return there == made if model.materialized == "view" else sorted(there) == sorted(made)


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(name, str(kind)) for name, kind, *_ in connection.execute(f"describe {query}").fetchall()]


def _file(names: Sequence[str]) -> str:
    """The name of a group's file: its first model, and how many there are."""
    return f"{names[0]}-{len(names)}.json"
