"""Finding memories by words, by meaning and by what they are linked with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from include.language_model.choice import embedded_model
from include.search.find import Found, find, record_retrievals
from include.store.connection import connect
from tests.conftest import World

MODEL = embedded_model()
NOTES = {
    "tea": ("Green tea calms me in the evening.", ["home"]),
    "cache": ("The build was slow because the cache was cold.", ["ci", "work"]),
    "pipeline": ("Warming the pipeline cache made the release fast.", ["ci"]),
    "cello": ("Anna plays the cello in a quartet on Sundays.", ["music"]),
    "bread": ("Buy olive oil and bread on the way home.", []),
}
IDS = {name: UUID(int=number) for number, name in enumerate(NOTES, start=1)}
NAMES = {memory_id: name for name, memory_id in IDS.items()}


def insert(store: psycopg.Connection[Any], table: str, **row: Any) -> None:
    given = row | {"as_of": "2026-03-04T09:00:00Z", "row_hash": "0" * 32}
    store.execute(
        f"INSERT INTO codex_processed.{table} ({', '.join(given)}) "  # type: ignore[arg-type]
        f"VALUES ({', '.join(['%s'] * len(given))})",
        list(given.values()),
    )


@pytest.fixture
def store(world: World) -> Iterator[psycopg.Connection[Any]]:
    vectors = MODEL.embed([content for content, _ in NOTES.values()], "document")
    with connect(world.url) as connection:
        for (name, (content, tags)), vector in zip(NOTES.items(), vectors, strict=True):
            insert(
                connection,
                "memory_index",
                **{"memory_id": IDS[name], "content": content, "tags": tags, "created_at": "2026-03-01T09:00:00Z"},
                **{"status": "attended", "embedding": str(vector.tolist()), "embedding_model": "codex-embedded"},
            )
        yield connection


def link(store: psycopg.Connection[Any], one: str, other: str, weight: float) -> None:
    first, second = sorted((IDS[one], IDS[other]))
    insert(
        store,
        "associations",
        **{"memory_a": first, "memory_b": second, "weight": weight, "coactivations": 1, "is_dream_only": False},
        **{"first_at": "2026-03-01T09:00:00Z", "last_at": "2026-03-01T09:00:00Z"},
    )


def names(found: list[Found]) -> list[str]:
    return [NAMES[item.memory_id] for item in found]


def test_what_holds_the_words_and_the_meaning_comes_first(store: psycopg.Connection[Any]) -> None:
    found = find(store, MODEL, "cold cache in the build")
    assert names(found)[:2] == ["cache", "pipeline"]
    assert found[0].score == pytest.approx(1)
    assert found[0].why == {"words": 0.5, "meaning": 0.5}
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)


def test_other_forms_of_a_word_are_the_word(store: psycopg.Connection[Any]) -> None:
    [best, *_] = find(store, MODEL, "playing")
    assert NAMES[best.memory_id] == "cello"
    assert "words" in best.why


def test_only_so_many_are_given(store: psycopg.Connection[Any]) -> None:
    assert len(find(store, MODEL, "cache tea bread cello", k=2)) == 2
    assert len(find(store, MODEL, "cache tea bread cello")) >= 4


def test_a_tag_keeps_others_out_even_those_that_are_linked(store: psycopg.Connection[Any]) -> None:
    link(store, "cache", "tea", 1.0)
    assert set(names(find(store, MODEL, "cache and tea", tag="ci"))) == {"cache", "pipeline"}
    assert find(store, MODEL, "cache", tag="nothing has it") == []


def test_what_is_linked_with_what_was_found_comes_to_mind(store: psycopg.Connection[Any]) -> None:
    question = "who plays cello in the quartet"
    before = {item.memory_id: item for item in find(store, MODEL, question)}
    link(store, "cello", "bread", 0.8)
    after = {item.memory_id: item for item in find(store, MODEL, question)}
    bread, cello = after[IDS["bread"]], after[IDS["cello"]]
    without = before[IDS["bread"]].score if IDS["bread"] in before else 0.0
    assert bread.why["association"] == pytest.approx(0.15 * 0.8 * before[IDS["cello"]].score, abs=1e-4)
    assert bread.score == pytest.approx(without + bread.why["association"], abs=1e-4)
    assert cello.score > bread.score


def test_the_strongest_link_counts_not_the_number_of_links(store: psycopg.Connection[Any]) -> None:
    link(store, "cache", "tea", 0.5)
    link(store, "pipeline", "tea", 0.5)
    found = {NAMES[item.memory_id]: item for item in find(store, MODEL, "the cache")}
    direct = {name: found[name].why.get("words", 0) + found[name].why.get("meaning", 0) for name in found}
    assert found["tea"].why["association"] == pytest.approx(
        0.15 * 0.5 * max(direct["cache"], direct["pipeline"]), abs=1e-3
    )


def test_insights_and_knowledge_answer_for_their_memory(store: psycopg.Connection[Any]) -> None:
    common = {"confidence_score": 0.5, "prompt_version": "1", "created_at": "2026-03-01T09:00:00Z"}
    insert(
        store,
        "insights",
        **{"id": UUID(int=90), "memory_id": IDS["tea"], "key_insight": "Chamomile would do the same."},
        **{"insight_type": "idea", "extraction_model": "m", "source_memory_ids": [IDS["tea"]]},
        **{"extraction_timestamp": "2026-03-01T09:00:00Z"},
        **common,
    )
    for number, (name, gist, archived) in enumerate(
        [("cello", "Ensembles rehearse weekly.", False), ("bread", "Groceries are forgotten weekly.", True)]
    ):
        insert(
            store,
            "semantic_memory",
            **{"id": UUID(int=95 + number), "source_memory_id": IDS[name], "source_memory_ids": [IDS[name]]},
            **{"semantic_gist": gist, "consolidated_strength": 0.5, "stability_days": 1, "retrievability": 1},
            **{"retrieval_strength": 0.5, "memory_age": "recent", "consolidation_state": "x", "model": "m"},
            **{"processing_version": "1", "event_at": "2026-03-01T09:00:00Z", "is_archived": archived},
            **{"consolidated_at": "2026-03-01T09:00:00Z"},
            **common,
        )
    chamomile, weekly = find(store, MODEL, "chamomile"), find(store, MODEL, "weekly")
    assert (NAMES[chamomile[0].memory_id], chamomile[0].kind) == ("tea", "insight")
    assert chamomile[0].text == "Chamomile would do the same."
    assert [(NAMES[item.memory_id], item.kind) for item in weekly if "words" in item.why] == [("cello", "knowledge")]


def test_vectors_of_another_model_are_not_compared(store: psycopg.Connection[Any]) -> None:
    store.execute(
        "UPDATE codex_processed.memory_index SET embedding = '[1, 2, 3]', embedding_model = 'other' "
        "WHERE memory_id = %s",
        [IDS["cache"]],
    )
    found = {NAMES[item.memory_id]: item for item in find(store, MODEL, "cold cache in the build")}
    assert set(found["cache"].why) == {"words"}


@pytest.mark.parametrize(
    "odd", ["don't & | ! ( ) :*", "'; DROP TABLE x; --", "100% _ \\", "the and of", "日本語", "<->"]
)
def test_any_text_can_be_asked(store: psycopg.Connection[Any], odd: str) -> None:
    assert all(0 < item.score <= 1.15 for item in find(store, MODEL, odd))


def test_the_same_question_gives_the_same_answer(store: psycopg.Connection[Any]) -> None:
    first, second = (find(store, MODEL, "home and music and work") for _ in range(2))
    assert first == second


def test_an_empty_index_has_no_answer(world: World) -> None:
    with connect(world.url) as store:
        assert find(store, MODEL, "anything") == []


def test_what_was_recalled_is_written_down(world: World, store: psycopg.Connection[Any]) -> None:
    found = find(store, MODEL, "cache", k=2)
    record_retrievals(store, found, "query")
    store.commit()
    written = world.store("SELECT memory_id, reader FROM codex_processed.retrievals ORDER BY retrieval_id")
    assert written == [(item.memory_id, "query") for item in found]
