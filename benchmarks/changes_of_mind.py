"""How well changes of mind are found: preferences of invented people that change, among notes about other things.

`python -m benchmarks.changes_of_mind EVENTS.jsonl [--others NOTES.jsonl]`: the events in the form of HaluMem (stage
3.2: `before_preference`, `after_preference`, `event_description`), which is not part of this repository (CC BY-NC-ND,
for evaluation alone). Each person's preferences become notes of one store: what is preferred at first, then each event.
Half of the people were for choosing the rules, half are held out. A pair counts as found if it joins a note of the
event with a note of the same preference.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

NEIGHBOURS = 8
"""Earlier notes that a later one is compared with, as the pipeline does."""
NEAR = 0.24
"""Cosine from which an earlier note is near enough to be compared (`related_likeness` on the scale of the model)."""
Way = Literal["story", "statement", "both"]
"""How an event is told: what happened, what is preferred now, or both."""


@dataclass(frozen=True)
class Note:
    """A note of a person's store; `preference` is the one it is about, None for a note about something else."""

    text: str
    preference: int | None
    event: int | None = None


@dataclass
class Counts:
    """What was found of the events, and how many of the pairs that were found are right."""

    events: int = 0
    found: int = 0
    pairs: int = 0
    right: int = 0

    def line(self, name: str) -> str:
        """The figures in one line."""
        precision = self.right / self.pairs if self.pairs else 0.0
        recall = self.found / self.events if self.events else 0.0
        return f"{name:32} precision {precision:.3f} ({self.right}/{self.pairs})  recall {recall:.3f} of {self.events}"


def notes_of(person: dict[str, Any], way: Way) -> Iterator[Note]:
    """What a person notes: each preference when it first comes up, then each event, in the order of the events."""
    slots: dict[tuple[str, str], int] = {}
    events: list[Note] = []
    first: list[Note] = []
    for event in person["event_list"]:
        before, after = (event[f"{when}_preference"]["memory_points"][0] for when in ("before", "after"))
        key = (before["type_description"], before["specific_item"])
        if key not in slots:
            slots[key] = len(slots)
            first.append(Note(_stated(before), slots[key]))
        slot = slots[key]
        slots[after["type_description"], after["specific_item"]] = slot
        told = event["event_description"]
        stated = "" if after.get("deleted") else _stated(after)
        text = {"story": told, "statement": stated or told, "both": f"{told} {stated}".strip()}[way]
        events.append(Note(text, slot, len(events)))
    yield from first
    yield from events


def _stated(preference: dict[str, Any]) -> str:
    verb = "dislike" if preference["type"] == "dislike" else "like"
    item = preference["specific_item"]
    return f"I {verb} {item[:1].lower() + item[1:]}. {preference['reason']}"


def measure(people: list[dict[str, Any]], others: list[str], way: Way) -> Counts:
    """The figures over the people, each with the other notes in between."""
    from include.embedded_model import vectors
    from include.embedded_model.analysis import analyse
    from include.embedded_model.changes import changes

    counts = Counts()
    for person in people:
        notes = [*(Note(text, None) for text in others), *notes_of(person, way)]
        embedded = vectors.embed([note.text for note in notes], "document")
        for place, note in enumerate(notes):
            if note.event is None:
                continue
            likeness = embedded[:place] @ embedded[place]
            near = [int(other) for other in (-likeness).argsort(kind="stable")[:NEIGHBOURS] if likeness[other] >= NEAR]
            found = changes([analyse(notes[other].text) for other in near], analyse(note.text))
            right = [notes[near[position]].preference == note.preference for position, _ in found]
            counts.events += 1
            counts.found += any(right)
            counts.pairs += len(right)
            counts.right += sum(right)
    return counts


def main() -> None:
    """Print a line for each half of the people and each way to tell an event."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=Path)
    parser.add_argument("--others", type=Path, help="JSON Lines with `content`: notes about other things")
    given = parser.parse_args()
    people = [json.loads(line) for line in given.events.read_text(encoding="utf-8").splitlines() if line.strip()]
    others = []
    if given.others:
        lines = given.others.read_text(encoding="utf-8").splitlines()
        others = [json.loads(line)["content"] for line in lines[:200]]
    for name, half in (("choosing", people[0::2]), ("held out", people[1::2])):
        for way in ("both", "story", "statement"):
            print(measure(half, others, way).line(f"{name}, {way}"))


if __name__ == "__main__":
    main()
