"""Ollama over real HTTP: what is asked, what is taken for an answer, what is refused, what waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from include.language_model.choice import configured_model
from include.language_model.memory_text import MemoryText
from include.language_model.model import Identity, InvalidAnswerError, ModelUnavailableError, NoAnswerError
from include.language_model.ollama import OllamaModel
from include.language_model.ollama_server import OllamaServer, server_from_url
from include.language_model.tasks import TASKS
from include.language_model.tasks.key_insight import KEY_INSIGHT, KeyInsight
from include.settings import Settings
from tests.ollama_server import Ollama, Reply, fails, ollama_server, says

MEMORY = MemoryText(content="Turns out the cache was cold.", tags=["ci"])
GOOD = {"insight": "Warm the cache first.", "insight_type": "idea", "confidence": 0.7, "concepts": ["cache"]}


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with ollama_server() as server:
        yield server


def model_of(ollama: Ollama, **given: Any) -> OllamaModel:
    return OllamaModel(OllamaServer(ollama.url, **{"retries": 1, "timeout_seconds": 10.0} | given))


def test_an_answer_is_structured_whole_and_counted(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(json.dumps(GOOD | {"chatter": "dropped"})))
    answered = model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    assert answered.answer == KeyInsight.model_validate(GOOD)
    assert answered.sent_back is None
    assert answered.call.latency_ms > 0
    assert (answered.call.prompt_tokens, answered.call.answer_tokens) == (120, 30)


def test_a_question_holds_the_schema_the_instruction_and_the_memory_as_data(ollama: Ollama) -> None:
    model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    [body] = ollama.bodies("/api/chat")
    assert body["format"] == KeyInsight.model_json_schema()
    assert body["stream"] is False
    assert body["model"] == "gpt-oss:20b"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert MEMORY.content not in body["messages"][0]["content"]
    assert MEMORY.content in body["messages"][1]["content"]


def test_the_context_size_never_changes_from_task_to_task(ollama: Ollama) -> None:
    model = model_of(ollama)
    for task in TASKS.values():
        model.answer(task, task.example)
    assert len({body["options"]["num_ctx"] for body in ollama.bodies("/api/chat")}) == 1


@pytest.mark.parametrize(
    ("model", "think", "sent"),
    [
        ("gpt-oss:20b", None, "low"),
        ("gpt-oss:120b", "high", "high"),
        ("llama3.2", None, None),
        ("qwen3", False, False),
    ],
)
def test_gpt_oss_always_thinks_and_others_as_they_are_told(
    ollama: Ollama, model: str, think: str | bool | None, sent: str | bool | None
) -> None:
    ollama.models[model] = "c" * 64
    model_of(ollama, model=model, think=think).answer(KEY_INSIGHT, MEMORY)
    assert ollama.bodies("/api/chat")[0].get("think") == sent


def test_an_answer_in_a_code_fence_is_an_answer(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(f"```json\n{json.dumps(GOOD)}\n```"))
    assert model_of(ollama).answer(KEY_INSIGHT, MEMORY).sent_back is None


INVALID = {
    "no JSON": says("Well, I would say …"),
    "empty": says(""),
    "cut off": says(json.dumps(GOOD), done_reason="length"),
    "not done": says(json.dumps(GOOD), done=False),
    "a field missing": says(json.dumps({"insight": "x"})),
    "out of range": says(json.dumps(GOOD | {"confidence": 7})),
    "not an object": says("[1, 2]"),
    "no message": Reply(body={"done": True, "message": None}),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_answer_is_shown_to_the_model_once_and_repaired(ollama: Ollama, case: str) -> None:
    ollama.answers("/api/chat", INVALID[case], says(json.dumps(GOOD)))
    answered = model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    assert answered.sent_back is not None
    assert answered.sent_back.error
    assert answered.answer == KeyInsight.model_validate(GOOD)
    first, second = (body["messages"] for body in ollama.bodies("/api/chat"))
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert "can't be used" in second[-1]["content"]


def test_the_model_is_told_which_field_was_wrong(ollama: Ollama) -> None:
    ollama.answers("/api/chat", INVALID["out of range"])
    model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    told = ollama.bodies("/api/chat")[1]["messages"][-1]["content"]
    assert "confidence: Input should be less than or equal to 1" in told


@pytest.mark.parametrize("case", INVALID)
def test_an_answer_that_stays_invalid_is_refused_after_two_questions(ollama: Ollama, case: str) -> None:
    ollama.answers("/api/chat", INVALID[case], INVALID[case])
    with pytest.raises(InvalidAnswerError):
        model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_stumbles_is_asked_again(ollama: Ollama, status: int) -> None:
    ollama.answers("/api/chat", fails(status, "busy"))
    model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_stays_down_is_unavailable_and_says_why(ollama: Ollama, status: int) -> None:
    ollama.answers("/api/chat", *[fails(status, "server busy, please try again")] * 2)
    with pytest.raises(ModelUnavailableError, match=rf"{ollama.url} answers {status}: server busy"):
        model_of(ollama).answer(KEY_INSIGHT, MEMORY)


def test_a_refused_request_is_not_repeated(ollama: Ollama) -> None:
    ollama.answers("/api/chat", fails(400, "invalid format"))
    with pytest.raises(NoAnswerError, match="invalid format"):
        model_of(ollama).answer(KEY_INSIGHT, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 1


def test_an_error_inside_a_reply_is_no_answer(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(200, {"error": "an error was encountered while running the model"}))
    with pytest.raises(NoAnswerError, match="while running the model"):
        model_of(ollama).answer(KEY_INSIGHT, MEMORY)


def test_a_server_that_does_not_come_back_is_unavailable(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(hangs=True))
    with pytest.raises(ModelUnavailableError, match="does not answer"):
        model_of(ollama, timeout_seconds=0.05, retries=0).answer(KEY_INSIGHT, MEMORY)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with ollama_server() as gone:
        pass
    with pytest.raises(ModelUnavailableError, match=f"Ollama at {gone.url} does not answer"):
        model_of(gone, retries=0).identity("answers")


def test_a_missing_model_is_named_with_the_command_that_brings_it(ollama: Ollama) -> None:
    model = model_of(ollama, model="mistral", embedding_model="bge-m3")
    with pytest.raises(ModelUnavailableError, match=r"has no model mistral.*ollama pull mistral"):
        model.identity("answers")
    with pytest.raises(ModelUnavailableError, match=r"has no model bge-m3.*ollama pull bge-m3"):
        model.identity("embeddings")
    model = model_of(ollama, model="mistral", embedding_model="bge-m3")  # one that did not look before it asks
    with pytest.raises(ModelUnavailableError, match=r"'mistral' not found.*ollama pull mistral"):
        model.answer(KEY_INSIGHT, MEMORY)
    with pytest.raises(ModelUnavailableError, match=r"'bge-m3' not found.*ollama pull bge-m3"):
        model.embed(["text"], "document")


def test_a_login_page_is_not_held_against_the_memory(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(200, b"<html>Sign in</html>"))
    with pytest.raises(ModelUnavailableError, match=rf"{ollama.url} is no Ollama: <html>Sign in"):
        model_of(ollama).answer(KEY_INSIGHT, MEMORY)


@pytest.mark.parametrize("odd", [b"<html>Sign in</html>", {"models": [{"model": "no name"}]}, [1]])
def test_something_else_at_the_address_is_an_unavailable_model(ollama: Ollama, odd: Any) -> None:
    ollama.answers("/api/tags", Reply(200, odd))
    with pytest.raises(ModelUnavailableError, match=ollama.url):
        model_of(ollama).identity("answers")


def test_an_identity_is_the_name_that_was_asked_for_and_the_servers_digest(ollama: Ollama) -> None:
    assert model_of(ollama).identity("answers") == Identity("gpt-oss:20b", "a" * 64)
    assert model_of(ollama).identity("embeddings") == Identity("nomic-embed-text", "b" * 64)


def test_a_model_that_was_pulled_anew_is_another_one(ollama: Ollama) -> None:
    before = model_of(ollama).identity("answers")
    ollama.models["gpt-oss:20b"] = "d" * 64
    after = model_of(ollama).identity("answers")
    assert KEY_INSIGHT.contract(before.model, before.digest) != KEY_INSIGHT.contract(after.model, after.digest)


def test_vectors_have_unit_length_and_the_order_of_the_texts(ollama: Ollama) -> None:
    ollama.answers("/api/embed", Reply(body={"embeddings": [[3.0, 4.0], [0.0, 2.0]]}))
    vectors = model_of(ollama).embed(["first", "second"], "document")
    assert vectors.dtype == np.float32
    assert vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


def test_nomic_is_told_what_is_stored_and_what_is_asked(ollama: Ollama) -> None:
    ollama.models["bge-m3"] = "e" * 64
    model_of(ollama).embed(["note"], "document")
    model_of(ollama, embedding_model="nomic-embed-text:latest").embed(["note"], "query")
    model_of(ollama, embedding_model="bge-m3").embed(["note"], "query")
    inputs = [body["input"] for body in ollama.bodies("/api/embed")]
    assert inputs == [["search_document: note"], ["search_query: note"], ["note"]]


@pytest.mark.parametrize(
    "embeddings",
    [None, [], [[1.0]], [[1.0], [1.0, 2.0]], [[0.0], [1.0]], [1.0, 2.0], [["a"], ["b"]], [{"x": 1}, {"x": 2}]],
)
def test_vectors_that_do_not_fit_the_texts_are_refused(ollama: Ollama, embeddings: Any) -> None:
    ollama.answers("/api/embed", Reply(body={"embeddings": embeddings}))
    with pytest.raises(InvalidAnswerError):
        model_of(ollama).embed(["one", "two"], "document")


def test_a_vector_that_is_not_finite_is_refused(ollama: Ollama) -> None:
    ollama.answers("/api/embed", Reply(body=b'{"embeddings": [[NaN, 1.0]]}'))
    with pytest.raises(InvalidAnswerError, match="not finite"):
        model_of(ollama).embed(["one"], "document")


def test_a_server_behind_a_proxy_gets_its_token(ollama: Ollama) -> None:
    model_of(ollama, token="secret").identity("answers")
    model_of(ollama).identity("answers")
    assert [asked.authorization for asked in ollama.asked] == ["Bearer secret", None]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8000", "http://gpu-box:8000"),
        ("http://localhost:11434/", "http://localhost:11434"),
        ("https://models.example.org", "https://models.example.org:443"),
        ("https://models.example.org/ollama/", "https://models.example.org:443/ollama"),
    ],
)
def test_an_address_may_leave_out_what_is_usual(given: str, url: str) -> None:
    assert server_from_url(given).url == url


def test_who_answers_is_what_was_configured_and_nothing_else(ollama: Ollama) -> None:
    embedded = configured_model(Settings(ollama_url=None))
    assert embedded.identity("answers").model == "codex-embedded"
    configured = configured_model(Settings(ollama_url=ollama.url, ollama_model="mistral"))
    with pytest.raises(ModelUnavailableError, match="no model mistral"):
        configured.identity("answers")
