"""Choosing the weights of the ranking: features of the product itself, a linear listwise model, folds by conversation.

    python -m benchmarks.search_training --data locomo_dev.json --notes til_notes.jsonl [--write]

Loads each conversation and the notes into an installation of its own below CODEX_HOME (see `retrieval.py`), lets them
be worked off, and takes the features that the product computes for each question. The notes that `retrieval.py` asks
about are never learned from. Prints the ablation: the figures of each conversation and each part of the other notes
under weights that were chosen without it, with each group of features left out, and the figures of the notes that
`retrieval.py` asks about under the mean of those weights. `--write` fits on all but these and writes
`include/search/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import Asked, bm25, conversations, loaded, macro, notes, sampled, scored
from include.language_model.choice import embedded_model
from include.search import ranking
from include.search.candidates import Filters, bring_up
from include.search.question import read

PENALTY = 60.0
"""Of the squared weights, on features of unit variance: strong, since four conversations are few."""
NOTES_SHARE = 1.0
"""Weight of all questions about notes, against all those about conversations."""

FREE = frozenset({"speaker_asks", "very_short", "of_self", "greets", "is_question", "has_question"})
"""Features that may speak for or against a memory. All others speak for it, or not."""
AGAINST = frozenset({"other_speaker", "machine"})
"""But these speak against it, or not."""
FLOORS = {"derived": 1.0, "association": 0.3, "strength": 0.2}
"""Chosen by hand: what was learned and what is linked must be able to bring something up that nothing else does, and of
two memories that answer equally well, the stronger one comes to mind first."""
OF_SPEAKERS = [ranking.FEATURES.index(name) for name in ranking.GROUPS["speaker"]]


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


def fit(
    given: Sequence[Example],
    weights: Sequence[float],
    used: NDArray[np.int_],
    *,
    base: NDArray[np.float64] | None = None,
    penalty: float = PENALTY,
) -> NDArray[np.float64]:
    """Weights under which each right memory is probable against all wrong ones (ListNet's top-one, Cao et al. 2007).

    `base`: weights of all features, which stay as they are but for those `used`.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    kept = [(example, weight) for example, weight in zip(given, weights, strict=True) if example.right.any()]
    features = np.concatenate([example.features[:, used] for example, _ in kept])
    chosen = np.zeros(len(ranking.FEATURES)) if base is None else base.copy()
    chosen[used] = 0.0
    given_scores = np.concatenate([example.features @ chosen for example, _ in kept])
    scale = features.std(axis=0) + 1e-6
    features /= scale
    sizes = [len(example.right) for example, _ in kept]
    starts, question = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(kept)), sizes)
    right = np.concatenate([example.right for example, _ in kept])
    rows = np.flatnonzero(right)
    share = np.array([weight / example.right.sum() for example, weight in kept])[question[rows]]

    def loss(guess: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = given_scores + features @ guess
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[question])
        wrong = odds * ~right
        both = np.add.reduceat(wrong, starts)[question[rows]] + odds[rows]
        total = -(share * np.log(odds[rows] / both)).sum()
        against = np.bincount(question[rows], share / both, minlength=len(kept))[question]
        slope = (wrong * against) @ features + (share * (odds[rows] / both - 1.0)) @ features[rows]
        return float(total + penalty / 2 * guess @ guess) / len(kept), (slope + penalty * guess) / len(kept)

    bounds = [
        (None, None) if name in FREE else (None, 0.0) if name in AGAINST else (FLOORS.get(name, 0.0) * size, None)
        for name, size in zip(np.array(ranking.FEATURES)[used], scale, strict=True)
    ]
    found = minimize(loss, np.zeros(len(used)), jac=True, method="L-BFGS-B", bounds=bounds).x / scale
    chosen[used] = found
    return chosen


def trained(chats: Sequence[Example], written: Sequence[Example], used: NDArray[np.int_]) -> NDArray[np.float64]:
    """Weights from conversations and notes.

    Questions about what was never said name the wrong speaker: they teach everything but who speaks.
    """
    share = NOTES_SHARE * len(chats) / max(len(written), 1)
    taught = [_of_nobody(example) if example.asked.category == "adversarial" else example for example in chats]
    return fit([*taught, *written], [1.0] * len(taught) + [share] * len(written), used)


def _of_nobody(example: Example) -> Example:
    features = example.features.copy()
    features[:, OF_SPEAKERS] = 0.0
    return replace(example, features=features)


def ranked(example: Example, weights: NDArray[np.float64]) -> list[str]:
    """The ids, best first."""
    return [example.ids[row] for row in np.argsort(-(example.features @ weights), kind="stable")]


def held_out(
    chats: Sequence[Example], written: Sequence[Example], asked_at_last: Sequence[Example], used: NDArray[np.int_]
) -> dict[str, float]:
    """Figures under weights that were chosen without what they are measured on, as the module tells."""
    names = sorted({example.asked.conversation for example in chats})
    results, all_weights = [], []
    for part, name in enumerate(names):
        weights = trained(
            [example for example in chats if example.asked.conversation != name],
            [example for example in written if example.asked.fold % len(names) != part],
            used,
        )
        all_weights.append(weights)
        left_out = [example for example in chats if example.asked.conversation == name]
        left_out += [example for example in written if example.asked.fold % len(names) == part]
        results += [(example.asked, scored(ranked(example, weights), example.asked.evidence)) for example in left_out]
    figures = macro([result for result in results if result[0].category != "known-item"])
    middle = np.mean(all_weights, axis=0)
    return figures | {
        "notes_mrr": round(mean(figure["mrr"] for one, figure in results if one.category == "known-item"), 4),
        "notes_asked_at_last_mrr": round(
            mean(scored(ranked(example, middle), example.asked.evidence)["mrr"] for example in asked_at_last), 4
        ),
    }


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
    memories, titles = notes(given.notes)
    last = {one.evidence for one in sampled(titles)}
    with loaded("notes", (memories, titles)) as (url, asked):
        written = examples(asked, url)
    train = [example for example in written if example.asked.evidence not in last]
    test = [example for example in written if example.asked.evidence in last]
    for name, part in (("notes", train), ("notes_asked_at_last", test)):
        found = bm25(memories, [example.asked for example in part])
        print(json.dumps({"bm25_mrr": max(found.values()), "of": name}), flush=True)
    every = np.array([place for place, name in enumerate(ranking.FEATURES) if name not in ranking.OF_A_MACHINE])
    print(json.dumps({"without": "nothing", **held_out(chats, train, test, every)}), flush=True)
    for group, names in ranking.GROUPS.items():
        used = np.array(
            [place for place, name in enumerate(ranking.FEATURES) if name not in (*names, *ranking.OF_A_MACHINE)]
        )
        print(json.dumps({"without": group, **held_out(chats, train, test, used)}), flush=True)
    if given.write:
        weights = trained(chats, train, every)
        named = {name: round(float(weight), 4) for name, weight in zip(ranking.FEATURES, weights, strict=True)}
        named |= {name: ranking.weights()[name] for name in ranking.OF_A_MACHINE}
        ranking.WEIGHTS.write_text(json.dumps(named, indent=2) + "\n")
        print(f"Written: {ranking.WEIGHTS}", file=sys.stderr)


if __name__ == "__main__":
    main()
