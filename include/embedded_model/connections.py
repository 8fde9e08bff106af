"""Dreams: what a note of one thread has in common with an open point of another (remote associates, Mednick 1962).

Nothing is made up: a dream is the open point, the word or name that both notes hold, and each note's sentence with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from include.embedded_model.analysis import Analysis, analyse, content_words, person_names
from include.embedded_model.gists import within
from include.embedded_model.words import COMMON_ZIPF, Word, language_of, words_of

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

    Joined are the two by a word of the open point itself, or by a rare one of its note.
    """
    there, here = analyse(other.text), analyse(concerned.text)
    point = words_of(open_point, language_of(open_point) if len(open_point.split()) > 3 else here.language)
    found = _shared(there, here, frozenset(word.stem for word in point if not word.grammatical))
    if found is None:
        return None
    shared, weight = found
    said_there, said_here = _sentence_with(there, shared.stem), _sentence_with(here, shared.stem)
    if said_there is None or said_here is None:
        return None
    german = here.language == "de"
    opening = f"Offen in \u201e{concerned.thread}\u201c" if german else f"Open in \u201c{concerned.thread}\u201d"
    joins = "Damit zu tun hat vielleicht" if german else "What may have to do with it:"
    thing = f"\u201e{shared.text}\u201c" if german else f"\u201c{shared.text}\u201d"
    text = (
        f"{opening}: {within(open_point, _LONGEST_SENTENCE).rstrip('.')}. {joins} {thing}, "
        f"{'das auch' if german else 'which'} \u201c{other.thread}\u201d {'kennt' if german else 'knows, too'}. "
        f"{other.date}: {said_there} {concerned.date}: {said_here}"
    )
    return Connection(
        text=within(text, LONGEST_CONNECTION),
        theme=shared.text[:120],
        plausibility=round(min(0.9, 0.2 + 0.1 * weight), 4),
        novelty=_novelty(there, here),
    )


def _shared(there: Analysis, here: Analysis, point: frozenset[str]) -> tuple[Word, float] | None:
    """The word that both notes hold and that joins them best, and how much it tells (about 1 to 7)."""
    theirs = {word.stem for word in content_words(there.words, there.language)}
    best: tuple[float, str, Word] | None = None
    for word in content_words(here.words, here.language):
        is_name = word.base in person_names()
        tells = word.stem in point if is_name else word.rarity >= _RARE
        if not tells or word.stem not in theirs:
            continue
        weight = word.rarity + 1.5 * (word.stem in point)
        if best is None or (-weight, word.stem) < (-best[0], best[1]):
            best = (weight, word.stem, word)
    return (best[2], best[0]) if best else None


def _sentence_with(analysis: Analysis, stem: str) -> str | None:
    """The shortest sentence that holds the word and can stand alone, else the title; shortened after a word."""
    holding = [sentence for sentence in analysis.sentences if stem in sentence.stems]
    if holding:
        best = min(holding, key=lambda sentence: (sentence.is_lead_in, sentence.leans, len(sentence.text)))
        return _ended(within(best.text, _LONGEST_SENTENCE))
    return _ended(analysis.title) if analysis.title and stem in analysis.title_stems else None


def _ended(text: str) -> str:
    return text if text[-1] in '.!?\u2026"\u201d' else f"{text}."


def _novelty(there: Analysis, here: Analysis) -> float:
    """0 to 1: how little the two notes share on the surface."""
    mine, theirs = frozenset(here.stem_counts), frozenset(there.stem_counts)
    overlap = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return round(max(0.05, min(0.97, 0.97 - 1.1 * overlap)), 4)
