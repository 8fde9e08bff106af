"""A conversation is found in however it is told: as much as BM25 finds at its best parameters, and earlier.

The conversations are not part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

import pytest

from benchmarks.retrieval import DEPTH, Asked, Memory, bm25_rankings, conversations, notes, scored
from benchmarks.tellings import TELLINGS, Told
from include.language_model.choice import embedded_model
from include.search.find import find
from include.settings import REPOSITORY
from include.store.connection import connect
from tests.conftest import World

INPUTS = REPOSITORY.parent / "shared" / "data"

pytestmark = [
    pytest.mark.real_notes,
    pytest.mark.skipif(not INPUTS.is_dir(), reason="the conversations are not on this machine"),
]


@pytest.fixture(scope="module")
def given() -> tuple[list[Memory], list[Asked], list[str]]:
    """The shortest conversation, every other question about what was said; the texts of notes."""
    memories, asked = conversations(INPUTS / "locomo_dev.json")
    name = min({one.conversation for one in asked}, key=lambda name: sum(name in memory["tags"] for memory in memories))
    said = [one for one in asked if one.conversation == name and one.category != "adversarial"]
    texts = [note["content"] for note in notes(INPUTS / "til_notes.jsonl")[0]]
    return [memory for memory in memories if name in memory["tags"]], said[::2], texts


def index(world: World, memories: Sequence[Memory]) -> None:
    """As publishing serves memories that no night has worked off yet."""
    model = embedded_model()
    vectors = model.embed([memory["content"] for memory in memories], "document")
    name = model.identity("embeddings").model
    rows = [
        (
            memory["id"], memory["content"], memory.get("context"), memory["tags"], memory["created_at"],
            str(vector.tolist()), name,
        )
        for memory, vector in zip(memories, vectors, strict=True)
    ]  # fmt: skip
    with connect(world.url) as store, store.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO codex_processed.memory_index "
            "(memory_id, content, context, tags, created_at, embedding, embedding_model, status, as_of, row_hash) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, 'attended', '2026-03-04T09:00:00Z', repeat('0', 32))",
            rows,
        )


def figures(rankings: Sequence[Sequence[str]], asked: Sequence[Asked]) -> dict[str, float]:
    each = [scored(ranked, one.evidence) for ranked, one in zip(rankings, asked, strict=True)]
    return {metric: mean(figure[metric] for figure in each) for metric in ("recall@10", "ndcg@10")}


@pytest.mark.parametrize(
    "telling",
    ["as_given", "unnamed", "small_letters", "with_a_machine", "answered_at_length", "stamped", "joined"],
)
def test_what_was_said_is_found_better_than_by_words_alone(
    world: World, given: tuple[list[Memory], list[Asked], list[str]], telling: str
) -> None:
    memories, asked = TELLINGS[telling](*given)
    index(world, memories)
    with connect(world.url) as store:
        found = [
            [str(item.memory_id) for item in find(store, embedded_model(), one.text, k=DEPTH, tags=one.tags)]
            for one in asked
        ]
    ours = figures(found, asked)
    by_words = [figures(rankings, asked) for rankings in bm25_rankings(memories, asked).values()]
    assert ours["recall@10"] >= max(other["recall@10"] for other in by_words)
    assert ours["ndcg@10"] > max(other["ndcg@10"] for other in by_words)


@pytest.mark.parametrize("telling", sorted(TELLINGS))
def test_a_telling_keeps_every_answer_and_is_told_the_same_way_each_time(
    given: tuple[list[Memory], list[Asked], list[str]], telling: str
) -> None:
    told: Told = TELLINGS[telling](*given)
    memories, asked = told
    ids = {memory["id"] for memory in memories}
    assert len(asked) == len(given[1])
    assert all(one.evidence and one.evidence <= ids for one in asked)
    assert told == TELLINGS[telling](*given)
    times = [memory["created_at"] for memory in memories]
    assert times == sorted(times)
