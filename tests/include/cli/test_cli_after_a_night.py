"""Asking after a night: `query`, `insights`, `dreams`, `trace`, `export` and `status` on one world that slept."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import pytest

from include.demo.sample import month
from include.rhythms.catalogue import NIGHT as RHYTHMS_OF_A_NIGHT
from include.rhythms.catalogue import RHYTHMS
from include.settings import REPOSITORY
from tests.conftest import ZONE, World, new_world
from tests.include.cli.conftest import Codex, Started

NIGHT = datetime(2026, 3, 30, 3, tzinfo=ZoneInfo(ZONE))
CROWD = datetime(2026, 3, 20, 10, tzinfo=ZoneInfo(ZONE))
HOSTILE = "The [bold]wheelhouse[/bold] :smile: sign \x1b[2J was painted over."


def own(number: int) -> str:
    return str(UUID(int=(0xF << 124) + number))


FUTURE, LONG, LATE, GONE, ALONE = (own(number) for number in range(5))


@dataclass(frozen=True)
class Slept:
    """A world after a night; `ids` are those of the notes that took part."""

    world: World
    ids: set[str]


@pytest.fixture(scope="module")
def slept(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slept]:
    notes: list[dict[str, Any]] = month(date(2026, 3, 30), ZoneInfo(ZONE))[:40]
    crowd = [
        {
            "content": f"Line {letter} of the inventory.",
            "created_at": CROWD + timedelta(seconds=place),
            "tags": ["crowd"],
        }
        for place, letter in enumerate("ABCDEFGHIJKL")
    ]
    others = [
        {"content": HOSTILE, "created_at": CROWD - timedelta(days=1), "tags": ["sign"]},
        {"id": FUTURE, "content": "The lock opens again.", "created_at": NIGHT + timedelta(hours=1)},
        {"id": GONE, "content": "The tram was cancelled.", "created_at": CROWD - timedelta(days=2)},
        {"id": ALONE, "content": "A heron stood in the rain.", "created_at": NIGHT - timedelta(minutes=30)},
    ]
    with new_world(installation, tmp_path_factory.mktemp("slept")) as world:
        world.remember([*notes, *crowd, *others])
        # Not by `remember`, which would refuse it.
        world.store(
            "INSERT INTO public.memories (id, content, content_hash, created_at) VALUES (%s, %s, 'long', %s)",
            [LONG, "long " * 20_000, CROWD - timedelta(days=3)],
        )
        world.run("all", as_of=NIGHT)
        # A night in which no thread has anything to give to another is the rule, so one that has is put there.
        world.store(
            "INSERT INTO codex_processed.creative_insights (id, source_memory_1, source_memory_2, source_memory_ids, "
            "creative_connection, discovery_type, shared_theme, plausibility, novelty, night, cycle, model, "
            "prompt_version, created_at, as_of, row_hash) SELECT gen_random_uuid(), a.memory_id, b.memory_id, "
            "ARRAY[a.memory_id, b.memory_id], 'What you know of the one helps the other.', 'rem_sleep', 'help', "
            "0.5, 0.5, '2026-03-29', 0, 'codex-embedded', '1', %s, %s, '' FROM codex_processed.memory_index a, "
            "codex_processed.memory_index b WHERE a.memory_id < b.memory_id AND a.memory_id <> %s "
            "AND b.memory_id <> %s ORDER BY a.memory_id, b.memory_id LIMIT 1",
            [NIGHT, NIGHT, GONE, GONE],
        )
        world.store("DELETE FROM public.memories WHERE id = %s", [GONE])
        world.run("working", as_of=NIGHT)
        world.remember([{"id": LATE, "content": "Saved after all others.", "created_at": NIGHT}])
        ids = {str(memory_id) for (memory_id,) in world.lake("select memory_id from working_memory.wm_admissions")}
        yield Slept(world, ids)


# ---- ask


def test_a_question_is_answered_with_the_notes_that_hold_it(slept: Slept, codex: Codex) -> None:
    before = slept.world.store("SELECT count(*) FROM codex_processed.retrievals WHERE reader = 'ask'")[0][0]
    told = codex("ask", "What was painted over at the wheelhouse?", "--json").json
    assert told["known"]
    assert told["sentences"][0]["text"] == " ".join(HOSTILE.replace("\x1b", "").split())
    cited = [note["memory_id"] for note in told["notes"]]
    assert 1 <= len(cited) <= 3
    assert set(cited) <= slept.ids
    assert {one for said in told["sentences"] for one in said["notes"]} == set(cited)
    after = slept.world.store("SELECT count(*) FROM codex_processed.retrievals WHERE reader = 'ask'")[0][0]
    assert after == before + len(cited)
    shown = codex("ask", "What was painted over at the wheelhouse?", "--no-trace").out
    assert "[1]" in shown
    assert "\x1b[2J" not in shown
    assert slept.world.store("SELECT count(*) FROM codex_processed.retrievals WHERE reader = 'ask'")[0][0] == after


def test_what_no_note_tells_is_not_known(slept: Slept, codex: Codex) -> None:
    told = codex("ask", "What did Zebulon pay for the submarine in Vladivostok?", "--json").json
    assert not told["known"]
    assert told["sentences"] == told["notes"] == []
    assert told["not_known"]
    shown = codex("ask", "What did Zebulon pay for the submarine in Vladivostok?").out
    assert shown.startswith("Not known: ")


def test_what_was_promised_is_answered_by_the_commitments(slept: Slept, codex: Codex) -> None:
    promised = {row["what"] for row in codex("open", "--all", "--json").json}
    assert promised
    told = codex("ask", "What did I promise?", "--no-trace", "--json").json
    assert told["known"]
    assert told["model"] == "kept"
    assert all(any(what in said["text"] for what in promised) for said in told["sentences"])
    assert all(said["notes"] for said in told["sentences"])


def test_a_question_without_words_is_refused(slept: Slept, codex: Codex) -> None:
    assert codex("ask", "  ").complaint == "The question is empty, or no text in UTF-8: give some words."


# ---- query


def test_what_is_asked_is_found_best_first_and_recall_is_written_down(slept: Slept, codex: Codex) -> None:
    before = slept.world.store("SELECT count(*) FROM codex_processed.retrievals")[0][0]
    found = codex("query", "wheelhouse sign", "-k", "5", "--json").json
    assert found[0]["text"] == HOSTILE
    assert 1 < len(found) <= 5
    assert all(set(item) == {"memory_id", "score", "kind", "text", "why"} for item in found)
    assert all(item["memory_id"] in slept.ids for item in found)
    scores = [item["score"] for item in found]
    assert scores == sorted(scores, reverse=True)
    assert len({item["memory_id"] for item in found}) == len(found)
    after = slept.world.store("SELECT count(*) FROM codex_processed.retrievals")[0][0]
    assert after == before + len(found)


def test_a_text_may_be_given_as_an_option(slept: Slept, codex: Codex) -> None:
    found = codex("query", "wheelhouse sign", "--no-trace", "--json").json
    assert codex("query", "--text", "wheelhouse sign", "--no-trace", "--json").json == found
    for twice in (("wheelhouse", "--text", "sign"), ()):
        assert codex("query", *twice).complaint == "Give a text to look for, or --batch FILE.jsonl."


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (("query", "wheelhouse", "--no-trace"), {"duckdb", "networkx", "requests", "sqlalchemy", "wordfreq", "yaml"}),
        (("status",), {"dbt", "networkx", "numpy", "requests", "sqlalchemy"}),
        (("insights",), {"duckdb", "networkx", "numpy", "psutil", "requests", "sqlalchemy", "yaml"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_imports_no_more_than_it_needs(slept: Slept, command: tuple[str, ...], unneeded: set[str]) -> None:
    code = "import sys, atexit; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
    code += "from include.cli.__main__ import app; app()"
    ended = subprocess.run([sys.executable, "-c", code, *command], cwd=REPOSITORY, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "psycopg" in ended.stderr.split()
    assert set(ended.stderr.split()) & unneeded == set()


def test_k_is_how_many_at_most(slept: Slept, codex: Codex) -> None:
    ten = codex("query", "rehearsal in the harbour", "--json").json
    assert len(ten) == 10
    assert codex("query", "rehearsal in the harbour", "-k", "1", "--json").json == ten[:1]
    for k in ("0", "-3", "100001"):
        assert codex("query", "x", "-k", k).complaint == f"-k is {k}; give a number from 1 to 100,000."


def test_a_tag_leaves_only_what_has_it(slept: Slept, codex: Codex) -> None:
    found = codex("query", "inventory sign", "--tag", "sign", "--json").json
    assert [item["text"] for item in found] == [HOSTILE]
    assert codex("query", "inventory", "--tag", "no such tag", "--json").json == []
    assert codex("query", "inventory", "--tag", "no such tag").out == "Nothing comes to mind.\n"


@pytest.mark.parametrize("text", ["", "  ", "caf\udce9"])
def test_a_question_without_a_text_is_told(slept: Slept, codex: Codex, text: str) -> None:
    assert codex("query", text).complaint == "The text to look for is empty, or no text in UTF-8: give some words."


def test_any_words_are_a_question(slept: Slept, codex: Codex) -> None:
    for text in ("'; DROP TABLE memories; --", "a & | ! (b", "the", "🎈", "%s %(x)s", "x" * 20_000):
        assert isinstance(codex("query", text, "--json").json, list), text


def test_a_note_is_shown_as_it_is_and_steers_no_terminal(slept: Slept, codex: Codex) -> None:
    shown = codex("query", "wheelhouse sign", "-k", "1").out
    assert "The [bold]wheelhouse[/bold] :smile: sign �[2J was painted over." in shown
    assert "\x1b" not in shown


def test_a_batch_gives_the_same_answers_as_single_questions(slept: Slept, codex: Codex, tmp_path: Path) -> None:
    questions: list[dict[str, Any]] = [
        {"id": "one", "text": "wheelhouse sign"},
        {"id": 2, "text": "rehearsal\u2028in the harbour", "tags": []},
        {"id": None, "text": "inventory", "tags": ["crowd", "sign"]},
    ]
    file = tmp_path / "questions.jsonl"
    lines = [json.dumps(question, ensure_ascii=False) for question in questions]
    file.write_text("\ufeff" + "\r\n\n".join(lines), encoding="utf-8")
    recalled = slept.world.store("SELECT count(*) FROM codex_processed.retrievals")
    answers = [json.loads(line) for line in codex("query", "--batch", file, "-k", "3").out.splitlines()]
    assert slept.world.store("SELECT count(*) FROM codex_processed.retrievals") == recalled, "a batch is no recall"
    assert [answer["id"] for answer in answers] == ["one", 2, None]
    for answer, question in zip(answers[:2], questions, strict=False):
        single = codex("query", question["text"], "-k", "3", "--json").json
        assert answer["results"] == [{key: item[key] for key in item if key != "why"} for item in single]
    tagged = answers[2]["results"]
    assert len(tagged) == 3
    assert {"crowd", "sign"} >= {
        tag
        for item in tagged
        for tag in slept.world.store("SELECT tags FROM public.memories WHERE id = %s", [item["memory_id"]])[0][0]
    }
    with_tag = codex("query", "--batch", file, "-k", "1", "--tag", "sign").out.splitlines()
    assert [item["text"] for item in json.loads(with_tag[0])["results"]] == [HOSTILE]


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"[1]",
        b'{"text": "no id"}',
        b'{"id": 1}',
        b'{"id": 1, "text": ""}',
        b'{"id": 1, "text": 5}',
        b'{"id": 1, "text": "a\\u0000b"}',
        b'{"id": 1, "text": "\\ud800"}',
        b'{"id": 1, "text": "x", "tags": "work"}',
        b'{"id": 1, "text": "x", "tags": [1]}',
        b"[" * 100_000,
    ],
)
def test_a_bad_line_of_a_batch_is_told_before_anything_is_answered(
    slept: Slept, codex: Codex, tmp_path: Path, bad: bytes
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(b'{"id": 1, "text": "tide"}\n' + bad + b"\n")
    assert codex("query", "--batch", file).complaint.startswith(f'{file}, line 2 is no question; give {{"id": …')


def test_a_batch_that_cannot_be_read_is_told(slept: Slept, codex: Codex, tmp_path: Path) -> None:
    gone = tmp_path / "gone.jsonl"
    assert codex("query", "--batch", gone).complaint == f"{gone} can't be read: No such file or directory."
    assert codex("query", "--batch", tmp_path).complaint == f"{tmp_path} can't be read: Is a directory."
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": 1, "text": "é"}'.encode("latin-1"))
    assert codex("query", "--batch", latin).complaint == f"{latin} can't be read: it is not in UTF-8."
    assert codex("query").complaint == "Give a text to look for, or --batch FILE.jsonl."
    assert codex("query", "x", "--batch", gone).complaint == "Give a text to look for, or --batch FILE.jsonl."
    (tmp_path / "empty.jsonl").touch()
    said = codex("query", "--batch", tmp_path / "empty.jsonl")
    assert (said.code, said.out) == (0, "")


# ---- insights, dreams


def test_insights_are_a_list_the_latest_first(slept: Slept, codex: Codex) -> None:
    found = codex("insights", "--all", "--json", "--limit", "1000").json
    stored = slept.world.store("SELECT count(*) FROM codex_processed.insights_unified")[0][0]
    assert len(found) == stored > 20
    assert [item["created_at"] for item in found] == sorted((item["created_at"] for item in found), reverse=True)
    assert {"id", "memory_id", "insight", "type", "confidence", "tags", "model", "source"} <= set(found[0])
    assert codex("insights", "--all", "--json", "--limit", "3").json == found[:3]
    tagged = codex("insights", "--all", "--json", "--tag", "crowd").json
    assert tagged
    assert all("crowd" in item["tags"] for item in tagged)
    lines = codex("insights", "--all", "--limit", "2").out.splitlines()
    assert [line.endswith(item["insight"]) for line, item in zip(lines, found[:2], strict=True)] == [True, True]
    across = codex("insights", "--json").json
    marked = slept.world.store("SELECT id::text FROM codex_processed.insights WHERE across_notes")
    assert {item["id"] for item in across} == {insight for (insight,) in marked}
    for command in ("insights", "dreams"):
        assert codex(command, "--limit", "0").complaint == "--limit is 0; give a number from 1 to 100,000."


def test_dreams_are_a_list_and_each_joins_two_memories(slept: Slept, codex: Codex) -> None:
    found = codex("dreams", "--json").json
    assert found
    for dream in found:
        assert set(dream["memory_ids"]) <= slept.ids
        assert len(set(dream["memory_ids"])) == 2
        assert dream["dream"]
        assert 0 <= dream["plausibility"] <= 1
    assert found[0]["dream"] in codex("dreams", "--limit", "1").out


# ---- trace


def stages(traced: dict[str, Any]) -> list[str]:
    return [stage["stage"] for stage in traced["stages"]]


def test_what_is_known_went_through_every_stage_with_its_numbers(slept: Slept, codex: Codex) -> None:
    ((known, gist),) = slept.world.lake(
        "select memory_id, semantic_gist from long_term.ltm_semantic_network order by memory_id limit 1"
    )
    traced = codex("trace", str(known), "--json").json
    assert (traced["memory_id"], traced["diagnosis"]) == (str(known), "It is known.")
    assert stages(traced)[:5] == ["source", "working_memory", "short_term", "consolidation", "long_term"]
    by_stage = {stage["stage"]: stage for stage in traced["stages"]}
    assert all(by_stage[stage]["at"] for stage in stages(traced)[:5])
    assert by_stage["working_memory"]["details"]["slot"] >= 1
    assert 0 < by_stage["short_term"]["details"]["encoding_strength"] <= 1
    assert by_stage["consolidation"]["details"]["strength"] >= by_stage["consolidation"]["details"]["threshold"]
    assert by_stage["consolidation"]["details"]["replays"]
    assert by_stage["long_term"]["details"]["gist"] == gist
    shown = codex("trace", str(known)).out
    assert all(stage in shown for stage in stages(traced))
    assert shown.endswith("It is known.\n")


def test_a_trace_says_where_a_memory_stopped_and_why(slept: Slept, codex: Codex) -> None:
    (left_out, *_) = slept.world.lake(
        "select memory_id, rank_in_window, capacity from working_memory.wm_admissions where fate = 'unattended'"
    )
    expected = {
        str(left_out[0]): (
            "working_memory",
            f"It stopped at working memory: unattended, rank {left_out[1]} in its attention window with room for "
            f"{left_out[2]}.",
        ),
        LONG: ("working_memory", "It stopped at working memory: filtered, longer than 50000 characters."),
        FUTURE: ("source", "It is pending: lies in the future."),
        LATE: (
            "source",
            "It waits for working memory (each minute while awake, or ./codex consolidate --type working).",
        ),
    }
    for memory_id, (stage, diagnosis) in expected.items():
        traced = codex("trace", memory_id, "--json").json
        assert traced["diagnosis"] == diagnosis
        # The quick path leads beside the stages.
        assert [name for name in stages(traced) if name not in {"associations", "insight"}][-1] == stage, diagnosis
        assert diagnosis in codex("trace", memory_id).out
    deleted = codex("trace", GONE, "--json").json
    assert deleted["stages"][0]["status"] == "deleted at the source"
    assert deleted["diagnosis"].startswith("It was deleted at the source")


def test_the_beginning_of_an_id_is_enough_if_it_is_the_only_one(slept: Slept, codex: Codex) -> None:
    assert codex("trace", ALONE.upper(), "--json").json["memory_id"] == ALONE
    only = next(memory_id for memory_id in sorted(slept.ids) if not memory_id.startswith("f0000000"))
    others = [memory_id for memory_id in slept.ids if memory_id != only]
    beginning = next(only[:size] for size in range(1, 37) if not any(other.startswith(only[:size]) for other in others))
    assert codex("trace", beginning, "--json").json["memory_id"] == only
    assert codex("trace", "f0000000").complaint == "Several memories begin with f0000000: give more of the id."
    unknown = "00000000-0000-4000-8000-000000000000"
    assert codex("trace", unknown).complaint == f"There is no memory {unknown}, and there was none."
    for text in ("tide", "", "%", "1'"):
        assert codex("trace", text).complaint == f"{text!r} is no memory id; ids are shown by query and insights."


# ---- export


def test_an_export_is_the_same_each_time_and_in_every_format(slept: Slept, codex: Codex, tmp_path: Path) -> None:
    formats = {name: codex("export", "--format", name).written for name in ("jsonl", "json", "csv", "parquet")}
    for name, written in formats.items():
        assert codex("export", "--format", name).written == written
        file = tmp_path / f"all.{name}"
        told = codex("export", "--format", name, "--output", file)
        assert (told.code, told.out) == (0, "")
        assert file.read_bytes() == written
    assert codex("export").written == formats["jsonl"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".jsonl", ".json", ".csv", ".parquet"}

    records = [json.loads(line) for line in formats["jsonl"].splitlines()]
    assert {record["kind"] for record in records} - {"thread", "change"} == {
        *("memory", "insight", "episode", "association", "knowledge", "dream"),
        *("commitment", "question"),
    }  # fmt: skip
    assert {record["id"] for record in records if record["kind"] == "memory"} >= slept.ids - {GONE}
    assert json.loads(formats["json"]) == records
    expected = [(record["kind"], record["id"], record["at"], record["text"] or "") for record in records]
    rows = csv.DictReader(io.StringIO(formats["csv"].decode(), newline=""))
    assert [(row["kind"], row["id"], row["at"], row["text"]) for row in rows] == expected
    table = (
        duckdb.read_parquet(str(tmp_path / "all.parquet")).project("kind, id, \"at\", coalesce(text, '')").fetchall()
    )
    assert table == expected


def test_an_export_that_cannot_be_made_is_told_and_leaves_nothing(slept: Slept, codex: Codex, tmp_path: Path) -> None:
    assert codex("export", "--format", "xml").complaint == (
        "There is no format 'xml'; there are jsonl, json, csv, parquet, graphml, markdown."
    )
    kinds = "memory, insight, episode, association, knowledge, dream, thread, commitment, change, question, correction"
    told = f"; there are {kinds}."
    assert codex("export", "--kinds", "memory,idea").complaint == f"There is no kind 'idea'{told}"
    assert codex("export", "--kinds", "").complaint == f"There is no kind ''{told}"
    gone = tmp_path / "gone" / "all.jsonl"
    assert codex("export", "-o", gone).complaint == f"{gone} can't be written: No such file or directory."
    assert codex("export", "-o", tmp_path).complaint == f"{tmp_path} can't be written: Is a directory."
    assert list(tmp_path.parent.glob("*.part")) == []
    only = codex("export", "--kinds", "dream, memory").out.splitlines()
    assert {json.loads(line)["kind"] for line in only} == {"memory", "dream"}


# ---- status


def test_status_accounts_for_every_memory(slept: Slept, codex: Codex) -> None:
    found = codex("status", "--json").json
    account = found["accounting"]
    fates = ["attended", "unattended", "filtered", "failed", "pending"]
    assert list(account) == ["source", *fates]
    assert account["source"] == sum(account[fate] for fate in fates)
    assert account["source"] == slept.world.store("SELECT count(*) FROM public.memories")[0][0]
    assert (account["filtered"], account["failed"], account["pending"]) == (1, 0, 2)
    assert account["unattended"] >= 3
    assert found["web_url"] is None
    assert found["running"] is False
    stages = found["stages"]
    assert list(stages) == [
        "source", "attended", "traces", "replayed", "consolidated", "knowledge", "dreams", "archived"
    ]  # fmt: skip
    assert stages["attended"] == account["attended"]
    assert stages["traces"] >= stages["replayed"] >= stages["consolidated"] >= stages["knowledge"] > 0
    assert list(found["rhythms"]) == [rhythm.dag_id for rhythm in RHYTHMS]
    for rhythm in RHYTHMS_OF_A_NIGHT:
        run = found["rhythms"][rhythm.dag_id]
        assert datetime.fromisoformat(run["as_of"]) == NIGHT
    shown = codex("status").out
    assert (
        f"{account['source']} = {account['attended']} attended + {account['unattended']} unattended + 1 filtered"
        in shown
    )
    assert "working_memory" in shown
    assert "2026-03-30 03:00" in shown, "in the owner's zone"


@pytest.mark.integration
def test_status_has_airflows_account_of_its_runs(slept: Slept, codex: Codex) -> None:
    slept.world.run_dags("all", as_of=NIGHT)
    found = codex("status", "--json").json
    for rhythm in RHYTHMS_OF_A_NIGHT:
        last = found["rhythms"][rhythm.dag_id]["last_run"]
        assert last["state"] == "success"
        assert last["ended_at"] > last["started_at"]


# ---- pipes


def test_a_reader_that_leaves_early_ends_a_command_without_a_word(
    slept: Slept, start: Callable[..., Started], tmp_path: Path
) -> None:
    (tmp_path / "questions.jsonl").write_text('{"id": 1, "text": "tide"}\n')
    commands = [
        *(["export", "--format", name] for name in ("jsonl", "json", "csv", "parquet")),
        ["insights", "--json"],
        ["status"],
        ["query", "--batch", str(tmp_path / "questions.jsonl")],
    ]
    for pair in zip(commands[::2], [*commands[1::2], None], strict=True):
        running = [start(*command) for command in pair if command]
        for process in running:
            assert process.stdout is not None
            process.stdout.close()
        for process in running:
            assert process.stderr is not None
            assert process.stderr.read() == b"", process.args
            assert process.wait(30) == 1


def test_a_reader_that_has_seen_enough_has_seen_whole_lines(slept: Slept, start: Callable[..., Started]) -> None:
    process = start("export")
    assert process.stdout is not None
    assert process.stderr is not None
    first = json.loads(process.stdout.readline())
    process.stdout.close()
    assert first["kind"] == "memory"
    assert process.stderr.read() == b""
    process.wait(30)


def test_json_is_all_there_is_on_stdout_and_in_utf_8(slept: Slept, start: Callable[..., Started]) -> None:
    process = start("query", "inventory", "--json", PYTHONIOENCODING="ascii", TERM="xterm-256color", FORCE_COLOR="1")
    out, err = process.communicate(timeout=60)
    assert err == b""
    assert json.loads(out)
