"""A language model behind Ollama's API.

No Airflow in it: the hook (plugins/) makes it from a connection, the command line from the settings.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from include.language_model.model import (
    Answered,
    Call,
    Identity,
    InvalidAnswerError,
    Kind,
    ModelUnavailableError,
    Purpose,
)
from include.language_model.ollama_client import OllamaClient, lacking
from include.language_model.ollama_server import OllamaServer
from include.language_model.task import ModelTask, TaskInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
REPAIR_CHARACTERS = 4000
"""How much of its own answer a model is shown when it has to repair it."""

Message = Mapping[str, str]
"""`role` (system, user, assistant) and `content`."""


@dataclass(frozen=True)
class Pulled:
    """How far a pull is: what the server does, and of how many bytes how many are there (0 where it does not say)."""

    status: str
    completed: int = 0
    total: int = 0


@dataclass
class OllamaModel:
    """A language model behind one or several Ollama hosts; digests are looked up once in the object's life."""

    server: OllamaServer
    embedding_batch: int = 64
    client: OllamaClient = field(init=False, repr=False)
    _identities: dict[tuple[Purpose, str], Identity] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.client = OllamaClient(self.server)

    @property
    def concurrency(self) -> int:
        """Questions at a time: what each host was said to bear, times the hosts that have the model."""
        return self.server.max_concurrency * max(1, len(self.client.able(self.server.model)))

    def identity(self, purpose: Purpose) -> Identity:
        """The configured model with the digest that the server reports for it.

        Of several hosts, the first that has the model decides; one with another digest of it is asked no more, since
        answers of different models must not be kept as one.
        """
        model = self.server.model if purpose == "answers" else self.server.embedding_model
        if (purpose, model) not in self._identities:
            asked_with = f"think {self.server.thinking}, num_ctx {self.server.num_ctx}" if purpose == "answers" else ""
            self._identities[purpose, model] = Identity(model, self._agreed_digest(model), asked_with)
        return self._identities[purpose, model]

    def _agreed_digest(self, model: str) -> str:
        agreed: str | None = None
        silent: list[ModelUnavailableError] = []
        for url in self.client.able(model):
            try:
                models = self.list_models(url)
            except ModelUnavailableError as error:
                silent.append(error)
                log.warning("%s", error)
                continue
            digest = models.get(model, models.get(f"{model}:latest"))
            if digest is None or (agreed is not None and digest != agreed):
                log.warning("%s is not asked: it has %s of %s", url, "another digest" if digest else "none", model)
                self.client.set_aside(url, model)
            agreed = agreed or digest
        if agreed is not None:
            return agreed
        if silent:
            raise silent[0]
        raise ModelUnavailableError(lacking(self.server, model))

    def list_models(self, url: str | None = None) -> dict[str, str]:
        """Name → digest of every model that a host (the first one that answers) has; makes no model call."""
        reply = self.client.look("/api/tags", url)
        try:
            return {entry["name"]: entry["digest"] for entry in reply["models"]}
        except (KeyError, TypeError):
            raise ModelUnavailableError(
                f"What answers at {url or self.server.name} is no Ollama: {str(reply)[:200]}"
            ) from None

    def pull(self, model: str, progress: Callable[[Pulled], None] = lambda _: None) -> None:
        """Make every host fetch a model, and wait for it. Raises ModelUnavailableError, also where it is not done."""
        for url in self.server.urls:
            last = Pulled("")
            for line in self.client.lines("/api/pull", {"model": model, "stream": True}, url):
                last = Pulled(str(line.get("status", "")), int(line.get("completed", 0)), int(line.get("total", 0)))
                progress(last)
            if last.status != "success":
                raise ModelUnavailableError(f"Ollama at {url} did not finish to pull {model}: {last.status!r}")
        self._identities.clear()

    def chat(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None = None,
        *,
        temperature: float = 0.2,
        options: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The server's reply to a conversation, as it came; with a schema, its content should be JSON that holds it.

        Raises ModelUnavailableError, NoAnswerError.
        """
        body: dict[str, Any] = {
            "model": self.server.model,
            "messages": [dict(message) for message in messages],
            "stream": False,
            "keep_alive": self.server.keep_alive,
            "options": {"temperature": temperature, "num_ctx": self.server.num_ctx, **(options or {})},
        }
        if schema is not None:
            body["format"] = schema
        if self.server.thinking is not None:
            body["think"] = self.server.thinking
        return self.client.ask("/api/chat", body)

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """One answer that is complete and valid; an invalid one is shown to the model once, with its error."""
        messages = [
            {"role": "system", "content": task.system},
            {"role": "user", "content": task.render(task_input)},
        ]
        first, reply = self._called(task, messages)
        try:
            return Answered(task.answer_type.model_validate(_complete(reply)), first)
        except (InvalidAnswerError, ValidationError) as error:
            sent_back = Call(first.latency_ms, first.prompt_tokens, first.answer_tokens, _brief(error))
            turn = _repair_turn(reply, error)
        second, reply = self._called(task, [*messages, *turn])
        try:
            return Answered(task.answer_type.model_validate(_complete(reply)), second, sent_back)
        except (InvalidAnswerError, ValidationError) as error:
            raise InvalidAnswerError(_brief(error), [sent_back, second]) from None

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Vectors (n, dimension), made unit length. Raises InvalidAnswerError where they do not fit the texts."""
        import numpy as np

        prefix = _PREFIXES.get(self.server.embedding_model.partition(":")[0], {}).get(kind, "")
        reply = self.client.ask(
            "/api/embed",
            {
                "model": self.server.embedding_model,
                "input": [prefix + text for text in texts],
                "truncate": True,
                "keep_alive": self.server.keep_alive,
            },
        )
        try:
            vectors = np.asarray(reply.get("embeddings"), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InvalidAnswerError(f"embeddings that are no vectors: {error}") from None
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise InvalidAnswerError(f"embeddings of shape {vectors.shape} for {len(texts)} texts, or not finite")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if (lengths == 0).any():
            raise InvalidAnswerError("an embedding of length zero")
        return np.asarray(vectors / lengths, dtype=np.float32)

    def responds(self, purpose: Purpose) -> bool:
        """Whether a small question gets an answer, valid or not, at the first attempt."""
        self.client.forget_failures()
        small = [{"role": "user", "content": "Say yes."}]
        try:
            if purpose == "answers":
                self.client.ask("/api/chat", self._small_chat(small), retries=0)
            else:
                body = {"model": self.server.embedding_model, "input": ["yes"], "keep_alive": self.server.keep_alive}
                self.client.ask("/api/embed", body, retries=0)
        except ModelUnavailableError:
            return False
        return True

    def _small_chat(self, messages: Sequence[Message]) -> dict[str, Any]:
        # The same context size as always: another one would make the server load the model anew.
        options = {"num_ctx": self.server.num_ctx, "num_predict": 8}
        return {"model": self.server.model, "messages": list(messages), "stream": False, "options": options}

    def _called(self, task: ModelTask[Any, Any], messages: Sequence[Message]) -> tuple[Call, dict[str, Any]]:
        started = time.monotonic()
        reply = self.chat(messages, task.schema, temperature=task.temperature, options=task.options)
        latency = (time.monotonic() - started) * 1000
        return Call(latency, _count(reply, "prompt_eval_count"), _count(reply, "eval_count")), reply


_PREFIXES: dict[str, dict[Kind, str]] = {
    "nomic-embed-text": {"document": "search_document: ", "query": "search_query: "},
}
"""Prefixes of models that want to know the purpose of a text, by name without tag."""


def _complete(reply: Mapping[str, Any]) -> Any:
    """The JSON of a reply that is whole. Thinking is never taken for the answer."""
    content = _content(reply).strip()
    if reply.get("done") is not True or reply.get("done_reason", "stop") != "stop":
        raise InvalidAnswerError(f"the answer is not complete (done_reason {reply.get('done_reason')!r})")
    if not content:
        raise InvalidAnswerError("the answer is empty")
    fenced = _FENCE.match(content)
    try:
        return json.loads(fenced.group(1) if fenced else content)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidAnswerError(f"the answer is no JSON: {error}") from None


def _content(reply: Mapping[str, Any]) -> str:
    message = reply.get("message")
    return str(message.get("content") or "") if isinstance(message, dict) else ""


def _count(reply: Mapping[str, Any], name: str) -> int | None:
    value = reply.get(name)
    return value if isinstance(value, int) else None


def _repair_turn(reply: Mapping[str, Any], error: Exception) -> Iterator[dict[str, str]]:
    """The answer, and its fault, if any."""
    yield {"role": "assistant", "content": _content(reply)[:REPAIR_CHARACTERS]}
    yield {
        "role": "user",
        "content": f"That answer can't be used: {_brief(error)}. Answer again, with JSON that holds the schema.",
    }


def _brief(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}" for item in error.errors()[:3]
        )
    return str(error)
