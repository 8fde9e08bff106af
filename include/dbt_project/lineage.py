"""What a model's table is made from, in the words of OpenLineage: tables have a namespace and a name in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from psycopg.conninfo import conninfo_to_dict

from include.dbt_project.project import made_from
from include.settings import home, settings
from include.store.address import store_url


class Table(NamedTuple):
    """A table or view: of the lake, by its address and `schema.table`, or of the store, as PostgreSQL's are named."""

    namespace: str
    name: str


def lineage(model: str) -> tuple[Table, list[Table]]:
    """The table of a model, and those that it is made from, by the manifest. Raises KeyError for no model."""
    manifest = json.loads(home().manifest.read_text())
    known: Mapping[str, Mapping[str, Any]] = {**manifest["sources"], **manifest["nodes"]}
    key = {node["name"]: key for key, node in known.items() if node["resource_type"] == "model"}[model]
    return _table(known[key]), [_table(known[parent]) for parent in made_from(known, key) if parent in known]


def _table(node: Mapping[str, Any]) -> Table:
    name = f"{node['schema']}.{node.get('identifier') or node['alias']}"
    if node["database"] == "lake":
        path = settings().lake_path
        return Table(path if "://" in path else Path(path).as_uri(), name)
    store = conninfo_to_dict(store_url())
    host = str(store.get("host") or "localhost")
    if host.startswith("/"):  # a socket of this machine
        host = "localhost"
    return Table(f"postgres://{host}:{store.get('port') or 5432}", f"{store['dbname']}.{name}")
