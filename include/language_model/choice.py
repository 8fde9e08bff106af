"""The language model of this installation: embedded, or a server where one is configured. Never one for the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.language_model.model import Answered, Call, Identity, Kind, LanguageModel, Purpose
from include.language_model.task import ModelTask, TaskInput
from include.settings import Settings

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from include.language_model.ollama_server import OllamaServer
    from include.language_model.openai_server import OpenAIServer


def configured_model(given: Settings) -> LanguageModel:
    """The model of this installation, for code outside Airflow (inside, the connection chooses)."""
    if given.ollama_url is not None:
        from include.language_model.ollama import OllamaModel

        return OllamaModel(ollama_server_of(given, given.ollama_url))
    if given.openai_base_url is not None:
        from include.language_model.openai_compatible import OpenAIModel

        return OpenAIModel(openai_server_of(given, given.openai_base_url))
    return embedded_model()


def ollama_server_of(given: Settings, url: str) -> OllamaServer:
    """What the settings say of an Ollama."""
    from include.language_model.ollama_server import server_from_url

    return server_from_url(
        url,
        model=given.ollama_model,
        embedding_model=given.embedding_model,
        timeout_seconds=given.ollama_timeout,
    )


def openai_server_of(given: Settings, url: str) -> OpenAIServer:
    """What the settings say of an OpenAI-compatible server. Unset models: those that the server has."""
    from include.language_model.openai_server import openai_server_from_url

    token = {"token": given.openai_api_key} if given.openai_api_key else {}
    return openai_server_from_url(
        url,
        model=given.openai_model or "",
        embedding_model=given.embedding_model if "embedding_model" in given.model_fields_set else "",
        timeout_seconds=given.ollama_timeout,
        **token,
    )


class EmbeddedLanguageModel:
    """The embedded model behind the interface of all models. It computes, so one question at a time is fastest."""

    concurrency = 1
    embedding_batch = 64

    def __init__(self) -> None:
        from include.embedded_model.model import EmbeddedModel

        self._model = EmbeddedModel()

    def identity(self, purpose: Purpose) -> Identity:  # noqa: ARG002 - one model for both purposes
        """The embedded model and its revision."""
        return Identity(self._model.name, self._model.digest)

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """Always valid: the answer is built as the task's type."""
        started = time.monotonic()
        answer = self._model.answer(task, task_input)
        return Answered(answer, Call((time.monotonic() - started) * 1000))

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Hashed text vectors of unit length."""
        return self._model.embed(texts, kind)

    def learn(self, connection: duckdb.DuckDBPyConnection) -> None:
        """There is nothing to know."""

    def told(self, connection: duckdb.DuckDBPyConnection) -> str:  # noqa: ARG002 - it has no server
        """Nothing."""
        return ""

    def responds(self, purpose: Purpose) -> bool:  # noqa: ARG002 - it is here, in this process
        """Always."""
        return True


def embedded_model() -> LanguageModel:
    """The embedded model; its libraries are imported only when it is asked."""
    return EmbeddedLanguageModel()
