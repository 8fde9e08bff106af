"""Export: every kind in every format, in an order that never depends on chance."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import networkx as nx
import pytest

from include.errors import CodexError
from include.store.connection import connect
from include.transfer import export
from tests.conftest import World

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
TRICKY = "Tea, \"green\";\nand naïve 日本語\t\\ 'quoted' {json: 1}"
HASH = "0" * 32
NOW = "2026-03-04T09:00:00+01:00"

ROWS: dict[str, list[dict[str, Any]]] = {
    "memory_index": [
        {"memory_id": A, "content": TRICKY, "created_at": "2026-03-02T09:00:00+01:00", "status": "attended"},
        {"memory_id": C, "content": "Twin.", "created_at": "2026-03-01T09:00:00+01:00", "status": "unattended"},
        {"memory_id": B, "content": "Twin.", "created_at": "2026-03-01T09:00:00+01:00", "status": "attended"},
    ],
    "memory_strengths": [{"memory_id": A, "episode_id": B, "encoding_strength": 1 / 3, "strength": 0.5}],
    "insights": [
        {
            **{"id": B, "memory_id": A, "key_insight": "Tea helps.", "insight_type": "idea", "confidence_score": 2 / 3},
            **{"extraction_model": "m", "prompt_version": "1", "source_memory_ids": [A], "created_at": NOW},
            **{"extraction_timestamp": NOW, "people": ["Anna"]},
        }
    ],
    "episodes": [
        {
            **{"id": B, "started_at": NOW, "ended_at": NOW, "memory_ids": [A, C], "headline": "Morning"},
            **{"peak_arousal": 0.1, "mean_valence": 0.2, "peak_strength": 0.3},
        }
    ],
    "associations": [
        {
            **{"memory_a": A, "memory_b": other, "weight": 0.25, "coactivations": 2},
            **{"first_at": NOW, "last_at": NOW, "is_dream_only": False},
        }
        for other in (C, B)
    ],
    "semantic_memory": [
        {
            **{"id": C, "source_memory_id": A, "source_memory_ids": [A, B], "semantic_gist": "Tea is good."},
            **{"confidence_score": 0.5, "consolidated_strength": 0.5, "stability_days": 1, "retrievability": 1},
            **{"retrieval_strength": 0.5, "memory_age": "recent", "consolidation_state": "consolidated"},
            **{"processing_version": "1", "model": "m", "prompt_version": "1", "event_at": NOW},
            **{"consolidated_at": NOW, "created_at": NOW},
        }
    ],
    "creative_insights": [
        {
            **{"id": A, "source_memory_1": A, "source_memory_2": B, "source_memory_ids": [A, B]},
            **{"creative_connection": "Tea is code.", "plausibility": 0.5, "novelty": 0.5, "night": "2026-03-03"},
            **{"cycle": 2, "model": "m", "prompt_version": "1", "created_at": NOW},
        }
    ],
    "threads": [
        {
            **{"thread_id": B, "title": "Tea", "members": 2, "memory_ids": [A, C], "began_at": NOW, "last_at": NOW},
            **{"story": json.dumps([{"text": 'Tea, "again".', "memory_ids": [A]}]), "told_at": NOW, "model": "m"},
            **dict.fromkeys(("recurs", "changed", "open", "next"), "[]"),
            **{"sentence": json.dumps({"text": "It was tea.", "memory_ids": [C]}), "prompt_version": "1"},
        }
    ],
    "commitments": [
        {
            **{"commitment_id": A, "what": "buy tea", "who": "me", "due_date": "2026-03-06", "kind": "task"},
            **{"said": "Must buy tea by Friday.", "state": "open", "opened_by": A, "opened_at": NOW},
            **{"memory_ids": [A], "model": "m", "prompt_version": "1"},
        }
    ],
    "changes_of_mind": [
        {
            **{"change_id": B, "earlier_id": A, "later_id": C, "before": "Tea is good.", "after": "Went off tea."},
            **{"changed_at": NOW, "model": "m", "prompt_version": "1"},
        }
    ],
    "questions": [
        {
            **{"question_id": C, "kind": "fate", "question": "What became of this: buy tea?", "memory_ids": [A]},
            **{"commitment_id": A, "asked_at": NOW},
        }
    ],
    "corrections": [
        {
            **{"made_at": NOW, "made_by": "page", "kind": "knowledge", "item_id": str(B), "verb": "pin"},
            **{"said": TRICKY, "memory_ids": [B, C], "comment": "It matters."},
        }
    ],
}


def publish(world: World, *, backwards: bool = False) -> None:
    """Write the served rows, in one order or the other."""
    with connect(world.url) as store:
        for table, rows in ROWS.items():
            store.execute(f"DELETE FROM codex_processed.{table}")  # type: ignore[arg-type]
            for row in reversed(rows) if backwards else rows:
                given = row if table == "corrections" else row | {"as_of": NOW, "row_hash": HASH}
                store.execute(
                    f"INSERT INTO codex_processed.{table} ({', '.join(given)}) "  # type: ignore[arg-type]
                    f"VALUES ({', '.join(['%s'] * len(given))})",
                    list(given.values()),
                )


def exported(world: World, file_format: str, kinds: tuple[str, ...] = export.KINDS) -> bytes:
    output = io.BytesIO()
    with connect(world.url) as store:
        count = export.write(store, file_format, output, kinds)
    assert not output.closed
    assert count == (14 if kinds == export.KINDS else count)
    return output.getvalue()


def test_every_kind_is_there_in_a_fixed_order(world: World) -> None:
    publish(world)
    records = [json.loads(line) for line in exported(world, "jsonl").decode().splitlines()]
    assert [record["kind"] for record in records] == [
        *["memory"] * 3,
        *("insight", "episode", "association", "association", "knowledge", "dream", "thread"),
        *("commitment", "change", "question", "correction"),
    ]
    memories = [record for record in records if record["kind"] == "memory"]
    assert [memory["id"] for memory in memories] == [B, C, A]  # by time, then by id
    assert memories[2] | {"at": None} == {
        **{"kind": "memory", "id": A, "memory_ids": [A], "at": None, "text": TRICKY, "context": None, "summary": None},
        **{"tags": [], "status": "attended", "status_reason": None, "topics": [], "people": [], "places": []},
        **{"episode_id": B, "encoding_strength": 0.333333, "strength": 0.5, "consolidated_at": None},
        **{"metadata": None, "chunk_index": None, "total_chunks": None, "parent_id": None},
    }
    assert memories[2]["at"] == "2026-03-02T08:00:00+00:00"
    links = [record["memory_ids"] for record in records if record["kind"] == "association"]
    assert links == [[A, B], [A, C]]
    assert len({record["id"] for record in records if record["kind"] == "association"}) == 2


def test_nothing_of_the_machine_or_the_hour_of_publishing_is_told(world: World) -> None:
    publish(world)
    named = {name for line in exported(world, "jsonl").splitlines() for name in json.loads(line)}
    assert not named & {"as_of", "row_hash", "extraction_timestamp", "published_at", "run_id", "embedding"}


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_the_same_memories_give_the_same_bytes(world: World, file_format: str) -> None:
    publish(world)
    first = exported(world, file_format)
    publish(world, backwards=True)
    elsewhere = "EXECUTE format('ALTER DATABASE %I SET timezone TO ''Asia/Kathmandu''', current_database())"
    world.store(f"DO $$ BEGIN {elsewhere}; END $$")
    assert exported(world, file_format) == first


def test_all_formats_hold_the_same_records(world: World, tmp_path: Path) -> None:
    publish(world)
    lines = [json.loads(line) for line in exported(world, "jsonl").decode().splitlines()]
    assert json.loads(exported(world, "json")) == lines

    table = list(csv.DictReader(io.StringIO(exported(world, "csv").decode(), newline="")))
    file = tmp_path / "records.parquet"
    file.write_bytes(exported(world, "parquet"))
    with duckdb.connect() as connection:
        cursor = connection.execute("select * from read_parquet(?)", [str(file)])
        names = [column[0] for column in cursor.description or []]
        parquet = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert names == list(table[0]) == ["kind", "id", "memory_ids", "at", "text", "details"]
    assert [record | {"text": record["text"] or None} for record in table] == parquet
    read_back = [
        {name: record[name] for name in ("kind", "id", "at", "text")}
        | {"memory_ids": json.loads(record["memory_ids"])}
        | json.loads(record["details"])
        for record in parquet
    ]
    assert read_back == lines


def test_only_the_kinds_that_were_asked_for_are_written(world: World) -> None:
    publish(world)
    kinds = [json.loads(line)["kind"] for line in exported(world, "jsonl", ("dream", "insight")).splitlines()]
    assert kinds == ["insight", "dream"]


@pytest.mark.parametrize("file_format", export.FORMATS)
def test_an_empty_store_gives_a_file_that_can_be_read(world: World, file_format: str, tmp_path: Path) -> None:
    file = tmp_path / "empty"
    with connect(world.url) as store, file.open("wb") as output:
        assert export.write(store, file_format, output) == 0
    match file_format:
        case "jsonl":
            assert file.read_bytes() == b""
        case "json":
            assert json.loads(file.read_bytes()) == []
        case "csv":
            assert file.read_text() == "kind,id,memory_ids,at,text,details\n"
        case "parquet":
            with duckdb.connect() as connection:
                assert connection.execute("select count(*) from read_parquet(?)", [str(file)]).fetchall() == [(0,)]
        case "graphml":
            assert nx.read_graphml(file).number_of_nodes() == 0


def test_a_format_or_kind_that_there_is_not_is_refused_with_those_there_are(world: World) -> None:
    with connect(world.url) as store:
        with pytest.raises(CodexError, match="no format 'xml'; there are jsonl, json, csv, parquet, graphml"):
            export.write(store, "xml", io.BytesIO())
        with pytest.raises(CodexError, match="no kind 'nightmare'; there are memory, insight"):
            export.write(store, "jsonl", io.BytesIO(), ("nightmare",))


def test_the_graph_can_be_read_and_holds_every_record(world: World, tmp_path: Path) -> None:
    publish(world)
    file = tmp_path / "all.graphml"
    file.write_bytes(exported(world, "graphml"))
    graph = nx.read_graphml(file)
    assert graph.nodes[A]["text"] == TRICKY.replace("\r", "")
    links = {frozenset((a, b)): d for a, b, d in graph.edges(data=True) if d["relation"] == "associated_with"}
    assert set(links) == {frozenset((A, B)), frozenset((A, C))}
    assert {link["weight"] for link in links.values()} == {0.25}
    relations = [d["relation"] for _, _, d in graph.edges(data=True)]
    assert {relation: relations.count(relation) for relation in set(relations)} == {
        **{"associated_with": 2, "understood_from": 1, "holds": 2, "known_from": 2, "dreamt_of": 2},
        "goes_through": 2,
        **{"noted_in": 1, "changed_by": 2, "asked_about": 1, "corrects": 2},
    }
