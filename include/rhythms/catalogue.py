"""The ten rhythms, in one table: what each is, when it beats, what wakes it, what it asks and serves, its deadline.

The steps of a rhythm are in its DAG file. Everything else that is known of it is here: DAG files, health, metrics,
commands, documents and tests read it. Only the standard library is imported: the command line reads it at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from include.rhythms.sleep_plan import PartOfNight

BACKLOG_AGE = timedelta(minutes=30)
"""How long a memory may wait for a waking stage while that is awake."""

_SLEEP_IN_WORDS: dict[PartOfNight, str] = {
    "slow_wave": "at the start of each of the night's {cycles} cycles",
    "cycle": "in the middle of each of the night's {cycles} cycles",
    "rem": "in the REM part of each of the night's {cycles} cycles",
    "sunday": "on Sunday after the night's last cycle",
    "morning": "once a day, at waking time",
}


@dataclass(frozen=True)
class Beats:
    """When a rhythm begins by itself, in local time.

    `awake_every`: minutes between beats of the waking day; `all_day_every`: minutes between beats, day and night;
    `at_hours`: hours of the day with a beat; `asleep`: which part of a night has one.
    """

    awake_every: int | None = None
    all_day_every: int | None = None
    at_hours: tuple[int, ...] = ()
    asleep: PartOfNight | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self != Beats()

    def in_words(self, cycles: int) -> str:
        """The schedule as web UI and documents show it, for nights of so many cycles; empty where there is no beat."""
        parts = []
        if self.awake_every:
            parts.append(f"{_every(self.awake_every)} while awake")
        if self.all_day_every:
            parts.append(f"{_every(self.all_day_every)}, day and night")
        if self.at_hours:
            parts.append("at " + ", ".join(f"{hour:02d}:00" for hour in self.at_hours))
        if self.asleep:
            parts.append(_SLEEP_IN_WORDS[self.asleep].format(cycles=cycles))
        return "; ".join(parts)


@dataclass(frozen=True)
class Announcement:
    """An asset that wakes a rhythm, and the rhythm and task that announce it; None where the store does."""

    asset: str
    rhythm: str | None = None
    task: str = "announce"


@dataclass(frozen=True)
class Rhythm:
    """One DAG, and all that is known of it beside its steps.

    `command`: its `--type` on the command line; `brain`: what of the brain it is; `does`: what it does, in a phrase;
    `deadline`: from when a run is queued until it is done;
    `patience`: how long, while the owner is awake, work may wait without a run that succeeds; None for what works at
    night alone, and for upkeep;
    `tasks`: what it asks the language model; `serves`: the tables of `codex_processed` that it publishes;
    `in_night`: whether `consolidate --type all` goes through it.
    """

    dag_id: str
    brain: str
    does: str
    deadline: timedelta
    command: str | None = None
    patience: timedelta | None = None
    tasks: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    beats: Beats = Beats()
    woken_by: tuple[Announcement, ...] = ()
    in_night: bool = True


WORKING_MEMORY = Rhythm(
    "working_memory",
    command="working",
    brain="prefrontal cortex",
    does="attention: 7 ± 2 places, four in focus",
    deadline=timedelta(seconds=60),
    patience=BACKLOG_AGE,
    tasks=("perceive", "embedding"),
    serves=("memory_index",),
    beats=Beats(awake_every=1),
    woken_by=(Announcement("saved_memories"),),
)
INSIGHTS = Rhythm(
    "insights",
    command="insights",
    brain="the quick path",
    does="the quick path: one insight a memory, once for what says nearly the same",
    deadline=timedelta(minutes=5),
    patience=BACKLOG_AGE,
    serves=("insights",),
    beats=Beats(awake_every=5),
    woken_by=(
        Announcement("memories", "working_memory", task="memories"),
        Announcement("relations", "hippocampal_replay", task="relations"),
    ),
)
SHORT_TERM_MEMORY = Rhythm(
    "short_term_memory",
    command="short_term",
    brain="hippocampus: encoding",
    does="traces: goal, place, people, feeling; episodes",
    deadline=timedelta(minutes=5),
    patience=BACKLOG_AGE,
    serves=("episodes",),
    # What a failed run left is not announced again: a beat finds it.
    beats=Beats(awake_every=15),
    woken_by=(Announcement("attention", "working_memory", task="attention"),),
)
HIPPOCAMPAL_REPLAY = Rhythm(
    "hippocampal_replay",
    command="hippocampal",
    brain="hippocampus: replay",
    does="replay, Hebbian links, consolidation",
    deadline=timedelta(minutes=15),
    patience=timedelta(hours=2),
    tasks=("pattern_discovery", "relate"),
    serves=("associations", "memory_strengths"),
    beats=Beats(awake_every=60, asleep="slow_wave"),
    woken_by=(Announcement("ready_episodes", "short_term_memory"),),
)
DEEP_SLEEP = Rhythm(
    "deep_sleep",
    command="deep_sleep",
    brain="neocortex",
    does="knowledge: gist, columns, concepts, strength; threads; commitments, changes of mind, questions",
    deadline=timedelta(minutes=30),
    patience=timedelta(hours=7),
    tasks=("semantic_summary", "thread"),
    serves=("semantic_memory", "threads", "thread_members", "commitments", "changes_of_mind", "questions"),
    beats=Beats(at_hours=(0, 6, 12, 18), asleep="cycle"),
    woken_by=(Announcement("replayed", "hippocampal_replay"),),
)
REM_SLEEP = Rhythm(
    "rem_sleep",
    command="rem_sleep",
    brain="REM sleep",
    does="dreams: what one thread has to give to an open point of another",
    deadline=timedelta(minutes=30),
    tasks=("dream", "dream_choice"),
    serves=("creative_insights",),
    beats=Beats(asleep="rem"),
)
SYNAPTIC_HOMEOSTASIS = Rhythm(
    "synaptic_homeostasis",
    command="homeostasis",
    brain="synaptic downscaling",
    does="downscaling, pruning, archiving",
    deadline=timedelta(minutes=30),
    serves=("semantic_memory", "associations"),
    beats=Beats(asleep="sunday"),
)
AWAKENING = Rhythm(
    "awakening",
    command="awakening",
    brain="waking up",
    does="the morning: what is due, what moved, a question, a dream; delivered",
    deadline=timedelta(minutes=10),
    serves=("mornings",),
    beats=Beats(asleep="morning"),
)
MAINTENANCE = Rhythm(
    "maintenance",
    brain="upkeep",
    does="upkeep of the lake, a backup, retention",
    deadline=timedelta(hours=1),
    beats=Beats(at_hours=(14,)),
    in_night=False,
)
HEALTH = Rhythm(
    "health",
    brain="upkeep",
    does="health, backlog, the journey of each memory",
    deadline=timedelta(minutes=2),
    serves=("memory_journey",),
    beats=Beats(all_day_every=10),
    in_night=False,
)

RHYTHMS = (
    WORKING_MEMORY,
    SHORT_TERM_MEMORY,
    HIPPOCAMPAL_REPLAY,
    INSIGHTS,
    DEEP_SLEEP,
    REM_SLEEP,
    SYNAPTIC_HOMEOSTASIS,
    AWAKENING,
    MAINTENANCE,
    HEALTH,
)
"""All, in the order in which a night goes through them: what replay found of several memories is an insight, too."""

BY_DAG = {rhythm.dag_id: rhythm for rhythm in RHYTHMS}

NIGHT = tuple(rhythm for rhythm in RHYTHMS if rhythm.in_night)
"""What `consolidate --type all` goes through, in order."""


def duration_in_words(duration: timedelta) -> str:
    """A deadline or patience as documents tell it: 60 s, 15 min, 7 h."""
    minutes = duration.total_seconds() / 60
    return "60 s" if minutes == 1 else f"{minutes / 60:.0f} h" if minutes >= 60 else f"{minutes:.0f} min"


def _every(minutes: int) -> str:
    return {1: "every minute", 60: "every hour"}.get(minutes, f"every {minutes} minutes")
