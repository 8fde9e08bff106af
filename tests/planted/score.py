"""How much of what was planted is found: F1 of commitments, precision and recall of closings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from include.embedded_model.analysis import analyse
from include.embedded_model.closings import Open, closings
from include.embedded_model.commitments import Commitment, commitments
from include.embedded_model.words import grammatical_words
from tests.planted.commitments import FOLDER, Planted, PlantedNote, planted_notes


@dataclass
class CommitmentScore:
    """Counts over notes: commitments that are there and found, found wrongly, and not found."""

    found: int = 0
    wrong: int = 0
    missed: int = 0
    with_due: int = 0
    with_parties: int = 0
    with_both: int = 0

    def f1(self, right: int) -> float:
        """F1 when only `right` of the found ones count."""
        return 2 * right / (2 * self.found + self.wrong + self.missed)

    @property
    def f1_with_due(self) -> float:
        """F1 of what is to be done and when."""
        return self.f1(self.with_due)


@dataclass
class ClosingScore:
    """Counts over notes: closings that are right, that were made, and that there are."""

    right: int = 0
    made: int = 0
    planted: int = 0

    @property
    def precision(self) -> float:
        """The share of closings that are right."""
        return self.right / self.made

    @property
    def recall(self) -> float:
        """The share of what was planted that is found."""
        return self.right / self.planted


def parts(name: str) -> list[str]:
    """The files of a part: "held_out" alone, or all that rules were chosen by."""
    return [name] if name == "held_out" else sorted(path.stem[12:] for path in FOLDER.glob("commitments_choosing*.txt"))


@lru_cache(maxsize=1)
def _grammar() -> frozenset[str]:
    return grammatical_words("en") | grammatical_words("de")


def _words(text: str) -> set[str]:
    """Beginnings of the telling words, so that inflected forms are the same."""
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower()) if word not in _grammar()}


def same_thing(planted: Planted, found: Commitment) -> bool:
    """Whether half of the words of both are the same, whom it is owed to aside."""
    aside = _words(f"{planted.to_whom or ''} {found.to_whom or ''}")
    one, other = _words(planted.what) - aside, _words(found.what) - aside
    return bool(one and other) and 4 * len(one & other) >= len(one) + len(other)


def same_due(planted: Planted, found: Commitment) -> bool:
    """The same day; of a week any day of it."""
    if planted.due is None or found.due is None:
        return planted.due is found.due
    if planted.certainty == "day":
        return planted.due == found.due
    return planted.due.isocalendar()[:2] == found.due.isocalendar()[:2]


def same_parties(planted: Planted, found: Commitment) -> bool:
    """The same who and the same whom, by a word of their names."""

    def same(one: str | None, other: str | None) -> bool:
        if one is None or other is None:
            return one is other
        return one.lower() == other.lower() or bool(_words(one) & _words(other))

    return same(planted.who, found.who) and same(planted.to_whom, found.to_whom)


def score_commitments(name: str) -> CommitmentScore:
    """The score over a part of the planted notes."""
    score = CommitmentScore()
    for part in parts(name):
        for note in planted_notes(part):
            left = list(commitments(analyse(note.text), note.at))
            for planted in note.opens:
                item = next((item for item in left if same_thing(planted, item)), None)
                if item is None:
                    score.missed += 1
                    continue
                left.remove(item)
                due, parties = same_due(planted, item), same_parties(planted, item)
                score.found += 1
                score.with_due += due
                score.with_parties += parties
                score.with_both += due and parties
            score.wrong += len(left)
    return score


def score_closings(name: str) -> ClosingScore:
    """The score over a part, each later note read with all that is open by then."""
    score = ClosingScore()
    for part in parts(name):
        _score_closings_of(planted_notes(part), score)
    return score


def _score_closings_of(notes: list[PlantedNote], score: ClosingScore) -> None:
    waiting: dict[str, Open] = {}
    for note in notes:
        keys = list(waiting)
        for closing in closings(list(waiting.values()), analyse(note.text), note.at):
            key = keys[closing.position]
            score.made += 1
            score.right += note.closes.get(key) == closing.outcome
            if closing.outcome != "moved":
                waiting.pop(key)
        score.planted += len(note.closes)
        for planted in note.opens:
            kind = "appointment" if planted.at else "task"
            waiting[planted.key] = Open(
                planted.what, planted.who, planted.to_whom, planted.due, note.at.date(), note.text, planted.at, kind
            )


def figures(name: str, write: Callable[[str], None] = print) -> None:
    """Write the figures of a part in two lines."""
    score, closed = score_commitments(name), score_closings(name)
    notes = sum(len(planted_notes(part)) for part in parts(name))
    precision, recall = score.found / (score.found + score.wrong), score.found / (score.found + score.missed)
    write(f"{name}: {notes} notes; what {score.f1(score.found):.3f} (precision {precision:.3f}, recall {recall:.3f})")
    parties, both = score.f1(score.with_parties), score.f1(score.with_both)
    write(f"{name}: with due {score.f1_with_due:.3f}, with who and whom {parties:.3f}, with all {both:.3f}")
    write(f"{name}: {closed.planted} closings; precision {closed.precision:.3f}, recall {closed.recall:.3f}")


if __name__ == "__main__":
    for shown in ("choosing", "held_out"):
        figures(shown)
