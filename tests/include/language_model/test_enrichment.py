"""Asking a request model's questions of a model in this process, on a real lake."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from include.lake.connection import configured_lake
from include.language_model.budget import NightBudget, waited
from include.language_model.calibration import SAME, UNRELATED
from include.language_model.enrichment import Enricher, Enrichment
from include.language_model.ledger import AnswerLedger, Contract
from include.language_model.model import (
    EMBEDDING,
    Answered,
    Call,
    Identity,
    InvalidAnswerError,
    Kind,
    ModelUnavailableError,
    Purpose,
)
from include.language_model.task import ModelTask, TaskInput
from include.language_model.tasks.perceive import Perceived
from tests.conftest import World
from tests.perceived import PERCEIVED

REQUESTS = "insights.questions"


@dataclass
class Thinker:
    """A language model that echoes the memory; `meets` decides what comes of a text besides."""

    concurrency: int = 1
    embedding_batch: int = 4
    digest: str = "first"
    well: bool = True
    meets: Callable[[str], None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)

    def identity(self, purpose: Purpose) -> Identity:
        return Identity(f"thinker of {purpose}", self.digest)

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        content = task_input.content  # type: ignore[attr-defined]
        self.asked.append(content)
        self.meets(content)
        answer = Perceived.model_validate(PERCEIVED | {"gist": f"About {content}."})
        call = Call(12.34, prompt_tokens=7, answer_tokens=3)
        return Answered(answer, call, Call(5.0, error="too long") if "repaired" in content else None)

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        self.batches.append(list(texts))
        for text in texts:
            self.meets(text)
        vectors = []
        for text in texts:
            row = np.full(64, 0.01)
            for word in text.lower().split():
                row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 64] += 1
            vectors.append(row / np.linalg.norm(row))
        return np.asarray(vectors, dtype=np.float32)

    def learn(self, connection: duckdb.DuckDBPyConnection) -> None:
        """It has no server."""

    def told(self, connection: duckdb.DuckDBPyConnection) -> str:
        return ""

    def responds(self, purpose: Purpose) -> bool:
        return self.well


@pytest.fixture
def lake(world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    """The test's own look at the world's lake."""
    with configured_lake().connect(threads=1) as connection:
        yield connection


def requests(
    lake: duckdb.DuckDBPyConnection,
    contents: Iterable[str | None],
    task: str = "perceive",
    *odd: tuple[str, str, str],
) -> None:
    """Make the request model hold these memories, as dbt would, and `odd` rows of request id, task and input."""
    key = "text" if task == EMBEDDING else "content"
    asked = [
        (f"{number:02d}", task, None if content is None else json.dumps({key: content}))
        for number, content in enumerate(contents, start=1)
    ]
    lake.execute(
        f"create or replace table {REQUESTS} as select *, sha256(input) as input_hash from ("
        "select unnest(?::varchar[]) as request_id, unnest(?::varchar[]) as task, unnest(?::varchar[]) as input)",
        [list(column) for column in zip(*asked, *odd, strict=True)],
    )


def enrich(thinker: Thinker, task: str = "perceive", run_id: str = "run", **given: Any) -> Enrichment:
    return Enricher(configured_lake(), thinker, REQUESTS, task, run_id, **given).run()


def rows(lake: duckdb.DuckDBPyConnection, question: str, *given: Any) -> list[tuple[Any, ...]]:
    return lake.execute(question, given).fetchall()


def outcomes(lake: duckdb.DuckDBPyConnection, run_id: str = "run") -> list[tuple[str, str]]:
    called = "select request_id, outcome from control.llm_calls where run_id = ? order by request_id, outcome"
    return [(request, outcome) for request, outcome in rows(lake, called, run_id)]


def refusing(*contents: str) -> Callable[[str], None]:
    def meets(content: str) -> None:
        if content in contents:
            raise InvalidAnswerError(f"no idea what {content} is")

    return meets


def test_equal_content_is_asked_once_and_changed_content_anew(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, ["tea", "coffee", "tea"])
    thinker = Thinker()
    first = enrich(thinker)
    assert sorted(thinker.asked) == ["coffee", "tea"]
    assert (first.hits, first.answered, first.invalid, first.repaired) == (0, 2, 0, 0)
    second = enrich(thinker, run_id="again")
    assert len(thinker.asked) == 2
    assert (second.hits, second.answered) == (3, 0)
    assert outcomes(lake) == [("01", "answered"), ("02", "answered")]
    assert [outcome for _, outcome in outcomes(lake, "again")] == ["hit"] * 3
    kept = rows(lake, "select json_extract_string(answer, '$.gist'), model from control.llm_responses order by 1")
    assert kept == [("About coffee.", "thinker of answers"), ("About tea.", "thinker of answers")]
    [call] = rows(
        lake,
        "select latency_ms, prompt_tokens, answer_tokens, error from control.llm_calls where request_id = '01' "
        "and outcome = 'answered'",
    )
    assert call == (12.3, 7, 3, None)
    requests(lake, ["tea with milk", "coffee", "tea"])
    third = enrich(thinker, run_id="changed")
    assert thinker.asked[2:] == ["tea with milk"]
    assert (third.hits, third.answered) == (2, 1)


def test_another_model_is_asked_anew_and_the_first_ones_answers_are_kept(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, ["tea", "gibberish"])
    old, new = Thinker(meets=refusing("gibberish")), Thinker(digest="second")
    enrich(old, max_attempts=1)
    assert enrich(new, max_attempts=1).answered == 2  # what the first gave up, too
    [(present,)] = rows(lake, "select model_digest from control.answer_contracts where task = 'perceive'")
    assert present == "second"
    back = enrich(old, max_attempts=1)
    assert (back.hits, back.answered, old.asked) == (1, 0, ["tea", "gibberish"])
    [(present,)] = rows(lake, "select model_digest from control.answer_contracts where task = 'perceive'")
    assert present == "first"


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_model_that_goes_away_costs_nothing_that_was_answered(
    lake: duckdb.DuckDBPyConnection, concurrency: int
) -> None:
    contents = [f"memory {number:02d}" for number in range(12)]
    requests(lake, contents)
    away = threading.Event()

    def leaves(content: str) -> None:
        if content == "memory 05" or away.is_set():
            away.set()
            raise ModelUnavailableError("it went home")

    thinker = Thinker(concurrency=concurrency, meets=leaves)
    with pytest.raises(ModelUnavailableError, match="it went home"):
        enrich(thinker)
    answered = {row[0] for row in rows(lake, "select request_id from control.llm_calls where outcome = 'answered'")}
    assert len(thinker.asked) < len(contents)  # it was not asked on and on
    assert 3 <= len(answered) <= 11
    assert not rows(lake, "select * from control.llm_failures")  # it is nobody's fault
    back = Thinker(concurrency=concurrency)
    report = enrich(back)
    assert report.hits == len(answered)
    assert len(back.asked) == len(contents) - len(answered)


def test_a_cancelled_run_stops_asking_and_keeps_what_came(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, [f"memory {number:02d}" for number in range(6)])
    cancelled = threading.Event()

    def cancels(content: str) -> None:
        if content == "memory 02":
            cancelled.set()

    thinker = Thinker(meets=cancels)
    report = enrich(thinker, cancelled=cancelled)
    assert len(thinker.asked) == report.answered == 3
    assert rows(lake, "select count(*) from control.llm_responses") == [(3,)]


def test_as_many_questions_as_the_model_bears_are_under_way_and_no_more(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, [f"memory {number:02d}" for number in range(9)])
    meeting = threading.Barrier(3, timeout=30)
    under_way, most = 0, 0
    lock = threading.Lock()

    def meets(_: str) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        meeting.wait()  # goes on only when three are here at once
        with lock:
            under_way -= 1

    assert enrich(Thinker(concurrency=3, meets=meets)).answered == 9
    assert most == 3


def test_only_what_is_asked_of_the_task_and_fits_it_is_asked(lake: duckdb.DuckDBPyConnection) -> None:
    odd = [("03", "perceive", '{"contents": 1}'), ("04", "semantic_summary", '{"content": "milk"}')]
    requests(lake, ["tea", None], "perceive", *odd)
    thinker = Thinker()
    report = enrich(thinker)
    assert (thinker.asked, report.answered, report.invalid) == (["tea"], 1, 1)
    [(request, error)] = rows(lake, "select request_id, error from control.llm_failures")
    assert request == "03"
    assert error.startswith("the request does not fit the task")


def test_one_memory_that_fails_does_not_stop_the_others(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, ["tea", "gibberish", "repaired coffee", "milk"])
    report = enrich(Thinker(concurrency=3, meets=refusing("gibberish")))
    assert (report.answered, report.repaired, report.invalid) == (3, 1, 1)
    assert [outcome for _, outcome in outcomes(lake)] == ["answered", "invalid", "repaired", "sent_back", "answered"]
    failures = rows(lake, "select request_id, task, kind, error from control.llm_failures")
    assert failures == [("02", "perceive", "invalid", "no idea what gibberish is")]


def test_a_failure_is_tried_again_until_it_is_given_up_and_anew_when_released(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, ["gibberish"])
    thinker = Thinker(meets=refusing("gibberish"))
    assert [enrich(thinker).invalid for _ in range(2)] == [1, 1]
    assert not rows(lake, "select * from control.given_up")
    assert [enrich(thinker).invalid for _ in range(2)] == [1, 0]
    assert len(thinker.asked) == 3
    [given_up] = rows(lake, "select task, attempts, request_id, last_error from control.given_up")
    assert given_up == ("perceive", 3, "01", "no idea what gibberish is")
    lake.execute(
        "insert into control.llm_failures select now(), task, contract, input_hash, request_id, 'released', null "
        "from control.given_up"
    )
    assert not rows(lake, "select * from control.given_up")
    thinker.meets = refusing()
    assert enrich(thinker).answered == 1
    assert len(thinker.asked) == 4


def test_vectors_are_kept_by_content_with_the_range_of_likeness(lake: duckdb.DuckDBPyConnection) -> None:
    requests(lake, ["tea", "coffee", "tea"], EMBEDDING)
    thinker = Thinker()
    report = enrich(thinker, EMBEDDING)
    assert (report.answered, report.model) == (2, "thinker of embeddings")
    calibration, embedded = thinker.batches
    assert set(calibration) == {text for pair in (*SAME, *UNRELATED) for text in pair}
    assert embedded == ["tea", "coffee"]
    [(floor, ceiling)] = rows(lake, "select cosine_floor, cosine_ceiling from control.answer_contracts")
    assert floor < ceiling
    vectors = rows(
        lake, "select dimension, len(vector), list_sum(list_transform(vector, x -> x * x)) from control.embeddings"
    )
    assert [row[:2] for row in vectors] == [(64, 64)] * 2
    assert [row[2] for row in vectors] == pytest.approx([1, 1], abs=1e-5)
    again = enrich(thinker, EMBEDDING)
    assert (again.hits, len(thinker.batches)) == (3, 2)


def test_a_text_that_spoils_its_batch_is_found_and_the_others_are_embedded(lake: duckdb.DuckDBPyConnection) -> None:
    class Blurred(Thinker):
        def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
            vectors = super().embed(texts, kind)
            vectors[[text == "blur" for text in texts]] = np.nan
            return vectors

    requests(lake, ["one", "two", "poison", "four", "five", "blur"], EMBEDDING)
    report = enrich(Blurred(embedding_batch=4, meets=refusing("poison")), EMBEDDING)
    assert (report.answered, report.invalid) == (4, 2)
    assert [request for request, outcome in outcomes(lake) if outcome == "invalid"] == ["03", "06"]
    assert rows(lake, "select count(*) from control.embeddings") == [(4,)]


def test_what_does_not_fit_into_the_nights_minutes_waits_and_is_told(lake: duckdb.DuckDBPyConnection) -> None:
    contents = ["tea", "a long note about the harbour", "milk and honey"]
    requests(lake, contents)
    now = datetime.now(UTC)
    budget = NightBudget(date(2026, 3, 1), now - timedelta(hours=1), 0.02)  # an answer takes 12.34 ms
    thinker = Thinker()
    report = enrich(thinker, budget=budget)
    assert (report.answered, report.waiting) == (2, 1)
    assert thinker.asked == ["a long note about the harbour", "milk and honey"]  # the most important first
    told = "1 questions of the night of 2026-03-01 wait: its 0.000333333 minutes of the model were used"
    assert waited(lake, now).startswith(told)
    assert enrich(thinker, budget=budget, run_id="same night").waiting == 1
    assert enrich(thinker, run_id="day").answered == 1
    next_night = NightBudget(date(2026, 3, 2), datetime.now(UTC), 60.0)
    requests(lake, [*contents, "butter"])
    assert (enrich(thinker, budget=next_night, run_id="next").answered, budget.left(lake)) == (1, 0)


def test_two_who_agree_at_once_leave_one_contract(lake: duckdb.DuckDBPyConnection) -> None:
    ledger = AnswerLedger(configured_lake(), REQUESTS, "run", 3)
    contracts = [Contract("perceive", f"key {n}", Identity("thinker", str(n)), "1") for n in range(4)]
    start = threading.Barrier(len(contracts))

    def agree(contract: Contract) -> None:
        start.wait()
        ledger.agree(contract)

    threads = [threading.Thread(target=agree, args=[contract]) for contract in contracts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [(key,)] = rows(lake, "select contract from control.answer_contracts where task = 'perceive'")
    assert key in {contract.key for contract in contracts}
    assert [contract.key for contract in contracts if ledger.agreed(contract)] == [key]


@pytest.mark.parametrize(("task", "kept"), [("perceive", "llm_responses"), (EMBEDDING, "embeddings")])
def test_two_who_ask_the_same_at_once_keep_one_row_a_question(
    lake: duckdb.DuckDBPyConnection, task: str, kept: str
) -> None:
    """Both have read their questions, and asked, before either appends: two runs of a rhythm, or two rhythms."""
    requests(lake, [f"memory {number:02d}" for number in range(5)], task)
    enrich(Thinker(), task, "before")
    requests(lake, [f"memory {number:02d}" for number in range(3, 8)], task)
    meeting = threading.Barrier(2, timeout=60)

    def meets(content: str) -> None:
        if content == "memory 07":
            meeting.wait()

    def ask(run_id: str) -> int:
        return enrich(Thinker(meets=meets, embedding_batch=8), task, run_id).answered

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, ["one", "two"])) == [3, 3]
    assert rows(lake, f"select count(*), count(distinct (contract, input_hash)) from control.{kept}") == [(8, 8)]
    answered = "select run_id, count(*) from control.llm_calls where outcome = 'answered' group by 1 order by 1"
    assert rows(lake, answered) == [("before", 5), ("one", 3), ("two", 3)]  # what it cost is told all the same


@pytest.mark.parametrize("name", ["questions", "insights.questions; drop table x", "insights.", "a.b.c"])
def test_a_name_that_is_no_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no schema"):
        AnswerLedger(None, name, "run", 3)  # type: ignore[arg-type]
