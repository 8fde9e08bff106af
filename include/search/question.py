"""A question: its words and how rare they are, the people and dates in it, the kind of answer it wants."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import psycopg

from include.embedded_model import wordlists
from include.embedded_model.words import COMMON_ZIPF, Word, lemma, words_of

LONGEST_QUESTION = 4_000
"""Characters of a question that are looked at."""
MOST_TERMS = 32
"""Of a long text, its rarest words."""
SPEAKS = 3
"""Turns after which a name before a colon is a speaker, and no "Note:"."""
DATED = 0.3
"""How much a word of a date counts, against others: the date of a memory is when it was saved, not its words."""


@cache
def listed(section: str) -> frozenset[str]:
    """The words of a section of `words.txt`."""
    name, found = "", set()
    for line in Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line[1:-1]
        elif name == section and not line.startswith("#"):
            found.add(line)
    return frozenset(found)


_ASKING = listed("asking")
"""Words that ask, beside the stop words of PostgreSQL; in a question they say nothing about the subject."""
_ASKS = re.compile(
    r"\?|^\W*(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|am|do|does|did|can|could|would|should|will"
    r"|has|have|had|may|might|tell|wer|was|wann|wo|wie|warum|welche[rnms]?)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|my|me|mine|i'm|i've|i'd)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\bwhen\b|\bhow long\b|\b(?:what|which) (?:date|day|month|year|time|week)\b|\bwann\b", re.IGNORECASE
)
_HOW_MANY = re.compile(r"\bhow (?:many|much|long|often|old|far)\b|\bwie ?viele?\b", re.IGNORECASE)
_WHY = re.compile(r"\bwhy\b|\bhow come\b|\bwarum\b", re.IGNORECASE)
_WHAT = re.compile(r"\b(?:what|which|who|whom|whose|was|welche[rnms]?|wer|wen|wem)\b", re.IGNORECASE)
_FEELING = re.compile(r"\b(?:feel(?:s|ing|ings)?|felt|emotions?|react(?:ed|ion)?)\b", re.IGNORECASE)
_EVER = re.compile(r"\bever\b|\b(?:have|has|had|did) (?:i|we)\b.*\b(?:before|already|yet)\b|\bjemals\b", re.IGNORECASE)
_TOLD = re.compile(
    r"\bdid you\b|\byou (?:\w+ )?(?:recommended|suggested|told|explained|said|gave|mentioned|advised|showed|wrote)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\b(?:what|which|how)\b.*\b(?:versions?|deadline|date|time|limits?|rate|size|weights?|usage|latency|settings?|number"
    r"|price|cost|budget|amount|score|percent(?:age)?|hours|days|weeks|many|much|long)\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|town|area)\b|\bwo\b", re.IGNORECASE)

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_IN_MONTH = re.compile(
    r"(?:\b(?P<before>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?"
    rf"\b(?P<month>{'|'.join(_MONTHS)})\b"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?\b)?(?:,?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_MAY_AS_MONTH = re.compile(r"\b(?:in|of|on|during|since|until|by|last|early|late)\s+may\b", re.IGNORECASE)
_ISO = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)(?:-(?P<day>\d\d))?\b")
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_PART_OF_DATE = re.compile(r"[^\W\d]{3,}|\d+(?:st|nd|rd|th)?")


@dataclass(frozen=True)
class Day:
    """A date as far as it is named; what is not named is None."""

    year: int | None
    month: int | None
    day: int | None

    def nearness(self, at: date) -> float:
        """How well an instant fits, from 0 to 1. Events are often written down within days after them."""
        if self.year is not None and at.year != self.year:
            return 0.0
        if self.month is None:
            return 0.2
        if self.day is None:
            after = (at.month - self.month) % 12
            return 1.0 if after == 0 else 0.5 if after == 1 and at.day <= 10 else 0.0
        try:
            gap = (at - date(self.year or at.year, self.month, self.day)).days
        except ValueError:
            return 0.0
        return math.exp(-max(gap, 0) / 5.0) if -1 <= gap <= 21 else 0.0


@dataclass(frozen=True)
class Term:
    """One word of the question: its lexeme and those of its irregular forms, which count as the same word."""

    lexemes: tuple[str, ...]
    memories: int
    """How many memories hold it."""
    rarity: float
    """Inverse document frequency (Robertson & Spärck Jones 1976), natural logarithm, times `share`."""
    share: float = 1.0
    """Less than 1 for words of a date."""


@dataclass(frozen=True)
class Question:
    """A question as it was understood."""

    text: str
    terms: tuple[Term, ...]
    speakers: frozenset[str]
    """Who is named (or asks) and speaks in memories, lower case."""
    days: tuple[Day, ...]
    asks_when: bool
    asks_how_many: bool
    asks_where: bool
    asks_why: bool
    asks_what: bool
    """Or which, or who."""
    asks_feeling: bool
    asks_ever: bool
    """Whether something was ever done, or is so: what denies it answers, too."""
    asks_what_was_told: bool
    """What "you", who are asked, said before."""
    asks_figure: bool
    """For a version, a deadline, a limit and the like."""
    memories: int
    """How many memories the index holds."""
    mean_length: float
    """Words of a memory, on average."""

    def among(self, memories: int, held: Mapping[int, int]) -> Question:
        """The same question, its words as rare as they are among so many memories: number of a term → held by."""
        terms = tuple(
            replace(term, rarity=term.share * rarity(memories, min(memories, held[number]))) if number in held else term
            for number, term in enumerate(self.terms)
        )
        return replace(self, terms=terms)

    @property
    def without_speakers(self) -> str:
        """The text without the names of those who speak, for the embedding: a name outweighs the subject."""
        if not self.speakers:
            return self.text
        names = "|".join(map(re.escape, sorted(self.speakers)))
        return re.sub(rf"\b(?:{names})\b(?:['\u2019]s)?", " ", self.text, flags=re.IGNORECASE)


_READ = r"""
    WITH words AS (
        SELECT position, lexeme FROM (
            SELECT lexeme, positions[1] AS position FROM unnest(codex_processed.words_of(%(text)s))
        ) AS found
    ), forms AS (
        SELECT form, (ts_lexize('english_stem', form))[1] AS lexeme FROM unnest(%(forms)s::text[]) AS form
    ), named AS (
        SELECT name FROM unnest(%(names)s::text[]) AS name
        WHERE (SELECT count(*) FROM (
            SELECT FROM codex_processed.memory_index m WHERE m.speaker = name LIMIT %(speaks)s
        ) AS turns) = %(speaks)s
    )
    SELECT
        (SELECT array_agg(lexeme ORDER BY position, lexeme) FROM words),
        (SELECT jsonb_object_agg(form, lexeme) FROM forms WHERE lexeme IS NOT NULL),
        (SELECT array_agg(name ORDER BY name) FROM named),
        (SELECT jsonb_object_agg(w.word, w.memories) FROM codex_processed.search_words w
            WHERE w.word IN (SELECT lexeme FROM words UNION SELECT lexeme FROM forms)),
        t.memories, t.words
    FROM codex_processed.search_totals t
"""


def rarity(memories: int, held: int) -> float:
    """Inverse document frequency of a word that so many of the memories hold; never below 0."""
    return math.log(1.0 + (memories - held + 0.5) / (held + 0.5))


@lru_cache(maxsize=1)
def _forms_of() -> dict[str, frozenset[str]]:
    """Dictionary form → its past forms that do not end in -ed ("go" → "went")."""
    forms: dict[str, set[str]] = {}
    for form in wordlists.terms("past_forms"):
        forms.setdefault(lemma(form), set()).add(form)
    return {base: frozenset(found) for base, found in forms.items()}


def _kin(word: str) -> set[str]:
    """Other forms of a lower-case word that a stemmer does not bring together."""
    base = lemma(word)
    return {base, *_forms_of().get(base, ())} - {word}


def days_in(text: str) -> dict[Day, str]:
    """The dates that a text names, and how: "May 23, 2023", "in June", "2023-05", "2022"."""
    days = {
        Day(int(found["year"]), int(found["month"]), int(found["day"]) if found["day"] else None): found.group()
        for found in _ISO.finditer(text)
        if 1 <= int(found["month"]) <= 12
    }
    for found in _IN_MONTH.finditer(text):
        day, year = found["before"] or found["after"], found["year"]
        if found["month"].lower() == "may" and not (day or year or _MAY_AS_MONTH.search(text)):
            continue
        named = Day(int(year) if year else None, _MONTHS[found["month"].lower()], int(day) if day else None)
        days[named] = found.group()
    return days or {Day(int(year), None, None): year for year in _YEAR.findall(text)}


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    return frozenset(name.lower() for name in wordlists.term_set("first_names"))


def _could_speak(words: Sequence[Word]) -> set[str]:
    """Words that may name somebody: those with a capital; where only grammar has one, first names and rare words."""
    capitals = {word.base for word in words if word.capital}
    if any(word.capital and not word.grammatical for word in words):
        return capitals
    small = (word for word in words if not word.grammatical)
    return capitals | {word.base for word in small if word.base in _first_names() or word.zipf < COMMON_ZIPF}


def read(store: psycopg.Connection[Any], text: str) -> Question:
    """Understand a question with what the index knows: rarity of its words, who speaks in it."""
    text = text[:LONGEST_QUESTION]
    words = words_of(text)
    kin = {word.base: _kin(word.base) for word in words if not word.grammatical and word.base.isascii()}
    names = _could_speak(words)
    if _FIRST_PERSON.search(text):
        names |= {"user", "human"}
    asking = {word.base for word in words if word.base in _ASKING} if _ASKS.search(text) else set()
    days = days_in(text)
    dates = {part for named in days.values() for part in _PART_OF_DATE.findall(named.lower())}
    forms = sorted({form for base, others in kin.items() for form in (base, *others)} | asking | dates)
    row = store.execute(_READ, {"text": text, "forms": forms, "names": sorted(names), "speaks": SPEAKS}).fetchone()
    lexemes, stems, speakers, counts, memories, length = row or ([], {}, [], {}, 0, 0)
    named = frozenset(speakers or ())
    stem_of = {form: (stems or {}).get(form, form) for form in {*forms, *named}}
    others: dict[str, set[str]] = {}
    for base, variants in kin.items():
        others.setdefault(stem_of[base], set()).update(stem_of[form] for form in variants)
    unsaid = {stem_of[name] for name in named} | named
    unsaid |= {stem_of[word] for word in asking} - {stem_of[base] for base in kin if base not in asking}
    # Of "wouldn't", PostgreSQL leaves "wouldn".
    unsaid |= {word.lower.removesuffix("'t") for word in words if word.lower.endswith("n't")}
    dated = {stem_of[part] for part in dates}
    terms, seen = [], set(unsaid)
    for lexeme in lexemes or ():
        if lexeme in seen:
            continue
        group = (lexeme, *sorted(others.get(lexeme, set()) - seen - {lexeme}))
        seen.update(group)
        held = min(memories, sum((counts or {}).get(member, 0) for member in group))
        share = DATED if lexeme in dated else 1.0
        terms.append(Term(group, held, share * rarity(memories, held), share))
    rarest = sorted(terms, key=lambda term: -term.rarity)[:MOST_TERMS]
    return Question(
        text,
        tuple(term for term in terms if term in rarest),
        named,
        tuple(days),
        bool(_WHEN.search(text)),
        bool(_HOW_MANY.search(text)),
        bool(_WHERE.search(text)),
        bool(_WHY.search(text)),
        bool(_WHAT.search(text)),
        bool(_FEELING.search(text)),
        bool(_EVER.search(text)),
        bool(_TOLD.search(text)),
        bool(_FIGURE.search(text)),
        int(memories),
        float(length) / memories if memories else 1.0,
    )
