"""A thread told without a language model: its most telling sentences, what is said again, and what was left open.

Nothing is put into other words, and what can't be read off the notes is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.embedded_model.analysis import Analysis, Sentence, analyse, content_words

LONGEST_SENTENCE = 300
"""Characters of a sentence that is quoted; a longer one is passed over, never cut."""
SHORTEST_SENTENCE = 4
"""Words that a sentence must have to be quoted."""
MIDDLE_SENTENCES = 3
"""Sentences that are told between the first note's and the last one's."""
SAID_AGAIN = 0.6
"""Share of their words that two sentences have in common when one says the other again."""
TITLE_TERMS = 3
MAXIMUM = 6


@dataclass(frozen=True)
class DatedNote:
    """A note of the thread: its date (YYYY-MM-DD) and its text."""

    date: str
    text: str


@dataclass(frozen=True)
class Cited:
    """Something said, and the numbers (from 1) of the notes that it rests on."""

    text: str
    notes: tuple[int, ...]


@dataclass(frozen=True)
class Story:
    """What could be read off a thread; `title` is None where its notes share no subject."""

    title: str | None
    so_far: tuple[Cited, ...]
    recurs: tuple[Cited, ...]
    open: tuple[Cited, ...]


@dataclass(frozen=True)
class _Said:
    """A sentence that could be quoted, with its note's number and how much of the thread's subject it carries."""

    number: int
    sentence: Sentence
    weight: float


def tell(notes: Sequence[DatedNote]) -> Story:
    """Tell the thread that the notes, in order of time, are."""
    read = [analyse(note.text) for note in notes]
    shared, written = _subjects(read)
    said = [
        _Said(number, sentence, _weight(sentence, shared))
        for number, analysis in enumerate(read, start=1)
        for sentence in analysis.sentences
        if _can_be_quoted(sentence)
    ]
    return Story(_title(shared, written), _so_far(said, len(notes)), _recurring(said, notes), _left_open(said))


def _subjects(read: Sequence[Analysis]) -> tuple[dict[str, float], dict[str, str]]:
    """Stem → how much it stands for what the notes share (in two notes at least), and how it is written most often."""
    held: dict[str, int] = {}
    rarity: dict[str, float] = {}
    forms: dict[str, dict[str, int]] = {}
    for analysis in read:
        telling = content_words(analysis.words, analysis.language)
        for stem in dict.fromkeys(word.stem for word in telling):
            held[stem] = held.get(stem, 0) + 1
        for word in telling:
            rarity[word.stem] = word.rarity
            counted = forms.setdefault(word.stem, {})
            # A capital that a sentence's beginning gave is no name.
            form = word.text if word.capital and word.lower in analysis.names else word.base
            counted[form] = counted.get(form, 0) + 1
    shared = {stem: round(rarity[stem] * count**0.5, 6) for stem, count in held.items() if count >= 2}
    written = {stem: min(forms[stem], key=lambda form: (-forms[stem][form], form)) for stem in shared}
    return shared, written


def _weight(sentence: Sentence, shared: dict[str, float]) -> float:
    telling = sum(sorted((shared.get(stem, 0.0) for stem in sentence.stems), reverse=True))
    return round(float(telling / max(len(sentence.words), 6) ** 0.5), 6)


def _can_be_quoted(sentence: Sentence) -> bool:
    long_enough = len(sentence.words) >= SHORTEST_SENTENCE and len(sentence.text) <= LONGEST_SENTENCE
    return long_enough and not sentence.is_lead_in and sentence.kind in {"paragraph", "item", "quote"}


def _title(shared: dict[str, float], written: dict[str, str]) -> str | None:
    """The subjects that stand for the thread, as an enumeration."""
    terms = [written[stem] for stem in sorted(shared, key=lambda stem: (-shared[stem], stem))[:TITLE_TERMS]]
    if not terms:
        return None
    first, *others = terms
    return ", ".join([first[:1].upper() + first[1:], *others])


def _so_far(said: Sequence[_Said], count: int) -> tuple[Cited, ...]:
    """One sentence of the first note, of the last, and the most telling between; one a note, none twice."""
    best: dict[int, _Said] = {}
    for item in said:
        if not item.sentence.leans and (item.number not in best or item.weight > best[item.number].weight):
            best[item.number] = item
    ends = [best[number] for number in dict.fromkeys((1, count)) if number in best]
    between = sorted((item for item in best.values() if item not in ends), key=lambda item: (-item.weight, item.number))
    kept: list[_Said] = list(ends)
    for item in between:
        if (
            len(kept) < len(ends) + MIDDLE_SENTENCES
            and item.weight > 0
            and not any(_same(item, other) for other in kept)
        ):
            kept.append(item)
    return tuple(Cited(item.sentence.text, (item.number,)) for item in sorted(kept, key=lambda item: item.number))


def _same(one: _Said, other: _Said) -> bool:
    both = one.sentence.stems & other.sentence.stems
    either = one.sentence.stems | other.sentence.stems
    return len(both) >= 3 and len(both) >= SAID_AGAIN * len(either)


def _recurring(said: Sequence[_Said], notes: Sequence[DatedNote]) -> tuple[Cited, ...]:
    """What was said on two dates at least, in nearly the same words: its last wording."""
    groups: list[list[_Said]] = []
    for item in said:
        group = next((group for group in groups if _same(group[0], item)), None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    found = []
    for group in groups:
        numbers = tuple(dict.fromkeys(item.number for item in group))
        if len({notes[number - 1].date for number in numbers}) >= 2:
            found.append(Cited(group[-1].sentence.text, numbers))
    return tuple(sorted(found, key=lambda item: (-len(item.notes), item.notes))[:MAXIMUM])


def _left_open(said: Sequence[_Said]) -> tuple[Cited, ...]:
    """Questions and unticked entries that no later note comes back to, the latest first."""
    found = []
    for item in said:
        if item.sentence.asks or item.sentence.done is False:
            stems = item.sentence.stems
            later = (other.sentence.stems for other in said if other.number > item.number)
            if not any(2 * len(stems & others) >= len(stems) for others in later):
                found.append(Cited(item.sentence.text, (item.number,)))
    return tuple(reversed(found[-MAXIMUM:]))
