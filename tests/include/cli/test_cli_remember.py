"""`remember`: what is saved, what is refused and why, and that nothing is lost over it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from include.store.address import EMBEDDED_MARK
from tests.conftest import World
from tests.include.cli.conftest import Codex, Started

A = "11111111-1111-4111-8111-111111111111"
B = "22222222-2222-4222-8222-222222222222"
Lines = Callable[[list[object]], bytes]


def contents(world: World) -> set[str]:
    return {content for (content,) in world.store("SELECT content FROM public.memories")}


def counts(new: int, changed: int, unchanged: int, refused: int) -> dict[str, int]:
    return {"new": new, "changed": changed, "unchanged": unchanged, "refused": refused}


def test_a_text_is_saved_once(world: World, codex: Codex) -> None:
    assert codex("remember", "--text", "Turns out the cache was cold.").out == (
        "1 new, 0 changed, 0 unchanged, 0 refused\n"
    )
    again = codex("remember", "--text", "Turns out the cache was cold.", "--json").json
    assert again == counts(0, 0, 1, 0) | {"refusals": []}
    assert contents(world) == {"Turns out the cache was cold."}


def test_json_lines_keep_all_they_say(world: World, codex: Codex, json_lines: Lines) -> None:
    note = {
        "id": A,
        "content": "The tide was late.",
        "created_at": "2026-03-01T12:00:00+01:00",
        "context": "harbour",
        "summary": "tide",
        "tags": ["sea"],
        "metadata": {"k": 1},
        "parent_id": B,
        "chunk_index": 1,
        "total_chunks": 2,
        "mood": "calm",
    }
    assert codex("remember", "-", "--json", stdin=json_lines([note])).json["new"] == 1
    columns = "id, content, created_at, context, summary, tags, metadata, parent_id, chunk_index, total_chunks"
    assert world.store(f"SELECT {columns} FROM public.memories") == [
        (
            UUID(A),
            "The tide was late.",
            datetime(2026, 3, 1, 11, tzinfo=UTC),
            "harbour",
            "tide",
            ["sea"],
            {"k": 1, "mood": "calm"},
            UUID(B),
            1,
            2,
        )
    ]


def test_a_vault_keeps_titles_folders_and_dates_and_an_edit_is_a_change(
    world: World, codex: Codex, tmp_path: Path
) -> None:
    vault = tmp_path / "vault"
    (vault / "Work" / "Harbour").mkdir(parents=True)
    dated = vault / "Work" / "Harbour" / "tide.md"
    dated.write_text("---\ntags: [sea]\ndate: 2026-03-01\n---\n# The tide\nIt was late.\n")
    plain = vault / "plain.md"
    plain.write_text("Only words.")
    os.utime(plain, (1_760_000_000, 1_760_000_000))
    assert codex("remember", vault, "--json").json == counts(2, 0, 0, 0) | {"refusals": []}
    rows = world.store("SELECT summary, tags, created_at FROM public.memories ORDER BY summary DESC")
    assert rows == [
        ("plain", [], datetime.fromtimestamp(1_760_000_000, UTC)),
        ("The tide", ["work", "harbour", "sea"], datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ]
    plain.write_text("Other words.")
    assert codex("remember", vault, "--json").json == counts(0, 1, 1, 0) | {"refusals": []}


BAD_LINES: dict[str, tuple[object, str]] = {
    "no content": ({"text": "x"}, "there is no content"),
    "blank content": ({"content": " \n"}, "content is blank"),
    "bad JSON": (b'{"content": "x"', "it is no valid JSON"),
    "no object": ([1], "it is a list, not a JSON object"),
    "NUL escaped": (b'{"content": "a\\u0000b"}', "content holds a NUL character"),
    "NUL in metadata": (b'{"content": "x", "more": "a\\u0000b"}', "metadata holds a NUL character"),
    "NUL": (b'{"content": "a\0b"}', "it holds a NUL character"),
    "invalid UTF-8": (b'{"content": "a\xff"}', "it is not valid UTF-8"),
    "half a character": (b'{"content": "\\ud800"}', "content holds half a character"),
    "10 MB": ({"content": "x" * 10_000_000}, "content is 10,000,000 characters long, and the limit is 50,000"),
    "the future": ({"content": "x", "created_at": "2199-01-01"}, "lies in the future"),
    "no date": ({"content": "x", "created_at": "soon"}, "'soon' is no date and time such as"),
    "no UUID": ({"content": "x", "id": "7"}, "id is not a UUID"),
    "an id taken": ({"content": "x", "id": A}, f"the id {A} stands for another content already"),
}


def test_a_bad_line_is_told_with_its_number_and_stops_no_good_one(
    world: World, codex: Codex, json_lines: Lines, tmp_path: Path
) -> None:
    lines: list[object] = [{"content": "first", "id": A}]
    for number, (line, _) in enumerate(BAD_LINES.values()):
        lines += [line, {"content": f"good {number}"}]
    path = tmp_path / "notes.jsonl"
    path.write_bytes(json_lines(lines))
    said = codex("remember", path)
    good = len(BAD_LINES) + 1
    assert said.code == 0
    assert said.out == f"{good} new, 0 changed, 0 unchanged, {len(BAD_LINES)} refused\n"
    told = said.err.splitlines()
    assert len(told) == len(BAD_LINES)
    for number, (name, (_, reason)) in enumerate(BAD_LINES.items()):
        assert told[number].startswith(f"refused {path}, line {2 * number + 2}: "), name
        assert reason in told[number], name
    assert contents(world) == {"first"} | {f"good {number}" for number in range(len(BAD_LINES))}

    refused = codex("remember", path, "--json").json
    assert {key: refused[key] for key in counts(0, 0, 0, 0)} == counts(0, 0, good, len(BAD_LINES))
    assert [refusal["line"] for refusal in refused["refusals"]] == [2 * n + 2 for n in range(len(BAD_LINES))]


def test_where_nothing_could_be_taken_the_exit_code_says_so(
    world: World, codex: Codex, json_lines: Lines, tmp_path: Path
) -> None:
    for line, reason in BAD_LINES.values():
        if reason.startswith("the id"):
            continue
        said = codex("remember", "-", stdin=json_lines([line]))
        assert said.code == 1
        assert said.err.startswith("refused standard input, line 1: ")
        assert reason in said.err
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "empty.json").touch()
    (tmp_path / "empty.md").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "picture.png").touch()
    for name in ("empty.jsonl", "empty.json", "empty.md"):
        said = codex("remember", tmp_path / name)
        assert (said.code, said.err) == (1, f"refused {tmp_path / name}: it is empty\n")
    assert codex("remember", "-", stdin=b"").err == "refused standard input: it is empty\n"
    said = codex("remember", tmp_path / "folder")
    assert (said.code, said.err) == (
        1,
        f"refused {tmp_path / 'folder'}: the folder holds no Markdown file (*.md)\n",
    )
    said = codex("remember", "--text", " ", "--json")
    assert said.code == 1
    assert json.loads(said.out)["refusals"] == [{"source": "--text", "line": None, "reason": "content is blank"}]
    assert contents(world) == set()


def test_what_is_named_wrongly_is_told_before_anything_is_saved(world: World, codex: Codex, tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_text("words")
    (tmp_path / "letter.docx").touch()
    gone = tmp_path / "gone.md"
    assert codex("remember", good, gone).complaint == (
        f"There is no file or folder {gone}. To remember a text, give it with --text."
    )
    assert (
        "is none of what notes are read from: JSON Lines" in codex("remember", good, tmp_path / "letter.docx").complaint
    )
    assert codex("remember").complaint.startswith("Nothing to remember: give a path")
    assert contents(world) == set()


def test_a_line_that_would_steer_the_terminal_is_shown_as_it_is(world: World, codex: Codex, tmp_path: Path) -> None:
    folder = tmp_path / "[red]x :smile: \x1b[2J"
    folder.mkdir()
    shown = codex("remember", folder).err
    assert "[red]x :smile: �[2J" in shown
    assert "\x1b" not in shown


def test_ctrl_c_keeps_what_was_taken_and_the_same_notes_again_take_the_rest(
    world: World, codex: Codex, start: Callable[..., Started], json_lines: Lines
) -> None:
    lines = json_lines([{"content": f"note {number}"} for number in range(1_500)])
    process = start("remember", "-")
    assert process.stdin is not None
    process.stdin.write(lines)
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not (taken := len(contents(world))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode() == "· Stopped. What was done is kept, and the same command goes on from there.\n"
    assert codex("remember", "-", "--json", stdin=lines).json == counts(1_500 - taken, 0, taken, 0) | {"refusals": []}
    assert 0 < taken < 1_500


def test_a_required_column_that_the_owners_table_lacks_is_named(
    world: World, codex: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(EMBEDDED_MARK)
    world.store("ALTER TABLE public.memories DROP COLUMN created_at CASCADE")
    for command in (["remember", "--text", "x"], ["status"], ["trace", "1"], ["consolidate", "--local"]):
        assert codex(*command).complaint == (
            "The source table public.memories lacks the required column created_at (timestamptz). "
            "Codex Dreams needs id, content and created_at; everything else is optional."
        )
