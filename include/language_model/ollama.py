"""Ollama over HTTP, with `requests` (facts about the protocol: PLATFORM, Ollama section).

A plain client: the Airflow hook (plugins/) makes it from a connection, the command line from the settings.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import local
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from include.language_model.model import (
    Answered,
    Identity,
    InvalidAnswerError,
    Kind,
    ModelUnavailableError,
    Purpose,
)
from include.language_model.task import ModelTask, TaskInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
CONTEXT_TOKENS = 8192
"""Constant: Ollama reloads a model whose context size changes, and cuts longer prompts without a word."""
_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)


@dataclass(frozen=True)
class OllamaServer:
    """Where the server is and what to ask of it. Seconds for timeouts."""

    url: str
    model: str = "gpt-oss:20b"
    embedding_model: str = "nomic-embed-text"
    token: str | None = None
    timeout_seconds: float = 300.0
    num_ctx: int = CONTEXT_TOKENS
    keep_alive: str = "30m"
    think: str | bool | None = None
    max_concurrency: int = 4
    verify: bool = True
    retries: int = 3


@dataclass
class OllamaModel:
    """A language model behind an Ollama server. Sessions are kept one a thread, digests for the object's life."""

    server: OllamaServer
    embedding_batch: int = 64
    _digests: dict[str, str] = field(default_factory=dict, repr=False)
    _sessions: local = field(default_factory=local, repr=False)

    @property
    def concurrency(self) -> int:
        """Questions at a time: what the server was said to bear."""
        return self.server.max_concurrency

    def identity(self, purpose: Purpose) -> Identity:
        """The configured model with the digest the server reports for it."""
        model = self.server.model if purpose == "answers" else self.server.embedding_model
        if model not in self._digests:
            self._digests.update(self.list_models())
        known = {name: digest for name, digest in self._digests.items() if name in {model, f"{model}:latest"}}
        if not known:
            raise ModelUnavailableError(
                f"Ollama at {self.server.url} has no model {model}. Pull it there: ollama pull {model}"
            )
        return Identity(model, next(iter(known.values())))

    def list_models(self) -> dict[str, str]:
        """Name → digest of every model the server has; makes no model call."""
        reply = self._request("GET", "/api/tags")
        try:
            return {entry["name"]: entry["digest"] for entry in reply["models"]}
        except (KeyError, TypeError):
            raise ModelUnavailableError(f"What answers at {self.server.url} is no Ollama: {str(reply)[:200]}") from None

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """One answer that is complete and valid; an invalid one is shown to the model once, with its error."""
        messages = [
            {"role": "system", "content": task.system},
            {"role": "user", "content": task.render(task_input)},
        ]
        started = time.monotonic()
        reply = self._chat(task, messages)
        try:
            answer = task.answer_type.model_validate(self._complete(reply))
            repaired = False
        except (InvalidAnswerError, ValidationError) as error:
            reply = self._chat(task, [*messages, *_repair_turn(reply, error)])
            try:
                answer = task.answer_type.model_validate(self._complete(reply))
            except ValidationError as second:
                raise InvalidAnswerError(_brief(second)) from None
            repaired = True
        return Answered(
            answer,
            latency_ms=(time.monotonic() - started) * 1000,
            repaired=repaired,
            prompt_tokens=reply.get("prompt_eval_count"),
            answer_tokens=reply.get("eval_count"),
        )

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Vectors (n, dimension), made unit length. Raises InvalidAnswerError where they do not fit the texts."""
        import numpy as np

        prefix = _PREFIXES.get(self.server.embedding_model.partition(":")[0], {}).get(kind, "")
        body = {
            "model": self.server.embedding_model,
            "input": [prefix + text for text in texts],
            "truncate": True,
            "keep_alive": self.server.keep_alive,
        }
        try:
            reply = self._request("POST", "/api/embed", body)
            vectors = np.asarray(reply.get("embeddings"), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InvalidAnswerError(f"embeddings that are no vectors: {error}") from None
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise InvalidAnswerError(f"embeddings of shape {vectors.shape} for {len(texts)} texts, or not finite")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if (lengths == 0).any():
            raise InvalidAnswerError("an embedding of length zero")
        return np.asarray(vectors / lengths, dtype=np.float32)

    def _chat(self, task: ModelTask[Any, Any], messages: list[dict[str, str]]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.server.model,
            "messages": messages,
            "stream": False,
            "format": task.schema,
            "keep_alive": self.server.keep_alive,
            "options": {"temperature": task.temperature, "num_ctx": self.server.num_ctx, **task.options},
        }
        think = self.server.think
        if think is None and self.server.model.startswith("gpt-oss"):
            think = "low"  # never false for gpt-oss: its content would be empty
        if think is not None:
            body["think"] = think
        return self._request("POST", "/api/chat", body)

    @staticmethod
    def _complete(reply: dict[str, Any]) -> Any:
        """The JSON of a reply that is whole. Thinking is never taken for the answer."""
        content = _content(reply).strip()
        if not reply.get("done") or reply.get("done_reason", "stop") != "stop":
            raise InvalidAnswerError(f"the answer is not complete (done_reason {reply.get('done_reason')!r})")
        if not content:
            raise InvalidAnswerError("the answer is empty")
        fenced = _FENCE.match(content)
        try:
            return json.loads(fenced.group(1) if fenced else content)
        except json.JSONDecodeError as error:
            raise InvalidAnswerError(f"the answer is no JSON: {error}") from None

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = self.server.url.rstrip("/") + path
        try:
            response = self._session().request(
                method,
                url,
                json=body,
                timeout=(CONNECT_TIMEOUT_SECONDS, self.server.timeout_seconds),
                verify=self.server.verify,
            )
        except requests.RequestException as error:
            raise ModelUnavailableError(
                f"Ollama at {self.server.url} does not answer ({_why(error)}). Start it, or change OLLAMA_URL"
            ) from error
        return self._reply(response, (body or {}).get("model", self.server.model))

    def _reply(self, response: requests.Response, model: str) -> dict[str, Any]:
        """The object that was sent; anything else, such as a proxy's login page, says nothing about the question."""
        try:
            reply = response.json()
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            if response.ok:
                raise ModelUnavailableError(f"What answers at {self.server.url} is no Ollama: {response.text[:200]}")
            reply = {"error": response.text[:200]}
        if response.status_code == 404:
            raise ModelUnavailableError(f"{reply.get('error', 'not found')}. Pull it there: ollama pull {model}")
        if response.status_code == 400:
            raise InvalidAnswerError(f"Ollama refuses the request: {reply.get('error')}")
        if not response.ok:
            raise ModelUnavailableError(
                f"Ollama at {self.server.url} answers {response.status_code}: {reply.get('error', response.reason)}"
            )
        if "error" in reply:
            raise InvalidAnswerError(f"Ollama reports: {reply['error']}")
        return reply

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = requests.Session()
            retry = Retry(
                total=self.server.retries,
                backoff_factor=0.5,
                backoff_jitter=0.5,
                status_forcelist=(500, 503),
                allowed_methods=None,
                raise_on_status=False,
            )
            session.mount("http://", HTTPAdapter(max_retries=retry))
            session.mount("https://", HTTPAdapter(max_retries=retry))
            if self.server.token:
                session.headers["Authorization"] = f"Bearer {self.server.token}"
            self._sessions.session = session
        return session


_PREFIXES: dict[str, dict[Kind, str]] = {
    "nomic-embed-text": {"document": "search_document: ", "query": "search_query: "},
}
"""Models that must be told what a text is for, by name without tag."""


def _why(error: requests.RequestException) -> str:
    """The cause, without the layers of libraries around it."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2] or type(error).__name__


def _content(reply: dict[str, Any]) -> str:
    message = reply.get("message")
    return str(message.get("content") or "") if isinstance(message, dict) else ""


def _repair_turn(reply: dict[str, Any], error: Exception) -> Iterator[dict[str, str]]:
    """What was answered, and what is wrong with it."""
    yield {"role": "assistant", "content": _content(reply)[:4000]}
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


def server_from_url(url: str, **given: Any) -> OllamaServer:
    """A server from `OLLAMA_URL`; a missing scheme means http, a missing port 11434, a password is a bearer token."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    port = parts.port or (443 if parts.scheme == "https" else 11434)
    token = unquote(parts.password) if parts.password else None
    return OllamaServer(url=f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}", token=token, **given)
