"""The state of an installation in numbers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from include.errors import CodexError
from include.lake.connection import configured_lake
from include.monitoring.status import FATES, accounting, read_status
from include.rhythms.catalogue import RHYTHMS
from include.rhythms.clock import Clock, set_clock
from include.settings import settings
from tests.conftest import ZONE, World
from tests.ollama_server import ollama_server


def test_every_memory_of_the_source_is_accounted_for(world: World) -> None:
    assert accounting() == {"source": 0} | dict.fromkeys(FATES, 0)
    world.remember([{"content": f"Note {number}."} for number in range(3)])
    assert accounting() == {"source": 3} | dict.fromkeys(FATES, 0) | {"pending": 3}
    assert read_status()["rhythms"]["working_memory"]["waiting"] == {
        "count": 3,
        "what": "memories are new, changed or gone",
    }


def test_the_status_tells_of_every_rhythm_and_part(world: World) -> None:
    night = datetime(2026, 3, 5, 2, tzinfo=UTC)
    set_clock(configured_lake(), Clock("rem_sleep", "run", night, "asleep", date(2026, 3, 4), 3, 0.85, 0.35, ZONE))
    told = read_status()
    assert told["rhythms"].keys() == {rhythm.dag_id for rhythm in RHYTHMS}
    assert told["rhythms"]["rem_sleep"]["as_of"] == "2026-03-05T02:00:00+00:00"
    assert told["rhythms"]["working_memory"]["as_of"] is None
    assert told["rhythms"]["rem_sleep"]["waiting"] is None
    assert told["rhythms"]["deep_sleep"]["waiting"]["count"] == 0
    assert (told["running"], told["web_url"]) == (False, None)
    assert (told["store"], told["lake"], told["timezone"]) == ("embedded", str(world.folder / "lake"), ZONE)
    assert told["language_model"] == "codex-embedded"
    assert next(iter(told["stages"])) == "source"
    assert told["stages"]["source"] == 0
    json.dumps(told, default=str)


def test_a_language_model_that_is_away_is_told_not_replaced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with ollama_server() as server:
        monkeypatch.setenv("OLLAMA_URL", server.url)
        monkeypatch.setenv("OLLAMA_MODEL", "mistral")
        settings.cache_clear()
        assert "not available: " in read_status()["language_model"]
        assert "ollama pull mistral" in read_status()["language_model"]
        server.models["mistral"] = "c" * 64
        assert read_status()["language_model"] == "mistral"
    settings.cache_clear()


def test_an_unprepared_store_says_what_to_do(world: World) -> None:
    world.store("DROP SCHEMA codex_processed CASCADE")
    with pytest.raises(CodexError, match="not prepared yet"):
        accounting()
