"""A server as a language model, by either protocol."""

from __future__ import annotations

from typing import Any

from include.language_model.features import Features
from include.language_model.model_server import address
from include.language_model.ollama import OllamaModel
from include.language_model.ollama_server import OllamaServer
from include.language_model.openai_compatible import OpenAIModel
from include.language_model.openai_server import OpenAIServer
from include.language_model.served_model import ServedModel

PROTOCOLS = ("ollama", "openai")


def served(url: str, protocol: str, *, features: bool = True, **given: Any) -> ServedModel:
    """The server at `url` as a model. With `features`, what it can do is known: no probe is among the questions."""
    if protocol == "ollama":
        model: ServedModel = OllamaModel(OllamaServer(url, **given))
        sent_as = "format"
    else:
        if "hosts" in given:
            given["hosts"] = [address(host, path="/v1") for host in given["hosts"]]
        usual = {"model": "gpt-oss:20b", "embedding_model": "nomic-embed-text"}
        model = OpenAIModel(OpenAIServer(f"{url}/v1", **usual | given))
        sent_as = "json_schema"
    if features:
        model.features = Features(sent_as, True, True, protocol == "ollama", 8192, True, False)
    return model
