"""Finding memories by words, meaning, neighbours, speakers, dates and associations (docs/search.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from include.errors import CodexError
from include.language_model.model import InvalidAnswerError, LanguageModel, ModelUnavailableError
from include.reading.latest import published
from include.search import ranking
from include.search.candidates import SHOWN, Candidates, Filters, bring_up
from include.search.question import Question, read

MEMORY, INSIGHT, KNOWLEDGE = "memory", "insight", "knowledge"
EPISODE, DREAM, THREAD = "episode", "dream", "thread"
KINDS = (MEMORY, INSIGHT, KNOWLEDGE, EPISODE, DREAM, THREAD)
MEMBERS = 200
"""Best memories whose episodes, dreams and threads are looked at."""

_GROUPS_OF = {
    EPISODE: """
        SELECT id, memory_ids, headline FROM codex_processed.episodes
        WHERE memory_ids && %(ids)s::uuid[] AND cardinality(memory_ids) > 1
    """,
    DREAM: """
        SELECT id, source_memory_ids, creative_connection FROM codex_processed.creative_insights
        WHERE source_memory_1 = ANY (%(ids)s) OR source_memory_2 = ANY (%(ids)s)
    """,
    THREAD: """
        SELECT thread_id, memory_ids, title FROM codex_processed.threads
        WHERE memory_ids && %(ids)s::uuid[] AND merged_into IS NULL
    """,
}


@dataclass
class Found:
    """One result of a search, and why it was found.

    `kind`: which text of the memory matched best (memory, insight, knowledge); or episode, dream, thread: then
    `memory_id` is the best of its memories, and `id` its own.
    """

    memory_id: UUID
    score: float
    kind: str
    text: str
    why: dict[str, float]
    id: UUID | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """For `--json` and `--batch`."""
        of_its_own = {} if self.id is None else {"id": str(self.id)}
        return {
            "memory_id": str(self.memory_id),
            "score": round(self.score, 6),
            "kind": self.kind,
            "text": self.text,
            **of_its_own,
        }


@contextmanager
def answerable() -> Iterator[None]:
    """A block that asks `find`. Raises CodexError where the question can't be embedded, or nothing was published."""
    try:
        with published():
            yield
    except (ModelUnavailableError, InvalidAnswerError) as error:
        raise CodexError(f"The question can't be embedded: {str(error).rstrip('.')}.") from None


def find(
    store: psycopg.Connection[Any],
    model: LanguageModel,
    text: str,
    *,
    k: int = 10,
    tags: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    kind: str | None = None,
    strength: float | None = None,
) -> list[Found]:
    """The results for `text`, the best first: `k` at most.

    `tags`: with any of them; `since`, `until`: of memories from then, before then; `kind`: one of `KINDS`, by default
    memories, each with the text of it that matched best; `strength`: of memories at least that strong (0 to 1).
    A score is the share of the belief that this was asked for (a softmax); compare those of one question only.
    """
    filters = Filters(tuple(tags), since, until, strength)
    question, candidates = look(store, model, text, filters, most=k)
    if kind in _GROUPS_OF:
        return _groups(store, _ranked(question, candidates, MEMBERS), kind)[:k]
    return _whole(store, _ranked(question, candidates, k, kind))


def look(
    store: psycopg.Connection[Any], model: LanguageModel, text: str, filters: Filters, *, most: int
) -> tuple[Question, Candidates]:
    """A question as it was understood, and what was brought up for it, unranked."""
    question = read(store, text)
    vector = model.embed([question.without_speakers], "query")[0]
    return bring_up(store, question, vector, model.identity("embeddings").model, filters, most=most)


def ranked_rows(
    question: Question, candidates: Candidates, best_of: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[int]]:
    """Features and scores of the candidates, and `best_rows`; `best_of` as of `ranking.features`."""
    if not candidates.memories:
        return np.empty((0, len(ranking.FEATURES))), np.empty(0), []
    features = ranking.features(question, candidates, best_of)
    scores = ranking.below_what_superseded(ranking.scores(features), candidates)
    return features, scores, best_rows(candidates, features, scores)


def best_rows(candidates: Candidates, features: NDArray[np.float64], scores: NDArray[np.float64]) -> list[int]:
    """The rows of the candidates that may be results, the best first."""
    speaks = ranking.speaks_for(features)
    chosen = [row for row, memory in enumerate(candidates.memories) if memory.allowed and speaks[row]]
    return sorted(chosen, key=lambda row: (-scores[row], candidates.memories[row].memory_id))


def _ranked(question: Question, candidates: Candidates, most: int, kind: str | None = None) -> list[Found]:
    """The best memories, `most` at most, each with the text of it that matched best; only those of `kind`, if any."""
    features, scores, chosen = ranked_rows(question, candidates, most if kind is None else None)
    if not chosen:
        return []
    belief = np.exp(scores - scores[chosen].max())
    belief /= belief[chosen].sum()
    derived = features[:, ranking.FEATURES.index("derived")]
    shares = ranking.contributions(features)
    found: list[Found] = []
    for row in chosen:
        if len(found) >= most:
            break
        memory = candidates.memories[row]
        matched, text = MEMORY, memory.content
        if derived[row] > 0:
            _, matched, text = ranking.best_derived_text(question, candidates, memory.memory_id)
        if kind not in (None, matched):
            continue
        why = {group: round(float(share[row]), 4) for group, share in shares.items() if abs(share[row]) >= 0.005}
        found.append(Found(UUID(memory.memory_id), float(belief[row]), matched, text, why))
    return found


def _whole(store: psycopg.Connection[Any], found: list[Found]) -> list[Found]:
    """With the whole text of memories of which ranking has only read the beginning."""
    cut = {item.memory_id: item for item in found if item.kind == MEMORY and len(item.text) >= SHOWN}
    if cut:
        rows = store.execute(
            "SELECT memory_id, content FROM codex_processed.memory_index WHERE memory_id = ANY (%s)", [list(cut)]
        )
        for memory_id, content in rows.fetchall():
            cut[memory_id].text = content
    return found


def _groups(store: psycopg.Connection[Any], found: Sequence[Found], kind: str) -> list[Found]:
    """Episodes, dreams or threads that hold the memories found; each believed in as much as its memories together."""
    best = {item.memory_id: item for item in found}
    groups = []
    for own_id, members, text in store.execute(_GROUPS_OF[kind], {"ids": list(best)}).fetchall():
        held = sorted((best[member] for member in members if member in best), key=lambda item: -item.score)
        groups.append(Found(held[0].memory_id, sum(item.score for item in held), kind, text, held[0].why, own_id))
    return sorted(groups, key=lambda item: (-item.score, str(item.id)))


def record_retrievals(store: psycopg.Connection[Any], memory_ids: Iterable[UUID], reader: str) -> None:
    """Write down which memories were recalled: recall strengthens (Roediger & Karpicke 2006)."""
    with store.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO codex_processed.retrievals (memory_id, reader) VALUES (%s, %s)",
            [(memory_id, reader) for memory_id in memory_ids],
        )
