"""A server's connection, the hook that makes a model of it, and the operator that asks it, by both protocols."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.installation.environment import _language_model_connection
from include.lake.connection import configured_lake
from include.language_model.choice import configured_model
from include.language_model.features import Features, keep_features
from include.language_model.model import EMBEDDING, LanguageModel
from include.language_model.ollama_server import OllamaServer, server_from_url
from include.language_model.served_model import ServedModel
from include.settings import Settings
from tests.conftest import World
from tests.include.language_model.serving import PROTOCOLS
from tests.ollama_server import Ollama, Reply, fails, ollama_server, says
from tests.perceived import PERCEIVED

if TYPE_CHECKING:
    from codex_dreams.hooks.server import ModelServerHook
    from codex_dreams.operators.ollama import OllamaEnrichOperator

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

CONN_ID = "codex_language_model"
REQUESTS = "insights.questions"


@pytest.fixture(params=PROTOCOLS)
def ollama(request: pytest.FixtureRequest) -> Iterator[Ollama]:
    with ollama_server(protocol=request.param) as server:
        yield server


def settings_of(ollama: Ollama) -> Settings:
    """Of an installation with this server."""
    if ollama.protocol == "ollama":
        return Settings(ollama_url=ollama.url)
    models = {"openai_model": "gpt-oss:20b", "embedding_model": "nomic-embed-text"}
    return Settings(openai_base_url=ollama.url, **models)


def connect_to(monkeypatch: pytest.MonkeyPatch, ollama: Ollama, **extra: Any) -> None:
    """Make the connection as an installation with this server does, with more extras."""
    made = json.loads(_language_model_connection(settings_of(ollama)))
    made["extra"] |= {"timeout_seconds": 10} | extra
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", json.dumps(made))


def hook(protocol: str = "ollama") -> ModelServerHook[Any]:
    from codex_dreams.hooks.ollama import OllamaHook
    from codex_dreams.hooks.openai_compatible import OpenAICompatibleHook

    return OllamaHook(CONN_ID) if protocol == "ollama" else OpenAICompatibleHook(CONN_ID)


def server_of(**connection: Any) -> OllamaServer:
    from airflow.sdk import Connection

    from codex_dreams.hooks.ollama import OllamaHook

    return OllamaHook.server(Connection(conn_id="x", conn_type="ollama", **connection))


def chosen() -> LanguageModel:
    from codex_dreams.hooks.language_model import language_model

    return language_model(CONN_ID)


def test_the_installations_connection_is_the_server_of_its_settings(
    monkeypatch: pytest.MonkeyPatch, ollama: Ollama
) -> None:
    connect_to(monkeypatch, ollama)
    made = hook(ollama.protocol)
    server = made.get_conn().server
    path = "" if ollama.protocol == "ollama" else "/v1"
    assert (server.url, server.model, server.embedding_model) == (
        *(ollama.url + path, "gpt-oss:20b", "nomic-embed-text"),
    )
    assert server.timeout_seconds == 10
    assert made.get_conn() is made.get_conn()
    assert not ollama.asked  # nothing is asked before somebody wants to know


def test_the_rhythms_reach_the_same_server_as_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"AIRFLOW_CONN_{CONN_ID.upper()}"
    given = Settings(ollama_url="https://me:a%20token@models.example.org/ollama/")
    monkeypatch.setenv(name, _language_model_connection(given))
    by_hook, by_url = hook().get_conn().server, server_from_url(str(given.ollama_url))
    assert (by_hook.url, by_hook.token) == (by_url.url, by_url.token)
    assert (by_url.url, by_url.token) == ("https://models.example.org:443/ollama", "a token")


def test_the_rhythms_reach_the_same_openai_compatible_servers_as_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = Settings(openai_base_url="https://models.example.org,gpu-box:8001", openai_api_key="t0ken")
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", _language_model_connection(given))
    by_hook = hook("openai").get_conn().server
    by_command = configured_model(given)
    assert isinstance(by_command, ServedModel)
    assert by_hook == by_command.server
    assert (by_hook.urls, by_hook.token, by_hook.model, by_hook.embedding_model) == (
        *(("https://models.example.org:443/v1", "http://gpu-box:8001/v1"), "t0ken", "", ""),
    )


def test_a_connection_tells_all_of_a_server() -> None:
    extra = {
        "model": "m",
        "embedding_model": "e",
        "num_ctx": 4096,
        "think": "high",
        "max_concurrency": 2,
        "verify": False,
    }
    server = server_of(
        host="models.example.org", schema="https", password="token", extra=json.dumps(extra | {"something": "else"})
    )
    assert (server.url, server.token) == ("https://models.example.org:443", "token")
    assert {name: getattr(server, name) for name in extra} == extra


def test_a_bare_connection_is_the_usual_server() -> None:
    assert server_of().url == "http://localhost:11434"


def test_testing_a_connection_makes_no_model_call(monkeypatch: pytest.MonkeyPatch, ollama: Ollama) -> None:
    connect_to(monkeypatch, ollama)
    fine, told = hook(ollama.protocol).test_connection()
    assert (fine, told) == (True, "2 models, gpt-oss:20b and nomic-embed-text among them")
    assert {asked.path for asked in ollama.asked} == {"/api/tags"}
    del ollama.models["nomic-embed-text:latest"]
    fine, told = hook(ollama.protocol).test_connection()
    assert not fine
    assert told.startswith(ollama.url)
    remedy = "Pull it there: ollama pull" if ollama.protocol == "ollama" else "Load"
    assert f" lacks nomic-embed-text. {remedy} nomic-embed-text" in told


@pytest.mark.parametrize("reply", [fails(401, "who are you"), Reply(200, b"<html>Sign in</html>")])
def test_a_server_that_is_no_ollama_fails_the_test_of_its_connection(
    monkeypatch: pytest.MonkeyPatch, ollama: Ollama, reply: Reply
) -> None:
    connect_to(monkeypatch, ollama)
    ollama.answers("/api/tags", reply)
    fine, told = hook(ollama.protocol).test_connection()
    assert not fine
    assert ollama.url in told


def test_the_connections_type_says_who_answers(monkeypatch: pytest.MonkeyPatch, ollama: Ollama) -> None:
    name = f"AIRFLOW_CONN_{CONN_ID.upper()}"
    connect_to(monkeypatch, ollama)
    assert chosen().identity("answers").model == "gpt-oss:20b"
    monkeypatch.setenv(name, _language_model_connection(Settings()))
    assert chosen().identity("answers").model == "codex-embedded"
    monkeypatch.setenv(name, json.dumps({"conn_type": "http"}))
    from airflow.sdk.exceptions import AirflowException

    with pytest.raises(AirflowException, match="has type 'http'; use 'ollama', 'openai_compatible', or 'embedded'"):
        chosen()


def requests(*rows: tuple[str, str]) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            f"create or replace table {REQUESTS} (request_id varchar, task varchar, input varchar, input_hash varchar)"
        )
        for number, (task, content) in enumerate(rows):
            key = "text" if task == EMBEDDING else "content"
            asked = json.dumps({key: content})
            lake.execute(f"insert into {REQUESTS} values (?, ?, ?, sha256(?))", [f"{number:02d}", task, asked, asked])


def known() -> None:
    """What the server can do is known: no probe is among the questions."""
    model = chosen()
    assert isinstance(model, ServedModel)
    features = Features(
        "format" if model.server.kind == "Ollama" else "json_schema", True, True, False, 8192, True, True
    )
    with configured_lake().connect(threads=1) as lake:
        keep_features(lake, model.server.name, model.identity("answers"), features)


def operator_for(task: str) -> OllamaEnrichOperator:
    from codex_dreams.operators.ollama import OllamaEnrichOperator

    return OllamaEnrichOperator(task_id=task, request_model=REQUESTS, task=task)


def ask(task: str, operator: OllamaEnrichOperator | None = None) -> dict[str, Any]:
    context: Any = {"dag_run": SimpleNamespace(run_id="run")}
    return (operator or operator_for(task)).execute(context)


def test_the_operator_answers_embeds_and_keeps_what_came(
    world: World, monkeypatch: pytest.MonkeyPatch, ollama: Ollama
) -> None:
    connect_to(monkeypatch, ollama, max_concurrency=1)
    requests(("perceive", "Tea."), ("perceive", "Milk."), ("embedding", "Tea."))
    known()
    ollama.answers("/api/chat", says("I can't say."), says("No."))
    first = ask("perceive")
    assert {name: first[name] for name in ("model", "hits", "answered", "repaired", "invalid")} == {
        **{"model": "gpt-oss:20b", "hits": 0, "answered": 1, "repaired": 0, "invalid": 1}
    }
    second = ask("perceive")
    assert (second["hits"], second["answered"], second["invalid"]) == (1, 1, 0)
    assert ask("embedding")["answered"] == 1
    kept = world.lake(
        "select model, model_digest from control.llm_responses union select model, model_digest from control.embeddings"
    )
    identities = [chosen().identity("answers"), chosen().identity("embeddings")]
    assert sorted(kept) == [(identity.model, identity.digest) for identity in identities]
    calls = world.lake(
        "select outcome, prompt_tokens from control.llm_calls where task = 'perceive' order by called_at, outcome"
    )
    assert sorted(calls, key=str) == [
        *[("answered", 120), ("answered", 120), ("hit", None), ("invalid", 120), ("sent_back", 120)]
    ]


def test_a_server_that_went_away_fails_the_task_and_costs_nothing_that_came(
    world: World, monkeypatch: pytest.MonkeyPatch, ollama: Ollama
) -> None:
    connect_to(monkeypatch, ollama, max_concurrency=1)
    requests(("perceive", "Tea."), ("perceive", "Milk."))
    known()
    ollama.answers("/api/chat", says(json.dumps(PERCEIVED)))
    ollama.answers("/api/chat", fails(404, "model 'gpt-oss:20b' not found"))
    from airflow.sdk.exceptions import AirflowException

    with pytest.raises(AirflowException, match=r"(ollama pull|Load) gpt-oss:20b.*asked again at the next beat"):
        ask("perceive")
    assert world.lake("select count(*) from control.llm_responses") == [(1,)]
    assert world.lake("select count(*) from control.llm_failures") == [(0,)]
    again = ask("perceive")
    assert (again["hits"], again["answered"]) == (1, 1)


def test_no_memory_and_no_token_is_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, ollama: Ollama, caplog: pytest.LogCaptureFixture
) -> None:
    made = json.loads(_language_model_connection(settings_of(ollama))) | {"password": "t0ken"}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", json.dumps(made))
    requests(("perceive", "A very private thought."))
    with caplog.at_level(logging.DEBUG):
        ask("perceive")
    assert {asked.authorization for asked in ollama.asked} == {"Bearer t0ken"}
    assert "private" not in caplog.text
    assert "t0ken" not in caplog.text


def test_what_a_server_can_do_is_found_out_once_kept_and_told(
    world: World, monkeypatch: pytest.MonkeyPatch, ollama: Ollama
) -> None:
    connect_to(monkeypatch, ollama)
    requests(("perceive", "Tea."))
    ask("perceive")
    assert len(ollama.bodies("/api/chat")) == 2  # the probe, and the question
    requests(("perceive", "Milk."))
    ask("perceive")
    assert len(ollama.bodies("/api/chat")) == 3
    assert world.lake("select model, count(*) from control.model_features group by 1") == [("gpt-oss:20b", 1)]
    fine, told = hook(ollama.protocol).test_connection()
    assert fine
    assert "; holds schemas (" in told
    with configured_lake().connect(threads=1) as lake:
        assert chosen().told(lake) in told


def test_a_killed_task_stops_asking(world: World, monkeypatch: pytest.MonkeyPatch, ollama: Ollama) -> None:
    from airflow.sdk.exceptions import AirflowException

    connect_to(monkeypatch, ollama)
    requests(("perceive", "Tea."))
    operator = operator_for("perceive")
    operator.on_kill()
    with pytest.raises(AirflowException, match="Stopped before its end"):
        ask("perceive", operator)
    assert not [asked for asked in ollama.asked if asked.path == "/api/chat"]


def test_a_task_that_there_is_not_is_refused_with_those_there_are() -> None:
    from airflow.sdk.exceptions import AirflowException

    with pytest.raises(AirflowException, match=r"no task 'daydream'; there are perceive, .*, embedding"):
        ask("daydream")
