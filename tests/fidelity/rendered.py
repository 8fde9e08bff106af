"""The dbt project as SQL: every model and hook, rendered by dbt itself, as a rhythm's task would run it.

dbt needs a third of a second a model, most of it for itself. A property needs thousands of models to be built; so dbt
renders the project once (and again for each mechanism that is broken on purpose), and the statements run in memory.
`tests/fidelity/test_route.py` holds that the real DAGs on the real lake write the same rows.
"""

from __future__ import annotations

import ast
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from include.dbt_project.project import PROFILE, PROJECT, TARGET
from include.lake import schema
from include.settings import REPOSITORY

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
PYTHON_MODELS = {"ltm_cortical_columns"}
"""Not rendered: there are no columns in a mind, and no property is about them."""
WITHOUT_COLUMNS = """
    create table long_term.ltm_cortical_columns (
        memory_id uuid, macrocolumn_id varchar, minicolumn_id varchar, column_rank integer, centrality double
    )
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
class Model:
    """One model: what its task runs."""

    schema: str
    name: str
    alias: str
    materialized: str
    sql: str
    hooks: tuple[str, ...]
    unique_key: tuple[str, ...]

    @property
    def relation(self) -> str:
        """Where its rows are."""
        return f'"lake"."{self.schema}"."{self.alias}"'

    def statements(self) -> Iterator[str]:
        """What dbt does with it, in one transaction; an incremental model's table is there already."""
        yield from self.hooks
        if self.materialized == "view":
            yield f"create or replace view {self.relation} as {self.sql}"
        elif self.materialized == "table":
            yield f"create or replace table {self.relation} as {self.sql}"
        else:
            yield f"create or replace temp table news as {self.sql}"
            if self.unique_key:
                keys = ", ".join(self.unique_key)
                yield f"delete from {self.relation} where ({keys}) in (select ({keys}) from news)"
            yield f"insert into {self.relation} by name select * from news"


@dataclass(frozen=True)
class Rendered:
    """The project: models in the order in which they build, and the tables as they begin, empty."""

    models: dict[str, Model]
    columns: dict[str, str]


class Renderer:
    """Renders the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest: Any = None
        self._plain: Rendered | None = None
        self._prepared = False

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
            models = dict(self._plain.models) if self._plain else {}
            with mutation.broken(manifest) if mutation is not None else nullcontext():
                # A broken model is rendered alone; a macro or a parameter may be anywhere.
                concerned = [mutation.node] if mutation is not None and mutation.node in models else []
                models |= self._models(manifest, given, concerned)
        return Rendered(models, self._columns)

    def _models(self, manifest: Any, given: dict[str, Any], concerned: list[str]) -> dict[str, Model]:
        nodes = self._compiled(manifest, given, concerned)
        code = {node.name: node.compiled_code for node in nodes}
        hooks = self._hooks(manifest, given, [node for node in nodes if node.config.pre_hook])
        models = {}
        for node in nodes:
            key = node.config.unique_key or ()
            models[node.name] = Model(
                node.schema,
                node.name,
                node.alias,
                node.config.materialized,
                code[node.name],
                hooks.get(node.name, ()),
                tuple([key] if isinstance(key, str) else key),
            )
        return models

    def _hooks(self, manifest: Any, given: dict[str, Any], nodes: list[Any]) -> dict[str, tuple[str, ...]]:
        """The rendered pre-hooks: each is put in the place of its model's code for a moment."""
        if not nodes:
            return {}
        code = {node.name: (manifest.nodes[node.unique_id], manifest.nodes[node.unique_id].raw_code) for node in nodes}
        for node, _ in code.values():
            node.raw_code = ";;".join(hook.sql for hook in node.config.pre_hook)
        try:
            return {
                node.name: tuple(part.strip() for part in node.compiled_code.split(";;") if part.strip())
                for node in self._compiled(manifest, given, list(code))
            }
        finally:
            for node, whole in code.values():
                node.raw_code = whole

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
            connection.execute(WITHOUT_COLUMNS)
        self._manifest = self._dbt(None, "parse")
        for node in self._manifest.nodes.values():
            node.config._extra.pop("partitioned_by", None)  # a plain database has no partitions
        self._dbt(self._manifest, "run", "--empty", "--exclude", *PYTHON_MODELS)
        self._close()
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self._folder}/lake.duckdb' as lake")
            found = connection.execute(
                "select schema_name || '.' || table_name, sql from duckdb_tables() where database_name = 'lake' "
                "and schema_name <> 'control'"
            ).fetchall()
        self._columns = {name: statement.replace("CREATE TABLE lake.", "CREATE TABLE ") for name, statement in found}

    def _compiled(self, manifest: Any, given: dict[str, Any], names: list[str]) -> list[Any]:
        chosen = ["--select", *(names or ["resource_type:model"]), "--indirect-selection", "empty"]
        variables = ["--vars", yaml.safe_dump(given)] if given else []
        # Rendering only: dbt prints what it rendered where one model is chosen.
        with redirect_stdout(io.StringIO()):
            result = self._dbt(manifest, "compile", *chosen, "--exclude", *PYTHON_MODELS, *variables)
        return [item.node for item in result.results]

    def _dbt(self, manifest: Any, *arguments: str) -> Any:
        from dbt.cli.main import dbtRunner

        result = dbtRunner(manifest=manifest).invoke(
            [
                "--quiet",
                "--no-write-json",
                *arguments,
                "--project-dir",
                str(PROJECT),
                "--profiles-dir",
                str(self._folder),
                "--target-path",
                str(self._folder / "target"),
                "--log-path",
                str(self._folder / "logs"),
            ]
        )
        assert result.success, result.exception or [
            f"{item.node.name}: {item.message}" for item in result.result.results if item.status == "error"
        ]
        return result.result

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """dbt keeps its DuckDB open between runs of a process; what comes before and after needs one of its own."""
        before = os.environ.pop("DBT_EXCLUDE_RESOURCE_TYPES", None)
        self._close()
        try:
            yield
        finally:
            self._close()
            if before is not None:
                os.environ["DBT_EXCLUDE_RESOURCE_TYPES"] = before

    @staticmethod
    def _close() -> None:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()


@dataclass(frozen=True)
class Build:
    """A model of a rhythm."""

    model: str


@dataclass(frozen=True)
class Ask:
    """A question to the language model."""

    request_model: str
    task: str


def steps(rhythm: str) -> tuple[Build | Ask, ...]:
    """What a rhythm does between its clock and its publication, read from its DAG file, in the file's order."""
    found: list[Build | Ask] = []
    tree = ast.parse((REPOSITORY / "dags" / f"{rhythm}.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: node.lineno):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name == "dbt_group":
            models = [str(ast.literal_eval(argument)) for argument in call.args[1:]]
            found.extend(Build(model.rpartition("/")[2]) for model in models)
        elif name == "OllamaEnrichOperator":
            given = {
                word.arg: ast.literal_eval(word.value) for word in call.keywords if isinstance(word.value, ast.Constant)
            }
            found.append(Ask(given["request_model"], given["task"]))
    return tuple(found)
