"""The steps of rhythms as their DAG files have them, kept from one process to the next.

To read them takes Airflow and Cosmos, seconds of processor time; what they were read from seldom changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.formats import write_whole
from include.rhythms.catalogue import Rhythm
from include.rhythms.steps import Ask, Build, Deliver, Publish, Step
from include.settings import REPOSITORY, home

_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (Ask, Build, Deliver, Publish)}


def steps_by_rhythm(rhythms: Sequence[Rhythm]) -> Mapping[str, Sequence[Step]]:
    """The steps of each rhythm by its DAG's id: those that were kept, where no file that they come from has changed.

    The dbt project must be parsed. Raises CodexError where a DAG file can't be read.
    """
    kept = home().root / "dbt" / "steps.json"
    made_of = dict(_made_of())
    known = _read(kept, made_of)
    if known is None or any(rhythm.dag_id not in known for rhythm in rhythms):
        from codex_dreams.dag.reading import dags_of, steps_of  # slow: Airflow
        from include.rhythms.catalogue import NIGHT

        known = {rhythm.dag_id: tuple(steps_of(dag)) for rhythm, dag in dags_of(NIGHT)}
        write_whole(kept, json.dumps({"made_of": made_of, "steps": {name: _told(of) for name, of in known.items()}}))
    return {rhythm.dag_id: known[rhythm.dag_id] for rhythm in rhythms}


def _made_of() -> Iterator[tuple[str, float]]:
    """The files that steps come from, and when each was last changed."""
    plugins = REPOSITORY / "plugins" / "codex_dreams"
    for path in (*(REPOSITORY / "dags").glob("*.py"), *(plugins / "dag").glob("*.py"), home().rendered):
        yield str(path), path.stat().st_mtime


def _told(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [{"kind": type(step).__name__, **asdict(step)} for step in steps]


def _read(kept: Path, made_of: Mapping[str, float]) -> dict[str, tuple[Step, ...]] | None:
    try:
        found = json.loads(kept.read_text())
        if found["made_of"] != made_of:
            return None
        return {name: tuple(_step(**told) for told in steps) for name, steps in found["steps"].items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # none, or of another version
        return None


def _step(kind: str, **given: Any) -> Step:
    step: Step = _KINDS[kind](**{name: tuple(of) if isinstance(of, list) else of for name, of in given.items()})
    return step
