"""What `./codex rhythms` tells is what the DAGs are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from typer.testing import CliRunner

from include.monitoring.rhythm_states import read_rhythms
from include.monitoring.slas.episodes import Reading, judge
from include.monitoring.slas.measures import late_run
from include.rhythms.catalogue import RHYTHMS
from include.store.connection import connect
from tests.conftest import World

EVENING = datetime(2026, 3, 4, 22, tzinfo=UTC)  # 23:00 in Berlin
CHAIN = {
    "saved_memories": "working_memory",
    "memories": "insights",
    "relations": "insights",
    "attention": "short_term_memory",
    "ready_episodes": "hippocampal_replay",
    "replayed": "deep_sleep",
}


def test_each_rhythm_tells_its_beats_its_assets_and_its_deadline(world: World) -> None:
    found = {state.rhythm: state for state in read_rhythms(EVENING)}
    assert list(found) == [rhythm.dag_id for rhythm in RHYTHMS]
    assert {asset: state.rhythm for state in found.values() for asset in state.wakes_on} == CHAIN
    assert [beat.told for beat in found["deep_sleep"].next_beats] == [
        "night cycle 1 of 5, 23:15",
        "night cycle 2 of 5, 00:00",
        "night cycle 2 of 5, 00:45",
    ]
    assert found["working_memory"].next_beats[0].at == datetime(2026, 3, 5, 5, tzinfo=UTC)
    assert [beat.told for beat in found["short_term_memory"].next_beats] == ["06:00", "06:15", "06:30"]
    for rhythm in RHYTHMS:
        assert found[rhythm.dag_id].deadline_seconds == rhythm.deadline.total_seconds()
        assert found[rhythm.dag_id].missed == ()


def test_a_target_that_is_missed_is_told_until_it_is_met_again(world: World) -> None:
    from include.cli.__main__ import app

    late = late_run("insights", {"dag_run_id": "r", "state": "running", "queued_at": EVENING.isoformat()}, EVENING)
    assert late is not None
    slow = Reading("performance", "enrichment", "300 ms", "it took 450 ms", "150 ms", "the model's server")

    def missed() -> tuple[list[str], list[str]]:
        told = json.loads(CliRunner().invoke(app, ["rhythms", "--json"]).stdout)
        return [rhythm["rhythm"] for rhythm in told["rhythms"] if rhythm["missed"]], [
            miss["subject"] for miss in told["missed"]
        ]

    assert missed() == ([], [])
    with connect(world.url) as store:
        judge(store, late, EVENING)
        judge(store, slow, EVENING + timedelta(minutes=1))
    assert missed() == (["insights"], ["insights", "enrichment"])
    words = CliRunner().invoke(app, ["rhythms"]).stdout
    assert "Missed: enrichment (performance): it took 450 ms" in " ".join(words.split())
