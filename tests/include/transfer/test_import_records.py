"""Taking in what was exported: nothing is lost, nothing of one's own is overwritten, nothing half comes in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.errors import CodexError
from include.store.connection import connect
from include.transfer.export import KINDS
from include.transfer.import_records import READABLE, Imported, import_records
from tests.conftest import World
from tests.include.transfer.test_export import A, exported, publish


def emptied(world: World) -> None:
    tables = ", ".join(
        f"codex_processed.{table}"
        for table in (
            *("memory_index", "memory_strengths", "insights", "episodes", "associations"),
            *("semantic_memory", "creative_insights", "threads", "commitments", "changes_of_mind", "questions"),
            "corrections",
        )
    )
    world.store(f"TRUNCATE public.memories, {tables}")


def taken(world: World, file: Path) -> Imported:
    with connect(world.url) as store:
        return import_records(store, file)


def test_exported_taken_in_and_exported_again_is_the_same(world: World, tmp_path: Path) -> None:
    publish(world)
    lines = exported(world, "jsonl")
    for file_format in READABLE:
        file = tmp_path / f"all.{file_format}"
        publish(world)
        file.write_bytes(exported(world, file_format))
        emptied(world)
        came = taken(world, file)
        assert {kind: came.came[kind] for kind in KINDS} == {
            **{"memory": 3, "insight": 1, "episode": 1, "association": 2, "knowledge": 1, "dream": 1, "thread": 1},
            **{"commitment": 1, "change": 1, "question": 1, "correction": 1},
        }
        # Two of the memories are the same text under two ids; the source holds such a text once.
        assert exported(world, "jsonl") == lines, file_format
        assert exported(world, file_format) == file.read_bytes(), file_format
        again = taken(world, file)
        assert again.came.total() == 0
        assert again.known.total() == 14
        assert exported(world, "jsonl") == lines


def test_what_the_store_learned_itself_stays(world: World, tmp_path: Path) -> None:
    publish(world)
    file = tmp_path / "all.jsonl"
    file.write_bytes(exported(world, "jsonl"))
    emptied(world)
    publish(world)
    world.store("UPDATE codex_processed.insights SET key_insight = 'Our own.'")
    taken(world, file)
    assert world.store("SELECT key_insight, trim(row_hash) <> 'imported' FROM codex_processed.insights") == [
        ("Our own.", True)
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "thought"}, "record 4 is no record that `./codex export` wrote"),
        ({"id": "7"}, "record 4 has an id or an instant that is none"),
        ({"memory_ids": []}, "record 4 does not say which memories it is of"),
        ({"insight_type": "joke"}, "record 4 can't be taken in: .*insight_type"),
        ({"colour": "red"}, "record 4 can't be taken in: .*colour"),
    ],
)
def test_a_file_with_a_bad_record_serves_nothing(
    world: World, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    publish(world)
    records = [json.loads(line) for line in exported(world, "jsonl").splitlines()]
    assert records[3]["kind"] == "insight"
    records[3] |= change
    file = tmp_path / "all.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    emptied(world)
    with pytest.raises(CodexError, match=message):
        taken(world, file)
    assert world.store("SELECT count(*) FROM codex_processed.memory_index") == [(0,)]


def test_a_file_that_is_for_people_is_refused_with_what_can_be_read(world: World, tmp_path: Path) -> None:
    file = tmp_path / "all.graphml"
    file.write_bytes(b"<graphml/>")
    with pytest.raises(CodexError, match="jsonl, json, csv, parquet, which can be read back"):
        taken(world, file)


def test_a_deleted_memory_takes_what_was_taken_in_about_it_along(world: World, tmp_path: Path) -> None:
    from include.lake.connection import configured_lake
    from include.served.publish import publish as publish_tables
    from tests.include.transfer.test_export import NOW

    publish(world)
    file = tmp_path / "all.jsonl"
    file.write_bytes(exported(world, "jsonl"))
    emptied(world)
    taken(world, file)
    at = __import__("datetime").datetime.fromisoformat(NOW)

    def beat() -> list[tuple[int, int]]:
        done = publish_tables(configured_lake(), ["insights", "semantic_memory"], as_of=at, run_id="run")
        return [(table.rows, table.went) for table in done]

    assert beat() == [(0, 0), (0, 0)]
    assert world.store("SELECT count(*) FROM codex_processed.semantic_memory") == [(1,)]
    world.store("DELETE FROM public.memories WHERE id = %s", [A])
    assert beat() == [(0, 1), (0, 1)]
