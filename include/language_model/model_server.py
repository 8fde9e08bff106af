"""The address and options of a language model's server, whatever protocol it speaks."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, ClassVar
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import Field, ValidationError
from pydantic.dataclasses import dataclass

EMBEDDED = "codex-embedded"
"""Named as the embedding model of a server: the embedded model makes the vectors, because the owner said so."""
ANSWER_TOKENS = 4096
"""No answer of ours is longer, thinking included. Without a limit, a model that repeats itself does so for ever."""


@dataclass(frozen=True)
class ModelServer:
    """One server, or several with the same models. Times in seconds.

    `timeout_seconds` is how long an answer may take at most, `connect_timeout_seconds` how long a connection may take
    to come about. `max_concurrency` is for each host. `retries` are for what may pass: no connection, 500, 503, a
    timeout. `answer_tokens` is where an answer is cut off.
    """

    kind: ClassVar[str] = "The language model's server"
    """What it is called in messages."""
    protocol: ClassVar[str] = "language model"
    setting: ClassVar[str] = ""
    """The setting that holds its address."""

    url: str
    model: str = ""
    embedding_model: str = ""
    token: str | None = field(default=None, repr=False)
    timeout_seconds: Annotated[float, Field(gt=0)] = 300.0
    connect_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    max_concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    verify: bool = True
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    answer_tokens: Annotated[int, Field(ge=64)] = ANSWER_TOKENS
    hosts: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all hosts, without repeats, the first one first."""
        return tuple(dict.fromkeys((self.url.rstrip("/"), *self.hosts)))

    @property
    def name(self) -> str:
        """The addresses, for messages."""
        return ", ".join(self.urls)

    def remedy(self, model: str) -> str:
        """What to do where a model is missing."""
        return f"Load {model} there, or name one that it has"

    def lacking(self, model: str) -> str:
        """What to say, and what to do, where no host has a model."""
        return f"{self.kind} at {self.name} has no model {model}. {self.remedy(model)}"


def addresses(value: Any, port: int | None = None, path: str = "") -> Any:
    """Addresses from a list or from text with commas between them; what is neither is left to the type's check."""
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    return tuple(address(part, port, path) for part in value) if isinstance(value, list | tuple) else value


def address(url: str, port: int | None = None, path: str = "") -> str:
    """Scheme, host, port and path, without user and password; what is left out is as given here, the scheme http.

    Raises ValueError for what is no address.
    """
    given = url.strip()
    parts = urlsplit(given if "://" in given else f"http://{given}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError(
            f"{parts.hostname or given!r} is no address of a server; give something like gpu-box:{port or 8000}"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = 443 if parts.scheme == "https" else port or 80
    return f"{parts.scheme}://{host}:{parts.port or usual}{parts.path.rstrip('/') or path}"


def split_url(url: str) -> tuple[str, list[str], str | None]:
    """The first address, the others, and the password of the first, which is a bearer token. Raises ValueError."""
    first, *others = [part.strip() for part in url.split(",") if part.strip()] or [""]
    password = urlsplit(first if "://" in first else f"http://{first}").password
    return first, others, unquote(password) if password else None


def root_of(url: str) -> str:
    """The address of the server, without the path of its API."""
    return urlunsplit(urlsplit(url)._replace(path=""))


def reason_of(error: ValidationError) -> str:
    """The fault of a server's description, in one line that holds no secret."""
    return "; ".join(
        f"{item['loc'][0] if item['loc'] else 'server'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False)
    )
