"""What answers tasks and embeds texts: the interface that servers and the embedded model share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from include.language_model.task import ModelTask, TaskAnswer, TaskInput

Purpose = Literal["answers", "embeddings"]
"""A server may answer with one model and embed with another."""
Kind = Literal["document", "query"]
"""Some embedding models treat stored texts and questions differently."""

EMBEDDING = "embedding"
"""The name that embedding has among the tasks."""


@dataclass(frozen=True)
class Call:
    """The cost of one call: milliseconds, tokens where the model counts them, and the fault of its answer.

    `stragglers`: how often it was asked again because the answer took too long. `cached_tokens`: of the prompt, what
    the server had not to read anew.
    """

    latency_ms: float
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    error: str | None = None
    stragglers: int = 0
    cached_tokens: int | None = None


class ModelUnavailableError(Exception):
    """The model can't be asked at present (server down, model missing, queue full): wait, and try again later."""


class NoAnswerError(ModelUnavailableError):
    """This question got no answer (timeout, refusal, an error while it was answered); others may.

    Whether the question or the server is at fault, only other questions show. `stragglers`: how many attempts took too
    long.
    """

    def __init__(self, message: str, stragglers: int = 0) -> None:
        super().__init__(message)
        self.stragglers = stragglers


class InvalidAnswerError(Exception):
    """The model answered, but not what the task's schema asks for: an attempt that counts.

    :param calls: what the attempt cost, in order
    """

    def __init__(self, message: str, calls: Sequence[Call] = ()) -> None:
        super().__init__(message)
        self.calls = tuple(calls)


@dataclass(frozen=True)
class Identity:
    """Which model answers: its name, as rows show it, and a digest that changes when its answers may."""

    model: str
    digest: str
    asked_with: str = field(default="", compare=False)
    """What else decides its answers: the level of thinking, the size of the context."""


@dataclass(frozen=True)
class Answered:
    """A valid answer, and what it cost. `sent_back` is the call before, whose answer the model had to repair."""

    answer: TaskAnswer
    call: Call
    sent_back: Call | None = None


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
        """One answer. Raises ModelUnavailableError, NoAnswerError or InvalidAnswerError."""
        ...

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Vectors (n, dimension) of unit length, in the order of the texts. Raises as `answer` does."""
        ...

    def learn(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Know what is kept in the lake of its server, before it is asked. Raises ModelUnavailableError."""
        ...

    def told(self, connection: duckdb.DuckDBPyConnection) -> str:
        """What its server is known to do, for people; "" where nothing is."""
        ...

    def responds(self, purpose: Purpose) -> bool:
        """Whether it answers a small question of our own now. Asked when others got no answer."""
        ...
