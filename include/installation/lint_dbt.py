"""Check the dbt project's models with dbt-score: their length, heads, descriptions and tests (`[tool.dbt-score]`).

What a model's columns are is asked of the lake, or, of a part of other models, of its compiled code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from include.dbt_project.project import run_dbt
from include.installation.environment import store_running
from include.installation.prepare import prepare
from include.internals import close_dbts_lake
from include.lake.connection import configured_lake
from include.settings import REPOSITORY, home


def main() -> int:
    """Returns dbt-score's exit code: 0 where every model keeps every rule."""
    with store_running():
        prepare(lambda _: None)
        manifest = json.loads(home().manifest.read_text())
        made = columns(manifest["nodes"])
    unit_tests: defaultdict[str, list[str]] = defaultdict(list)
    for test in manifest["unit_tests"].values():
        unit_tests[test["model"]].append(test["name"])
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            name = node["name"]
            node["meta"] = {**node["meta"], "made": made[name], "unit_tests": unit_tests[name]}
    path = home().root / "dbt" / "linted.json"
    path.write_text(json.dumps(manifest))
    command = [sys.executable, "-m", "dbt_score", "lint", "--manifest", str(path), "--show", "failing-rules"]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode


def columns(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The columns of each model, by its name, in their order. The lake must have all tables."""
    models = [node for node in nodes.values() if node["resource_type"] == "model"]
    parts = {node["name"] for node in models if node["config"]["materialized"] == "ephemeral"}
    code: dict[str, str] = {}
    if parts:
        done: Any = run_dbt(["compile", "--select", "config.materialized:ephemeral"])
        code = {item.node.name: item.node.compiled_code for item in done.result.results if item.node.name in parts}
        close_dbts_lake()
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    with configured_lake().connect(store=True, threads=1) as lake:
        for schema, table, column in lake.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'lake' "
            "order by schema_name, table_name, column_index"
        ).fetchall():
            found[schema, table].append(column)
        described = {name: [row[0] for row in lake.execute(f"describe {sql}").fetchall()] for name, sql in code.items()}
    return {node["name"]: described.get(node["name"], found[node["schema"], node["alias"]]) for node in models}


if __name__ == "__main__":
    sys.exit(main())
