"""Lives: what is planted, when the mind runs, and so which tables the properties are measured on.

Each life is lived once for the project as it stands, and once more for every mechanism that is broken on purpose and
that it must show. Nothing here depends on chance or on the time of day.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.conftest import ZONE
from tests.fidelity.mind import SLEEPING, WAKING, Mind
from tests.fidelity.planted import Note, direction
from tests.fidelity.rendered import Rendered

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo(ZONE))
"""A Monday; windows of attention begin at each five minutes."""
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FIELDS = ("work", "home", "garden")
SUBJECTS = 9


def subject_note(chance: random.Random, content: str, at: datetime, subject: int) -> Note:
    """An ordinary memory of one of nine subjects in three fields; alike within a subject, a little within a field."""
    field = FIELDS[subject % len(FIELDS)]
    return Note(
        content,
        at,
        importance=round(chance.betavariate(2, 2.5), 3),
        urgency=round(chance.betavariate(1.2, 4), 3),
        arousal=round(chance.betavariate(1.3, 4), 3),
        valence=round(chance.uniform(-0.5, 0.5), 3),
        goal=f"look after subject {subject}",
        topics=(f"subject {subject}", f"thing {chance.randrange(12)} of {subject}"),
        category=f"subject {subject}",
        vector=direction((field, 0.8), (f"subject {subject}", 0.8), (content, 0.6)),
    )


def stream(
    seed: str,
    days: int,
    bursts: int,
    notes_a_burst: int,
    *,
    first: datetime = MORNING,
    subjects: range = range(SUBJECTS),
) -> list[Note]:
    """Days of bursts of notes, each burst about one or two subjects, three minutes between two notes."""
    chance = random.Random(seed)
    notes = []
    for day in range(days):
        for burst in range(bursts):
            start = first + day * DAY + timedelta(minutes=round(burst * 14 * 60 / bursts) + chance.randrange(20))
            subject = chance.choice(subjects)
            for place in range(notes_a_burst):
                if chance.random() < 0.25:
                    subject = chance.choice(subjects)
                at = start + place * 3 * MINUTE + timedelta(seconds=chance.randrange(100))
                notes.append(subject_note(chance, f"{seed} {day}.{burst}.{place}", at, subject))
    return notes


def unlike(content: str, at: datetime, **features: Any) -> Note:
    """A memory that has nothing in common with any other."""
    return Note(content, at, vector=direction((content, 1.0)), topics=(f"only {content}",), **features)


class Lives:
    """The lives of one project; each is lived when it is first asked for."""

    def __init__(self, project: Rendered) -> None:
        self.project = project
        self._minds: list[Mind] = []

    def mind(self, notes: Iterable[Note] = (), **given: Any) -> Mind:
        """A new mind."""
        made = Mind(self.project, notes, **given)
        self._minds.append(made)
        return made

    def close(self) -> None:
        """Forget all of them."""
        for mind in self._minds:
            mind.close()

    # Attention

    @cached_property
    def busy_windows(self) -> Mind:
        """Forty windows with one to twenty competitors each, one of equal ones, one that differs in importance."""
        chance = random.Random("busy")
        notes = []
        for window in range(40):
            start = MORNING + window * 5 * MINUTE
            for place in range(window // 2 + 1):
                notes.append(
                    subject_note(
                        chance, f"busy {window}.{place}", start + timedelta(seconds=chance.randrange(300)), place % 9
                    )
                )
        equal = MORNING + 6 * timedelta(hours=1)
        notes += [unlike(f"equal {age}", equal + timedelta(seconds=300 - age)) for age in range(30, 301, 30)]
        ladder = MORNING + 7 * timedelta(hours=1)
        notes += [unlike(f"rung {rung}", ladder + timedelta(seconds=100), importance=rung / 20) for rung in range(21)]
        mind = self.mind(notes)
        mind.run("working_memory", as_of=MORNING + DAY)
        return mind

    @cached_property
    def outage(self) -> Mind:
        """A day of which nothing was worked off, with notes that can't be understood, then one run."""
        hopeless = replace(unlike("hopeless", MORNING - DAY), cannot_be_answered=True)
        mind = self.mind([hopeless])
        for beat in range(3):
            mind.run("working_memory", as_of=MORNING - DAY + (beat + 1) * MINUTE)
        notes = stream("outage", 1, 6, 14)
        notes += [unlike("x" * 50_001, MORNING), unlike("   ", MORNING + MINUTE)]
        notes += [unlike(f"crowd {place}", MORNING + timedelta(hours=15)) for place in range(14)]
        mind.remember(notes)
        mind.run("working_memory", as_of=MORNING + DAY)
        return mind

    # Whole weeks

    @cached_property
    def week_notes(self) -> list[Note]:
        """Seven days, three bursts of four."""
        return stream("week", 7, 3, 4)

    def nights(self, notes: Sequence[Note], days: int) -> list[datetime]:
        """A nap at three in the morning after each day."""
        first = min(note.created_at for note in notes).astimezone(ZoneInfo(ZONE))
        start = first.replace(hour=3, minute=0, second=0, microsecond=0) + DAY
        return [start + day * DAY for day in range(days)]

    def slept(self, notes: Sequence[Note], days: int, *, but: Sequence[str] = ()) -> Mind:
        """All notes at once, and the nights one by one."""
        mind = self.mind(notes)
        for night in self.nights(notes, days):
            mind.run(*WAKING[:2], *SLEEPING, as_of=night, asleep=True, but=but)
        return mind

    @cached_property
    def week(self) -> Mind:
        """A week in one batch a night."""
        return self.slept(self.week_notes, 7)

    @cached_property
    def week_by_the_minute(self) -> Mind:
        """The same week, a run at every minute at which a note came or a trace became ready."""
        mind = self.mind()
        nights = self.nights(self.week_notes, 7)
        beats: dict[datetime, list[Note]] = {}
        for note in self.week_notes:
            beats.setdefault(note.created_at.replace(second=0) + MINUTE, []).append(note)
        for night in nights:
            beats.setdefault(night, [])
        for beat, arrived in sorted(beats.items()):
            mind.remember(arrived)
            if beat in nights:
                mind.run(*WAKING[:2], *SLEEPING, as_of=beat, asleep=True)
            else:
                mind.run(*WAKING, as_of=beat, but=("pattern_discovery",))
        return mind

    @cached_property
    def week_shuffled(self) -> Mind:
        """The same week, its notes in another order in the source."""
        notes = list(self.week_notes)
        random.Random("shuffled").shuffle(notes)
        return self.slept(notes, 7)

    @cached_property
    def volumes(self) -> tuple[Mind, Mind]:
        """Four days, and the same days with as many sittings more, between the others, about as many other subjects."""
        twice = [
            *stream("volume a", 4, 4, 6, subjects=range(4)),
            *stream("volume b", 4, 4, 6, first=MORNING + 105 * MINUTE, subjects=range(4, 8)),
        ]
        once = [note for note in twice if note.content.startswith("volume a")]
        but = ("pattern_discovery", "semantic_summary", "dream")
        return self.slept(once, 4, but=but), self.slept(twice, 4, but=but)

    @cached_property
    def planted_episodes(self) -> tuple[Mind, dict[Any, int]]:
        """Twelve days with three sittings of two or three subjects each; the episode each memory was planted in."""
        chance = random.Random("episodes")
        notes, planted = [], {}
        episode = 0
        for day in range(12):
            at = MORNING + day * DAY
            for _ in range(3):
                for _ in range(chance.choice((2, 3))):
                    episode += 1
                    for place in range(chance.randrange(5, 9)):
                        vector = direction((f"episode {episode}", 1.0), (f"{episode} {place}", 0.5))
                        note = Note(f"episode {episode}.{place}", at, vector=vector, topics=(f"e{episode}",))
                        notes.append(note)
                        planted[note.memory_id] = episode
                        at += timedelta(seconds=chance.randrange(100, 200))
                at += timedelta(minutes=chance.randrange(40, 120))
        mind = self.mind(notes)
        mind.run("working_memory", "short_term_memory", as_of=MORNING + 13 * DAY)
        return mind, planted

    # Links

    @cached_property
    def coactivated(self) -> tuple[Mind, list[Note]]:
        """Two hundred memories that the ledger knows to have been active together so and so often.

        Pair n of the first fifty: n times with full activation. The other fifty: twenty replays with activations of all
        sizes, the same in two orders.
        """
        notes = [unlike(f"pair {place}", MORNING + place * 10 * MINUTE) for place in range(300)]
        mind = self.mind(notes)
        mind.run("working_memory", "short_term_memory", as_of=MORNING + 4 * DAY)
        rows = []
        for number in range(1, 51):
            a, b = notes[2 * number - 2].memory_id, notes[2 * number - 1].memory_id
            rows += [(a, b, MORNING + 3 * DAY + step * MINUTE, 1.0) for step in range(number)]
        chance = random.Random("order")
        for number in range(50):
            activations = [round(chance.uniform(0.05, 1), 3) for _ in range(20)]
            for place in (100 + 4 * number, 102 + 4 * number):
                a, b = notes[place].memory_id, notes[place + 1].memory_id
                rows += [
                    (a, b, MORNING + 3 * DAY + step * MINUTE, activation) for step, activation in enumerate(activations)
                ]
                chance.shuffle(activations)
        chance.shuffle(rows)
        mind.write(
            "insert into consolidation.replay_events by name select 'asleep' as phase, date '2026-03-04' as night, "
            "1 as cycle, ? as memory_id, ? as partner_id, ? as event_at, 1 as repetitions, 1.0 as activation, "
            "? as partner_activation, false as is_old, '' as version_hash, '' as prefix_key, 0 as beat",
            rows,
        )
        mind.run("hippocampal_replay", as_of=MORNING + 4 * DAY, gated=False, only=("memory_associations",))
        return mind, notes

    @cached_property
    def apart(self) -> Mind:
        """A day of notes; some alone on their days and unlike all others, some not answered, some aimless."""
        notes = stream("together", 1, 4, 5)
        notes += [unlike(f"alone {day}", MORNING + (day + 1) * DAY) for day in range(3)]
        failing = [
            replace(
                unlike(f"unanswered {place}", notes[place].created_at + timedelta(seconds=7)), cannot_be_answered=True
            )
            for place in range(4)
        ]
        mute = [
            replace(unlike(f"mute {place}", notes[place + 8].created_at + timedelta(seconds=7)), goal=None)
            for place in range(4)
        ]
        mind = self.mind([*notes, *failing, *mute])
        for beat in range(3):
            mind.run("working_memory", as_of=MORNING + 5 * DAY + beat * MINUTE)
        for beat in range(3):
            mind.run("short_term_memory", as_of=MORNING + 5 * DAY + beat * MINUTE)
        for night in range(2):
            mind.run("hippocampal_replay", as_of=MORNING + (5 + night) * DAY, asleep=True, but=("pattern_discovery",))
        return mind

    # Feeling

    @cached_property
    def feelings(self) -> tuple[Mind, dict[str, list[Note]]]:
        """Matched memories that differ in arousal only, on days apart; weak ones near and far from strong ones."""
        groups: dict[str, list[Note]] = {}
        chance = random.Random("feelings")
        likes = [(round(chance.betavariate(2, 2.5), 3), round(chance.betavariate(1.2, 4), 3)) for _ in range(500)]
        day = 0
        for arousal, count in ((0.1, 500), (0.3, 250), (0.5, 250), (0.7, 250), (0.9, 500)):
            for start in range(0, count, 50):
                for place, (importance, urgency) in enumerate(likes[start : min(count, start + 50)]):
                    note = unlike(
                        f"arousal {arousal} {start + place}",
                        MORNING + day * DAY + place * 15 * MINUTE,
                        importance=importance, urgency=urgency, arousal=arousal,
                    )  # fmt: skip
                    groups.setdefault(f"arousal {arousal}", []).append(note)
                day += 1
        for turn in range(20):
            noon = MORNING + day * DAY + timedelta(hours=1)
            groups.setdefault("strong", []).append(unlike(f"strong {turn}", noon, importance=0.9, arousal=0.95))
            for place in range(6):
                importance, urgency = likes[6 * turn + place]
                weak = {"importance": importance * 0.5, "urgency": urgency * 0.5, "arousal": 0.1}
                near = noon + (place + 1) * 10 * MINUTE
                groups.setdefault("near", []).append(unlike(f"near {turn}.{place}", near, **weak))
                groups.setdefault("far", []).append(unlike(f"far {turn}.{place}", near + timedelta(hours=7), **weak))
            day += 1
        mind = self.mind(note for notes in groups.values() for note in notes)
        mind.run(*WAKING[:2], "hippocampal_replay", as_of=MORNING + day * DAY, asleep=True, but=("pattern_discovery",))
        return mind, groups

    @cached_property
    def flipped(self) -> tuple[Mind, Mind]:
        """Two days of the same memories, once with every valence turned into its opposite; two nights."""
        notes = stream("flipped", 2, 4, 5)
        opposite = [replace(note, valence=-note.valence) for note in notes]
        but = ("dream",)
        return self.slept(notes, 2, but=but), self.slept(opposite, 2, but=but)

    # Forgetting

    @cached_property
    def forgetting(self) -> tuple[Mind, dict[str, list[Note]]]:
        """Memories consolidated on each of the last ninety days, and then recalled, studied again, or left alone."""
        start = MORNING
        groups = {
            "age": [unlike(f"age {day}", start - (day + 1) * DAY) for day in range(1, 91)],
        } | {
            name: [unlike(f"{name} {place}", start - days * DAY + (20 * place + turn) * MINUTE) for place in range(3)]
            for turn, (name, days) in enumerate(
                {"untouched": 9.5, "restudied": 9.2, "retrieved": 8.8, "spaced": 40.5, "massed": 40.2}.items()
            )
        }
        consolidated = {note.memory_id: start - day * DAY for day, note in enumerate(groups["age"], start=1)}
        consolidated |= {
            note.memory_id: start - 7 * DAY for name in ("untouched", "restudied", "retrieved") for note in groups[name]
        }
        first = start - 36 * DAY
        consolidated |= {note.memory_id: first for name in ("spaced", "massed") for note in groups[name]}
        mind = self.mind(note for notes in groups.values() for note in notes)
        mind.run("working_memory", "short_term_memory", as_of=start)
        for note in groups["restudied"]:
            mind.restudy(note, start - 6 * DAY)
        for note in groups["retrieved"]:
            mind.recall(note, start - 6 * DAY)
        for note in groups["spaced"]:
            for day in (0, 2, 4, 6):
                mind.recall(note, first + day * DAY + MINUTE)
        for note in groups["massed"]:
            for exposure in range(4):
                mind.recall(note, first + 6 * DAY + (exposure + 1) * MINUTE)
        # What was rewritten then was seen then; no gate looks for it so long after.
        mind.run("working_memory", "short_term_memory", as_of=start, gated=False)
        # What was replayed until it passed the threshold, and when; the rest is the pipeline's.
        mind.write(
            "insert into consolidation.replay_events by name select 'asleep' as phase, cast(? as date) as night, "
            "1 as cycle, ? as memory_id, cast(null as uuid) as partner_id, ? as event_at, 8 as repetitions, "
            "1.0 as activation, false as is_old, '' as version_hash, '' as prefix_key, 0 as beat",
            [(at.date(), memory, at) for memory, at in consolidated.items()],
        )
        cortex = ("stg_codex_processed__retrievals", "trace_strength", "memory_associations", "pattern_requests")
        mind.run("hippocampal_replay", as_of=start, gated=False, only=cortex)
        mind.answer("consolidation.pattern_requests", "pattern_discovery")
        mind.run("hippocampal_replay", as_of=start, gated=False, only=("memory_replay",))
        mind.run("deep_sleep", as_of=start, gated=False, only=("ltm_strength",))
        return mind, groups

    # The week's end

    @cached_property
    def sunday(self) -> dict[str, Any]:
        """Two weeks of nights, then homeostasis; what links weighed before, after, and after the next night."""
        notes = stream("sunday", 3, 4, 6) + stream("sunday b", 2, 4, 6, first=MORNING + 10 * DAY)
        mind = self.slept(notes, 12, but=("dream",))
        sunday = MORNING + 12 * DAY + timedelta(hours=22)
        ask = "select memory_a, memory_b, weight, last_at, effective_weight from consolidation.memory_associations"
        before = mind.ask(ask)
        mind.run("synaptic_homeostasis", as_of=sunday)
        scaled = set(mind.ask("select memory_a, memory_b from homeostasis.scaling_events"))
        rebuild = ("trace_strength", "memory_associations")
        mind.run("hippocampal_replay", as_of=sunday, gated=False, only=rebuild)
        after = mind.ask(ask)
        mind.run("synaptic_homeostasis", as_of=sunday + timedelta(hours=1))
        mind.run("hippocampal_replay", as_of=sunday, gated=False, only=rebuild)
        again = mind.ask(ask)
        mind.remember(stream("monday", 1, 2, 5, first=MORNING + 14 * DAY))
        mind.run(*WAKING[:2], *SLEEPING, as_of=MORNING + 14 * DAY + timedelta(hours=19), asleep=True)
        later = mind.ask(ask)
        replayed = set(
            mind.ask(
                "select distinct least(memory_id, partner_id), greatest(memory_id, partner_id) "
                "from consolidation.replay_events where partner_id is not null and event_at > ?",
                [sunday],
            )
        )
        return {
            "sunday": sunday, "before": before, "after": after, "again": again, "later": later, "scaled": scaled,
            "replayed": replayed,
        }  # fmt: skip

    @cached_property
    def year(self) -> dict[str, Any]:
        """A year of ten notes a week, slept on and scaled once a week; the links' weights after each week."""
        weeks = 52
        notes: list[Note] = []
        for week in range(weeks):
            notes += stream(f"year {week}", 1, 2, 5, first=MORNING + week * 7 * DAY)
        probe = unlike("probe", MORNING + 3 * DAY, importance=0.02, urgency=0.0, arousal=0.0)
        mind = self.mind([*notes, probe])
        mind.run(*WAKING[:2], as_of=MORNING + weeks * 7 * DAY)
        recalled = notes[3]
        mind.recall(recalled, MORNING + 5 * DAY)
        means, saturated, protected = [], [], {}
        for week in range(weeks):
            night = MORNING + week * 7 * DAY + timedelta(hours=19)
            mind.run("hippocampal_replay", as_of=night, asleep=True, but=("pattern_requests", "pattern_discovery"))
            sunday = night + 6 * DAY
            before = mind.ask(
                "select memory_a, memory_b, weight * exp(-0.001 * date_diff('hour', last_at, ?::timestamptz)) "
                "from consolidation.memory_associations", [sunday],
            )  # fmt: skip
            strongest = sorted(before, key=lambda row: -row[2])[: round(0.2 * len(before)) - 1]
            protected[sunday] = {(a, b) for a, b, _ in strongest}
            mind.run("synaptic_homeostasis", as_of=sunday)
            [[mean, share]] = mind.ask(
                "select avg(weight), avg((weight >= 0.99)::int) from consolidation.memory_associations"
            )
            means.append(mean)
            saturated.append(share)
        return {"mind": mind, "means": means, "saturated": saturated, "protected": protected,
                "probe": probe, "recalled": recalled}  # fmt: skip

    # Dreams, and a night by the plan

    @cached_property
    def dreams(self) -> Mind:
        """Five days of notes, and seven nights of dreams."""
        notes = stream("dreams", 5, 4, 6)
        mind = self.slept(notes, 5)
        for night in self.nights(notes, 8)[5:]:
            mind.run("rem_sleep", as_of=night, asleep=True, gated=False)
        return mind

    @cached_property
    def planned_night(self) -> Mind:
        """Two days of notes, a nap, and a night by the sleep plan: every beat of its five cycles."""
        notes = stream("planned", 3, 4, 6)
        mind = self.slept(notes, 2)
        evening = (MORNING + 2 * DAY).date()
        mind.run(*WAKING[:2], as_of=MORNING + 2 * DAY + timedelta(hours=14))
        beats: list[tuple[datetime, str]] = []
        for cycle in range(1, mind.plan.cycles + 1):
            beats.append((mind.plan.cycle_start(evening, cycle), "hippocampal_replay"))
            beats.append((mind.plan.rem_start(evening, cycle), "rem_sleep"))
        for beat, rhythm in sorted(beats):
            mind.run(rhythm, as_of=beat, trigger="scheduled")
            if rhythm == "hippocampal_replay":
                mind.run("deep_sleep", as_of=beat + 45 * MINUTE, trigger="scheduled")
        return mind


def successive(rows: Sequence[Any]) -> Iterable[tuple[Any, Any]]:
    """Each row with the next."""
    return pairwise(rows)
