"""The owner's last word: what they pin, correct, reject and answer, as events that outrank every model.

Events are kept in `codex_processed.corrections` and never changed. They take effect at once in what is served; the
models of the lake read them (`dbt/macros/owners_word.sql`), so that what was rejected is not told again, and a
corrected text stands until it is taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import duckdb
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from include.errors import CodexError
from include.lake.connection import Lake
from include.lake.corrections import read_corrections
from include.reading.latest import published
from include.served.publish import publish_again
from include.store.connection import connect

log = logging.getLogger(__name__)

Kind = Literal["insight", "thread", "commitment", "change", "dream", "association", "knowledge", "question", "memory"]
Verb = Literal["pin", "correct", "reject", "answer"]

OWNER = "owner"
"""The model that a corrected row names."""
LONGEST = 4_000
"""Characters of a corrected text."""


@dataclass(frozen=True)
class Served:
    """How a kind of item is served: its table, its key and text as SQL, where a correction of its text is written."""

    table: str
    key: str
    text: str
    memories: str
    shows_in: tuple[str, ...]
    """Served tables that change with it."""
    corrects: str | None = None
    model: str = "model"


_KINDS: Mapping[Kind, Served] = {
    "insight": Served(
        *("insights", "id::text", "key_insight", "source_memory_ids", ("insights",), "key_insight"), "extraction_model"
    ),
    "thread": Served(
        *("threads", "thread_id::text", "title", "memory_ids", ("threads", "thread_members", "mornings"), "story")
    ),
    "commitment": Served(
        *(
            "commitments",
            "commitment_id::text",
            "what",
            "memory_ids",
            ("commitments", "questions", "threads", "mornings"),
            "what",
        )
    ),
    "change": Served(
        *("changes_of_mind", "change_id::text", "after", "ARRAY[earlier_id, later_id]"),
        *(("changes_of_mind", "semantic_memory", "mornings"), "after"),
    ),
    "dream": Served(
        *("creative_insights", "id::text", "creative_connection", "source_memory_ids"),
        *(("creative_insights", "associations", "mornings"), "creative_connection"),
    ),
    "association": Served(
        *("associations", "memory_a || '+' || memory_b", "''", "ARRAY[memory_a, memory_b]", ("associations",))
    ),
    "knowledge": Served(
        *("semantic_memory", "id::text", "semantic_gist", "source_memory_ids"),
        *(("semantic_memory", "creative_insights", "mornings"), "semantic_gist"),
    ),
    "question": Served(
        *("questions", "question_id::text", "question", "memory_ids", ("questions", "commitments", "mornings"))
    ),
    "memory": Served(
        *("memory_index", "memory_id::text", "left(content, 120)", "ARRAY[memory_id]", ("semantic_memory",))
    ),
}

FATES = ("done", "dropped", "open")
"""Answers to what became of a commitment."""
CHOICES = ("first", "second", "both")
"""Answers to which of two notes holds."""


@dataclass(frozen=True)
class Item:
    """Something that is served: the statement as a model made it, and the memories that it rests on."""

    kind: Kind
    item_id: str
    said: str
    memory_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Correction:
    """An event: what the owner said of an item. `word` is their text or answer; null where they pin or reject."""

    item: Item
    verb: Verb
    word: str | None
    is_taken_back: bool
    made_at: datetime
    made_by: str
    comment: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For `--json`, and for assistants."""
        return {
            "kind": self.item.kind,
            "id": self.item.item_id,
            "verb": self.verb,
            "word": self.word,
            "is_taken_back": self.is_taken_back,
            "said": self.item.said,
            "memory_ids": list(self.item.memory_ids),
            "made_at": self.made_at,
            "made_by": self.made_by,
            "comment": self.comment,
        }


_LATEST = """
    SELECT correction_id, made_at, made_by, kind, item_id, verb, word, is_taken_back, comment, said, memory_ids
    FROM codex_processed.corrections ORDER BY correction_id DESC LIMIT %(limit)s
"""
_STANDING = """
    SELECT w.correction_id, w.made_at, w.made_by, w.kind, w.item_id, w.verb, w.word, w.is_taken_back, w.comment, w.said,
        w.memory_ids
    FROM codex_processed.owners_word w ORDER BY correction_id DESC LIMIT %(limit)s
"""
_OF_QUESTION = "SELECT kind, commitment_id FROM codex_processed.questions WHERE question_id = %s"
_KNOWN = """
    SELECT DISTINCT ON (kind, item_id) kind, item_id, said, memory_ids, EXISTS (
        SELECT 1 FROM codex_processed.owners_word w
        WHERE w.verb = 'correct' AND w.kind = c.kind AND w.item_id = c.item_id
    )
    FROM codex_processed.corrections c
    WHERE starts_with(item_id, %(wanted)s) AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s))
    ORDER BY kind, item_id, correction_id DESC
"""
_RECORD = """
    INSERT INTO codex_processed.corrections
        (made_by, kind, item_id, verb, word, is_taken_back, comment, said, memory_ids, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s, clock_timestamp())) RETURNING made_at
"""


def corrections(store: psycopg.Connection[Any], *, limit: int, standing: bool = False) -> list[dict[str, Any]]:
    """The events, the latest first; `standing`: only the last word on each item, unless it was taken back.

    Raises CodexError where nothing was published.
    """
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_STANDING if standing else _LATEST, {"limit": limit}).fetchall()


def item_named(store: psycopg.Connection[Any], wanted: str, kinds: Sequence[Kind] | None = None) -> Item:
    """The item with this id, or id's beginning; an association is named by its two memories, joined by `+`.

    What was corrected before is told as it was then. Raises CodexError where there is none, or several.
    """
    text = wanted.strip().lower()
    if not text or any(letter not in "0123456789abcdef-+" for letter in text):
        raise CodexError(f"{wanted!r} is no id; insights, threads, open, changes, questions and dreams show them.")
    found: dict[tuple[str, str], Item] = {}
    with published():
        for kind, served in _KINDS.items():
            if kinds is None or kind in kinds:
                for item in _served_items(store, kind, served, text):
                    found[kind, item.item_id] = item
        for kind, item_id, said, memory_ids, is_corrected in store.execute(
            _KNOWN, {"wanted": text, "kinds": list(kinds) if kinds else None}
        ).fetchall():
            if (kind, item_id) not in found or is_corrected:
                found[kind, item_id] = Item(kind, item_id, said, tuple(memory_ids))
    if not found:
        raise CodexError(f"There is nothing {wanted} to speak of; insights, threads, open and others show ids.")
    if len(found) > 1:
        listed = ", ".join(f"{kind} {item_id[:13]}" for kind, item_id in sorted(found)[:4])
        raise CodexError(f"Several begin with {wanted} ({listed}): give more of the id.")
    return next(iter(found.values()))


def _served_items(store: psycopg.Connection[Any], kind: Kind, served: Served, wanted: str) -> list[Item]:
    if kind == "association":
        if "+" not in wanted:
            return []
        first, _, second = wanted.partition("+")
        condition = (
            "(starts_with(memory_a::text, %(first)s) AND starts_with(memory_b::text, %(second)s)) "
            "OR (starts_with(memory_a::text, %(second)s) AND starts_with(memory_b::text, %(first)s))"
        )
        given = {"first": first, "second": second}
    else:
        condition, given = f"starts_with({served.key}, %(wanted)s)", {"wanted": wanted}
    rows = store.execute(
        f"SELECT {served.key}, coalesce({served.text}, ''), {served.memories} "  # noqa: S608 - our own constants
        f"FROM codex_processed.{served.table} WHERE {condition} ORDER BY 1 LIMIT 3",
        given,
    ).fetchall()
    return [Item(kind, item_id, said, tuple(memory_ids)) for item_id, said, memory_ids in rows]


def pin(lake: Lake, wanted: str, *, by: str, back: bool = False, at: datetime | None = None) -> Correction:
    """Pin an item, so that it does not fade and is not let go; or take that back. Raises CodexError."""
    return _say(lake, _named(lake, wanted), "pin", None, by=by, back=back, at=at)


def correct(
    lake: Lake, wanted: str, text: str | None, *, by: str, back: bool = False, at: datetime | None = None
) -> Correction:
    """Put the owner's text in the place of an item's; or take that back. A rejected item is told again, with it.

    Raises CodexError.
    """
    item = _named(lake, wanted)
    if _KINDS[item.kind].corrects is None:
        raise CodexError(f"A {item.kind} has no text to correct; reject or pin it, or save a note that says otherwise.")
    if back:
        return _say(lake, item, "correct", None, by=by, back=True, at=at)
    words = " ".join((text or "").replace("\0", " ").split())
    if not words:
        raise CodexError('Give the text that is right: ./codex correct ID "…"; or --back, to take yours back.')
    if len(words) > LONGEST:
        raise CodexError(f"The text has {len(words):,} characters; {LONGEST:,} are possible.")
    if _stands(lake, item, "reject"):
        _say(lake, item, "reject", None, by=by, back=True, at=at)
    return _say(lake, item, "correct", words, by=by, at=at)


def reject(lake: Lake, wanted: str, *, by: str, back: bool = False, at: datetime | None = None) -> Correction:
    """Reject an item: no reader sees it, and it is not told again; or take that back. Raises CodexError."""
    item = _named(lake, wanted)
    if item.kind == "memory":
        raise CodexError(f"That is a note of yours: ./codex forget {item.item_id[:8]} forgets it.")
    return _say(lake, item, "reject", None, by=by, back=back, at=at)


def answer(
    lake: Lake,
    wanted: str,
    word: str | None,
    *,
    by: str,
    comment: str | None = None,
    back: bool = False,
    at: datetime | None = None,
) -> Correction:
    """Answer a question, or say what became of a commitment; or take that back.

    What became of a commitment is the same event, whether it was asked or not. Raises CodexError.
    """
    item, possible = _answerable(lake, wanted)
    if back:
        return _say(lake, item, "answer", None, by=by, back=True, at=at)
    said = (word or "").strip().lower()
    if said not in possible:
        raise CodexError(f"Answer {', '.join(possible[:-1])} or {possible[-1]}, instead of {word!r}.")
    note = " ".join((comment or "").replace("\0", " ").split()) or None
    return _say(lake, item, "answer", said, by=by, comment=note, at=at)


def _answerable(lake: Lake, wanted: str) -> tuple[Item, tuple[str, ...]]:
    """What an answer is about, and which there are."""
    with connect(lake.store_url) as store:
        item = item_named(store, wanted, ("question", "commitment"))
        if item.kind == "commitment":
            return item, FATES
        asked = store.execute(_OF_QUESTION, [item.item_id]).fetchone()
        if asked is None or asked[1] is None:
            return item, CHOICES
        return item_named(store, str(asked[1]), ("commitment",)), FATES


def _named(lake: Lake, wanted: str) -> Item:
    with connect(lake.store_url) as store:
        return item_named(store, wanted)


def _stands(lake: Lake, item: Item, verb: Verb) -> bool:
    with connect(lake.store_url) as store:
        row = store.execute(
            "SELECT 1 FROM codex_processed.owners_word WHERE kind = %s AND item_id = %s AND verb = %s",
            [item.kind, item.item_id, verb],
        ).fetchone()
    return row is not None


def _say(
    lake: Lake,
    item: Item,
    verb: Verb,
    word: str | None,
    *,
    by: str,
    back: bool = False,
    comment: str | None = None,
    at: datetime | None = None,
) -> Correction:
    """Append the event, and let it take effect in what is served. The same word again is no event."""
    with connect(lake.store_url) as store:
        # Events are read by their numbers: one that commits late must not have an early one.
        store.execute("LOCK TABLE codex_processed.corrections IN SHARE ROW EXCLUSIVE MODE")
        last = store.execute(
            "SELECT made_at, made_by, word, is_taken_back, comment FROM codex_processed.corrections "
            "WHERE kind = %s AND item_id = %s AND verb = %s ORDER BY correction_id DESC LIMIT 1",
            [item.kind, item.item_id, verb],
        ).fetchone()
        if back and (last is None or last[3]):
            raise CodexError(f"There is nothing to take back: this {item.kind} has no such correction.")
        if last is not None and not back and not last[3] and last[2] == word and comment in (None, last[4]):
            return Correction(item, verb, word, is_taken_back=False, made_at=last[0], made_by=last[1], comment=last[4])
        [(made_at,)] = store.execute(
            _RECORD,
            [by, item.kind, item.item_id, verb, word, back, comment, item.said, list(item.memory_ids), at],
        ).fetchall()
        take_effect(store)
    _everywhere(lake, _KINDS[item.kind].shows_in)
    return Correction(item, verb, word, back, made_at, by, comment)


def _everywhere(lake: Lake, tables: Sequence[str]) -> None:
    """Let the models see it, and serve what they make of it: what follows from it, and what comes back."""
    try:
        read_corrections(lake)
        publish_again(lake, tables)
    except duckdb.Error as error:
        # It is said, and what it is about is served as it should be; the rest comes with the next run.
        log.warning("What follows from it is served with the next run: %s", str(error).splitlines()[0])


def take_effect(store: psycopg.Connection[Any]) -> None:
    """Bring the served rows that the owner has spoken of to what stands, whatever a run is doing meanwhile."""
    for kind, served in _KINDS.items():
        table = sql.Identifier("codex_processed", served.table)
        about = sql.SQL("w.kind = {} AND w.item_id = {}").format(sql.Literal(kind), sql.SQL(served.key))
        if kind not in {"memory"}:
            store.execute(
                sql.SQL("DELETE FROM {} USING codex_processed.owners_word w WHERE w.verb = 'reject' AND {}").format(
                    table, about
                )
            )
        if served.corrects is not None:
            store.execute(_corrects(kind, served, table, about))
    store.execute(_SETTLED)
    store.execute(_CLOSED)


def _corrects(kind: Kind, served: Served, table: sql.Identifier, about: sql.Composed) -> sql.Composed:
    word = (
        "jsonb_build_array(jsonb_build_object('text', w.word, 'memory_ids', to_jsonb(t.memory_ids)))"
        if kind == "thread"
        else "w.word"
    )
    more = ", sentence = NULL" if kind == "thread" else ""
    return sql.SQL(
        "UPDATE {table} AS t SET {column} = {word}, {model} = {owner}{more} FROM codex_processed.owners_word w "
        "WHERE w.verb = 'correct' AND {about} AND {column} IS DISTINCT FROM {word}"
    ).format(
        table=table,
        column=sql.Identifier(str(served.corrects)),
        word=sql.SQL(word),
        model=sql.Identifier(served.model),
        owner=sql.Literal(OWNER),
        more=sql.SQL(more),
        about=about,
    )


_SETTLED = """
    UPDATE codex_processed.questions q SET settled_at = w.made_at FROM codex_processed.owners_word w
    WHERE w.verb = 'answer' AND q.settled_at IS DISTINCT FROM w.made_at AND (
        (w.kind = 'question' AND w.item_id = q.question_id::text)
        OR (w.kind = 'commitment' AND w.item_id = q.commitment_id::text)
    )
"""
_CLOSED = """
    UPDATE codex_processed.commitments c SET state = w.word, closed_at = w.made_at, closed_by = NULL
    FROM codex_processed.owners_word w
    WHERE w.verb = 'answer' AND w.kind = 'commitment' AND w.item_id = c.commitment_id::text
        AND w.word IN ('done', 'dropped') AND (c.state, c.closed_at) IS DISTINCT FROM (w.word::varchar, w.made_at)
"""
