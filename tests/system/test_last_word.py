"""Over random sequences of nights, corrections, deletes and undos, the owner's last word always stands."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.curation import corrections as owner
from include.curation.forget import forget
from include.curation.undo import redo, undo
from include.errors import CodexError
from include.lake.connection import configured_lake
from tests.conftest import World, new_world
from tests.include.threads.test_commitments_and_changes import NOTES

SERVED = {
    "insight": ("insights", "id::text", "key_insight", "extraction_model"),
    "commitment": ("commitments", "commitment_id::text", "what", "model"),
    "change": ("changes_of_mind", "change_id::text", "after", "model"),
    "dream": ("creative_insights", "id::text", "creative_connection", "model"),
    "knowledge": ("semantic_memory", "id::text", "semantic_gist", "model"),
    "thread": ("threads", "thread_id::text", "story->0->>'text'", "model"),
}
LATER = [
    "I love Earl Grey in the morning, it calms me.",
    "Went off Earl Grey, it tastes like soap now.",
    "Sent Anna the invoice.",
    "Ran to the weir with Ben, the calf held.",
    "The calf hurts again after the run to the weir.",
    "Ordered the filters for the hood.",
]
STEPS = ("night", "night", "reject", "correct", "back", "answer", "pin", "delete", "undo", "redo")

_numbers = itertools.count(1)


class Life:
    """A world, what its owner said last, and what they deleted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = datetime.fromisoformat("2026-03-04T23:50+01:00")
        self.words: dict[tuple[str, str, str], str | None] = {}
        self.deleted: set[UUID] = set()
        self.later: Iterator[str] = itertools.cycle(LATER)
        world.remember(NOTES)
        self.night()

    def night(self) -> None:
        self.world.run("all", as_of=self.now)
        self.now += timedelta(days=1)
        told = f"{next(self.later)} ({self.now:%d})"
        self.world.remember([{"content": told, "created_at": (self.now - timedelta(hours=9)).isoformat()}])

    def items(self, *kinds: str) -> list[tuple[str, str]]:
        return [
            (kind, row[0])
            for kind in kinds or SERVED
            for row in self.world.store(f"SELECT {SERVED[kind][1]} FROM codex_processed.{SERVED[kind][0]} ORDER BY 1")
        ]

    def step(self, name: str, choice: int) -> None:
        lake = configured_lake()
        match name:
            case "night":
                self.night()
            case "reject" | "correct" | "pin":
                if not (there := self.items()):
                    return
                kind, item = there[choice % len(there)]
                if name == "reject":
                    owner.reject(lake, item, by="test")
                    self.words[kind, item, "reject"] = ""
                elif name == "pin":
                    owner.pin(lake, item, by="test")
                else:
                    text = f"The owner's words, number {next(_numbers)}."
                    owner.correct(lake, item, text, by="test")
                    self.words.pop((kind, item, "reject"), None)
                    self.words[kind, item, "correct"] = text
            case "answer":
                if not (there := self.items("commitment")):
                    return
                kind, item = there[choice % len(there)]
                word = ("done", "dropped")[choice % 2]
                owner.answer(lake, item, word, by="test")
                self.words[kind, item, "answer"] = word
            case "back":
                if not self.words:
                    return
                kind, item, verb = sorted(self.words)[choice % len(self.words)]
                del self.words[kind, item, verb]
                try:
                    if verb == "reject":
                        owner.reject(lake, item, by="test", back=True)
                    elif verb == "correct":
                        owner.correct(lake, item, None, by="test", back=True)
                    else:
                        owner.answer(lake, item, None, by="test", back=True)
                except CodexError:
                    assert self.deleted, "a word goes with the notes that it was about, and not else"
            case "delete":
                left = self.world.store("SELECT id FROM public.memories ORDER BY id")
                [memory] = left[choice % len(left)]
                forget(lake, [memory], owned=True)
                self.deleted.add(memory)
            case "undo":
                try:
                    undo(lake, None)
                except CodexError:
                    return
            case "redo":
                try:
                    redo(lake)
                except CodexError:
                    return
        self.holds(name)

    def holds(self, after: str) -> None:
        for (kind, item, verb), word in self.words.items():
            table, key, text, model = SERVED[kind]
            found = self.world.store(f"SELECT {text}, {model} FROM codex_processed.{table} WHERE {key} = %s", [item])
            if verb == "reject":
                assert found == [], (after, kind, item)
            elif verb == "correct" and (kind, item, "reject") not in self.words:
                assert found in ([], [(word, "owner")]), (after, kind, item)
            elif verb == "answer" and found:
                state = "SELECT state FROM codex_processed.commitments WHERE commitment_id::text = %s"
                assert self.world.store(state, [item]) == [(word,)], after
        for memory in self.deleted:
            for table in ("insights", "memory_index"):
                gone = f"SELECT count(*) FROM codex_processed.{table} WHERE memory_id = %s"
                assert self.world.store(gone, [memory]) == [(0,)], (after, table)


@pytest.mark.timeout(3600)
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 997)), min_size=6, max_size=14))
def test_the_last_word_stands(installation: Path, tmp_path_factory: Any, steps: list[tuple[str, int]]) -> None:
    with new_world(installation, tmp_path_factory.mktemp("life")) as world:
        life = Life(world)
        for name, choice in steps:
            life.step(name, choice)
        # What was undone and done again is the same to the byte.
        before = world.export()
        try:
            undo(configured_lake(), None)
        except CodexError:
            return
        redo(configured_lake())
        assert world.export() == before
