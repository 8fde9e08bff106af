"""The steps that are kept are those of the DAGs, and are read anew when a file of theirs changes."""

from __future__ import annotations

import os

from codex_dreams.dag.reading import dags_of, steps_of
from include.rhythms.catalogue import AWAKENING, NIGHT
from include.rhythms.steps import Deliver, Publish
from include.runs.known_steps import steps_by_rhythm
from include.settings import home
from tests.conftest import World


def test_what_is_kept_is_what_the_dags_say(world: World) -> None:
    del world
    kept = home().root / "dbt" / "steps.json"
    kept.unlink(missing_ok=True)
    said = {rhythm.dag_id: tuple(steps_of(dag)) for rhythm, dag in dags_of(NIGHT)}
    assert dict(steps_by_rhythm(NIGHT)) == said
    assert dict(steps_by_rhythm(NIGHT)) == said, "from the file"
    assert list(steps_by_rhythm([AWAKENING])) == ["awakening"]
    assert said["awakening"][-2:] == (Publish(), Deliver())

    written = kept.stat().st_mtime_ns
    os.utime(home().rendered)
    assert dict(steps_by_rhythm(NIGHT)) == said
    assert kept.stat().st_mtime_ns > written, "the project was parsed anew"
    kept.write_text("half a fi")
    assert dict(steps_by_rhythm(NIGHT)) == said
