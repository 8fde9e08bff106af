from __future__ import annotations

import io
import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.errors import CodexError
from include.intake.note import Note, Refusal, Rules
from include.intake.sources import File, Source, Stream, Text, file_source, sources_of

RULES = Rules(ZoneInfo("UTC"))
ACCEPTED = "JSON Lines (.jsonl, .ndjson), a JSON list (.json), Markdown (.md, .markdown) or a folder of Markdown"


def contents(source: Source) -> list[str]:
    return [one.content if isinstance(one, Note) else one.reason for one in source.read(RULES)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "A.JSONL"])
def test_json_lines_are_known_by_their_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"content": "one"}\n{"content": "two"}\n')
    assert contents(file_source(path)) == ["one", "two"]


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "a.MD"])
def test_markdown_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"content": "one"}\n')
    assert contents(file_source(tmp_path / name)) == ['{"content": "one"}']


def test_a_json_list_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"content": "one"}, {"content": "two"}]))
    assert contents(file_source(tmp_path / "a.json")) == ["one", "two"]


def test_a_folder_is_read_as_markdown_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "notes.jsonl"
    folder.mkdir()
    (folder / "a.md").write_text("one")
    assert contents(file_source(folder)) == ["one"]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.docx", "jsonl"])
def test_any_other_file_is_refused_and_what_is_accepted_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(CodexError) as told:
        file_source(tmp_path / name)
    assert str(told.value) == f"{tmp_path / name} is none of what notes are read from: {ACCEPTED}."


def test_a_pipe_is_no_file_to_wait_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(CodexError, match="is none of what notes are read from"):
        file_source(tmp_path / "a.jsonl")


def test_a_missing_path_is_told_with_the_way_to_remember_a_text() -> None:
    with pytest.raises(CodexError, match=r"^There is no file or folder gone\.md\. To remember a text, .* --text\.$"):
        sources_of(["gone.md"])


def test_a_text_in_place_of_a_path_is_told(tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="can't be read: File name too long"):
        sources_of(["I met Walter " * 100])


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(CodexError) as told:
        file_source(path)
    assert str(told.value) == f"{path} can't be read: Permission denied."


def test_a_minus_is_standard_input_left_open() -> None:
    stdin = io.BytesIO(b'{"content": "one"}\n5\n')
    (source,) = sources_of(["-"], stdin=stdin)
    assert source == Stream(stdin)
    read = list(source.read(RULES))
    assert isinstance(read[0], Note)
    assert read[0].content == "one"
    assert read[1] == Refusal("standard input", 2, "it is a number, not a JSON object")
    assert not stdin.closed


def test_without_standard_input_a_minus_is_told() -> None:
    with pytest.raises(CodexError, match="no standard input"):
        sources_of(["-"])


def test_a_text_is_one_note_and_comes_last(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("file")
    sources = sources_of([tmp_path / "a.md"], text="said")
    assert sources == [File(tmp_path / "a.md"), Text("said")]
    assert [contents(source) for source in sources] == [["file"], ["said"]]
    assert list(Text(" ").read(RULES)) == [Refusal("--text", None, "content is blank")]
    assert sources_of([]) == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.md"])
def test_a_file_without_a_note_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\n")
    assert list(file_source(tmp_path / name).read(RULES)) == [Refusal(str(tmp_path / name), None, "it is empty")]


def test_standard_input_without_a_note_says_so() -> None:
    assert list(Stream(io.BytesIO(b"\n")).read(RULES)) == [Refusal("standard input", None, "it is empty")]
