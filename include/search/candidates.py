"""Bringing up what may answer: by words, by meaning, by date; then what stands beside it and what is linked with it.

What PostgreSQL does here costs about the same with ten thousand memories as with a million: common words bring up
nothing as long as rarer ones do, vectors are found along their index, and neighbours are looked up one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from include.search.question import Question

BY_WORDS, BY_MEANING, BY_DATE = 160, 60, 40
"""How many memories each way of looking brings up."""
SEEDS, SEEDS_BY_MEANING = 60, 20
"""The neighbours of so many are brought up, too: the best by words, and by meaning."""
READING = 1_500
"""Rows that the words of a question may bring up, before its commonest words are left out."""
TAGGED = 50_000
"""Memories with a tag are counted up to so many."""
BESIDE = 3
"""Neighbours before and after a memory, in its stream."""
PAUSE = timedelta(minutes=30)
"""A longer pause ends a stream: memories of the same tags and context that follow each other."""
SHOWN = 3_000
"""Characters of a memory that ranking looks at."""
INDEXED_DIMENSIONS = frozenset({512, 768, 1024})
"""Dimensions of vectors that have an index (migration 0006); others are compared with all."""


@dataclass(frozen=True)
class Filters:
    """What may be found: with any of the tags, from `since` to before `until`, of at least this strength (0 to 1)."""

    tags: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    strength: float | None = None

    def bound(self) -> dict[str, Any]:
        """As parameters of the queries below."""
        return {"tags": list(self.tags) or None, "since": self.since, "until": self.until, "strength": self.strength}


FILTER = """
    (%(tags)s::text[] IS NULL OR m.tags && %(tags)s::text[])
    AND (%(since)s::timestamptz IS NULL OR m.created_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR m.created_at < %(until)s)
    AND (%(strength)s::float8 IS NULL OR %(strength)s <= (
        SELECT s.strength FROM codex_processed.memory_strengths s WHERE s.memory_id = m.memory_id
    ))
"""

_BY_WORDS = f"""
    SELECT t.term, m.memory_id, m.created_at, m.tags, m.context
    FROM unnest(%(terms)s::int[], %(queries)s::text[]) AS t (term, query)
    CROSS JOIN LATERAL (
        SELECT m.* FROM codex_processed.memory_index m
        WHERE m.search_vector @@ t.query::tsquery AND {FILTER}
        LIMIT {READING}
    ) AS m
"""

_BY_DERIVED_WORDS = f"""
    SELECT d.memory_id, d.kind, d.text, d.held
    FROM (
        SELECT i.memory_id, 'insight' AS kind, i.key_insight AS text, tsvector_to_array(i.search_vector) AS held
        FROM codex_processed.insights i WHERE i.search_vector @@ %(any)s::tsquery
        UNION ALL
        SELECT k.source_memory_id, 'knowledge', k.semantic_gist, tsvector_to_array(k.search_vector)
        FROM codex_processed.semantic_memory k
        WHERE NOT k.is_archived AND k.search_vector @@ %(any)s::tsquery
            AND (%(until)s::timestamptz IS NULL OR k.valid_from IS NULL OR k.valid_from < %(until)s)
    ) AS d JOIN codex_processed.memory_index m USING (memory_id)
    WHERE {FILTER}
    LIMIT {READING}
"""

# So many come back from the index; those that the filters leave out are made up for.
_BY_INDEX = """
    SELECT
        set_config('hnsw.ef_search', least(greatest(%(most)s::int, 40), 1000)::text, false),
        set_config('hnsw.iterative_scan', 'relaxed_order', false)
"""

_BY_DATE = f"""
    SELECT m.memory_id FROM codex_processed.memory_index m
    WHERE m.created_at >= %(first)s AND m.created_at < %(last)s AND {FILTER}
    ORDER BY m.created_at, m.memory_id LIMIT {BY_DATE}
"""

# "IS NOT DISTINCT FROM" keeps PostgreSQL from reading all memories with the tags by their index.
_BESIDE = f"""
    SELECT
        m.memory_id,
        ARRAY(
            SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE (n.created_at, n.memory_id) < (m.created_at, m.memory_id) AND n.created_at >= m.created_at - %(pause)s
                AND n.tags IS NOT DISTINCT FROM m.tags AND n.context IS NOT DISTINCT FROM m.context
                AND (%(until)s::timestamptz IS NULL OR n.created_at < %(until)s)
            ORDER BY n.created_at DESC, n.memory_id DESC LIMIT {BESIDE}
        ),
        ARRAY(
            SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE (n.created_at, n.memory_id) > (m.created_at, m.memory_id) AND n.created_at <= m.created_at + %(pause)s
                AND n.tags IS NOT DISTINCT FROM m.tags AND n.context IS NOT DISTINCT FROM m.context
                AND (%(until)s::timestamptz IS NULL OR n.created_at < %(until)s)
            ORDER BY n.created_at, n.memory_id LIMIT {BESIDE}
        )
    FROM codex_processed.memory_index m WHERE m.memory_id = ANY (%(ids)s)
"""

_SUPERSEDED = """
    SELECT k.source_memory_id, newer.source_memory_id
    FROM codex_processed.semantic_memory k
    JOIN codex_processed.semantic_memory newer ON k.superseded_by IN (newer.id, newer.source_memory_id)
    WHERE k.source_memory_id = ANY (%(ids)s) AND k.superseded_at IS NOT NULL
        AND (%(until)s::timestamptz IS NULL OR k.superseded_at < %(until)s)
"""

_LINKED = """
    SELECT links.source, links.target, links.weight FROM (
        SELECT memory_a AS source, memory_b AS target, weight FROM codex_processed.associations
        WHERE memory_a = ANY (%(ids)s)
        UNION ALL
        SELECT memory_b, memory_a, weight FROM codex_processed.associations WHERE memory_b = ANY (%(ids)s)
    ) AS links
"""

_READ = f"""
    SELECT
        m.memory_id, left(m.content, {SHOWN}), m.summary, m.created_at, m.tags, m.context, m.speaker, s.strength,
        m.search_vector::text,
        CASE WHEN m.embedding_model = %(model)s THEN 1 - (m.embedding <=> %(vector)s::vector) END,
        {FILTER}
    FROM codex_processed.memory_index m
    LEFT JOIN codex_processed.memory_strengths s USING (memory_id)
    WHERE m.memory_id = ANY (%(ids)s)
"""


@dataclass
class Memory:
    """A memory that may answer."""

    memory_id: UUID
    content: str
    summary: str | None
    created_at: datetime
    stream: tuple[Any, ...]
    """Its tags and context: memories of one stream, with no long pause between, belong together."""
    speaker: str | None
    strength: float
    """0 to 1; 0 for a memory that left no trace."""
    length: int
    """Words of summary and content, each as often as it occurs."""
    positions: dict[str, list[int]]
    """Lexeme of the question → where it stands."""
    cosine: float
    """With the question; 0 where it can't be compared."""
    allowed: bool
    """Whether the filters let it be a result. Others only lend their words to their neighbours."""


@dataclass
class Candidates:
    """All that was brought up for a question."""

    memories: list[Memory] = field(default_factory=list)
    before: dict[UUID, UUID] = field(default_factory=dict)
    """Memory → the one before it in its stream."""
    links: list[tuple[UUID, UUID, float]] = field(default_factory=list)
    """(from, to, weight of the association)"""
    said: dict[UUID, list[tuple[str, str, frozenset[str]]]] = field(default_factory=dict)
    """Memory → (kind, text, lexemes) of the insights and the knowledge that were drawn from it."""
    superseded: dict[UUID, UUID] = field(default_factory=dict)
    """Memory → the one whose knowledge superseded its own."""
    matches: dict[int, list[tuple[UUID, datetime, tuple[Any, ...]]]] = field(default_factory=dict)
    """Number of a term → the memories that hold it: (id, instant, stream)."""


def _quoted(lexemes: Sequence[str]) -> str:
    return " | ".join("'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'" for lexeme in lexemes)


def _arms(question: Question) -> tuple[list[int], list[str]]:
    """Which terms bring up memories, the rarest first, until enough rows are to be read.

    Terms that are too common bring up only what also holds a rarer one, or one another.
    """
    order = sorted(range(len(question.terms)), key=lambda number: question.terms[number].memories)
    numbers: list[int] = []
    queries: list[str] = []
    rows, common = 0, []
    for number in order:
        term = question.terms[number]
        rows += term.memories
        if rows <= READING or not term.memories:
            numbers.append(number)
            queries.append(_quoted(term.lexemes))
        else:
            common.append(number)
    for place, number in enumerate(common[:4]):
        for other in (order[: order.index(number)] if not numbers else common[:place])[:4]:
            pair = [_quoted(question.terms[one].lexemes) for one in (number, other)]
            numbers.append(number)
            queries.append(f"({pair[0]}) & ({pair[1]})")
    if not numbers and common:
        numbers.append(common[0])
        queries.append(_quoted(question.terms[common[0]].lexemes))
    return numbers, queries


def _span(question: Question) -> tuple[date, date] | None:
    """The days that a fully named date points to."""
    for day in question.days:
        if day.year and day.month and day.day:
            try:
                first = date(day.year, day.month, day.day)
            except ValueError:
                continue
            return first - timedelta(days=1), first + timedelta(days=3)
    return None


def bring_up(
    store: psycopg.Connection[Any], question: Question, vector: Any, model: str, filters: Filters, *, most: int = 10
) -> tuple[Question, Candidates]:
    """What may answer a question: best guesses and their surroundings, at most some hundred memories.

    The question comes back with the rarity its words have among what the filters let through.
    """
    found = Candidates()
    given = filters.bound()
    guessed: dict[UUID, float] = {}
    if question.terms:
        question = _by_words(store, question, found, guessed, given)
    by_words = sorted(guessed, key=lambda memory_id: (-guessed[memory_id], memory_id.int))[: max(BY_WORDS, 2 * most)]
    literal = str(vector.tolist())
    by_meaning = _by_meaning(store, literal, len(vector), model, given | {"most": max(BY_MEANING, most)})
    ids = dict.fromkeys(by_words[:SEEDS] + by_meaning[:SEEDS_BY_MEANING])
    if span := _span(question):
        rows = store.execute(_BY_DATE, given | {"first": span[0], "last": span[1]}).fetchall()
        ids |= dict.fromkeys(row[0] for row in rows)
    seeds = list(ids)
    ids |= dict.fromkeys(by_words + by_meaning)
    for memory_id, before, after in store.execute(_BESIDE, given | {"ids": seeds, "pause": PAUSE}).fetchall():
        row = [*reversed(before), memory_id, *after]
        found.before |= dict(zip(row[1:], row, strict=False))
        ids |= dict.fromkeys(row)
    found.links = [tuple(row) for row in store.execute(_LINKED, {"ids": seeds[:30]}).fetchall()]
    strongest = sorted(found.links, key=lambda link: (-link[2], str(link[1])))
    ids |= dict.fromkeys(target for _, target, _ in strongest[:60])
    found.superseded = dict(store.execute(_SUPERSEDED, given | {"ids": list(ids)}).fetchall())
    ids |= dict.fromkeys(found.superseded.values())
    looked_for = {lexeme: f" {_quoted([lexeme])}:" for term in question.terms for lexeme in term.lexemes}
    asked = given | {"ids": list(ids), "vector": literal, "model": model}
    found.memories = sorted(
        (_memory(row, looked_for) for row in store.execute(_READ, asked).fetchall()),
        key=lambda memory: memory.memory_id.int,
    )
    return question, found


def _by_words(
    store: psycopg.Connection[Any],
    question: Question,
    found: Candidates,
    guessed: dict[UUID, float],
    given: dict[str, Any],
) -> Question:
    numbers, queries = _arms(question)
    seen: set[tuple[int, UUID]] = set()
    for term, memory_id, created_at, tags, context in store.execute(
        _BY_WORDS, given | {"terms": numbers, "queries": queries}
    ).fetchall():
        if (term, memory_id) in seen:
            continue
        seen.add((term, memory_id))
        found.matches.setdefault(term, []).append((memory_id, created_at, (tuple(tags), context)))
    if given["tags"] is not None:
        counted = {number: len(found.matches.get(number, ())) for number in numbers}
        question = question.among(_tagged(store, given), counted)
    for number, matched in found.matches.items():
        for memory_id, _, _ in matched:
            guessed[memory_id] = guessed.get(memory_id, 0.0) + question.terms[number].rarity
    rare = [query for query in queries if " & " not in query]
    if not rare:
        return question
    rarity = {lexeme: term.rarity for term in question.terms for lexeme in term.lexemes}
    for memory_id, kind, text, held in store.execute(_BY_DERIVED_WORDS, given | {"any": " | ".join(rare)}).fetchall():
        lexemes = frozenset(held)
        found.said.setdefault(memory_id, []).append((kind, text, lexemes))
        worth = 0.8 * sum(rarity[lexeme] for lexeme in lexemes & rarity.keys())
        guessed[memory_id] = max(guessed.get(memory_id, 0.0), worth)
    return question


def _tagged(store: psycopg.Connection[Any], given: dict[str, Any]) -> int:
    row = store.execute(
        "SELECT count(*) FROM (SELECT FROM codex_processed.memory_index m WHERE m.tags && %(tags)s::text[] "
        f"LIMIT {TAGGED}) AS tagged",
        given,
    ).fetchone()
    return int(row[0]) if row else 0


def _by_meaning(
    store: psycopg.Connection[Any], literal: str, dimension: int, model: str, given: dict[str, Any]
) -> list[UUID]:
    if dimension in INDEXED_DIMENSIONS:
        distance = f"(m.embedding::halfvec({dimension})) <=> %(vector)s::halfvec({dimension})"
    else:
        distance = "m.embedding <=> %(vector)s::vector"
    store.execute(_BY_INDEX, {"most": str(given["most"])})
    rows = store.execute(
        f"SELECT m.memory_id FROM codex_processed.memory_index m "
        f"WHERE vector_dims(m.embedding) = {dimension} AND m.embedding_model = %(model)s AND {FILTER} "
        f"ORDER BY {distance} LIMIT %(most)s",
        given | {"vector": literal, "model": model},
    ).fetchall()
    return [row[0] for row in rows]


def _memory(row: tuple[Any, ...], looked_for: Mapping[str, str]) -> Memory:
    memory_id, content, summary, created_at, tags, context, speaker, strength, vector, cosine, allowed = row
    return Memory(
        memory_id, content, summary, created_at, (tuple(tags), context), speaker, strength or 0.0,
        *_read_vector(vector, looked_for), max(0.0, cosine or 0.0), bool(allowed),
    )  # fmt: skip


def _read_vector(vector: str, looked_for: Mapping[str, str]) -> tuple[int, dict[str, list[int]]]:
    """How long a memory is, and where the words of the question stand, from its vector as text.

    `'cach':3B,9B 'home':12C` holds two words; the letters, for summary, content and context, are its only capitals.
    Reading this takes a tenth of the time that PostgreSQL needs to take a vector apart.
    """
    positions = {}
    listed = f" {vector}"
    for lexeme, mark in looked_for.items():
        start = listed.find(mark)
        if start >= 0:
            where = listed[start + len(mark) :].split(" ", 1)[0]
            positions[lexeme] = [int(place.rstrip("ABC")) for place in where.split(",")]
    return vector.count("A") + vector.count("B"), positions
