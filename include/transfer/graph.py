"""Export as one graph, in GraphML (Gephi, yEd, Cytoscape, networkx): by networkx.

Nodes are memories and what was learned of them: insights, episodes, knowledge, dreams, threads, commitments, changes of
mind, questions and corrections. Edges are associations (with a weight), and lead from each of the others to the
memories it was derived from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

RELATIONS = {
    "insight": "understood_from",
    "episode": "holds",
    "knowledge": "known_from",
    "dream": "dreamt_of",
    "thread": "goes_through",
    "commitment": "noted_in",
    "change": "changed_by",
    "question": "asked_about",
    "correction": "corrects",
    "association": "associated_with",
}
"""The `relation` of an edge, by the kind of record it comes from."""


def write_graph(records: Iterable[Mapping[str, Any]], output: BinaryIO) -> int:
    """Write records as an undirected GraphML graph; returns how many records there were."""
    import networkx as nx  # slow, and other formats need none of it

    graph: nx.MultiGraph[str] = nx.MultiGraph(name="codex dreams")
    count = 0
    for record in records:
        count += 1
        ends = [str(memory) for memory in record["memory_ids"]]
        if record["kind"] == "association":
            a, b = ends
            graph.add_edge(a, b, relation=RELATIONS["association"], **_attributes(record, ("memory_ids", "id")))
            continue
        # A memory is its id; knowledge, insights and the others have their kind before it.
        node = str(record["id"]) if record["kind"] == "memory" else f"{record['kind']}:{record['id']}"
        graph.add_node(node, **_attributes(record, ("memory_ids", "id")))
        if record["kind"] in RELATIONS:
            for end in ends:
                graph.add_edge(node, end, relation=RELATIONS[record["kind"]], kind=record["kind"])
    nx.write_graphml(graph, output, encoding="utf-8", infer_numeric_types=True)
    return count


def _attributes(record: Mapping[str, Any], without: tuple[str, ...]) -> dict[str, str | int | float | bool]:
    """Values as GraphML has them: lists as JSON, nothing where there is nothing, no character that XML forbids."""
    return {
        name: _NOT_IN_XML.sub("\ufffd", value)
        if isinstance(value, str)
        else value
        if isinstance(value, bool | int | float)
        else json.dumps(value, ensure_ascii=False)
        for name, value in record.items()
        if name not in without and value is not None
    }
