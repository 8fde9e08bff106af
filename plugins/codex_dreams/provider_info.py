"""What Airflow shows of us among its providers: the connection types of language models' servers, and their forms.

Airflow finds it by the entry point in pyproject.toml and reads it without importing the hook. Forms are declared here
and not by the hook's methods, which Airflow 3.2 deprecated.
"""

from __future__ import annotations

from typing import Any

_FIELDS: dict[str, dict[str, Any]] = {
    "model": {
        "label": "Model",
        "description": "The model that answers the tasks, as `ollama list` names it.",
        "schema": {"type": ["string", "null"], "default": "gpt-oss:20b"},
    },
    "embedding_model": {
        "label": "Embedding model",
        "description": "The model that embeds. Another one embeds all memories anew.",
        "schema": {"type": ["string", "null"], "default": "nomic-embed-text"},
    },
    "timeout_seconds": {
        "label": "Timeout (seconds)",
        "description": "How long to wait for an answer. A connection has to come about in 5 seconds.",
        "schema": {"type": ["number", "null"], "exclusiveMinimum": 0, "default": 300},
    },
    "max_concurrency": {
        "label": "Questions at a time",
        "description": "For each host; its OLLAMA_NUM_PARALLEL should be as high.",
        "schema": {"type": ["integer", "null"], "minimum": 1, "default": 4},
    },
    "num_ctx": {
        "label": "Context (tokens)",
        "description": "Constant for a model: Ollama loads it anew when this changes, and cuts longer prompts.",
        "schema": {"type": ["integer", "null"], "minimum": 512, "default": 8192},
    },
    "keep_alive": {
        "label": "Keep loaded",
        "description": "How long a model stays loaded after an answer, such as 30m; -1 for ever.",
        "schema": {"type": ["string", "null"], "default": "30m"},
    },
    "think": {
        "label": "Thinking",
        "description": "low, medium or high; true or false for models without levels. Empty: low for gpt-oss.",
        "schema": {"type": ["string", "null"], "enum": ["low", "medium", "high", "true", "false", None]},
    },
    "answer_tokens": {
        "label": "Longest answer (tokens)",
        "description": "Where an answer is cut off, thinking included: a model may repeat itself for ever.",
        "schema": {"type": ["integer", "null"], "minimum": 64, "default": 4096},
    },
    "hosts": {
        "label": "More hosts",
        "description": "Addresses of further servers with the same models, separated by commas.",
        "schema": {"type": ["string", "null"]},
    },
    "path": {
        "label": "Path",
        "description": "Where the server lives behind a proxy, such as /ollama.",
        "schema": {"type": ["string", "null"]},
    },
    "verify": {
        "label": "Check the certificate",
        "description": "Of an https server.",
        "schema": {"type": ["boolean", "null"], "default": True},
    },
}

_COMMON = ("timeout_seconds", "answer_tokens", "verify")
_OPENAI_FIELDS: dict[str, dict[str, Any]] = {
    "model": {
        "label": "Model",
        "description": "The model that answers the tasks. Empty: the only one that the server has.",
        "schema": {"type": ["string", "null"]},
    },
    "embedding_model": {
        "label": "Embedding model",
        "description": "Empty: the only one that embeds. codex-embedded: vectors without a server.",
        "schema": {"type": ["string", "null"]},
    },
    **{name: _FIELDS[name] for name in _COMMON},
    "max_concurrency": {
        "label": "Questions at a time",
        "description": "For each host; as many as it has slots (llama.cpp: --parallel).",
        "schema": {"type": ["integer", "null"], "minimum": 1, "default": 4},
    },
    "schema_sent_as": {
        "label": "Schemas",
        "description": "How an answer's schema is sent. Empty: what the server takes is found out.",
        "schema": {"type": ["string", "null"], "enum": ["json_schema", "json_object", "json", "none", None]},
    },
    "reasoning_effort": {
        "label": "Thinking",
        "description": "low, medium or high, for models that know it. Empty: not sent.",
        "schema": {"type": ["string", "null"]},
    },
    "hosts": {
        "label": "More hosts",
        "description": "Base URLs of further servers, separated by commas; one may hold the model that embeds.",
        "schema": {"type": ["string", "null"]},
    },
    "path": {
        "label": "Path",
        "description": "Where the API lives.",
        "schema": {"type": ["string", "null"], "default": "/v1"},
    },
}


def get_provider_info() -> dict[str, Any]:
    """The provider as Airflow reads it (its `provider_info.schema.json`)."""
    return {
        "package-name": "codex-dreams",
        "name": "Codex Dreams",
        "description": "The sleep of a personal knowledge store, and the servers of its language model.",
        "connection-types": [
            {
                "connection-type": "ollama",
                "hook-class-name": "codex_dreams.hooks.ollama.OllamaHook",
                "hook-name": "Ollama",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "extra"],
                    "relabeling": {"schema": "http or https", "password": "Token (of a proxy before the server)"},
                    "placeholders": {"host": "localhost", "port": "11434", "schema": "http"},
                },
                "conn-fields": _FIELDS,
            },
            {
                "connection-type": "openai_compatible",
                "hook-class-name": "codex_dreams.hooks.openai_compatible.OpenAICompatibleHook",
                "hook-name": "OpenAI-compatible server",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "extra"],
                    "relabeling": {"schema": "http or https", "password": "Token"},
                    "placeholders": {"host": "localhost", "port": "8080", "schema": "http"},
                },
                "conn-fields": _OPENAI_FIELDS,
            },
        ],
    }
