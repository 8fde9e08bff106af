"""A language model behind a server: what is the same in every protocol.

No Airflow in it: the hooks (plugins/) make it from a connection, the command line from the settings.
"""

from __future__ import annotations

import json
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from include.language_model.features import Features, keep_features, kept_features
from include.language_model.habits import fault_in, repeats_itself
from include.language_model.model import (
    Answered,
    Call,
    Identity,
    InvalidAnswerError,
    Kind,
    ModelUnavailableError,
    NoAnswerError,
    Purpose,
)
from include.language_model.model_client import ModelClient
from include.language_model.model_server import EMBEDDED, ModelServer
from include.language_model.patience import Patience, earlier_answers
from include.language_model.task import ModelTask, TaskAnswer, TaskInput

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

REPAIR_CHARACTERS = 4000
"""How much of its own answer a model is shown when it has to repair it."""
UNFINISHED_CHARACTERS = 400
PROBE_TOKENS = 512
"""Enough for a model that thinks before it says one word."""

_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)

Message = Mapping[str, str]
"""`role` (system, user, assistant) and `content`."""


@dataclass(frozen=True)
class Reply:
    """What a model said. `unfinished`: why it is not whole; "" where it is."""

    content: str
    unfinished: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    cached_tokens: int | None = None
    seconds: float = 0.0
    stragglers: int = 0
    thought: bool = False


@dataclass
class ServedModel(ABC):
    """A language model behind one or several hosts; digests are looked up once in the object's life."""

    server: ModelServer
    embedding_batch: int = 64
    client: ModelClient = field(init=False, repr=False)
    patience: Patience = field(init=False, repr=False)
    features: Features | None = field(default=None, repr=False)
    """What the server can do, as far as it is known."""
    _was_kept: bool = field(default=False, repr=False)
    """Whether that was found out by an earlier process."""
    _identities: dict[tuple[Purpose, str], Identity] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.client = ModelClient(self.server)
        self.patience = Patience(self.server.timeout_seconds)

    @abstractmethod
    def list_models(self, url: str | None = None) -> dict[str, str]:
        """Name → digest of every model that a host (the first one that answers) has; makes no model call."""

    @abstractmethod
    def replied(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None = None,
        *,
        temperature: float = 0.2,
        options: Mapping[str, Any] | None = None,
        patience: float | None = None,
        retries: int | None = None,
    ) -> Reply:
        """What the model says next in a conversation; with a schema, it should be JSON that holds it.

        Raises ModelUnavailableError, NoAnswerError.
        """

    @abstractmethod
    def probe(self) -> Features:
        """Find out what the server can do, by a small question or two. Raises ModelUnavailableError."""

    @abstractmethod
    def _vectors(self, texts: Sequence[str], kind: Kind, retries: int | None = None) -> Any:
        """The server's vectors of the texts, in their order, as they came."""

    def _asked_with(self) -> str:
        """What else decides answers, beside the model and the task."""
        return ""

    def model_for(self, purpose: Purpose) -> str:
        """The name of the model that answers or embeds."""
        return self.server.model if purpose == "answers" else self.server.embedding_model

    def _embeds_itself(self) -> bool:
        """Whether the owner said that the embedded model embeds."""
        return self.server.embedding_model == EMBEDDED

    @property
    def concurrency(self) -> int:
        """Questions at a time: what each host was said to bear, times the hosts that have the model."""
        return self.server.max_concurrency * max(1, len(self.client.able(self.server.model)))

    def identity(self, purpose: Purpose) -> Identity:
        """The configured model with the digest that the server reports for it.

        Of several hosts, the first that has the model decides; one with another digest of it is asked no more, since
        answers of different models must not be kept as one.
        """
        if purpose == "embeddings" and self._embeds_itself():
            from include.embedded_model.model import EmbeddedModel

            return Identity(EmbeddedModel.name, EmbeddedModel().digest)
        model = self.model_for(purpose)
        if (purpose, model) not in self._identities:
            asked_with = self._asked_with() if purpose == "answers" else ""
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
        raise ModelUnavailableError(self.server.lacking(model))

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """One answer that is complete and valid; an invalid one is shown to the model once, with its error."""
        messages = [
            {"role": "system", "content": task.system},
            {"role": "user", "content": task.render(task_input)},
        ]
        reply = self._asked(task, messages)
        first = _call(reply)
        try:
            return Answered(_judged(task, reply), first)
        except (InvalidAnswerError, ValidationError) as error:
            sent_back = _call(reply, brief(error))
            turn = _repair_turn(reply, error)
        reply = self._asked(task, [*messages, *turn])
        second = _call(reply)
        try:
            return Answered(_judged(task, reply), second, sent_back)
        except (InvalidAnswerError, ValidationError) as error:
            raise InvalidAnswerError(brief(error), [sent_back, second]) from None

    def _asked(self, task: ModelTask[Any, Any], messages: Sequence[Message]) -> Reply:
        characters = sum(len(message["content"]) for message in messages)
        try:
            reply = self.replied(
                messages,
                task.schema,
                temperature=task.temperature,
                options=task.options,
                patience=self.patience.seconds(task.name, characters),
            )
        except NoAnswerError as error:
            if error.stragglers:
                self.patience.ran_out()
            raise
        if reply.stragglers:
            self.patience.ran_out()
        self.patience.came(task.name, characters, reply.prompt_tokens, reply.seconds)
        return reply

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Vectors (n, dimension), made unit length. Raises InvalidAnswerError where they do not fit the texts."""
        import numpy as np

        if self._embeds_itself():
            from include.embedded_model.model import EmbeddedModel

            return EmbeddedModel().embed(texts, kind)
        came = self._vectors(texts, kind)
        try:
            vectors = np.asarray(came, dtype=np.float32)
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
        try:
            if purpose == "answers":
                self.replied([{"role": "user", "content": "Say yes."}], options=self._brief_options(), retries=0)
            elif not self._embeds_itself():
                self._vectors(["yes"], "document", retries=0)
        except ModelUnavailableError:
            return False
        except InvalidAnswerError:
            return True
        return True

    @abstractmethod
    def _brief_options(self) -> Mapping[str, Any]:
        """Options that keep an answer to a few words."""

    def schema_question(self) -> tuple[list[Message], dict[str, Any], Callable[[Reply], bool]]:
        """A question whose schema asks for a word that no model says by itself, and whether a reply held the schema."""
        word = "qoheleth-7"
        schema = {
            "type": "object",
            "properties": {"word": {"type": "string", "enum": [word]}},
            "required": ["word"],
            "additionalProperties": False,
        }

        def holds(reply: Reply) -> bool:
            try:
                return bool(complete(reply) == {"word": word})
            except InvalidAnswerError:
                return False

        return [{"role": "user", "content": "How are you today? Answer in one short sentence."}], schema, holds

    def learn(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Know what the server can do, and how long its answers took: from what is kept in the lake, else by a probe.

        What a probe finds is kept. One that finds nothing stops nobody: the questions themselves will show.
        """
        identity = self.identity("answers")
        if self.features is None:
            self.features = kept_features(connection, self.server.name, identity)
            self._was_kept = self.features is not None
        if self.features is None:
            try:
                self.features = self.probe()
            except ModelUnavailableError as error:
                log.warning("What the server can do was not found out: %s", error)
            else:
                keep_features(connection, self.server.name, identity, self.features)
                log.info("%s at %s: %s", identity.model, self.server.name, self.features.told())
        for task, taken in earlier_answers(connection, identity):
            self.patience.remember(task, taken)

    def told(self, connection: duckdb.DuckDBPyConnection) -> str:
        """What the server is known to do; "" before a run has asked it."""
        features = self.features or kept_features(connection, self.server.name, self.identity("answers"))
        return features.told() if features else ""


def complete(reply: Reply) -> Any:
    """The JSON of a reply that is whole. Thinking is never taken for the answer."""
    content = _THOUGHT.sub("", reply.content, count=1).strip()
    if reply.unfinished:
        raise InvalidAnswerError(f"the answer is not complete ({reply.unfinished})")
    if not content:
        raise InvalidAnswerError("the answer is empty")
    fenced = _FENCE.match(content)
    try:
        # Not strict: small models break lines inside of a string, whatever the grammar.
        return json.loads(fenced.group(1) if fenced else content, strict=False)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        raise InvalidAnswerError(f"the answer is no JSON: {error}") from None


def _judged(task: ModelTask[Any, Any], reply: Reply) -> TaskAnswer:
    """The answer, valid by its type and without bad habits. Raises InvalidAnswerError, ValidationError."""
    answer: TaskAnswer = task.answer_type.model_validate(complete(reply))
    if fault := fault_in(answer.model_dump(mode="json"), task.system):
        raise InvalidAnswerError(fault)
    return answer


def count_in(reply: Any, name: str) -> int | None:
    """A number of tokens, where a reply tells it."""
    value = reply.get(name) if isinstance(reply, Mapping) else None
    return value if isinstance(value, int) else None


def _call(reply: Reply, error: str | None = None) -> Call:
    return Call(
        reply.seconds * 1000, reply.prompt_tokens, reply.answer_tokens, error, reply.stragglers, reply.cached_tokens
    )


def _repair_turn(reply: Reply, error: Exception) -> Iterator[dict[str, str]]:
    """The answer, and its fault, if any."""
    # What never came to its end is shown by its beginning: a model that repeats itself would go on where it was.
    shown = UNFINISHED_CHARACTERS if reply.unfinished or repeats_itself(reply.content) else REPAIR_CHARACTERS
    yield {"role": "assistant", "content": reply.content[:shown]}
    yield {
        "role": "user",
        "content": f"That answer can't be used: {brief(error)}. Answer again, with JSON that holds the schema.",
    }


def brief(error: Exception) -> str:
    """What is wrong with an answer, in one line."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}" for item in error.errors()[:3]
        )
    return str(error)
