from __future__ import annotations

import io
import json
import os
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.intake import jsonlines
from include.intake.note import NAMESPACE, Identity, Note, Refusal, Rules, content_hash

RULES = Rules(ZoneInfo("Europe/Berlin"))
GOOD = b'{"content": "good"}'
ID = "6f1c1f0e-6d0a-4b43-9a53-0d6bb0f3a111"


def read(*lines: bytes, rules: Rules = RULES) -> list[Note | Refusal]:
    return list(jsonlines.read_stream(io.BytesIO(b"\n".join(lines)), "notes", rules))


def note(**fields: object) -> Note:
    (one,) = read(json.dumps({"content": "a note", **fields}).encode())
    assert isinstance(one, Note), one
    return one


def reason(line: bytes | dict[str, object], rules: Rules = RULES) -> str:
    """The reason for which a line between two good ones is refused."""
    text = line if isinstance(line, bytes) else json.dumps(line).encode()
    before, refusal, after = read(GOOD, text, GOOD, rules=rules)
    assert isinstance(before, Note)
    assert isinstance(after, Note)
    assert isinstance(refusal, Refusal), refusal
    assert (refusal.source, refusal.line) == ("notes", 2)
    return refusal.reason


# ---- what is taken


def test_a_note_has_all_that_its_line_states() -> None:
    stated = note(
        id=ID,
        created_at="2026-01-02T03:04:05+01:00",
        context="at the desk",
        summary="a summary",
        tags=["one", "Two"],
        metadata={"mood": {"calm": True}},
        parent_id="00000000-0000-0000-0000-00000000000a",
        chunk_index=2,
        total_chunks=2,
    )
    assert stated.id == UUID(ID)
    assert stated.identity is Identity.STATED
    assert stated.created_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert stated.dated
    assert (stated.context, stated.summary, stated.tags) == ("at the desk", "a summary", ("one", "Two"))
    assert json.loads(stated.metadata or "") == {"mood": {"calm": True}}
    assert (stated.parent_id, stated.chunk_index, stated.total_chunks) == (UUID(int=10), 2, 2)
    assert (stated.place.source, stated.place.line) == ("notes", 1)


def test_what_a_line_does_not_state_is_not_made_up_and_null_states_nothing() -> None:
    fields = ["context", "summary", "tags", "metadata", "parent_id", "chunk_index", "total_chunks"]
    for plain in (note(), note(**dict.fromkeys([*fields, "id", "created_at"]))):
        assert [getattr(plain, field) for field in fields] == [None] * len(fields)
        assert plain.identity is Identity.CONTENT
        assert not plain.dated
        assert abs(plain.created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_note_without_an_id_gets_one_from_its_words_alone() -> None:
    first, again, other = note(), note(summary="x", created_at="2020-01-01"), note(content="another note")
    assert first.id == again.id == uuid5(NAMESPACE, content_hash("a note"))
    assert other.id != first.id


def test_the_content_is_stored_as_given_but_for_line_ends_and_white_space_at_the_end() -> None:
    kept = note(content="  one\r\ntwo\rthree \n four \u00a0\n\n \t")
    assert kept.content == "  one\ntwo\nthree \n four"
    assert kept.content_hash == content_hash("  one\ntwo\nthree \n four")
    assert note(content="  one\ntwo\nthree \n four").id == kept.id


def test_the_content_hash_is_the_sha_256_of_its_utf_8() -> None:
    assert content_hash("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_one_tag_may_stand_without_a_list() -> None:
    assert note(tags="one tag").tags == ("one tag",)
    assert note(tags=[]).tags == ()


def test_other_keys_are_metadata_and_explicit_metadata_wins() -> None:
    stated = note(path="a/b.md", mood="good", none=None, metadata={"mood": "better", "place": "home"})
    assert json.loads(stated.metadata or "") == {"path": "a/b.md", "mood": "better", "none": None, "place": "home"}
    assert json.loads(note(path="a/b.md").metadata or "") == {"path": "a/b.md"}


def test_empty_lines_count_but_are_no_notes_and_a_byte_order_mark_is_passed_over() -> None:
    lines = read(b"\xef\xbb\xbf" + GOOD, b"", b" \t\r", GOOD + b"\r", b"")
    assert [isinstance(line, Note) and line.place.line for line in lines] == [1, 4]


def test_text_beyond_ascii_is_taken_escaped_or_not() -> None:
    text = "Zoë 🎈 — naïve"
    (raw,) = read(json.dumps({"content": text}, ensure_ascii=False).encode())
    (escaped,) = read(json.dumps({"content": text}).encode())
    assert isinstance(raw, Note)
    assert isinstance(escaped, Note)
    assert raw.content == escaped.content == text


@pytest.mark.parametrize("stream", [io.StringIO, lambda text: io.TextIOWrapper(io.BytesIO(text.encode()), "ascii")])
def test_a_text_stream_is_read_like_a_binary_one(stream: type[io.StringIO]) -> None:
    read_text = list(jsonlines.read_stream(stream('{"content": "é"}\n{"content": "ü"}'), "text", RULES))
    assert [isinstance(one, Note) and one.content for one in read_text] == ["é", "ü"]


# ---- what is refused, and why


def test_what_is_no_json_is_refused() -> None:
    assert reason(b'{"content": "x"') == "it is no valid JSON: Expecting ',' delimiter (column 16)"
    assert reason(b'{"content": "x"} {}') == "it is no valid JSON: Extra data (column 18)"
    assert reason(b'{"content": "x", "n": NaN}') == "it is no valid JSON: NaN is no JSON number"
    assert reason(b'{"content": "x", "n": -Infinity}') == "it is no valid JSON: -Infinity is no JSON number"
    assert reason(b'{"content": "x", "n": ' + b"9" * 5000 + b"}").startswith("it is no valid JSON: Exceeds the limit")
    assert reason(b"[" * 100_000) == "it is nested too deeply"


@pytest.mark.parametrize(
    ("line", "kind"),
    [(b"[1]", "a list"), (b'"text"', "a text"), (b"1.5", "a number"), (b"null", "null"), (b"true", "true or false")],
)
def test_what_is_no_object_is_refused(line: bytes, kind: str) -> None:
    assert reason(line) == f"it is {kind}, not a JSON object"


def test_a_note_without_words_is_refused() -> None:
    assert reason(b"{}") == "there is no content"
    assert reason({"content": None}) == "there is no content"
    assert reason({"content": " \r\n\t\u2003"}) == "content is blank"
    assert reason({"content": 5}) == "content is not a text"
    assert reason({"content": ["x"]}) == "content is not a text"


def test_a_nul_is_refused_wherever_it_is() -> None:
    for field in ("content", "context", "summary"):
        assert reason({"content": "x", field: "a\0b"}) == f"{field} holds a NUL character, which no text may"
    assert reason({"content": "x", "tags": ["ok", "\0"]}) == "tags[1] holds a NUL character, which no text may"
    for metadata in ({"a": "\0"}, {"\0": 1}, {"a": [{"b": "\\\0"}]}):
        assert reason({"content": "x", "metadata": metadata}) == "metadata holds a NUL character, which no text may"
    assert reason({"content": "x", "other": "\0"}) == "metadata holds a NUL character, which no text may"
    assert reason(b'{"content": "a\0b"}') == "it holds a NUL character, which no text may"


def test_text_about_a_nul_is_no_nul() -> None:
    assert json.loads(note(metadata={"about": "\\u0000 is a NUL"}).metadata or "") == {"about": "\\u0000 is a NUL"}


def test_invalid_utf_8_spoils_its_own_line_only() -> None:
    assert reason(b'{"content": "\xff\xfe"}') == "it is not valid UTF-8 (byte 14 of the line)"
    assert reason(b'{"content": "caf\xe9"}') == "it is not valid UTF-8 (byte 17 of the line)"


def test_half_a_character_is_refused_wherever_it_is() -> None:
    half = "holds half a character (a lone surrogate or invalid UTF-8)"
    for field in ("content", "context", "summary", "id", "parent_id"):
        assert reason({"content": "x", field: "a\ud800b"}) == f"{field} {half}"
    assert reason({"content": "x", "tags": ["\udfff"]}) == f"tags[0] {half}"
    assert reason({"content": "x", "metadata": {"a": "\ud800"}}) == f"metadata {half}"
    assert reason({"content": "x", "\ud800": "a"}) == f"metadata {half}"


def test_utf_16_is_told_once() -> None:
    raw = '{"content": "x"}\n{"content": "y"}\n'.encode("utf-16")
    (refusal,) = list(jsonlines.read_stream(io.BytesIO(raw), "notes", RULES))
    assert refusal == Refusal("notes", 1, "the file is in UTF-16; save it as UTF-8")


def test_a_content_at_the_limit_is_taken_and_beyond_it_the_way_out_is_told() -> None:
    rules = Rules(RULES.zone, max_content_length=1_200)
    taken = read(json.dumps({"content": "é" * 1_200 + "\n\n"}).encode(), rules=rules)
    assert isinstance(taken[0], Note)
    assert reason({"content": "é" * 1_201}, rules) == (
        "content is 1,201 characters long, and the limit is 1,200: split it into parts, which in JSON Lines "
        "share a parent_id, with chunk_index and total_chunks"
    )


def test_ten_million_characters_are_refused_quickly_and_within_bounds() -> None:
    line = json.dumps({"content": "x" * 10_000_000}).encode()
    tracemalloc.start()
    began = time.monotonic()
    assert reason(line).startswith("content is 10,000,000 characters long, and the limit is 50,000: split it")
    taken = time.monotonic() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 5
    assert peak < 10 * len(line)


def test_a_line_beyond_all_bounds_is_passed_over_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1_000)
    rules = Rules(RULES.zone, max_content_length=10)
    assert reason(b'{"content": "' + b"x" * 5_000 + b'"}', rules) == (
        "the line is longer than 1,000 bytes; split it into parts"
    )
    assert jsonlines.line_limit(Rules(RULES.zone, max_content_length=100)) == 1_200, "a long note is a long line"
    just_too_long = b'{"content": "x"}'.ljust(1_000) + b"\n" + GOOD
    assert [type(one) for one in read(just_too_long, rules=rules)] == [Refusal, Note], "the next line is another one"
    (at_the_end,) = read(b"x" * 1_001, rules=rules)
    assert isinstance(at_the_end, Refusal)


def test_ids_and_chunks_are_checked() -> None:
    assert reason({"content": "x", "id": "abc"}) == "id is not a UUID"
    assert reason({"content": "x", "id": 5}) == "id is not a UUID"
    assert reason({"content": "x", "parent_id": ""}) == "parent_id is not a UUID"
    assert reason({"content": "x", "chunk_index": 0}) == "chunk_index is less than 1"
    assert reason({"content": "x", "total_chunks": 0}) == "total_chunks is less than 1"
    assert reason({"content": "x", "chunk_index": 2**31}) == "chunk_index is more than 2147483647"
    for index in ("1", 1.5, True):
        assert reason({"content": "x", "chunk_index": index}) == "chunk_index is not a whole number"
    assert reason({"content": "x", "chunk_index": 3, "total_chunks": 2}) == "chunk_index is 3, but total_chunks only 2"


def test_tags_and_metadata_are_checked() -> None:
    assert reason({"content": "x", "tags": ["ok", 5]}) == "tags[1] is not a text"
    assert reason({"content": "x", "tags": {"a": 1}}) == "tags is not a list of texts"
    assert reason({"content": "x", "metadata": "text", "other": 1}) == "metadata is not an object"
    assert reason(b'{"content": "x", "n": 1e999}') == "metadata holds a number that is too large"
    assert reason({"content": "x", "context": 5, "summary": []}) == "context is not a text; summary is not a text"


def test_metadata_that_can_be_read_but_not_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr("include.intake.note.json.dumps", too_deep)
    (refusal,) = read(b'{"content": "x", "a": 1}')
    assert refusal == Refusal("notes", 1, "metadata is nested too deeply")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04", datetime(2026, 1, 2, 2, 4, tzinfo=UTC)),
        ("2026-07-02", datetime(2026, 7, 1, 22, tzinfo=UTC)),
        (" 2026-01-02 ", datetime(2026, 1, 1, 23, tzinfo=UTC)),
        ("20260102", datetime(2026, 1, 1, 23, tzinfo=UTC)),
        ("2026-07-02T12:00:00.123456-05:30", datetime(2026, 7, 2, 17, 30, 0, 123456, tzinfo=UTC)),
        ("0001-01-02", datetime(1, 1, 1, 23, 6, 32, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_the_owners_and_a_date_is_its_midnight(written: str, utc: datetime) -> None:
    assert note(created_at=written).created_at == utc


@pytest.mark.parametrize("written", ["yesterday", "", "2026-02-30", "0000-01-01", "-0044-03-15", "1512011500000"])
def test_a_time_that_is_none_is_refused(written: str) -> None:
    assert reason({"content": "x", "created_at": written}) == (
        f"created_at {written!r} is no date and time such as 2026-03-29T18:30:00+02:00"
    )


def test_a_time_of_another_kind_or_out_of_range_is_refused() -> None:
    assert reason({"content": "x", "created_at": 1767225600}) == "created_at 1767225600 is no date"
    assert reason({"content": "x", "created_at": True}) == "created_at True is no date"
    assert reason({"content": "x", "created_at": "0001-01-01T00:00:00+14:00"}) == (
        "created_at 0001-01-01T00:00:00+14:00 lies outside the years 1 to 9999"
    )
    assert reason({"content": "x", "created_at": "{field}" * 100}).startswith("created_at '{field}{fie"[:12])
    assert len(reason({"content": "x", "created_at": "y" * 1_000_000})) < 250


def test_a_time_in_the_future_is_refused_by_name_and_clocks_may_differ_a_little() -> None:
    soon = datetime.now(UTC) + timedelta(minutes=9)
    assert note(created_at=soon.isoformat()).created_at == soon
    later = (datetime.now(UTC) + timedelta(minutes=11)).isoformat()
    assert reason({"content": "x", "created_at": later}) == f"created_at {later} lies in the future"
    assert reason({"content": "x", "created_at": "9999-12-31T23:59:59-12:00"}).endswith(
        "lies outside the years 1 to 9999"
    )


def test_every_reason_is_given() -> None:
    assert reason({"id": 1, "content": "", "chunk_index": 0}) == (
        "content is blank; id is not a UUID; chunk_index is less than 1"
    )


def test_a_file_that_fails_while_it_is_read_is_refused_from_there_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "gone.jsonl"
    assert list(jsonlines.read_file(missing, RULES)) == [
        Refusal(str(missing), None, "it can't be read: No such file or directory")
    ]


def test_a_name_that_is_no_unicode_can_be_printed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    path.write_bytes(b"5\n")
    (refusal,) = list(jsonlines.read_file(path, RULES))
    assert isinstance(refusal, Refusal)
    assert refusal.source == f"{tmp_path}/caf\ufffd.jsonl"


# ---- a JSON list


def json_file(tmp_path: Path, text: str | bytes) -> list[Note | Refusal]:
    path = tmp_path / "notes.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(jsonlines.read_list(path, RULES))


def test_a_json_list_is_read_with_the_line_that_each_note_begins_on(tmp_path: Path) -> None:
    text = json.dumps([{"content": "one"}, {"content": ""}, 5, {"content": "two"}], indent=2)
    one, blank, number, two = json_file(tmp_path, "\ufeff" + text)
    assert isinstance(one, Note)
    assert isinstance(two, Note)
    assert (one.content, one.place.line, two.content, two.place.line) == ("one", 2, "two", 9)
    path = str(tmp_path / "notes.json")
    assert blank == Refusal(path, 5, "content is blank")
    assert number == Refusal(path, 8, "it is a number, not a JSON object")


@pytest.mark.parametrize("text", ["[]", " [ ] ", "", "\n"])
def test_an_empty_list_holds_no_note(tmp_path: Path, text: str) -> None:
    assert json_file(tmp_path, text) == []


@pytest.mark.parametrize("text", ['{"content": "one"}', '{"content": "one"}\n{"content": "two"}\n', "[{}]\n[{}]"])
def test_objects_and_lists_one_after_the_other_are_read_too(tmp_path: Path, text: str) -> None:
    assert len(json_file(tmp_path, text)) == text.count("{")


@pytest.mark.parametrize(
    ("broken", "line", "why"),
    [
        ('[{"content": "one"},\n\n{"content": oops}]', 3, "it is no valid JSON: Expecting value (column 13)"),
        (
            '[{"content": "one"}\n{"content": "two"}]',
            2,
            "it is no valid JSON: a comma or the end of the list is missing",
        ),
        ('[{"content": "one"},\n', 2, "it is no valid JSON: Expecting value (column 1)"),
        ('[{"content": "one"}\n', 2, "it is no valid JSON: a comma or the end of the list is missing"),
        ('[{"content": "one"},\n{"n": NaN}]', 2, "it is no valid JSON: NaN is no JSON number"),
        ('[{"content": "one"},\n' + "[" * 100_000, 2, "it is nested too deeply"),
    ],
)
def test_a_broken_list_keeps_what_stands_before_and_tells_where_it_ends(
    tmp_path: Path, broken: str, line: int, why: str
) -> None:
    one, refusal = json_file(tmp_path, broken)
    assert isinstance(one, Note)
    assert refusal == Refusal(str(tmp_path / "notes.json"), line, f"{why}; nothing from here on is read")


def test_invalid_utf_8_spoils_one_note_of_a_list(tmp_path: Path) -> None:
    one, refusal, two = json_file(tmp_path, b'[{"content": "one"}, {"content": "\xff"}, {"content": "two"}]')
    assert isinstance(one, Note)
    assert isinstance(two, Note)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "content holds half a character (a lone surrogate or invalid UTF-8)"


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert list(jsonlines.read_list(tmp_path / "gone.json", RULES)) == [
        Refusal(str(tmp_path / "gone.json"), None, "it can't be read: No such file or directory")
    ]


# ---- laws

texts = st.text(st.characters() | st.sampled_from("\0\ud800\udfff\\{}"), max_size=12)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*sorted(jsonlines.FIELDS), "path", "content_hash", "updated_at"])
nearly_notes = st.dictionaries(names, anything, max_size=6).map(lambda fields: {"content": "x", **fields})


@given(st.lists(st.one_of(anything, nearly_notes), max_size=5), st.booleans())
def test_any_json_is_a_note_or_a_refusal_with_a_reason_and_good_lines_survive(
    values: list[object], escaped: bool
) -> None:
    lines = [json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass") for value in values]
    found = read(*[part for line in lines for part in (GOOD, line)], GOOD)
    assert len(found) == 2 * len(lines) + 1
    assert all(isinstance(good, Note) and good.content == "good" for good in found[::2])
    for number, one in enumerate(found, start=1):
        if isinstance(one, Refusal):
            assert one.reason.encode()
            assert one.line == number


@given(st.lists(st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"")), max_size=5))
def test_any_bytes_never_spoil_the_good_lines(lines: list[bytes]) -> None:
    found = read(GOOD, *lines, GOOD)
    assert [one.content for one in found if isinstance(one, Note) and one.content == "good"] == ["good", "good"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_what_is_stored_is_stored_once_more_as_it_is(text: str) -> None:
    (first,) = read(json.dumps({"content": text}).encode())
    if isinstance(first, Note):
        (again,) = read(json.dumps({"content": first.content}).encode())
        assert isinstance(again, Note)
        assert (again.content, again.id) == (first.content, first.id)
    else:
        assert not text.strip()
