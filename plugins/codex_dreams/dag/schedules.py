"""The schedule of a rhythm's DAG: its beats, the assets any of which wakes it, or both, as the catalogue has them."""

from __future__ import annotations

from airflow.sdk import AssetAny, AssetOrTimeSchedule

from codex_dreams.dag.assets import ASSETS
from codex_dreams.timetables.rhythm import RhythmTimetable
from codex_dreams.triggers.saved_memories import SAVED_MEMORIES
from include.rhythms.catalogue import Rhythm

_KNOWN = {**ASSETS, SAVED_MEMORIES.name: SAVED_MEMORIES}


def schedule(rhythm: Rhythm) -> RhythmTimetable | AssetAny | AssetOrTimeSchedule:
    """What a DAG is given as its `schedule`."""
    assets = AssetAny(*(_KNOWN[source.asset] for source in rhythm.woken_by))
    if not rhythm.beats:
        return assets
    timetable = RhythmTimetable(rhythm.beats)
    if not rhythm.woken_by:
        return timetable
    return AssetOrTimeSchedule(timetable=timetable, assets=assets)  # type: ignore[arg-type]  # a timetable of the core
