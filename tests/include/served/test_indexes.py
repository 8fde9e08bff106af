"""What readers ask for by the items of a list, or by strength and time, is found along an index."""

from __future__ import annotations

import psycopg
import pytest

from tests.conftest import World

ANNA = "ARRAY['Anna']"
MEMORY = "ARRAY['00000001-0000-4000-8000-000000000000'::uuid]"
QUESTIONS = {
    "semantic_memory_patterns_held": f"semantic_memory WHERE patterns @> {ANNA}",
    "semantic_memory_related_concepts_held": f"semantic_memory WHERE related_concepts && {ANNA}",
    "semantic_memory_source_memory_ids_held": f"semantic_memory WHERE source_memory_ids @> {MEMORY}",
    "insights_people_held": f"insights WHERE people @> {ANNA}",
    "insights_concepts_held": f"insights WHERE concepts @> {ANNA}",
    "episodes_memory_ids_held": f"episodes WHERE memory_ids @> {MEMORY}",
    "episodes_people_held": f"episodes WHERE people @> {ANNA}",
    "memory_index_topics_held": f"memory_index WHERE topics @> {ANNA}",
    "memory_index_people_held": f"memory_index WHERE people @> {ANNA}",
    "semantic_memory_strength_time": "semantic_memory ORDER BY retrieval_strength DESC, event_at DESC LIMIT 10",
    "associations_weight_time": "associations ORDER BY weight DESC, last_at DESC LIMIT 10",
}


@pytest.mark.parametrize(("index", "question"), QUESTIONS.items(), ids=QUESTIONS)
def test_lists_and_strength_by_time_are_found_along_indexes(world: World, index: str, question: str) -> None:
    with psycopg.connect(world.url) as connection:
        connection.execute("SET enable_seqscan = off")  # the tables are empty
        connection.execute("SET enable_sort = off")
        plan = connection.execute(f"EXPLAIN SELECT * FROM codex_processed.{question}").fetchall()  # type: ignore[arg-type]
    assert f" {index} " in "\n".join(row[0] for row in plan) + " "
