"""A server over real HTTP, by both protocols: what is asked, what is an answer, what is refused, what waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from include.language_model.choice import configured_model
from include.language_model.memory_text import MemoryText
from include.language_model.model import InvalidAnswerError, ModelUnavailableError, NoAnswerError
from include.language_model.ollama_server import server_from_url
from include.language_model.openai_compatible import in_steps
from include.language_model.openai_server import openai_server_from_url
from include.language_model.served_model import ServedModel
from include.language_model.tasks import TASKS
from include.language_model.tasks.perceive import PERCEIVE, Perceived
from include.settings import Settings
from tests.include.language_model.serving import PROTOCOLS, served
from tests.ollama_server import Asked, Ollama, Reply, fails, ollama_server, says
from tests.perceived import PERCEIVED as GOOD

MEMORY = MemoryText(content="Turns out the cache was cold.", tags=["ci"])
REMEDY = {"ollama": "ollama pull", "openai": "Load"}


@pytest.fixture(params=PROTOCOLS)
def ollama(request: pytest.FixtureRequest) -> Iterator[Ollama]:
    with ollama_server(protocol=request.param) as server:
        yield server


by_ollama = pytest.mark.parametrize("ollama", ["ollama"], indirect=True)
by_openai = pytest.mark.parametrize("ollama", ["openai"], indirect=True)


def model_of(ollama: Ollama, **given: Any) -> ServedModel:
    return served(ollama.url, ollama.protocol, **{"retries": 1, "timeout_seconds": 10.0} | given)


def test_an_answer_is_structured_whole_and_counted(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(json.dumps(GOOD | {"chatter": "dropped"})))
    answered = model_of(ollama).answer(PERCEIVE, MEMORY)
    assert answered.answer == Perceived.model_validate(GOOD)
    assert answered.sent_back is None
    assert answered.call.latency_ms > 0
    assert (answered.call.prompt_tokens, answered.call.answer_tokens) == (120, 30)


def test_a_question_holds_the_schema_the_instruction_and_the_memory_as_data(ollama: Ollama) -> None:
    model_of(ollama).answer(PERCEIVE, MEMORY)
    [body] = ollama.bodies("/api/chat")
    if ollama.protocol == "ollama":
        assert body["format"] == Perceived.model_json_schema()
    else:
        form = body["response_format"]
        assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
        assert form["json_schema"]["schema"] == in_steps(Perceived.model_json_schema())
    assert body["stream"] is False
    assert body["model"] == "gpt-oss:20b"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert MEMORY.content not in body["messages"][0]["content"]
    assert MEMORY.content in body["messages"][1]["content"]


@by_ollama
def test_the_context_size_never_changes_from_task_to_task(ollama: Ollama) -> None:
    model = model_of(ollama)
    for task in TASKS.values():
        model.answer(task, task.example)
    assert len({body["options"]["num_ctx"] for body in ollama.bodies("/api/chat")}) == 1


def test_a_bounded_number_is_asked_for_as_a_choice_of_steps() -> None:
    schema = {
        "properties": {
            "share": {"type": "number", "minimum": 0.0, "maximum": 1.0},
            "notes": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 3}, "maxItems": 3},
            "count": {"type": "integer", "minimum": 0},
        }
    }
    sent = in_steps(schema)["properties"]
    assert sent["share"]["enum"] == [round(0.05 * step, 2) for step in range(21)]
    assert sent["notes"] == {"type": "array", "items": {"type": "integer", "enum": [1, 2, 3]}, "maxItems": 3}
    assert sent["count"] == schema["properties"]["count"]
    assert "minimum" in schema["properties"]["share"]  # what is checked is the task's own


def test_no_answer_goes_on_for_ever(ollama: Ollama) -> None:
    model_of(ollama, answer_tokens=77).answer(PERCEIVE, MEMORY)
    [body] = ollama.bodies("/api/chat")
    assert (body["options"]["num_predict"] if ollama.protocol == "ollama" else body["max_tokens"]) == 77


@by_ollama
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
    model_of(ollama, model=model, think=think).answer(PERCEIVE, MEMORY)
    assert ollama.bodies("/api/chat")[0].get("think") == sent


def test_thinking_before_an_answer_is_no_part_of_it(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(f"<think>\nA {{}} of what?\n</think>\n\n{json.dumps(GOOD)}"))
    assert model_of(ollama).answer(PERCEIVE, MEMORY).sent_back is None


def test_an_answer_in_a_code_fence_is_an_answer(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(f"```json\n{json.dumps(GOOD)}\n```"))
    assert model_of(ollama).answer(PERCEIVE, MEMORY).sent_back is None


def test_a_line_break_inside_of_a_text_is_none_of_json_and_taken(ollama: Ollama) -> None:
    ollama.answers("/api/chat", says(json.dumps(GOOD).replace("the cache", "the\n\tcache")))
    answered = model_of(ollama).answer(PERCEIVE, MEMORY)
    assert answered.sent_back is None
    assert answered.answer == Perceived.model_validate(GOOD | {"gist": "Warm the\n\tcache first."})


INVALID = {
    "no JSON": says("Well, I would say …"),
    "empty": says(""),
    "cut off": says(json.dumps(GOOD), done_reason="length"),
    "not done": says(json.dumps(GOOD), done=False),
    "a field missing": says(json.dumps({"gist": "x"})),
    "out of range": says(json.dumps(GOOD | {"confidence": 7})),
    "not an object": says("[1, 2]"),
    "no message": Reply(body={"done": True, "message": None}),
    # Habits of a real model of 135 million parameters (tests/real_model.py).
    "a thousand million million": says(json.dumps(GOOD | {"confidence": 1e15})),
    "more digits than a number can have": says(json.dumps(GOOD).replace("0.7", "9" * 5000)),
    "a sentence without end": says('{"gist": "' + "The user is happy. " * 200, done_reason="length"),
    "a sentence again and again": says(json.dumps(GOOD | {"gist": "I am sorry, I can not do that. " * 8})),
    "a word without end": says(json.dumps(GOOD | {"gist": "ha" * 60})),
    "the instruction": says(json.dumps(GOOD | {"gist": PERCEIVE.system[:200]})),
    "the end of a turn": says(json.dumps(GOOD | {"gist": "Warm it.<|im_end|>"})),
    "blanks": says(json.dumps(GOOD | {"gist": "   "})),
    "the prompt": says("<<<MEMORY 0123456789abcdef\nTurns out the cache was cold."),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_answer_is_shown_to_the_model_once_and_repaired(ollama: Ollama, case: str) -> None:
    ollama.answers("/api/chat", INVALID[case], says(json.dumps(GOOD)))
    answered = model_of(ollama).answer(PERCEIVE, MEMORY)
    assert answered.sent_back is not None
    assert answered.sent_back.error
    assert answered.answer == Perceived.model_validate(GOOD)
    first, second = (body["messages"] for body in ollama.bodies("/api/chat"))
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert "can't be used" in second[-1]["content"]


def test_the_model_is_told_which_field_was_wrong(ollama: Ollama) -> None:
    ollama.answers("/api/chat", INVALID["out of range"])
    model_of(ollama).answer(PERCEIVE, MEMORY)
    told = ollama.bodies("/api/chat")[1]["messages"][-1]["content"]
    assert "confidence: Input should be less than or equal to 1" in told


@pytest.mark.parametrize("case", INVALID)
def test_an_answer_that_stays_invalid_is_refused_after_two_questions(ollama: Ollama, case: str) -> None:
    ollama.answers("/api/chat", INVALID[case], INVALID[case])
    with pytest.raises(InvalidAnswerError):
        model_of(ollama).answer(PERCEIVE, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_stumbles_is_asked_again(ollama: Ollama, status: int) -> None:
    ollama.answers("/api/chat", fails(status, "busy"))
    model_of(ollama).answer(PERCEIVE, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_stays_down_is_unavailable_and_says_why(ollama: Ollama, status: int) -> None:
    ollama.answers("/api/chat", *[fails(status, "server busy, please try again")] * 2)
    with pytest.raises(ModelUnavailableError, match=rf"{ollama.url}.* answers {status}: server busy"):
        model_of(ollama).answer(PERCEIVE, MEMORY)


def test_a_refused_request_is_not_repeated(ollama: Ollama) -> None:
    ollama.answers("/api/chat", fails(400, "invalid format"))
    with pytest.raises(NoAnswerError, match="invalid format"):
        model_of(ollama).answer(PERCEIVE, MEMORY)
    assert len(ollama.bodies("/api/chat")) == 1


def test_an_error_inside_a_reply_is_no_answer(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(200, {"error": "an error was encountered while running the model"}))
    with pytest.raises(NoAnswerError, match="while running the model"):
        model_of(ollama).answer(PERCEIVE, MEMORY)


def test_a_server_that_does_not_come_back_is_unavailable(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(hangs=True))
    with pytest.raises(ModelUnavailableError, match="does not answer"):
        model_of(ollama, timeout_seconds=0.05, retries=0).answer(PERCEIVE, MEMORY)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_server_that_is_not_there_is_unavailable(protocol: str) -> None:
    with ollama_server(protocol=protocol) as gone:
        pass
    with pytest.raises(ModelUnavailableError, match=rf"{gone.url}.* does not answer"):
        model_of(gone, retries=0).identity("answers")


def test_a_missing_model_is_named_with_the_command_that_brings_it(ollama: Ollama) -> None:
    model = model_of(ollama, model="mistral", embedding_model="bge-m3")
    with pytest.raises(ModelUnavailableError, match=rf"has no model mistral.*{REMEDY[ollama.protocol]} mistral"):
        model.identity("answers")
    with pytest.raises(ModelUnavailableError, match=rf"has no model bge-m3.*{REMEDY[ollama.protocol]} bge-m3"):
        model.identity("embeddings")
    model = model_of(ollama, model="mistral", embedding_model="bge-m3")  # one that did not look before it asks
    with pytest.raises(ModelUnavailableError, match=rf"'mistral' not found.*{REMEDY[ollama.protocol]} mistral"):
        model.answer(PERCEIVE, MEMORY)
    with pytest.raises(ModelUnavailableError, match=rf"'bge-m3' not found.*{REMEDY[ollama.protocol]} bge-m3"):
        model.embed(["text"], "document")


def test_a_login_page_is_not_held_against_the_memory(ollama: Ollama) -> None:
    ollama.answers("/api/chat", Reply(200, b"<html>Sign in</html>"))
    with pytest.raises(ModelUnavailableError, match=rf"{ollama.url}.* is no .*: <html>Sign in"):
        model_of(ollama).answer(PERCEIVE, MEMORY)


@pytest.mark.parametrize("odd", [b"<html>Sign in</html>", {"models": [{"model": "no name"}]}, [1]])
def test_something_else_at_the_address_is_an_unavailable_model(ollama: Ollama, odd: Any) -> None:
    ollama.answers("/api/tags", Reply(200, odd))
    with pytest.raises(ModelUnavailableError, match=ollama.url):
        model_of(ollama).identity("answers")


def test_an_identity_is_the_name_that_was_asked_for_and_the_servers_digest(ollama: Ollama) -> None:
    answers, embeddings = (model_of(ollama).identity(purpose) for purpose in ("answers", "embeddings"))
    assert (answers.model, embeddings.model) == ("gpt-oss:20b", "nomic-embed-text")
    assert answers == model_of(ollama).identity("answers")  # it is no other when it is asked again
    if ollama.protocol == "ollama":
        assert (answers.digest, embeddings.digest) == ("a" * 64, "b" * 64)


def test_a_model_that_was_pulled_anew_is_another_one(ollama: Ollama) -> None:
    before = model_of(ollama).identity("answers")
    ollama.models["gpt-oss:20b"] = "d" * 64
    after = model_of(ollama).identity("answers")
    assert PERCEIVE.contract(before.model, before.digest) != PERCEIVE.contract(after.model, after.digest)


def test_vectors_have_unit_length_and_the_order_of_the_texts(ollama: Ollama) -> None:
    ollama.answers("/api/embed", Reply(body={"embeddings": [[3.0, 4.0], [0.0, 2.0]]}))
    vectors = model_of(ollama).embed(["first", "second"], "document")
    assert vectors.dtype == np.float32
    assert vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


def test_nomic_is_told_what_is_stored_and_what_is_asked(ollama: Ollama) -> None:
    ollama.models["bge-m3"] = "e" * 64
    model_of(ollama).embed(["note"], "document")
    name = "nomic-embed-text:latest" if ollama.protocol == "ollama" else "nomic-embed-text"
    model_of(ollama, embedding_model=name).embed(["note"], "query")
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
    nan = {
        "ollama": b'{"embeddings": [[NaN, 1.0]]}',
        "openai": b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}',
    }
    ollama.answers("/api/embed", Reply(body=nan[ollama.protocol]))
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


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("gpu-box:8080", "http://gpu-box:8080/v1"),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1"),
        ("https://models.example.org", "https://models.example.org:443/v1"),
        ("https://models.example.org/openai/v1", "https://models.example.org:443/openai/v1"),
    ],
)
def test_a_base_url_may_leave_out_what_is_usual(given: str, url: str) -> None:
    assert openai_server_from_url(given).url == url


def test_a_password_in_an_address_is_a_token_and_is_in_no_message() -> None:
    server = openai_server_from_url("https://me:a%20token@models.example.org, gpu-box:8001", model="m")
    assert (server.token, server.urls) == (
        "a token",
        ("https://models.example.org:443/v1", "http://gpu-box:8001/v1"),
    )
    assert "token" not in server.lacking("m") + server.name
    assert "a token" not in repr(server)


@by_ollama
def test_who_answers_is_what_was_configured_and_nothing_else(ollama: Ollama) -> None:
    embedded = configured_model(Settings())
    assert embedded.identity("answers").model == "codex-embedded"
    configured = configured_model(Settings(ollama_url=ollama.url, ollama_model="mistral"))
    with pytest.raises(ModelUnavailableError, match="no model mistral"):
        configured.identity("answers")
    by_openai = configured_model(Settings(openai_base_url=ollama.url, openai_model="mistral"))
    with pytest.raises(ModelUnavailableError, match="no model mistral"):
        by_openai.identity("answers")


def unnamed(ollama: Ollama, *hosts: Ollama) -> ServedModel:
    """A server of whose models none was named."""
    return served(ollama.url, "openai", model="", embedding_model="", hosts=[host.url for host in hosts])


@by_openai
def test_the_only_model_of_its_kind_needs_no_name(ollama: Ollama) -> None:
    model = unnamed(ollama)
    assert (model.identity("answers").model, model.identity("embeddings").model) == ("gpt-oss:20b", "nomic-embed-text")
    model.answer(PERCEIVE, MEMORY)
    assert ollama.bodies("/api/chat")[0]["model"] == "gpt-oss:20b"
    ollama.models["mistral"] = "c" * 64
    with pytest.raises(ModelUnavailableError, match=r"several models, any of which.*OPENAI_MODEL.*, mistral"):
        unnamed(ollama).identity("answers")
    del ollama.models["nomic-embed-text:latest"]
    with pytest.raises(ModelUnavailableError, match=r"no model that embeds: name one in EMBEDDING_MODEL, or codex-emb"):
        unnamed(ollama).identity("embeddings")


@by_openai
def test_one_host_may_answer_and_another_embed(ollama: Ollama) -> None:
    with ollama_server(models={"nomic-embed-text": "b" * 64}) as second:
        del ollama.models["nomic-embed-text:latest"]
        model = unnamed(ollama, second)
        model.identity("answers"), model.identity("embeddings")
        model.answer(PERCEIVE, MEMORY)
        model.embed(["a text"], "document")
        assert (len(ollama.bodies("/api/chat")), len(second.bodies("/api/chat"))) == (1, 0)
        assert (len(ollama.bodies("/api/embed")), len(second.bodies("/api/embed"))) == (0, 1)
        assert model.concurrency == model.server.max_concurrency


def test_the_embedded_model_embeds_beside_a_server_where_the_owner_says_so(ollama: Ollama) -> None:
    model = model_of(ollama, embedding_model="codex-embedded")
    assert model.identity("embeddings").model == "codex-embedded"
    assert model.embed(["a text", "another"], "document").shape[0] == 2
    assert model.responds("embeddings")
    assert not ollama.asked


@by_openai
def test_a_text_that_is_too_long_to_embed_is_cut_and_the_next_one_at_once(ollama: Ollama) -> None:
    def short(asked: Asked) -> Reply | None:
        if asked.path == "/api/embed" and any(len(text) > 2000 for text in asked.body["input"]):
            return fails(400, "input is too large to process")
        return None

    ollama.answer = short
    model = model_of(ollama, retries=0)
    assert model.embed(["word " * 1000], "document").shape == (1, 768)
    asked = len(ollama.bodies("/api/embed"))
    model.embed(["other " * 1000], "document")
    assert len(ollama.bodies("/api/embed")) == asked + 1
    ollama.answer = lambda _: fails(400, "no")
    with pytest.raises(NoAnswerError, match="no"):
        model.embed(["x" * 3000], "document")


@pytest.mark.parametrize("takes", ["json_schema", "json_object", "json", None])
@by_openai
def test_how_a_schema_is_sent_is_found_out_once(ollama: Ollama, takes: str | None) -> None:
    ollama.takes = (takes,) if takes else ()
    model = served(ollama.url, "openai", features=False)
    model.answer(PERCEIVE, MEMORY) if takes in ("json_schema", "json_object") else model.replied([], {"type": "null"})
    assert model.features is not None
    assert (model.features.sent_as, model.features.schema_held) == (
        takes or "none",
        takes in ("json_schema", "json_object"),
    )
    probes = len(ollama.bodies("/api/chat"))
    model.replied([], {"type": "null"})
    assert len(ollama.bodies("/api/chat")) == probes + 1


@by_openai
def test_a_kept_finding_that_no_longer_holds_is_found_out_anew(ollama: Ollama) -> None:
    model = model_of(ollama)
    model._was_kept = True
    ollama.takes = ("json_object",)
    assert model.answer(PERCEIVE, MEMORY).sent_back is None
    assert model.features is not None
    assert model.features.sent_as == "json_object"


def test_a_probe_tells_what_the_server_does(ollama: Ollama) -> None:
    ollama.context = 4096
    features = model_of(ollama).probe()
    assert features.schema_held
    assert features.thinks
    assert features.counts_tokens
    if ollama.protocol == "ollama":
        assert (features.keep_alive, features.context_tokens) == (True, 8192)
        assert features.told() == (
            "holds schemas (format), thinks, context of 8,192 tokens, keeps the model loaded as asked"
        )
    else:
        assert (features.keep_alive, features.context_tokens, features.counts_cached_tokens) == (False, 4096, True)
        assert features.told() == "holds schemas (json_schema), thinks, context of 4,096 tokens"
    ollama.holds = False
    assert model_of(ollama).probe().told().startswith("ignores schemas")
