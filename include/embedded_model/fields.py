"""Fields of knowledge a text touches, by the words that belong to them (`lexicon/domains.txt`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from include.embedded_model import wordlists
from include.embedded_model.words import Word, words_of


def term_index(name: str) -> wordlists.PhraseIndex[str]:
    """An index of a list with sections: a term's words in their dictionary forms → its section.

    The lists mix languages, so a term counts both by its English dictionary form and as it stands.
    """
    forms: dict[tuple[tuple[str, ...], str], None] = {}
    for term, section in wordlists.phrases(name):
        words = words_of(term)
        forms[tuple(word.lemma for word in words), section] = None
        forms[tuple(word.base for word in words), section] = None
    return wordlists.PhraseIndex(forms)


@lru_cache(maxsize=1)
def _index() -> wordlists.PhraseIndex[str]:
    return term_index("domains")


def fields_in(words: Sequence[Word]) -> dict[str, float]:
    """Field of knowledge → how rare the words are that belong to it; repeats of a word add little."""
    scores: dict[str, float] = {}
    seen: dict[tuple[str, int, str], int] = {}
    forms = [word.lemma for word in words]
    for start, end, field in _index().find(forms):
        key = (forms[start], end - start, field)
        times = seen.get(key, 0)
        seen[key] = times + 1
        rarity = max(word.rarity for word in words[start:end]) * (1.0 + 0.5 * (end - start - 1))
        scores[field] = scores.get(field, 0.0) + (rarity if times == 0 else 0.25 * rarity if times < 4 else 0.0)
    return {field: round(score, 4) for field, score in scores.items()}


@lru_cache(maxsize=256)
def rank_of(field: str) -> int:
    """The place of a field in the list: the particular comes before the general."""
    return list(wordlists.sections("domains")).index(field)


@lru_cache(maxsize=1)
def _field_by_term() -> dict[str, str]:
    by_term: dict[str, str] = {field: field for field in wordlists.sections("domains")}
    for term, field in wordlists.phrases("domains"):
        by_term.setdefault(term.replace("-", " "), field)
    return by_term


def field_of_term(term: str) -> str | None:
    """The most particular field a lower-case term belongs to; None for a term of no field."""
    return _field_by_term().get(term)


def is_technical(field: str) -> bool:
    """Whether a field is one of software."""
    return field in wordlists.group("technical_fields")
