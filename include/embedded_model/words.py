"""Words of a text: language, stems, how common each is.

Frequencies are wordfreq's (Zipf scale: log10 of occurrences in a billion words), stems are Snowball's, English
lemmas are simplemma's. Everything is read from these packages' files on first use and never downloaded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from include.embedded_model import wordlists

LANGUAGES = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}
"""Languages with their own stems and frequencies; the value is the name of their Snowball stemmer."""

UNKNOWN_ZIPF = 2.7
"""What a word counts as that is not among a language's common ones (the lists end at 3.0)."""

COMMON_ZIPF = 4.3
"""From here on a word is everyday vocabulary: with a capital at the start of a sentence it is no name."""

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_CLITIC = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m|t))$")
_SHORT_FORMS = {"ca": "can", "wo": "will", "sha": "shall"}


class Word(NamedTuple):
    """One word where it stands."""

    text: str
    """As written."""
    lower: str
    """In lower case, apostrophes straight: "don't"."""
    base: str
    """`lower` without a clitic: "anna's" → "anna"."""
    stem: str
    lemma: str
    """The dictionary form, in English; elsewhere `base`."""
    zipf: float
    grammatical: bool
    """Whether it is a word of grammar, which says nothing about the subject."""
    capital: bool
    """Whether it is written like a name: a capital, then at least one small letter."""
    start: int
    """Where it begins in the text, in characters."""

    @property
    def rarity(self) -> float:
        """How much the word tells about a text: 0 for the commonest, about 5 for the rarest."""
        return max(0.0, 7.5 - self.zipf)


@lru_cache(maxsize=1)
def _grammar() -> dict[str, dict[str, float]]:
    """Word of grammar → language → how much it speaks for that language."""
    spoken: dict[str, list[str]] = {}
    for language, members in wordlists.sections("function_words").items():
        for member in members:
            spoken.setdefault(member, []).append(language)
    return {word: dict.fromkeys(languages, 1.0 / len(languages)) for word, languages in spoken.items()}


@lru_cache(maxsize=8)
def grammatical_words(language: str) -> frozenset[str]:
    """The language's words of grammar; those of English for a language we have none of."""
    lists = wordlists.sections("function_words")
    return frozenset(lists.get(language, lists["en"]))


@lru_cache(maxsize=4096)
def language_of(text: str) -> str:
    """The language of a text by its words of grammar; English when in doubt."""
    votes = dict.fromkeys(LANGUAGES, 0.0)
    for match in WORD.finditer(text[:3000]):
        for language, vote in _grammar().get(match.group().lower(), {}).items():
            votes[language] += vote
    best = max(LANGUAGES, key=lambda language: votes[language])
    return best if votes[best] >= 1.5 and votes[best] > 1.3 * votes["en"] + 0.3 else "en"


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer

    stem_word: Callable[[str], str] = snowballstemmer.stemmer(LANGUAGES.get(language, "english")).stemWord
    return stem_word


@lru_cache(maxsize=8)
def _frequencies(language: str) -> dict[str, float]:
    """How often each word occurs: `wordfreq.get_frequency_dict(language, "small")`.

    Read from the package's file, whose n-th list holds the words at -n centibels. The package itself imports what
    detects and repairs languages and encodings, which takes longer than a search.
    """
    import gzip

    import msgpack

    package = find_spec("wordfreq")
    if package is None or package.origin is None:
        raise ImportError("wordfreq is not installed")
    with gzip.open(Path(package.origin).parent / "data" / f"small_{language}.msgpack.gz") as file:
        _header, *lists = msgpack.load(file, raw=False)
    return {word: 10 ** (-centibels / 100) for centibels, words in enumerate(lists) for word in words}


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    """The dictionary form of an English word in lower case ("went" → "go")."""
    import simplemma

    return str(simplemma.lemmatize(word, lang="en")).lower()


@lru_cache(maxsize=200_000)
def stem(word: str, language: str = "en") -> str:
    """What inflected forms of a lower-case word share, irregular English ones included."""
    return _stemmer(language)(lemma(word) if language == "en" else word)


@lru_cache(maxsize=200_000)
def zipf(word: str, language: str = "en") -> float:
    """How common a lower-case word is, between `UNKNOWN_ZIPF` and about 7.7."""
    frequencies = _frequencies(language)
    frequency = frequencies.get(word, 0.0)
    if language == "en":
        frequency = max(frequency, frequencies.get(lemma(word), 0.0))
    return round(math.log10(frequency * 1e9), 4) if frequency else UNKNOWN_ZIPF


@lru_cache(maxsize=100_000)
def _word(text: str, language: str) -> tuple[str, str, str, str, float, bool, bool]:
    lower = text.lower().replace("\u2019", "'")
    base = _CLITIC.sub("", lower) or lower
    if base != lower:
        base = _SHORT_FORMS.get(base, base)
    grammatical = lower in grammatical_words(language) or base in grammatical_words(language)
    dictionary_form = lemma(base) if language == "en" else base
    capital = text[0].isupper() and any(letter.islower() for letter in text[1:])
    return lower, base, stem(base, language), dictionary_form, zipf(base, language), grammatical, capital


def words_of(text: str, language: str = "en") -> tuple[Word, ...]:
    """The words of a text in their order. Very long ones (encoded data, hashes) are cut at 60 characters."""
    found = []
    for match in WORD.finditer(text):
        written = match.group()[:60]
        found.append(Word(written, *_word(written, language), match.start()))
    return tuple(found)


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """A regular English plural as its singular ("notes" → "note"); any other word as it is."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ous")):
        return word
    one = lemma(word)
    return one if one in {word[:-1], word[:-2], word[:-3] + "y"} else word
