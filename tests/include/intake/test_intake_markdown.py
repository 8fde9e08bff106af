from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.intake import front_matter, jsonlines, markdown
from include.intake.note import NAMESPACE, Identity, Note, Refusal, Rules

RULES = Rules(ZoneInfo("Europe/Berlin"))


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_one(path: Path, rules: Rules = RULES) -> Note | Refusal:
    (one,) = list(markdown.read_file(path, rules))
    return one


@pytest.fixture
def note(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(text: str | bytes, name: str = "a file.md") -> Note:
        one = read_one(write(tmp_path / name, text))
        assert isinstance(one, Note), one
        return one

    return make


@pytest.fixture
def reason(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(text: str | bytes, rules: Rules = RULES) -> str:
        path = write(tmp_path / "bad.md", text)
        one = read_one(path, rules)
        assert isinstance(one, Refusal), one
        assert one.source == str(path)
        return one.reason

    return make


def metadata(note: Note) -> dict[str, object]:
    found = json.loads(note.metadata or "")
    assert isinstance(found, dict)
    return found


# ---- the body


def test_the_body_without_its_front_matter_is_the_content(note) -> None:
    text = "---\ntitle: T\n---\n\n    indented\r\n\r\ntext --- with\n\n---\n\na rule \n\n"
    assert note(text).content == "    indented\n\ntext --- with\n\n---\n\na rule"


def test_a_file_without_front_matter_is_its_content_as_it_is(note) -> None:
    assert note("  first\n---\nsecond").content == "  first\n---\nsecond"
    assert note("---\n").content == "---"
    assert note("----\nonly a rule\n").content == "----\nonly a rule"


def test_a_text_between_two_rules_is_no_front_matter(note) -> None:
    text = "---\nJust a sentence.\n---\nAnd another one."
    assert note(text).content == text
    assert metadata(note(text)) == {"path": "a file.md"}


def test_a_mapping_between_two_rules_further_down_is_text(note) -> None:
    text = "text\n\n---\nkey: value\n---\n\nmore"
    assert note(text).content == text


def test_empty_front_matter_says_nothing(note) -> None:
    assert note("---\n---\n\nbody").content == "body"
    assert note("---\n# only a comment\n---\nbody").content == "body"


def test_a_byte_order_mark_and_old_line_ends_do_not_hide_the_front_matter(note) -> None:
    read = note(b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\nbody\r\n")
    assert (read.summary, read.content) == ("T", "body")
    assert note(b"---\rtitle: T\r---\rbody").summary == "T"


# ---- the title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: ' From above '\n---\n# From below\n", "From above"),
        ("---\ntitle: 2026-01-02\n---\n# From below\n", "2026-01-02"),
        ("---\ntitle: ''\n---\n# From below\n", "From below"),
        ("---\ntitle: [a, b]\n---\n# From below\n", "From below"),
        ("text\n\n## Second level\n\n# The first # heading ##\n# Another\n", "The first # heading"),
        ("# C#\n", "C#"),
        ("#\tTab\n", "Tab"),
        ("#   Spaces   \n", "Spaces"),
        ("#tag\n#\n# \n# ##\n   # Indented\n", "Indented"),
        ("    # code\n# Heading\n", "Heading"),
        ("```sh\n# a comment\n```\n# Heading\n", "Heading"),
        ("~~~\n```\n# a comment\n~~~\n# Heading\n", "Heading"),
        ("````\n# a\n```\n# b\n````\n# Heading\n", "Heading"),
        ("```\n# a\n```sh\n# b\n```\n# Heading\n", "Heading"),
        ("``` inline ``` code\n# Heading\n", "Heading"),
        ("```\n# never closed\n", "a file"),
        ("no heading at all", "a file"),
    ],
)
def test_the_title_is_stated_or_the_first_heading_or_the_name(note, text: str, title: str) -> None:
    assert note(text).summary == title


def test_a_long_line_of_spaces_and_signs_takes_no_time(note) -> None:
    assert note("# " + " # " * 16_000 + "x").summary.endswith("x")


# ---- tags


@pytest.mark.parametrize(
    ("stated", "tags"),
    [
        ("[One, '#two', one, 'two words ', '', null]", ("one", "two", "two words")),
        ("'#one, Two  three,#four'", ("one", "two", "three", "four")),
        ("[2026, 2026-01-02, true, 1.5]", ("2026", "2026-01-02", "true", "1.5")),
        ("2026", ("2026",)),
        ("", ()),
        ("'##'", ()),
    ],
)
def test_tags_are_lower_case_without_signs_and_once(note, stated: str, tags: tuple[str, ...]) -> None:
    read = note(f"---\ntags: {stated}\n---\n#inline tags are text\n")
    assert read.tags == tags
    assert "tags" not in metadata(read)


def test_tags_that_are_no_texts_are_refused(reason) -> None:
    assert reason("---\ntags: [{a: b}]\n---\nx") == "tags is not a list of texts"
    assert reason("---\ntags: {a: b}\n---\nx") == "tags is not a list of texts"
    assert reason("---\ntags: [[a]]\n---\nx") == "tags is not a list of texts"


# ---- the time


@pytest.mark.parametrize(
    ("stated", "utc"),
    [
        ("date: 2026-01-02", datetime(2026, 1, 1, 23, tzinfo=UTC)),
        ("created: 2026-07-02 10:30:00", datetime(2026, 7, 2, 8, 30, tzinfo=UTC)),
        ("created_at: 2026-07-02T10:30:00-05:00", datetime(2026, 7, 2, 15, 30, tzinfo=UTC)),
        ("date: '2026-07-02T10:30:00Z'", datetime(2026, 7, 2, 10, 30, tzinfo=UTC)),
        ("date: 2026-07-02 10:30:00 +0200", datetime(2026, 7, 2, 8, 30, tzinfo=UTC)),
        ("date: 20260702", datetime(2026, 7, 1, 22, tzinfo=UTC)),
        ("date: '1767225600'", datetime(2026, 1, 1, tzinfo=UTC)),
        ("date: 1767225600000", datetime(2026, 1, 1, tzinfo=UTC)),
        ("date: 12. Mai 2026", datetime(2026, 5, 11, 22, tzinfo=UTC)),
        ("date: May 12th, 2026 4:30 PM", datetime(2026, 5, 12, 14, 30, tzinfo=UTC)),
        ("date: March 2026", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("date:\ncreated: ''\ncreated_at: 2026-01-02", datetime(2026, 1, 1, 23, tzinfo=UTC)),
    ],
)
def test_the_time_is_that_of_the_front_matter(note, stated: str, utc: datetime) -> None:
    read = note(f"---\n{stated}\n---\nx")
    assert read.created_at == utc
    assert read.dated


def test_the_first_of_several_dates_counts_and_the_others_are_kept(note) -> None:
    read = note("---\nupdated: 2026-03-04\ncreated: 2026-01-03\ndate: 2026-01-02 03:04:05\n---\nx")
    assert read.created_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert metadata(read) == {"path": "a file.md", "updated": "2026-03-04", "created": "2026-01-03"}


def test_without_a_date_it_is_that_of_the_file_and_never_one_to_come(tmp_path: Path) -> None:
    path = write(tmp_path / "x.md", "x")
    os.utime(path, (1_600_000_000.5, 1_600_000_000.5))
    read = read_one(path)
    assert isinstance(read, Note)
    assert read.created_at == datetime.fromtimestamp(1_600_000_000.5, UTC)
    assert not read.dated
    ahead = datetime.now(UTC) + timedelta(days=3)
    os.utime(path, (ahead.timestamp(), ahead.timestamp()))
    read = read_one(path)
    assert isinstance(read, Note)
    assert abs(read.created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_dates_that_are_none_are_refused_by_the_name_of_their_key(reason) -> None:
    for words in ("soon", "yesterday", "12:30", "in two weeks", "x" * 200):
        assert reason(f"---\ncreated: {words!r}\n---\nx").startswith("created '")
    assert (
        reason("---\ndate: soon\n---\nx") == "date 'soon' is no date that can be understood; write it like 2026-03-29"
    )
    assert reason("---\ndate: [1]\n---\nx") == "date [1] is no date"
    assert reason("---\ndate: true\n---\nx") == "date True is no date"
    assert reason("---\ndate: 2999-01-01\n---\nx") == "date 2999-01-01T00:00:00+01:00 lies in the future"
    assert "is no valid YAML: month must be in 1..12" in reason("---\ndate: 2026-13-45\n---\nx")


def test_a_text_over_which_the_date_parser_stumbles_is_no_date(reason, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise OverflowError

    monkeypatch.setattr("dateparser.parse", stumble)
    assert reason("---\ndate: soon\n---\nx").startswith("date 'soon' is no date")


# ---- identity and metadata


def test_the_id_is_stated_or_that_of_the_path(note, tmp_path: Path) -> None:
    read = note("---\nid: 6f1c1f0e-6d0a-4b43-9a53-0d6bb0f3a111\n---\nx")
    assert (read.id, read.identity) == (UUID("6f1c1f0e-6d0a-4b43-9a53-0d6bb0f3a111"), Identity.STATED)
    assert metadata(read) == {"path": "a file.md"}
    read = note("---\nid: 5\n---\nx")
    path = str((tmp_path / "a file.md").resolve())
    assert (read.id, read.identity) == (uuid5(NAMESPACE, path), Identity.PATH)
    assert metadata(read) == {"path": "a file.md", "id": 5}


def test_an_edited_file_keeps_its_id_whatever_way_it_is_named(note, tmp_path: Path, monkeypatch) -> None:
    first = note("x", "sub/x.md")
    monkeypatch.chdir(tmp_path)
    again = note("y", "sub/x.md")
    (by_folder,) = markdown.read_folder(Path("sub/../sub"), RULES)
    assert isinstance(by_folder, Note)
    assert first.id == again.id == by_folder.id
    assert first.content_hash != again.content_hash


def test_all_other_keys_are_metadata_as_json_has_them(note) -> None:
    text = (
        "---\nup: '[[Home]]'\nrating: 5\nshare: 0.5\ndone: true\nnothing:\nwhen: 2026-01-02T03:04:05Z\n"
        "day: 2026-01-02\nlist: [1, {true: 2026-01-02}]\nraw: !!binary aGk=\nset: !!set {y, x}\nbig: .inf\n7: seven\n"
        "path: elsewhere\nsummary: mine\n---\nx"
    )
    assert metadata(note(text)) == {
        "up": "[[Home]]",
        "rating": 5,
        "share": 0.5,
        "done": True,
        "nothing": None,
        "when": "2026-01-02T03:04:05+00:00",
        "day": "2026-01-02",
        "list": [1, {"true": "2026-01-02"}],
        "raw": "aGk=",
        "set": ["x", "y"],
        "big": "inf",
        "7": "seven",
        "path": "a file.md",
        "summary": "mine",
    }


# ---- what is refused


def test_a_file_without_text_is_refused(reason) -> None:
    assert reason("") == "it is empty"
    assert reason(" \r\n\t\n") == "it is empty"
    assert reason("---\ntitle: T\n---\n\n  \n") == "it holds no text below its front matter"


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("title: [1, 2", "did not find expected ',' or ']' (line 3)"),
        ("ok: 1\ntitle: a: b", "mapping values are not allowed in this context (line 3)"),
        ("date: {{date}}", "found unhashable key (line 2)"),
        ("a: \x07", "control characters are not allowed"),
        ("a: !!python/object:os.system x", "could not determine a constructor for the tag"),
        ("a: !!int x", "invalid literal for int() with base 10: 'x'"),
        ("a: !!bool x", "'x'"),
        ("a: !!timestamp x", "'NoneType' object has no attribute 'groupdict'"),
    ],
)
def test_broken_front_matter_is_refused_with_the_line(reason, block: str, why: str) -> None:
    given = reason(f"---\n{block}\n---\nbody")
    assert given.startswith("the front matter is no valid YAML: ")
    assert why in given


def test_front_matter_that_is_a_trap_is_refused(reason, monkeypatch: pytest.MonkeyPatch) -> None:
    laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]"
    assert reason(f"---\n{laughs}\n---\nx") == "the front matter uses YAML aliases (*name), which are not read"
    assert reason(f"---\na: {'[' * 100_000}\n---\nx") == "the front matter is nested too deeply"
    monkeypatch.setattr(front_matter, "LONGEST", 100)
    assert reason(f"---\na: {'x' * 100}\n---\nx") == "the front matter is longer than 100 characters"


def test_a_number_that_python_does_not_print_is_refused(reason) -> None:
    number = f"0x{'f' * 5_000}"
    for key in ("id", "rating"):
        assert reason(f"---\n{key}: {number}\n---\nx") == "metadata holds a number that is too large"
    for key in ("tags", "title"):
        assert reason(f"---\n{key}: {number}\n---\nx").startswith("its front matter can't be taken: Exceeds the limit")


def test_a_nul_in_the_front_matter_is_refused(reason) -> None:
    assert reason('---\na: "\\0"\n---\nx') == "metadata holds a NUL character, which no text may"
    assert reason('---\ntitle: "\\0x"\n---\nx') == "summary holds a NUL character, which no text may"
    assert reason("x\0y") == "content holds a NUL character, which no text may"


def test_what_is_not_utf_8_is_refused(tmp_path: Path, reason) -> None:
    path = write(tmp_path / "latin.md", b"one\ntwo\ncaf\xe9\n")
    assert read_one(path) == Refusal(str(path), 3, "the file is not valid UTF-8")
    assert reason("# x\n".encode("utf-16")) == "the file is in UTF-16; save it as UTF-8"


def test_what_is_too_long_is_refused(reason, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason("x" * 50_001).startswith("content is 50,001 characters long, and the limit is 50,000: split it")
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1_000)
    assert reason("x" * 1_001, Rules(RULES.zone, 10)) == "the file is larger than 1,000 bytes; split it into parts"


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "broken.md"
    link.symlink_to(tmp_path / "nowhere.md")
    os.mkfifo(tmp_path / "pipe.md")
    assert list(markdown.read_folder(tmp_path, RULES)) == [
        Refusal(str(link), None, "it can't be read: No such file or directory"),
        Refusal(str(tmp_path / "pipe.md"), None, "it is no file"),
    ]


# ---- folders


def contents(folder: Path) -> list[str]:
    return [one.content if isinstance(one, Note) else one.reason for one in markdown.read_folder(folder, RULES)]


def test_a_folder_is_read_by_name_with_all_below_it(tmp_path: Path) -> None:
    for name in ("b.md", "a.MD", "c.markdown", "d.txt", "Z/1.md", "Z/Y y/2.md", "A/3.md"):
        write(tmp_path / name, f"---\ntags: [Z, own]\n---\n{name}")
    notes = [one for one in markdown.read_folder(tmp_path, RULES) if isinstance(one, Note)]
    assert [one.content for one in notes] == ["a.MD", "b.md", "c.markdown", "A/3.md", "Z/1.md", "Z/Y y/2.md"]
    assert [metadata(one)["path"] for one in notes] == [one.content for one in notes]
    assert [one.tags for one in notes[2:]] == [
        ("z", "own"),
        ("a", "z", "own"),
        ("z", "own"),
        ("z", "y y", "own"),
    ]
    assert [one.place.source for one in notes] == [str(tmp_path / one.content) for one in notes]


def test_hidden_and_foreign_folders_are_passed_over_but_not_a_hidden_one_that_is_named(tmp_path: Path) -> None:
    for name in (".obsidian/a.md", ".git/b.md", ".trash/c.md", "node_modules/d.md", "._e.md", "x/.y/f.md", "g.md"):
        write(tmp_path / name, name)
    assert contents(tmp_path) == ["g.md"]
    assert contents(tmp_path / ".trash") == [".trash/c.md"]


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    write(tmp_path / "notes.md" / "x.md", "x")
    assert contents(tmp_path) == ["x"]


def test_links_are_followed_once_and_only_within_the_folder_and_loops_end(tmp_path: Path) -> None:
    vault, outside = tmp_path / "vault", tmp_path / "outside"
    write(vault / "b.md", "b")
    write(outside / "o.md", "o")
    (vault / "a.md").symlink_to(vault / "b.md")
    (vault / "loop").symlink_to(vault)
    (vault / "self").symlink_to(vault / "self")
    (vault / "linked").symlink_to(outside)
    (vault / "twice").symlink_to(outside)
    (outside / "back").symlink_to(vault)
    (vault / "file.md").symlink_to(outside / "o.md")
    refused = "the link leads out of the folder; give its target by itself"
    assert contents(vault) == ["b", refused, refused]
    (tmp_path / "door").symlink_to(vault)
    assert contents(tmp_path / "door") == ["b", refused, refused], "the folder itself may be a link"


def test_a_folder_without_markdown_says_so(tmp_path: Path) -> None:
    write(tmp_path / "sub" / "x.txt", "x")
    assert list(markdown.read_folder(tmp_path, RULES)) == [
        Refusal(str(tmp_path), None, "the folder holds no Markdown file (*.md)")
    ]


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_read(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path / "a" / "x.md", "x")
    write(tmp_path / "b" / "y.md", "y")
    listed = Path.iterdir

    def iterdir(path: Path):  # type: ignore[no-untyped-def]
        if path.name == "a":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert contents(tmp_path) == ["the folder can't be read: Permission denied", "y"]
    assert contents(tmp_path / "a") == ["the folder can't be read: Permission denied"]


def test_names_that_are_no_unicode_are_taken(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.md"
    Path(os.fsdecode(raw)).write_text("x")
    (one,) = list(markdown.read_folder(tmp_path, RULES))
    assert isinstance(one, Note)
    assert (one.summary, metadata(one)["path"]) == ("caf\ufffd", "caf\ufffd.md")
    assert one.place.source.endswith("caf\ufffd.md")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(front=st.text(max_size=80), body=st.text(max_size=40))
def test_any_file_is_a_note_or_a_refusal(tmp_path: Path, front: str, body: str) -> None:
    path = write(tmp_path / "any.md", f"---\n{front}\n---\n{body}".encode("utf-8", "replace"))
    one = read_one(path)
    assert isinstance(one, Note | Refusal)
    assert isinstance(one, Note) or one.reason.encode()
