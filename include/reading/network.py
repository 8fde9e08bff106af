"""The network of associations as a drawing: the strongest links, or the links around one memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import networkx as nx
import psycopg

from include.reading.latest import published

STRONGEST = 70
"""Links of the whole network that are drawn."""
NEIGHBOURS = 14
"""Links of one memory that are drawn, the strongest first; and the links among those it leads to."""

_STRONGEST = """
    SELECT memory_a, memory_b, weight, is_dream_only FROM codex_processed.associations
    ORDER BY weight DESC, memory_a, memory_b LIMIT %(most)s
"""

_AROUND = """
    WITH of_it AS (
        SELECT memory_a, memory_b, weight, is_dream_only FROM codex_processed.associations
        WHERE %(memory)s IN (memory_a, memory_b)
        ORDER BY weight DESC, memory_a, memory_b LIMIT %(most)s
    ), near AS (
        SELECT memory_a AS memory_id FROM of_it UNION SELECT memory_b FROM of_it
    )
    SELECT memory_a, memory_b, weight, is_dream_only FROM of_it
    UNION
    SELECT memory_a, memory_b, weight, is_dream_only FROM codex_processed.associations
    WHERE memory_a IN (SELECT memory_id FROM near) AND memory_b IN (SELECT memory_id FROM near)
    ORDER BY weight DESC, memory_a, memory_b
"""

_NODES = """
    SELECT memory_id, title, semantic_category, coalesce(strength, 0)
    FROM codex_processed.memory_dashboard WHERE memory_id = ANY (%(ids)s) ORDER BY memory_id
"""


@dataclass(frozen=True)
class Node:
    """A memory and its place: `x` and `y` from 0 to 1; `strength` from 0 to 1; `field` is null before knowledge."""

    memory_id: UUID
    title: str
    field: str | None
    strength: float
    x: float
    y: float


@dataclass(frozen=True)
class Link:
    """An association between two nodes; `weight` from 0 to 1."""

    a: Node
    b: Node
    weight: float
    is_dream_only: bool


@dataclass(frozen=True)
class Network:
    """The memories and associations to draw, the strongest link first."""

    nodes: list[Node]
    links: list[Link]


def network(store: psycopg.Connection[Any], around: UUID | None = None) -> Network:
    """The strongest associations, or those around one memory. The same rows give the same drawing.

    Raises CodexError where nothing was published. Placed by forces (Fruchterman & Reingold 1991): what is associated
    strongly lies close.
    """
    with published():
        rows = (
            store.execute(_STRONGEST, {"most": STRONGEST})
            if around is None
            else store.execute(_AROUND, {"memory": around, "most": NEIGHBOURS})
        ).fetchall()
        described = store.execute(_NODES, {"ids": list({end for row in rows for end in row[:2]})}).fetchall()
    graph: nx.Graph[UUID] = nx.Graph()
    graph.add_nodes_from(sorted(row[0] for row in described))
    graph.add_weighted_edges_from((a, b, weight) for a, b, weight, _ in rows if graph.has_node(a) and graph.has_node(b))
    places = _layout(graph)
    nodes = {
        memory_id: Node(memory_id, " ".join(title.split()), field, float(strength), *places[memory_id])
        for memory_id, title, field, strength in described
    }
    links = [
        Link(nodes[a], nodes[b], float(weight), bool(dream)) for a, b, weight, dream in rows if {a, b} <= nodes.keys()
    ]
    return Network(list(nodes.values()), links)


def _layout(graph: nx.Graph[UUID]) -> dict[UUID, tuple[float, float]]:
    if not graph:
        return {}
    # The seed is of the layout's beginning, so that a drawing does not jump between two looks at it.
    found = nx.spring_layout(graph, seed=1, iterations=150, k=1.6 / len(graph) ** 0.5)
    low = [min(place[axis] for place in found.values()) for axis in (0, 1)]
    span = [(max(place[axis] for place in found.values()) - low[axis]) or 1.0 for axis in (0, 1)]
    return {
        node: (float((place[0] - low[0]) / span[0]), float((place[1] - low[1]) / span[1]))
        for node, place in found.items()
    }
