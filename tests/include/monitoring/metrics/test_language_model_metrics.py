"""`metrics`: what was asked of the language model in a period, on a real lake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.errors import CodexError
from include.lake.connection import configured_lake
from include.monitoring.metrics import read_metrics
from include.monitoring.metrics.period import Period
from tests.conftest import World

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOGGED = (
    "insert into control.llm_calls (called_at, run_id, task, request_id, contract, input_hash, model, outcome, "
    "latency_ms, prompt_tokens, answer_tokens) values (?, 'run', ?, 'id', 'contract', 'hash', 'm', ?, ?, ?, ?)"
)


def log(*calls: tuple[timedelta, str, str, float | None, int | None]) -> None:
    with configured_lake().connect(threads=1) as lake:
        for ago, task, outcome, latency, tokens in calls:
            lake.execute(LOGGED, [NOW - ago, task, outcome, latency, tokens, tokens])


def test_a_period_without_a_question_has_no_rate(world: World) -> None:
    found = read_metrics(configured_lake(), "24h", NOW)["language_model"]
    assert (found["questions"], found["calls"], found["hit_rate"], found["p50_latency_ms"]) == (0, 0, None, None)
    assert found["tasks"] == []


def test_hits_are_questions_and_what_was_sent_back_is_a_call(world: World) -> None:
    hour = timedelta(hours=1)
    log(
        (hour, "perceive", "hit", None, None),
        (hour, "perceive", "hit", None, None),
        (hour, "perceive", "hit", None, None),
        (hour, "perceive", "sent_back", 100.0, 10),
        (hour, "perceive", "repaired", 300.0, 10),
        (hour, "embedding", "answered", 20.0, 5),
        (hour, "embedding", "invalid", 20.0, None),
        (30 * hour, "perceive", "answered", 1e6, 1000),
    )
    found = read_metrics(configured_lake(), "24h", NOW)["language_model"]
    assert (found["questions"], found["hits"], found["hit_rate"], found["calls"]) == (6, 3, 0.5, 4)
    assert (found["answered"], found["repaired"], found["invalid"]) == (1, 1, 1)
    assert (found["prompt_tokens"], found["answer_tokens"]) == (25, 25)
    by_task = {task["task"]: task for task in found["tasks"]}
    assert by_task["perceive"]["p50_latency_ms"] == 200
    assert by_task["embedding"]["hit_rate"] == 0
    assert [(day["task"], day["questions"]) for day in found["days"]] == [
        ("perceive", 1),  # of yesterday, a whole day
        ("embedding", 2),
        ("perceive", 4),
    ]
    cost = [(row["task"], row["calls"], row["answer_tokens"], row["model_seconds"]) for row in found["cost"]]
    assert cost == [("embedding", 2, 5, 0.0), ("perceive", 2, 20, 0.4)]
    assert (found["model_seconds"], found["stragglers"]) == (0.4, 0)
    assert read_metrics(configured_lake(), "2d", NOW)["language_model"]["questions"] == 7


@pytest.mark.parametrize(
    ("length", "seconds"), [("90m", 5400), ("24h", 86400), (" 7d ", 7 * 86400), ("2w", 14 * 86400)]
)
def test_a_length_of_time_is_a_number_and_a_unit(length: str, seconds: int) -> None:
    assert Period.ending(NOW, length) == Period(NOW - timedelta(seconds=seconds), NOW)


@pytest.mark.parametrize("length", ["", "24", "h", "0h", "-1d", "1.5h", "24h; drop", "99999d", "1y"])
def test_anything_else_is_refused_with_an_example(length: str) -> None:
    with pytest.raises(CodexError, match="is no period; give something like 90m, 24h"):
        Period.ending(NOW, length)
