"""Notes from JSON Lines: one object a line, and one bad line costs that line alone. A JSON list is read, too."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO, cast

from include.intake.note import FIELDS, Note, Place, Refusal, RefusedError, Rules, checked_note, readable

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line that are read into memory; more where a note may be longer than that."""

BYTES_A_CHARACTER = 12
r"""A character can take as many in JSON: an emoji as \ud83d\ude00."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def line_limit(rules: Rules) -> int:
    """Bytes beyond which a line, or a Markdown file, is refused unread."""
    return max(LINE_LIMIT, BYTES_A_CHARACTER * rules.max_content_length)


def read_stream(stream: BinaryIO | TextIO, source: str, rules: Rules) -> Iterator[Note | Refusal]:
    """Yield each line that is not empty as a note, or as a refusal with its number, as the stream gives them."""
    for number, line in enumerate(_lines(stream, line_limit(rules)), start=1):
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                yield Refusal(source, 1, "the file is in UTF-16; save it as UTF-8")
                return
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            yield _from_line(line, Place(source, number), rules)


def read_file(path: Path, rules: Rules) -> Iterator[Note | Refusal]:
    """Yield the notes of a JSON Lines file. What can't be read any further is a refusal, too."""
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, readable(path), rules)
    except OSError as error:
        yield Refusal(readable(path), None, f"it can't be read: {error.strerror}")


def read_list(path: Path, rules: Rules) -> Iterator[Note | Refusal]:
    """Yield the notes of a JSON file: a list of objects, or objects one after the other. It is held in memory."""
    source = readable(path)
    try:
        # A byte that is no UTF-8 becomes half a character, for which the one note that holds it is refused.
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    except OSError as error:
        yield Refusal(source, None, f"it can't be read: {error.strerror}")
        return
    line, counted = 1, 0
    try:
        for start, value in _elements(text):
            line, counted = line + text.count("\n", counted, start), start
            yield _taken(value, Place(source, line), rules)
    except _BrokenError as broken:
        line += text.count("\n", counted, broken.at)
        yield Refusal(source, line, f"{broken}; nothing from here on is read")


def _from_line(line: bytes, place: Place, rules: Rules) -> Note | Refusal:
    if len(line) > line_limit(rules):
        return Refusal.at(place, f"the line is longer than {line_limit(rules):,} bytes; split it into parts")
    if b"\0" in line:
        return Refusal.at(place, "it holds a NUL character, which no text may")
    try:
        value = _DECODER.decode(line.decode("utf-8").rstrip())
    except UnicodeDecodeError as error:
        return Refusal.at(place, f"it is not valid UTF-8 (byte {error.start + 1} of the line)")
    except (ValueError, RecursionError) as error:
        return Refusal.at(place, _what_is_wrong(error))
    return _taken(value, place, rules)


def _taken(value: object, place: Place, rules: Rules) -> Note | Refusal:
    if not isinstance(value, dict):
        return Refusal.at(place, f"it is {_kind(value)}, not a JSON object")
    try:
        return checked_note(_with_metadata(value), place, rules)
    except RefusedError as refused:
        return Refusal.at(place, str(refused))


def _with_metadata(value: dict[str, Any]) -> dict[str, object]:
    """Return the fields we know; all others go into the metadata, which wins where both have a key."""
    fields: dict[str, object] = {name: value[name] for name in FIELDS & value.keys()}
    others = {name: value[name] for name in value if name not in FIELDS}
    metadata = fields.get("metadata")
    if others and (metadata is None or isinstance(metadata, dict)):
        fields["metadata"] = {**others, **(metadata or {})}
    return fields


class _BrokenError(RefusedError):
    """From the position `at` on, the text is no JSON."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


def _elements(text: str) -> Iterator[tuple[int, object]]:
    """Yield where each object begins, and the object; those of a list one by one. Raises _BrokenError."""
    at = _skip_space(text, 0)
    while at < len(text):
        if text[at] == "[":
            at = yield from _of_list(text, at)
        else:
            value, end = _decoded(text, at)
            yield at, value
            at = end
        at = _skip_space(text, at)


def _of_list(text: str, at: int) -> Generator[tuple[int, object], None, int]:
    """Yield the elements of the list that begins at `at`, and return where it ends."""
    at = _skip_space(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, end = _decoded(text, at)
        yield at, value
        at = _skip_space(text, end)
        separator = text[at : at + 1]
        if separator == "]":
            return at + 1
        if separator != ",":
            raise _BrokenError("it is no valid JSON: a comma or the end of the list is missing", at)
        at = _skip_space(text, at + 1)


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _BrokenError(_what_is_wrong(error), error.pos) from None
    except (ValueError, RecursionError) as error:
        raise _BrokenError(_what_is_wrong(error), at) from None


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\n", "\r"):
        at += 1
    return at


def _what_is_wrong(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is no valid JSON: {error.msg} (column {error.colno})"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"it is no valid JSON: {error}"


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _lines(stream: BinaryIO | TextIO, limit: int) -> Iterator[bytes]:
    """Yield the lines, each cut off after `limit` bytes and one more, by which a longer one is known."""
    read = _byte_reader(stream)
    while line := read(limit + 1):
        piece = line
        while len(piece) > limit and not piece.endswith(b"\n"):
            piece = read(limit + 1)  # the rest of a line that is too long is passed over
        yield line


def _byte_reader(stream: BinaryIO | TextIO) -> Callable[[int], bytes]:
    """Return a `readline` that gives bytes, of a text stream, too."""
    if isinstance(stream, io.TextIOBase):
        beneath = getattr(stream, "buffer", None)
        if beneath is None:
            return lambda limit: str(stream.readline(limit)).encode("utf-8", "surrogatepass")
        stream = beneath
    return cast(BinaryIO, stream).readline
