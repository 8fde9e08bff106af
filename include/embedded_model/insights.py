"""What a note says only together with earlier ones: two things at one time, a mind that changed, a mishap that recurs.

Nothing is concluded that the notes do not say: an insight is the dates, and what was written on them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal, NamedTuple

from include.embedded_model.analysis import Analysis, Sentence
from include.embedded_model.changes import Change
from include.embedded_model.commitment_cues import CONDITIONAL
from include.embedded_model.commitments import commitments, statements
from include.embedded_model.gists import within

LONGEST_INSIGHT = 400
_LONGEST_QUOTE = 110
_SAME_TIME_MINUTES = 30
_RARE_ENOUGH = 2.4
"""How rare a word must be to be what goes wrong again; "day" is not."""
_SURE_ENOUGH = 0.65
"""How sure a change of mind must be to be told as one."""

_MISHAPS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"forgot(?:ten)?|vergessen|vergaß",
        r"missed|overslept|too late|verpasst|verschlafen|zu spät",
        r"hurts?|pain(?:ful)?|aches?|ached|aching|sore|pulled|cramps?|schmerz\w*|tut weh|tat weh|gezerrt|krampf",
        r"broke|broken|fail(?:s|ed)?|crash(?:es|ed)?|stuck|jammed|leaks?|leaked|timed out|kaputt|abgestürzt|klemmt",
        r"too (?:fast|much|many|early|long|hard)|zu (?:schnell|viel|viele|früh|lange)",
        r"lost|mislaid|verloren|verlegt",
        r"dizzy|dizziness|headaches?|migraine|slept (?:badly|poorly)|schwindlig|schwindel|kopfschmerzen|migräne",
    )
)
"""Kinds of what goes wrong; an expression of one kind is one for another."""
_DENIED = re.compile(
    r"\b(?:no|not|never|without|isn['\u2019]t|didn['\u2019]t|doesn['\u2019]t|kein\w*|nicht|nie|ohne)\b", re.IGNORECASE
)

_NTH = {
    "en": ("second", "third", "fourth", "fifth", "sixth"),
    "de": ("zweiten", "dritten", "vierten", "fünften", "sechsten"),
}


class Earlier(NamedTuple):
    """An earlier note: its date (YYYY-MM-DD) and how it was read."""

    date: str
    read: Analysis


class Waiting(NamedTuple):
    """What was to be done when the note was written."""

    noted: str
    """YYYY-MM-DD."""
    what: str
    due: date | None
    due_time: time | None


@dataclass(frozen=True)
class Insight:
    """What follows from a note and earlier ones together."""

    text: str
    kind: Literal["observation", "pattern"]
    confidence: float
    notes: tuple[int, ...]
    """Places, in `earlier`, of the notes that it rests on besides the new one."""


def insight_of(
    later: Analysis,
    moment: datetime | None,
    earlier: Sequence[Earlier],
    changed: Sequence[tuple[int, Change]],
    waiting: Sequence[Waiting],
) -> Insight | None:
    """The one thing worth telling, if any; in the language of the new note.

    :param changed: what the new note changes of which of the earlier ones, the surest first
    """
    found = (
        _clash(later, moment, waiting)
        or _recurrence(later, moment, earlier)
        or _change(later.language, earlier, changed)
    )
    return found if found is None or len(found.text) <= LONGEST_INSIGHT else None


def _clash(later: Analysis, moment: datetime | None, waiting: Sequence[Waiting]) -> Insight | None:
    """Two things at about the same time on one day."""
    for new in commitments(later, moment):
        if new.due is None or new.due_time is None:
            continue
        for other in waiting:
            if other.due != new.due or other.due_time is None or _words(new.what) & _words(other.what):
                continue
            if abs(_minutes(new.due_time) - _minutes(other.due_time)) < _SAME_TIME_MINUTES:
                at = f"{new.due.isoformat()} {new.due_time:%H:%M}"
                text = (
                    f"Zwei Dinge zur selben Zeit, {at}: {new.what}; {other.what} (notiert am {other.noted})."
                    if later.language == "de"
                    else f"Two things at the same time, {at}: {new.what}; {other.what} (noted on {other.noted})."
                )
                return Insight(text, "observation", 0.8, ())
    return None


def _minutes(at: time) -> int:
    return 60 * at.hour + at.minute


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}


def _change(language: str, earlier: Sequence[Earlier], changed: Sequence[tuple[int, Change]]) -> Insight | None:
    """What was held before, and what holds since."""
    sure = [(place, change) for place, change in changed if change.kind != "plan moved"]
    if not sure or sure[0][1].certainty < _SURE_ENOUGH:
        return None  # a plan that was moved is a commitment's fate, and no mind that changed
    place, change = sure[0]
    before, after = _quoted(change.before), _quoted(change.after)
    day = earlier[place].date
    text = (
        f"Am {day} war es noch anders: {before} Jetzt: {after}"
        if language == "de"
        else f"On {day} it was otherwise: {before} Now: {after}"
    )
    return Insight(text, "observation", change.certainty, (place,))


def _recurrence(later: Analysis, moment: datetime | None, earlier: Sequence[Earlier]) -> Insight | None:
    """The same kind of mishap with the same thing on other days."""
    best: tuple[float, Insight] | None = None
    for kind, mishap in enumerate(_MISHAPS):
        for sentence in _mishaps(later, mishap):
            for stem, rarity, written in _things(sentence, mishap):
                before = {
                    place: other
                    for place, note in enumerate(earlier)
                    if moment is None or note.date != moment.date().isoformat()
                    for other in _mishaps(note.read, mishap)
                    if stem in other.stems and other.stems != sentence.stems
                }
                if not before or len(before) > len(_NTH["en"]):
                    continue
                told = _told_again(later.language, written, sentence, [(earlier[p].date, before[p]) for p in before])
                weight = len(before) + rarity / 10 - kind / 1000
                if best is None or weight > best[0]:
                    confidence = round(min(0.9, 0.5 + 0.1 * len(before)), 4)
                    best = (weight, Insight(told, "pattern", confidence, tuple(before)))
    return best[1] if best else None


def _mishaps(read: Analysis, mishap: re.Pattern[str]) -> list[Sentence]:
    found = []
    for sentence in statements(read):
        said = mishap.search(sentence.text)
        if (
            said
            and not sentence.asks
            and not CONDITIONAL.search(sentence.text)
            and not _DENIED.search(sentence.text[: said.start()])
        ):
            found.append(sentence)
    return found


def _things(sentence: Sentence, mishap: re.Pattern[str]) -> list[tuple[str, float, str]]:
    """(stem, how rare, as written) of what the mishap could be about."""
    return [
        (word.stem, min(word.rarity, 5.0), word.text)
        for word in sentence.words
        if not word.grammatical and word.rarity >= _RARE_ENOUGH and len(word.base) > 2 and not mishap.search(word.text)
    ]


def _told_again(language: str, thing: str, sentence: Sentence, before: Sequence[tuple[str, Sentence]]) -> str:
    german = language == "de"
    nth = _NTH["de" if german else "en"][len(before) - 1]
    opening = f"Zum {nth} Mal, \u201e{thing}\u201c." if german else f"For the {nth} time, \u201c{thing}\u201d."
    told = [f"{day}: {_quoted(each.text)}" for day, each in before]
    now = "Jetzt" if german else "Now"
    return " ".join([opening, *told[-2:], f"{now}: {_quoted(sentence.text)}"])


def _quoted(text: str) -> str:
    return f"\u201c{within(' '.join(text.split()), _LONGEST_QUOTE)}\u201d"
