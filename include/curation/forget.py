"""Forgetting on request: a memory, and what was derived from it alone, at once where readers look, then everywhere.

Deleted at the source where the source is ours; else suppressed, since the owner's table is only read. What the next
runs of the rhythms remove by themselves (they do so for every memory that vanished) is left to them. Patterns that
replay found in memories associated with a forgotten one were found with its words in view: they go, too, and the next
night looks anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb
import psycopg
from psycopg import sql

from include.lake.connection import Lake
from include.language_model.ledger import committed
from include.reading.journey import identified
from include.store.connection import connect

_SERVED = (
    ("memory_index", ("memory_id",)),
    ("insights", ("memory_id",)),
    ("memory_strengths", ("memory_id",)),
    ("memory_journey", ("memory_id",)),
    ("retrievals", ("memory_id",)),
    ("semantic_memory", ("source_memory_id",)),
    ("associations", ("memory_a", "memory_b")),
    ("creative_insights", ("source_memory_1", "source_memory_2")),
    ("commitments", ("opened_by", "closed_by")),
    ("changes_of_mind", ("earlier_id", "later_id")),
    ("thread_members", ("memory_id",)),
)
"""Served tables, and the columns by which a row is of one memory."""

_LEDGERS = (
    ("staging", "stg_codex_processed__retrievals", ("memory_id",)),
    ("threads", "note_commitments", ("memory_id",)),
    ("threads", "note_relations", ("memory_id",)),
    ("threads", "commitments", ("opened_by", "closed_by")),
    ("threads", "changes_of_mind", ("earlier_id", "later_id")),
    ("insights", "insights", ("memory_id",)),
    ("insights", "insights_across", ("memory_id",)),
    ("insights", "insight_texts", ("memory_id",)),
    ("insights", "insight_repeats", ("memory_id", "canonical_memory_id")),
    ("rem", "rem_pairs", ("memory_a", "memory_b")),
    ("rem", "rem_requests", ("memory_a", "memory_b", "concerned_id", "other_id")),
    ("rem", "rem_choices", ("memory_a", "memory_b", "second_a", "second_b")),
    ("rem", "creative_insights", ("memory_a", "memory_b", "concerned_id", "other_id")),
    ("threads", "thread_places", ("memory_id",)),
    ("threads", "thread_before", ("memory_id",)),
    ("threads", "thread_moves", ("memory_id",)),
)
"""Tables of the lake that no waking run would take the memory out of, or that hold its words."""

_REQUESTS = (
    ("working_memory", "wm_feature_requests"),
    ("consolidation", "pattern_requests"),
    ("long_term", "ltm_gist_requests"),
)
"""Questions about memories, with their text, as of the last run that asked."""

_OUT_OF_MORNINGS = """
    UPDATE codex_processed.mornings SET items = (
        SELECT coalesce(jsonb_agg(item ORDER BY nth), '[]')
        FROM jsonb_array_elements(items) WITH ORDINALITY AS given (item, nth)
        WHERE NOT item -> 'memory_ids' ?| %(ids)s::text[]
    )
    WHERE source_memory_ids && %(ids)s::uuid[]
"""
"""What a morning told of these goes from it, today's and every earlier one's."""

_OUT_OF_CORRECTIONS = (
    "DELETE FROM codex_processed.corrections WHERE memory_ids <@ %(ids)s::uuid[]",
    """
    UPDATE codex_processed.corrections SET said = '', memory_ids = ARRAY(
        SELECT id FROM unnest(memory_ids) WITH ORDINALITY AS given (id, nth) WHERE id <> ALL (%(ids)s) ORDER BY nth
    )
    WHERE memory_ids && %(ids)s::uuid[]
    """,
)
"""What the owner said of what rests on these alone goes with it; of what rests on others, too, their word stays."""

_OF_THESE = "regexp_matches(request_id, $pattern)"

_LEANING = """
    create or replace temp table leaning as
    select memory_id from consolidation.memory_replay
    where list_has_any(list_transform(associates, lambda associate: associate.memory_id), $ids)
    except select unnest($ids)
"""
"""What replay found in memories associated with these may speak of these: it is looked for anew, without them."""
_LEANING_TASKS = ("pattern_discovery", "semantic_summary")

_TOLD_WITH = """
    create or replace temp table told_with as
    select thread_id from threads.threads where list_has_any(made_of, $ids)
    union select thread_id from threads.thread_requests where list_has_any(made_of, $ids)
    union select thread_id from threads.thread_moves where list_contains($ids, memory_id) and thread_id is not null
"""
"""Threads that one of these was ever in: they were told with its words in view, and are told anew without them."""

_COMPARED = """
    create or replace temp table compared as
    select memory_id from threads.note_relations where list_has_any(partner_ids, $ids)
    except select unnest($ids)
"""
"""Later notes that were compared with these: what was said of these is quoted there, so it is asked anew."""


@dataclass(frozen=True)
class Forgotten:
    """The result for one memory: whether it was known until now, and whether it is deleted or suppressed."""

    memory_id: UUID
    was_known: bool
    is_suppressed: bool
    kept_answers_removed: int = 0


def to_forget(lake: Lake, wanted: Sequence[str]) -> dict[UUID, str]:
    """The memories that ids, or their beginnings, stand for, each with the beginning of its text.

    Raises CodexError when there is none, or several.
    """
    with lake.connect(store=True) as connection:
        ids = [identified(connection, text) for text in wanted]
        titles = dict(
            connection.execute(
                "select memory_id, content from staging.stg_codex_store__memories "
                "where is_current and list_contains($ids, memory_id) union all "
                "select cast(id as uuid), content from store.public.memories "
                "where list_contains($ids, cast(id as uuid))",
                {"ids": ids},
            ).fetchall()
        )
    return {memory_id: " ".join((titles.get(memory_id) or "").split())[:80] for memory_id in ids}


def forget(lake: Lake, memory_ids: Sequence[UUID], *, owned: bool) -> list[Forgotten]:
    """Forget these memories. A second time changes nothing.

    :param owned: whether the source table is ours, so that a row of it may be deleted
    """
    ids = list(memory_ids)
    with connect(lake.store_url) as store:
        known = _known(store, ids)
        store.cursor().executemany(
            "INSERT INTO codex_processed.forgotten (memory_id, is_suppressed) VALUES (%s, %s) "
            "ON CONFLICT (memory_id) DO UPDATE SET is_suppressed = excluded.is_suppressed",
            [(memory_id, not owned) for memory_id in ids],
        )
        if owned:
            store.execute("DELETE FROM public.memories WHERE id = ANY (%s)", [ids])
        _delete_served(store, ids)
    removed, leaning, threads = _in_the_lake(lake, ids)
    with connect(lake.store_url) as store:
        store.execute("DELETE FROM codex_processed.semantic_memory WHERE source_memory_id = ANY (%s)", [leaning])
        store.execute("DELETE FROM codex_processed.threads WHERE thread_id = ANY (%s)", [threads])
    return [Forgotten(memory_id, memory_id in known, not owned, removed) for memory_id in ids]


def _known(store: psycopg.Connection[Any], ids: list[UUID]) -> set[UUID]:
    """Those not yet forgotten, or saved again since."""
    rows = store.execute(
        "SELECT id::uuid FROM public.memories WHERE id::text = ANY (%s) AND id::text NOT IN "
        "(SELECT memory_id::text FROM codex_processed.forgotten WHERE is_suppressed)",
        [[str(memory_id) for memory_id in ids]],
    ).fetchall()
    return {row[0] for row in rows}


def _delete_served(store: psycopg.Connection[Any], ids: list[UUID]) -> None:
    """Delete served rows of these memories alone, and episodes and threads, which are made anew without them."""
    for table, columns in _SERVED:
        condition = sql.SQL(" OR ").join(sql.SQL("{} = ANY (%(ids)s)").format(sql.Identifier(name)) for name in columns)
        place = sql.Identifier("codex_processed", table)
        store.execute(sql.SQL("DELETE FROM {} WHERE {}").format(place, condition), {"ids": ids})
    for table in ("episodes", "threads", "commitments", "questions"):
        place = sql.Identifier("codex_processed", table)
        store.execute(sql.SQL("DELETE FROM {} WHERE memory_ids && %s").format(place), [ids])
    for table in ("insights", "semantic_memory"):
        store.execute(
            sql.SQL(
                "UPDATE {} SET source_memory_ids = ARRAY(SELECT id FROM "
                "unnest(source_memory_ids) WITH ORDINALITY AS given (id, nth) WHERE id <> ALL (%(ids)s) ORDER BY nth) "
                "WHERE source_memory_ids && %(ids)s"
            ).format(sql.Identifier("codex_processed", table)),
            {"ids": ids},
        )
    for statement in _OUT_OF_CORRECTIONS:
        store.execute(statement, {"ids": ids})
    store.execute(_OUT_OF_MORNINGS, {"ids": [str(memory_id) for memory_id in ids]})
    # A word that no memory holds any more would still say that one held it.
    store.execute("DELETE FROM codex_processed.search_words WHERE memories <= 0")


def _in_the_lake(lake: Lake, ids: list[UUID]) -> tuple[int, list[UUID], list[UUID]]:
    """Delete text, kept answers and dreams; returns how many answers went, whose knowledge, which threads."""
    removed: list[tuple[int, list[UUID], list[UUID]]] = []
    with lake.connect(threads=1) as connection:
        committed(connection, lambda: removed.append(scrub(connection, ids)))
    return removed[-1]


def scrub(connection: duckdb.DuckDBPyConnection, ids: list[UUID]) -> tuple[int, list[UUID], list[UUID]]:
    """Within a transaction: take memories' text, kept answers and what leans on them out of the lake.

    Returns how many answers went, the memories whose knowledge went, and the threads that are to be told anew.
    """
    connection.execute(_LEANING, {"ids": ids})
    connection.execute(_TOLD_WITH, {"ids": ids})
    threads = [row[0] for row in connection.execute("select thread_id from told_with order by 1").fetchall()]
    leaning = [row[0] for row in connection.execute("select memory_id from leaning order by 1").fetchall()]
    questions = [f"^{memory_id}/{task}$" for memory_id in leaning for task in _LEANING_TASKS]
    questions += [f"^{thread_id}/thread$" for thread_id in threads]
    connection.execute(_COMPARED, {"ids": ids})
    compared = connection.execute("select memory_id from compared order by 1").fetchall()
    questions += [f"^{memory_id}/relate$" for (memory_id,) in compared]
    pattern = "|".join([*map(str, ids), *questions])
    connection.execute(
        "update staging.stg_codex_store__memories set content = '', context = null, summary = null, metadata = null, "
        "tags = [] where list_contains(?, memory_id) and content <> ''",
        [ids],
    )
    connection.execute(
        "create or replace temp table hashes as "
        f"select input_hash from control.llm_calls where {_OF_THESE} "
        f"union select input_hash from control.llm_failures where {_OF_THESE} "
        "union select embedding_hash from working_memory.wm_admissions where list_contains($ids, memory_id) "
        f"except select input_hash from control.llm_calls where not {_OF_THESE} "
        "except select embedding_hash from working_memory.wm_admissions where not list_contains($ids, memory_id)",
        {"pattern": pattern, "ids": ids},
    )
    removed = 0
    for table in ("llm_responses", "embeddings"):
        gone = connection.execute(
            f"delete from control.{table} where input_hash in (select input_hash from hashes)"
        ).fetchone()
        removed += int(gone[0]) if gone else 0
    connection.execute(f"delete from control.llm_failures where {_OF_THESE}", {"pattern": pattern})
    for schema, table in _REQUESTS:
        connection.execute(f"delete from {schema}.{table} where {_OF_THESE}", {"pattern": pattern})
    for schema, table, columns in _LEDGERS:
        condition = " or ".join(f"list_contains($ids, {column})" for column in columns)
        connection.execute(f"delete from {schema}.{table} where {condition}", {"ids": ids})
    connection.execute("delete from awakening.morning_items where list_has_any(memory_ids, $ids)", {"ids": ids})
    connection.execute("delete from control.corrections where list_has_all($ids, memory_ids)", {"ids": ids})
    connection.execute(
        "update control.corrections set said = '', "
        "memory_ids = list_filter(memory_ids, lambda given: not list_contains($ids, given)) "
        "where list_has_any(memory_ids, $ids)",
        {"ids": ids},
    )
    for place in ("consolidation.memory_replay", "long_term.ltm_semantic_network"):
        connection.execute(f"delete from {place} where memory_id in (select memory_id from leaning)")
    for table in ("threads", "thread_requests"):
        connection.execute(f"delete from threads.{table} where thread_id in (select thread_id from told_with)")
    connection.execute("delete from threads.note_relations where memory_id in (select memory_id from compared)")
    for table in ("commitments", "questions"):
        connection.execute(f"delete from threads.{table} where list_has_any(memory_ids, $ids)", {"ids": ids})
    connection.execute("delete from threads.relation_requests")  # with the words of others; the next run makes it anew
    return removed, leaning, threads
