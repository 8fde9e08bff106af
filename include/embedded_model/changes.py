"""Where a later note takes back, replaces or moves what an earlier one says: changes of mind, without weights.

Both must be about the same thing, by the words that tell most. Then one of three says that it changed: a turn of phrase
in the later note whose sentence names that thing ("no longer", "a shift from … to …"), an attitude that was turned
round ("I love", "I can't stand"), or another value in the same sentence ("on Thursday", "on Friday"), with words that
say so. A turn of phrase alone changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from include.embedded_model import change_cues as cues
from include.embedded_model.analysis import Analysis, Sentence
from include.embedded_model.commitments import statements
from include.embedded_model.words import words_of

CERTAIN_ENOUGH = 0.55
LONGEST = 300
"""Characters of what was said before and after."""
_ELSEWHERE = 0.25
"""What a word counts that stands in another sentence of the earlier note."""
_AFTER_THE_FIRST = 0.7
"""The same, where no sentence says what is liked or changed."""
_COMMON_POWER = 0.6
_SHARED_ENOUGH: dict[cues.Reach, float] = {"after": 1.2, "around": 1.2, "sentence": 2.2}
"""Sum of rarities that both notes must share: less where the cue itself stands beside the thing."""
_COVERED_ENOUGH = 0.28
"""Share of what the earlier note is about that the changing sentence names, by rarity."""
_GIVEN = re.compile(r"\b(?:since|after|when(?:ever)?|if|seit(?:dem)?|nachdem|wenn|als) (?:\w+ )?$", re.IGNORECASE)
"""Before a turn of phrase that is taken for granted: "since I stopped …" tells what came of it, not that it changed."""
_REPORTED = re.compile(
    r"\b(?:wrote|writes|said|says|asked|schrieb|schreibt|sagte|sagt|fragte)[^:]{0,40}: ", re.IGNORECASE
)
"""Behind it stand another's words: what both share there is no subject of the writer's."""
_NEAR_WORDS = 6
"""Words beside a cue that can name what changed; those of grammar do not count."""


@dataclass(frozen=True)
class Change:
    """What a later note says otherwise."""

    kind: cues.Kind
    subject: str
    """What both are about, in a few words."""
    before: str
    after: str
    certainty: float
    """0 to 1."""


class _Shared(NamedTuple):
    weight: float
    covered: float
    words: tuple[str, ...]


def change_between(earlier: Analysis, later: Analysis, common: Mapping[str, int] | None = None) -> Change | None:
    """What the later note changes of the earlier one; None where it changes nothing.

    `common` says of a stem how many notes around hold it: what they all share tells these two not apart.
    """
    if earlier.speaker and later.speaker and earlier.speaker != later.speaker:
        return None  # what another says changes nobody's mind
    turn = _turn(earlier, later, common or {})
    turned = _turned_round(earlier, later, common or {})
    found = [item for item in (turn, turned) if item is not None and item.certainty >= CERTAIN_ENOUGH]
    return max(found, key=lambda item: item.certainty) if found else None


def changes(earlier: Sequence[Analysis], later: Analysis) -> tuple[tuple[int, Change], ...]:
    """(place in `earlier`, what changed) of the notes that a later one changes, the surest first, none half as sure."""
    common = Counter(stem for note in earlier for stem in _subject(note))
    found = [(place, change) for place, note in enumerate(earlier) if (change := change_between(note, later, common))]
    found.sort(key=lambda item: (-item[1].certainty, item[0]))
    best = found[0][1].certainty if found else 0.0
    return tuple(item for item in found if item[1].certainty >= 0.9 * best)


# --- what both are about ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _subject(analysis: Analysis) -> dict[str, float]:
    """Stem → how much it tells of what a note is about: rarity, most where it says what is liked or changed."""
    rows = list(statements(analysis))
    telling = [bool(_attitude(row)) or any(turn.pattern.search(row.text) for turn in cues.TURNS) for row in rows]
    found: dict[str, float] = {}
    for nth, sentence in enumerate(rows):
        told = telling[nth] if any(telling) else nth == 0
        share = 1.0 if told else _ELSEWHERE if any(telling) else _AFTER_THE_FIRST
        for word in sentence.words:
            if (
                not word.grammatical
                and word.stem not in cues.GENERIC
                and len(word.base) > 2
                and not word.base.isdigit()
            ):
                weight = share * max(0.0, min(5.0, word.rarity) - 1.2)
                found[word.stem] = max(found.get(word.stem, 0.0), weight)
    return {stem: weight for stem, weight in found.items() if weight > 0}


def _shared(earlier: Analysis, sentences: Sequence[Sentence], common: Mapping[str, int]) -> _Shared:
    subject = {
        stem: weight / max(1, common.get(stem, 1)) ** _COMMON_POWER for stem, weight in _subject(earlier).items()
    }
    said = {word.stem: word.base for sentence in sentences for word in sentence.words}
    both = sorted((stem for stem in subject if stem in said), key=lambda stem: (-subject[stem], stem))
    weight = sum(subject[stem] for stem in both)
    # Of the earlier note the few words that tell most count: a reason given at length does not thin out its subject.
    total = sum(sorted(subject.values(), reverse=True)[:6])
    return _Shared(weight, weight / total if total else 0.0, tuple(said[stem] for stem in both[:3]))


# --- a turn of phrase -------------------------------------------------------------------------------------------------


def _turn(earlier: Analysis, later: Analysis, common: Mapping[str, int]) -> Change | None:
    """The surest turn of phrase of the later note that is about what the earlier one is about."""
    rows = list(statements(later))
    best: Change | None = None
    for turn in cues.TURNS:
        for nth, sentence in enumerate(rows):
            found = None if sentence.asks else turn.pattern.search(sentence.text)
            if not found or _GIVEN.search(sentence.text[: found.start()]):
                continue
            change = _by_turn(turn, found, earlier, later, [*rows[max(0, nth - 1) : nth], sentence], common)
            if change is not None and (best is None or change.certainty > best.certainty):
                best = change
    return best


def _by_turn(
    turn: cues.Turn,
    found: re.Match[str],
    earlier: Analysis,
    later: Analysis,
    rows: Sequence[Sentence],
    common: Mapping[str, int],
) -> Change | None:
    sentence = rows[-1]
    shared, own = _shared(earlier, rows, common), _shared(earlier, [sentence], common)
    if own.weight < _SHARED_ENOUGH[turn.reach] and turn.reach != "sentence":
        return None
    if shared.weight < _SHARED_ENOUGH[turn.reach] or shared.covered < _COVERED_ENOUGH:
        return None
    reported = _REPORTED.search(sentence.text)
    if reported and not {word.base for word in words_of(sentence.text[: reported.start()])} & set(shared.words):
        return None
    if turn.reach != "sentence" and not set(_beside(turn, found, sentence)) & set(_subject(earlier)):
        return None
    technical = later.technical or earlier.technical
    if technical and not (cues.OWN.search(sentence.text) and shared.covered >= 0.5):
        return None  # a how-to speaks of what is changed, not of a change of mind
    certainty = 0.3 + 0.5 * shared.covered + 0.3 * own.covered + (0.0 if turn.reach == "sentence" else 0.1)
    return Change(
        turn.kind,
        " ".join(shared.words),
        _first(earlier, own.words or shared.words),
        " ".join(sentence.text.split())[:LONGEST],
        round(min(1.0, certainty), 4),
    )


def _beside(turn: cues.Turn, found: re.Match[str], sentence: Sentence) -> list[str]:
    """The stems of the words that a cue stands beside."""
    after = [word.stem for word in words_of(sentence.text[found.start() :]) if not word.grammatical]
    near = after[: _NEAR_WORDS if turn.reach == "around" else _NEAR_WORDS // 2]
    if turn.reach == "around":
        before = [word.stem for word in words_of(sentence.text[: found.start()]) if not word.grammatical]
        near += before[-_NEAR_WORDS:]
    return near


def _first(analysis: Analysis, words: Sequence[str]) -> str:
    """The sentence of a note that names most of the words."""
    rows = list(statements(analysis))
    best = max(rows, key=lambda row: sum(word.base in words for word in row.words), default=None)
    return " ".join(best.text.split())[:LONGEST] if best else ""


# --- an attitude turned round -----------------------------------------------------------------------------------------


def _attitude(sentence: Sentence) -> int:
    """1 for liking, -1 for disliking, 0 for neither."""
    if cues.DISLIKES.search(sentence.text):
        return -1
    return 1 if cues.LIKES.search(sentence.text) else 0


def _turned_round(earlier: Analysis, later: Analysis, common: Mapping[str, int]) -> Change | None:
    """The same thing liked then and disliked now, or the other way round."""
    best: Change | None = None
    for before in statements(earlier):
        attitude = _attitude(before)
        if not attitude:
            continue
        for after in statements(later):
            if _attitude(after) != -attitude or after.asks:
                continue
            shared = _shared(earlier, [after], common)
            stems = {word.stem for word in before.words}
            if not any(word.stem in stems for word in after.words if word.base in shared.words):
                continue
            if shared.weight < _SHARED_ENOUGH["around"] or shared.covered < _COVERED_ENOUGH:
                continue
            certainty = min(1.0, 0.35 + 0.6 * shared.covered)
            if best is None or certainty > best.certainty:
                best = Change(
                    "preference changed",
                    " ".join(shared.words),
                    " ".join(before.text.split())[:LONGEST],
                    " ".join(after.text.split())[:LONGEST],
                    round(certainty, 4),
                )
    return best
