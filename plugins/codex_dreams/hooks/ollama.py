"""The Ollama hook: a connection of type `ollama` becomes a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from include.language_model.model import ModelUnavailableError
from include.language_model.ollama import OllamaModel, OllamaServer
from include.runtime import LANGUAGE_MODEL_CONN_ID

if TYPE_CHECKING:
    from airflow.sdk import Connection


class OllamaHook(BaseHook):
    """Talks to an Ollama server over HTTP.

    The connection holds host, port, schema (http or https) and, for a server behind a proxy, a bearer token as the
    password. Extras: `model`, `embedding_model`, `timeout_seconds`, `num_ctx`, `keep_alive`, `think`,
    `max_concurrency`, `verify`, `path` (of a server that does not live at the root).

    :param conn_id: the connection's id
    """

    conn_name_attr = "conn_id"
    default_conn_name = LANGUAGE_MODEL_CONN_ID
    conn_type = "ollama"
    hook_name = "Ollama"

    def __init__(self, conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self._model: OllamaModel | None = None

    def get_conn(self) -> OllamaModel:
        """The language model behind the connection; made once, without a request."""
        if self._model is None:
            self._model = OllamaModel(self.server(self.get_connection(self.conn_id)))
        return self._model

    @staticmethod
    def server(connection: Connection) -> OllamaServer:
        """What the connection says of the server."""
        extra = connection.extra_dejson
        given = {
            name: extra[name]
            for name in (
                "model",
                "embedding_model",
                "timeout_seconds",
                "num_ctx",
                "keep_alive",
                "think",
                "max_concurrency",
                "verify",
            )
            if name in extra
        }
        scheme = connection.schema or "http"
        port = connection.port or (443 if scheme == "https" else 11434)
        return OllamaServer(
            url=f"{scheme}://{connection.host or 'localhost'}:{port}{extra.get('path', '')}",
            token=connection.password,
            **given,
        )

    def test_connection(self) -> tuple[bool, str]:
        """Whether the server answers and has both models; makes no model call."""
        model = self.get_conn()
        try:
            models = model.list_models()
        except ModelUnavailableError as error:
            return False, str(error)
        wanted = {model.server.model, model.server.embedding_model}
        missing = sorted(name for name in wanted if not {name, f"{name}:latest"} & models.keys())
        if missing:
            return False, f"The server lacks {', '.join(missing)}. Pull there: ollama pull {missing[0]}"
        return True, f"{len(models)} models, {' and '.join(sorted(wanted))} among them"
