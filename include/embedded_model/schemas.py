"""Abstract roles that very different things can share: undoing, waiting, naming (structure mapping, Gentner 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from include.embedded_model import wordlists
from include.embedded_model.fields import term_index
from include.embedded_model.words import Word


class Evidence(NamedTuple):
    """Why a text plays a role."""

    words: tuple[str, ...]
    """The words that show it, as written, the most telling first."""
    strength: float


@lru_cache(maxsize=1)
def _index() -> wordlists.PhraseIndex[str]:
    return term_index("schemas")


def schemas_in(words: Sequence[Word]) -> dict[str, Evidence]:
    """Role → evidence in the words, in the order of the lexicon."""
    found: dict[str, dict[str, float]] = {}
    for start, end, schema in _index().find([word.lemma for word in words]):
        shown = " ".join(word.lower for word in words[start:end])
        rarity = max(word.rarity for word in words[start:end]) + 0.5 * (end - start - 1)
        found.setdefault(schema, {}).setdefault(shown, round(rarity, 4))
    ordered: dict[str, Evidence] = {}
    for schema in wordlists.sections("schemas"):
        if schema in found:
            evidence = found[schema]
            telling = sorted(evidence, key=lambda word: (-evidence[word], word))
            strength = evidence[telling[0]] + 0.3 * sum(evidence[word] for word in telling[1:4])
            ordered[schema] = Evidence(tuple(telling), round(strength, 4))
    return ordered
