"""Finding memories: words (PostgreSQL full text), meaning (pgvector) and what is associated with what was found.

One score a memory: half words, half meaning, each relative to the best, and on top what its associations pass on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from include.language_model.model import LanguageModel

CANDIDATES = 60
"""How many memories each way of looking brings up."""
SPREAD = 0.15
"""Share of a memory's score that passes over a link of full weight."""
WORDS, MEANING = 0.5, 0.5

_WORDS = """
    WITH question AS (
        SELECT string_agg(quote_literal(lexeme), ' | ') AS terms
        FROM unnest(to_tsvector('english', %(text)s))
    ), query AS (
        SELECT to_tsquery('english', terms) AS query FROM question WHERE terms IS NOT NULL
    ), found AS (
        SELECT m.memory_id, 'memory' AS kind, m.content AS text, ts_rank_cd(m.search_vector, q.query, 1 | 32) AS rank
        FROM codex_processed.memory_index m, query q
        WHERE m.search_vector @@ q.query AND (%(tag)s::text IS NULL OR %(tag)s = ANY (m.tags))
        UNION ALL
        SELECT i.memory_id, 'insight', i.key_insight, 0.8 * ts_rank_cd(i.search_vector, q.query, 1 | 32)
        FROM codex_processed.insights i JOIN codex_processed.memory_index m USING (memory_id), query q
        WHERE i.search_vector @@ q.query AND (%(tag)s::text IS NULL OR %(tag)s = ANY (m.tags))
        UNION ALL
        SELECT k.source_memory_id, 'knowledge', k.semantic_gist, 0.8 * ts_rank_cd(k.search_vector, q.query, 1 | 32)
        FROM codex_processed.semantic_memory k
        JOIN codex_processed.memory_index m ON m.memory_id = k.source_memory_id, query q
        WHERE NOT k.is_archived AND k.search_vector @@ q.query AND (%(tag)s::text IS NULL OR %(tag)s = ANY (m.tags))
    ), best AS (
        SELECT DISTINCT ON (memory_id) memory_id, kind, text, rank FROM found ORDER BY memory_id, rank DESC, kind
    )
    SELECT memory_id, kind, text, rank FROM best ORDER BY rank DESC, memory_id LIMIT %(limit)s
"""

_MEANING = """
    SELECT memory_id, 'memory', content, 1 - (embedding <=> %(vector)s::vector) AS cosine
    FROM codex_processed.memory_index
    WHERE embedding IS NOT NULL AND embedding_model = %(model)s
        AND (%(tag)s::text IS NULL OR %(tag)s = ANY (tags))
    ORDER BY embedding <=> %(vector)s::vector, memory_id
    LIMIT %(limit)s
"""

_NEIGHBOURS = """
    SELECT links.source, links.target, links.weight, m.content
    FROM (
        SELECT memory_a AS source, memory_b AS target, weight FROM codex_processed.associations
        WHERE memory_a = ANY (%(ids)s)
        UNION ALL
        SELECT memory_b, memory_a, weight FROM codex_processed.associations WHERE memory_b = ANY (%(ids)s)
    ) AS links
    JOIN codex_processed.memory_index m ON m.memory_id = links.target
    WHERE %(tag)s::text IS NULL OR %(tag)s = ANY (m.tags)
"""


@dataclass
class Found:
    """A memory that answers a question: what of it matched best (memory, insight, knowledge), and why."""

    memory_id: UUID
    score: float
    kind: str
    text: str
    why: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """For `--json` and `--batch`."""
        return {"memory_id": str(self.memory_id), "score": round(self.score, 6), "kind": self.kind, "text": self.text}


def find(
    store: psycopg.Connection[Any], model: LanguageModel, text: str, *, k: int = 10, tag: str | None = None
) -> list[Found]:
    """The `k` memories that answer `text` best, best first; only those with `tag`, where one is given."""
    question = {"text": text, "tag": tag, "limit": max(CANDIDATES, 2 * k)}
    found: dict[UUID, Found] = {}
    words = store.execute(_WORDS, question).fetchall()
    _add(found, words, "words", WORDS)
    vector = model.embed([text], "query")[0]
    meaning = store.execute(
        _MEANING,
        {**question, "vector": str(vector.tolist()), "model": model.identity("embeddings").model},
    ).fetchall()
    _add(found, [row for row in meaning if row[3] > 0], "meaning", MEANING)
    _spread(store, found, tag)
    ranked = sorted(found.values(), key=lambda item: (-item.score, str(item.memory_id)))
    return ranked[:k]


def _add(found: dict[UUID, Found], rows: Sequence[tuple[Any, ...]], way: str, weight: float) -> None:
    best = max((row[3] for row in rows), default=0.0)
    for memory_id, kind, text, rank in rows:
        share = weight * rank / best if best > 0 else 0.0
        item = found.setdefault(memory_id, Found(memory_id, 0.0, kind, text, {}))
        item.score += share
        item.why[way] = round(share, 4)


def _spread(store: psycopg.Connection[Any], found: dict[UUID, Found], tag: str | None) -> None:
    """What is linked with what was found comes to mind, too (spreading activation, one step)."""
    direct = {memory_id: item.score for memory_id, item in found.items()}
    for source, target, weight, content in store.execute(_NEIGHBOURS, {"ids": list(direct), "tag": tag}).fetchall():
        item = found.setdefault(target, Found(target, 0.0, "memory", content, {}))
        share = SPREAD * weight * direct[source]
        if share > item.why.get("association", 0.0):
            item.score += share - item.why.get("association", 0.0)
            item.why["association"] = round(share, 4)


def record_retrievals(store: psycopg.Connection[Any], found: Sequence[Found], reader: str) -> None:
    """Write down what was recalled: recall strengthens (Roediger & Karpicke 2006)."""
    with store.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO codex_processed.retrievals (memory_id, reader) VALUES (%s, %s)",
            [(item.memory_id, reader) for item in found],
        )
