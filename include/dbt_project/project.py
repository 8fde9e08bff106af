"""The dbt project: where it is, its manifest, and running it in this process."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.errors import CodexError
from include.internals import as_parsed
from include.lake.connection import Lake
from include.lake.session import memory_advice
from include.parameters import changed
from include.settings import REPOSITORY, home

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

State = tuple[int, float]

PROJECT = REPOSITORY / "dbt"
PROFILE = "codex_dreams"
TARGET = "lake"
SEEDS = "reference"
"""The schema of the tables that are loaded from `dbt/seeds`."""

_PATTERNS = ("*.sql", "*.yml", "*.py", "*.csv")
_RENDERED = (
    "unique_id",
    "name",
    "alias",
    "package_name",
    "resource_type",
    "original_file_path",
    "fqn",
    "tags",
    "depends_on",
)
"""What Cosmos reads of a model to render it."""

log = logging.getLogger(__name__)

_kept: tuple[State, Manifest] | None = None  # set by keep_parsed


class DbtError(CodexError):
    """dbt failed. The message has its reasons; `result` is what dbt returned, with the nodes that succeeded."""

    def __init__(self, message: str, result: dbtRunnerResult) -> None:
        super().__init__(message)
        self.result = result


def run_dbt(
    arguments: Sequence[str],
    *,
    quiet: bool = True,
    parsed: Manifest | None = None,
    variables: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callable[[EventMsg], None]] = (),
    profiles: Path = PROJECT,
) -> dbtRunnerResult:
    """Run dbt on our project in this process, its target and logs below `$CODEX_HOME`; returns dbt's result.

    With `parsed`, what an earlier `dbt parse` of this process returned, nothing is parsed again. `variables` are given
    to the project beside the changed parameters. `callbacks` get each event of dbt, which then prints nothing itself.
    `profiles` is the folder of another profile.
    Raises DbtError when it fails.
    """
    from dbt.cli.main import dbtRunner

    folder = home().root / "dbt"
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["--log-level", "none", "--no-use-colors"] if callbacks else ["--quiet"] if quiet else []
    given = {**changed(), **(variables or {})}
    changes = ["--vars", json.dumps(given)] if given else []
    places = {"--project-dir": PROJECT, "--profiles-dir": profiles, "--log-path": folder / "logs"}
    if list(arguments[:1]) not in (["debug"], ["deps"], ["init"]):  # they make nothing there, and don't know the option
        places["--target-path"] = folder / "target"
    where = [part for option, path in places.items() for part in (option, str(path))]
    result = dbtRunner(manifest=parsed and as_parsed(parsed), callbacks=list(callbacks)).invoke(
        [*flags, *arguments, *changes, *where]
    )
    if not result.success:
        raise DbtError(f"dbt {' '.join(arguments)} failed: {_reason(result)}", result)
    return result


def _reason(result: Any) -> str:
    """Why dbt's run failed: the first failing models and tests with dbt's message; for lack of memory, what to set."""
    if isinstance(result.exception, KeyboardInterrupt):
        return "it was stopped before its end"
    if result.exception is not None:
        return str(result.exception)
    red = {"error", "fail", "runtime error"}
    failed = [item for item in getattr(result.result, "results", []) if item.status in red]
    return "; ".join(_failure(item) for item in failed[:5]) or "see dbt's log"


def _failure(item: Any) -> str:
    advice = memory_advice(str(item.message))
    return f"the model {item.node.name} {advice}" if advice else f"{item.node.name}: {item.message}"


def parse_project() -> Manifest:
    """The parsed project, for any number of runs in this process (`run_dbt(…, parsed=…)`). Needs no database."""
    return run_dbt(["parse"]).result  # type: ignore[return-value]  # one type for what all of dbt's commands return


def keep_parsed() -> None:
    """Parse the project and keep it for the processes that are forked from this one (`kept_project`)."""
    global _kept
    state = project_state()
    _kept = state, parse_project()


def kept_project() -> Manifest | None:
    """The project as it was kept; None where nothing was, or a file has changed since."""
    return _kept[1] if _kept is not None and _kept[0] == project_state() else None


def _files() -> Iterator[Path]:
    return (path for pattern in _PATTERNS for path in PROJECT.rglob(pattern) if "target" not in path.parts)


def project_state() -> State:
    """How many files the project has, and when one was last changed."""
    changes = [path.stat().st_mtime for path in _files()]
    return len(changes), max(changes)


def failing_tests(parsed: Manifest) -> list[str]:
    """The names of the data tests that fail on the lake as it is."""
    try:
        run_dbt(["test"], parsed=parsed)
    except CodexError as error:
        return str(error).partition("failed: ")[2].split("; ")
    return []


def build_manifest() -> Path:
    """Parse the project and put its manifest where the DAGs are rendered from. Needs no database."""
    target = home().manifest
    run_dbt(["--write-json", "parse"])
    made = home().root / "dbt" / "target" / "manifest.json"
    _write_rendered(json.loads(made.read_text()))
    temporary = target.with_suffix(".tmp")
    shutil.copyfile(made, temporary)
    temporary.replace(target)
    return target


def _write_rendered(manifest: dict[str, Any]) -> None:
    """What the DAGs are rendered from: the models alone, and of them what Cosmos reads.

    Each task parses its DAG file anew, and four fifths of the manifest's nodes are tests, which are no tasks. Nor is an
    ephemeral model: it is a part of those that read it, and they are made of what it is made of.
    """
    nodes = manifest["nodes"]
    models = {
        key: {name: node[name] for name in _RENDERED}
        | {"depends_on": {**node["depends_on"], "nodes": made_from(nodes, key)}}
        | {"config": {name: node["config"][name] for name in ("materialized", "meta", "tags")}}
        for key, node in nodes.items()
        if node["resource_type"] == "model" and not _is_ephemeral(node)
    }
    target = home().rendered
    temporary = target.with_suffix(".tmp")
    temporary.write_text(json.dumps({"metadata": manifest["metadata"], "nodes": models}))
    temporary.replace(target)


def made_from(nodes: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    """The keys of what a node of the manifest is made from; for an ephemeral model, of what that is made from."""
    found: dict[str, None] = {}
    for parent in nodes[key]["depends_on"]["nodes"]:
        ephemeral = parent in nodes and _is_ephemeral(nodes[parent])
        found.update(dict.fromkeys(made_from(nodes, parent) if ephemeral else [parent]))
    return list(found)


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return bool(node["config"].get("materialized") == "ephemeral")


def manifest_is_current() -> bool:
    """Whether the manifest is at least as new as every file of the project."""
    manifest = home().manifest
    if not manifest.exists() or not home().rendered.exists():
        return False
    made = manifest.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in _files())


def missing_tables(lake: Lake) -> list[str]:
    """Names of the models that the lake has no table or view of yet, from the manifest.

    A view that was made empty, because the preparation was cut off, is as good as none; and so is a table of another
    version, made anew by each of its runs, that lacks a column where one that is missing looks at it.
    """
    nodes = json.loads(home().manifest.read_text())["nodes"]
    models = {
        (node["schema"], node["alias"]): node["name"]
        for node in nodes.values()
        if node["resource_type"] == "model" and not _is_ephemeral(node)
    }
    with lake.connect(threads=1) as connection:
        rows = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'lake' except "
            "select schema_name, view_name from duckdb_views() "
            "where database_name = 'lake' and sql ilike '%limit 0)%'"
        ).fetchall()
        missing = {name for place, name in models.items() if place not in set(rows)}
        if missing:
            missing |= _outdated(nodes, missing, _columns_held(connection))
    return sorted(missing)


def _columns_held(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    """The columns of the lake's tables, by schema and table."""
    rows = connection.execute(
        "select table_schema, table_name, list(column_name) from information_schema.columns "
        "where table_catalog = 'lake' group by all"
    ).fetchall()
    return {(schema, table): set(columns) for schema, table, columns in rows}


def _outdated(nodes: Mapping[str, Any], missing: Set[str], held: Mapping[tuple[str, str], Set[str]]) -> set[str]:
    """Tables that each run makes anew, looked at by what is missing, that lack a column which their model describes."""
    looked_at = {key for key, node in nodes.items() if node["name"] in missing}
    found: set[str] = set()
    while looked_at:
        parents = {key for child in looked_at for key in nodes[child]["depends_on"].get("nodes", ()) if key in nodes}
        for key in parents:
            node = nodes[key]
            columns = held.get((node["schema"], node["alias"]))
            if node["config"]["materialized"] == "table" and columns and not set(node["columns"]) <= columns:
                found.add(node["name"])
        looked_at = parents
    return found


def add_columns(lake: Lake) -> None:
    """Give tables that only ever grow the columns that a later version describes, null in the rows that are there.

    dbt adds them too, but only when the model is next run, and views look at them before. A column of such a table
    that was not there from the first says its `data_type` in the model's YAML.
    """
    nodes = json.loads(home().manifest.read_text())["nodes"].values()
    growing = [node for node in nodes if node["config"].get("materialized") == "incremental"]
    with lake.connect(threads=1) as connection:
        held = _columns_held(connection)
        for node in growing:
            place = (node["schema"], node["alias"])
            for name, column in node["columns"].items():
                if place in held and name not in held[place] and column["data_type"]:
                    connection.execute(f"alter table {'.'.join(place)} add column {name} {column['data_type']}")


def make_empty_tables(models: Sequence[str]) -> None:
    """Make tables and views, empty, so that each stage finds what it reads from the first run on."""
    views = [
        node["name"]
        for node in json.loads(home().rendered.read_text())["nodes"].values()
        if node["config"]["materialized"] == "view"
    ]
    tables = [model for model in models if model not in views]
    if tables:
        # With the views that they look at: those of another version may lack a column.
        run_dbt(["run", "--empty", "--select", *tables, *(f"+{table},config.materialized:view" for table in tables)])
    # A view made so would stay empty for ever: views are made again as they are meant.
    run_dbt(["run", "--select", *(f"+{model},config.materialized:view" for model in models)])


def seeds_are_loaded(lake: Lake) -> bool:
    """Whether the lake's tables of lists and numbers hold what the files in `dbt/seeds` do."""
    with lake.connect(threads=1) as connection:
        for file in sorted((PROJECT / "seeds").glob("*.csv")):
            table, lines = f"{SEEDS}.{file.stem}", f"read_csv('{file}', all_varchar = true)"
            differing = (
                f"select count(*) from ((select cast(columns(*) as varchar) from {table} except from {lines}) "  # noqa: S608 - names of our own files
                f"union all (from {lines} except select cast(columns(*) as varchar) from {table}))"
            )
            try:
                if connection.execute(differing).fetchone() != (0,):
                    return False
            except (duckdb.CatalogException, duckdb.BinderException):  # no such table, or with other columns
                return False
    return True


def load_seeds() -> None:
    """Fill the lake's tables of lists and numbers from `dbt/seeds`. Raises DbtError where a test of one fails."""
    run_dbt(["build", "--full-refresh", "--select", "resource_type:seed"])


def renew_views(but: Sequence[str] = ()) -> None:
    """Make the views of another version as this one means them; `but` are made already."""
    views = [
        node["name"]
        for node in json.loads(home().manifest.read_text())["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "view" and node["name"] not in but
    ]
    if views:
        run_dbt(["run", "--select", *views])
