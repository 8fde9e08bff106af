"""The owner's last word: at once for readers, over every night, until it is taken back."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from include.curation import corrections as owner
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.reading.journey import journey
from include.store.connection import connect
from include.transfer.import_records import import_records
from tests.conftest import World
from tests.include.cli.conftest import run_codex
from tests.include.threads.test_commitments_and_changes import INVOICE, NOTES, states

LILAC, GREY, SLOW, FAST = (UUID(int=number) for number in range(11, 15))
MINDS = [
    {"id": LILAC, "content": "I love Earl Grey in the morning, it calms me.", "created_at": "2026-03-03T09:00"},
    {"id": GREY, "content": "Went off Earl Grey, it tastes like soap now.", "created_at": "2026-03-04T09:00"},
]
NIGHT, NEXT = "2026-03-05T05:00+01:00", "2026-03-06T05:00+01:00"


def insights(world: World) -> dict[UUID, tuple[str, str]]:
    rows = world.store("SELECT memory_id, key_insight, extraction_model FROM codex_processed.insights")
    return {memory_id: (text, model) for memory_id, text, model in rows}


def insight_of(world: World, memory_id: UUID) -> str:
    [(found,)] = world.store("SELECT id::text FROM codex_processed.insights WHERE memory_id = %s", [memory_id])
    return str(found)


def test_what_is_rejected_is_gone_at_once_and_no_night_brings_it_back(world: World) -> None:
    world.remember(MINDS)
    world.run("all", as_of=NIGHT)
    before = insights(world)
    wanted = insight_of(world, LILAC)
    lake = configured_lake()
    owner.reject(lake, wanted[:13], by="test")
    assert insights(world) == {memory: told for memory, told in before.items() if memory != LILAC}
    assert world.lake("select count(*) from served.insights where memory_id = ?", [LILAC]) == [(0,)]
    world.remember([{"content": "The heron stood in the rain.", "created_at": "2026-03-05T13:00"}])
    world.run("all", as_of=NEXT)
    assert LILAC not in insights(world)
    owner.reject(lake, wanted, by="test", back=True)
    assert insights(world)[LILAC] == before[LILAC]
    with pytest.raises(CodexError, match="nothing to take back"):
        owner.reject(lake, wanted, by="test", back=True)


def test_a_corrected_text_stands_until_it_is_taken_back(world: World) -> None:
    world.remember(MINDS)
    world.run("all", as_of=NIGHT)
    lake, wanted = configured_lake(), insight_of(world, GREY)
    before = insights(world)[GREY]
    owner.correct(lake, wanted, "It was the water, not the tea.", by="test")
    assert insights(world)[GREY] == ("It was the water, not the tea.", "owner")
    owner.correct(lake, wanted, "It was the kettle.", by="test")
    assert insights(world)[GREY] == ("It was the kettle.", "owner")
    world.run("all", as_of=NEXT)
    assert insights(world)[GREY] == ("It was the kettle.", "owner")
    # Rejected, then corrected: the later word holds.
    owner.reject(lake, wanted, by="test")
    assert GREY not in insights(world)
    owner.correct(lake, wanted, "It was the kettle.", by="test")
    assert insights(world)[GREY] == ("It was the kettle.", "owner")
    owner.correct(lake, wanted, None, by="test", back=True)
    assert insights(world)[GREY] == before


def test_a_rejected_change_of_mind_is_none(world: World) -> None:
    world.remember(MINDS)
    world.run("all", as_of=NIGHT)
    [(change,)] = world.store("SELECT change_id::text FROM codex_processed.changes_of_mind")
    owner.reject(configured_lake(), change, by="test")
    assert world.store("SELECT count(*) FROM codex_processed.changes_of_mind") == [(0,)]
    world.run("all", as_of=NEXT)
    assert world.store("SELECT count(*) FROM codex_processed.changes_of_mind") == [(0,)]
    assert world.lake("select count(*) from threads.changes_of_mind") == [(1,)], "taking it back needs no model"
    # An assistant, the journey of each note, and the list show what was said.
    stages = journey(configured_lake(), str(LILAC)).as_json()["stages"]
    assert [stage["status"] for stage in stages if stage["stage"] == "owner"] == ["reject change"]
    [said] = run_codex("corrections", "--json").json
    assert (said["kind"], said["item_id"], said["verb"]) == ("change", change, "reject")
    assert run_codex("reject", change[:13], "--back", "--json").json["is_taken_back"] is True
    assert world.store("SELECT count(*) FROM codex_processed.changes_of_mind") == [(1,)]


def test_what_the_owner_said_is_exported_and_comes_back_by_import(world: World, tmp_path: Path) -> None:
    world.remember(MINDS)
    world.run("all", as_of=NIGHT)
    lake, wanted = configured_lake(), insight_of(world, GREY)
    owner.correct(lake, wanted, "It was the kettle.", by="test")
    owner.reject(lake, insight_of(world, LILAC), by="test")
    exported = world.export()
    (tmp_path / "all.jsonl").write_bytes(exported)
    world.store("DELETE FROM codex_processed.corrections")
    with connect(world.url) as store:
        import_records(store, tmp_path / "all.jsonl")
    assert world.export() == exported
    world.run("all", as_of=NEXT)
    assert insights(world) == {GREY: ("It was the kettle.", "owner")}


def test_a_promise_is_ticked_off_kept_open_and_dropped(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of="2026-03-04T23:50+01:00")
    lake = configured_lake()
    [(promise,)] = world.store(
        "SELECT commitment_id::text FROM codex_processed.commitments WHERE opened_by = %s", [INVOICE]
    )
    owner.answer(lake, promise, "done", by="test")
    assert states(world)[INVOICE] == "done"
    world.run("deep_sleep", as_of="2026-03-10T06:00+01:00")
    assert states(world)[INVOICE] == "done"
    # No question is asked of what is settled.
    assert world.store("SELECT count(*) FROM codex_processed.questions WHERE settled_at IS NULL") == [(0,)]
    owner.answer(lake, promise, None, by="test", back=True)
    assert states(world)[INVOICE] == "late"
    # The question is answered: the same event as of the commitment.
    [(question,)] = world.store("SELECT question_id::text FROM codex_processed.questions WHERE settled_at IS NULL")
    said = owner.answer(lake, question, "open", by="test")
    assert (said.item.kind, said.item.item_id) == ("commitment", promise)
    assert world.store("SELECT count(*) FROM codex_processed.questions WHERE settled_at IS NULL") == [(0,)]
    world.run("deep_sleep", as_of="2026-08-01T06:00+02:00")
    assert states(world)[INVOICE] == "late", "kept open, it does not lapse"
    with pytest.raises(CodexError, match="done, dropped or open"):
        owner.answer(lake, question, "both", by="test")
