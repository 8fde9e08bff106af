"""Answers to the owner's questions: a few sentences, each with its notes; and "not known" where no note tells.

What was promised and what changed are asked of what is kept of them (`kept.py`). Everything else is searched: a
language model composes what was found, and of its sentences only those stay that cite notes which were given and say
nothing that these don't have (`evidence.py`). Without a model, the answer is the notes' own sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from include.answering import kept, known
from include.answering.evidence import Note, unsupported
from include.language_model.choice import embedded_model
from include.language_model.model import InvalidAnswerError, LanguageModel, ModelUnavailableError
from include.language_model.tasks.answer import (
    ANSWER,
    MOST_NOTES,
    AnswerFromNotes,
    FoundNote,
    QuestionAndNotes,
)
from include.reading.latest import published
from include.search.candidates import Filters
from include.search.find import look, ranked_rows

CITED = known.READ
"""Notes that an answer without a language model cites, at most."""
LOOKED_AT = 10
NOT_FOUND = "None of your notes tells."


@dataclass(frozen=True)
class CitedNote:
    """A note that an answer rests on."""

    memory_id: UUID
    at: datetime
    """Local time of the owner."""
    text: str
    taken_back_by: UUID | None = None
    taken_back_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """For `--json` and assistants."""
        taken_back = None
        if self.taken_back_at is not None:
            taken_back = {"by": str(self.taken_back_by), "at": self.taken_back_at.isoformat()}
        return {
            "memory_id": str(self.memory_id),
            "at": self.at.isoformat(),
            "text": self.text,
            "taken_back": taken_back,
        }


@dataclass(frozen=True)
class Said:
    """One sentence of an answer, and the notes that it rests on."""

    text: str
    notes: tuple[UUID, ...]


@dataclass(frozen=True)
class Answer:
    """What is known, what it rests on, and what is not known."""

    question: str
    sentences: tuple[Said, ...]
    notes: tuple[CitedNote, ...]
    """Those that the sentences cite, in the order of their first mention."""
    not_known: str | None
    """What the question asks and no note tells."""
    model: str
    """What put the sentences together; "" where nothing was found."""
    dropped: int = 0
    """Sentences of the model that its notes don't hold."""
    remark: str | None = field(default=None)
    """What the reader should know of how the answer came about."""

    @property
    def known(self) -> bool:
        """Whether there is an answer."""
        return bool(self.sentences)

    def as_json(self) -> dict[str, Any]:
        """For `--json` and assistants."""
        return {
            "question": self.question,
            "known": self.known,
            "sentences": [
                {"text": said.text, "notes": [str(memory_id) for memory_id in said.notes]} for said in self.sentences
            ],
            "notes": [note.as_json() for note in self.notes],
            "not_known": self.not_known,
            "model": self.model,
            "dropped": self.dropped,
            "remark": self.remark,
        }


def ask(
    store: psycopg.Connection[Any],
    model: LanguageModel,
    text: str,
    *,
    now: datetime,
    filters: Filters | None = None,
) -> Answer:
    """What the notes answer to `text`. `now`: with the owner's zone.

    Raises CodexError where nothing was published, ModelUnavailableError or InvalidAnswerError where the question can't
    be embedded; a model that embeds and gives no answer costs its sentences, not the answer.
    """
    filters = filters or Filters()
    with published():
        if asked := kept.intents(text):
            told = kept.answer(store, text, asked, now, filters)
            if told:
                return _of_kept(text, told, store, now)
        question, candidates = look(store, model, text, filters, most=LOOKED_AT)
        features, _, rows = ranked_rows(question, candidates, LOOKED_AT)
        if not rows:
            return Answer(text, (), (), NOT_FOUND, "")
        found = [UUID(candidates.memories[row].memory_id) for row in rows[:LOOKED_AT]]
        notes = _read(store, found, now, filters.until)
        evident = known.is_known(question, candidates, features, rows)
    own, remark = embedded_model().identity("answers"), None
    if model.identity("answers") != own:
        try:
            return composed(model, text, notes[:MOST_NOTES], now)
        except (ModelUnavailableError, InvalidAnswerError) as error:
            said = str(error).rstrip(".")
            remark = f"The language model gave no answer ({said}); these are the notes' own sentences."
    if not evident:
        return Answer(text, (), (), NOT_FOUND, own.model, remark=remark)
    return _quoted(text, notes, now, remark)


def _asked(text: str, notes: Sequence[CitedNote], now: datetime) -> QuestionAndNotes:
    return QuestionAndNotes(
        question=text,
        today=now.date().isoformat(),
        notes=[
            FoundNote(
                date=note.at.date().isoformat(),
                text=note.text,
                no_longer_since=note.taken_back_at.date().isoformat() if note.taken_back_at else None,
            )
            for note in notes
        ],
    )


def _quoted(text: str, notes: Sequence[CitedNote], now: datetime, remark: str | None) -> Answer:
    """Without a language model: the best notes' own sentences."""
    own = embedded_model()
    answer = own.answer(ANSWER, _asked(text, notes[:CITED], now)).answer
    return _put_together(text, answer, notes, own.identity("answers").model, remark)


def composed(model: LanguageModel, text: str, notes: Sequence[CitedNote], now: datetime) -> Answer:
    """What a language model says, as far as its notes hold it."""
    answer = model.answer(ANSWER, _asked(text, notes, now)).answer
    return _put_together(text, answer, notes, model.identity("answers").model)


def _put_together(text: str, answer: Any, notes: Sequence[CitedNote], model: str, remark: str | None = None) -> Answer:
    assert isinstance(answer, AnswerFromNotes)  # noqa: S101 - the task's type
    sentences, dropped = [], 0
    for sentence in answer.sentences:
        cited = [notes[number - 1] for number in dict.fromkeys(sentence.notes) if 1 <= number <= len(notes)]
        if not cited or unsupported(sentence.text, [Note(note.text, note.at) for note in cited]):
            dropped += 1
            continue
        sentences.append(Said(sentence.text, tuple(note.memory_id for note in cited)))
    if dropped:
        left_out = f"{dropped} sentence{'s' if dropped > 1 else ''} of the model left out: its notes don't say so."
        remark = f"{remark} {left_out}" if remark else left_out
    # What a model says is missing is no statement about the notes; still, nothing that is in none of them is told.
    missing = answer.missing
    if missing and unsupported(missing, [Note(f"{text}\n{note.text}", note.at) for note in notes]):
        missing = None
    return Answer(
        text,
        tuple(sentences),
        _in_order(sentences, notes),
        missing or (None if sentences else NOT_FOUND),
        model,
        dropped,
        remark,
    )


def _in_order(sentences: Sequence[Said], notes: Sequence[CitedNote]) -> tuple[CitedNote, ...]:
    """The notes that are cited, in the order of their first mention."""
    by_id = {note.memory_id: note for note in notes}
    return tuple(by_id[memory_id] for memory_id in dict.fromkeys(one for said in sentences for one in said.notes))


def _of_kept(text: str, told: Sequence[kept.Kept], store: psycopg.Connection[Any], now: datetime) -> Answer:
    sentences = [Said(item.text, item.notes) for item in told]
    notes = _read(store, list(dict.fromkeys(one for said in sentences for one in said.notes)), now, None)
    there = {note.memory_id for note in notes}
    held = [Said(said.text, tuple(one for one in said.notes if one in there)) for said in sentences]
    held = [said for said in held if said.notes]
    return Answer(text, tuple(held), _in_order(held, notes), None if held else NOT_FOUND, "kept")


_READ = """
    SELECT m.memory_id, m.created_at, m.content, taken_back.later_id, taken_back.changed_at
    FROM codex_processed.memory_index m
    LEFT JOIN LATERAL (
        SELECT c.later_id, c.changed_at FROM codex_processed.changes_of_mind c
        WHERE c.earlier_id = m.memory_id AND (%(until)s::timestamptz IS NULL OR c.changed_at < %(until)s)
        ORDER BY c.changed_at, c.change_id LIMIT 1
    ) AS taken_back ON true
    WHERE m.memory_id = ANY (%(ids)s)
"""


def _read(
    store: psycopg.Connection[Any], ids: Sequence[UUID], now: datetime, until: datetime | None
) -> list[CitedNote]:
    """The notes in the order of `ids`, each with what took it back."""
    rows = store.execute(_READ, {"ids": list(ids), "until": until}).fetchall()
    zone = now.tzinfo or ZoneInfo("UTC")
    read = {
        memory_id: CitedNote(
            memory_id, at.astimezone(zone), content, later, taken_back.astimezone(zone) if taken_back else None
        )
        for memory_id, at, content, later, taken_back in rows
    }
    return [read[memory_id] for memory_id in ids if memory_id in read]
