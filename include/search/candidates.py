"""Candidates for an answer: by words, by meaning, by date; then their neighbours and associates.

What PostgreSQL does here costs about the same with ten thousand memories as with a million: common words bring up
nothing as long as rarer ones do, vectors are found along their index, and neighbours are looked up one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from include.search.question import Question

BY_WORDS, BY_MEANING, BY_DATE = 160, 60, 40
"""How many memories each way of looking brings up."""
SEEDS, SEEDS_BY_MEANING = 60, 20
"""The neighbours of so many are brought up, too: the best by words, and by meaning."""
READING = 1_500
"""Rows that the words of a question may bring up, before its commonest words are left out."""
COMMON_TAG = 0.05
"""A tag that this share of all memories has is not looked up in the index of tags."""
TAGGED = 50_000
"""Memories with a tag are counted where there are so many memories at most; beyond, PostgreSQL's statistics have it."""
BESIDE = 3
"""Neighbours before and after a memory, in its stream."""
PAUSE = timedelta(minutes=30)
"""A longer pause ends a stream: memories of the same tags and context that follow each other."""
SHOWN = 3_000
"""Characters of a memory that ranking looks at."""
PART = 64
"""Memories that are read at once: while PostgreSQL reads the next, Python takes these apart."""
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

    def condition(self, *, by_tag: bool = True) -> str:
        """What a memory `m` must fulfil, in SQL; only of what is asked for, so that one plan does for all questions.

        Without `by_tag`, the index of tags is not used: a rare word leaves little to look at, or many have the tag.
        """
        asked = {name: text for name, text in _CONDITIONS.items() if self.bound()[name] is not None}
        if not by_tag and "tags" in asked:
            asked["tags"] = _UNINDEXED.format(asked["tags"])
        return " AND ".join(asked.values()) or "true"


_UNINDEXED = "({}) IS TRUE"
"""Keeps PostgreSQL from reading all that a tag has in its index."""
_CONDITIONS = {
    "tags": "m.tags && %(tags)s::text[]",
    "since": "m.created_at >= %(since)s",
    "until": "m.created_at < %(until)s",
    "strength": """%(strength)s <= (
        SELECT s.strength FROM codex_processed.memory_strengths s WHERE s.memory_id = m.memory_id
    )""",
}

# What was matched comes packed, sixteen bytes of an id, eight each of a stream and an instant: the words of a question
# bring up to 1,500 of them, most of which are only counted.
_BY_WORDS = """
    SELECT t.term, string_agg(
        uuid_send(m.memory_id) || int8send(codex_processed.stream_of(m.tags, m.context))
            || timestamptz_send(m.created_at), ''
    )
    FROM unnest(%(terms)s::int[], %(queries)s::text[], %(alone)s::bool[]) AS t (term, query, alone)
    CROSS JOIN LATERAL (
        (SELECT m.memory_id, m.tags, m.context, m.created_at FROM codex_processed.memory_index m
        WHERE t.alone AND m.search_vector @@ t.query::tsquery AND {unindexed}
        LIMIT {reading})
        UNION ALL
        (SELECT m.memory_id, m.tags, m.context, m.created_at FROM codex_processed.memory_index m
        WHERE NOT t.alone AND m.search_vector @@ t.query::tsquery AND {condition}
        LIMIT {reading})
    ) AS m
    GROUP BY t.term
"""
_MATCH = np.dtype([("memory", "S16"), ("stream", ">i8"), ("at", ">i8")])

_BY_DERIVED_WORDS = """
    SELECT t.term, d.kind, string_agg(uuid_send(d.memory_id), '')
    FROM unnest(%(rare)s::int[], %(rare_queries)s::text[]) AS t (term, query)
    CROSS JOIN LATERAL (
        (SELECT i.memory_id, 1 AS kind FROM codex_processed.insights i
        WHERE i.search_vector @@ t.query::tsquery AND {of_insight} LIMIT {reading})
        UNION ALL
        (SELECT k.source_memory_id, 2 FROM codex_processed.semantic_memory k
        WHERE k.search_vector @@ t.query::tsquery AND {of_knowledge} LIMIT {reading})
    ) AS d
    GROUP BY t.term, d.kind
"""
_HOLDS = "NOT k.is_archived"
_HELD_THEN = _HOLDS + " AND (k.valid_from IS NULL OR k.valid_from < %(until)s)"
"""Whether knowledge `k` holds; at the instant that is asked about."""

# The frequencies of a column's commonest elements are as of the last ANALYZE.
_TAGGED = """
    SELECT coalesce(
        (
            SELECT (least(sum(common.frequency), 1) * total.memories)::bigint
            FROM pg_stats s
            CROSS JOIN LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs)
                AS common (tag, frequency)
            WHERE total.memories > %(counted)s AND s.schemaname = 'codex_processed' AND s.tablename = 'memory_index'
                AND s.attname = 'tags' AND common.tag = ANY (%(tags)s::text[])
            HAVING count(*) > 0
        ),
        (
            SELECT count(*) FROM (
                SELECT FROM codex_processed.memory_index m WHERE m.tags && %(tags)s::text[] LIMIT %(counted)s
            ) AS tagged
        )
    )
    FROM codex_processed.search_totals AS total
"""

# So many come back from the index; those that the filters leave out are made up for.
_BY_INDEX = """
    SELECT
        set_config('hnsw.ef_search', least(greatest(%(most)s::int, 40), 1000)::text, false),
        set_config('hnsw.iterative_scan', 'relaxed_order', false)
"""

_BY_DATE = """
    SELECT m.memory_id::text FROM codex_processed.memory_index m
    WHERE m.created_at >= %(first)s AND m.created_at < %(last)s AND {condition}
    ORDER BY m.created_at, m.memory_id LIMIT {most}
"""

_BESIDE = """
    SELECT
        m.memory_id::text,
        ARRAY(
            SELECT n.memory_id::text FROM codex_processed.memory_index n
            WHERE codex_processed.stream_of(n.tags, n.context) = codex_processed.stream_of(m.tags, m.context)
                AND (n.created_at, n.memory_id) < (m.created_at, m.memory_id)
                AND n.created_at >= m.created_at - %(pause)s::interval {then}
            ORDER BY n.created_at DESC, n.memory_id DESC LIMIT {beside}
        ),
        ARRAY(
            SELECT n.memory_id::text FROM codex_processed.memory_index n
            WHERE codex_processed.stream_of(n.tags, n.context) = codex_processed.stream_of(m.tags, m.context)
                AND (n.created_at, n.memory_id) > (m.created_at, m.memory_id)
                AND n.created_at <= m.created_at + %(pause)s::interval {then}
            ORDER BY n.created_at, n.memory_id LIMIT {beside}
        )
    FROM codex_processed.memory_index m WHERE m.memory_id = ANY (%(ids)s::uuid[])
"""

_LINKED = """
    SELECT memory_a::text, memory_b::text, weight FROM codex_processed.associations
    WHERE memory_a = ANY (%(ids)s::uuid[])
    UNION ALL
    SELECT memory_b::text, memory_a::text, weight FROM codex_processed.associations
    WHERE memory_b = ANY (%(ids)s::uuid[])
"""

_SUPERSEDED = """
    SELECT k.source_memory_id::text, newer.source_memory_id::text
    FROM codex_processed.semantic_memory k
    JOIN codex_processed.semantic_memory newer ON k.superseded_by IN (newer.id, newer.source_memory_id)
    WHERE k.source_memory_id = ANY (%(ids)s::uuid[]) AND k.superseded_at IS NOT NULL {then}
"""

_DERIVED_TEXTS = """
    SELECT i.memory_id::text, 'insight', i.key_insight, tsvector_to_array(i.search_vector)
    FROM codex_processed.insights i
    WHERE i.memory_id = ANY (%(ids)s::uuid[]) AND i.search_vector @@ %(any)s::tsquery
    UNION ALL
    SELECT k.source_memory_id::text, 'knowledge', k.semantic_gist, tsvector_to_array(k.search_vector)
    FROM codex_processed.semantic_memory k
    WHERE k.source_memory_id = ANY (%(ids)s::uuid[]) AND k.search_vector @@ %(any)s::tsquery AND {of_knowledge}
"""

_READ = """
    SELECT
        m.memory_id::text, left(m.content, {shown}), m.summary, m.created_at,
        codex_processed.stream_of(m.tags, m.context), m.speaker,
        (SELECT s.strength FROM codex_processed.memory_strengths s WHERE s.memory_id = m.memory_id),
        m.search_vector::text,
        CASE WHEN m.embedding_model = %(model)s THEN 1 - (m.embedding <=> %(vector)s::vector) END,
        {condition}
    FROM codex_processed.memory_index m
    WHERE m.memory_id = ANY (%(ids)s::uuid[])
"""


@dataclass(slots=True)
class Memory:
    """A memory that may answer."""

    memory_id: str
    """As PostgreSQL writes it, so that ids in order are memories in order; a hundred times as quick as a UUID."""
    content: str
    summary: str | None
    created_at: datetime
    stream: int
    """Of its tags and context: memories of one stream, with no long pause between, belong together."""
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


@dataclass(frozen=True)
class Matches:
    """Which memories hold which term: a row each, no pair of both twice."""

    term: NDArray[np.int64]
    """Number of the term."""
    memory: NDArray[np.bytes_]
    """The id's sixteen bytes."""
    stream: NDArray[np.int64]
    at: NDArray[np.int64]
    """Microseconds since 2000, UTC."""

    @staticmethod
    def unpacked(rows: Iterable[tuple[int, bytes]]) -> Matches:
        """From (number of the term, its matches as `_BY_WORDS` packs them)."""
        packed = [(term, np.frombuffer(matched, _MATCH)) for term, matched in rows]
        term = np.repeat([term for term, _ in packed], [len(matched) for _, matched in packed]).astype(np.int64)
        found = np.concatenate([matched for _, matched in packed]) if packed else np.empty(0, _MATCH)
        order = np.lexsort((found["memory"], term))
        term, found = term[order], found[order]
        new = np.ones(len(term), dtype=bool)
        new[1:] = (term[1:] != term[:-1]) | (found["memory"][1:] != found["memory"][:-1])
        return Matches(
            term[new],
            found["memory"][new],
            found["stream"][new].astype(np.int64),
            found["at"][new].astype(np.int64),
        )


@dataclass
class Candidates:
    """All that was brought up for a question."""

    memories: list[Memory] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    """Memory → the one before it in its stream."""
    links: list[tuple[str, str, float]] = field(default_factory=list)
    """(from, to, weight of the association)"""
    derived_texts: dict[str, list[tuple[str, str, frozenset[str]]]] = field(default_factory=dict)
    """Memory → (kind, text, lexemes) of the insights and the knowledge that were drawn from it."""
    superseded: dict[str, str] = field(default_factory=dict)
    """Memory → the one whose knowledge superseded its own."""
    matches: Matches = field(default_factory=lambda: Matches.unpacked([]))
    rare: str = ""
    """The words that are rare enough to bring up memories by themselves, as a query of PostgreSQL."""


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

    The question comes back with the rarity its words have among what the filters let through. PostgreSQL is asked three
    times (and before, how many have a tag), each time for all that can be asked without the answers of the time before.
    """
    found = Candidates()
    given = filters.bound() | {"model": model, "vector": str(vector.tolist()), "pause": PAUSE}
    with store.pipeline():
        question, by_words, by_meaning, by_date = _first(store, question, found, filters, given, len(vector), most)
        seeds = list(dict.fromkeys([*by_words[:SEEDS], *by_meaning[:SEEDS_BY_MEANING], *by_date]))
        ids = dict.fromkeys([*seeds, *by_words, *by_meaning, *_around(store, found, seeds, filters, given)])
        looked_for = {lexeme: f" {_quoted([lexeme])}:" for term in question.terms for lexeme in term.lexemes}
        _read(store, found, list(ids), looked_for, filters, given)
        if later := [memory_id for memory_id in found.superseded.values() if memory_id not in ids]:
            _read(store, found, later, looked_for, filters, given)
    found.memories.sort(key=lambda memory: memory.memory_id)
    return question, found


def _around(
    store: psycopg.Connection[Any],
    found: Candidates,
    seeds: Sequence[str],
    filters: Filters,
    given: Mapping[str, Any],
) -> list[str]:
    """The neighbours of the seeds, and the associates of the first of them."""
    then = "" if filters.until is None else "AND n.created_at < %(until)s"
    beside = _ask(store, _BESIDE.format(then=then, beside=BESIDE), dict(given) | {"ids": _listed(seeds)})
    linked = _ask(store, _LINKED, {"ids": _listed(seeds[:30])})
    ids: list[str] = []
    for memory_id, before, after in beside.fetchall():
        row = [*reversed(before), memory_id, *after]
        found.before |= dict(zip(row[1:], row, strict=False))
        ids += row
    found.links = linked.fetchall()
    strongest = sorted(found.links, key=lambda link: (-link[2], link[1]))
    return [*ids, *(target for _, target, _ in strongest[:60])]


def _ask(store: psycopg.Connection[Any], query: str, given: Mapping[str, Any]) -> psycopg.Cursor[Any]:
    """Send a query; in a pipeline, the answer is waited for where it is fetched."""
    return store.cursor(binary=True).execute(query, given)


def _listed(ids: Iterable[str]) -> str:
    """Ids as PostgreSQL writes an array of them."""
    return "{" + ",".join(ids) + "}"


def _first(
    store: psycopg.Connection[Any],
    question: Question,
    found: Candidates,
    filters: Filters,
    given: Mapping[str, Any],
    dimension: int,
    most: int,
) -> tuple[Question, list[str], list[str], list[str]]:
    """What words, meaning and a date bring up, the best first; and the question, as rare as its words are here."""
    numbers, queries = _arms(question)
    rare = [(number, query) for number, query in zip(numbers, queries, strict=True) if " & " not in query]
    found.rare = " | ".join(query for _, query in rare)
    asked = dict(given) | {"terms": numbers, "queries": queries, "alone": [" & " not in query for query in queries]}
    asked |= {"rare": [number for number, _ in rare], "rare_queries": [query for _, query in rare]}
    nearest, tagged = max(BY_MEANING, most), question.memories
    if filters.tags:
        [[tagged]] = _ask(store, _TAGGED, dict(given) | {"counted": TAGGED}).fetchall()
    unindexed = filters.condition(by_tag=False)
    condition = filters.condition(by_tag=tagged < COMMON_TAG * question.memories)
    passes = "true"
    if condition != "true":
        passes = "EXISTS (SELECT FROM codex_processed.memory_index m WHERE m.memory_id = {} AND " + unindexed + ")"
    holds = _HOLDS if filters.until is None else _HELD_THEN
    words = _ask(store, _BY_WORDS.format(condition=condition, unindexed=unindexed, reading=READING), asked)
    derived = _ask(
        store,
        _BY_DERIVED_WORDS.format(
            of_insight=passes.format("i.memory_id"),
            of_knowledge=f"{holds} AND {passes.format('k.source_memory_id')}",
            reading=READING,
        ),
        asked,
    )
    _ask(store, _BY_INDEX, {"most": nearest})
    meaning = _ask(store, _by_meaning(dimension, condition, nearest), given)
    dated = None
    if span := _span(question):
        query = _BY_DATE.format(condition=condition, most=BY_DATE)
        dated = _ask(store, query, dict(given) | {"first": span[0], "last": span[1]})
    found.matches = Matches.unpacked(words.fetchall())
    of_derived = derived.fetchall()
    if filters.tags:
        held = np.bincount(found.matches.term, minlength=len(question.terms))
        question = question.among(tagged, {number: int(held[number]) for number in numbers})
    by_meaning = [row[0] for row in meaning.fetchall()]
    by_date = [] if dated is None else [row[0] for row in dated.fetchall()]
    return question, _guessed(question, found.matches, of_derived, max(BY_WORDS, 2 * most)), by_meaning, by_date


def _guessed(
    question: Question, matches: Matches, of_derived: Sequence[tuple[int, int, bytes]], most: int
) -> list[str]:
    """Memories that hold most of the question, by the rarity of its words: themselves, or in texts derived from them.

    `of_derived`: (number of a term, 1 for insights and 2 for knowledge, ids of their memories).
    """
    rarity = np.array([term.rarity for term in question.terms] or [0.0])
    drawn = [np.frombuffer(ids, "S16") for _, _, ids in of_derived]
    sizes = np.array([len(ids) for ids in drawn], dtype=np.int64)
    terms, kinds = (np.repeat(np.array([row[which] for row in of_derived], dtype=np.int64), sizes) for which in (0, 1))
    known, place = np.unique(np.concatenate([matches.memory, *drawn]), return_inverse=True)
    worth = np.zeros((len(known), 3))
    np.add.at(
        worth,
        (place, np.concatenate([np.zeros_like(matches.term), kinds])),
        np.concatenate([rarity[matches.term], 0.8 * rarity[terms]]),
    )
    guess = worth.max(axis=1, initial=0.0)
    best = known[np.lexsort((known, -guess))[:most]]
    return [str(UUID(bytes=bytes(memory).ljust(16, b"\0"))) for memory in best]


def _by_meaning(dimension: int, condition: str, most: int) -> str:
    """The nearest vectors; a number that is part of the query lets the index be chosen once and for all."""
    if dimension in INDEXED_DIMENSIONS:
        distance = f"(m.embedding::halfvec({dimension})) <=> %(vector)s::halfvec({dimension})"
    else:
        distance = "m.embedding <=> %(vector)s::vector"
    return (
        f"SELECT m.memory_id::text FROM codex_processed.memory_index m "
        f"WHERE vector_dims(m.embedding) = {dimension} AND m.embedding_model = %(model)s AND {condition} "
        f"ORDER BY {distance} LIMIT {most}"
    )


def _read(
    store: psycopg.Connection[Any],
    found: Candidates,
    ids: Sequence[str],
    looked_for: Mapping[str, str],
    filters: Filters,
    given: Mapping[str, Any],
) -> None:
    """Add these memories with all that ranking looks at."""
    holds = _HOLDS if filters.until is None else _HELD_THEN
    then = "" if filters.until is None else "AND k.superseded_at < %(until)s"
    asked = dict(given) | {"ids": _listed(ids), "any": found.rare}
    query = _READ.format(condition=filters.condition(), shown=SHOWN)
    parts = [_listed(ids[start : start + PART]) for start in range(0, len(ids), PART)]
    read = [_ask(store, query, asked | {"ids": part}) for part in parts]
    texts = _ask(store, _DERIVED_TEXTS.format(of_knowledge=holds), asked) if found.rare else None
    superseded = _ask(store, _SUPERSEDED.format(then=then), asked)
    found.memories += [_memory(row, looked_for) for part in read for row in part.fetchall()]
    for memory_id, kind, text, held in [] if texts is None else texts.fetchall():
        found.derived_texts.setdefault(memory_id, []).append((kind, text, frozenset(held)))
    found.superseded |= dict(superseded.fetchall())


def _memory(row: tuple[Any, ...], looked_for: Mapping[str, str]) -> Memory:
    memory_id, content, summary, created_at, stream, speaker, strength, vector, cosine, allowed = row
    length, positions = _read_vector(vector, looked_for)
    return Memory(
        memory_id, content, summary, created_at, stream, speaker, strength or 0.0,
        length, positions, max(0.0, cosine or 0.0), bool(allowed),
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
