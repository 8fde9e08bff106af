"""What a memory and those it is associated with have in common, and where they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, pairwise

from include.embedded_model import phrasings, schemas, wordlists
from include.embedded_model.analysis import Analysis, Sentence, analyse, content_words, person_names
from include.embedded_model.cues import cues_in
from include.embedded_model.gists import label, polished, within
from include.embedded_model.words import Word, lemma

MAXIMUM = 8
LONGEST = 400
_LONGEST_GIST = 1200
_CONTENT_SENTENCES = 30
"""Sentences of a memory that rules and principles are lifted from."""

Stems = tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """What was found; each list may be empty."""

    patterns: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    principles: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Gist:
    """One gist with its concepts."""

    text: str
    analysis: Analysis
    words: tuple[Word, ...]

    @cached_property
    def concepts(self) -> dict[Stems, str]:
        """Stems of one content word or two adjacent ones → how it is written."""
        telling = {word.start: word for word in content_words(self.words, self.analysis.language)}
        found: dict[Stems, str] = {}
        for word in telling.values():
            found.setdefault((word.stem,), word.base)
        for first, second in pairwise(self.words):
            adjacent = 0 < second.start - first.start - len(first.text) <= 1
            if adjacent and first.start in telling and second.start in telling:
                found.setdefault((first.stem, second.stem), f"{first.base} {second.base}")
        return found

    @cached_property
    def rarity(self) -> dict[str, float]:
        return {word.stem: word.rarity for word in self.words}

    def rarity_of(self, stems: Stems) -> float:
        return sum(self.rarity.get(stem, 2.0) for stem in stems)


# The gist of one memory is an associate of many others.
@lru_cache(maxsize=4096)
def _gist(text: str) -> _Gist:
    """A gist by its analysis; people's names are no concepts."""
    analysis = analyse(text[:_LONGEST_GIST])
    words = tuple(word for word in analysis.words if not (word.capital and word.base in person_names()))
    return _Gist(text, analysis, words)


def find_patterns(gist: str, goal: str | None, content: str, associated: Sequence[tuple[str, float]]) -> Patterns:
    """Compare a memory (its gist, goal, text) with the gists of its associates, given with their strengths (0 to 1)."""
    others = [_gist(text) for text, _ in sorted(associated, key=lambda pair: (-pair[1], pair[0])) if text.strip()]
    own = _gist(f"{gist}\n\n{goal or ''}")
    analysis = analyse(content)
    about = dict(own.concepts)
    for concept, written in _gist(" ".join(sentence.plain for sentence in analysis.sentences[:12])).concepts.items():
        about.setdefault(concept, written)
    shared = _shared(own, about, others)
    statements = [analysis, *(other.analysis for other in others)]
    return Patterns(
        patterns=(*_recurring(shared, others), *_threads(own, others))[:MAXIMUM],
        insights=(*_together(shared, others), *_unspoken(about, others), *_lifted(about, others))[:MAXIMUM],
        predictions=_predictions(statements),
        principles=_principles(statements),
        contradictions=_contradictions(own, analysis, others),
    )


# --- what recurs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shared:
    """A concept of the memory that associates hold too."""

    stems: Stems
    written: str
    holders: tuple[int, ...]
    weight: float


def _shared(own: _Gist, about: dict[Stems, str], others: Sequence[_Gist]) -> list[_Shared]:
    """Concepts at least two associates share with the memory, the most telling first; words within a pair left out."""
    found: list[_Shared] = []
    for stems, written in about.items():
        holders = tuple(position for position, other in enumerate(others) if stems in other.concepts)
        if len(holders) < 2:
            continue
        rarity = others[holders[0]].rarity_of(stems)
        # Two hits of an everyday word are chance.
        if len(stems) == 1 and len(holders) < 3 and len(others) > 3 and rarity < 3.4:
            continue
        # What all of them share is mostly their subject; what many share is the pattern.
        weight = rarity * len(holders) ** 0.5 * (0.6 if len(holders) == len(others) > 4 else 1.0)
        found.append(_Shared(stems, written, holders, round(weight * (1.25 if stems in own.concepts else 1.0), 6)))
    found.sort(key=lambda item: (-item.weight, item.stems))
    kept: list[_Shared] = []
    for item in found:
        if not any(set(item.stems) & set(other.stems) for other in kept):
            kept.append(item)
    return kept[:5]


def _quoted(holders: Sequence[int], others: Sequence[_Gist], limit: int = 3) -> str:
    return "; ".join(dict.fromkeys(label(others[position].text) for position in holders[:limit]))


def _recurring(shared: Sequence[_Shared], others: Sequence[_Gist]) -> list[str]:
    return [
        within(
            f"'{item.written}' comes up in {len(item.holders)} of {len(others)} related memories: "
            f"{_quoted(item.holders, others)}.",
            LONGEST,
        )
        for item in shared[:4]
    ]


def _threads(own: _Gist, others: Sequence[_Gist]) -> list[str]:
    """A role that the memory and at least half of its associates play, with different words."""
    theirs = [schemas.schemas_in(other.words) for other in others]
    found: list[tuple[float, str]] = []
    for role, evidence in schemas.schemas_in(own.words).items():
        words = [item[role].words[0] for item in theirs if role in item]
        different = {lemma(word): word for word in reversed(words) if lemma(word) != lemma(evidence.words[0])}
        if len(words) >= max(2, (len(others) + 1) // 2) and different and evidence.strength >= 2.0:
            listed = ", ".join(f"'{word}'" for word in list(reversed(different.values()))[:3])
            text = f"A common thread is {role}: '{evidence.words[0]}' here, {listed} in related memories"
            found.append((-evidence.strength * len(words), f"{text} ({len(words)} of {len(others)})."))
    return [text for _, text in sorted(found)[:2]]


# --- what one sees together -------------------------------------------------------------------------------------------


def _together(shared: Sequence[_Shared], others: Sequence[_Gist]) -> list[str]:
    """Pairs of shared concepts that go together."""
    found = []
    for pair in combinations(shared, 2):
        fewer, more = sorted(pair, key=lambda item: (len(item.holders), item.stems))
        both = len(set(fewer.holders) & set(more.holders))
        if both >= 2 and both / len(fewer.holders) >= 0.75 and len(more.holders) < len(others):
            found.append(
                f"Where '{fewer.written}' comes up, '{more.written}' comes up too "
                f"({both} of {len(fewer.holders)} related memories)."
            )
    return found[:2]


def _unspoken(about: dict[Stems, str], others: Sequence[_Gist]) -> list[str]:
    """A concept that most associates share and the memory does not name."""
    holders: dict[Stems, list[int]] = {}
    written: dict[Stems, str] = {}
    for position, other in enumerate(others):
        for stems, form in other.concepts.items():
            holders.setdefault(stems, []).append(position)
            written.setdefault(stems, form)
    found = [
        (-len(places) * others[places[0]].rarity_of(stems), stems)
        for stems, places in holders.items()
        if len(places) >= max(3, len(others) // 2)
        and stems not in about
        and not any((stem,) in about for stem in stems)
    ]
    return [
        within(
            f"Related memories keep coming back to '{written[stems]}' ({len(holders[stems])} of {len(others)}), "
            f"which this one does not mention: {_quoted(holders[stems], others, 2)}.",
            LONGEST,
        )
        for _, stems in sorted(found)[:1]
    ]


def _lifted(about: dict[Stems, str], others: Sequence[_Gist]) -> list[str]:
    """Sentences of associates that explain something the memory is about."""
    found: list[str] = []
    for other in others[:6]:
        for sentence in other.analysis.sentences[:4]:
            stems = {(word.stem,) for word in content_words(sentence.words, other.analysis.language)}
            explains = {"learning", "explanation", "decision"} & sentence.cues.keys()
            if explains and len(sentence.words) >= 7 and len(stems & about.keys()) >= 2 and not sentence.asks:
                found.append(within(f"A related memory explains: {polished(sentence.text)}", LONGEST))
                break
    return found[:2]


# --- rules ------------------------------------------------------------------------------------------------------------


def _sentences(statements: Sequence[Analysis]) -> list[Sentence]:
    """The sentences a rule may be lifted from."""
    return [
        sentence
        for analysis in statements
        for sentence in analysis.sentences[:_CONTENT_SENTENCES]
        if not sentence.asks and not sentence.is_lead_in
    ]


def _predictions(statements: Sequence[Analysis]) -> tuple[str, ...]:
    """If-then sentences, the condition first."""
    found: dict[str, None] = {}
    for sentence in _sentences(statements):
        text = sentence.text.strip().rstrip(".!:\u2026 ")
        rule = phrasings.RULE.match(text) or phrasings.RULE_TURNED.match(text)
        if not rule or phrasings.NO_RULE.search(text):
            continue
        mark = rule.group("mark").capitalize()
        condition, consequence = rule.group("if").strip(), rule.group("then").strip()
        if len(condition.split()) < 2 or len(consequence.split()) < 3:
            continue
        if not consequence[1:2].isupper() and not consequence.startswith(("I ", "I'")):
            consequence = consequence[0].lower() + consequence[1:]
        then = {"If": "then ", "Unless": "then ", "Once": "then ", "Wenn": "dann ", "Falls": "dann "}.get(mark, "")
        found[within(f"{mark} {condition}, {then}{consequence}.", LONGEST)] = None
    return tuple(found)[:4]


def _principles(statements: Sequence[Analysis]) -> tuple[str, ...]:
    """Sentences that say what one should, or what always holds."""
    found: dict[str, None] = {}
    for sentence in _sentences(statements):
        opening = sentence.words[:8]
        if not 5 <= len(sentence.words) <= 40 or "normative" not in cues_in(opening) or sentence.leans:
            continue
        if phrasings.NO_PRINCIPLE.search(sentence.text):
            continue
        about_oneself = any(word.lower in wordlists.group("first_person") for word in opening)
        if not about_oneself and not {"chatter", "hedge"} & sentence.cues.keys():
            found[within(polished(sentence.text), 300)] = None
    return tuple(found)[:4]


# --- contradictions ---------------------------------------------------------------------------------------------------


def _polarity(sentence: Sentence) -> int:
    """1: says that something works or holds; -1: that it does not; 0: neither."""
    if "negative_result" in sentence.cues:
        return -1
    return 1 if "positive_result" in sentence.cues else 0


def _contradictions(own: _Gist, analysis: Analysis, others: Sequence[_Gist]) -> tuple[str, ...]:
    """Pairs of statements about the same things with opposite outcomes."""
    mine = [sentence for sentence in (*own.analysis.sentences, *analysis.sentences[:12]) if _polarity(sentence)]
    found: dict[str, None] = {}
    for other in others:
        for theirs in other.analysis.sentences[:4]:
            opposed = [
                (*agreement, sentence)
                for sentence in mine
                if _polarity(sentence) * _polarity(theirs) == -1
                and (agreement := _agreement(sentence, theirs, other.analysis.language))
            ]
            if opposed:
                _, subject, sentence = max(opposed, key=lambda item: (item[0], item[1]))
                said, replied = (within(polished(item.text), 140) for item in (sentence, theirs))
                text = f"On '{subject}': this memory says \u201c{said}\u201d, a related one \u201c{replied}\u201d"
                found[within(text, LONGEST)] = None
    return tuple(found)[:3]


def _agreement(mine: Sentence, theirs: Sentence, language: str) -> tuple[float, str] | None:
    """How much two sentences are about the same (0 to 1) and their most telling common word; None for hardly."""
    own = {word.stem for word in content_words(mine.words, language)}
    other = {word.stem: word for word in content_words(theirs.words, language)}
    common = [word for stem, word in other.items() if stem in own]
    if len(common) < 2 or len(common) / min(len(own), len(other)) < 0.5:
        return None
    telling = max(common, key=lambda word: (word.rarity, word.base))
    return len(common) / min(len(own), len(other)), telling.base
