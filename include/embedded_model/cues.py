"""Turns of phrase that tell what a sentence does: that something was learned, decided, is due, is a guess."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from include.embedded_model import wordlists
from include.embedded_model.words import Word, words_of


@lru_cache(maxsize=1)
def _index() -> wordlists.PhraseIndex[str]:
    return wordlists.PhraseIndex(
        ([word.lower for word in words_of(phrase)], section)
        for section, phrases in wordlists.sections("cues").items()
        for phrase in phrases
    )


def cues_in(words: Sequence[Word]) -> dict[str, int]:
    """Kind of cue (a section of `lexicon/cues.txt`) → how often it occurs in the words; absent kinds are left out."""
    counted: dict[str, int] = {}
    for _, _, kind in _index().find([word.lower for word in words]):
        counted[kind] = counted.get(kind, 0) + 1
    return counted
