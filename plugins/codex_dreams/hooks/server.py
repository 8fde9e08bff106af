"""What the hooks of all servers have in common: a connection becomes a server's description, and is tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException
from pydantic import ValidationError

from include.installation.environment import LANGUAGE_MODEL_CONN_ID
from include.lake.connection import configured_lake
from include.language_model.model import Kind, ModelUnavailableError, Purpose
from include.language_model.model_server import EMBEDDED, reason_of
from include.language_model.served_model import ServedModel

if TYPE_CHECKING:
    import numpy as np
    from airflow.sdk import Connection
    from numpy.typing import NDArray

    from include.language_model.model_server import ModelServer

Server = TypeVar("Server", bound="ModelServer")
Model = TypeVar("Model", bound=ServedModel)


class ModelServerHook(BaseHook, Generic[Server, Model]):
    """Talks to a language model's server, or to several with the same models, over HTTP.

    The connection holds host, port, schema (http or https) and, as the password, a bearer token. What it says besides
    are extras; what is missing or empty is as usual.

    :param conn_id: the connection's id
    """

    server_type: type[Server]
    model_type: type[Model]
    conn_name_attr = "conn_id"
    default_conn_name = LANGUAGE_MODEL_CONN_ID
    extras: ClassVar[tuple[str, ...]]
    port: ClassVar[int]
    path: ClassVar[str] = ""

    def __init__(self, conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self._model: Model | None = None

    def get_conn(self) -> Model:
        """The language model behind the connection; made once, without a request."""
        if self._model is None:
            self._model = self.model_type(self.server(self.get_connection(self.conn_id)))
        return self._model

    @classmethod
    def server(cls, connection: Connection) -> Server:
        """What the connection says of the server. Raises AirflowException that names an extra that can't be used."""
        try:
            return cls.server_type(**cls.given(connection))
        except ValidationError as error:
            reason = reason_of(error)
            raise AirflowException(f"Connection {connection.conn_id} can't be used: {reason}.") from None

    @classmethod
    def given(cls, connection: Connection) -> dict[str, Any]:
        """What the connection says of the server, by the names of its fields."""
        extra = connection.extra_dejson
        said = {name: extra[name] for name in cls.extras if name != "path" and extra.get(name) not in (None, "")}
        scheme = connection.schema or "http"
        port = connection.port or (443 if scheme == "https" else cls.port)
        host = connection.host or "localhost"
        path = (extra.get("path") or cls.path).rstrip("/")
        address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}"
        return {"url": address, "token": connection.password or None, **said}

    def embed(self, texts: Sequence[str], kind: Kind = "document") -> NDArray[np.float32]:
        """Vectors (n, dimension) of unit length, in the order of the texts, which are to be stored or to be asked."""
        return self.get_conn().embed(texts, kind)

    def list_models(self) -> dict[str, str]:
        """Name → digest of every model that the server has."""
        return self.get_conn().list_models()

    def told(self) -> str:
        """What a run's probe found out about the server; "" before the first, and where the lake can't be asked."""
        try:
            with configured_lake().connect(threads=1) as connection:
                return self.get_conn().told(connection)
        except Exception as error:  # a lake that is not there is no fault of the server's
            self.log.info("The lake was not asked: %s", error)
            return ""

    def test_connection(self) -> tuple[bool, str]:
        """Whether every host answers and the models are there, and what the server is known to do; asks no model."""
        try:
            model = self.get_conn()
            found = {url: model.list_models(url) for url in model.server.urls}
            wanted = [name for name in map(model.model_for, _PURPOSES) if name != EMBEDDED]
        except (ModelUnavailableError, AirflowException) as error:
            return False, str(error)
        trouble = self._lacks(model.server, found, sorted(set(wanted)))
        if trouble:
            return False, trouble
        count = len({name for models in found.values() for name in models})
        several = f"{len(found)} hosts, " if len(found) > 1 else ""
        told = f"{several}{count} models, {' and '.join(sorted(set(wanted)))} among them"
        return True, "; ".join(part for part in (told, self.told()) if part)

    @staticmethod
    def _lacks(server: ModelServer, found: dict[str, dict[str, str]], wanted: list[str]) -> str | None:
        """What to say where a model is missing; None where none is."""
        for url, models in found.items():
            missing = [name for name in wanted if not {name, f"{name}:latest"} & models.keys()]
            if missing:
                return f"{url} lacks {', '.join(missing)}. {server.remedy(missing[0])}"
        return None


_PURPOSES: tuple[Purpose, ...] = ("answers", "embeddings")
