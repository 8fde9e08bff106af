"""The nine rhythms: their names, what they are called on the command line, and their deadlines (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Rhythm:
    """One DAG. `deadline` counts from when a run is queued."""

    dag_id: str
    command: str | None
    brain: str
    deadline: timedelta


WORKING_MEMORY = Rhythm("working_memory", "working", "prefrontal cortex", timedelta(seconds=60))
INSIGHTS = Rhythm("insights", "insights", "the quick path", timedelta(minutes=5))
SHORT_TERM_MEMORY = Rhythm("short_term_memory", "short_term", "hippocampus: encoding", timedelta(minutes=5))
HIPPOCAMPAL_REPLAY = Rhythm("hippocampal_replay", "hippocampal", "hippocampus: replay", timedelta(minutes=15))
DEEP_SLEEP = Rhythm("deep_sleep", "deep_sleep", "neocortex", timedelta(minutes=30))
REM_SLEEP = Rhythm("rem_sleep", "rem_sleep", "REM sleep", timedelta(minutes=30))
SYNAPTIC_HOMEOSTASIS = Rhythm("synaptic_homeostasis", "homeostasis", "synaptic downscaling", timedelta(minutes=30))
MAINTENANCE = Rhythm("maintenance", None, "upkeep", timedelta(hours=1))
HEALTH = Rhythm("health", None, "upkeep", timedelta(minutes=2))

RHYTHMS = (
    WORKING_MEMORY,
    INSIGHTS,
    SHORT_TERM_MEMORY,
    HIPPOCAMPAL_REPLAY,
    DEEP_SLEEP,
    REM_SLEEP,
    SYNAPTIC_HOMEOSTASIS,
    MAINTENANCE,
    HEALTH,
)

NIGHT = (
    WORKING_MEMORY,
    INSIGHTS,
    SHORT_TERM_MEMORY,
    HIPPOCAMPAL_REPLAY,
    DEEP_SLEEP,
    REM_SLEEP,
    SYNAPTIC_HOMEOSTASIS,
)
"""What `consolidate --type all` goes through, in order."""
