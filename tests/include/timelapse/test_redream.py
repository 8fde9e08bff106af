"""Past nights again, in a shadow: compared with what is served, which stays as it is."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.errors import CodexError
from include.timelapse.redream import redream
from tests.conftest import ZONE, World

pytestmark = pytest.mark.integration  # prepares a shadow and lives nights twice

EVENING = date(2026, 3, 29)


def test_a_night_again_with_another_parameter_is_compared_and_nothing_is_published(
    world: World, tmp_path: Path
) -> None:
    notes = [note for note in month(date(2026, 3, 30), ZoneInfo(ZONE)) if str(note["created_at"]) < "2026-03-29"]
    world.remember(notes[-12:])
    world.run("all", as_of="2026-03-30T06:00:00+02:00")
    before = world.export()
    known = world.store("SELECT count(*) FROM codex_processed.semantic_memory")[0][0]
    assert known > 0

    written = tmp_path / "shadow.jsonl"
    found = redream(EVENING, EVENING, tmp_path / "shadow", changes={"consolidation_threshold": 0.7}, export_to=written)
    assert found.served.knowledge == known
    assert found.shadow.insights == found.served.insights == 12
    assert found.insights_said_otherwise == 0  # the same model was asked the same
    assert found.shadow.knowledge == found.knowledge_in_both + found.knowledge_only_shadow
    assert found.shadow.knowledge < found.served.knowledge  # fewer pass a higher threshold
    assert {json.loads(line)["kind"] for line in written.read_text().splitlines()} >= {"memory", "insight"}
    assert found.failing_tests == []
    assert world.export() == before


def test_what_can_not_be_dreamt_is_told(world: World, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="give --from before --to"):
        redream(date(2026, 3, 2), date(2026, 3, 1), tmp_path)
    with pytest.raises(CodexError, match="set OLLAMA_URL"):
        redream(EVENING, EVENING, tmp_path, model="llama3.2")
    with pytest.raises(CodexError, match="consolidation_threshold is 2"):
        redream(EVENING, EVENING, tmp_path, changes={"consolidation_threshold": 2})
