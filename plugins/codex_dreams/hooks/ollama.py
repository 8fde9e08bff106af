"""The Ollama hook: a connection of type `ollama` becomes a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException
from pydantic import ValidationError

from include.installation.environment import LANGUAGE_MODEL_CONN_ID
from include.language_model.model import Kind, ModelUnavailableError
from include.language_model.ollama import Message, OllamaModel, Pulled
from include.language_model.ollama_server import PORT, OllamaServer, reason_of

if TYPE_CHECKING:
    import numpy as np
    from airflow.sdk import Connection
    from numpy.typing import NDArray

EXTRAS = (
    "model",
    "embedding_model",
    "timeout_seconds",
    "max_concurrency",
    "num_ctx",
    "keep_alive",
    "think",
    "hosts",
    "path",
    "verify",
)
"""What a connection can say besides host, port, schema and password (codex_dreams.provider_info has the form)."""


class OllamaHook(BaseHook):
    """Talks to an Ollama server, or to several with the same models, over HTTP.

    The connection holds host, port, schema (http or https) and, for a server behind a proxy, a bearer token as the
    password. Extras: `model`, `embedding_model`, `timeout_seconds`, `num_ctx`, `keep_alive`, `think`,
    `max_concurrency` (for each host), `verify`, `path` (of a server that does not live at the root), `hosts` (addresses
    of more servers, with commas between them or as a list). What is missing or empty is as usual.

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
        """What the connection says of the server. Raises AirflowException that names an extra that can't be used."""
        extra = connection.extra_dejson
        given = {name: extra[name] for name in EXTRAS if name != "path" and extra.get(name) not in (None, "")}
        scheme = connection.schema or "http"
        port = connection.port or (443 if scheme == "https" else PORT)
        host = connection.host or "localhost"
        try:
            return OllamaServer(
                url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{(extra.get('path') or '').rstrip('/')}",
                token=connection.password or None,
                **given,
            )
        except ValidationError as error:
            raise AirflowException(f"Connection {connection.conn_id} can't be used: {reason_of(error)}.") from None

    def chat(
        self, messages: Sequence[Message], schema: dict[str, Any] | None = None, *, temperature: float = 0.2
    ) -> dict[str, Any]:
        """The server's reply to a conversation (`/api/chat`, whole); with a JSON schema, its content should hold it.

        Nothing is validated here: what must be true is asked through a task (`get_conn().answer`).
        """
        return self.get_conn().chat(messages, schema, temperature=temperature)

    def embed(self, texts: Sequence[str], kind: Kind = "document") -> NDArray[np.float32]:
        """Vectors (n, dimension) of unit length, in the order of the texts, which are to be stored or to be asked."""
        return self.get_conn().embed(texts, kind)

    def list_models(self) -> dict[str, str]:
        """Name → digest of every model that the server has."""
        return self.get_conn().list_models()

    def pull(self, model: str, tell: Callable[[Pulled], None] | None = None) -> None:
        """Make every host fetch a model and wait for it; progress goes to `tell`, by default a log line a tenth."""
        self.get_conn().pull(model, tell or _Tenths(self.log.info))

    def test_connection(self) -> tuple[bool, str]:
        """Whether every host answers and has both models; makes no model call."""
        try:
            model = self.get_conn()
            found = {url: model.list_models(url) for url in model.server.urls}
        except (ModelUnavailableError, AirflowException) as error:
            return False, str(error)
        wanted = sorted({model.server.model, model.server.embedding_model})
        for url, models in found.items():
            missing = [name for name in wanted if not {name, f"{name}:latest"} & models.keys()]
            if missing:
                return False, f"{url} lacks {', '.join(missing)}. Pull there: ollama pull {missing[0]}"
        count = len(next(iter(found.values())))
        several = f"{len(found)} hosts, " if len(found) > 1 else ""
        return True, f"{several}{count} models, {' and '.join(wanted)} among them"


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
