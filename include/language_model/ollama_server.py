"""The address and options of an Ollama server, from `OLLAMA_URL` or from an Airflow connection."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, ValidationError
from pydantic.dataclasses import dataclass

PORT = 11434
CONTEXT_TOKENS = 8192
"""Constant: Ollama reloads a model whose context size changes, and cuts longer prompts without a word."""


def _think(value: Any) -> Any:
    """A form knows text only."""
    if isinstance(value, str):
        return {"": None, "true": True, "false": False}.get(value.strip().lower(), value.strip().lower())
    return value


def _keep_alive(value: Any) -> Any:
    """A number of seconds, which a form gives as text, or a duration such as 30m."""
    return int(value) if isinstance(value, str) and value.strip().lstrip("-").isdigit() else value


def _addresses(value: Any) -> Any:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    return tuple(_address(part) for part in value) if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class OllamaServer:
    """One server, or several with the same models. Times in seconds.

    `timeout_seconds` is how long an answer may take, `connect_timeout_seconds` how long a connection may take to come
    about. `max_concurrency` is for each host. `retries` are for what may pass: no connection, 500, 503, a timeout.
    """

    url: str
    model: Annotated[str, Field(min_length=1)] = "gpt-oss:20b"
    embedding_model: Annotated[str, Field(min_length=1)] = "nomic-embed-text"
    token: Annotated[str | None, Field(repr=False)] = None
    timeout_seconds: Annotated[float, Field(gt=0)] = 300.0
    connect_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    num_ctx: Annotated[int, Field(ge=512)] = CONTEXT_TOKENS
    keep_alive: Annotated[int | str, BeforeValidator(_keep_alive)] = "30m"
    think: Annotated[str | bool | None, BeforeValidator(_think)] = None
    max_concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    verify: bool = True
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    hosts: Annotated[tuple[str, ...], BeforeValidator(_addresses)] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all hosts, without repeats, the first one first."""
        return tuple(dict.fromkeys((self.url.rstrip("/"), *self.hosts)))

    @property
    def name(self) -> str:
        """The addresses, for messages."""
        return ", ".join(self.urls)

    @property
    def thinking(self) -> str | bool | None:
        """The `think` option that is sent. gpt-oss knows levels only, and gives empty answers when it may not think."""
        if self.model.startswith("gpt-oss") and not isinstance(self.think, str):
            return "low"
        return self.think


def server_from_url(url: str, **given: Any) -> OllamaServer:
    """A server from `OLLAMA_URL`: one address or several with commas between them.

    A missing scheme means http, a missing port 11434 (443 for https), a password is a bearer token. Raises ValueError.
    """
    first, *others = [part.strip() for part in url.split(",") if part.strip()]
    password = urlsplit(first if "://" in first else f"http://{first}").password
    return OllamaServer(
        url=_address(first), token=unquote(password) if password else None, hosts=tuple(others), **given
    )


def _address(url: str) -> str:
    """Scheme, host, port and path, without user and password."""
    given = url.strip()
    parts = urlsplit(given if "://" in given else f"http://{given}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError(f"{parts.hostname or given!r} is no address of a server; give something like gpu-box:{PORT}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or (443 if parts.scheme == 'https' else PORT)}{parts.path.rstrip('/')}"


def reason_of(error: ValidationError) -> str:
    """The fault of a server's description, in one line that holds no secret."""
    return "; ".join(
        f"{item['loc'][0] if item['loc'] else 'server'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False)
    )
