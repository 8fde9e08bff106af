"""Notes from Markdown: one file is one note, a folder (an Obsidian vault, say) is as many as it holds."""

from __future__ import annotations

import base64
import codecs
import math
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from include.intake.front_matter import split_front_matter
from include.intake.instant import written_instant
from include.intake.jsonlines import line_limit
from include.intake.note import NAMESPACE, Note, Place, Refusal, RefusedError, Rules, checked_note, readable

SUFFIXES = (".md", ".markdown")
DATES = ("date", "created", "created_at")
"""Keys of front matter with the date of a note; the first of them that is there counts."""
DERIVED = "codex_derived"
"""A key of front matter that our own notes have (a morning, say): what we derived is never taken in as experience."""
PASSED_OVER = frozenset({"node_modules"})
"""Folders that hold others' Markdown. Hidden folders (`.obsidian`, `.git`, `.trash`) are passed over, too."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#[ \t]")
_BETWEEN_TAGS = re.compile(r"[,\s]+")


def read_file(path: Path, rules: Rules) -> Iterator[Note | Refusal]:
    """Yield the file's one note, or why it can't be taken."""
    yield _note_of(path, Path(path.name), rules)


def read_folder(folder: Path, rules: Rules) -> Iterator[Note | Refusal]:
    """Yield the notes of all Markdown files of the folder and those below it, by name; if none, a refusal says so.

    Symbolic links are followed within the folder, each file and folder is read once. One that leads out of it is
    refused: who gives a folder means what is in it, and what came with it from elsewhere may point anywhere.
    """
    empty = True
    for found in _files(folder):
        empty = False
        yield found if isinstance(found, Refusal) else _note_of(found, found.relative_to(folder), rules)
    if empty:
        yield Refusal(readable(folder), None, "the folder holds no Markdown file (*.md)")


def _files(folder: Path) -> Iterator[Path | Refusal]:
    root = os.path.realpath(folder)
    seen = {root}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = [(entry, entry.is_dir()) for entry in sorted(here.iterdir()) if not _hidden(entry)]
        except OSError as error:
            yield Refusal(readable(here), None, f"the folder can't be read: {error.strerror}")
            continue
        folders = []
        for entry, is_folder in entries:
            real = os.path.realpath(entry)
            if real in seen or not (is_folder or entry.suffix.lower() in SUFFIXES):
                continue
            seen.add(real)
            if not Path(real).is_relative_to(root):
                yield Refusal(readable(entry), None, "the link leads out of the folder; give its target by itself")
            elif is_folder:
                folders.append(entry)
            else:
                yield entry
        waiting.extend(reversed(folders))


def _hidden(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name in PASSED_OVER


def _note_of(path: Path, relative: Path, rules: Rules) -> Note | Refusal:
    place = Place(readable(path))
    try:
        text, modified = _read(path, rules)
        return _note(text, modified, path, relative, rules)
    except RefusedError as refused:
        return Refusal.at(place, str(refused))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Refusal(place.source, line, "the file is not valid UTF-8")
    except ValueError as error:
        return Refusal.at(place, f"its front matter can't be taken: {error}")  # a number beyond Python's own limits
    except OSError as error:
        return Refusal.at(place, f"it can't be read: {error.strerror}")


def _read(path: Path, rules: Rules) -> tuple[str, datetime]:
    """Return the text, with plain line ends, and the time of its last change. Raises what `_note_of` catches."""
    if not path.is_file() and path.exists():
        raise RefusedError("it is no file")  # a pipe would be waited for
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > line_limit(rules):
            raise RefusedError(f"the file is larger than {line_limit(rules):,} bytes; split it into parts")
        raw = file.read().removeprefix(codecs.BOM_UTF8)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RefusedError("the file is in UTF-16; save it as UTF-8")
    text = raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return text, datetime.fromtimestamp(status.st_mtime, UTC)


def _note(text: str, modified: datetime, path: Path, relative: Path, rules: Rules) -> Note:
    keys, body = split_front_matter(text)
    if DERIVED in keys:
        raise RefusedError("it was written by Codex Dreams, which learns from your notes alone")
    if not body.strip():
        raise RefusedError("it holds no text below its front matter" if keys else "it is empty")
    fields: dict[str, object] = {
        "content": body,
        "id": _uuid(keys),
        "summary": _title(keys, body) or readable(Path(relative.stem)),
        "tags": _tags(keys, relative),
        "created_at": _created_at(keys, rules),
    }
    fields["metadata"] = {key: _plain(value) for key, value in keys.items()} | {"path": readable(relative)}
    # A file from the future was copied from a machine whose clock is wrong; its owner did not say so.
    now = min(modified, datetime.now(UTC))
    return checked_note(fields, Place(readable(path)), rules, path_id=_path_id(path), now=now)


# ---- what the front matter says; each takes its keys out of it, the rest is metadata


def _uuid(keys: dict[str, object]) -> UUID | None:
    try:
        stated = UUID(str(keys["id"]))
    except (KeyError, ValueError):
        return None
    del keys["id"]
    return stated


def _title(keys: dict[str, object], body: str) -> str | None:
    stated = keys.get("title")
    if isinstance(stated, str | int | float | date) and str(stated).strip():
        del keys["title"]
        return str(stated).strip()
    return _first_heading(body)


def _first_heading(body: str) -> str | None:
    fence = ""
    for line in body.split("\n"):
        bar = _FENCE.match(line)
        if fence:
            # In a block of code, `# ` is a comment; the block ends at a bar as long as the one that opened it.
            if bar and bar[1].startswith(fence) and not line[bar.end() :].strip():
                fence = ""
        elif bar and "`" not in line[bar.end() :]:
            fence = bar[1]
        elif (mark := _HEADING.match(line)) and (heading := _without_closing(line[mark.end() :])):
            return heading
    return None


def _without_closing(heading: str) -> str:
    """Return `Title` of `Title ##`, and `C#` of `C#`."""
    heading = heading.strip()
    bare = heading.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else heading


def _tags(keys: dict[str, object], relative: Path) -> list[str]:
    """Return the folders' names and the stated tags: lower case, without `#`, each once, in this order."""
    stated = keys.pop("tags", None)
    words = _BETWEEN_TAGS.split(stated) if isinstance(stated, str) else stated
    if not isinstance(words, list):
        words = [] if words is None else [words]
    if any(isinstance(word, dict | list | bytes) for word in words):
        raise RefusedError("tags is not a list of texts")
    names = [*map(readable, map(Path, relative.parent.parts)), *(_scalar(word) for word in words if word is not None)]
    tags = (name.strip().lstrip("#").strip().lower() for name in names)
    return [tag for tag in dict.fromkeys(tags) if tag]


def _created_at(keys: dict[str, object], rules: Rules) -> datetime | None:
    for key in DATES:
        stated = keys.get(key)
        if stated is None or stated == "":
            continue
        del keys[key]
        try:
            return written_instant(stated, rules.zone)
        except ValueError as error:
            raise RefusedError(f"{key} {error}") from None
    return None


def _plain(value: object) -> object:
    """Turn what YAML has and JSON has not into text."""
    if isinstance(value, dict):
        return {_scalar(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, set):
        return sorted(_scalar(inner) for inner in value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def _path_id(path: Path) -> UUID:
    """Return the id of the note that a file is: the same for each way to name the file."""
    return uuid5(NAMESPACE, readable(Path(os.path.realpath(path))))
