"""The planted notes: what a person wrote, and what it commits to by the one who planted it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Planted:
    """A commitment as it was meant."""

    key: str
    what: str
    who: str
    to_whom: str | None
    due: date | None
    certainty: str
    at: time | None


@dataclass
class PlantedNote:
    """A note with what it opens, and what it closes (key → state)."""

    at: datetime
    text: str
    opens: list[Planted] = field(default_factory=list)
    closes: dict[str, str] = field(default_factory=dict)


def planted_notes(name: str) -> list[PlantedNote]:
    """The notes of `commitments_<name>.txt`, in time order."""
    path = FOLDER / f"commitments_{name}.txt"
    return list(_notes(path.read_text(encoding="utf-8").splitlines()))


def _notes(lines: list[str]) -> Iterator[PlantedNote]:
    note: PlantedNote | None = None
    for line in lines:
        if line.startswith("@ "):
            if note:
                yield note
            note = PlantedNote(datetime.fromisoformat(line[2:].strip().replace(" ", "T")), "")
        elif note is None or line.startswith("#"):
            continue
        elif line.startswith("+ "):
            note.opens.append(_commitment(line[2:]))
        elif re.match(r"- [a-z]\d\d \w+$", line):
            key, state = line[2:].split()
            note.closes[key] = state
        else:
            note.text = f"{note.text}\n{line}".strip()
    if note:
        yield note


def _commitment(line: str) -> Planted:
    key, what, parties, when = (part.strip() for part in line.split("|"))
    who, _, whom = (part.strip() for part in parties.partition(">"))
    said = when.split()
    dated = said[0] != "none"
    return Planted(
        key,
        what,
        who,
        whom or None,
        date.fromisoformat(said[0]) if dated else None,
        said[1] if dated else "none",
        time.fromisoformat(said[2]) if len(said) > 2 else None,
    )
