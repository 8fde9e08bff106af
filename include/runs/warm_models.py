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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.dbt_project.project import PROJECT, run_dbt
from include.errors import CodexError
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
        self.relations = {name: str(node.relation_name) for name, node in nodes.items()}
        wanted = [nodes[name] for name in dict.fromkeys(names)]
        compiled = self._compiled([node.name for node in wanted if node.language == "sql"])
        hooks = self._hooks(wanted)
        self.models = {
            node.name: CompiledModel(
                name=node.name,
                relation=str(node.relation_name),
                materialized=str(node.config.materialized),
                sql=compiled.get(node.name),
                hooks=hooks.get(node.name, ()),
                python=str(PROJECT / node.original_file_path) if node.language == "python" else None,
                asks=_ASKS_WHILE_COMPILED.search(node.raw_code) is not None,
                keys=_keys(getattr(node.config, "unique_key", None)),
            )
            for node in wanted
        }

    def _compiled(self, names: Sequence[str]) -> dict[str, str]:
        done: Any = run_dbt(
            ["compile", "--select", *names, "--indirect-selection", "empty", "--log-level", "none"],
            parsed=self.parsed,
            variables=self._variables,
            profiles=self._profiles,
        )
        # A name that is a folder's, too, selects all that is in it.
        return {made.node.name: made.node.compiled_code for made in done.result.results if made.node.name in names}

    def _hooks(self, nodes: Sequence[Any]) -> dict[str, tuple[str, ...]]:
        """The pre-hooks as they are for tables that exist: dbt renders each in the place of its model's code."""
        hooked = [node for node in nodes if node.config.pre_hook and node.config.materialized == "incremental"]
        if not hooked:
            return {}
        code = [node.raw_code for node in hooked]
        try:
            for node in hooked:
                node.raw_code = _NEXT_HOOK.join(hook.sql for hook in node.config.pre_hook)
            compiled = self._compiled([node.name for node in hooked])
        finally:
            for node, whole in zip(hooked, code, strict=True):
                node.raw_code = whole
        return {
            name: tuple(hook.strip() for hook in hooks.split(_NEXT_HOOK) if hook.strip())
            for name, hooks in compiled.items()
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
            self._run(connection, model)

    def _run(self, connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> None:
        for hook in model.hooks:
            connection.execute(hook)
        if model.python is not None:
            self._run_python(connection, model)
            return
        # To empty a table costs less than half of making it anew: each table made is a version of the lake's
        # whole schema, which the next transaction must read.
        if model.materialized == "table":
            connection.execute(f"delete from {model.relation}")
        if model.keys:
            connection.execute(f"create or replace temp table made as {model.sql}")
            same = " and ".join(f"earlier.{key} = made.{key}" for key in model.keys)
            connection.execute(f"delete from {model.relation} as earlier using made where {same}")
            connection.execute(f"insert into {model.relation} by name from made")
            return
        connection.execute(f"insert into {model.relation} by name {model.sql}")

    def _run_python(self, connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> None:
        specification = importlib.util.spec_from_file_location(model.name, str(model.python))
        if specification is None or specification.loader is None:
            raise CodexError(f"The Python model {model.python} can't be loaded.")
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        made = module.model(_Refs(connection, self._compiled.relations), connection)
        connection.register("made", made)
        connection.execute(f"delete from {model.relation}")
        connection.execute(f"insert into {model.relation} by name select * from made")
        connection.unregister("made")


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.monotonic() - started


class _Refs:
    """What a Python model asks of dbt."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relations: dict[str, str]) -> None:
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
