"""What is published: for each served table its view in the lake (dbt/models/served), columns, key and lineage.

All of it is read from the dbt manifest. Columns that every served table has beside these are the publisher's: `as_of`
(the run's) and `row_hash` (over the rest).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from include.errors import CodexError
from include.settings import home

IMPORTED = "imported"
"""The `row_hash` of rows that were imported (`include/transfer/import_records.py`): the lake knows nothing of them."""

_FOLDER = "served"


@dataclass(frozen=True)
class ServedTable:
    """One table of `codex_processed`, published by key from a view of the lake (`relation`).

    `read_from` are names of models: the view and those that it selects from; `made_of` adds all that those are made of.
    """

    name: str
    relation: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    read_from: frozenset[str]
    made_of: frozenset[str]


def served_table(name: str) -> ServedTable:
    """The served table of this name. Raises CodexError where the dbt project publishes none."""
    try:
        return served_tables()[name]
    except (FileNotFoundError, KeyError):
        raise CodexError(
            f"dbt's manifest {home().manifest} has no model that is served as {name}: `make setup` (or `./codex up`) "
            "makes it anew."
        ) from None


def served_tables() -> Mapping[str, ServedTable]:
    """All, by name. Which rhythm publishes which is in `include/rhythms/catalogue.py`."""
    return _served_tables(home().manifest.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _served_tables(_version: int) -> Mapping[str, ServedTable]:
    manifest = json.loads(home().manifest.read_text())
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    parents = {key: [parent for parent in manifest["parent_map"][key] if parent in models] for key in models}
    closure: dict[str, frozenset[str]] = {}

    def reach(key: str) -> frozenset[str]:
        if key not in closure:
            closure[key] = frozenset({models[key]["name"]}).union(*map(reach, parents[key]))
        return closure[key]

    return {
        node["alias"]: ServedTable(
            name=node["alias"],
            relation=node["relation_name"],
            key=_key(node),
            columns=tuple(node["columns"]),
            read_from=frozenset({node["name"], *(models[parent]["name"] for parent in parents[key])}),
            made_of=reach(key),
        )
        for key, node in models.items()
        if node["schema"] == _FOLDER
    }


def _key(node: Mapping[str, Any]) -> tuple[str, ...]:
    [key] = (constraint["columns"] for constraint in node["constraints"] if constraint["type"] == "primary_key")
    return tuple(key)
