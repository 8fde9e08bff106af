"""A language model's server that fails, in every way we know: what it costs, what is kept, what waits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from include.language_model.model import EMBEDDING, ModelUnavailableError
from include.language_model.model_client import ModelClient
from include.language_model.ollama_server import OllamaServer
from include.settings import REPOSITORY
from tests.faults.conftest import REQUESTS, Asking
from tests.ollama_server import Asked, Reply, embed_reply, embedding, fails, ollama_server, says
from tests.perceived import PERCEIVED

GOOD = json.dumps(PERCEIVED)
FEW = [f"memory {number}" for number in range(3)]
MANY = [f"memory {number}" for number in range(60)]


def nothing_failed(asking: Asking) -> bool:
    return asking.world.lake("select count(*) from control.llm_failures") == [(0,)]


def test_a_refused_connection_is_told_at_once_and_no_question_has_failed(asking: Asking) -> None:
    asking.requests(MANY)
    with ollama_server() as gone:
        pass
    with pytest.raises(ModelUnavailableError, match=f"{asking.kind} at {gone.url}.* does not answer"):
        asking.enrich(model=asking.model(url=gone.url))
    assert nothing_failed(asking)


def test_a_slow_first_byte_is_waited_for(asking: Asking) -> None:
    asking.requests(FEW)
    asking.ollama.answers("/api/chat", Reply(body=says(GOOD).body, after=0.2))
    assert asking.enrich().answered == 3
    [(slowest,)] = asking.world.lake("select max(latency_ms) from control.llm_calls")
    assert slowest >= 200


@pytest.mark.parametrize("fault", [Reply(hangs=True), Reply(drops=True), fails(500, "out of memory")])
def test_an_attempt_that_came_to_nothing_is_made_again(asking: Asking, fault: Reply) -> None:
    asking.requests(FEW)
    asking.ollama.answers("/api/chat", fault)
    assert asking.enrich().answered == 3
    assert asking.chats == 4


def test_a_stall_in_the_middle_of_an_answer_is_left_after_the_timeout(asking: Asking) -> None:
    asking.requests(FEW)
    asking.ollama.answers("/api/chat", Reply(body=says(GOOD).body, stalls=True))
    assert asking.enrich().answered == 3
    assert asking.chats == 4


@pytest.mark.parametrize("fault", [Reply(hangs=True), Reply(body=says(GOOD).body, stalls=True), fails(500, "no")])
def test_a_server_that_never_answers_costs_a_handful_of_attempts_and_no_memory_fails(
    asking: Asking, fault: Reply
) -> None:
    asking.requests(MANY)
    asking.ollama.answer = lambda asked: fault if asked.path == "/api/chat" else None
    with pytest.raises(ModelUnavailableError):
        asking.enrich(model=asking.model(timeout_seconds=0.1, max_concurrency=4))
    assert asking.chats <= 20
    assert nothing_failed(asking)
    asking.ollama.answer = lambda _: None
    assert asking.enrich(model=asking.model(max_concurrency=4)).answered == len(MANY)


def test_a_full_queue_is_waited_for_and_fails_nothing(asking: Asking) -> None:
    asking.requests(FEW)
    asking.ollama.answers("/api/chat", *[fails(503, "server busy, please try again")] * 2)
    assert asking.enrich(model=asking.model(retries=2)).answered == 3
    asking.requests(MANY)
    asking.ollama.answer = lambda asked: fails(503, "server busy") if asked.path == "/api/chat" else None
    with pytest.raises(ModelUnavailableError, match="503: server busy"):
        asking.enrich()
    assert nothing_failed(asking)


def test_a_missing_model_is_never_asked_twice_and_the_pull_is_told(asking: Asking) -> None:
    asking.requests(MANY)
    asking.ollama.answer = lambda asked: fails(404, "model 'x' not found") if asked.path == "/api/chat" else None
    with pytest.raises(ModelUnavailableError, match=asking.remedy):
        asking.enrich()
    assert asking.chats == 1
    assert nothing_failed(asking)


REFUSALS = {
    "refused": fails(400, "invalid input"),
    "an error in a good reply": Reply(200, {"error": "unexpected EOF"}),
    "an error on this question": fails(500, "grammar"),
    "no end": Reply(hangs=True),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_question_that_alone_gets_no_answer_fails_by_itself(
    asking: Asking, case: str, memory_in: Callable[[Any], str]
) -> None:
    asking.requests(["good", "odd", "fine"])
    asking.ollama.answer = lambda asked: (
        REFUSALS[case] if asked.path == "/api/chat" and memory_in(asked.body) == "odd" else None
    )
    reports = [asking.enrich() for _ in range(4)]
    assert [(report.answered, report.invalid) for report in reports] == [(2, 1), (0, 1), (0, 1), (0, 0)]
    [(attempts, error)] = asking.world.lake("select attempts, last_error from control.given_up")
    assert attempts == 3
    assert asking.ollama.url in error
    assert asking.world.lake(
        "select attempt, count(*) from control.llm_calls where outcome = 'invalid' group by 1 order by 1"
    ) == [(1, 1), (2, 1), (3, 1)]


@pytest.mark.parametrize("case", ["refused", "an error in a good reply"])
def test_a_server_that_refuses_everything_fails_no_memory(asking: Asking, case: str) -> None:
    asking.requests(FEW)
    asking.ollama.answer = lambda asked: REFUSALS[case] if asked.path == "/api/chat" else None
    with pytest.raises(ModelUnavailableError):
        asking.enrich()
    assert nothing_failed(asking)
    assert asking.outcomes() == [("unavailable", 3)]


NO_ANSWERS = {
    "empty": says(""),
    "not done": says(GOOD, done=False),
    "cut off": says(GOOD, done_reason="length"),
    "thinking only": says("", message={"role": "assistant", "content": "", "thinking": GOOD}),
    "against the schema": says(json.dumps({"gist": 5})),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
def test_what_is_no_answer_is_repaired_once_or_is_an_attempt(asking: Asking, case: str) -> None:
    asking.requests(["tea"])
    asking.ollama.answers("/api/chat", NO_ANSWERS[case], NO_ANSWERS[case], NO_ANSWERS[case], says(f"```\n{GOOD}\n```"))
    first, second = asking.enrich(), asking.enrich()
    assert (first.answered, first.invalid) == (0, 1)
    assert (second.answered, second.repaired) == (1, 1)
    assert asking.outcomes() == [("invalid", 1), ("repaired", 1), ("sent_back", 2)]
    assert asking.world.lake("select count(*), min(prompt_tokens) from control.llm_calls") == [(4, 120)]


def test_one_poisonous_text_in_a_batch_is_found_and_63_are_embedded(asking: Asking) -> None:
    asking.requests([f"text {number}" for number in range(64)], EMBEDDING)
    poison = "text 37"
    for fault in (fails(400, "the input length exceeds the context length"), fails(500, "unsupported value: NaN")):

        def poisoned(asked: Asked, fault: Reply = fault) -> Reply | None:
            spoilt = asked.path == "/api/embed" and any(text.endswith(poison) for text in asked.body["input"])
            return fault if spoilt else None

        asking.ollama.answer = poisoned
        report = asking.enrich(EMBEDDING)
        assert report.invalid == 1
    assert asking.world.lake("select count(*) from control.embeddings") == [(63,)]
    [(error, attempts)] = asking.world.lake("select max(error), count(*) from control.llm_failures")
    assert attempts == 2
    assert "NaN" in error or "context length" in error


BAD_VECTORS: dict[str, Callable[[int], list[list[float]]]] = {
    "for 1 texts": lambda texts: [[1.0] * 768] * (texts + 1),
    "not finite": lambda texts: [[1.0] * 767 + [float("nan")]] * texts,
    "8 dimensions, where those that are kept have 768": lambda texts: [[1.0] * 8] * texts,
}


@pytest.mark.parametrize("told", BAD_VECTORS)
def test_vectors_that_do_not_fit_are_refused(asking: Asking, told: str) -> None:
    asking.requests(["kept"], EMBEDDING)
    asking.enrich(EMBEDDING)
    asking.requests(["one", "two"], EMBEDDING)
    asking.ollama.answer = lambda asked: (
        Reply(body=embed_reply(BAD_VECTORS[told](len(asked.body["input"])))) if asked.path == "/api/embed" else None
    )
    report = asking.enrich(EMBEDDING)
    assert (report.answered, report.invalid) == (0, 2)
    assert asking.world.lake("select count(*), min(dimension) from control.embeddings") == [(1, 768)]
    assert all(told in error for (error,) in asking.world.lake("select error from control.llm_failures"))


def test_a_changed_embedding_model_embeds_anew_and_is_not_mixed(asking: Asking) -> None:
    asking.requests(["one", "two"], EMBEDDING)
    asking.enrich(EMBEDDING)
    asking.ollama.models["nomic-embed-text:latest"] = "c" * 64
    asking.ollama.answer = lambda asked: (
        Reply(body=embed_reply([np.roll(embedding(text), 1)[:16].tolist() for text in asked.body["input"]]))
        if asked.path == "/api/embed"
        else None
    )
    report = asking.enrich(EMBEDDING)
    assert (report.hits, report.answered) == (0, 2)
    present = (
        "select distinct dimension, count(*) from control.embeddings "
        "inner join control.answer_contracts using (contract) group by all"
    )
    assert asking.world.lake(present) == [(16, 2)]


def test_a_server_killed_half_way_through_500_costs_only_what_was_under_way(asking: Asking) -> None:
    asking.requests([f"memory {number}" for number in range(500)])
    asking.ollama.dies_after(250)
    patient = {"max_concurrency": 8, "timeout_seconds": 30}  # what is asked twice would count twice
    with pytest.raises(ModelUnavailableError):
        asking.enrich(model=asking.model(**patient))
    answered = kept_answers(asking)
    assert 240 <= answered <= 250
    assert nothing_failed(asking)
    with ollama_server(asking.ollama.port) as back:
        report = asking.enrich(model=asking.model(**patient))
        assert (report.hits, report.answered) == (answered, 500 - answered)
        assert len(back.bodies("/api/chat")) == 500 - answered


KILLED = f"""
from types import SimpleNamespace
from codex_dreams.operators.ollama import OllamaEnrichOperator
from include.language_model import enrichment
enrichment.APPEND_EVERY_SECONDS = 0
operator = OllamaEnrichOperator(task_id="ask", request_model="{REQUESTS}", task="perceive")
operator.execute({{"dag_run": SimpleNamespace(run_id="killed")}})
"""


def kept_answers(asking: Asking) -> int:
    return int(asking.world.lake("select count(*) from control.llm_responses")[0][0])


def test_a_task_killed_half_way_asks_only_for_what_is_missing_when_it_runs_again(asking: Asking) -> None:
    asking.requests(MANY)
    asking.world.use_ollama(asking.ollama.url, asking.protocol)
    reached = threading.Event()

    def stops_at(asked: Asked) -> Reply | None:
        if asked.path == "/api/chat" and asking.chats > 30:
            reached.set()
            return Reply(hangs=True)
        return None

    asking.ollama.answer = stops_at
    task = subprocess.Popen([sys.executable, "-c", KILLED], cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    try:
        assert reached.wait(300)  # Airflow is imported there
        # What has come is appended while the others hang.
        deadline = time.monotonic() + 60
        while kept_answers(asking) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        task.send_signal(signal.SIGKILL)
        task.wait()
    answered = kept_answers(asking)
    assert 20 <= answered <= 30
    asking.ollama.answer = lambda _: None
    before = asking.chats
    report = asking.enrich()
    assert (report.hits, report.answered) == (answered, len(MANY) - answered)
    assert asking.chats - before == len(MANY) - answered
    [(kept, questions)] = asking.world.lake(
        "select count(*), count(distinct input_hash) from control.llm_responses where task = 'perceive'"
    )
    assert kept == questions == len(MANY)


def test_all_places_of_a_server_are_taken_and_a_second_run_makes_no_call(asking: Asking) -> None:
    asking.requests([f"memory {number}" for number in range(80)])
    asking.ollama.seconds = 0.02
    report = asking.enrich(model=asking.model(max_concurrency=8, timeout_seconds=30))
    assert (report.answered, asking.ollama.most_at_once, asking.chats) == (80, 8, 80)
    again = asking.enrich(model=asking.model(max_concurrency=8))
    assert (again.hits, again.answered, asking.chats) == (80, 0, 80)


def test_of_two_hosts_one_that_is_dead_is_left_alone(asking: Asking) -> None:
    asking.requests(MANY)
    with ollama_server() as second:
        model = asking.model(hosts=[second.url], max_concurrency=2)
        assert model.concurrency == 4
        asking.ollama.dies_after(10)
        assert asking.enrich(model=model).answered == len(MANY)
        assert len(second.bodies("/api/chat")) >= len(MANY) - 10
    assert nothing_failed(asking)


def test_a_host_with_another_version_of_the_model_is_not_asked(asking: Asking) -> None:
    asking.requests(FEW)
    with ollama_server() as second:
        second.models["gpt-oss:20b"] = "d" * 64
        model = asking.model(hosts=[second.url])
        assert asking.enrich(model=model).answered == 3
        assert model.concurrency == 1
        assert not second.bodies("/api/chat")


def test_an_open_circuit_asks_nothing_and_closes_when_the_server_is_back(asking: Asking) -> None:
    client = ModelClient(OllamaServer(asking.ollama.url, retries=0))
    asking.ollama.answers("/api/tags", *[fails(503, "busy")] * 5)
    for _ in range(8):
        with pytest.raises(ModelUnavailableError, match="503: busy"):
            client.look("/api/tags")
    assert len(asking.ollama.asked) == 5
    client.forget_failures()
    assert client.look("/api/tags")["models"]
