"""Making dbt models again and again in one process: compiled by dbt once, run on a lake that stays attached.

dbt takes most of a second to start a run of models that take a few hundredths. Here dbt compiles them once, when all
tables are there, and later makings are one transaction a group: pre-hooks and insert for an incremental model, as dbt
would send them; a table is emptied and filled; a view is as it was. What dbt must look at anew each time (a model that
asks the database while it is compiled) is left to dbt. A test compares both ways.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.dbt_project.project import PROJECT, run_dbt
from include.errors import CodexError
from include.internals import as_parsed
from include.lake.session import memory_errors

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

    from include.lake.connection import Lake

_NEXT_HOOK = "-- the next pre-hook"
_ASKS_WHILE_COMPILED = re.compile(r"\brun_query\b|\bsource_memories\b")


@dataclass(frozen=True)
class CompiledModel:
    """What dbt made of a model. `relation` is quoted and complete; `sql` is None for a model in Python.

    `asks`: whether it asked the database what it looks like while it was compiled. `keys`: of two rows that have the
    same in all of these columns, the later takes the place of the earlier.
    """

    name: str
    relation: str
    materialized: str
    sql: str | None
    hooks: tuple[str, ...]
    python: str | None
    asks: bool
    keys: tuple[str, ...]

    @classmethod
    def of(cls, node: Any, sql: str | None, hooks: tuple[str, ...]) -> CompiledModel:
        """A model of dbt's manifest, with what dbt made of it."""
        return cls(
            name=node.name,
            relation=str(node.relation_name),
            materialized=str(node.config.materialized),
            sql=sql,
            hooks=hooks,
            python=str(PROJECT / node.original_file_path) if node.language == "python" else None,
            asks=_ASKS_WHILE_COMPILED.search(node.raw_code) is not None,
            keys=_keys(getattr(node.config, "unique_key", None)),
        )

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> CompiledModel:
        """What `dataclasses.asdict` made, after it was written as JSON."""
        return cls(**told | {name: tuple(told[name]) for name in ("hooks", "keys")})


class CompiledModels:
    """Models as dbt compiles them when all tables of the lake are there; the same for every lake of one parameter set.

    `parsed` is the project they are of, `models` has them by name, `relations` the places of all models.
    """

    def __init__(
        self,
        parsed: Manifest,
        names: Sequence[str],
        *,
        profiles: Path = PROJECT,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Compile models by name.

        :param profiles: the folder of the profile by which dbt reaches a lake with all tables, which may be empty
        :param variables: of dbt, beside the changed parameters
        """
        self.parsed = parsed
        self._profiles = profiles
        self._variables = {"source_is_read_whole": True, **(variables or {})}
        nodes = {node.name: node for node in parsed.nodes.values() if str(node.resource_type) == "model"}
        self.relations = relations_of(parsed)
        wanted = [nodes[name] for name in dict.fromkeys(names)]
        compiled = self._compiled([node.name for node in wanted if node.language == "sql"])
        hooks = self._hooks(wanted)
        self.models = {
            node.name: CompiledModel.of(node, compiled.get(node.name), hooks.get(node.name, ())) for node in wanted
        }

    def _compiled(self, names: Sequence[str]) -> dict[str, str]:
        return _compiled(self.parsed, names, variables=self._variables, profiles=self._profiles)

    def _hooks(self, nodes: Sequence[Any]) -> dict[str, tuple[str, ...]]:
        return _compiled_hooks(nodes, self._compiled)


def relations_of(parsed: Manifest) -> dict[str, str]:
    """The places of all models, quoted and complete, by name."""
    models = (node for node in parsed.nodes.values() if str(node.resource_type) == "model")
    return {node.name: str(node.relation_name) for node in models}


def compiled_group(built: Sequence[Any], parsed: Manifest) -> list[CompiledModel]:
    """Models that dbt has just built, from the nodes of its result, in that order."""
    # Hooks are compiled in the place of the code of the same nodes.
    sql = {node.name: node.compiled_code if node.language == "sql" else None for node in built}
    nodes = [
        node for node in as_parsed(parsed).nodes.values() if node.name in sql and str(node.resource_type) == "model"
    ]
    hooks = _compiled_hooks(nodes, lambda hooked: _compiled(parsed, hooked))
    return [CompiledModel.of(node, sql[node.name], hooks.get(node.name, ())) for node in built]


def _compiled(
    parsed: Manifest, names: Sequence[str], *, variables: Mapping[str, Any] | None = None, profiles: Path = PROJECT
) -> dict[str, str]:
    done: Any = run_dbt(
        ["compile", "--select", *names, "--indirect-selection", "empty", "--log-level", "none"],
        parsed=parsed,
        variables=variables,
        profiles=profiles,
    )
    # A name that is a folder's, too, selects all that is in it.
    return {made.node.name: made.node.compiled_code for made in done.result.results if made.node.name in names}


def _compiled_hooks(
    nodes: Sequence[Any], compiled: Callable[[Sequence[str]], Mapping[str, str]]
) -> dict[str, tuple[str, ...]]:
    """The pre-hooks as they are for tables that exist: dbt renders each in the place of its model's code."""
    hooked = [node for node in nodes if node.config.pre_hook and node.config.materialized == "incremental"]
    if not hooked:
        return {}
    code = [node.raw_code for node in hooked]
    try:
        for node in hooked:
            node.raw_code = _NEXT_HOOK.join(hook.sql for hook in node.config.pre_hook)
        rendered = compiled([node.name for node in hooked])
    finally:
        for node, whole in zip(hooked, code, strict=True):
            node.raw_code = whole
    return {
        name: tuple(hook.strip() for hook in hooks.split(_NEXT_HOOK) if hook.strip())
        for name, hooks in rendered.items()
    }


def _keys(unique_key: str | Sequence[str] | None) -> tuple[str, ...]:
    return (unique_key,) if isinstance(unique_key, str) else tuple(unique_key or ())


class WarmModels:
    """Models that can be made again quickly in one lake. All its tables must be there.

    `reachable`: whether dbt reaches the lake, too. Then it makes the models that ask the database what it looks like.
    Otherwise they are made as they were compiled, from the whole of their source.
    """

    def __init__(self, lake: Lake, compiled: CompiledModels, *, reachable: bool = True) -> None:
        self._lake = lake
        self._compiled = compiled
        self._reachable = reachable

    def make(self, names: Sequence[str]) -> dict[str, float]:
        """Make models, in this order, all or none of them; returns the seconds each took, and the `commit`.

        One transaction for all, since a commit takes longer than most models. What is left to dbt has its own, as have
        those before and after it.
        """
        seconds: dict[str, float] = {}
        models = (self._compiled.models[name] for name in names)
        made = [model for model in models if model.materialized != "view"]
        for left_to_dbt, several in groupby(made, key=lambda model: model.asks and self._reachable):
            if left_to_dbt:
                for model in several:
                    with _timed(seconds, model.name):
                        run_dbt(["run", "--select", model.name], parsed=self._compiled.parsed)
                continue
            with self._lake.connect() as connection:
                connection.begin()
                for model in several:
                    with _timed(seconds, model.name):
                        self._make(connection, model)
                with _timed(seconds, "commit"):
                    connection.commit()
        return seconds

    def _make(self, connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> None:
        with memory_errors(f"The model {model.name}"):
            run_model(connection, model, self._compiled.relations)


def run_model(connection: duckdb.DuckDBPyConnection, model: CompiledModel, relations: Mapping[str, str]) -> int | None:
    """Make a model in the connection's transaction; how many rows came. A view is left as it is."""
    if model.materialized == "view":
        return None
    for hook in model.hooks:
        connection.execute(hook)
    if model.python is not None:
        return _run_python(connection, model, relations)
    # To empty a table costs less than half of making it anew: each table made is a version of the lake's
    # whole schema, which the next transaction must read.
    if model.materialized == "table":
        connection.execute(f"delete from {model.relation}")
    if model.keys:
        connection.execute(f"create or replace temp table made as {model.sql}")
        same = " and ".join(f"earlier.{key} = made.{key}" for key in model.keys)
        connection.execute(f"delete from {model.relation} as earlier using made where {same}")
        return _count(connection.execute(f"insert into {model.relation} by name from made"))
    return _count(connection.execute(f"insert into {model.relation} by name {model.sql}"))


def _run_python(connection: duckdb.DuckDBPyConnection, model: CompiledModel, relations: Mapping[str, str]) -> int:
    specification = importlib.util.spec_from_file_location(model.name, str(model.python))
    if specification is None or specification.loader is None:
        raise CodexError(f"The Python model {model.python} can't be loaded.")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    made = module.model(_Refs(connection, relations), connection)
    connection.register("made", made)
    connection.execute(f"delete from {model.relation}")
    rows = _count(connection.execute(f"insert into {model.relation} by name select * from made"))
    connection.unregister("made")
    return rows


def _count(inserted: duckdb.DuckDBPyConnection) -> int:
    row = inserted.fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.monotonic() - started


class _Refs:
    """What a Python model asks of dbt."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str]) -> None:
        self._connection = connection
        self._relations = relations

    def config(self, **_: Any) -> None:
        """Read by dbt when it parses."""

    def ref(self, name: str) -> Any:
        """The rows of another model."""
        return self._connection.query(f"select * from {self._relations[name]}")

    def source(self, schema: str, name: str) -> Any:
        """The rows of a source."""
        return self._connection.query(f'select * from "lake"."{schema}"."{name}"')
