"""What answers tasks and embeds texts: the interface that Ollama and the embedded model share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.language_model.task import ModelTask, TaskAnswer, TaskInput

Purpose = Literal["answers", "embeddings"]
"""A server may answer with one model and embed with another."""
Kind = Literal["document", "query"]
"""Some embedding models tell what is stored from what is asked for."""

EMBEDDING = "embedding"
"""The name that embedding has among the tasks."""


class ModelUnavailableError(Exception):
    """The model can't be asked at present (server down, model missing, queue full): wait, and try again later."""


class InvalidAnswerError(Exception):
    """The model answered, but not what the task's schema asks for: an attempt that counts."""


@dataclass(frozen=True)
class Identity:
    """Which model answers: its name, as rows show it, and a digest that changes when its answers may."""

    model: str
    digest: str


@dataclass(frozen=True)
class Answered:
    """A valid answer, and what it cost. Latency in milliseconds; tokens where the model counts them."""

    answer: TaskAnswer
    latency_ms: float
    repaired: bool = False
    prompt_tokens: int | None = None
    answer_tokens: int | None = None


class LanguageModel(Protocol):
    """Answers the tasks and embeds texts. Safe to call from several threads."""

    @property
    def concurrency(self) -> int:
        """How many questions it may be asked at a time."""
        ...

    @property
    def embedding_batch(self) -> int:
        """How many texts it embeds at a time."""
        ...

    def identity(self, purpose: Purpose) -> Identity:
        """Which model would answer now. Raises ModelUnavailableError."""
        ...

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """One answer. Raises ModelUnavailableError or InvalidAnswerError."""
        ...

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Vectors (n, dimension) of unit length, in the order of the texts. Raises as `answer` does."""
        ...
