"""Which sentence of a note answers a question: the one that holds most of its words, of the kind that it asks for."""

from __future__ import annotations

import re
from functools import lru_cache

from include.embedded_model.analysis import analyse
from include.embedded_model.words import language_of, words_of

_ASKS_WHEN = re.compile(
    r"\b(?:when|how long|(?:what|which) (?:date|day|month|year|time|week)|wann|wie lange|seit wann)\b", re.IGNORECASE
)
_ASKS_HOW_MANY = re.compile(r"\b(?:how (?:many|much|often|old|far)|wie ?viele?|wie (?:oft|alt|weit))\b", re.IGNORECASE)
_ASKS_WHY = re.compile(r"\b(?:why|how come|warum|wieso|weshalb)\b", re.IGNORECASE)
_TELLS_TIME = re.compile(
    r"\d|\b(?:today|tomorrow|yesterday|tonight|ago|last|next|since|until|week(?:end)?|month|year|(?:mon|tues|wednes|thurs"
    r"|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|november|december|heute|morgen"
    r"|gestern|vor|seit|bis|woche|monat|jahr|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|zehn)\b", re.I)
_REASON = re.compile(r"\b(?:because|since|so that|due to|in order to|weil|damit|denn|wegen)\b", re.IGNORECASE)
OF_THE_KIND = 2.0
"""What it counts that a sentence tells what is asked for (a time, a number, a reason), in units of a word's rarity."""


@lru_cache(maxsize=64)
def _asked(question: str) -> tuple[dict[str, float], tuple[re.Pattern[str], ...]]:
    rarity = {word.stem: word.rarity for word in words_of(question, language_of(question)) if not word.grammatical}
    kinds = ((_ASKS_WHEN, _TELLS_TIME), (_ASKS_HOW_MANY, _NUMBER), (_ASKS_WHY, _REASON))
    return rarity, tuple(told for asks, told in kinds if asks.search(question))


def telling_sentence(question: str, text: str) -> str:
    """The sentence of a note that answers best, as it is written; "" of a note without any.

    What a sentence lacks of the question's words may stand in the one before it: "We looked at two flats. The second
    has a balcony." So the sentence after the best by words wins where it alone tells what is asked for.
    """
    rarity, kinds = _asked(question)
    sentences = analyse(text).sentences
    best, most = "", -1.0
    before = 0.0
    for sentence in sentences:
        held = sum(worth for stem, worth in rarity.items() if stem in sentence.stems)
        told = sum(kind.search(sentence.text) is not None for kind in kinds)
        score = held + 0.5 * before * bool(told) + OF_THE_KIND * told - (1.0 if sentence.asks else 0.0)
        if score > most:
            best, most = sentence.text, score
        before = held
    return best or (analyse(text).title or "")
