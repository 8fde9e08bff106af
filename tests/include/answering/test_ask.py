"""Answers from a store: quoted, composed, taken back, promised; and what becomes of one whose model fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest

from include.answering.ask import ask
from include.language_model.choice import embedded_model
from include.language_model.model import Identity, LanguageModel, NoAnswerError
from include.search.candidates import Filters
from include.store.connection import connect
from tests.conftest import World
from tests.served_rows import insert

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 20, 9, tzinfo=ZONE)
NOTES = {
    1: ("2026-03-01", "The rehearsal of the choir is on Thursday at ten in the old mill."),
    2: ("2026-03-04", "The choir's rehearsal moved to Friday, the mill is flooded."),
    3: ("2026-03-05", "Promised Ruth the photographs of the harbour by the end of March."),
    4: ("2026-03-06", "Green tea calms me in the evening."),
    5: ("2026-03-07", "Bought olive oil and bread on the way home."),
}


@pytest.fixture
def store(world: World) -> Iterator[psycopg.Connection[Any]]:
    model = embedded_model()
    vectors = model.embed([text for _, text in NOTES.values()], "document")
    with connect(world.url) as connection:
        for (number, (day, text)), vector in zip(NOTES.items(), vectors, strict=True):
            insert(
                connection,
                "memory_index",
                memory_id=UUID(int=number),
                content=text,
                tags=[],
                created_at=f"{day}T09:00:00Z",
                status="attended",
                embedding=str(vector.tolist()),
                embedding_model="codex-embedded",
            )
        insert(
            connection,
            "changes_of_mind",
            change_id=UUID(int=50),
            earlier_id=UUID(int=1),
            later_id=UUID(int=2),
            before="the rehearsal is on Thursday",
            after="the rehearsal is on Friday",
            changed_at="2026-03-04T09:00:00Z",
            why="the mill is flooded",
            model="m",
            prompt_version="1",
        )
        insert(
            connection,
            "commitments",
            commitment_id=UUID(int=60),
            what="send the photographs of the harbour",
            who="me",
            to_whom="Ruth",
            due_date="2026-03-31",
            kind="task",
            state="open",
            said="Promised Ruth the photographs",
            opened_by=UUID(int=3),
            opened_at="2026-03-05T09:00:00Z",
            memory_ids=[UUID(int=3)],
            clashes_with=[],
            model="m",
            prompt_version="1",
        )
        yield connection


class Speaking:
    """A language model that embeds as the embedded one does and says what it is told to, or fails."""

    def __init__(self, says: dict[str, Any] | None) -> None:
        self._own = embedded_model()
        self._says = says

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def identity(self, purpose: Any) -> Identity:
        return self._own.identity(purpose) if purpose == "embeddings" else Identity("speaking", "d" * 64)

    def answer(self, task: Any, task_input: Any) -> Any:
        if self._says is None:
            raise NoAnswerError("it does not answer")
        kept = self._own.answer(task, task_input)
        return type(kept)(task.answer_type.model_validate_json(json.dumps(self._says)), kept.call)


def of(says: dict[str, Any] | None) -> LanguageModel:
    return Speaking(says)  # type: ignore[return-value]


def test_the_answer_is_the_notes_own_sentences(store: psycopg.Connection[Any]) -> None:
    told = ask(store, embedded_model(), "Where is the rehearsal of the choir?", now=NOW)
    assert told.known
    assert {note.memory_id.int for note in told.notes} >= {1, 2}
    texts = [text for _, text in NOTES.values()]
    assert all(any(said.text in text for text in texts) for said in told.sentences)
    [old] = [note for note in told.notes if note.memory_id.int == 1]
    assert old.taken_back_by == UUID(int=2)
    assert old.taken_back_at is not None
    assert old.at == datetime(2026, 3, 1, 10, tzinfo=ZONE)


def test_before_it_was_taken_back_it_held(store: psycopg.Connection[Any]) -> None:
    until = datetime(2026, 3, 3, tzinfo=ZONE)
    told = ask(store, embedded_model(), "Where is the rehearsal of the choir?", now=NOW, filters=Filters(until=until))
    assert [(note.memory_id.int, note.taken_back_by) for note in told.notes] == [(1, None)]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("What did I promise Ruth?", ["send the photographs of the harbour (for Ruth), due 2026-03-31: open"]),
        (
            "What did I promise, and what changed my mind?",
            [
                "send the photographs of the harbour (for Ruth), due 2026-03-31: open",
                "Since 2026-03-04: the rehearsal is on Friday (before: the rehearsal is on Thursday), "
                "because the mill is flooded",
            ],
        ),
    ],
)
def test_promises_and_changes_are_told_with_their_dates(
    store: psycopg.Connection[Any], question: str, texts: list[str]
) -> None:
    told = ask(store, of({"sentences": [], "missing": None}), question, now=NOW)
    assert [said.text for said in told.sentences] == texts
    assert all(said.notes for said in told.sentences)


def test_a_promise_to_somebody_else_is_not_told(store: psycopg.Connection[Any]) -> None:
    told = ask(store, embedded_model(), "What did I promise Marek?", now=NOW)
    assert not any("photographs of the harbour (for Ruth)" in said.text for said in told.sentences)


def test_a_model_composes_and_what_it_invents_is_left_out(store: psycopg.Connection[Any]) -> None:
    says = {
        "sentences": [
            {"notes": [1], "text": "The rehearsal costs 40 euros."},
            {"notes": [1], "text": "It is in the old mill."},
        ],
        "missing": "Who comes.",
    }
    told = ask(store, of(says), "Where is the rehearsal of the choir?", now=NOW)
    assert [said.text for said in told.sentences] == ["It is in the old mill."]
    assert (told.dropped, told.not_known, told.model) == (1, "Who comes.", "speaking")
    assert "left out" in (told.remark or "")


def test_a_model_that_gives_no_answer_costs_its_sentences_and_not_the_answer(store: psycopg.Connection[Any]) -> None:
    told = ask(store, of(None), "Where is the rehearsal of the choir?", now=NOW)
    assert told.known
    assert "it does not answer" in (told.remark or "")
    assert told.model == "codex-embedded"


def test_nothing_found_is_not_known(store: psycopg.Connection[Any]) -> None:
    told = ask(store, embedded_model(), "choir", now=NOW, filters=Filters(tags=("nowhere",)))
    assert not told.known
    assert told.not_known
