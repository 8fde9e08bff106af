"""Ranking: one linear function of what speaks for a memory, explained in docs/search.md.

Features are between 0 and about 1. What distinguishes memories differs between short turns of a chat and long notes, so
features of words come in two: `…_short` counts where the memories that may answer are short, `…_long` where they are
long, in shares that add up to 1. The weights are in `weights.json`; `benchmarks/search_training.py` chooses them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from include.search.candidates import PAUSE, Candidates, Memory
from include.search.question import Question, listed

Column = NDArray[np.float64]

SATURATION = 1.2
"""BM25's k1 (Robertson & Zaragoza 2009)."""
LITTLE_LENGTH, USUAL_LENGTH, MUCH_LENGTH = 0.3, 0.75, 0.9
"""BM25's b: chats want little normalisation of length, long notes more; the weights choose between them."""
EVIDENCE = 20.0
"""A BM25 score that counts as 1 where it is not taken relative to anything."""
HALF_LONG = 40.0
"""Words: where half of the memories that may answer have more, they count half as short, half as long ones."""
AT_LENGTH = 100.0
"""Words, likewise, for what counts in chats with a machine that answers at length."""

GROUPS: dict[str, tuple[str, ...]] = {
    "words": (
        "coverage_short", "near_short", "bm25_long", "bm25_usual_long", "bm25_much_long", "share_long", "near_long",
        "evidence_long", "rarest", "three_terms", "akin_short", "akin_long",
    ),
    "meaning": ("cosine_long", "cosine_best", "cosine_place"),
    "neighbours": ("cosine_before", "cosine_after", "around_1", "around_3", "before_2", "after_2", "replies"),
    "session": ("session_short",),
    "speaker": ("speaker", "other_speaker", "speaker_of_self", "speaker_asks", "machine", "machine_told"),
    "time": ("date", "when", "when_dated"),
    "answer": ("how_many", "where", "why", "title", "name", "feeling", "rule", "never", "figure"),
    "form": ("length", "very_short", "of_self", "greets", "is_question", "has_question", "tells_time"),
    "learned": ("derived",),
    "association": ("association",),
    "strength": ("strength",),
}  # fmt: skip
"""Reason shown with a result → the features it sums."""
FEATURES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)
OF_A_MACHINE = ("machine", "machine_told", "rule", "never", "figure")
"""Features that are 0 unless a machine speaks; `benchmarks/long_chats.py` chooses their weights."""

WEIGHTS = Path(__file__).with_name("weights.json")

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|\d+")
_APART = bytes(
    ord(character.lower()) if character.isalnum() or character == "'" else ord(" ")
    for character in map(chr, range(128))
) + bytes(128)
_TIME_WORDS = listed("time")
_NUMBERS = listed("numbers")
_OF_SELF = listed("of self")
_GREETING = re.compile(
    r"(?:hey|hi|hello|thanks|thank you|wow|yeah|yep|cool|awesome|nice|great|congrats|bye|sounds|that's|sure)\b", re.I
)
_AFTER_NAME = re.compile(r":[*_]{0,2}[ \n]")
"""What ends the name of who speaks, in Markdown, too (the column `speaker`)."""
_PLACE = re.compile(r"\b(?:in|at|to|from|near|visited|visit) (?:the )?[A-Z][a-z]+")
# What must not stand before is looked at after the first characters: a pattern that begins with them is found ten times
# as quickly.
_YEAR = re.compile(r"(?:19|20)(?<!\d\d\d)\d\d(?!\d)")
_DIGIT = re.compile(r"\d(?<!\w\d)")
_REASON = re.compile(r"\b(?:because|since|so that|'?cause|reason|in order to|wanted to|inspired|weil|damit)\b", re.I)
_TITLE = re.compile(r"[\"\u201c\u201e\u00ab]\w")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_FEELING = re.compile(
    r"\b(?:feel|feels|felt|feeling|happy|sad|excited|nervous|proud|glad|love|upset|angry|grateful|relieved|stoked)\b",
    re.I,
)
_LOOKED_FOR: Mapping[str, Callable[[str], float]] = {
    "where": lambda text: _PLACE.search(text) is not None,
    "why": lambda text: _REASON.search(text) is not None,
    "title": lambda text: _TITLE.search(text) is not None,
    "name": lambda text: min(len(_NAME.findall(text)), 3) / 3.0,
    "feeling": lambda text: _FEELING.search(text) is not None,
}
"""What takes a look at each text, where the question asks for it → its feature, between 0 and 1."""
_MACHINES = listed("machines")
"""Who speaks for a machine: what the owner said is remembered before what a machine wrote."""
_NEVER = re.compile(r"\b(?:never|haven't|have not|hadn't|nie|noch nicht)\b", re.I)
_RULE = re.compile(
    r"\b(?:always|from now on|when(?:ever)? i ask|prefer(?:ence)?|i(?:'d| would) rather|i (?:don't )?like|immer|lieber)"
    r"\b",
    re.I,
)
_OF_A_TURN = frozenset({"of_self", "greets", "is_question", "has_question", "tells_time"})
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_PAUSE = PAUSE // _MICROSECOND
_LOOKED_AT = 1_000
"""Characters in which cues of time, number and place are looked for."""


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    """The weight of each feature."""
    given: dict[str, float] = json.loads(WEIGHTS.read_text())
    return {name: float(given.get(name, 0.0)) for name in FEATURES}


def scores(features: NDArray[np.float64], given: Mapping[str, float] | None = None) -> Column:
    """The linear function: (memories, features) → (memories,)."""
    chosen = weights() if given is None else given
    found: Column = features @ np.array([chosen[name] for name in FEATURES])
    return found


def contributions(features: NDArray[np.float64]) -> dict[str, Column]:
    """What each group of features adds to the scores."""
    shares = features * np.array([weights()[name] for name in FEATURES])
    found, start = {}, 0
    for group, names in GROUPS.items():
        found[group] = shares[:, start : start + len(names)].sum(axis=1)
        start += len(names)
    return found


def below_what_superseded(scores: Column, candidates: Candidates) -> Column:
    """The scores, but what superseded knowledge takes its place, where that was found, and the old stands right below.

    So the old is not buried below all that a newer memory, which says the question's words less, is ranked below.
    """
    place = {memory.memory_id: number for number, memory in enumerate(candidates.memories)}
    lowered = scores.copy()
    for _ in range(len(candidates.superseded)):  # A by B, B by C: at most so many steps until nothing moves
        before = lowered.copy()
        for old, new in candidates.superseded.items():
            if old in place and new in place:
                lowered[place[new]] = max(lowered[place[new]], lowered[place[old]])
                lowered[place[old]] = min(lowered[place[old]], np.nextafter(lowered[place[new]], -np.inf))
        if np.array_equal(before, lowered):
            break
    return lowered


def speaks_for(features: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether anything of the question itself is in a candidate or around it; form and strength alone say nothing."""
    names = ("coverage_short", "cosine_best", "around_3", "derived", "association", "date")
    found: NDArray[np.bool_] = np.any(features[:, [FEATURES.index(name) for name in names]] > 0, axis=1)
    return found


class Surroundings:
    """Which candidate stands beside which, in its stream."""

    def __init__(self, candidates: Candidates) -> None:
        place = {memory.memory_id: number for number, memory in enumerate(candidates.memories)}
        count = len(place)
        self._before = np.full(count + 1, count)
        self._after = np.full(count + 1, count)
        for later, earlier in candidates.before.items():
            if later in place and earlier in place:
                self._before[place[later]] = place[earlier]
                self._after[place[earlier]] = place[later]

    def at(self, column: Column, steps: int) -> Column:
        """The column's values of the memories so many steps before (negative) or after; 0 where there is none."""
        extended = np.append(column, 0.0)
        way = self._before if steps < 0 else self._after
        index = np.arange(len(extended))
        for _ in range(abs(steps)):
            index = way[index]
        return extended[index][:-1]


def features(question: Question, candidates: Candidates, best_of: int | None = None) -> NDArray[np.float64]:
    """What speaks for each candidate: (memories, `FEATURES`).

    What takes a look at each text (`_LOOKED_FOR`) is looked for only where it could bring a memory among the `best_of`
    best that may be results; None: everywhere.
    """
    memories = candidates.memories
    beside = Surroundings(candidates)
    rarity = np.array([term.rarity for term in question.terms])
    asked = rarity.sum() or 1.0
    counts = _counts(question, memories)
    held = counts > 0
    length = np.array([memory.length for memory in memories], dtype=float)
    relative = length / max(question.mean_length, 1.0)

    long = _longness(length)
    short = 1.0 - long
    little, usual, much = (
        _bm25(counts, rarity, relative, share) for share in (LITTLE_LENGTH, USUAL_LENGTH, MUCH_LENGTH)
    )
    bm25, coverage, near = _relative(little), held @ rarity / asked, _near(question, memories, rarity) / asked
    cosine = np.array([memory.cosine for memory in memories])
    best = _relative(cosine)

    found: dict[str, Column] = {}
    found["coverage_short"], found["near_short"] = short * coverage, short * near
    found["bm25_long"], found["bm25_usual_long"] = long * bm25, long * _relative(usual)
    found["bm25_much_long"] = long * _relative(much)
    found["share_long"], found["near_long"] = long * much / ((SATURATION + 1.0) * asked), long * near
    found["evidence_long"] = long * much / EVIDENCE
    akin = _akin(question, memories, held, rarity) / asked
    found["akin_short"], found["akin_long"] = short * akin, long * akin
    found["cosine_place"] = _place(best)
    found["rarest"] = (held * rarity).max(axis=1, initial=0.0) / math.log(2.0 + question.memories)
    found["three_terms"] = (held.sum(axis=1) >= 3).astype(float)
    found["cosine_long"], found["cosine_best"] = long * cosine, best
    found["cosine_before"], found["cosine_after"] = beside.at(best, -1), beside.at(best, 1)
    close, wide = _around(held, rarity, beside)
    found["around_1"], found["around_3"] = close - coverage, wide - coverage
    found["before_2"], found["after_2"] = beside.at(bm25, -2), beside.at(bm25, 2)
    form = _form(question, memories)
    found["replies"] = beside.at(bm25, -1) * beside.at(form["has_question"], -1) * (1.0 - form["is_question"])
    found["session_short"] = short * _session(candidates)
    found |= _speaker(question, memories)
    found["speaker_of_self"] = found["speaker"] * form["of_self"]
    found["speaker_asks"] = found["speaker"] * form["is_question"]
    found["when"] = form["tells_time"] * question.asks_when
    found["when_dated"] = form["tells_time"] * bool(question.days)
    # How a turn of a conversation is put; of a text that nobody says, this means nothing.
    turn = np.array([memory.speaker is not None for memory in memories], dtype=float)
    found |= {name: column * turn if name in _OF_A_TURN else column for name, column in form.items()}
    found |= _with_a_machine(question, memories, length)
    found["date"] = np.array(
        [max((day.nearness(memory.created_at.date()) for day in question.days), default=0.0) for memory in memories]
    )
    found["derived"] = _derived(question, candidates, coverage)
    found["association"] = _association(candidates, 0.5 * bm25 + 0.5 * best)
    found["strength"] = np.array([memory.strength for memory in memories])
    found |= {name: np.zeros(len(memories)) for name in _LOOKED_FOR}
    asks = {
        "where": question.asks_where, "why": question.asks_why, "title": question.asks_what,
        "name": question.asks_what, "feeling": question.asks_feeling,
    }  # fmt: skip
    if sought := [name for name in _LOOKED_FOR if asks[name]]:
        so_far = np.stack([found[name] for name in FEATURES], axis=1)
        gain = sum(abs(weights()[name]) for name in sought)
        found |= _sought(sought, memories, _in_reach(so_far, memories, best_of, gain))
    return np.stack([found[name] for name in FEATURES], axis=1)


def _in_reach(
    so_far: NDArray[np.float64], memories: list[Memory], best_of: int | None, gain: float
) -> NDArray[np.intp]:
    """The memories that a feature, worth `gain` at most, could bring among the `best_of` best results."""
    everywhere = np.arange(len(memories))
    if best_of is None:
        return everywhere
    reached = scores(so_far)
    results = reached[speaks_for(so_far) & np.array([memory.allowed for memory in memories], dtype=bool)]
    if len(results) <= best_of:
        return everywhere
    found: NDArray[np.intp] = np.flatnonzero(reached >= np.partition(results, -best_of)[-best_of] - gain)
    return found


def _longness(length: Column) -> float:
    """From 0 to 1: how long the memories are that may answer; the same for all of them, so that none gains by it."""
    middle = float(np.median(length)) if len(length) else 0.0
    return middle / (middle + HALF_LONG)


def _relative(column: Column) -> Column:
    best = column.max(initial=0.0)
    return column / best if best > 0 else column


def _place(column: Column) -> Column:
    """1 for the best, 3/4 for the next, 3/5, 3/6, and so on, however far apart they are; 0 for 0."""
    place = np.argsort(np.argsort(-column, kind="stable"), kind="stable")
    return np.where(column > 0, 1.0 / (1.0 + place / 3.0), 0.0)


def _akin(question: Question, memories: list[Memory], held: NDArray[np.bool_], rarity: Column) -> Column:
    """The rarity of the question's words of which a memory only holds others of the same beginning ("dancer": "dance").

    Such a word begins like the lexeme but for its last two letters, at least four letters.
    """
    begins = {
        number: f" {term.lexemes[0][: max(4, len(term.lexemes[0]) - 2)]}"
        for number, term in enumerate(question.terms)
        if len(term.lexemes[0]) >= 4 and term.lexemes[0].isalpha() and term.share == 1.0
    }
    found = np.zeros(len(memories))
    for row, memory in enumerate(memories):
        text = f" {memory.content[:_LOOKED_AT].lower()}"
        found[row] = sum(
            rarity[number] for number, beginning in begins.items() if not held[row, number] and beginning in text
        )
    return found


def _counts(question: Question, memories: list[Memory]) -> NDArray[np.float64]:
    counts = np.zeros((len(memories), len(question.terms)))
    term_of = {lexeme: number for number, term in enumerate(question.terms) for lexeme in term.lexemes}
    for row, memory in enumerate(memories):
        for lexeme, positions in memory.positions.items():
            counts[row, term_of[lexeme]] += len(positions)
    return counts


def _bm25(counts: NDArray[np.float64], rarity: Column, relative_length: Column, share: float) -> Column:
    norm = SATURATION * (1.0 - share + share * relative_length)
    return (counts * (SATURATION + 1.0) / (counts + norm[:, None])) @ rarity


def _near(question: Question, memories: list[Memory], rarity: Column) -> Column:
    """Words that follow each other in the question and stand near each other in the memory."""
    near = np.zeros(len(memories))
    pairs = list(zip(range(len(question.terms)), range(1, len(question.terms)), strict=False))
    for row, memory in enumerate(memories):
        if len(memory.positions) < 2:
            continue
        where = [
            [position for lexeme in term.lexemes for position in memory.positions.get(lexeme, ())]
            for term in question.terms
        ]
        for one, other in pairs:
            if where[one] and where[other]:
                gap = min(abs(left - right) for left in where[one][:20] for right in where[other][:20])
                if 0 < gap <= 5:
                    near[row] += 0.5 * (rarity[one] + rarity[other]) / math.sqrt(gap)
    return near


def _around(held: NDArray[np.bool_], rarity: Column, beside: Surroundings) -> tuple[Column, Column]:
    """Share of the question's words in the memory or the one on each side; or in three before it and two after."""
    asked = rarity.sum() or 1.0
    close, wide = np.zeros(held.shape[0]), np.zeros(held.shape[0])
    for number, worth in enumerate(rarity):
        here = held[:, number].astype(float)
        near = np.maximum.reduce([here, beside.at(here, -1), beside.at(here, 1)])
        close += worth * near
        wide += worth * np.maximum.reduce([near, beside.at(here, -2), beside.at(here, -3), beside.at(here, 2)])
    return close / asked, wide / asked


def _with_a_machine(question: Question, memories: list[Memory], length: Column) -> dict[str, Column]:
    """What a machine wrote; and what the owner said of how they want it, of what they never did, or with a figure.

    All of it counts as far as the memories that may answer are long: a machine that answers in a line is as good a
    witness as the owner. Without a machine that speaks, nothing of this is looked for.
    """
    found = {name: np.zeros(len(memories)) for name in OF_A_MACHINE}
    machine = np.array([memory.speaker in _MACHINES for memory in memories], dtype=float)
    if not machine.any():
        return found
    middle = float(np.median(length))
    at_length = middle**2 / (middle**2 + AT_LENGTH**2)
    found["machine"], found["machine_told"] = machine, machine * question.asks_what_was_told
    for row, memory in enumerate(memories):
        if memory.speaker is None or machine[row]:
            continue
        text = _said(memory)
        found["rule"][row] = _RULE.search(text) is not None
        found["never"][row] = question.asks_ever and _NEVER.search(text) is not None
        found["figure"][row] = question.asks_figure and _DIGIT.search(text) is not None
    return {name: at_length * column for name, column in found.items()}


def _session(candidates: Candidates) -> Column:
    """Share of the question's words that are said somewhere in the memory's session, rare among sessions.

    A session is what was matched in a stream, until a pause; a memory is of the last one that began before it.
    """
    matches, memories = candidates.matches, candidates.memories
    matched = len(matches.term)
    if not matched:
        return np.zeros(len(memories))
    stream = np.concatenate([matches.stream, np.array([memory.stream for memory in memories], dtype=np.int64)])
    at = np.concatenate([matches.at, np.array([_instant(memory) for memory in memories], dtype=np.int64)])
    asked = np.arange(len(at)) >= matched
    order = np.lexsort((asked, at, stream))
    stream, at, asked = stream[order], at[order], asked[order]
    held = np.flatnonzero(~asked)
    begins = np.zeros(len(at), dtype=np.int64)
    begins[held[0]] = 1
    begins[held[1:]] = (np.diff(stream[held]) != 0) | (np.diff(at[held]) > _PAUSE)
    session = np.cumsum(begins)
    streams = stream[np.flatnonzero(begins)]
    of = np.empty(len(at), dtype=np.int64)
    of[order] = np.where((session > 0) & (streams[session - 1] == stream), session - 1, len(streams))
    holds = np.zeros((len(streams) + 1, int(matches.term.max()) + 1), dtype=bool)
    holds[of[:matched], matches.term] = True
    spread = holds.sum(axis=0)
    worth = np.where(spread > 0, np.log(1.0 + (len(streams) - spread + 0.5) / (spread + 0.5)), 0.0)
    return _relative((holds @ worth)[of[matched:]])


def _instant(memory: Memory) -> int:
    """Microseconds since 2000, UTC, as PostgreSQL counts."""
    return (memory.created_at - _EPOCH) // _MICROSECOND


def _form(question: Question, memories: list[Memory]) -> dict[str, Column]:
    """How a memory is put; whether it has a number only where the question asks for one."""
    rows = np.array([_form_of(_said(memory), memory.speaker is not None) for memory in memories])
    rows = rows.reshape(-1, 7)
    rows[:, 5] *= question.asks_how_many
    names = ("of_self", "greets", "is_question", "has_question", "tells_time", "how_many")
    found = {name: rows[:, place] for place, name in enumerate(names)}
    found["length"] = np.log1p(np.minimum(rows[:, -1], 120.0)) / math.log(121.0)
    found["very_short"] = 1.0 - np.minimum(rows[:, -1], 16.0) / 16.0
    return found


def _said(memory: Memory) -> str:
    """The part of a memory that is looked at: of a turn, the text after the name."""
    text = memory.content[:_LOOKED_AT]
    name = None if memory.speaker is None else _AFTER_NAME.search(text)
    return text if name is None else text[name.end() :]


@lru_cache(maxsize=16_384)
def _form_of(text: str, turn: bool) -> tuple[float, ...]:
    """The columns of `_form` that a text has whatever is asked, and how many words; questions meet the same texts."""
    words = _words(text)
    has_question = turn and "?" in text
    return (  # how a turn is put; of a text that nobody says, this is not looked at
        float(turn and not _OF_SELF.isdisjoint(words)),
        float(turn and _GREETING.match(text) is not None),
        float(has_question and text.split(" [image", 1)[0].rstrip().endswith("?")),
        float(has_question),
        float(not _TIME_WORDS.isdisjoint(words) or _YEAR.search(text) is not None),
        float(not _NUMBERS.isdisjoint(words) or _DIGIT.search(text) is not None),
        float(len(words)),
    )


def _words(text: str) -> list[str]:
    """The words (`_WORD`) of a text in small letters; of plain ASCII ten times as quickly as by the pattern alone."""
    if not text.isascii():
        return _WORD.findall(text.lower().replace("\u2019", "'"))
    apart = text.encode().translate(_APART)
    words = apart.decode().split()
    if apart.replace(b" ", b"").isalpha():
        return words
    return [word for part in words for word in ((part,) if part.isalpha() else _WORD.findall(part))]


def _sought(names: list[str], memories: list[Memory], rows: NDArray[np.intp]) -> dict[str, Column]:
    """Whether a memory has a reason, a title in quotes, a name, a feeling or a place; looked for in `rows` alone."""
    found = {name: np.zeros(len(memories)) for name in names}
    for row in rows:
        memory = memories[row]
        text = memory.content[:_LOOKED_AT]
        for name in names:
            found[name][row] = _LOOKED_FOR[name](_said(memory) if name == "where" else text)
    return found


def _speaker(question: Question, memories: list[Memory]) -> dict[str, Column]:
    """Whether the person named speaks, or only somebody else; a memory of several turns has all its speakers."""
    speaks = np.array([memory.speaker is not None and bool(question.speakers) for memory in memories], dtype=float)
    named = np.array([memory.speaker in question.speakers for memory in memories], dtype=float)
    if question.speakers:
        says = re.compile(rf"\n\W*(?:\[[^\]\n]{{1,40}}\]\W*)?(?:{_any_of(question.speakers)})\b[^:\n]{{0,40}}:", re.I)
        for row, memory in enumerate(memories):
            if speaks[row] and not named[row] and "\n" in memory.content:
                named[row] = says.search(memory.content) is not None
    return {"speaker": named, "other_speaker": speaks * (1.0 - named)}


def _any_of(names: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(names)))


def best_derived_text(question: Question, candidates: Candidates, memory_id: str) -> tuple[float, str, str]:
    """The insight or knowledge of a memory that holds most of the question: (share of its words, kind, text)."""
    asked = sum(term.rarity for term in question.terms) or 1.0
    best = (0.0, "", "")
    for kind, text, lexemes in candidates.derived_texts.get(memory_id, ()):
        share = sum(term.rarity for term in question.terms if not lexemes.isdisjoint(term.lexemes)) / asked
        best = max(best, (share, kind, text))
    return best


def _derived(question: Question, candidates: Candidates, coverage: Column) -> Column:
    """By how much the texts derived from a memory hold more of the question than the memory itself."""
    found = np.zeros(len(coverage))
    for row, memory in enumerate(candidates.memories):
        if memory.memory_id in candidates.derived_texts:
            found[row] = max(0.0, best_derived_text(question, candidates, memory.memory_id)[0] - coverage[row])
    return found


def _association(candidates: Candidates, direct: Column) -> Column:
    """Spreading activation, one step (Collins & Loftus 1975): the strongest link with a memory found counts."""
    place = {memory.memory_id: number for number, memory in enumerate(candidates.memories)}
    found = np.zeros(len(direct))
    for source, target, weight in candidates.links:
        if source in place and target in place:
            found[place[target]] = max(found[place[target]], weight * direct[place[source]])
    return found
