"""What breaks: a language model's server that is asked by the operator's own code, on a real lake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from include.lake.connection import configured_lake
from include.language_model.enrichment import Enricher, Enrichment
from include.language_model.model import EMBEDDING
from include.language_model.served_model import ServedModel
from tests.conftest import World
from tests.include.language_model.serving import served
from tests.ollama_server import Ollama, ollama_server

REQUESTS = "insights.questions"


@dataclass(frozen=True)
class Asking:
    """A world whose request model holds memories, and a server that is asked about them by one of the protocols."""

    world: World
    ollama: Ollama
    protocol: str = "ollama"

    @property
    def kind(self) -> str:
        """What the server is called in messages."""
        return "Ollama" if self.protocol == "ollama" else "The server"

    @property
    def remedy(self) -> str:
        """What is told where a model is missing."""
        return "ollama pull gpt-oss:20b" if self.protocol == "ollama" else "Load gpt-oss:20b there"

    def requests(self, contents: Iterable[str], task: str = "perceive") -> None:
        """Make the request model hold these memories, as dbt would."""
        key = "text" if task == EMBEDDING else "content"
        inputs = [json.dumps({key: content}) for content in contents]
        with configured_lake().connect(threads=1) as lake:
            lake.execute(
                f"create or replace table {REQUESTS} as select printf('%04d', generate_subscripts(?::varchar[], 1)) "
                "as request_id, ? as task, unnest(?::varchar[]) as input",
                [inputs, task, inputs],
            )
            lake.execute(f"alter table {REQUESTS} add column input_hash varchar")
            lake.execute(f"update {REQUESTS} set input_hash = sha256(input)")

    def model(self, **given: Any) -> ServedModel:
        """The server, as a language model that does not wait long; what it can do is known."""
        url = given.pop("url", self.ollama.url)
        given = {"timeout_seconds": 0.5, "retries": 1, "max_concurrency": 1} | given
        return served(url, self.protocol, **given)

    def enrich(self, task: str = "perceive", model: ServedModel | None = None, **given: Any) -> Enrichment:
        """What a task of a run does."""
        return Enricher(configured_lake(), model or self.model(), REQUESTS, task, "run", **given).run()

    def outcomes(self) -> list[tuple[str, int]]:
        """How often what came of a call."""
        return self.world.lake("select outcome, count(*) from control.llm_calls group by outcome order by outcome")

    @property
    def chats(self) -> int:
        """How often the server was asked to answer."""
        return len(self.ollama.bodies("/api/chat"))


@pytest.fixture(params=["ollama", "openai"])
def asking(world: World, request: pytest.FixtureRequest) -> Iterator[Asking]:
    with ollama_server() as ollama:
        yield Asking(world, ollama, request.param)


@pytest.fixture
def memory_in() -> Callable[[Any], str]:
    """The memory's text in a request to `/api/chat`; "" in one that is about none."""

    def memory_in(body: Any) -> str:
        if len(body["messages"]) < 2:
            return ""
        lines: list[str] = body["messages"][1]["content"].split("\n")
        token = lines[0].removeprefix("<<<MEMORY ")
        return "\n".join(lines[1 : lines.index(f"MEMORY {token}>>>")])

    return memory_in
