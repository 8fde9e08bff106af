"""Answering a request model: kept answers first, the model for the rest, answers appended as they come (DESIGN §5)."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from include.lake.connection import Lake
from include.language_model.calibration import calibrate
from include.language_model.ledger import AnswerLedger, Contract, Outcome, Question
from include.language_model.model import EMBEDDING, InvalidAnswerError, LanguageModel, ModelUnavailableError
from include.language_model.tasks import TASKS

log = logging.getLogger(__name__)

APPEND_EVERY_ANSWERS = 200
APPEND_EVERY_SECONDS = 5.0
PROGRESS_EVERY_SECONDS = 15.0
EMBEDDING_VERSION = "1"

Asked = TypeVar("Asked")
Came = TypeVar("Came")


@dataclass
class Enrichment:
    """What asking came to. `waiting` inputs had an invalid answer this time and are asked again next time."""

    task: str
    model: str
    hits: int = 0
    answered: int = 0
    repaired: int = 0
    invalid: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For XCom and logs."""
        return dict(vars(self))


@dataclass
class Enricher:
    """Answers one task of one request model with one language model."""

    lake: Lake
    model: LanguageModel
    request_model: str
    task: str
    run_id: str
    max_attempts: int = 3
    cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Enrichment:
        """Answer all open questions.

        Raises ModelUnavailableError when the model can't be asked; what was answered until then is kept, and the
        rest waits. A cancelled run returns early in the same way.
        """
        started = time.monotonic()
        contract = self._contract()
        ledger = AnswerLedger(self.lake, self.request_model, self.run_id, self.max_attempts)
        if not ledger.agreed(contract):
            ledger.agree(contract, calibrate(self.model) if self.task == EMBEDDING else None)
        hits, questions = ledger.open_questions(contract)
        report = Enrichment(self.task, contract.identity.model, hits=hits)
        log.info("%s: %d kept, %d to ask of %s", self.task, hits, len(questions), contract.identity.model)
        if questions:
            outcomes = self._embedded(questions) if self.task == EMBEDDING else self._answered(questions)
            self._append(ledger, contract, outcomes, len(questions), report)
        report.seconds = round(time.monotonic() - started, 3)
        return report

    def _contract(self) -> Contract:
        if self.task == EMBEDDING:
            identity = self.model.identity("embeddings")
            key = hashlib.sha256(
                json.dumps([EMBEDDING, EMBEDDING_VERSION, identity.model, identity.digest]).encode()
            ).hexdigest()
            return Contract(EMBEDDING, key, identity, EMBEDDING_VERSION)
        identity = self.model.identity("answers")
        task = TASKS[self.task]
        return Contract(task.name, task.contract(identity.model, identity.digest), identity, task.version)

    def _append(
        self,
        ledger: AnswerLedger,
        contract: Contract,
        outcomes: Iterator[Outcome],
        total: int,
        report: Enrichment,
    ) -> None:
        """Append outcomes in small batches; also what came before an error."""
        batch: list[Outcome] = []
        appended_at = told_at = started = time.monotonic()
        done = 0
        try:
            for outcome in outcomes:
                batch.append(outcome)
                done += 1
                report.answered += outcome.outcome in {"answered", "repaired"}
                report.repaired += outcome.outcome == "repaired"
                report.invalid += outcome.outcome == "invalid"
                now = time.monotonic()
                if len(batch) >= APPEND_EVERY_ANSWERS or now - appended_at >= APPEND_EVERY_SECONDS:
                    ledger.append(contract, batch)
                    batch, appended_at = [], time.monotonic()
                if now - told_at >= PROGRESS_EVERY_SECONDS:
                    rate = done / (now - started)
                    log.info(
                        "%s: %d of %d, %.1f a second, %.0f s left", self.task, done, total, rate, (total - done) / rate
                    )
                    told_at = now
        finally:
            ledger.append(contract, batch)

    def _answered(self, questions: Sequence[Question]) -> Iterator[Outcome]:
        return _in_parallel(self._answer, questions, self.model.concurrency, self.cancelled)

    def _answer(self, question: Question) -> Outcome:
        task = TASKS[self.task]
        try:
            task_input = task.input_type.model_validate_json(question.input)
        except ValidationError as error:
            return Outcome(question, "invalid", error=f"the request does not fit the task: {error.errors()[0]['msg']}")
        try:
            answered = self.model.answer(task, task_input)
        except InvalidAnswerError as error:
            return Outcome(question, "invalid", error=str(error)[:500])
        return Outcome(
            question,
            "repaired" if answered.repaired else "answered",
            answer=answered.answer.model_dump_json(),
            latency_ms=round(answered.latency_ms, 1),
            prompt_tokens=answered.prompt_tokens,
            answer_tokens=answered.answer_tokens,
        )

    def _embedded(self, questions: Sequence[Question]) -> Iterator[Outcome]:
        size = self.model.embedding_batch
        batches = [questions[start : start + size] for start in range(0, len(questions), size)]
        for outcomes in _in_parallel(self._embed, batches, self.model.concurrency, self.cancelled):
            yield from outcomes

    def _embed(self, questions: Sequence[Question]) -> list[Outcome]:
        """Embed a batch; a text that spoils it is found by halving."""
        texts = [json.loads(question.input)["text"] for question in questions]
        started = time.monotonic()
        try:
            vectors = self.model.embed(texts, "document")
            if len(vectors) != len(texts) or not np.isfinite(vectors).all():
                raise InvalidAnswerError(f"{len(vectors)} vectors for {len(texts)} texts, or one that is not finite")
        except InvalidAnswerError as error:
            if len(questions) == 1:
                return [Outcome(questions[0], "invalid", error=str(error)[:500])]
            middle = len(questions) // 2
            return self._embed(questions[:middle]) + self._embed(questions[middle:])
        latency = (time.monotonic() - started) * 1000 / len(questions)
        return [
            Outcome(question, "answered", vector=vector.tolist(), latency_ms=round(latency, 1))
            for question, vector in zip(questions, vectors, strict=True)
        ]


def _in_parallel(
    ask: Callable[[Asked], Came], inputs: Sequence[Asked], concurrency: int, cancelled: threading.Event
) -> Iterator[Came]:
    """What comes of each input, as it comes, with at most `concurrency` at a time and none prepared far ahead.

    The first ModelUnavailableError ends it, after what is under way has come back.
    """
    if concurrency <= 1:
        for item in inputs:
            if cancelled.is_set():
                return
            yield ask(item)
        return
    waiting = iter(inputs)
    failure: ModelUnavailableError | None = None
    with ThreadPoolExecutor(concurrency, thread_name_prefix="ask") as pool:
        under_way: set[Future[Came]] = {
            pool.submit(ask, item) for item in islice(waiting, 0 if cancelled.is_set() else concurrency)
        }
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    yield future.result()
                except ModelUnavailableError as error:
                    failure = failure or error
                if failure is None and not cancelled.is_set():
                    following = next(waiting, None)
                    if following is not None:
                        under_way.add(pool.submit(ask, following))
    if failure is not None:
        raise failure
