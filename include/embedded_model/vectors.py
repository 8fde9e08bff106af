"""Text as a vector, without weights: hashed words, weighed by how rare they are in their language.

A vector depends on its own text alone, so no vector has to be computed again when other texts come. What was chosen by
measuring retrieval and neighbourhoods: plain stems (bigrams only added noise at this size), eight signed places a word
(a count sketch, Charikar 2002: two words that share a place do not look alike), rarity to a power below one (it counts
twice in a cosine), and a prior against very short texts that only queries see.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from include.embedded_model import prose
from include.embedded_model.analysis import tool_forms
from include.embedded_model.fields import fields_in
from include.embedded_model.words import UNKNOWN_ZIPF, Word, language_of, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSION = 512
"""Numbers in a vector."""

Kind = Literal["document", "query"]

_WORD_PLACES = DIMENSION - 1
"""The last place tells how short a text is; all others hold words."""
_PLACES_PER_WORD = 8
_LONGEST_TEXT = 12_000
"""Characters that are embedded; of a longer text its head and tail."""

_RARITY_POWER: dict[Kind, float] = {"document": 0.4, "query": 0.5}
_NAME_WEIGHT = 0.7
"""A name is rare in its language and common in its owner's memories."""
_LETTERS_WEIGHT = 0.6
_FIELDS = 6
_FIELD_SHARE = 0.3
"""Length of the part that says which fields of knowledge a text touches, against the part of its words."""

_SHORTNESS_OF_DOCUMENT = 0.44
_SHORTNESS_OF_QUERY = 0.68
_SHORTNESS_FADES = 4.0
"""Length of the words' part (about the root of their number) at which a text is no longer that short."""


@lru_cache(maxsize=50_000)
def _places(feature: str) -> tuple[tuple[int, float], ...]:
    """Where a feature goes, with its sign; the same on every machine."""
    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=4 * _PLACES_PER_WORD).digest()
    numbers = struct.unpack(f"<{_PLACES_PER_WORD}I", digest)
    return tuple(((number >> 1) % _WORD_PLACES, 1.0 if number & 1 else -1.0) for number in numbers)


@lru_cache(maxsize=100_000)
def _letters(word: str) -> tuple[str, ...]:
    """The runs of four letters of a word with its ends marked."""
    marked = f"<{word}>"
    return tuple(dict.fromkeys(marked[start : start + 4] for start in range(len(marked) - 3)))


def _is_name(word: Word, position: int, text: str, *, title_case: bool) -> bool:
    """Whether a word with a capital names somebody or something, and is no known tool."""
    if not word.capital or word.base in tool_forms():
        return False
    end = word.start + len(word.text)
    if position == 0 and text[end : end + 2] == ": ":
        return True
    before = text[max(0, word.start - 3) : word.start].rstrip(" \t")
    return not title_case and bool(before) and before[-1] not in '.!?:;\n•-*>#"“('


def _word_weights(words: Sequence[Word], text: str, kind: Kind) -> tuple[dict[str, float], dict[str, float]]:
    """Weights of the stems, and of the words no list knows."""
    long_words = [word for word in words if len(word.text) > 3]
    title_case = bool(long_words) and sum(word.capital for word in long_words) > 0.6 * len(long_words)
    counted: dict[str, int] = {}
    weights: dict[str, float] = {}
    unknown: dict[str, float] = {}
    for position, word in enumerate(words):
        if word.grammatical:
            continue
        weight = max(0.0, 7.0 - word.zipf) ** _RARITY_POWER[kind]
        if _is_name(word, position, text, title_case=title_case):
            weight *= _NAME_WEIGHT
        counted[word.stem] = counted.get(word.stem, 0) + 1
        weights[word.stem] = min(weight, weights.get(word.stem, weight))
        if word.zipf <= UNKNOWN_ZIPF and len(word.base) >= 5:
            unknown[word.base] = weights[word.stem]
    return {stem: weights[stem] * (1.0 + math.log(count)) for stem, count in counted.items()}, unknown


def features(text: str, kind: Kind) -> dict[str, float]:
    """Feature → weight: stems of what is not grammar, letters of words no list knows, fields of knowledge.

    The letters bring compounds and misspellings near their kin; the fields bring texts of one subject near each other
    that do not share a word.
    """
    text = prose.shortened(prose.usable(text), _LONGEST_TEXT)
    words = words_of(text, language_of(text))
    stems, unknown = _word_weights(words, text, kind)
    found = {f"w {stem}": weight for stem, weight in stems.items() if weight > 0}
    for word, weight in unknown.items():
        runs = _letters(word[:40])
        for run in runs:
            found[f"l {run}"] = found.get(f"l {run}", 0.0) + _LETTERS_WEIGHT * weight / math.sqrt(len(runs))
    length = _length(found.values())
    fields = sorted(fields_in(words).items(), key=lambda item: (-item[1], item[0]))[:_FIELDS]
    total = _length(weight for _, weight in fields)
    found.update({f"f {field}": _FIELD_SHARE * length * weight / total for field, weight in fields if total > 0})
    return found


def embed(texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
    """The vectors of texts: (number of texts, `DIMENSION`) float32, rows of length 1, equal for equal texts.

    Compare stored texts with each other as documents. A query's row also leans away from short documents, which have
    few words and so agree too easily with one of them (what length normalisation is for in BM25). A text without any
    feature has a fixed row.
    """
    import numpy as np

    rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for position, text in enumerate(texts):
        rows[position] = _vector(text, kind)
    return rows


def _vector(text: str, kind: Kind) -> list[float]:
    values = [0.0] * DIMENSION
    found = features(text, kind)
    for feature, weight in found.items():
        scaled = round(weight, 6)
        for place, sign in _places(feature):
            values[place] += sign * scaled
    length = _length(values)
    if not length:
        values[-1] = -1.0
        return values
    if kind == "document":
        shortness = -_SHORTNESS_OF_DOCUMENT * math.exp(-_length(found.values()) / _SHORTNESS_FADES)
    else:
        shortness = _SHORTNESS_OF_QUERY
    scale = math.sqrt(1.0 - shortness * shortness) / length
    values = [value * scale for value in values]
    values[-1] = shortness
    return values


def _length(values: Iterable[float]) -> float:
    """The Euclidean length; exactly rounded, so that it does not depend on the order in which a processor adds."""
    return math.sqrt(math.fsum(value * value for value in values))
