"""A real, tiny model answers the product: each answer is valid or counted, nothing hangs or is lost (make soak)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from include.lake.connection import configured_lake
from include.language_model.enrichment import Enricher
from include.language_model.openai_compatible import OpenAIModel
from include.language_model.openai_server import OpenAIServer
from include.language_model.tasks import TASKS
from tests.conftest import World
from tests.real_model import ANSWER_TOKENS, measured, notes, python_of_models, real_model

pytestmark = [pytest.mark.soak, pytest.mark.integration, pytest.mark.timeout(7200)]

REQUESTS = "insights.questions"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    python = python_of_models()
    if python is None:
        pytest.skip("no real model is installed: make models")
    with real_model(python) as running:
        yield running


def test_the_schema_is_enforced_and_how_it_is_sent_is_found_out(url: str) -> None:
    features = OpenAIModel(OpenAIServer(url)).probe()
    assert (features.sent_as, features.schema_held) == ("json_object", True)
    assert features.counts_tokens


@pytest.mark.parametrize("constrained", [True, False])
def test_every_answer_is_valid_or_counted(url: str, constrained: bool) -> None:
    rates, _ = measured(url, 2, list(TASKS), constrained=constrained)
    for one in rates:
        assert one.valid + one.repaired + one.invalid == one.asked == 2, one
        assert one.unanswered == 0
    valid = sum(one.valid + one.repaired for one in rates)
    assert not constrained or valid >= sum(one.asked for one in rates) / 2


def test_nothing_is_lost_on_the_way_into_the_lake(url: str, world: World) -> None:
    inputs = [json.dumps({"content": note["content"]}) for note in notes(5)]
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            f"create or replace table {REQUESTS} as select *, sha256(input) as input_hash from (select "
            "unnest(range(5))::varchar as request_id, 'perceive' as task, unnest(?::varchar[]) as input)",
            [inputs],
        )
    server = OpenAIServer(url, embedding_model="codex-embedded", answer_tokens=ANSWER_TOKENS, max_concurrency=2)
    report = Enricher(configured_lake(), OpenAIModel(server), REQUESTS, "perceive", "run").run()
    assert report.answered + report.invalid == 5
    kept = world.lake("select count(*) from control.llm_responses")[0][0]
    assert kept == report.answered
    [(calls, seconds)] = world.lake("select count(*), sum(latency_ms) / 1000 from control.llm_calls")
    assert calls >= 5
    assert seconds > 0
    assert world.lake("select count(*) from control.model_features") == [(1,)]
