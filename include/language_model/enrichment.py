"""Answering a request model: kept answers first, the model for the rest, answers appended as they come."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from include.lake.connection import Lake
from include.language_model.batching import AdaptiveBatch
from include.language_model.budget import NightBudget
from include.language_model.calibration import Range, calibrate
from include.language_model.ledger import AnswerLedger, Contract, OpenQuestions, Outcome, Question
from include.language_model.model import (
    EMBEDDING,
    Call,
    InvalidAnswerError,
    LanguageModel,
    ModelUnavailableError,
    NoAnswerError,
    Purpose,
)
from include.language_model.tasks import TASKS

log = logging.getLogger(__name__)

APPEND_EVERY_SECONDS = 5.0
PROGRESS_EVERY_SECONDS = 15.0
LOOK_FOR_CANCELLATION_SECONDS = 0.5
RESERVE = 2
"""Questions that wait for a place, by places: appending what came takes about as long as they do."""
EMBEDDING_VERSION = "1"
ERROR_CHARACTERS = 500

Asked = TypeVar("Asked")
Came = TypeVar("Came")


@dataclass
class Enrichment:
    """The result of asking. Invalid answers are asked for again next time, until the question is given up."""

    task: str
    model: str
    hits: int = 0
    answered: int = 0
    repaired: int = 0
    invalid: int = 0
    stragglers: int = 0
    waiting: int = 0
    """Left to the next night: the minutes of this one were used."""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For XCom and logs."""
        return dict(vars(self))


@dataclass
class Enricher:
    """Answers one task of one request model with one language model.

    `is_night` says whether the owner sleeps now: then larger batches are taken.
    """

    lake: Lake
    model: LanguageModel
    request_model: str
    task: str
    run_id: str
    max_attempts: int = 3
    cancelled: threading.Event = field(default_factory=threading.Event)
    is_night: Callable[[], bool] = lambda: False
    budget: NightBudget | None = None
    """Of the night that it is; None by day, and where there is none."""
    _dimension: int | None = field(default=None, init=False)

    def run(self) -> Enrichment:
        """Answer all open questions.

        Raises ModelUnavailableError when the model can't be asked; answers until then are kept, and the
        rest waits. A cancelled run returns early in the same way.
        """
        started = time.monotonic()
        contract = self._contract()
        ledger = AnswerLedger(self.lake, self.request_model, self.run_id, self.max_attempts)
        if not ledger.agreed(contract):
            ledger.agree(contract, self._likeness() if self.task == EMBEDDING else None)
        with ledger.open_questions(contract, important_first=self.budget is not None) as questions:
            report = Enrichment(self.task, contract.identity.model, hits=questions.hits)
            log.info("%s: %d kept, %d to ask of %s", self.task, questions.hits, questions.count, report.model)
            if questions.count:
                if self.task == EMBEDDING:
                    self._dimension = ledger.dimension(contract)
                elif not self.cancelled.is_set():
                    self.model.learn(questions.connection)
                _Asking(self, ledger, contract, questions, report).run()
        report.seconds = round(time.monotonic() - started, 3)
        return report

    def _likeness(self) -> Range:
        try:
            return calibrate(self.model)
        except InvalidAnswerError as error:  # of texts of our own: no memory's fault
            raise ModelUnavailableError(f"The model can't embed: {error}") from error

    @property
    def purpose(self) -> Purpose:
        """The purpose of the model."""
        return "embeddings" if self.task == EMBEDDING else "answers"

    def _contract(self) -> Contract:
        identity = self.model.identity(self.purpose)
        if self.task == EMBEDDING:
            key = hashlib.sha256(
                json.dumps([EMBEDDING, EMBEDDING_VERSION, identity.model, identity.digest]).encode()
            ).hexdigest()
            return Contract(EMBEDDING, key, identity, EMBEDDING_VERSION)
        task = TASKS[self.task]
        return Contract(
            task.name, task.contract(identity.model, identity.digest, identity.asked_with), identity, task.version
        )

    def outcomes(self, questions: Iterable[Question]) -> Iterator[Outcome]:
        """The outcomes of the questions, as they come. Raises ModelUnavailableError when the model is gone."""
        if self.task != EMBEDDING:
            yield from _in_parallel(self._answer, questions, self.model.concurrency, self.cancelled)
            return
        batches = _batches(questions, self.model.embedding_batch)
        for outcomes in _in_parallel(self._embed, batches, self.model.concurrency, self.cancelled):
            yield from outcomes

    def _answer(self, question: Question) -> Outcome:
        task = TASKS[self.task]
        try:
            task_input = task.input_type.model_validate_json(question.input)
        except ValidationError as error:
            return Outcome(question, "invalid", error=f"the request does not fit the task: {error.errors()[0]['msg']}")
        started = time.monotonic()
        try:
            answered = self.model.answer(task, task_input)
        except NoAnswerError as error:
            call = _call_since(started, error.stragglers)
            return Outcome(question, "unavailable", call=call, error=str(error)[:ERROR_CHARACTERS])
        except InvalidAnswerError as error:
            calls = error.calls or (_call_since(started),)
            sent_back = calls[0] if len(calls) > 1 else None
            return Outcome(
                question, "invalid", call=calls[-1], sent_back=sent_back, error=str(error)[:ERROR_CHARACTERS]
            )
        return Outcome(
            question,
            "repaired" if answered.sent_back else "answered",
            answer=answered.answer.model_dump_json(),
            call=answered.call,
            sent_back=answered.sent_back,
        )

    def _embed(self, questions: Sequence[Question]) -> list[Outcome]:
        """Embed a batch; a text that spoils it is found by halving.

        All halves of one size before smaller ones: between two failures there is a success, and the server is not
        taken for dead.
        """
        outcomes: list[Outcome] = []
        parts = deque([questions])
        while parts and not self.cancelled.is_set():
            part = parts.popleft()
            started = time.monotonic()
            try:
                vectors = self._vectors([json.loads(question.input)["text"] for question in part])
            except (InvalidAnswerError, NoAnswerError) as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[:middle], part[middle:]]
                    continue
                outcome = "invalid" if isinstance(error, InvalidAnswerError) else "unavailable"
                reason = str(error)[:ERROR_CHARACTERS]
                outcomes.append(Outcome(part[0], outcome, call=_call_since(started), error=reason))
                continue
            call = Call((time.monotonic() - started) * 1000 / len(part))
            outcomes += [
                Outcome(question, "answered", vector=vector.tolist(), call=call)
                for question, vector in zip(part, vectors, strict=True)
            ]
        return outcomes

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors that fit the texts, and the vectors that are kept. Raises InvalidAnswerError for others."""
        vectors = self.model.embed(texts, "document")
        if len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise InvalidAnswerError(f"{len(vectors)} vectors for {len(texts)} texts, or one that is not finite")
        if self._dimension is None:
            self._dimension = vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise InvalidAnswerError(
                f"vectors of {vectors.shape[1]} dimensions, where those that are kept have {self._dimension}"
            )
        return vectors


@dataclass
class _Asking:
    """Asks the open questions of one run, and appends outcomes in batches that suit the load and the server."""

    enricher: Enricher
    ledger: AnswerLedger
    contract: Contract
    questions: OpenQuestions
    report: Enrichment
    _unanswered: list[Outcome] = field(default_factory=list)
    """Got no answer since the last one that did: the question's fault, or the server's?"""

    def __post_init__(self) -> None:
        budget = self.enricher.budget
        self._left = budget.left(self.questions.connection) if budget is not None else None
        self._taken = 0
        self._batch = AdaptiveBatch(self.enricher.is_night)
        self._started = self._appended_at = self._told_at = time.monotonic()
        self._done = 0

    def run(self) -> None:
        """Raises ModelUnavailableError; earlier outcomes are appended."""
        batch: list[Outcome] = []
        failure: ModelUnavailableError | None = None
        try:
            for outcome in self.enricher.outcomes(self._waiting()):
                batch += self._judged(outcome)
                self._count(outcome)
                now = time.monotonic()
                if len(batch) >= self._batch.size or now - self._appended_at >= APPEND_EVERY_SECONDS:
                    self._append(batch)
                    batch = []
        except ModelUnavailableError as error:
            failure = error
        finally:
            self._append(batch)
        budget = self.enricher.budget
        if budget is not None and failure is None and not self.enricher.cancelled.is_set():
            self.report.waiting = self.questions.count - self._taken
            budget.note(self.questions.connection, self.report.task, self.report.waiting)
        self._settle(failure)

    def _waiting(self) -> Iterator[Question]:
        """The open questions, a batch at a time: none is in this process long before it is asked."""
        while not self._used_up() and (taken := self.questions.take(self._batch.size)):
            for question in taken:
                if self._used_up():
                    return
                self._taken += 1
                yield question

    def _used_up(self) -> bool:
        """Whether the night's seconds of the model are."""
        return self._left is not None and self._left <= 0

    def _judged(self, outcome: Outcome) -> list[Outcome]:
        """An answer shows that the server is well: questions that got none before it have had their attempt."""
        if outcome.outcome == "unavailable":
            self._unanswered.append(outcome)
            return []
        if not outcome.call:
            return [outcome]  # it was not asked
        if self._left is not None:
            self._left -= sum(call.latency_ms for call in (outcome.call, outcome.sent_back) if call) / 1000
        self._batch.took(outcome.call.latency_ms / 1000)
        judged = [*self._blamed(), outcome]
        self._unanswered = []
        return judged

    def _blamed(self) -> Iterator[Outcome]:
        for outcome in self._unanswered:
            outcome.outcome = "invalid"
            self.report.invalid += 1
            yield outcome

    def _settle(self, failure: ModelUnavailableError | None) -> None:
        """What to make of questions that got no answer, with none after them. Raises ModelUnavailableError."""
        unanswered, cancelled = self._unanswered, self.enricher.cancelled.is_set()
        if unanswered:
            if not cancelled and self.enricher.model.responds(self.enricher.purpose):
                self._append(list(self._blamed()))
            else:
                self._append(unanswered)
                failure = failure or ModelUnavailableError(unanswered[-1].error)
        if failure is not None:
            raise failure

    def _append(self, batch: Sequence[Outcome]) -> None:
        self.ledger.append(self.contract, batch)
        self._appended_at = time.monotonic()

    def _count(self, outcome: Outcome) -> None:
        report, now = self.report, time.monotonic()
        self._done += 1
        report.answered += outcome.outcome in {"answered", "repaired"}
        report.repaired += outcome.outcome == "repaired"
        report.invalid += outcome.outcome == "invalid"
        report.stragglers += sum(call.stragglers for call in (outcome.call, outcome.sent_back) if call)
        if now - self._told_at >= PROGRESS_EVERY_SECONDS:
            rate = self._done / (now - self._started)
            left = (self.questions.count - self._done) / rate
            log.info(
                "%s: %d of %d, %.1f a second, %.0f s left", report.task, self._done, self.questions.count, rate, left
            )
            self._told_at = now


def _call_since(started: float, stragglers: int = 0) -> Call:
    return Call((time.monotonic() - started) * 1000, stragglers=stragglers)


def _batches(questions: Iterable[Question], size: int) -> Iterator[list[Question]]:
    waiting = iter(questions)
    while batch := list(islice(waiting, size)):
        yield batch


def _in_parallel(
    ask: Callable[[Asked], Came], inputs: Iterable[Asked], concurrency: int, cancelled: threading.Event
) -> Iterator[Came]:
    """The outcome of each input, as it comes, with at most `concurrency` at a time and none prepared far ahead.

    A few wait in reserve, so that the model is kept busy while the caller is busy with an answer.
    The first ModelUnavailableError ends it, after what is under way has come back; a cancellation ends it at once.
    """
    if concurrency <= 1:
        for item in inputs:
            if cancelled.is_set():
                return
            yield ask(item)
        return
    waiting = iter(inputs)
    failure: ModelUnavailableError | None = None
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="ask")
    places = concurrency * (1 + RESERVE)
    under_way: set[Future[Came]] = set()
    try:
        while not cancelled.is_set():
            if failure is None:
                under_way |= {pool.submit(ask, item) for item in islice(waiting, places - len(under_way))}
            if not under_way:
                break
            done, under_way = wait(under_way, LOOK_FOR_CANCELLATION_SECONDS, FIRST_COMPLETED)
            came: list[Came] = []
            for future in done:
                try:
                    came.append(future.result())
                except ModelUnavailableError as error:
                    failure = failure or error
            if failure is not None:
                under_way = {future for future in under_way if not future.cancel()}
            yield from came
    finally:
        # What is under way at a cancellation is not waited for: the server may take minutes.
        pool.shutdown(wait=not cancelled.is_set(), cancel_futures=True)
    if failure is not None:
        raise failure
