"""Dreams: what a note of one thread has in common with an open point of another (remote associates, Mednick 1962).

Nothing is made up: a dream is the open point, the word or name that both notes hold, and each note's sentence with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from include.embedded_model import wordlists
from include.embedded_model.analysis import Analysis, analyse, content_words, person_names
from include.embedded_model.gists import within
from include.embedded_model.words import COMMON_ZIPF, Word, words_of

LONGEST_CONNECTION = 600
_LONGEST_SENTENCE = 160
_RARE = 7.5 - COMMON_ZIPF
"""From here on a word tells enough to join two notes by itself."""


@dataclass(frozen=True)
class Note:
    """A note of a thread that meets one of another."""

    thread: str
    """The thread's title."""
    date: str
    """YYYY-MM-DD."""
    text: str


@dataclass(frozen=True)
class Connection:
    """What ties an open point to a note of another thread."""

    text: str
    """At most `LONGEST_CONNECTION` characters, addressed to the reader."""
    theme: str
    plausibility: float
    novelty: float


def connect(other: Note, concerned: Note, open_point: str) -> Connection | None:
    """What `other` has to do with the open point that `concerned` holds; None where it is nothing.

    Joined are the two by a word of the open point itself, which must be rare or a name, and no verb.
    """
    there, here = analyse(other.text), analyse(concerned.text)
    found = _shared(there, words_of(open_point, here.language))
    if found is None:
        return None
    shared, said_there, said_here = found[0], found[1], _sentence_with(here, found[0])
    german = here.language == "de"
    opening = f"Offen in \u201e{concerned.thread}\u201c" if german else f"Open in \u201c{concerned.thread}\u201d"
    joins = "Damit zu tun hat vielleicht" if german else "What may have to do with it:"
    thing = f"\u201e{shared.text}\u201c" if german else f"\u201c{shared.text}\u201d"
    known = f"{'das auch' if german else 'which'} \u201c{other.thread}\u201d {'kennt' if german else 'knows, too'}."
    told = [f"{opening}: {_ended(within(open_point, _LONGEST_SENTENCE))}", f"{joins} {thing}, {known}"]
    told += [f"{other.date}: {said_there}", *([f"{concerned.date}: {said_here}"] if said_here else [])]
    text = " ".join(told)
    return Connection(
        text=within(text, LONGEST_CONNECTION),
        theme=shared.text[:120],
        plausibility=round(min(0.9, 0.2 + 0.1 * shared.rarity), 4),
        novelty=_novelty(there, here),
    )


def _shared(there: Analysis, point: tuple[Word, ...]) -> tuple[Word, str] | None:
    """The rarest thing or name of the open point that the other note holds, and the sentence that holds it."""
    best: tuple[float, str, Word, str] | None = None
    for word in content_words(point, there.language):
        if word.base in wordlists.term_set("verbs") or (word.rarity < _RARE and word.base not in person_names()):
            continue
        said = _sentence_with(there, word)
        if said and (best is None or (-word.rarity, word.base) < best[:2]):
            best = (-word.rarity, word.base, word, said)
    return best[2:] if best else None


def _sentence_with(analysis: Analysis, word: Word) -> str | None:
    """The shortest sentence that holds the word and can stand alone, else the title; shortened after a word."""
    holding = [sentence for sentence in analysis.sentences if any(_same(word, other) for other in sentence.words)]
    if holding:
        best = min(holding, key=lambda sentence: (sentence.is_lead_in, sentence.leans, len(sentence.text)))
        return _ended(within(best.text, _LONGEST_SENTENCE))
    titled = any(_same(word, other) for other in analysis.title_words)
    return _ended(analysis.title) if analysis.title and titled else None


def _same(one: Word, other: Word) -> bool:
    """Whether two words are forms of one thing: "sheave", "sheaves", and not "book", "bookings"."""
    return one.stem == other.stem and abs(len(one.base) - len(other.base)) <= 2


def _ended(text: str) -> str:
    return text if text[-1] in '.!?\u2026"\u201d' else f"{text}."


def _novelty(there: Analysis, here: Analysis) -> float:
    """0 to 1: how little the two notes share on the surface."""
    mine, theirs = frozenset(here.stem_counts), frozenset(there.stem_counts)
    overlap = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return round(max(0.05, min(0.97, 0.97 - 1.1 * overlap)), 4)
