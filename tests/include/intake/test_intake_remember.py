from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.errors import CodexError
from include.intake import remember as remembering
from include.intake.note import Refusal, Rules, content_hash
from include.intake.remember import Remembered, remember
from include.intake.sources import Stream, Text, sources_of

Query = Callable[..., list[tuple[Any, ...]]]
Lines = Callable[..., Remembered]
Versions = Callable[[str], list[tuple[Any, ...]]]

UTC_ZONE = ZoneInfo("UTC")
A, B, C = (str(UUID(int=number)) for number in (10, 11, 12))


def counts(remembered: Remembered) -> tuple[int, int, int, int]:
    return remembered.new, remembered.changed, remembered.unchanged, remembered.refused


# ---- what is written


def test_a_note_is_stored_with_all_it_states(store: str, query: Query, remember_lines: Lines) -> None:
    remembered = remember_lines(
        store,
        {
            "id": A,
            "content": "words\r\n",
            "created_at": "2026-01-02T03:04:05.678901+01:00",
            "context": "where",
            "summary": "short",
            "tags": ["b", 'a "quoted", {odd} tag', "NULL", ""],
            "metadata": {"k": [1, 2.5, None, "ü"]},
            "path": "p",
            "parent_id": B,
            "chunk_index": 1,
            "total_chunks": 2,
        },
    )
    assert counts(remembered) == (1, 0, 0, 0)
    columns = "id, content, content_hash, context, summary, tags, metadata, parent_id, chunk_index, total_chunks"
    assert query(store, f"SELECT {columns} FROM memories") == [
        (
            UUID(A),
            "words",
            content_hash("words"),
            "where",
            "short",
            ["b", 'a "quoted", {odd} tag', "NULL", ""],
            {"k": [1, 2.5, None, "ü"], "path": "p"},
            UUID(B),
            1,
            2,
        )
    ]
    ((created_at, age),) = query(store, "SELECT created_at, now() - updated_at FROM memories")
    assert created_at == datetime(2026, 1, 2, 2, 4, 5, 678901, tzinfo=UTC)
    assert timedelta(0) <= age < timedelta(minutes=1)


def test_a_text_is_stored_with_nothing_but_its_words_and_the_present(store: str, query: Query) -> None:
    assert counts(remember(store, sources_of(text="I met Walter."), zone=UTC_ZONE)) == (1, 0, 0, 0)
    columns = "content, context, summary, tags, metadata, parent_id, chunk_index, total_chunks, context_fingerprint"
    assert query(store, f"SELECT {columns} FROM memories") == [
        ("I met Walter.", "", "", [], {}, None, None, None, None)
    ]
    ((recent,),) = query(store, "SELECT now() - created_at < interval '1 minute' FROM memories")
    assert recent


def test_the_owners_zone_is_that_of_times_without_one(store: str, query: Query, remember_lines: Lines) -> None:
    remember_lines(store, {"content": "x", "created_at": "2026-07-01T12:00"}, zone=None)
    from include.settings import settings as owners

    ((created_at,),) = query(store, "SELECT created_at FROM memories")
    assert created_at == datetime(2026, 7, 1, 12, tzinfo=owners().zone)


def test_rows_are_written_in_the_order_of_the_notes(store: str, query: Query, remember_lines: Lines) -> None:
    query(store, "ALTER TABLE memories ADD COLUMN place serial")
    remember_lines(store, *({"content": f"note {number}"} for number in range(2_500)))
    stored = query(store, "SELECT content FROM memories ORDER BY place")
    assert stored == [(f"note {number}",) for number in range(2_500)]


def test_good_notes_around_bad_ones_are_kept(store: str, query: Query, remember_lines: Lines) -> None:
    remembered = remember_lines(
        store, {"content": "one"}, "oops", {"content": "two"}, {"tags": []}, {"content": "three"}
    )
    assert counts(remembered) == (3, 0, 0, 2)
    assert [(refusal.line, refusal.reason) for refusal in remembered.refusals] == [
        (2, "it is no valid JSON: Expecting value (column 1)"),
        (4, "there is no content"),
    ]
    assert query(store, "SELECT content FROM memories ORDER BY created_at") == [("one",), ("two",), ("three",)]


def test_the_report_is_json(store: str, remember_lines: Lines, tmp_path: Path) -> None:
    remembered = remember_lines(store, {"content": "one"}, {"content": "one"}, 5)
    assert json.loads(json.dumps(remembered.as_json())) == {
        "new": 1,
        "changed": 0,
        "unchanged": 1,
        "refused": 1,
        "refusals": [
            {"source": str(tmp_path / "notes.jsonl"), "line": 3, "reason": "it is a number, not a JSON object"}
        ],
    }


def test_all_refusals_are_counted_and_the_first_are_kept(store: str, remember_lines: Lines) -> None:
    remembered = remember_lines(store, *([5] * 1_500), {"content": "good"}, *([5] * 700))
    assert counts(remembered) == (1, 0, 0, 2_200)
    assert [refusal.line for refusal in remembered.refusals] == list(range(1, 1_001))


def test_several_sources_are_one_intake(store: str, tmp_path: Path, query: Query) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / "a.md").write_text("from the vault")
    stdin = io.BytesIO(b'{"content": "from a pipe"}\n')
    sources = sources_of([vault, "-"], text="said", stdin=stdin)
    assert counts(remember(store, sources, zone=UTC_ZONE)) == (3, 0, 0, 0)
    assert {content for (content,) in query(store, "SELECT content FROM memories")} == {
        "from the vault",
        "from a pipe",
        "said",
    }


def test_progress_tells_how_many_were_dealt_with(store: str, remember_lines: Lines) -> None:
    told: list[int] = []
    lines = [{"content": f"note {number}"} for number in range(2_300)]
    remember_lines(store, *lines, 5, progress=told.append)
    assert told == [1_000, 2_000, 2_301]


def test_the_limit_is_the_callers(store: str, remember_lines: Lines, query: Query) -> None:
    lines = [{"content": "x" * 10_000_000}, {"content": "short"}]
    assert counts(remember_lines(store, *lines)) == (1, 0, 0, 1)
    assert counts(remember_lines(store, *lines, max_content_length=10_000_000)) == (1, 0, 1, 0)
    assert query(store, "SELECT max(length(content)) FROM memories") == [(10_000_000,)]


def test_twenty_thousand_lines_are_taken(store: str, remember_lines: Lines, query: Query, versions: Versions) -> None:
    lines = [{"content": f"note {number}", "tags": [f"t{number % 7}"], "n": number / 3} for number in range(20_000)]
    assert counts(remember_lines(store, *lines)) == (20_000, 0, 0, 0)
    before = versions(store)
    assert counts(remember_lines(store, *lines)) == (0, 0, 20_000, 0)
    assert versions(store) == before


# ---- the same again


EVERYTHING = {
    "content": "words",
    "created_at": "2026-01-02",
    "context": "where",
    "summary": "short",
    "tags": ["b", "a", "a"],
    "metadata": {"z": 1e23, "a": 1.0, "t": True, "b": -0.0, "d": 5e-324, "i": 10**40, "é": "ü", "l": [None, {"k": 2}]},
    "parent_id": B,
    "chunk_index": 1,
    "total_chunks": 2,
}


@pytest.mark.parametrize("identity", [{}, {"id": A}])
def test_the_same_again_touches_no_row(
    store: str, remember_lines: Lines, versions: Versions, identity: dict[str, str]
) -> None:
    lines = [identity | EVERYTHING, {"content": "plain"}, {"content": "plain"}, {"id": C, "content": "with an id"}]
    assert counts(remember_lines(store, *lines)) == (3, 0, 1, 0)
    before = versions(store)
    assert counts(remember_lines(store, *lines)) == (0, 0, 4, 0)
    assert versions(store) == before


def test_what_a_note_does_not_say_stays(store: str, remember_lines: Lines, versions: Versions) -> None:
    remember_lines(store, EVERYTHING)
    before = versions(store)
    assert counts(remember_lines(store, {"content": "words"})) == (0, 0, 1, 0)
    assert counts(remember(store, [Text("words")], zone=UTC_ZONE)) == (0, 0, 1, 0)
    assert versions(store) == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("context", "elsewhere"),
        ("context", ""),
        ("summary", "shorter"),
        ("tags", ["a", "b"]),
        ("tags", []),
        ("metadata", {"z": 1}),
        ("metadata", {}),
        ("parent_id", C),
        ("chunk_index", 2),
        ("total_chunks", 3),
    ],
)
def test_whatever_a_note_says_anew_is_changed_and_nothing_else(
    store: str, remember_lines: Lines, query: Query, column: str, value: object
) -> None:
    remember_lines(store, EVERYTHING)
    (before,) = query(store, "SELECT row_to_json(memories) FROM memories")
    assert counts(remember_lines(store, {"content": "words", column: value})) == (0, 1, 0, 0)
    (after,) = query(store, "SELECT row_to_json(memories) FROM memories")
    assert after[0].pop("updated_at") > before[0].pop("updated_at")
    assert after[0] == before[0] | {column: value}


def test_true_is_not_one_in_metadata(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"content": "x", "n": True})
    assert counts(remember_lines(store, {"content": "x", "n": 1})) == (0, 1, 0, 0)
    assert query(store, "SELECT metadata::text FROM memories") == [('{"n": 1}',)]


def test_a_repeat_does_not_move_the_time(store: str, remember_lines: Lines, versions: Versions) -> None:
    remember_lines(store, {"content": "x", "created_at": "2026-01-02"})
    before = versions(store)
    assert counts(remember_lines(store, {"content": "x", "created_at": "2026-01-03"})) == (0, 0, 1, 0)
    assert counts(remember_lines(store, {"content": "x", "id": A, "created_at": "2026-01-03"})) == (0, 0, 1, 0)
    assert versions(store) == before


def test_a_note_that_states_its_id_can_correct_its_time(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"content": "x", "id": A, "created_at": "2026-01-02T00:00Z"})
    assert counts(remember_lines(store, {"content": "x", "id": A})) == (0, 0, 1, 0)
    assert counts(remember_lines(store, {"content": "x", "id": A, "created_at": "2026-01-03T00:00Z"})) == (0, 1, 0, 0)
    assert query(store, "SELECT created_at FROM memories") == [(datetime(2026, 1, 3, tzinfo=UTC),)]


def test_an_id_with_other_words_is_changed(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"content": "old", "id": A, "created_at": "2026-01-02T00:00Z", "tags": ["t"]})
    query(store, "UPDATE memories SET updated_at = '2026-01-02'")
    assert counts(remember_lines(store, {"content": "new", "id": A})) == (0, 1, 0, 0)
    rows = query(
        store, "SELECT id, content, content_hash, tags, created_at, now() - updated_at < '1 min' FROM memories"
    )
    assert rows == [(UUID(A), "new", content_hash("new"), ["t"], datetime(2026, 1, 2, tzinfo=UTC), True)]


def test_the_same_words_under_another_id_are_the_same_memory(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"content": "x", "id": A, "tags": ["t"]})
    assert counts(remember_lines(store, {"content": "x", "id": B})) == (0, 0, 1, 0)
    assert counts(remember_lines(store, {"content": "x", "id": B, "tags": ["u"]})) == (0, 1, 0, 0)
    assert query(store, "SELECT id, tags FROM memories") == [(UUID(A), ["u"])]


def test_a_row_changed_by_hand_is_set_right(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"content": "x"})
    query(store, "UPDATE memories SET content = 'y', content_hash = 'stale'")
    assert counts(remember_lines(store, {"content": "x"})) == (0, 1, 0, 0)
    assert query(store, "SELECT content, content_hash FROM memories") == [("x", content_hash("x"))]


# ---- notes of one input that mean one memory


def test_a_repeat_in_one_input_is_unchanged_unless_it_says_something_else(
    store: str, remember_lines: Lines, query: Query, versions: Versions
) -> None:
    lines = [
        {"content": "x", "tags": ["a"], "summary": "s"},
        {"content": "x"},
        {"content": "x", "tags": ["a"], "id": B},
        {"content": "x", "tags": ["b"]},
    ]
    assert counts(remember_lines(store, *lines)) == (1, 1, 2, 0)
    assert query(store, "SELECT tags, summary FROM memories") == [(["b"], "s")]
    before = versions(store)
    assert counts(remember_lines(store, *lines)) == (0, 0, 4, 0), "the last word is what is known"
    assert versions(store) == before


@pytest.mark.parametrize("characters", [4_000_000, 150])
def test_notes_far_apart_that_contradict_each_other_change_nothing_the_second_time(
    store: str,
    remember_lines: Lines,
    versions: Versions,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    characters: int,
) -> None:
    monkeypatch.setattr(remembering, "BATCH_NOTES", 3)
    monkeypatch.setattr(remembering, "BATCH_CHARACTERS", characters)
    lines = [
        {"content": "x", "tags": ["a"]},
        *({"content": f"{number}"} for number in range(7)),
        {"content": "x", "tags": ["b"]},
    ]
    assert counts(remember_lines(store, *lines)) == (8, 1, 0, 0)
    assert query(store, "SELECT tags FROM memories WHERE content = 'x'") == [(["b"],)]
    before = versions(store)
    assert counts(remember_lines(store, *lines)) == (0, 0, 9, 0)
    assert versions(store) == before


def test_changes_do_not_wait_in_unbounded_number(
    store: str, remember_lines: Lines, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "BATCH_NOTES", 3)
    monkeypatch.setattr(remembering, "HELD", 3)
    remember_lines(store, *({"content": f"{number}"} for number in range(9)))
    seen: list[list[tuple[Any, ...]]] = []
    remembered = remember_lines(
        store,
        *({"content": f"{number}", "tags": ["t"]} for number in range(9)),
        progress=lambda _: seen.append(query(store, "SELECT count(*) FROM memories WHERE tags = '{t}'")),
    )
    assert counts(remembered) == (0, 9, 0, 0)
    assert seen == [[(3,)], [(6,)], [(9,)]]


@pytest.mark.parametrize(("limit", "value"), [("HELD", 3), ("BATCH_CHARACTERS", 300)])
def test_notes_do_not_wait_in_unbounded_number(
    store: str, remember_lines: Lines, query: Query, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(remembering, "BATCH_NOTES", 3)
    remember_lines(store, *({"content": f"{number}" * 100} for number in range(9)))
    monkeypatch.setattr(remembering, limit, value)
    seen: list[list[tuple[Any, ...]]] = []
    remembered = remember_lines(
        store,
        *({"content": f"{number}" * 100, "id": str(UUID(int=number)), "summary": "s"} for number in range(9)),
        progress=lambda _: seen.append(query(store, "SELECT count(*) FROM memories WHERE summary = 's'")),
    )
    assert counts(remembered) == (0, 9, 0, 0)
    assert seen == [[(3,)], [(6,)], [(9,)]]


def test_a_file_in_the_archive_is_no_copy_of_what_will_be_gone(
    store: str, remember_lines: Lines, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "BATCH_NOTES", 1)
    remember_lines(store, {"id": A, "content": "today", "tags": ["t"]})
    moved = [{"id": B, "content": "today", "tags": ["archive"]}, {"id": A, "content": "another day"}]
    assert counts(remember_lines(store, *moved)) == (1, 1, 0, 0)
    assert query(store, "SELECT id::text, content, tags FROM memories ORDER BY id") == [
        (A, "another day", ["t"]),
        (B, "today", ["archive"]),
    ]


def test_an_id_can_stand_for_one_content_in_an_input(
    store: str, remember_lines: Lines, query: Query, tmp_path: Path
) -> None:
    lines = [{"id": A, "content": "one"}, {"content": "?"}, {"id": A, "content": "one\n"}, {"id": A, "content": "two"}]
    remembered = remember_lines(store, *lines)
    assert counts(remembered) == (2, 0, 1, 1)
    path = str(tmp_path / "notes.jsonl")
    reason = f"the id {A} stands for another content already, in {path}, line 1"
    assert remembered.refusals == [Refusal(path, 4, reason)]
    assert query(store, "SELECT content FROM memories WHERE id = %s", A) == [("one",)]


def test_an_id_stated_in_two_files_tells_the_first_file(store: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\nid: {A}\n---\none")
    (tmp_path / "b.md").write_text(f"---\nid: {A}\n---\ntwo")
    remembered = remember(store, sources_of([tmp_path]), zone=UTC_ZONE)
    assert counts(remembered) == (1, 0, 0, 1)
    assert remembered.refusals[0].source == str(tmp_path / "b.md")
    assert remembered.refusals[0].reason.endswith(f"already, in {tmp_path / 'a.md'}")


def test_words_that_move_from_memory_to_memory_are_not_lost(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, *({"id": each, "content": words} for each, words in ((A, "a"), (B, "b"), (C, "c"))))
    moved = [{"id": A, "content": "b"}, {"id": B, "content": "c"}, {"id": C, "content": "new"}, {"content": "a"}]
    assert counts(remember_lines(store, *moved)) == (1, 3, 0, 0)
    stored = dict(query(store, "SELECT id::text, content FROM memories"))
    assert {each: stored.pop(each) for each in (A, B, C)} == {A: "b", B: "c", C: "new"}
    assert list(stored.values()) == ["a"]
    assert counts(remember_lines(store, *moved)) == (0, 0, 4, 0)


def test_memories_that_swap_their_words_stay_what_they_are(store: str, remember_lines: Lines, query: Query) -> None:
    remember_lines(store, {"id": A, "content": "a"}, {"id": B, "content": "b"})
    assert counts(remember_lines(store, {"id": A, "content": "b"}, {"id": B, "content": "a"})) == (0, 0, 2, 0)
    assert query(store, "SELECT id::text, content FROM memories ORDER BY id") == [(A, "a"), (B, "b")]


said = st.fixed_dictionaries(
    {"content": st.sampled_from("abcd")},
    optional={
        "tags": st.sampled_from([[], ["s"], ["t"]]),
        "summary": st.sampled_from(["", "s", "t"]),
        "n": st.sampled_from([0, 1, 1.5]),
        "created_at": st.sampled_from(["2026-01-02", "2026-01-03"]),
    },
)
ids = st.sampled_from([None, A, B])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    before=[(A, {"content": "c"}), (B, {"content": "b"})],
    lines=[
        (B, {"content": "c"}),
        (None, {"content": "c", "tags": []}),
        (B, {"content": "c", "tags": ["s"]}),
        (A, {"content": "a"}),
    ],
    batch=1,
)
@given(
    before=st.lists(st.tuples(ids, said), max_size=4),
    lines=st.lists(st.tuples(ids, said), min_size=1, max_size=8),
    batch=st.sampled_from([1, 3, 1_000]),
)
def test_any_input_loses_no_words_and_the_second_time_it_writes_nothing(
    store: str,
    remember_lines: Lines,
    query: Query,
    versions: Versions,
    before: list[tuple[str | None, dict[str, object]]],
    lines: list[tuple[str | None, dict[str, object]]],
    batch: int,
) -> None:
    query(store, "TRUNCATE memories")
    query(store, "ALTER TABLE memories DROP CONSTRAINT IF EXISTS no_d, ADD CONSTRAINT no_d CHECK (content <> 'd')")
    remember_lines(store, *(note | {"id": each} for each, note in before))
    notes = [note | {"id": each} for each, note in lines]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remembering, "BATCH_NOTES", batch)
        first = remember_lines(store, *notes)
        assert sum(counts(first)) == len(notes)
        refused = {refusal.line for refusal in first.refusals}
        known = {content for (content,) in query(store, "SELECT content FROM memories")}
        assert {note["content"] for line, note in enumerate(notes, start=1) if line not in refused} <= known
        written = versions(store)
        again = remember_lines(store, *notes)
        assert counts(again) == (0, 0, len(notes) - first.refused, first.refused)
        assert versions(store) == written


# ---- Markdown


def test_a_vault_twice_an_edited_file_and_a_moved_one(
    store: str, tmp_path: Path, query: Query, versions: Versions
) -> None:
    vault = tmp_path / "vault"
    (vault / "archive").mkdir(parents=True)
    for name in ("today", "other"):
        (vault / f"{name}.md").write_text(f"---\ndate: 2026-01-02\ntags: [t]\n---\n# Title\n{name}")
    sources = sources_of([vault])
    assert counts(remember(store, sources, zone=UTC_ZONE)) == (2, 0, 0, 0)
    before = versions(store)
    assert counts(remember(store, sources, zone=UTC_ZONE)) == (0, 0, 2, 0)
    assert versions(store) == before

    (today,) = query(store, "SELECT id FROM memories WHERE content LIKE '%today'")
    (vault / "today.md").rename(vault / "archive" / "before.md")
    (vault / "today.md").write_text("another day")
    assert counts(remember(store, sources, zone=UTC_ZONE)) == (1, 1, 1, 0)
    rows = query(store, "SELECT content, summary, tags, metadata ->> 'path', id = %s FROM memories ORDER BY 1", *today)
    assert rows == [
        ("# Title\nother", "Title", ["t"], "other.md", False),
        ("# Title\ntoday", "Title", ["archive", "t"], "archive/before.md", False),
        ("another day", "today", [], "today.md", True),
    ]
    assert query(store, "SELECT created_at FROM memories WHERE id = %s", *today) == [
        (datetime(2026, 1, 2, tzinfo=UTC),)
    ], "the time of the file is no statement"


def test_a_file_that_is_only_renamed_stays_one_memory(store: str, tmp_path: Path, query: Query) -> None:
    (tmp_path / "a.md").write_text("words")
    remember(store, sources_of([tmp_path]), zone=UTC_ZONE)
    (tmp_path / "a.md").rename(tmp_path / "b.md")
    assert counts(remember(store, sources_of([tmp_path]), zone=UTC_ZONE)) == (0, 1, 0, 0)
    assert query(store, "SELECT summary, metadata FROM memories") == [("b", {"path": "b.md"})]


def test_front_matter_corrects_the_time_of_a_file(store: str, tmp_path: Path, query: Query) -> None:
    (tmp_path / "a.md").write_text("words")
    remember(store, sources_of([tmp_path]), zone=UTC_ZONE)
    (tmp_path / "a.md").write_text("---\ndate: 2020-02-03\n---\nwords")
    assert counts(remember(store, sources_of([tmp_path]), zone=UTC_ZONE)) == (0, 1, 0, 0)
    assert query(store, "SELECT created_at FROM memories") == [(datetime(2020, 2, 3, tzinfo=UTC),)]


# ---- transactions


class Failing:
    """A source that breaks off."""

    def __init__(self, good: int) -> None:
        self.good = good

    def read(self, rules: Rules) -> Any:
        yield from Stream(io.StringIO("".join(f'{{"content": "{n}"}}\n' for n in range(self.good)))).read(rules)
        raise KeyboardInterrupt


def test_batches_that_were_written_stay_when_the_intake_breaks_off(store: str, query: Query) -> None:
    with pytest.raises(KeyboardInterrupt):
        remember(store, [Failing(2_500)], zone=UTC_ZONE)
    assert query(store, "SELECT count(*) FROM memories") == [(2_000,)]


def test_a_batch_holds_no_more_characters_than_it_should(
    store: str, query: Query, remember_lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "BATCH_CHARACTERS", 100)
    told: list[int] = []
    fields = ["content", "summary", "context", "metadata", "tags"]
    values: list[object] = ["x" * 100, "x" * 100, "x" * 100, {"k": "x" * 100}, ["x" * 100]]
    lines = [{"content": f"{field}"} | {field: value} for field, value in zip(fields, values, strict=True)]
    remember_lines(store, *lines, {"content": "short"}, {"content": "shorter"}, progress=told.append)
    assert told == [1, 2, 3, 4, 5, 7]


def test_a_connection_of_the_callers_is_used_and_left_open(store: str, query: Query, remember_lines: Lines) -> None:
    with psycopg.connect(store) as connection:
        remember_lines(connection, {"content": "x"})
        assert query(store, "SELECT count(*) FROM memories") == [(1,)], "each batch is a transaction of its own"
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_within_the_callers_transaction_all_is_his_to_commit(store: str, query: Query, remember_lines: Lines) -> None:
    with psycopg.connect(store) as connection:
        connection.execute("SELECT 1")
        assert counts(remember_lines(connection, {"content": "x"})) == (1, 0, 0, 0)
        assert query(store, "SELECT count(*) FROM memories") == [(0,)]
        connection.rollback()
    assert query(store, "SELECT count(*) FROM memories") == [(0,)]


def test_two_intakes_of_the_same_notes_at_once_make_each_memory_once(store: str, tmp_path: Path, query: Query) -> None:
    lines = [json.dumps({"content": f"note {number}"}) for number in range(3_000)]
    results: list[Remembered] = []

    def run(order: int) -> None:
        text = "\n".join(lines[::order])
        results.append(remember(store, [Stream(io.StringIO(text))], zone=UTC_ZONE))

    threads = [threading.Thread(target=run, args=[order]) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.refusals for result in results] == [[], []]
    assert sum(result.new for result in results) == 3_000
    assert sum(result.unchanged for result in results) == 3_000
    assert query(store, "SELECT count(*) FROM memories") == [(3_000,)]


# ---- errors of the store


def test_a_row_that_the_table_does_not_take_is_refused_and_the_rest_kept(
    store: str, query: Query, remember_lines: Lines, tmp_path: Path
) -> None:
    query(store, "ALTER TABLE memories ADD CONSTRAINT no_bees CHECK (content NOT LIKE '%bee%')")
    query(store, "CREATE INDEX ON memories ((repeat(context, 1)))")
    lines: list[dict[str, object]] = [{"content": f"note {number}"} for number in range(40)]
    lines[7] = {"content": "a bee", "tags": ["t"]}
    lines[20] = {"content": "a bee"}
    lines[30] = {"content": "in context", "context": "".join(map(chr, range(300, 12_000)))}
    remembered = remember_lines(store, *lines)
    assert counts(remembered) == (37, 0, 0, 3)
    violated = 'new row for relation "memories" violates check constraint "no_bees"'
    by_line = {refusal.line: refusal.reason for refusal in remembered.refusals}
    assert by_line.keys() == {8, 21, 31}
    assert by_line[8] == by_line[21] == violated
    assert by_line[31].startswith("index row requires")
    assert query(store, "SELECT count(*) FROM memories") == [(37,)]
    again = remember_lines(store, *lines)
    assert counts(again) == (0, 0, 37, 3)


def test_a_change_that_the_table_does_not_take_is_refused_and_the_rest_kept(
    store: str, query: Query, remember_lines: Lines
) -> None:
    lines = [{"content": f"note {number}"} for number in range(5)]
    remember_lines(store, *lines)
    query(store, "ALTER TABLE memories ADD CONSTRAINT no_bees CHECK (summary <> 'bee')")
    lines = [note | {"summary": "bee" if number == 2 else "ok"} for number, note in enumerate(lines)]
    remembered = remember_lines(store, *lines, {"content": "note 2"})
    assert counts(remembered) == (0, 4, 1, 1)
    (refusal,) = remembered.refusals
    assert (refusal.line, "no_bees" in refusal.reason) == (3, True)
    assert query(store, "SELECT content, summary FROM memories ORDER BY 1")[1:3] == [("note 1", "ok"), ("note 2", "")]


def test_an_edit_that_the_table_does_not_take_is_refused(store: str, query: Query, remember_lines: Lines) -> None:
    query(
        store,
        """
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'words stay'; END $$;
        CREATE TRIGGER keep BEFORE UPDATE OF content ON memories FOR EACH ROW EXECUTE FUNCTION keep()
        """,
    )
    remember_lines(store, {"id": A, "content": "a"}, {"id": B, "content": "b"})
    remembered = remember_lines(store, {"id": A, "content": "other"}, {"id": B, "content": "b", "summary": "s"})
    assert counts(remembered) == (0, 1, 0, 1)
    assert remembered.refusals[0].reason == "words stay"


def test_large_and_deep_metadata_is_taken(store: str, remember_lines: Lines) -> None:
    deep = '{"content": "deep", "a": ' + "[" * 900 + "]" * 900 + "}"
    large = {"content": "large", "metadata": {f"key {number}": "x" * 100 for number in range(20_000)}}
    assert counts(remember_lines(store, deep, large)) == (2, 0, 0, 0)
    assert counts(remember_lines(store, deep, large)) == (0, 0, 2, 0)


def test_a_store_that_cannot_be_reached_is_told() -> None:
    with pytest.raises(CodexError, match="can't be used"):
        remember("postgresql://nobody@127.0.0.1:1/none", [Text("x")], zone=UTC_ZONE)


def test_a_store_that_goes_away_is_told_and_what_was_written_stays(store: str, query: Query) -> None:
    def end(_: int) -> None:
        query(
            store,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()",
        )

    text = "".join(f'{{"content": "{number}"}}\n' for number in range(1_500))
    with pytest.raises(CodexError, match=r"^The store stopped taking notes: .* What was taken before is kept"):
        remember(store, [Stream(io.StringIO(text))], zone=UTC_ZONE, progress=end)
    assert query(store, "SELECT count(*) FROM memories") == [(1_000,)]
