"""How a text feels: the sign (valence) and, apart from it, the strength (arousal) of its emotion.

Valence is VADER's (Hutto & Gilbert 2014). Arousal is what strengthens memory (McGaugh 2004) and knows no sign: it comes
from how strong the words are, from emphasis, and from words of high arousal.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from include.embedded_model import wordlists
from include.embedded_model.analysis import Analysis

_SHOUTED = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_STRETCHED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_LONGEST_FELT = 600
"""Characters of one sentence that are weighed."""
_MOST_FELT = 40
"""Sentences that are weighed."""


@dataclass(frozen=True)
class Feeling:
    """The emotion of a text."""

    valence: float
    """From -1 (bad) to 1 (good)."""
    arousal: float
    """0 (calm) to 1 (stirred), whatever the sign."""

    @property
    def sentiment(self) -> Literal["positive", "neutral", "negative"]:
        """The sign as a word; small valences are neutral."""
        return "positive" if self.valence > 0.15 else "negative" if self.valence < -0.15 else "neutral"


@lru_cache(maxsize=2)
def _analyzer(*, technical: bool) -> Any:
    """VADER with our words added; for technical notes without words that are no feeling there ("kill", "error")."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update({word: float(value[0]) for word, value in wordlists.table("feelings").items()})
    if technical:
        for word in wordlists.terms("technical_words"):
            analyzer.lexicon.pop(word, None)
    return analyzer


@lru_cache(maxsize=256)
def feeling_of(analysis: Analysis) -> Feeling:
    """The emotion of a note, over its sentences (title and code carry none)."""
    felt = [sentence.plain[:_LONGEST_FELT] for sentence in analysis.sentences if sentence.plain][:_MOST_FELT]
    if not felt:
        return Feeling(0.0, 0.0)
    analyzer = _analyzer(technical=analysis.technical)
    compounds = [float(analyzer.polarity_scores(text)["compound"]) for text in felt]
    return Feeling(_valence(analysis, compounds), _arousal(analysis, compounds))


def _valence(analysis: Analysis, compounds: list[float]) -> float:
    """Few strong sentences make the feeling of a note, not the many even ones: weighed by strength."""
    strength = sum(abs(compound) for compound in compounds)
    if not strength:
        return 0.0
    valence = sum(compound * abs(compound) for compound in compounds) / strength
    valence *= min(1.0, 0.45 + strength / len(compounds)) * (0.6 if analysis.technical else 1.0)
    return round(max(-1.0, min(1.0, valence)), 4)


def _arousal(analysis: Analysis, compounds: list[float]) -> float:
    """Independent signs of a stirred mind, combined as 1 minus the product of what each leaves."""
    cues = analysis.cues
    text = " ".join(sentence.plain for sentence in analysis.sentences)
    strongest = sorted((abs(compound) for compound in compounds), reverse=True)[:3]
    everyday = 0.0 if analysis.technical else 1.0
    dense = min(1.0, 2.0 / len(compounds) + 0.25)
    signs = (
        0.50 * (sum(strongest) / len(strongest)) ** 1.5,
        0.60 * (min(3, cues.get("intense", 0)) / 3) ** 0.7,
        0.22 * dense * min(3, text.count("!")) / 3,
        0.20 * everyday * min(2, len(_SHOUTED.findall(text))) / 2,
        0.12 * everyday * min(2, len(_STRETCHED.findall(text))) / 2,
        0.10 * min(2, cues.get("intensifier", 0)) / 2,
        0.12 * everyday * min(2, cues.get("stakes", 0)) / 2,
        0.25 * everyday * min(1, cues.get("urgent", 0)),
    )
    calm = math.prod(1.0 - sign * (0.6 if analysis.technical else 1.0) for sign in signs)
    arousal = 1.0 - 0.97 * calm
    return round(arousal * (0.8 if cues.get("calm") else 1.0), 4)
