"""The server of the tests speaks Ollama's protocol: field by field as documented, and to the official client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import ollama as official
import pytest
import requests

from include.language_model.ollama import OllamaModel, Pulled
from include.language_model.ollama_server import OllamaServer
from tests.ollama_server import DIMENSION, PULL_BYTES, Ollama, fails, ollama_server, says

MESSAGES = [{"role": "user", "content": "Say yes."}]
SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}
DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


@pytest.fixture
def server() -> Iterator[Ollama]:
    with ollama_server() as running:
        yield running


def post(server: Ollama, path: str, **body: Any) -> requests.Response:
    return requests.post(server.url + path, json=body, timeout=10)


def test_a_whole_chat_reply_has_every_documented_field(server: Ollama) -> None:
    reply = post(server, "/api/chat", model="gpt-oss:20b", messages=MESSAGES, stream=False, format=SCHEMA).json()
    assert set(reply) == {
        *DURATIONS,
        *("model", "created_at", "message", "done", "done_reason", "prompt_eval_count", "eval_count"),
    }
    assert reply["model"] == "gpt-oss:20b"
    assert datetime.fromisoformat(reply["created_at"]).tzinfo is not None
    assert reply["message"]["role"] == "assistant"
    assert set(json.loads(reply["message"]["content"])) == {"said"}
    assert (reply["done"], reply["done_reason"]) == (True, "stop")
    assert all(isinstance(reply[name], int) and reply[name] > 0 for name in (*DURATIONS, "eval_count"))


def test_a_chat_streams_unless_it_is_told_not_to(server: Ollama) -> None:
    server.answers("/api/chat", says("A rather long answer, in pieces."))
    lines = [
        json.loads(line) for line in post(server, "/api/chat", model="gpt-oss:20b", messages=MESSAGES).iter_lines()
    ]
    assert len(lines) > 2
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert "".join(line["message"]["content"] for line in lines) == "A rather long answer, in pieces."
    assert {"model", "created_at", "message", "done"} == set(lines[0])
    assert lines[-1]["done_reason"] == "stop"


def test_embeddings_have_every_documented_field(server: Ollama) -> None:
    reply = post(server, "/api/embed", model="nomic-embed-text", input=["one", "two"]).json()
    assert set(reply) == {"model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"}
    assert [len(vector) for vector in reply["embeddings"]] == [DIMENSION] * 2
    assert [sum(x * x for x in vector) for vector in reply["embeddings"]] == pytest.approx([1, 1])
    assert len(post(server, "/api/embed", model="nomic-embed-text", input="one").json()["embeddings"]) == 1


def test_models_are_listed_with_digest_and_details(server: Ollama) -> None:
    models = requests.get(server.url + "/api/tags", timeout=10).json()["models"]
    for model in models:
        assert set(model) == {"name", "model", "modified_at", "size", "digest", "details"}
        assert len(model["digest"]) == 64
        assert set(model["details"]) == {
            *("parent_model", "format", "family", "families", "parameter_size", "quantization_level")
        }


@pytest.mark.parametrize("path", ["/api/chat", "/api/embed"])
def test_a_missing_model_is_a_404_with_an_error(server: Ollama, path: str) -> None:
    reply = post(server, path, model="mistral", messages=MESSAGES, input="x", stream=False)
    assert (reply.status_code, reply.json()) == (404, {"error": "model 'mistral' not found"})


def test_the_official_client_gets_along_with_it(server: Ollama) -> None:
    client = official.Client(server.url)
    assert {model.model: model.digest for model in client.list().models} == server.models
    whole = client.chat("gpt-oss:20b", MESSAGES, format=SCHEMA, think="low", options={"num_ctx": 8192})
    assert whole.done
    assert whole.done_reason == "stop"
    assert (whole.prompt_eval_count, whole.eval_count) == (120, 30)
    assert whole.message.content == '{"said": "A small answer."}'
    assert whole.message.thinking == "Let me see."
    pieces = list(client.chat("gpt-oss:20b", MESSAGES, stream=True))
    assert pieces[-1].done
    assert not pieces[0].done
    assert len(client.embed("nomic-embed-text", ["one", "two"]).embeddings) == 2
    assert [step.status for step in client.pull("mistral", stream=True)][-1] == "success"
    server.answers("/api/chat", fails(500, "out of memory"))
    with pytest.raises(official.ResponseError, match="out of memory") as error:
        client.chat("gpt-oss:20b", MESSAGES)
    assert error.value.status_code == 500


def test_our_client_asks_what_the_official_one_asks(server: Ollama) -> None:
    ours = OllamaModel(OllamaServer(server.url))
    ours.chat(MESSAGES, SCHEMA)
    official.Client(server.url).chat(
        "gpt-oss:20b",
        MESSAGES,
        format=SCHEMA,
        think="low",
        keep_alive="30m",
        options={"temperature": 0.2, "num_ctx": 8192, "num_predict": 4096},
    )
    mine, theirs = server.bodies("/api/chat")
    assert mine == {name: value for name, value in theirs.items() if name != "tools"}


def test_a_pull_tells_how_far_it_is(server: Ollama) -> None:
    told: list[Pulled] = []
    model = OllamaModel(OllamaServer(server.url, model="mistral"))
    model.pull("mistral", told.append)
    assert told[-1].status == "success"
    completed = [step.completed for step in told if step.total == PULL_BYTES]
    assert completed == sorted(completed)
    assert completed[-1] == PULL_BYTES
    assert model.identity("answers").model == "mistral"
