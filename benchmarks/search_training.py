"""Choosing the weights of the ranking: features of the product itself, a linear listwise model, folds by conversation.

    python -m benchmarks.search_training --data locomo_dev.json --notes til_notes.jsonl [--write]

Loads each conversation and the notes into an installation of its own below CODEX_HOME (see `retrieval.py`), lets them
be worked off, and takes the features that the product computes for each question. Prints the ablation: the figures of
each conversation under weights that were chosen without it, with each group of features left out. `--write` fits on
all and writes `include/search/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import Asked, conversations, loaded, macro, notes, scored
from include.language_model.choice import embedded_model
from include.search import ranking
from include.search.candidates import Filters, bring_up
from include.search.question import read

PENALTY = 60.0
"""Of the squared weights, on features of unit variance: strong, since four conversations are few."""
NOTES_SHARE = 1.0
"""Weight of all questions about notes, against all those about conversations."""

FREE = frozenset({"speaker_asks", "very_short", "of_self", "greets", "is_question", "has_question"})
"""Features that may speak for or against a memory. All others speak for it (`other_speaker`: against it), or not."""
FLOORS = {"derived": 1.0, "association": 0.3}
"""Chosen by hand: what was learned and what is linked must be able to bring something up that nothing else does."""


@dataclass(frozen=True)
class Example:
    """One question with the features of what was brought up for it."""

    asked: Asked
    features: NDArray[np.float64]
    ids: list[str]
    right: NDArray[np.bool_]


def examples(asked: Sequence[Asked], url: str) -> list[Example]:
    """What the product computes for each question."""
    from include.store.connection import connect

    model = embedded_model()
    name = model.identity("embeddings").model
    found = []
    with connect(url) as store:
        for one in asked:
            question = read(store, one.text)
            vector = model.embed([question.without_speakers], "query")[0]
            question, candidates = bring_up(store, question, vector, name, Filters(one.tags))
            ids = [str(memory.memory_id) for memory in candidates.memories]
            right = np.array([memory_id in one.evidence for memory_id in ids], dtype=bool)
            found.append(Example(one, ranking.features(question, candidates), ids, right))
    return found


def fit(given: Sequence[Example], weights: Sequence[float], used: NDArray[np.int_]) -> NDArray[np.float64]:
    """Weights under which each right memory is probable against all wrong ones (ListNet's top-one, Cao et al. 2007)."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    kept = [(example.features[:, used], example.right, weight) for example, weight in zip(given, weights, strict=True)
            if example.right.any()]  # fmt: skip
    scale = np.concatenate([features for features, _, _ in kept]).std(axis=0) + 1e-6

    def loss(guess: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros(len(guess))
        for features, right, weight in kept:
            scaled = features / scale
            scores = scaled @ guess
            odds = np.exp(scores - scores.max())
            wrong, wrong_slope = odds[~right].sum(), odds[~right] @ scaled[~right]
            for row in np.flatnonzero(right):
                both = wrong + odds[row]
                share = weight / right.sum()
                total -= share * math.log(odds[row] / both)
                slope += share * ((wrong_slope + odds[row] * scaled[row]) / both - scaled[row])
        return float(total + PENALTY / 2 * guess @ guess) / len(kept), (slope + PENALTY * guess) / len(kept)

    bounds = [
        (None, None)
        if name in FREE
        else (None, 0.0)
        if name == "other_speaker"
        else (FLOORS.get(name, 0.0) * size, None)
        for name, size in zip(np.array(ranking.FEATURES)[used], scale, strict=True)
    ]
    found = minimize(loss, np.zeros(len(used)), jac=True, method="L-BFGS-B", bounds=bounds).x / scale
    chosen = np.zeros(len(ranking.FEATURES))
    chosen[used] = found
    return chosen


def trained(chats: Sequence[Example], written: Sequence[Example], used: NDArray[np.int_]) -> NDArray[np.float64]:
    """Weights from conversations (without questions about what was never said) and notes."""
    said = [example for example in chats if example.asked.category != "adversarial"]
    share = NOTES_SHARE * len(said) / max(len(written), 1)
    return fit([*said, *written], [1.0] * len(said) + [share] * len(written), used)


def ranked(example: Example, weights: NDArray[np.float64]) -> list[str]:
    """The ids, best first."""
    return [example.ids[row] for row in np.argsort(-(example.features @ weights), kind="stable")]


def held_out(
    chats: Sequence[Example], train: Sequence[Example], test: Sequence[Example], used: NDArray[np.int_]
) -> dict[str, float]:
    """Figures of each conversation under weights chosen without it, and of notes under the mean of those weights."""
    results, all_weights = [], []
    for name in sorted({example.asked.conversation for example in chats}):
        weights = trained([example for example in chats if example.asked.conversation != name], train, used)
        all_weights.append(weights)
        results += [
            (example.asked, scored(ranked(example, weights), example.asked.evidence))
            for example in chats
            if example.asked.conversation == name
        ]
    figures = macro(results)
    middle = np.mean(all_weights, axis=0)
    of_notes = [scored(ranked(example, middle), example.asked.evidence)["mrr"] for example in test]
    return figures | ({"notes_mrr": mean(of_notes)} if of_notes else {})


def main() -> None:
    """Print the ablation, one JSON line each; with `--write`, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    chats = []
    with loaded("conversations", conversations(given.data)) as (url, asked):
        chats = examples(asked, url)
    with loaded("notes", notes(given.notes)) as (url, asked):
        written = examples([one for one in asked if one.fold in (0, 1)], url)
    train = [example for example in written if example.asked.fold == 1]
    test = [example for example in written if example.asked.fold == 0]
    every = np.arange(len(ranking.FEATURES))
    print(json.dumps({"without": "nothing", **held_out(chats, train, test, every)}), flush=True)
    for group, names in ranking.GROUPS.items():
        used = np.array([place for place, name in enumerate(ranking.FEATURES) if name not in names])
        print(json.dumps({"without": group, **held_out(chats, train, test, used)}), flush=True)
    if given.write:
        weights = trained(chats, train, every)
        named = {name: round(float(weight), 4) for name, weight in zip(ranking.FEATURES, weights, strict=True)}
        ranking.WEIGHTS.write_text(json.dumps(named, indent=2) + "\n")
        print(f"Written: {ranking.WEIGHTS}", file=sys.stderr)


if __name__ == "__main__":
    main()
