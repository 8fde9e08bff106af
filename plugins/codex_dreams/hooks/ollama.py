"""The Ollama hook: a connection of type `ollama` becomes a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from codex_dreams.hooks.server import ModelServerHook
from include.language_model.ollama import OllamaModel, Pulled
from include.language_model.ollama_server import PORT, OllamaServer
from include.language_model.served_model import Message

if TYPE_CHECKING:
    pass

EXTRAS = (
    "model",
    "embedding_model",
    "timeout_seconds",
    "max_concurrency",
    "num_ctx",
    "keep_alive",
    "think",
    "answer_tokens",
    "hosts",
    "path",
    "verify",
)
"""What a connection can say besides host, port, schema and password (codex_dreams.provider_info has the form)."""


class OllamaHook(ModelServerHook[OllamaServer, OllamaModel]):
    """Talks to an Ollama server, or to several with the same models, over HTTP.

    The connection holds host, port, schema (http or https) and, for a server behind a proxy, a bearer token as the
    password. Extras: `model`, `embedding_model`, `timeout_seconds`, `num_ctx`, `keep_alive`, `think`,
    `answer_tokens` (where an answer is cut off), `max_concurrency` (for each host), `verify`, `path` (of a server that
    does not live at the root), `hosts` (addresses of more servers, with commas between them or as a list). What is
    missing or empty is as usual.

    :param conn_id: the connection's id
    """

    server_type = OllamaServer
    model_type = OllamaModel
    conn_type = "ollama"
    hook_name = "Ollama"
    extras = EXTRAS
    port = PORT

    def chat(
        self, messages: Sequence[Message], schema: dict[str, Any] | None = None, *, temperature: float = 0.2
    ) -> dict[str, Any]:
        """The server's reply to a conversation (`/api/chat`, whole); with a JSON schema, its content should hold it.

        Nothing is validated here: what must be true is asked through a task (`get_conn().answer`).
        """
        return self.get_conn().chat(messages, schema, temperature=temperature)

    def pull(self, model: str, tell: Callable[[Pulled], None] | None = None) -> None:
        """Make every host fetch a model and wait for it; progress goes to `tell`, by default a log line a tenth."""
        self.get_conn().pull(model, tell or _Tenths(self.log.info))


class _Tenths:
    """Logs the progress of a pull when what the server does changes, and each tenth of a download."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._last: tuple[str, int] | None = None

    def __call__(self, pulled: Pulled) -> None:
        tenth = 10 * pulled.completed // pulled.total if pulled.total else 0
        if (pulled.status, tenth) != self._last:
            self._log("%s %s", pulled.status, f"{10 * tenth} %" if pulled.total else "")
            self._last = (pulled.status, tenth)
