"""How search does on long chats with a machine, and the weights of the features that only such chats have.

    python -m benchmarks.long_chats --data long_chats_dev.json [--write]

Puts the chats (LoCoMo's format) into the index of an installation of its own below CODEX_HOME, as publishing serves
what no night has worked off yet. Prints recall@10 and nDCG@10 with the weights that are used, without the features of
such chats, and held out: each chat under weights of these features that were chosen on the others, all other weights as
they are. `--write` chooses them on all chats and writes them into `include/search/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.retrieval import Asked, Memory, conversations, macro, scored, served
from benchmarks.search_training import Example, examples, fit, ranked
from include.language_model.choice import embedded_model
from include.search import ranking
from include.settings import settings

PENALTY = 2.0
"""Of the squared weights, on features of unit variance: little, since they are five."""
AT_ONCE = 500
"""Memories put into the index by one statement."""
OF_A_MACHINE = np.array([ranking.FEATURES.index(name) for name in ranking.OF_A_MACHINE])


@contextmanager
def indexed(name: str, memories: Sequence[Memory]) -> Iterator[str]:
    """A store in an installation of its own, with the memories in its index; gives its address."""
    from include.store.connection import connect

    with served(settings().codex_home / "benchmarks" / f"{name}-indexed") as url:
        with connect(url) as store:
            held = {str(row[0]) for row in store.execute("SELECT memory_id FROM codex_processed.memory_index")}
            missing = [memory for memory in memories if memory["id"] not in held]
            for start in range(0, len(missing), AT_ONCE):
                _index(store, missing[start : start + AT_ONCE])
        yield url


def _index(store: psycopg.Connection[Any], memories: Sequence[Memory]) -> None:
    """One statement for many: what counts the words looks at each statement."""
    model = embedded_model()
    vectors = model.embed([memory["content"] for memory in memories], "document")
    rows = [
        {"context": None, "tags": [], **memory, "vector": str(vector.tolist())}
        for memory, vector in zip(memories, vectors, strict=True)
    ]
    store.execute(
        """
        INSERT INTO codex_processed.memory_index
            (memory_id, content, context, tags, created_at, embedding, embedding_model, status, as_of, row_hash)
        SELECT
            id, content, context, ARRAY(SELECT jsonb_array_elements_text(tags)), created_at, vector::vector,
            %s, 'attended', created_at, repeat('0', 32)
        FROM jsonb_to_recordset(%s::jsonb)
            AS given (id uuid, content text, context text, tags jsonb, created_at timestamptz, vector text)
        """,
        [model.identity("embeddings").model, json.dumps(rows)],
    )


def chosen(given: Sequence[Example]) -> NDArray[np.float64]:
    """The weights that are used, but those of chats with a machine chosen anew."""
    return fit(given, [1.0] * len(given), OF_A_MACHINE, base=in_use(), penalty=PENALTY)


def in_use() -> NDArray[np.float64]:
    """The weights of all features."""
    return np.array([ranking.weights()[name] for name in ranking.FEATURES])


def measured(given: Sequence[Example], weights: NDArray[np.float64]) -> list[tuple[Asked, dict[str, float]]]:
    """Each question with its figures."""
    return [(one.asked, scored(ranked(one, weights), one.asked.evidence)) for one in given]


def main() -> None:
    """Print the figures, one JSON line each; with `--write`, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    memories, asked = conversations(given.data)
    with indexed("long-chats", memories) as url:
        chats = examples(asked, url)
    without = in_use()
    without[OF_A_MACHINE] = 0.0
    print(json.dumps({"weights": "in use", **macro(measured(chats, in_use()))}), flush=True)
    print(json.dumps({"weights": "without what such chats have", **macro(measured(chats, without))}), flush=True)
    results: list[tuple[Asked, dict[str, float]]] = []
    for name in sorted({one.asked.conversation for one in chats}):
        weights = chosen([one for one in chats if one.asked.conversation != name])
        results += measured([one for one in chats if one.asked.conversation == name], weights)
    kinds: dict[str, list[float]] = {}
    for one, figures in results:
        kinds.setdefault(one.category, []).append(figures["recall@10"])
    recall = {kind: round(mean(found), 2) for kind, found in sorted(kinds.items())}
    print(json.dumps({"weights": "held out", **macro(results), "recall@10 by kind": recall}), flush=True)
    if given.write:
        weights = chosen(chats)
        written = json.loads(ranking.WEIGHTS.read_text())
        written |= {name: round(float(weights[ranking.FEATURES.index(name)]), 4) for name in ranking.OF_A_MACHINE}
        ranking.WEIGHTS.write_text(json.dumps({name: written[name] for name in ranking.FEATURES}, indent=2) + "\n")
        print(f"Written: {ranking.WEIGHTS}", file=sys.stderr)


if __name__ == "__main__":
    main()
