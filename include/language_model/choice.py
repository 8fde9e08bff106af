"""The language model of this installation: embedded, or Ollama where one is configured. Never one for the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.language_model.model import Answered, Call, Identity, Kind, LanguageModel, Purpose
from include.language_model.task import ModelTask, TaskInput
from include.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def configured_model(given: Settings) -> LanguageModel:
    """The model of this installation, for code outside Airflow (inside, the connection chooses)."""
    if given.ollama_url is None:
        return embedded_model()
    from include.language_model.ollama import OllamaModel
    from include.language_model.ollama_server import server_from_url

    return OllamaModel(
        server_from_url(
            given.ollama_url,
            model=given.ollama_model,
            embedding_model=given.embedding_model,
            timeout_seconds=given.ollama_timeout,
        )
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

    def responds(self, purpose: Purpose) -> bool:  # noqa: ARG002 - it is here, in this process
        """Always."""
        return True


def embedded_model() -> LanguageModel:
    """The embedded model; its libraries are imported only when it is asked."""
    return EmbeddedLanguageModel()
