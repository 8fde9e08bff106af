"""How often `./codex ask` cites what answers, and says "not known" where nothing was said; and choosing when it does.

    python -m benchmarks.answers --data locomo_dev.json --notes til_notes.jsonl [--write]

The four conversations as in `retrieval.py`; every third of their questions asked of another conversation ("elsewhere",
where nobody of that name speaks); questions without the names of those who speak; and known-item questions about notes,
half of which are asked of a store in which that note is not found. Weights of the ranking and of
`include/answering/known.json` are chosen with one conversation (and a quarter of the notes) left out, on which they are
then measured. `--write` fits on all.

Figures: among the three notes that an answer cites, evidence for the question; questions about what was never said that
are answered "not known"; other questions that are wrongly refused; and the curve of the last two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import Asked, conversations, loaded, notes, sampled
from benchmarks.search_training import Example, trained
from include.answering import known
from include.language_model.choice import embedded_model
from include.search import ranking
from include.search.candidates import Candidates, Filters, bring_up
from include.search.find import best_rows
from include.search.question import Question, read
from include.store.connection import connect

ELSEWHERE, NAMELESS, NAMELESS_ELSEWHERE = "elsewhere", "without names", "without names, elsewhere"
OF_OTHER_KINDS = frozenset({"known-item", ELSEWHERE, NAMELESS, NAMELESS_ELSEWHERE})
"""Those that are not LoCoMo's own questions."""
PENALTY = 3.0
"""Of the squared weights, on signs of unit variance."""
REFUSED = 0.06
"""Of questions that have an answer, so many may be refused."""
NEVER_SAID = frozenset({"adversarial", ELSEWHERE, NAMELESS_ELSEWHERE})
EVERY = np.arange(len(ranking.FEATURES))


@dataclass(frozen=True)
class Seen:
    """A question with all that was brought up for it."""

    example: Example
    question: Question
    candidates: Candidates
    answerable: bool


def seen(asked: Sequence[Asked], url: str, *, hide_half: bool = False, nameless: bool = False) -> list[Seen]:
    """What the product brings up; where half is hidden, the right note is taken away from every other question.

    `nameless`: for the question without the names of those who speak, as one asks of one's own notes.
    """
    model = embedded_model()
    name = model.identity("embeddings").model
    found = []
    with connect(url) as store:
        for place, one in enumerate(asked):
            question = read(store, one.text)
            if nameless:
                question = read(store, " ".join(question.without_speakers.split()))
            vector = model.embed([question.without_speakers], "query")[0]
            question, candidates = bring_up(store, question, vector, name, Filters(one.tags))
            hidden = hide_half and place % 2 == 1
            if hidden:
                candidates.memories = [item for item in candidates.memories if item.memory_id not in one.evidence]
            if not candidates.memories:
                continue
            ids = [item.memory_id for item in candidates.memories]
            right = np.array([memory_id in one.evidence for memory_id in ids], dtype=bool)
            example = Example(one, ranking.features(question, candidates), ids, right)
            found.append(Seen(example, question, candidates, not hidden and one.category not in NEVER_SAID))
    return found


def elsewhere(asked: Sequence[Asked], category: str) -> list[Asked]:
    """Every third question that has an answer, asked of the next conversation."""
    names = sorted({one.conversation for one in asked})
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    kept = [one for one in asked if one.category != "adversarial"][::3]
    return [
        replace(one, conversation=following[one.conversation], tags=(following[one.conversation],), category=category)
        for one in kept
    ]


@dataclass(frozen=True)
class Judged:
    """A question under one choice of the ranking's weights."""

    one: Seen
    signs: NDArray[np.float64]
    cites_evidence: bool


def judged(given: Sequence[Seen], weights: NDArray[np.float64]) -> list[Judged]:
    """Signs and citations under these weights of the ranking."""
    named = dict(zip(ranking.FEATURES, map(float, weights), strict=True))
    ranking.weights.cache_clear()
    original, ranking.weights = ranking.weights, lambda: named  # type: ignore[assignment]
    try:
        found = []
        for one in given:
            scores = ranking.below_what_superseded(ranking.scores(one.example.features), one.candidates)
            rows = best_rows(one.candidates, one.example.features, scores)
            if not rows:
                continue
            cited = [one.candidates.memories[row].memory_id for row in rows[: known.READ]]
            signs = known.signs(one.question, one.candidates, one.example.features, rows)
            found.append(Judged(one, signs, any(memory_id in one.example.asked.evidence for memory_id in cited)))
        return found
    finally:
        ranking.weights = original


def fitted(given: Sequence[Judged]) -> dict[str, known.Judgement]:
    """A logistic function and a threshold for each case; what has an answer weighs as much as what has none.

    What speaks for an answer can't be learned to speak against it, nor the other way: `known.AGAINST`.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    found = {}
    for case in (known.SPOKEN, known.WRITTEN):
        of_case = [item for item in given if known.case_of(item.one.question) == case]
        signs = np.array([item.signs for item in of_case])
        scale = signs.std(axis=0) + 1e-6
        right = np.array([item.one.answerable for item in of_case])
        kinds = np.array([item.one.example.asked.category for item in of_case])
        far, of_notes = kinds == ELSEWHERE, kinds == "known-item"
        shares = (
            (right & ~of_notes, 0.5), (right & of_notes, 0.25), (far, 0.1),
            (~right & ~of_notes & ~far, 0.5), (~right & of_notes, 0.25),
        )  # fmt: skip
        worth = np.zeros(len(of_case))
        for chosen, share in shares:
            worth[chosen] = share * len(of_case) / max(chosen.sum(), 1)
        columns = np.column_stack([signs / scale, np.ones(len(of_case))])
        side = np.where(right, 1.0, -1.0)

        def loss(
            guess: NDArray[np.float64],
            side: NDArray[np.float64] = side,
            columns: NDArray[np.float64] = columns,
            worth: NDArray[np.float64] = worth,
        ) -> tuple[float, NDArray[np.float64]]:
            margin = side * (columns @ guess)
            slope = -(worth * side / (1.0 + np.exp(margin))) @ columns
            kept = np.append(guess[:-1], 0.0)
            total = (worth * np.logaddexp(0.0, -margin)).sum() + PENALTY / 2 * kept @ kept
            return float(total), slope + PENALTY * kept

        bounds = [(None, 0.0) if name in known.AGAINST else (0.0, None) for name in known.SIGNS] + [(None, None)]
        best = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
        named = dict(zip(known.SIGNS, (round(float(weight), 4) for weight in best[:-1] / scale), strict=True))
        unlimited = known.Judgement(0.0, round(float(best[-1]), 4), named)
        beliefs = np.array([known.belief(unlimited, item.signs) for item in of_case])
        # Of each kind by itself: titles of notes are repeated word by word, and would hide what paraphrases lose.
        limit = min(
            threshold(beliefs[part], right[part], REFUSED) for part in (of_notes, ~of_notes) if right[part].any()
        )
        found[case] = replace(unlimited, threshold=round(limit, 4))
    return found


def threshold(belief: NDArray[np.float64], answerable: NDArray[np.bool_], refused: float) -> float:
    """The belief below which this share of what has an answer lies."""
    return float(np.quantile(belief[answerable], refused))


def main() -> None:
    """Print JSON lines: each kind of question, the refusals, the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--notes", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with loaded("conversations", conversations(given.data)) as (url, asked):
        chats = seen([*asked, *elsewhere(asked, ELSEWHERE)], url)
        said = [replace(one, category=NAMELESS) for one in asked if one.category != "adversarial"][1::2]
        chats += seen([*said, *elsewhere(asked, NAMELESS_ELSEWHERE)], url, nameless=True)
    written: list[Seen] = []
    if given.notes:
        memories, titles = notes(given.notes)
        last = {one.evidence for one in sampled(titles)}
        with loaded("notes", (memories, titles)) as (url, asked):
            written = seen([one for one in asked if one.evidence not in last][:600], url, hide_half=True)
    names = sorted({one.example.asked.conversation for one in chats})
    held_out: list[tuple[Judged, float, float]] = []
    for part, name in enumerate(names):
        train = [one for one in chats if one.example.asked.conversation != name]
        train_notes = [one for one in written if one.example.asked.fold % len(names) != part]
        said = [one.example for one in train if one.example.asked.category not in OF_OTHER_KINDS]
        weights = trained(said, [one.example for one in train_notes if one.answerable], EVERY)
        chosen = fitted(judged([*train, *train_notes], weights))
        test = [one for one in chats if one.example.asked.conversation == name]
        test += [one for one in written if one.example.asked.fold % len(names) == part]
        for item in judged(test, weights):
            judgement = chosen[known.case_of(item.one.question)]
            held_out.append((item, known.belief(judgement, item.signs), judgement.threshold))
    _report(held_out)
    if given.write:
        everything = judged([*chats, *written], np.array([ranking.weights()[name] for name in ranking.FEATURES]))
        known.FILE.write_text(
            json.dumps({case: asdict(judgement) for case, judgement in fitted(everything).items()}, indent=2) + "\n"
        )
        print(f"Written: {known.FILE}", file=sys.stderr)


def _report(held_out: Sequence[tuple[Judged, float, float]]) -> None:
    kinds = sorted({item.one.example.asked.category for item, _, _ in held_out})
    for kind in kinds:
        of_kind = [(item, belief, limit) for item, belief, limit in held_out if item.one.example.asked.category == kind]
        with_answer = [entry for entry in of_kind if entry[0].one.answerable]
        without = [entry for entry in of_kind if not entry[0].one.answerable]
        line: dict[str, object] = {"kind": kind, "questions": len(of_kind)}
        if with_answer:
            line["cites evidence"] = _share(item.cites_evidence for item, _, _ in with_answer)
            line["wrongly refused"] = _share(belief < limit for _, belief, limit in with_answer)
            line["answered with evidence"] = _share(
                item.cites_evidence and belief >= limit for item, belief, limit in with_answer
            )
        if without:
            line["not known"] = _share(belief < limit for _, belief, limit in without)
        print(json.dumps(line), flush=True)
    chats = [(item, belief) for item, belief, _ in held_out if item.one.example.asked.category not in OF_OTHER_KINDS]
    belief = np.array([belief for _, belief in chats])
    answerable = np.array([item.one.answerable for item, _ in chats])
    curve = {
        f"{refused:.2f}": round(float((belief[~answerable] < threshold(belief, answerable, refused)).mean()), 3)
        for refused in (0.02, 0.05, 0.08, 0.10, 0.15, 0.20, 0.30)
    }
    print(json.dumps({"wrongly refused → never said and told so": curve}), flush=True)


def _share(found: object) -> float:
    values = list(found)  # type: ignore[call-overload]
    return round(float(np.mean(values)), 3)


if __name__ == "__main__":
    main()
