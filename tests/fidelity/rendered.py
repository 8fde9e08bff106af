"""The dbt project, compiled for minds: databases in memory, without an installation.

What compiles and makes the models is what the product has for this, `include/runs/warm_models.py`. Here is what
differs: a profile with plain databases, and mechanisms that are broken on purpose in the parsed project, of which dbt
compiles anew what they concern. `tests/fidelity/test_route.py` holds that the real DAGs on the real lake write the same
rows.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from include.dbt_project.project import PROFILE, PROJECT, SEEDS, TARGET, run_dbt
from include.internals import close_dbts_lake
from include.lake import schema
from include.rhythms.steps import Ask, Build, Step
from include.runs.warm_models import CompiledModel, CompiledModels
from include.settings import REPOSITORY, settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

CONTROL = Path(schema.__file__).with_name("control.sql").read_text()
STORE = """
    create schema store.public;
    create table store.public.memories (
        id uuid, content varchar, context varchar, summary varchar, metadata varchar, tags varchar[],
        chunk_index integer, total_chunks integer, parent_id uuid, created_at timestamptz, updated_at timestamptz
    );
    create schema store.codex_processed;
    create table store.codex_processed.retrievals (
        retrieval_id bigint, memory_id uuid, retrieved_at timestamptz, reader varchar
    );
    create table store.codex_processed.forgotten (memory_id uuid, forgotten_at timestamptz, is_suppressed boolean);
"""
PYTHON_MODELS = {"ltm_cortical_columns", "replay_pairs", "thread_places"}
"""Not rendered: there are no columns and no threads in a mind, and few memories."""
WITHOUT_PYTHON = """
    create table long_term.ltm_cortical_columns (
        memory_id uuid, macrocolumn_id varchar, minicolumn_id varchar, column_rank integer, centrality double
    );
    create table consolidation.replay_pairs (memory_id uuid, partner_id uuid);
    create table threads.thread_places (
        memory_id uuid, note_key varchar, thread_id uuid, evidence double, language varchar, placed_at timestamptz
    );
"""


@dataclass(frozen=True)
class Mutation:
    """A mechanism broken on purpose: a text of a model or macro replaced by another, or parameters set."""

    what: str
    node: str = ""
    replace: str = ""
    by: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def broken(self, manifest: Any) -> Iterator[None]:
        """Break it in the parsed project for the time of a block. The text must be there."""
        if not self.node:
            yield
            return
        models = [node for node in manifest.nodes.values() if node.resource_type == "model" and node.name == self.node]
        macros = [macro for macro in manifest.macros.values() if macro.name == self.node]
        [place, attribute] = [models[0], "raw_code"] if models else [macros[0], "macro_sql"]
        whole = getattr(place, attribute)
        assert self.replace in whole, f"{self.node} does not contain {self.replace!r}"
        setattr(place, attribute, whole.replace(self.replace, self.by))
        try:
            yield
        finally:
            setattr(place, attribute, whole)


@dataclass(frozen=True)
class Rendered:
    """The project: models in the order in which they build, and the tables as they begin, empty."""

    compiled: CompiledModels
    columns: dict[str, str]

    @property
    def models(self) -> Mapping[str, CompiledModel]:
        """By name."""
        return self.compiled.models


class Renderer:
    """Renders the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest: Any = None
        self._plain: Rendered | None = None

    def render(self, mutation: Mutation | None = None) -> Rendered:
        """The project, or the project with a mechanism broken."""
        if self._plain is None:
            self._plain = self._render(None)
        return self._plain if mutation is None else self._render(mutation)

    def _render(self, mutation: Mutation | None) -> Rendered:
        with self._environment():
            if self._manifest is None:
                self._prepare()
            manifest = self._manifest
            given: dict[str, Any] = mutation.parameters if mutation is not None else {}
            with mutation.broken(manifest) if mutation is not None else nullcontext():
                # A broken model is compiled alone, a part of models with these; a macro or a parameter may be anywhere.
                broken = mutation.node if mutation is not None and self._plain is not None else ""
                names = _compiled_with(manifest, broken) or _in_order(manifest)
                compiled = CompiledModels(manifest, names, profiles=self._folder, variables=given)
            if self._plain is not None:
                compiled.models = {**self._plain.models, **compiled.models}
        return Rendered(compiled, self._columns)

    def _prepare(self) -> None:
        """Parse, and make all tables, empty: models ask whether they are there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        profile = {
            PROFILE: {
                "target": TARGET,
                "outputs": {
                    TARGET: {
                        "type": "duckdb",
                        "path": ":memory:",
                        "database": "lake",
                        "schema": "main",
                        "threads": 1,
                        "settings": {"TimeZone": "UTC"},
                        "attach": [
                            {"path": str(self._folder / "lake.duckdb"), "alias": "lake"},
                            {"path": str(self._folder / "store.duckdb"), "alias": "store"},
                        ],
                    }
                },
            }
        }
        (self._folder / "profiles.yml").write_text(yaml.safe_dump(profile))
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self._folder}/store.duckdb' as store")
            connection.execute(STORE)
            connection.execute(f"attach '{self._folder}/lake.duckdb' as lake; use lake")
            connection.execute(CONTROL)
            connection.execute(WITHOUT_PYTHON)
        self._manifest = run_dbt(["parse"], profiles=self._folder).result
        for node in self._manifest.nodes.values():
            node.config._extra.pop("partitioned_by", None)  # a plain database has no partitions
        run_dbt(["seed"], parsed=self._manifest, profiles=self._folder)
        run_dbt(["run", "--empty", "--exclude", *PYTHON_MODELS], parsed=self._manifest, profiles=self._folder)
        close_dbts_lake()
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self._folder}/lake.duckdb' as lake")
            found = connection.execute(
                "select schema_name || '.' || table_name, sql from duckdb_tables() where database_name = 'lake' "
                "and schema_name <> 'control'"
            ).fetchall()
        self._columns = {
            name: statement.replace("CREATE TABLE lake.", "CREATE TABLE ") + _lines(name) for name, statement in found
        }

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """dbt keeps its DuckDB open between runs of a process; what comes before and after needs one of its own."""
        before = dict(os.environ)
        os.environ.pop("DBT_EXCLUDE_RESOURCE_TYPES", None)
        # The folder is where dbt's target goes; nobody reads what it would write there.
        os.environ.update(CODEX_HOME=str(self._folder), DBT_WRITE_JSON="False", DBT_LOG_LEVEL_FILE="none")
        settings.cache_clear()
        close_dbts_lake()
        try:
            yield
        finally:
            close_dbts_lake()
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()


def _lines(table: str) -> str:
    """A statement that fills a seed's table; nothing for others."""
    schema, _, name = table.partition(".")
    return f" insert into {table} from read_csv('{PROJECT}/seeds/{name}.csv');" if schema == SEEDS else ""


def _in_order(manifest: Manifest) -> list[str]:
    """The models that are rendered, each after those that it is made from; an ephemeral one is a part of others."""
    models = {key: node for key, node in manifest.nodes.items() if node.resource_type == "model"}
    parents = {key: [parent for parent in node.depends_on.nodes if parent in models] for key, node in models.items()}
    ordered = [models[key] for key in TopologicalSorter(parents).static_order()]
    return [node.name for node in ordered if node.name not in PYTHON_MODELS and node.config.materialized != "ephemeral"]


def _compiled_with(manifest: Manifest, name: str) -> list[str]:
    """A model, or the models that an ephemeral one is a part of; empty where no model has this name."""
    models = {key: node for key, node in manifest.nodes.items() if node.resource_type == "model"}
    found = [key for key, node in models.items() if node.name == name]
    for key in found:  # grows while it is read
        if models[key].config.materialized == "ephemeral":
            found += [other for other, node in models.items() if key in node.depends_on.nodes and other not in found]
    return [models[key].name for key in found if models[key].config.materialized != "ephemeral"]


def steps(rhythm: str) -> tuple[Step, ...]:
    """What a rhythm does between its clock and its publication, read from its DAG file, in the file's order."""
    found: list[Step] = []
    tree = ast.parse((REPOSITORY / "dags" / f"{rhythm}.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: node.lineno):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name == "dbt_group":
            models = [str(ast.literal_eval(argument)) for argument in call.args[1:]]
            found.append(Build(tuple(model.rpartition("/")[2] for model in models)))
        elif name == "OllamaEnrichOperator":
            given = {
                word.arg: ast.literal_eval(word.value) for word in call.keywords if isinstance(word.value, ast.Constant)
            }
            found.append(Ask(given["request_model"], given["task"]))
    return tuple(found)
