"""Sources of notes: files, folders, text and streams, as the command line takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from include.errors import CodexError
from include.intake import jsonlines, markdown
from include.intake.note import Note, Place, Refusal, RefusedError, Rules, checked_note, readable

STANDARD_INPUT = "-"
SUFFIXES = (".jsonl", ".ndjson", ".json", *markdown.SUFFIXES)
ACCEPTED = "JSON Lines (.jsonl, .ndjson), a JSON list (.json), Markdown (.md, .markdown) or a folder of Markdown"


class Source(Protocol):
    """Something that holds notes."""

    def read(self, rules: Rules) -> Iterator[Note | Refusal]:
        """Yield every note in order, as they are read; in place of one that can't be taken, why."""
        ...


@dataclass(frozen=True)
class Text:
    """One note, of this moment."""

    content: str

    def read(self, rules: Rules) -> Iterator[Note | Refusal]:
        """Yield the one note, or why it can't be taken."""
        place = Place("--text")
        try:
            yield checked_note({"content": self.content}, place, rules)
        except RefusedError as refused:
            yield Refusal.at(place, str(refused))


@dataclass(frozen=True)
class Stream:
    """JSON Lines from an open stream, read as they come and left open."""

    stream: BinaryIO | TextIO
    name: str = "standard input"

    def read(self, rules: Rules) -> Iterator[Note | Refusal]:
        """Yield the notes, line by line; if none, a refusal says so."""
        return _at_least_one(jsonlines.read_stream(self.stream, self.name, rules), self.name)


@dataclass(frozen=True)
class File:
    """A file or a folder that `file_source` accepted."""

    path: Path

    def read(self, rules: Rules) -> Iterator[Note | Refusal]:
        """Yield the notes of the file, or of the files in the folder; if none, a refusal says so."""
        suffix = self.path.suffix.lower()
        if self.path.is_dir():
            return markdown.read_folder(self.path, rules)
        if suffix in markdown.SUFFIXES:
            return markdown.read_file(self.path, rules)
        read = jsonlines.read_list if suffix == ".json" else jsonlines.read_file
        return _at_least_one(read(self.path, rules), readable(self.path))


def _at_least_one(notes: Iterator[Note | Refusal], source: str) -> Iterator[Note | Refusal]:
    empty = True
    for note in notes:
        empty = False
        yield note
    if empty:
        yield Refusal(source, None, "it is empty")


def file_source(path: Path) -> File:
    """Return the notes at a path.

    Raises CodexError when there is nothing, when it can't be read, and for a kind of file that we do not read.
    """
    try:
        if path.is_dir():
            return File(path)
        if path.stat() and not (path.is_file() and path.suffix.lower() in SUFFIXES):
            raise CodexError(f"{readable(path)} is none of what notes are read from: {ACCEPTED}.")
        path.open("rb").close()
    except FileNotFoundError:
        raise CodexError(
            f"There is no file or folder {readable(path)}. To remember a text, give it with --text."
        ) from None
    except OSError as error:
        raise CodexError(f"{readable(path)} can't be read: {error.strerror}.") from None
    return File(path)


def sources_of(
    arguments: Iterable[str | Path] = (), *, text: str | None = None, stdin: BinaryIO | TextIO | None = None
) -> list[Source]:
    """Return what `./codex remember PATH… --text TEXT` names; `-` is JSON Lines from `stdin`.

    Raises CodexError as `file_source` does, so that a mistyped path is refused before anything is written.
    """
    sources: list[Source] = [_source(str(argument), stdin) for argument in arguments]
    if text is not None:
        sources.append(Text(text))
    return sources


def _source(argument: str, stdin: BinaryIO | TextIO | None) -> Source:
    if argument != STANDARD_INPUT:
        return file_source(Path(argument))
    if stdin is None:
        raise CodexError("There is no standard input to read from.")
    return Stream(stdin)
