"""A thread told without a language model: its most telling sentences, what is said again, and what was left open.

Nothing is put into other words, and what can't be read off the notes is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.embedded_model import entities, wordlists
from include.embedded_model.analysis import Analysis, Sentence, analyse, content_words, person_names
from include.embedded_model.words import COMMON_ZIPF, Word, lemma

LONGEST_SENTENCE = 300
"""Characters of a sentence that is quoted; a longer one is passed over, never cut."""
SHORTEST_SENTENCE = 4
"""Words that a sentence must have to be quoted."""
MIDDLE_SENTENCES = 3
"""Sentences that are told between the first note's and the last one's."""
SAID_AGAIN = 0.6
"""Share of their words that two sentences have in common when one says the other again."""
TITLE_TERMS = 2
"""Things, and names, that a title has at most; the second is nearly as telling as the first."""
_NEARLY = 0.6
MOSTLY = 0.8
"""Share of its occurrences in which a name has its capital: some people write in small letters."""
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
    return Story(_title(read, shared, written), _so_far(said, len(notes)), _recurring(said, notes), _left_open(said))


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


def _title(read: Sequence[Analysis], shared: dict[str, float], written: dict[str, str]) -> str | None:
    """What the thread is about, and with whom ("Cabin with Ruth and Jonas")."""
    if not shared:
        return None
    names = _names(read)
    phrases: dict[str, int] = {}
    for analysis in read:
        said = {stem for phrase in analysis.keyphrases[:6] for stem in _stems_of(phrase, analysis)}
        phrases |= {stem: phrases.get(stem, 0) + 1 for stem in said}
    # What the notes are about, and not only what they mention.
    things = {
        stem: weight * (1 + phrases[stem])
        for stem, weight in shared.items()
        if stem in phrases and stem not in names and _is_thing(written[stem], read)
    }
    whom = {stem: weight for stem, weight in shared.items() if stem in names}
    german = sum(analysis.language == "de" for analysis in read) * 2 > len(read)
    joined = " und " if german else " and "
    what = joined.join(written[stem] for stem in _foremost(things))
    who = joined.join(names[stem] for stem in _foremost(whom))
    title = (" mit " if german else " with ").join(part for part in (what, who) if part)
    title = title or joined.join(written[stem] for stem in _foremost(shared))
    return title[:1].upper() + title[1:]


def _foremost(weights: dict[str, float]) -> list[str]:
    best = sorted(weights, key=lambda stem: (-weights[stem], stem))[:TITLE_TERMS]
    return [stem for stem in best if weights[stem] >= _NEARLY * weights[best[0]]]


def _stems_of(phrase: str, analysis: Analysis) -> set[str]:
    forms = set(phrase.split())
    return {word.stem for word in analysis.words if word.base in forms or word.lemma in forms}


def _is_thing(form: str, read: Sequence[Analysis]) -> bool:
    """Whether a word can stand in a title: no verb, nor a participle; in German a noun."""
    lower = form.lower()
    german = [analysis for analysis in read if analysis.language == "de" and lower in analysis.capitalised]
    verbs = wordlists.term_set("verbs") | wordlists.term_set("past_forms")
    inflected = lower.endswith(("ed", "ing")) and lemma(lower) != lower
    return bool(german) or not (lower in verbs or inflected)


def _names(read: Sequence[Analysis]) -> dict[str, str]:
    """Stem → name: of people that are known as such, and what mostly has a capital and is no everyday word."""
    people = {word for analysis in read for name in entities.people(analysis) for word in name.lower().split()}
    places = {word for name in wordlists.terms("places") for word in name.lower().split()}
    found: dict[str, list[tuple[Word, bool]]] = {}
    for analysis in read:
        for sentence in analysis.sentences:
            for position, word in enumerate(sentence.words):
                found.setdefault(word.stem, []).append((word, position > 0 and analysis.language == "en"))
    names: dict[str, str] = {}
    for stem, words in found.items():
        word = words[0][0]
        known = word.base in people or word.base in person_names()
        mostly = sum(each.capital for each, _ in words) >= MOSTLY * len(words) and any(
            within and each.capital for each, within in words
        )
        if (known or (mostly and word.zipf < COMMON_ZIPF)) and word.base not in places and word.text[:1].isalpha():
            names[stem] = word.base.capitalize()
    return names


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
    """Questions that no later note comes back to, the latest first. What is to be done is known of each note."""
    found = []
    for item in said:
        if item.sentence.asks and not item.sentence.leans:
            stems = item.sentence.stems
            later = (other.sentence.stems for other in said if other.number > item.number)
            if not any(2 * len(stems & others) >= len(stems) for others in later):
                found.append(Cited(item.sentence.text, (item.number,)))
    return tuple(reversed(found[-MAXIMUM:]))
