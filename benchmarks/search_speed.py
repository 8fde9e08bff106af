"""How long a search takes: the product's (`find`, in a warm process) and the one in SQL, while nothing else runs and
while another process publishes changed rows; how much of that is the processor's time; and how busy the machine was.

The memories are made up: words as frequent as in English (wordfreq's list, Zipf's law), some of them of their session's
subject, sessions of turns minutes apart, speakers, tags, insights, knowledge and associations. A memory's vector is
the sum of those of its words by the embedded model. They are loaded past the pipeline, with all indexes of the
migrations, into an installation below `$CODEX_HOME/benchmarks/`, which is used again next time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import numpy as np
import psutil
import psycopg
from numpy.typing import NDArray

from include.language_model.choice import embedded_model
from include.settings import settings

VOCABULARY = 30_000
SUBJECTS, WORDS_OF_A_SUBJECT = 2_000, 60
TURNS = 20
"""Memories of a session."""
NAMES = ("Anna", "Ben", "Carla", "David", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam")
TAGS = ("home", "work", "music", "garden", "travel", "reading")
FIRST = datetime(2021, 1, 1, tzinfo=UTC)
CHUNK = 10_000
QUESTIONS, WARMING = 200, 20
CHANGED = 3_000
"""Rows of the publication that runs meanwhile."""
RESULTS = 10
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def measure() -> dict[str, Any]:
    """Percentiles in milliseconds at 10,000 memories."""
    return _measure(10_000)


def measure_a_million() -> dict[str, Any]:
    """Percentiles in milliseconds at 1,000,000 memories; loading them takes most of an hour, and 10 GB."""
    return _measure(1_000_000)


def _measure(memories: int) -> dict[str, Any]:
    from include.dbt_project.project import build_manifest, manifest_is_current
    from include.installation.environment import store_running
    from include.served.migrate import migrate
    from include.store.address import store_url
    from include.store.connection import connect

    home = settings().codex_home / "benchmarks" / f"search_speed_{memories}"
    if not (home / "loaded").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    before, os.environ["CODEX_HOME"] = os.environ.get("CODEX_HOME"), str(home)
    settings.cache_clear()
    figures: dict[str, Any] = {"memories": memories}
    try:
        with store_running():
            url = store_url()
            migrate(url)
            if not manifest_is_current():
                build_manifest()  # the columns of what is published
            with connect(url, autocommit=True) as store:
                if not (home / "loaded").exists():
                    figures["load_seconds"] = _load(store, memories)
                    (home / "loaded").touch()
            figures |= _searched(url, memories)
    finally:
        os.environ.pop("CODEX_HOME")
        if before is not None:
            os.environ["CODEX_HOME"] = before
        settings.cache_clear()
    return figures


# ---------------------------------------------------------------- what is searched


@cache
def _vocabulary() -> tuple[list[str], NDArray[np.float64]]:
    """Words, the commonest first, and the share of each in a text."""
    import wordfreq

    words = [word for word in wordfreq.top_n_list("en", 2 * VOCABULARY) if word.isascii() and word.isalpha()]
    words = words[:VOCABULARY]
    shares = np.array([wordfreq.word_frequency(word, "en") for word in words])
    return words, shares / shares.sum()


@cache
def _vectors() -> NDArray[np.float32]:
    """The vector of each word, as long as the word is rare; words of grammar have none."""
    words, _ = _vocabulary()
    vectors = embedded_model().embed(words, "document")
    vectors[:, -1] = 0.0  # tells only how short a text is
    return vectors * np.log1p(np.arange(len(words), dtype=np.float32))[:, None] ** 0.4


def _drawn(name: str, *numbers: int) -> np.random.Generator:
    """Chance that is the same on every machine."""
    seed = hashlib.sha256(":".join([name, *map(str, numbers)]).encode()).digest()
    return np.random.default_rng(np.frombuffer(seed, dtype=np.uint32))


@cache
def _subjects() -> NDArray[np.int64]:
    """The words of each subject."""
    return _drawn("subjects").integers(300, VOCABULARY, size=(SUBJECTS, WORDS_OF_A_SUBJECT))


def _memory_id(number: int) -> UUID:
    return UUID(hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest())


def _chunk(first: int, count: int, edition: int = 0) -> Iterator[tuple[Any, ...]]:
    """Memories from number `first` on: id, content, context, tags, created_at, the vector. The same each time."""
    words, shares = _vocabulary()
    chance = _drawn("memories", first, edition)
    lengths = np.clip(np.exp(chance.normal(3.1, 0.7, count)), 4, 400).astype(int)
    drawn = chance.choice(VOCABULARY, size=int(lengths.sum()), p=shares)
    own = chance.random(len(drawn)) < 0.3
    sessions = (first + np.arange(count)) // TURNS
    subject = np.repeat([int(_drawn("session", int(one)).integers(SUBJECTS)) for one in sessions], lengths)
    drawn[own] = _subjects()[subject[own], chance.integers(WORDS_OF_A_SUBJECT, size=len(drawn))[own]]
    ends = np.cumsum(lengths)
    for place, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        number, session = first + place, int(sessions[place])
        chosen = drawn[end - length : end]
        text = " ".join(words[word] for word in chosen).capitalize() + "."
        if session % 3:
            text = f"{NAMES[(session + number % 2) % len(NAMES)]}: {text}"
        vector = _vectors()[chosen].sum(axis=0)
        vector /= np.linalg.norm(vector) or 1.0
        at = FIRST + timedelta(hours=3) * (session % 12_000) + timedelta(minutes=number % TURNS, seconds=session % 50)
        yield _memory_id(number), text, f"session {session}", [TAGS[session % len(TAGS)]], at, vector


COLUMNS = "memory_id, content, context, tags, created_at, embedding, embedding_model, status, as_of, row_hash"

_LEARNED = """
    INSERT INTO codex_processed.memory_strengths (memory_id, episode_id, encoding_strength, strength, as_of, row_hash)
    SELECT memory_id, memory_id, 0.5, 0.5, as_of, row_hash FROM codex_processed.memory_index;
    INSERT INTO codex_processed.insights (id, memory_id, key_insight, insight_type, confidence_score, extraction_model,
        prompt_version, source_memory_ids, extraction_timestamp, created_at, as_of, row_hash)
    SELECT memory_id, memory_id, left(content, 120), 'observation', 0.5, 'made up', '1', ARRAY[memory_id], created_at,
        created_at, as_of, row_hash
    FROM codex_processed.memory_index WHERE memory_id < '80000000-0000-0000-0000-000000000000';
    INSERT INTO codex_processed.semantic_memory (id, source_memory_id, source_memory_ids, semantic_gist,
        confidence_score, consolidated_strength, stability_days, retrievability, retrieval_strength, memory_age,
        consolidation_state, processing_version, model, prompt_version, event_at, consolidated_at, created_at, as_of,
        row_hash)
    SELECT memory_id, memory_id, ARRAY[memory_id], left(content, 200), 0.5, 0.5, 10, 0.5, 0.5, 'recent', 'consolidated',
        '1', 'made up', '1', created_at, created_at, created_at, as_of, row_hash
    FROM codex_processed.memory_index WHERE memory_id < '20000000-0000-0000-0000-000000000000';
    INSERT INTO codex_processed.associations (memory_a, memory_b, weight, coactivations, first_at, last_at,
        is_dream_only, as_of, row_hash)
    SELECT least(one, other), greatest(one, other), 0.5, 1, m.created_at, m.created_at, false, m.as_of, m.row_hash
    FROM (
        SELECT md5(n::text)::uuid AS one, md5((n + step)::text)::uuid AS other
        FROM (SELECT count(*) AS memories FROM codex_processed.memory_index) AS total, unnest(ARRAY[3, 7, 501]) AS step,
            generate_series(0, memories - 1 - step) AS n
    ) AS pairs
    JOIN codex_processed.memory_index m ON m.memory_id = one;
"""
_COUNTED = """
    TRUNCATE codex_processed.search_words, codex_processed.search_totals;
    INSERT INTO codex_processed.search_words (word, memories)
    SELECT word, count(*) FROM codex_processed.memory_index, unnest(tsvector_to_array(search_vector)) AS word
    GROUP BY word;
    INSERT INTO codex_processed.search_totals (memories, words)
    SELECT count(*), sum(codex_processed.length_of(search_vector)) FROM codex_processed.memory_index;
"""


def _load(store: psycopg.Connection[Any], memories: int) -> dict[str, int]:
    """Write the memories, then make the indexes; seconds of each step."""
    took: dict[str, int] = {}

    def step(name: str, work: Callable[[], Any]) -> None:
        began = time.monotonic()
        work()
        took[name] = round(time.monotonic() - began)
        print(f"· {name}: {took[name]} s", file=sys.stderr, flush=True)

    store.execute("SET maintenance_work_mem = '2GB'")
    store.execute(f"SET max_parallel_maintenance_workers = {os.cpu_count()}")  # type: ignore[arg-type]
    store.execute("SET synchronous_commit = off")
    indexes = store.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'codex_processed' "
        "AND tablename IN ('memory_index', 'insights', 'semantic_memory', 'associations') "
        "AND indexdef NOT LIKE '%UNIQUE%' ORDER BY indexdef LIKE '%hnsw%'"
    ).fetchall()
    for name, _ in indexes:
        store.execute(f'DROP INDEX codex_processed."{name}"')  # type: ignore[arg-type]
    store.execute("ALTER TABLE codex_processed.memory_index DISABLE TRIGGER USER")
    step("words", _vectors)
    step("memories", lambda: _copy(store, memories))
    step("learned", lambda: store.execute(_LEARNED))
    for name, definition in indexes:
        step(name, lambda made=definition: store.execute(made))  # type: ignore[misc]
    store.execute("ALTER TABLE codex_processed.memory_index ENABLE TRIGGER USER")
    step("search_words", lambda: store.execute(_COUNTED))
    step("vacuum", lambda: store.execute("VACUUM ANALYZE"))
    return took


def _copy(store: psycopg.Connection[Any], memories: int) -> None:
    store.execute("TRUNCATE codex_processed.memory_index, codex_processed.memory_strengths, codex_processed.insights")
    store.execute("TRUNCATE codex_processed.semantic_memory, codex_processed.associations")
    with (
        store.cursor() as cursor,
        cursor.copy(
            f"COPY codex_processed.memory_index ({COLUMNS}) FROM STDIN WITH (FORMAT binary)"  # type: ignore[arg-type]
        ) as copy,
    ):
        # A vector in binary: how many numbers, two bytes that are not used, the numbers.
        copy.set_types(
            ["uuid", "text", "text", "text[]", "timestamptz", "bytea", "text", "text", "timestamptz", "text"]
        )
        model = embedded_model().identity("embeddings").model
        for first in range(0, memories, CHUNK):
            for *row, vector in _chunk(first, min(CHUNK, memories - first)):
                packed = len(vector).to_bytes(2, "big") + b"\0\0" + vector.astype(">f4").tobytes()
                copy.write_row((*row, packed, model, "attended", AS_OF, "0" * 32))


# ---------------------------------------------------------------- what is asked


WAYS = (
    "What did {name} say about {a} and {b} {c}?",
    "When did {name} talk about {a} {b}?",
    "{a} {b} {c}",
    "how to {a} {b} with {c} {d}",
    "Where was {a} when {name} mentioned the {b} in March 2022?",
)


def _questions(store: psycopg.Connection[Any], memories: int) -> list[str]:
    """Two to four words of a memory that are not of the commonest, asked for in one of some ways."""
    words, _ = _vocabulary()
    common = set(words[:200])
    asked = []
    for place in range(WARMING + QUESTIONS):
        chance = _drawn("question", memories, place)
        number = int(chance.integers(memories))
        row = store.execute(
            "SELECT content FROM codex_processed.memory_index WHERE memory_id = %s", [_memory_id(number)]
        ).fetchone()
        text = str(row[0]) if row else ""
        held = [word for word in text.lower().strip(".").split() if word not in common] or ["nothing"]
        a, b, c, d = (str(word) for word in chance.choice(held, 4))
        asked.append(WAYS[place % len(WAYS)].format(name=NAMES[number % len(NAMES)], a=a, b=b, c=c, d=d))
    return asked


def _searched(url: str, memories: int) -> dict[str, Any]:
    from include.search.find import find
    from include.store.connection import connect

    model = embedded_model()
    with connect(url) as store:
        questions = _questions(store, memories)

        def product(text: str) -> object:
            return find(store, model, text, k=RESULTS)

        def tagged(text: str) -> object:
            return find(store, model, text, k=RESULTS, tags=[TAGS[len(text) % len(TAGS)]])

        def in_sql(text: str) -> object:
            return store.execute("SELECT * FROM codex_processed.search(%s, %s)", [text, RESULTS]).fetchall()

        server = store.info.backend_pid
        figures = {
            "find_ms": _percentiles(product, questions, server),
            "find_with_a_tag_ms": _percentiles(tagged, questions, server),
            "sql_ms": _percentiles(in_sql, questions, server),
        }
        with ProcessPoolExecutor(1, get_context("spawn")) as another:
            edition = another.submit(_prepare, memories).result()
            publishing = another.submit(_publish, url, memories, edition)
            rounds: list[float] = []
            while not publishing.done():
                rounds += _times(product, questions[WARMING:], lambda: not publishing.done())
            figures["find_while_publishing_ms"] = _summary(rounds)
            published = {"changed_rows": CHANGED, "publishing_seconds": publishing.result()}
    load = {"processes_that_want_to_run": round(os.getloadavg()[0], 1), "processors": os.cpu_count()}
    return figures | published | load


def _prepare(memories: int) -> int:
    """Make up the rows that will be published; returns their edition."""
    edition = time.time_ns() % 2**32
    _changed(memories, edition)
    return edition


@cache
def _changed(memories: int, edition: int) -> list[tuple[Any, ...]]:
    from include.served.tables import served_table

    columns = served_table("memory_index").columns
    model = embedded_model().identity("embeddings").model
    changed = []
    for memory_id, content, context, tags, created_at, vector in _chunk(0, min(CHANGED, memories), edition):
        given = {
            **dict.fromkeys(columns), "memory_id": memory_id, "content": content, "context": context,
            "tags": tags, "created_at": created_at, "status": "attended", "topics": [], "people": [], "places": [],
            "embedding": str(vector.tolist()), "embedding_model": model,
        }  # fmt: skip
        changed.append((*(given[column] for column in columns), "1" * 32))
    return changed


def _publish(url: str, memories: int, edition: int) -> float:
    """Change rows as a publication does, by its own upsert, in one transaction; seconds that it took."""
    from include.served.publish import upsert
    from include.served.tables import served_table
    from include.store.connection import connect

    began = time.monotonic()
    with connect(url) as store:
        upsert(store, served_table("memory_index"), iter(_changed(memories, edition)), AS_OF)
    return round(time.monotonic() - began, 1)


def _times(
    search: Callable[[str], object], questions: Sequence[str], go_on: Callable[[], bool] = lambda: True
) -> list[float]:
    """Seconds of each search."""
    took = []
    for text in questions:
        if not go_on():
            break
        began = time.perf_counter()
        search(text)
        took.append(time.perf_counter() - began)
    return took


def _percentiles(search: Callable[[str], object], questions: Sequence[str], server: int) -> dict[str, float]:
    """Of all but the first questions, with the processor's time a search: here, and in the server's process."""
    _times(search, questions[:WARMING])
    here, there = time.process_time(), sum(psutil.Process(server).cpu_times()[:2])
    found = _summary(_times(search, questions[WARMING:]))
    used = {"python": time.process_time() - here, "postgres": sum(psutil.Process(server).cpu_times()[:2]) - there}
    return found | {f"cpu_{name}": round(1000 * seconds / found["searches"], 1) for name, seconds in used.items()}


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    shares = {"p50": 50, "p95": 95, "most": 100}
    found = {name: round(1000 * float(np.percentile(seconds, share)), 1) for name, share in shares.items()}
    return found | {"searches": len(seconds)}
