"""How long an answer may take: learned from what answers took, never longer than the limit, a straggler asked again."""

from __future__ import annotations

import time

import pytest

from include.language_model.memory_text import MemoryText
from include.language_model.model import NoAnswerError
from include.language_model.patience import FEWEST, LEAST_SECONDS, MOST_BACKOFF, Patience, Taken
from include.language_model.tasks.perceive import PERCEIVE
from tests.include.language_model.serving import PROTOCOLS, served
from tests.ollama_server import Reply, ollama_server

MEMORY = MemoryText(content="Tea.")


def learned(seconds: float, tokens: int = 300, limit: float = 300.0) -> Patience:
    """Of a model that has answered in this process, and took that long."""
    patience = Patience(limit)
    patience.remember("t", [Taken(tokens, seconds)] * FEWEST)
    patience.came("t", 1000, tokens, seconds)
    return patience


def test_what_is_not_known_may_take_as_long_as_the_limit() -> None:
    patience = Patience(300.0)
    patience.remember("t", [Taken(300, 4.0)] * FEWEST)
    assert patience.seconds("t", 1000) == 300  # the model may have to be loaded first
    patience.came("t", 1000, 300, 4.0)
    assert patience.seconds("t", 1000) == pytest.approx(12)
    assert patience.seconds("another task", 1000) == 300


def test_patience_is_within_the_limit_and_no_shorter_than_a_hiccup() -> None:
    assert learned(200.0).seconds("t", 1000) == 300
    assert learned(0.01).seconds("t", 1000) == LEAST_SECONDS


def test_a_longer_prompt_may_take_longer() -> None:
    patience = learned(5.0)
    assert patience.seconds("t", 10_000) == pytest.approx(5 * 3 * 10)
    patience.remember("t", [Taken(3000, 20.0)] * FEWEST)  # of that length some have come meanwhile
    assert patience.seconds("t", 10_000) == pytest.approx(60)
    assert patience.seconds("t", 1000) == pytest.approx(15)


def test_patience_doubles_when_it_ran_out_and_falls_back_when_an_answer_came() -> None:
    patience = learned(5.0)
    for times in (2, 4, MOST_BACKOFF, MOST_BACKOFF):
        patience.ran_out()
        assert patience.seconds("t", 1000) == pytest.approx(15 * times)
    patience.came("t", 1000, 300, 5.0)
    assert patience.seconds("t", 1000) == pytest.approx(15)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_straggler_is_asked_again_of_another_host_and_counted(protocol: str) -> None:
    with ollama_server() as first, ollama_server() as second:
        model = served(first.url, protocol, hosts=[second.url], timeout_seconds=60)
        model.patience = Patience(60.0, least=0.2)
        model.patience.remember("perceive", [Taken(120, 0.01)] * FEWEST)
        model.answer(PERCEIVE, MEMORY)
        started = time.monotonic()
        hung = {"count": 0}

        def one_hangs(_: object) -> Reply | None:
            hung["count"] += 1
            return Reply(hangs=True) if hung["count"] == 1 else None

        first.answer = second.answer = one_hangs
        answered = model.answer(PERCEIVE, MEMORY)
        assert time.monotonic() - started < 10
        assert answered.call.stragglers == 1
        assert answered.call.latency_ms < 1000  # of the attempt that came
        assert len(first.bodies("/api/chat")) >= 1
        assert len(second.bodies("/api/chat")) >= 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_that_never_comes_costs_seconds_and_not_the_timeout(protocol: str) -> None:
    with ollama_server() as server:
        model = served(server.url, protocol, timeout_seconds=60, retries=2)
        model.patience = Patience(60.0, least=0.2)
        model.patience.remember("perceive", [Taken(120, 0.01)] * FEWEST)
        model.answer(PERCEIVE, MEMORY)
        server.answer = lambda _: Reply(hangs=True)
        started = time.monotonic()
        with pytest.raises(NoAnswerError) as error:
            model.answer(PERCEIVE, MEMORY)
        assert error.value.stragglers == 3
        assert time.monotonic() - started < 15
