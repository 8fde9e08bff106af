"""A language model behind Ollama's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.language_model.features import Features
from include.language_model.model import Kind, ModelUnavailableError
from include.language_model.ollama_server import OllamaServer
from include.language_model.served_model import PROBE_TOKENS, Message, Reply, ServedModel, count_in


@dataclass(frozen=True)
class Pulled:
    """How far a pull is: what the server does, and of how many bytes how many are there (0 where it does not say)."""

    status: str
    completed: int = 0
    total: int = 0


@dataclass
class OllamaModel(ServedModel):
    """A language model behind one or several Ollama hosts."""

    server: OllamaServer

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

    def _asked_with(self) -> str:
        return f"think {self.server.thinking}, num_ctx {self.server.num_ctx}"

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
        return self.client.ask("/api/chat", self._body(messages, schema, temperature, options)).reply

    def _body(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None,
        temperature: float,
        options: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.server.model,
            "messages": [dict(message) for message in messages],
            "stream": False,
            "keep_alive": self.server.keep_alive,
            # The same context size as always: another one would make the server load the model anew.
            "options": {
                "temperature": temperature,
                "num_ctx": self.server.num_ctx,
                "num_predict": self.server.answer_tokens,
                **(options or {}),
            },
        }
        if schema is not None:
            body["format"] = schema
        if self.server.thinking is not None:
            body["think"] = self.server.thinking
        return body

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
        """What the model says next in a conversation."""
        body = self._body(messages, schema, temperature, options)
        came = self.client.ask("/api/chat", body, retries=retries, patience=patience)
        reply, message = came.reply, came.reply.get("message")
        said = message if isinstance(message, dict) else {}
        whole = reply.get("done") is True and reply.get("done_reason", "stop") == "stop"
        return Reply(
            str(said.get("content") or ""),
            "" if whole else f"done_reason {reply.get('done_reason')!r}",
            count_in(reply, "prompt_eval_count"),
            count_in(reply, "eval_count"),
            seconds=came.seconds,
            stragglers=came.stragglers,
            thought=bool(said.get("thinking")),
        )

    def probe(self) -> Features:
        """Find out what the server can do, by one small question and one look at the model."""
        messages, schema, holds = self.schema_question()
        reply = self.replied(messages, schema, options={"num_predict": PROBE_TOKENS}, retries=0)
        try:
            shown = self.client.look("/api/show", body={"model": self.server.model}, retries=0)
        except ModelUnavailableError:
            shown = {}  # an older Ollama, or a proxy that lets few paths through
        capabilities = shown.get("capabilities") or []
        sizes = [
            size for name, size in (shown.get("model_info") or {}).items() if str(name).endswith(".context_length")
        ]
        known = sizes[0] if sizes and isinstance(sizes[0], int) else None
        return Features(
            sent_as="format",
            schema_held=holds(reply),
            thinks=reply.thought or "thinking" in capabilities,
            keep_alive=True,
            context_tokens=min(known, self.server.num_ctx) if known else self.server.num_ctx,
            counts_tokens=reply.answer_tokens is not None,
            counts_cached_tokens=False,
        )

    def _vectors(self, texts: Sequence[str], kind: Kind, retries: int | None = None) -> Any:
        prefix = _PREFIXES.get(self.server.embedding_model.partition(":")[0], {}).get(kind, "")
        body = {
            "model": self.server.embedding_model,
            "input": [prefix + text for text in texts],
            "truncate": True,
            "keep_alive": self.server.keep_alive,
        }
        return self.client.ask("/api/embed", body, retries=retries).reply.get("embeddings")

    def _brief_options(self) -> Mapping[str, Any]:
        return {"num_predict": 8}


_PREFIXES: dict[str, dict[Kind, str]] = {
    "nomic-embed-text": {"document": "search_document: ", "query": "search_query: "},
}
"""Prefixes of models that want to know the purpose of a text, by name without tag."""
