"""A language model behind an OpenAI-compatible API: llama.cpp's server, LM Studio, vLLM and others."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.language_model.features import Features
from include.language_model.model import InvalidAnswerError, Kind, ModelUnavailableError, NoAnswerError, Purpose
from include.language_model.openai_server import OpenAIServer, Sent
from include.language_model.served_model import PROBE_TOKENS, Message, Reply, ServedModel, count_in

log = logging.getLogger(__name__)

_WAYS: tuple[Sent, ...] = ("json_schema", "json_object", "json", "none")
"""How a schema may be sent, in the order in which it is tried."""
_EMBEDDERS = ("embed", "bge-", "gte-", "e5-", "minilm", "arctic", "jina-emb")
"""A model whose name holds one of these embeds, and answers nothing."""
_MADE_OF = ("owned_by", "root", "quantization", "arch")
"""What a list of models says of what one is made of; when it was loaded is no part of it."""
_LIKE_NOMIC: dict[Kind, str] = {"document": "search_document: ", "query": "search_query: "}
STEP = 0.05
MOST_STEPS = 100
SHORTEST_CUT = 500
"""Characters; a text is not cut shorter to make it fit into an embedding model."""


@dataclass
class OpenAIModel(ServedModel):
    """A language model behind one or several OpenAI-compatible hosts, each with all of the models or one of them."""

    server: OpenAIServer
    _found: dict[Purpose, str] = field(default_factory=dict, repr=False)
    _probing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _longest: int | None = field(default=None, repr=False)
    """Characters that the embedding model was found to take; None: no text was too long."""

    def list_models(self, url: str | None = None) -> dict[str, str]:
        """Name → digest of every model that a host (the first one that answers) has; makes no model call.

        These servers tell no digest: it is made of what they say of a model, beside when it was loaded.
        """
        return {name: _digest(entry) for name, entry in self._listed(url).items()}

    def _listed(self, url: str | None = None) -> dict[str, Mapping[str, Any]]:
        reply = self.client.look("/models", url)
        try:
            return {entry["id"]: entry for entry in reply["data"]}
        except (KeyError, TypeError):
            raise ModelUnavailableError(
                f"What answers at {url or self.server.name} is no {self.server.protocol}: {str(reply)[:200]}"
            ) from None

    def model_for(self, purpose: Purpose) -> str:
        """The name of the model: as configured, else the only one of its kind that the hosts have."""
        configured = super().model_for(purpose)
        if configured:
            return configured
        if purpose not in self._found:
            names: dict[str, None] = {}
            silent: list[ModelUnavailableError] = []
            for url in self.server.urls:
                try:
                    names |= dict.fromkeys(self._listed(url))
                except ModelUnavailableError as error:
                    silent.append(error)
            if silent:
                raise silent[0]  # one that is silent now may have another
            fitting = [name for name in names if _embeds(name) == (purpose == "embeddings")]
            if len(fitting) != 1:
                raise ModelUnavailableError(_unnamed(self.server, purpose, list(names), fitting))
            self._found[purpose] = fitting[0]
        return self._found[purpose]

    @property
    def concurrency(self) -> int:
        """Questions at a time: what each host was said to bear, times the hosts that have the model."""
        return self.server.max_concurrency * max(1, len(self.client.able(self.model_for("answers"))))

    def _asked_with(self) -> str:
        return f"reasoning_effort {self.server.reasoning_effort}" if self.server.reasoning_effort else ""

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
        """What the model says next in a conversation. How a schema is sent is found out before the first one is."""
        body = {
            "model": self.model_for("answers"),
            "messages": [dict(message) for message in messages],
            "stream": False,
            "temperature": temperature,
            "max_tokens": self.server.answer_tokens,
            **(options or {}),
        }
        if self.server.reasoning_effort:
            body["reasoning_effort"] = self.server.reasoning_effort
        sent_as = self._sent_as() if schema is not None else "none"
        try:
            return self._chat(_with_schema(body, schema, sent_as), patience, retries)
        except NoAnswerError:
            if schema is None or not self._was_kept:
                raise
            # What was kept may be of another program at the same address.
            with self._probing:
                if self._was_kept:
                    self._was_kept, self.features = False, None
            if (again := self._sent_as()) == sent_as:
                raise
        return self._chat(_with_schema(body, schema, again), patience, retries)

    def _chat(self, body: dict[str, Any], patience: float | None = None, retries: int | None = None) -> Reply:
        came = self.client.ask("/chat/completions", body, retries=retries, patience=patience)
        choices = came.reply.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        message, usage = choice.get("message"), came.reply.get("usage")
        said = message if isinstance(message, dict) else {}
        why = choice.get("finish_reason", "stop") if choice else "nothing"
        content = str(said.get("content") or "")
        unfinished = "" if why in ("stop", None) else f"finish_reason {why!r}"
        if said.get("refusal"):
            unfinished = "it was refused"
        details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
        return Reply(
            content,
            unfinished,
            count_in(usage, "prompt_tokens"),
            count_in(usage, "completion_tokens"),
            count_in(details, "cached_tokens"),
            seconds=came.seconds,
            stragglers=came.stragglers,
            thought=bool(said.get("reasoning_content") or said.get("reasoning")) or "<think" in content[:20],
        )

    def _sent_as(self) -> Sent:
        if self.server.schema_sent_as is not None:
            return self.server.schema_sent_as
        with self._probing:  # one of several threads
            if self.features is None:
                self.features = self.probe()
            sent_as = self.features.sent_as
        return next((way for way in _WAYS if way == sent_as), "none")

    def probe(self) -> Features:
        """Find out what the server can do, by small questions: one, where it takes a schema as OpenAI documents it.

        The first way to send a schema that makes the answer hold it is taken, else the first that is not refused.
        """
        ways = (self.server.schema_sent_as,) if self.server.schema_sent_as else _WAYS
        taken: list[tuple[Sent, bool, Reply]] = []
        for way in ways:
            try:
                held, reply = self._holds_a_schema(way)
            except NoAnswerError as error:
                log.info("Schemas are not sent as %s: %s", way, error)
                continue
            taken.append((way, held, reply))
            if held:
                break
        if not taken:
            raise ModelUnavailableError(f"{self.server.kind} at {self.server.name} refuses every question")
        sent_as, held, reply = next((one for one in taken if one[1]), taken[0])
        return Features(
            sent_as=sent_as,
            schema_held=held,
            thinks=reply.thought,
            keep_alive=False,
            context_tokens=self._context_tokens(),
            counts_tokens=reply.answer_tokens is not None,
            counts_cached_tokens=reply.cached_tokens is not None,
        )

    def _holds_a_schema(self, way: Sent) -> tuple[bool, Reply]:
        """Whether the server makes a model keep to a schema that is sent this way."""
        messages, schema, holds = self.schema_question()
        body = {"model": self.model_for("answers"), "messages": messages, "stream": False, "max_tokens": PROBE_TOKENS}
        reply = self._chat(_with_schema(body, schema, way), retries=0)
        return holds(reply), reply

    def _context_tokens(self) -> int | None:
        """The size of the context: vLLM and LM Studio tell it of a model, llama.cpp of the server."""
        model = self.model_for("answers")
        try:
            entry = self._listed(self.client.able(model)[0]).get(model, {})
        except (ModelUnavailableError, IndexError):
            return None
        known = count_in(entry, "max_model_len") or count_in(entry, "loaded_context_length")
        if known:
            return known
        try:
            properties = self.client.look("/props", retries=0, root=True)
        except ModelUnavailableError:
            properties = {}
        return count_in(properties.get("default_generation_settings"), "n_ctx") or count_in(
            entry.get("meta"), "n_ctx_train"
        )

    def _vectors(self, texts: Sequence[str], kind: Kind, retries: int | None = None) -> Any:
        model = self.model_for("embeddings")
        prefix = _LIKE_NOMIC[kind] if "nomic-embed-text" in model.lower() else ""
        while True:
            cut = [text[: self._longest] for text in texts]
            body = {"model": model, "input": [prefix + text for text in cut], "encoding_format": "float"}
            try:
                return _in_order(self.client.ask("/embeddings", body, retries=retries).reply)
            except NoAnswerError:
                # Ollama cuts a text that is too long; these servers refuse it. Of a batch, the caller finds the one.
                if len(texts) > 1 or len(cut[0]) <= SHORTEST_CUT:
                    raise
                self._longest = max(SHORTEST_CUT, len(cut[0]) // 2)

    def _brief_options(self) -> Mapping[str, Any]:
        return {"max_tokens": 8}


def _with_schema(body: dict[str, Any], schema: dict[str, Any] | None, way: Sent) -> dict[str, Any]:
    if schema is None or way == "none":
        return body
    name, schema = str(schema.get("title", "answer")), in_steps(schema)
    named = {"name": name, "strict": True, "schema": schema}
    formats: dict[Sent, dict[str, Any]] = {
        "json_schema": {"type": "json_schema", "json_schema": named},
        "json_object": {"type": "json_object", "schema": schema},
        "json": {"type": "json_object"},
    }
    return body | {"response_format": formats[way]}


def in_steps(schema: Any) -> Any:
    """The schema, with a choice of steps in the place of each number between two bounds.

    Grammars that are made of a schema know no bounds of numbers: a small model writes a million where a share is asked
    for, and again when it is told so. Of steps it can but choose one. What comes is held to the task's own schema.
    """
    if isinstance(schema, list):
        return [in_steps(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    least, most = schema.get("minimum"), schema.get("maximum")
    if schema.get("type") == "integer" and least is not None and most is not None and most - least < MOST_STEPS:
        return {"type": "integer", "enum": list(range(least, most + 1))}
    if schema.get("type") == "number" and least is not None and most is not None:
        steps = round((most - least) / STEP)
        if steps < MOST_STEPS:
            return {"type": "number", "enum": [round(least + step * STEP, 2) for step in range(steps + 1)]}
    return {name: in_steps(part) for name, part in schema.items()}


def _in_order(reply: Mapping[str, Any]) -> list[Any]:
    """The vectors by their index."""
    try:
        entries = {int(entry["index"]): entry["embedding"] for entry in reply["data"]}
        return [entries[number] for number in range(len(reply["data"]))]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidAnswerError(f"embeddings that are no list of vectors: {error!r}") from None


def _digest(entry: Mapping[str, Any]) -> str:
    meta = entry.get("meta") if isinstance(entry.get("meta"), Mapping) else {}
    made_of = {name: entry.get(name) for name in _MADE_OF} | {"meta": meta, "id": entry.get("id")}
    return hashlib.sha256(json.dumps(made_of, sort_keys=True, default=str).encode()).hexdigest()


def _embeds(name: str) -> bool:
    return any(part in name.lower() for part in _EMBEDDERS)


def _unnamed(server: OpenAIServer, purpose: Purpose, names: list[str], fitting: list[str]) -> str:
    setting, what = ("OPENAI_MODEL", "answers the tasks") if purpose == "answers" else ("EMBEDDING_MODEL", "embeds")
    found = "several models, any of which" if fitting else "no model that"
    advice = "" if purpose == "answers" else ", or codex-embedded for the embedded model's vectors"
    listed = ", ".join(sorted(names)) or "none"
    return f"{server.kind} at {server.name} has {found} {what}: name one in {setting}{advice} (it has {listed})"
