"""Knowledge that later knowledge contradicts is dated, what says the same is counted once; by the real model."""

from __future__ import annotations

import json
from typing import Any

from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from include.language_model.calibration import calibrate
from include.language_model.choice import embedded_model
from include.language_model.tasks.relate import MOST_NOTES, RELATE, EarlierNote, NoteAndEarlier
from tests.conftest import World

TEXTS = {
    "lives": "Anna lives in Berlin and works at the observatory.",
    "again": "Anna lives in Berlin and works at the observatory!",
    "moved": "Anna moved to Lisbon, she no longer lives in Berlin and works at the observatory.",
    "other": "The tomatoes in the allotment want water every evening.",
}


def known(texts: dict[str, str]) -> dict[str, str]:
    """Lay the texts down as knowledge of one minicolumn, a day apart, with their real vectors; name → memory id."""
    model = embedded_model()
    likeness, vectors = calibrate(model), model.embed(list(texts.values()), "document")
    ids = {name: f"{number:08d}-0000-4000-8000-000000000000" for number, name in enumerate(texts, start=1)}
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.answer_contracts values ('embedding', 'c', 'm', 'd', '1', ?, ?)", [*likeness])
        for number, (name, text) in enumerate(texts.items(), start=1):
            given: list[Any] = [ids[name], f"2026-03-{number:02d} 09:00:00+00"]
            lake.execute(
                "insert into staging.stg_codex_store__memories by name select cast(? as uuid) as memory_id, "
                "cast(? as timestamptz) as created_at, ? as content, true as is_current, false as is_deleted, "
                "'h' as version_hash",
                [*given, text],
            )
            lake.execute(
                "insert into long_term.ltm_semantic_network by name select cast(? as uuid) as memory_id, "
                "memory_id as knowledge_id, cast(? as timestamptz) as event_at",
                given,
            )
            lake.execute(
                "insert into long_term.ltm_cortical_columns by name select cast(? as uuid) as memory_id, "
                "'001.01' as minicolumn_id",
                given[:1],
            )
            lake.execute(
                "insert into short_term.stm_traces by name select cast(? as uuid) as memory_id, ? as embedding_hash",
                [ids[name], name],
            )
            lake.execute(
                "insert into control.embeddings select 'c', ?, 'm', 'd', ?, cast(? as float[])",
                [name, len(vectors[0]), json.dumps(vectors[number - 1].tolist())],
            )
    return ids


def related(texts: dict[str, str], ids: dict[str, str]) -> None:
    """Compare each text with all before it, as the rhythm does, and set deep sleep's clock to a later day."""
    names = list(texts)
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            "insert into control.clock values ('deep_sleep', timestamptz '2026-04-01 02:00:00+00', 1, 'run', 'asleep', "
            "date '2026-03-31', 1, 1.0, 1.0, 'UTC')"
        )
        for number, name in enumerate(names):
            before = names[max(0, number - MOST_NOTES) : number]
            notes = [EarlierNote(date="2026-03-01", text=texts[earlier]) for earlier in before]
            answer = RELATE.embedded(NoteAndEarlier(content=texts[name], earlier=notes, open=[]))
            lake.execute(
                "insert into threads.note_relations by name select cast(? as uuid) as memory_id, "
                "cast(? as timestamptz) as event_at, cast(? as uuid[]) as partner_ids, "
                'from_json(cast(? as json), \'[{"note": "integer", "kind": "varchar", "before": "varchar", '
                '"after": "varchar", "why": "varchar"}]\') as relations, \'m\' as model, \'1\' as prompt_version',
                [
                    ids[name],
                    f"2026-03-{number + 1:02d} 09:00:00+00",
                    [ids[earlier] for earlier in before],
                    json.dumps([relation.model_dump() for relation in answer.relations]),
                ],
            )


def test_what_is_superseded_is_dated_and_what_is_repeated_is_counted_once(world: World) -> None:
    ids = known(TEXTS)
    related(TEXTS, ids)
    found = {}
    for _ in range(2):
        run_dbt(["build", "--select", "stg_codex_store__current_memories", "changes_of_mind", "ltm_validity"])
        rows = world.lake(
            "select cast(memory_id as varchar), cast(canonical_id as varchar), evidence_count, "
            "strftime(superseded_at, '%Y-%m-%d'), cast(superseded_by as varchar) from long_term.ltm_validity"
        )
        assert not found or found == {row[0]: row[1:] for row in rows}  # the same, whenever it is built
        found = {row[0]: row[1:] for row in rows}
    assert found == {
        ids["lives"]: (ids["lives"], 2, "2026-03-03", ids["moved"]),
        ids["again"]: (ids["lives"], 1, "2026-03-03", ids["moved"]),
        ids["moved"]: (ids["moved"], 1, None, None),
        ids["other"]: (ids["other"], 1, None, None),
    }


def test_who_denies_something_else_or_for_somebody_else_supersedes_nothing(world: World) -> None:
    """Turns that are near in sense, one of which holds a denial: none does away with another."""
    texts = {
        "helped": "Ben: Your help with the bakery means a lot to me.",
        "keeps on": "Ben: I won't give up, your help and your kind words mean a lot to me, too!",
        "hopes": "Carla: I keep my little bakery open, it is my dream.",
        "doubts": "Ben: I can't keep my little bakery open.",
        "thanks": "Carla: Thanks for your kind words, I'll keep you posted.",
        "thanks again": "Carla: Thanks for your kind words, I won't give up!",
        "closes": "Carla: I no longer keep my little bakery open.",
    }
    ids = known(texts)
    related(texts, ids)
    run_dbt(["build", "--select", "stg_codex_store__current_memories", "changes_of_mind", "ltm_validity"])
    rows = world.lake(
        "select cast(memory_id as varchar), cast(superseded_by as varchar) from long_term.ltm_validity "
        "where superseded_by is not null"
    )
    assert dict(rows) == {ids["hopes"]: ids["closes"]}
