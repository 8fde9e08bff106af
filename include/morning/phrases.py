"""What a morning says around the owner's own words, by language. What it tells is in the language of the notes."""

from __future__ import annotations

from dataclasses import dataclass

from include.settings import Language


@dataclass(frozen=True)
class Phrases:
    """Headings of the sections by kind of item, and the words within a line."""

    title: str
    nothing: str
    headings: dict[str, str]
    weekdays: tuple[str, ...]
    to: str
    """Before whom something is owed to: to Anna."""
    by: str
    """Before who owes it, where that is not the owner."""
    was_due: str
    at: str
    clashes_with: str
    before: str
    because: str
    last_seen: str
    keep: str
    settle: str
    failed: str
    notes: str


ENGLISH = Phrases(
    title="Good morning",
    nothing="Nothing is due, and nothing new came of the night.",
    headings={
        "due": "Due today",
        "late": "Late",
        "clash": "At the same time",
        "thread": "What moved",
        "changed": "You changed your mind",
        "question": "A question",
        "dream": "A dream",
        "fading": "Fading",
        "health": "Held back",
    },
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    to="to",
    by="by",
    was_due="was due",
    at="at",
    clashes_with="and",
    before="before:",
    because="because",
    last_seen="from",
    keep="keep it: ./codex trace",
    settle="settle it: ./codex questions",
    failed="{count} memories could not be understood: ./codex retry asks again.",
    notes="notes",
)

GERMAN = Phrases(
    title="Guten Morgen",
    nothing="Heute ist nichts fällig, und die Nacht hat nichts Neues gebracht.",
    headings={
        "due": "Heute fällig",
        "late": "Überfällig",
        "clash": "Zur selben Zeit",
        "thread": "Was sich bewegt hat",
        "changed": "Du hast es dir anders überlegt",
        "question": "Eine Frage",
        "dream": "Ein Traum",
        "fading": "Verblasst",
        "health": "Zurückgehalten",
    },
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    to="an",
    by="von",
    was_due="fällig war es am",
    at="um",
    clashes_with="und",
    before="vorher:",
    because="weil",
    last_seen="vom",
    keep="behalten: ./codex trace",
    settle="klären: ./codex questions",
    failed="{count} Erinnerungen konnten nicht verstanden werden: ./codex retry fragt noch einmal.",
    notes="Notizen",
)

PHRASES: dict[Language, Phrases] = {"en": ENGLISH, "de": GERMAN}
