"""The address and options of an Ollama server, from `OLLAMA_URL` or from an Airflow connection."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from include.language_model.model_server import ModelServer, address, addresses, split_url

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


@dataclass(frozen=True)
class OllamaServer(ModelServer):
    """One Ollama, or several with the same models."""

    kind: ClassVar[str] = "Ollama"
    protocol: ClassVar[str] = "Ollama"
    setting: ClassVar[str] = "OLLAMA_URL"

    model: Annotated[str, Field(min_length=1)] = "gpt-oss:20b"
    embedding_model: Annotated[str, Field(min_length=1)] = "nomic-embed-text"
    num_ctx: Annotated[int, Field(ge=512)] = CONTEXT_TOKENS
    keep_alive: Annotated[int | str, BeforeValidator(_keep_alive)] = "30m"
    think: Annotated[str | bool | None, BeforeValidator(_think)] = None
    hosts: Annotated[tuple[str, ...], BeforeValidator(lambda value: addresses(value, PORT))] = ()

    @property
    def thinking(self) -> str | bool | None:
        """The `think` option that is sent. gpt-oss knows levels only, and gives empty answers when it may not think."""
        if self.model.startswith("gpt-oss") and not isinstance(self.think, str):
            return "low"
        return self.think

    def remedy(self, model: str) -> str:
        """The command that brings a model."""
        return f"Pull it there: ollama pull {model}"


def server_from_url(url: str, **given: Any) -> OllamaServer:
    """A server from `OLLAMA_URL`: one address or several with commas between them.

    A missing scheme means http, a missing port 11434 (443 for https), a password is a bearer token. Raises ValueError.
    """
    first, others, token = split_url(url)
    return OllamaServer(url=address(first, PORT), token=token, hosts=tuple(others), **given)
