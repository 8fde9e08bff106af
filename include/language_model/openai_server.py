"""The address and options of an OpenAI-compatible server (llama.cpp, LM Studio, vLLM), from `OPENAI_BASE_URL`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from include.language_model.model_server import ModelServer, address, addresses, split_url

PATH = "/v1"
"""Where the API lives unless the address says otherwise."""

Sent = Literal["json_schema", "json_object", "json", "none"]
"""How a schema is sent: as OpenAI documents it, as llama.cpp first did, only that JSON is wanted, or not at all."""


def _sent(value: Any) -> Any:
    return None if value in ("", "auto") else value


@dataclass(frozen=True)
class OpenAIServer(ModelServer):
    """One OpenAI-compatible server, or several with the same models.

    `url` is the base URL, with `/v1`. Without a `model`, the one that the server has is asked. `schema_sent_as`: how a
    schema is sent; None: what the server takes is found out. `reasoning_effort`: low, medium, high; None: not sent.
    """

    kind: ClassVar[str] = "The server"
    protocol: ClassVar[str] = "OpenAI-compatible server"
    setting: ClassVar[str] = "OPENAI_BASE_URL"

    schema_sent_as: Annotated[Sent | None, BeforeValidator(_sent)] = None
    reasoning_effort: str | None = None
    hosts: Annotated[tuple[str, ...], BeforeValidator(lambda value: addresses(value, path=PATH))] = ()


def openai_server_from_url(url: str, **given: Any) -> OpenAIServer:
    """A server from `OPENAI_BASE_URL`: one base URL or several with commas between them.

    A missing scheme means http, a missing path /v1, a password is a bearer token. Raises ValueError.
    """
    first, others, token = split_url(url)
    return OpenAIServer(url=address(first, path=PATH), hosts=tuple(others), **{"token": token} | given)
