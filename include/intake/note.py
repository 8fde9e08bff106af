"""One note as it was read: checked, with its identity; or the reason why it can't be taken."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, cast
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictInt,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from include.intake.instant import instant

NAMESPACE = UUID("d9b0a2b4-6a43-5a0e-9a5e-3c1f0f7b2c58")
"""Of the ids that we give to notes without one. Fixed: the same note gets the same id on every machine."""

MAX_CONTENT_LENGTH = 50_000
"""Characters of one note, unless the caller says otherwise."""

POSTGRES_INTEGER_MAX = 2_147_483_647

_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in JSON text, and not an escaped backslash that `u0000` follows."""


def readable(path: Path) -> str:
    """Return the path as text that can be printed, whatever bytes its name is made of; `/` divides its folders."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


class RefusedError(Exception):
    """A note can't be taken; the text is the reason, for its owner."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note was read: a file (or what stands for one), and the line, counted from 1, where lines count."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A note that was not taken, where it is, and why."""

    source: str
    line: int | None
    reason: str

    @classmethod
    def at(cls, place: Place, reason: str) -> Refusal:
        """Refuse what was read at a place."""
        return cls(place.source, place.line, reason)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all notes of one intake: characters of content at most, and the zone of times without one."""

    zone: ZoneInfo
    max_content_length: int = MAX_CONTENT_LENGTH


class Identity(Enum):
    """What a note's id comes from."""

    CONTENT = "content"
    """The same words are the same memory; other words are another one."""
    PATH = "path"
    """A file: edited, it is the same memory changed."""
    STATED = "stated"
    """The note says its id itself."""


@dataclass(frozen=True, slots=True)
class Note:
    """A checked note. None means that it says nothing about the field, which then stays as it is in a known memory.

    `created_at` is in UTC, and the time of reading (or of the file) where the note is not `dated`; `metadata` is a
    JSON object as text.
    """

    place: Place
    id: UUID
    identity: Identity
    content: str
    content_hash: str
    created_at: datetime
    dated: bool
    context: str | None = None
    summary: str | None = None
    tags: tuple[str, ...] | None = None
    metadata: str | None = None
    parent_id: UUID | None = None
    chunk_index: int | None = None
    total_chunks: int | None = None

    @property
    def size(self) -> int:
        """Characters it holds, about."""
        texts = (self.content, self.context, self.summary, self.metadata, *(self.tags or ()))
        return sum(len(text) for text in texts if text is not None)


def normalised(content: str) -> str:
    r"""Return the content as it is stored: line ends are \n, no white space at the end."""
    return content.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def content_hash(content: str) -> str:
    """Return the hex SHA-256 of the content as stored, in UTF-8."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def checked_note(
    fields: Mapping[str, object],
    place: Place,
    rules: Rules,
    *,
    path_id: UUID | None = None,
    now: datetime | None = None,
) -> Note:
    """Return the note that the fields make; their names are those of the columns, a None is as good as absent.

    `path_id` is its id if it states none (else: made from its content), `now` its time (else: the present).
    Raises RefusedError that names every field that is wrong.
    """
    stated = {name: value for name, value in fields.items() if value is not None}
    try:
        checked = _Fields.model_validate(stated, context=rules)
    except ValidationError as error:
        raise RefusedError(_reasons(error)) from None
    hashed = content_hash(checked.content)
    note_id, identity = _identity(checked.id, path_id, hashed)
    return Note(
        place=place,
        id=note_id,
        identity=identity,
        content=checked.content,
        content_hash=hashed,
        created_at=checked.created_at or now or datetime.now(UTC),
        dated=checked.created_at is not None,
        context=checked.context,
        summary=checked.summary,
        tags=None if checked.tags is None else tuple(checked.tags),
        metadata=checked.metadata,
        parent_id=checked.parent_id,
        chunk_index=checked.chunk_index,
        total_chunks=checked.total_chunks,
    )


def _identity(stated: UUID | None, path_id: UUID | None, hashed: str) -> tuple[UUID, Identity]:
    if stated is not None:
        return stated, Identity.STATED
    if path_id is not None:
        return path_id, Identity.PATH
    return uuid5(NAMESPACE, hashed), Identity.CONTENT


# ---- the fields, one by one


_NUL = "{field} holds a NUL character, which no text may"
_NO_UNICODE = "{field} holds half a character (a lone surrogate or invalid UTF-8)"


def _rules(info: ValidationInfo) -> Rules:
    return cast(Rules, info.context)


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", _NUL)
    _refuse_half_characters(text)
    return text


def _refuse_half_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("no_unicode", _NO_UNICODE) from None


def _content(text: str, info: ValidationInfo) -> str:
    text = normalised(text)
    if not text:
        raise PydanticCustomError("blank", "{field} is blank")
    limit = _rules(info).max_content_length
    if len(text) > limit:
        raise PydanticCustomError(
            "too_long",
            "{field} is {length} characters long, and the limit is {limit}: split it into parts, which in JSON "
            "Lines share a parent_id, with chunk_index and total_chunks",
            {"length": f"{len(text):,}", "limit": f"{limit:,}"},
        )
    return text


def _created_at(stated: object, info: ValidationInfo) -> datetime:
    try:
        return instant(stated, _rules(info).zone)
    except ValueError as error:
        raise PydanticCustomError("instant", "{field} {reason}", {"reason": str(error)}) from None


def _one_or_more(tags: object) -> object:
    return [tags] if isinstance(tags, str) else tags


def _json_text(metadata: object) -> str:
    """Return JSON text that PostgreSQL takes as `jsonb`."""
    if not isinstance(metadata, dict):
        raise PydanticCustomError("not_object", "{field} is not an object")
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise PydanticCustomError("too_large", "{field} holds a number that is too large") from None
    except RecursionError:
        raise PydanticCustomError("too_deep", "{field} is nested too deeply") from None
    if _ESCAPED_NUL.search(text):
        raise PydanticCustomError("nul", _NUL)
    _refuse_half_characters(text)
    return text


_Text = Annotated[str, AfterValidator(_storable)]
_Count = Annotated[StrictInt, Field(ge=1, le=POSTGRES_INTEGER_MAX)]


class _Fields(BaseModel):
    """What a note may state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content: Annotated[_Text, AfterValidator(_content)]
    id: UUID | None = None
    created_at: Annotated[datetime | None, PlainValidator(_created_at)] = None
    context: _Text | None = None
    summary: _Text | None = None
    tags: Annotated[list[_Text] | None, BeforeValidator(_one_or_more)] = None
    metadata: Annotated[str | None, PlainValidator(_json_text)] = None
    parent_id: UUID | None = None
    chunk_index: _Count | None = None
    total_chunks: _Count | None = None

    @model_validator(mode="after")
    def _chunk_is_one_of_them(self) -> _Fields:
        if self.chunk_index and self.total_chunks and self.chunk_index > self.total_chunks:
            raise PydanticCustomError(
                "chunk",
                "chunk_index is {index}, but total_chunks only {total}",
                {"index": self.chunk_index, "total": self.total_chunks},
            )
        return self


FIELDS = frozenset(_Fields.model_fields)
"""The names a note may state; everything else that comes with it is metadata."""

_REASONS = {
    "missing": "there is no {field}",
    "string_type": "{field} is not a text",
    "string_unicode": _NO_UNICODE,
    "list_type": "{field} is not a list of texts",
    "uuid_type": "{field} is not a UUID",
    "uuid_parsing": "{field} is not a UUID",
    "uuid_version": "{field} is not a UUID",
    "int_type": "{field} is not a whole number",
    "int_from_float": "{field} is not a whole number",
    "greater_than_equal": "{field} is less than {ge}",
    "less_than_equal": "{field} is more than {le}",
}
"""Our words for what pydantic finds; what is not listed is in our words already."""


def _reasons(error: ValidationError) -> str:
    """Give every reason once, in the order of the fields."""
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(dict.fromkeys(_reason(details) for details in found))


def _reason(details: ErrorDetails) -> str:
    location = details["loc"]
    field = f"tags[{location[1]}]" if len(location) > 1 else "".join(map(str, location))
    known = _REASONS.get(details["type"])
    if known is None:
        return details["msg"].replace("{field}", field)
    return known.format(field=field, **details.get("ctx", {}))
