"""How likely what was found answers the question, so that "not known" can be said instead of the least bad hit.

A logistic function of a few signs that are the same for every store; one where the question names somebody who speaks
in memories, one where it does not. `benchmarks/answers.py` chooses the weights; they are in `known.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from include.embedded_model.words import words_of
from include.search import ranking
from include.search.candidates import Candidates, Memory
from include.search.question import Question

FILE = Path(__file__).with_name("known.json")
SPOKEN, WRITTEN = "spoken", "written"
READ = 3
"""So many of the best memories are looked at: as many as an answer cites."""

SIGNS = (
    "covered_around",  # share of the question's words, by rarity, in the best memory and its neighbours
    "rarest_missing",  # whether the rarest word is in none of the best three
    "names_missing",  # share of the names in the question that are in none of the best three
    "alike",  # cosine of the best three with the question, at most
    "score",  # of the best memory
    "lead",  # of the best memory over the fifth
    "share_of_others",  # where the question names who speaks: the share of the belief in what others say
)  # fmt: skip
"""What is looked at, between about -2 and 2 each."""
AGAINST = frozenset({"rarest_missing", "names_missing", "share_of_others"})
"""What speaks against an answer; all others speak for it."""

_OF_SPEAKERS = [ranking.FEATURES.index(name) for name in ranking.GROUPS["speaker"]]


def signs(
    question: Question, candidates: Candidates, features: NDArray[np.float64], rows: list[int]
) -> NDArray[np.float64]:
    """The signs of a question: (`SIGNS`,). `rows`: of the candidates that may be results, the best first, not none."""
    memories = [candidates.memories[row] for row in rows]
    best = memories[:READ]
    rarity = np.array([term.rarity for term in question.terms])
    asked = rarity.sum() or 1.0
    held = np.array([_holds(question, memory) for memory in best]).reshape(len(best), len(rarity))
    together = np.any(held, axis=0).reshape(len(rarity))
    around = features[rows[0], ranking.FEATURES.index("around_3")]
    covered = float(held[0] @ rarity / asked)
    scores = ranking.scores(features)
    # Where fewer than five were found, what would be the fifth has nothing for it.
    fifth = float(scores[rows[4]]) if len(rows) > 4 else min(0.0, float(scores[rows].min()))
    found: dict[str, float] = {
        "covered_around": covered + float(around),
        "rarest_missing": float(len(rarity) > 0 and not together[int(rarity.argmax())]),
        "names_missing": _names_missing(question, best),
        "alike": max(memory.cosine for memory in best),
        "score": float(scores[rows[0]]) / 5.0,
        "lead": (float(scores[rows[0]]) - fifth) / 5.0,
        "share_of_others": _share_of_others(question, features, rows),
    }
    return np.array([found[name] for name in SIGNS])


def _holds(question: Question, memory: Memory) -> list[bool]:
    return [any(lexeme in memory.positions for lexeme in term.lexemes) for term in question.terms]


def _names_missing(question: Question, best: list[Memory]) -> float:
    """Share of the question's names, without those of speakers, that no text of the best memories has."""
    words = words_of(question.text)
    names = [word.base for word in words[1:] if word.capital and word.base not in question.speakers]
    texts = [memory.content.lower() for memory in best]
    missing = [name for name in names if not any(name in text for text in texts)]
    return len(missing) / len(names) if names else 0.0


def _share_of_others(question: Question, features: NDArray[np.float64], rows: list[int]) -> float:
    """How much of the belief is in what others say than who is asked about, if nobody's saying it counted."""
    if not question.speakers:
        return 0.0
    of_nobody = features[rows]
    of_nobody[:, _OF_SPEAKERS] = 0.0
    scores = ranking.scores(of_nobody)
    others = features[rows, ranking.FEATURES.index("other_speaker")] > 0
    own = features[rows, ranking.FEATURES.index("speaker")] > 0
    if not own.any():
        return float(others.any())
    odds = np.exp(scores - scores.max())
    return float(odds[others].sum() / odds.sum())


@dataclass(frozen=True)
class Judgement:
    """A logistic function of the signs, and the belief below which there is no answer."""

    threshold: float
    constant: float
    weights: Mapping[str, float]


def case_of(question: Question) -> str:
    """Which judgement is asked: who speaks tells most where the question names them, and nothing where it does not."""
    return SPOKEN if question.speakers else WRITTEN


@lru_cache(maxsize=1)
def judgements() -> Mapping[str, Judgement]:
    """By `case_of`."""
    return {case: Judgement(**given) for case, given in json.loads(FILE.read_text()).items()}


def belief(judgement: Judgement, found: NDArray[np.float64]) -> float:
    """How likely the best memories answer the question, from 0 to 1."""
    total = judgement.constant + sum(judgement.weights[name] * value for name, value in zip(SIGNS, found, strict=True))
    return float(1.0 / (1.0 + np.exp(-total)))


def is_known(question: Question, candidates: Candidates, features: NDArray[np.float64], rows: list[int]) -> bool:
    """Whether an answer is given. Arguments as of `signs`."""
    judgement = judgements()[case_of(question)]
    return belief(judgement, signs(question, candidates, features, rows)) >= judgement.threshold
