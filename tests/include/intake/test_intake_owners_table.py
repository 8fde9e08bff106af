from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from include.errors import CodexError
from include.intake.note import content_hash
from include.intake.remember import Remembered

Query = Callable[..., list[tuple[Any, ...]]]
Lines = Callable[..., Remembered]

A, B, C = (str(UUID(int=number)) for number in (10, 11, 12))
NOTE = {
    "id": A,
    "content": "words",
    "created_at": "2026-01-02T00:00Z",
    "context": "where",
    "summary": "short",
    "tags": ["t"],
    "metadata": {"k": 1},
    "parent_id": B,
    "chunk_index": 1,
    "total_chunks": 2,
}
REQUIRED = "id uuid PRIMARY KEY, content text NOT NULL, created_at timestamptz NOT NULL"
SEED = """
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    content text NOT NULL,
    content_hash varchar(64) NOT NULL,
    context_fingerprint varchar(64) NOT NULL,
    context text NOT NULL,
    summary text NOT NULL,
    metadata jsonb DEFAULT '{}',
    tags text[] DEFAULT '{}',
    chunk_index integer DEFAULT NULL,
    total_chunks integer DEFAULT NULL,
    parent_id uuid DEFAULT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
"""


def counts(remembered: Remembered) -> tuple[int, int, int, int]:
    return remembered.new, remembered.changed, remembered.unchanged, remembered.refused


@pytest.fixture
def table(empty_store: str, query: Query) -> Callable[[str], str]:
    def make(columns: str) -> str:
        query(empty_store, f"CREATE TABLE public.memories ({columns})")
        return empty_store

    return make


def test_a_table_of_the_three_required_columns_is_enough(table, query: Query, remember_lines: Lines) -> None:
    store = table(REQUIRED)
    lines = [NOTE, {"content": "words"}, {"content": "words"}]
    assert counts(remember_lines(store, *lines)) == (2, 0, 1, 0), "without a hash, an id is all that tells"
    assert counts(remember_lines(store, *lines)) == (0, 0, 3, 0)
    assert counts(remember_lines(store, NOTE | {"summary": "not kept here"})) == (0, 0, 1, 0)
    assert counts(remember_lines(store, NOTE | {"content": "other words"})) == (0, 1, 0, 0)
    assert query(store, "SELECT * FROM memories WHERE id = %s", A) == [
        (UUID(A), "other words", datetime(2026, 1, 2, tzinfo=UTC))
    ]


def test_without_a_hash_words_may_move_as_they_like(table, query: Query, remember_lines: Lines) -> None:
    store = table(REQUIRED)
    remember_lines(store, {"id": A, "content": "a"}, {"id": B, "content": "b"})
    assert counts(remember_lines(store, {"id": A, "content": "b"}, {"id": B, "content": "a"})) == (0, 2, 0, 0)
    assert query(store, "SELECT id::text, content FROM memories ORDER BY id") == [(A, "b"), (B, "a")]


@pytest.mark.parametrize(
    "column",
    [
        "content_hash",
        "context",
        "summary",
        "metadata",
        "tags",
        "parent_id",
        "chunk_index",
        "total_chunks",
        "updated_at",
    ],
)
def test_any_optional_column_may_be_missing(store: str, query: Query, remember_lines: Lines, column: str) -> None:
    query(store, f"DROP TRIGGER memories_complete ON memories; ALTER TABLE memories DROP COLUMN {column}")
    assert counts(remember_lines(store, NOTE)) == (1, 0, 0, 0)
    assert counts(remember_lines(store, NOTE)) == (0, 0, 1, 0)
    changed = NOTE | {"content": "other", "summary": "s", "context": "c"}
    assert counts(remember_lines(store, changed)) == (0, 1, 0, 0)
    assert query(store, "SELECT content FROM memories") == [("other",)]


def test_the_table_of_codex_store_takes_notes(table, query: Query, remember_lines: Lines) -> None:
    store = table(SEED)
    assert counts(remember_lines(store, NOTE, {"content": "plain"})) == (2, 0, 0, 0)
    assert counts(remember_lines(store, NOTE, {"content": "plain"})) == (0, 0, 2, 0)
    columns = "content_hash, context_fingerprint, context, summary, metadata, tags"
    assert query(store, f"SELECT {columns} FROM memories ORDER BY created_at") == [
        (content_hash("words"), "", "where", "short", {"k": 1}, ["t"]),
        (content_hash("plain"), "", "", "", {}, []),
    ]
    query(store, "UPDATE memories SET updated_at = '2026-01-02'")
    assert counts(remember_lines(store, NOTE | {"summary": "s"}, {"content": "plain"})) == (0, 1, 1, 0)
    assert query(store, "SELECT content FROM memories WHERE updated_at > '2026-01-03'") == [("words",)]


def test_what_was_not_said_is_null_where_it_may_be(table, query: Query, remember_lines: Lines) -> None:
    optional = "context text, summary text, tags text[], metadata jsonb, context_fingerprint text"
    store = table(f"{REQUIRED}, {optional}, updated_at timestamptz")
    remember_lines(store, {"content": "plain"})
    assert query(store, "SELECT context, summary, tags, metadata, context_fingerprint FROM memories") == [(None,) * 5]
    assert query(store, "SELECT now() - updated_at < interval '1 minute' FROM memories") == [(True,)]
    said_nothing = {"content": "plain", "context": "", "summary": "", "tags": [], "metadata": {}}
    assert counts(remember_lines(store, said_nothing)) == (0, 0, 1, 0)
    remember_lines(store, {"content": "plain", "summary": "s"})
    assert query(store, "SELECT context, summary, tags FROM memories") == [(None, "s", None)]


def test_the_owners_defaults_are_left_to_him(table, query: Query, remember_lines: Lines) -> None:
    store = table(f"{REQUIRED}, context_fingerprint text NOT NULL DEFAULT 'his', summary text DEFAULT 'none'")
    remember_lines(store, {"content": "plain"})
    assert query(store, "SELECT context_fingerprint, summary FROM memories") == [("his", "")]


def test_rows_with_odd_values_are_recognised(table, query: Query, remember_lines: Lines) -> None:
    store = table(REQUIRED.replace(" NOT NULL", "") + ", content_hash text, metadata json, tags varchar[]")
    query(store, "INSERT INTO memories (id, content, created_at) VALUES (%s, NULL, '-infinity')", A)
    query(store, "INSERT INTO memories (id, content, content_hash) VALUES (%s, 'words', 'md5')", B)
    query(store, "INSERT INTO memories (id, content, created_at) VALUES (%s, 'old', '4000-01-01 BC')", C)
    lines = [
        {"id": each, "content": words, "tags": ["t"], "k": 1} for each, words in ((A, "a"), (B, "words"), (C, "c"))
    ]
    assert counts(remember_lines(store, *lines)) == (0, 3, 0, 0)
    assert counts(remember_lines(store, *lines)) == (0, 0, 3, 0)
    assert query(store, "SELECT content, content_hash, tags, metadata FROM memories ORDER BY id") == [
        ("a", content_hash("a"), ["t"], {"k": 1}),
        ("words", "md5", ["t"], {"k": 1}),
        ("c", content_hash("c"), ["t"], {"k": 1}),
    ]


def test_times_without_a_zone_in_the_table_are_kept(table, query: Query, remember_lines: Lines) -> None:
    store = table(REQUIRED.replace("timestamptz", "timestamp"))
    query(
        store, "ALTER DATABASE " + psycopg.conninfo.conninfo_to_dict(store)["dbname"] + " SET timezone = 'Asia/Tokyo'"
    )
    assert counts(remember_lines(store, NOTE)) == (1, 0, 0, 0)
    assert counts(remember_lines(store, NOTE)) == (0, 0, 1, 0)
    assert query(store, "SELECT created_at::text FROM memories") == [("2026-01-02 09:00:00",)]


def test_columns_that_the_table_computes_are_not_written(table, query: Query, remember_lines: Lines) -> None:
    hashed = "content_hash text GENERATED ALWAYS AS (encode(sha256(content::bytea), 'hex')) STORED UNIQUE"
    store = table(f"{REQUIRED}, {hashed}, summary text GENERATED ALWAYS AS (left(content, 2)) STORED")
    assert counts(remember_lines(store, NOTE)) == (1, 0, 0, 0)
    assert query(store, "SELECT content_hash, summary FROM memories") == [(content_hash("words"), "wo")]
    assert counts(remember_lines(store, {"id": B, "content": "words"})) == (0, 0, 1, 0)
    assert counts(remember_lines(store, {"id": A, "content": "other"})) == (0, 1, 0, 0)
    assert counts(remember_lines(store, NOTE | {"content": "other"})) == (0, 0, 1, 0)


def test_the_oldest_of_several_rows_with_the_same_hash_is_meant(table, query: Query, remember_lines: Lines) -> None:
    store = table(SEED)
    for each, day in ((A, 3), (B, 2), (C, 4)):
        query(
            store,
            "INSERT INTO memories (id, content, content_hash, context_fingerprint, context, summary, created_at) "
            f"VALUES (%s, 'x', %s, '', '', '', '2026-01-0{day}')",
            each,
            content_hash("x"),
        )
    assert counts(remember_lines(store, {"content": "x", "summary": "s"})) == (0, 1, 0, 0)
    assert query(store, "SELECT id::text FROM memories WHERE summary = 's'") == [(B,)]
    assert counts(remember_lines(store, {"id": C, "content": "x", "summary": "own"})) == (0, 1, 0, 0)
    assert query(store, "SELECT id::text FROM memories WHERE summary = 'own'") == [(C,)]


def test_a_missing_required_column_is_named(table, remember_lines: Lines) -> None:
    store = table("id uuid, created_at timestamptz")
    with pytest.raises(CodexError, match=r"lacks the required column content \(text\)"):
        remember_lines(store, NOTE)


def test_a_missing_table_is_told(empty_store: str, remember_lines: Lines) -> None:
    with pytest.raises(CodexError, match=r"public\.memories does not exist"):
        remember_lines(empty_store, NOTE)


def test_a_column_that_no_note_can_fill_is_named(table, query: Query, remember_lines: Lines) -> None:
    store = table(f"{REQUIRED}, owner text NOT NULL")
    with pytest.raises(CodexError, match=r"needs a value in its column owner, which Codex Dreams does not know"):
        remember_lines(store, NOTE, {"content": "x"})
    assert query(store, "SELECT count(*) FROM memories") == [(0,)]
    query(store, "ALTER TABLE memories ALTER owner SET DEFAULT 'me'")
    assert counts(remember_lines(store, NOTE)) == (1, 0, 0, 0)


def test_a_known_column_that_a_note_leaves_empty_refuses_that_note(table, query: Query, remember_lines: Lines) -> None:
    store = table(f"{REQUIRED}, chunk_index integer NOT NULL")
    remembered = remember_lines(store, NOTE, {"content": "x"})
    assert counts(remembered) == (1, 0, 0, 1)
    assert "chunk_index" in remembered.refusals[0].reason


def test_a_column_of_another_type_stops_the_intake_with_the_reason(table, remember_lines: Lines) -> None:
    store = table(f"{REQUIRED}, tags jsonb")
    with pytest.raises(CodexError, match=r"stopped taking notes: column \"tags\" is of type jsonb"):
        remember_lines(store, NOTE)


def test_a_user_who_may_not_write_is_told(store: str, remember_lines: Lines) -> None:
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(CodexError, match="read-only transaction"):
            remember_lines(connection, NOTE)


def test_a_database_in_another_encoding_refuses_what_it_cannot_hold(
    new_database: Callable[[str], str], intake_server: Any, query: Query, remember_lines: Lines
) -> None:
    with psycopg.connect(intake_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    store = intake_server.url("latin")
    query(store, f"CREATE TABLE public.memories ({REQUIRED})")
    remembered = remember_lines(store, {"content": "é"}, {"content": "🎈"}, {"content": "ü"})
    assert counts(remembered) == (2, 0, 0, 1)
    assert remembered.refusals[0].line == 2
    assert 'no equivalent in encoding "LATIN1"' in remembered.refusals[0].reason
    assert counts(remember_lines(store, {"content": "é"})) == (0, 0, 1, 0)
