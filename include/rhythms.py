"""The nine rhythms: their names, and what they are called on the command line (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from include.slas.targets import DEADLINES


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
