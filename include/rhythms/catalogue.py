"""The nine rhythms: their names, and what they are called on the command line (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DEADLINES = {
    "working_memory": timedelta(seconds=60),
    "insights": timedelta(minutes=5),
    "short_term_memory": timedelta(minutes=5),
    "hippocampal_replay": timedelta(minutes=15),
    "deep_sleep": timedelta(minutes=30),
    "rem_sleep": timedelta(minutes=30),
    "synaptic_homeostasis": timedelta(minutes=30),
    "maintenance": timedelta(hours=1),
    "health": timedelta(minutes=2),
}
"""From the moment a run is queued until it is done, by DAG."""


@dataclass(frozen=True)
class Rhythm:
    """One DAG, what calls it on the command line, and what of the brain it is."""

    dag_id: str
    command: str | None
    brain: str

    @property
    def deadline(self) -> timedelta:
        """From when a run is queued until it is done."""
        return DEADLINES[self.dag_id]


WORKING_MEMORY = Rhythm("working_memory", "working", "prefrontal cortex")
INSIGHTS = Rhythm("insights", "insights", "the quick path")
SHORT_TERM_MEMORY = Rhythm("short_term_memory", "short_term", "hippocampus: encoding")
HIPPOCAMPAL_REPLAY = Rhythm("hippocampal_replay", "hippocampal", "hippocampus: replay")
DEEP_SLEEP = Rhythm("deep_sleep", "deep_sleep", "neocortex")
REM_SLEEP = Rhythm("rem_sleep", "rem_sleep", "REM sleep")
SYNAPTIC_HOMEOSTASIS = Rhythm("synaptic_homeostasis", "homeostasis", "synaptic downscaling")
MAINTENANCE = Rhythm("maintenance", None, "upkeep")
HEALTH = Rhythm("health", None, "upkeep")

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
