"""A group of models that is built without dbt becomes what dbt would have made of it, and where it can't, dbt does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.errors import CodexError
from include.rhythms.catalogue import NIGHT, WORKING_MEMORY, Rhythm
from include.runs import consolidation, local
from include.settings import home
from tests.conftest import ZONE, World, new_world
from tests.include.runs.test_warm_rhythms import LAST, everything

AS_OF = ("2026-03-30T00:10:00+02:00", "2026-03-30T00:40:00+02:00")
AUDITS = "SELECT model, status, reason, rhythm FROM codex_processed.audits ORDER BY 1"
STEPS = "SELECT step, status, count(*) FROM codex_processed.stage_metrics GROUP BY 1, 2 ORDER BY 1, 2"


@pytest.fixture
def by_dbt(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The selections that dbt was asked to build."""
    asked: list[Sequence[str]] = []
    real = local.run_dbt

    def counted(arguments: Sequence[str], **given: Any) -> Any:
        asked.append(arguments)
        return real(arguments, **given)

    monkeypatch.setattr(local, "run_dbt", counted)
    return asked


@pytest.fixture(autouse=True)
def _nothing_kept(installation: Path) -> Iterator[None]:
    del installation
    shutil.rmtree(home().compiled, ignore_errors=True)
    yield
    shutil.rmtree(home().compiled, ignore_errors=True)


def run(as_of: str, *rhythms: Rhythm) -> None:
    consolidation.in_this_process(rhythms, {"as_of": as_of, "asleep": True}, lambda _: None)


def lived(world: World) -> dict[str, Any]:
    """What is there after two nights, the second with a changed note and without another."""
    notes = month(LAST, ZoneInfo(ZONE))[:14]
    world.remember(notes[:10])
    run(AS_OF[0], *NIGHT)
    world.remember(notes[10:])
    world.store(
        "UPDATE public.memories SET content = content || ' It held.' "
        "WHERE id = (SELECT min(id::text)::uuid FROM public.memories)"
    )
    world.store("DELETE FROM public.memories WHERE id = (SELECT max(id::text)::uuid FROM public.memories)")
    run(AS_OF[1], *NIGHT)
    rows = everything(world)
    return {
        **{
            name: of for name, of in rows.items() if not name.startswith(("monitoring.", "control.llm", "control.perf"))
        },
        "export": world.export(),
        "audits": world.store(AUDITS),
        "steps": world.store(STEPS),
    }


@pytest.mark.integration
@pytest.mark.timeout(2400)  # four nights, two of them by dbt
def test_what_is_built_without_dbt_is_what_dbt_builds(
    world: World, installation: Path, tmp_path: Path, by_dbt: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.KeptBuilds, "build", lambda *_: False)
    made_by_dbt = lived(world)
    assert len(by_dbt) > 20
    monkeypatch.undo()
    by_dbt.clear()
    with new_world(installation, tmp_path) as other:
        without = lived(other)
    assert by_dbt == [], "all groups were kept by the first life"
    assert made_by_dbt.keys() == without.keys()
    assert [name for name in without if without[name] != made_by_dbt[name]] == []


def test_what_changes_in_project_or_source_or_goes_wrong_is_left_to_dbt(
    world: World, by_dbt: list[Sequence[str]]
) -> None:
    world.remember([{"content": "The ferry sailed.", "created_at": "2026-03-01T09:00:00Z"}])
    run(AS_OF[0], WORKING_MEMORY)
    assert len(by_dbt) == 2
    world.remember([{"content": "The ferry sank.", "created_at": "2026-03-01T09:10:00Z"}])
    run(AS_OF[1], WORKING_MEMORY)
    assert len(by_dbt) == 2
    assert world.store("SELECT count(*) FROM codex_processed.memory_index") == [(2,)]

    world.store("ALTER TABLE public.memories ADD COLUMN colour text")
    world.remember([{"content": "The ferry was raised.", "created_at": "2026-03-01T09:20:00Z"}])
    run("2026-03-30T00:50:00+02:00", WORKING_MEMORY)
    assert len(by_dbt) == 4, "the source has another column"

    kept = next(path for path in home().compiled.iterdir() if path.name.startswith("wm_admissions"))
    told = json.loads(kept.read_text())
    told["checks"].append({"name": "never", "sql": "select 1"})
    kept.write_text(json.dumps(told))
    world.remember([{"content": "The ferry was mended.", "created_at": "2026-03-01T09:30:00Z"}])
    run("2026-03-30T01:00:00+02:00", WORKING_MEMORY)
    assert len(by_dbt) == 5, "a test is red"
    assert world.lake("select count(*), count(distinct memory_id) from working_memory.wm_admissions") == [(4, 4)]

    world.lake("update working_memory.wm_admissions set slot = -1")
    world.remember([{"content": "The ferry sailed again.", "created_at": "2026-03-01T09:40:00Z"}])
    with pytest.raises(
        CodexError, match=r"working_memory failed at .*attend\.wm_admissions \(in_range_wm_admissions_slot"
    ):
        run("2026-03-30T01:10:00+02:00", WORKING_MEMORY)
    found = {model: status for model, status, *_ in world.store(AUDITS)}
    assert (found["wm_feature_requests"], found["wm_admissions"]) == ("passed", "failed")
