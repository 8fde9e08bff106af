"""The hook for llama.cpp, LM Studio, vLLM: a connection of type `openai_compatible` becomes a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_dreams.hooks.server import ModelServerHook
from include.language_model.openai_compatible import OpenAIModel
from include.language_model.openai_server import PATH, OpenAIServer

if TYPE_CHECKING:
    from include.language_model.model_server import ModelServer

EXTRAS = (
    "model",
    "embedding_model",
    "timeout_seconds",
    "max_concurrency",
    "schema_sent_as",
    "reasoning_effort",
    "answer_tokens",
    "hosts",
    "path",
    "verify",
)
"""What a connection can say besides host, port, schema and password (codex_dreams.provider_info has the form)."""


class OpenAICompatibleHook(ModelServerHook[OpenAIServer, OpenAIModel]):
    """Talks to a server that speaks OpenAI's protocol, or to several, over HTTP.

    The connection holds host, port, schema (http or https) and a bearer token as the password. Extras: `model` and
    `embedding_model` (empty: the only one of its kind that the hosts have; `codex-embedded`: the embedded model's
    vectors), `timeout_seconds`, `schema_sent_as` (json_schema, json_object, json, none; empty: what the server takes
    is found out), `reasoning_effort`, `answer_tokens` (where an answer is cut off), `max_concurrency` (for each host),
    `verify`, `path` (/v1), `hosts` (base URLs of more servers; one may hold the model that embeds).

    :param conn_id: the connection's id
    """

    server_type = OpenAIServer
    model_type = OpenAIModel
    conn_type = "openai_compatible"
    hook_name = "OpenAI-compatible server"
    extras = EXTRAS
    port = 8080
    path = PATH

    @staticmethod
    def _lacks(server: ModelServer, found: dict[str, dict[str, str]], wanted: list[str]) -> str | None:
        """Here a model may be on one of the hosts only."""
        missing = [name for name in wanted if not any(name in models for models in found.values())]
        return f"{server.name} lacks {', '.join(missing)}. {server.remedy(missing[0])}" if missing else None
