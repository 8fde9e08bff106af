"""One process at a time runs the rhythms of a store."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable

import pytest

from include.errors import CodexError
from include.rhythms.catalogue import WORKING_MEMORY
from include.rhythms.turn import LOCAL, building, local_turn, service_turn
from include.runs import consolidation
from include.store.exclusive import exclusively
from tests.conftest import World
from tests.include.cli.conftest import Started

pytest_plugins = ["tests.include.cli.conftest"]


def test_beside_the_service_nothing_runs_locally_and_the_message_says_why(world: World) -> None:
    with (
        service_turn(world.url, lambda _: None),
        pytest.raises(CodexError, match=r"The service runs .* \(codex service, process \d+ .*leave out --local"),
    ):
        consolidation.in_this_process([WORKING_MEMORY], {}, lambda _: None)


def test_two_services_do_not_share_a_store(world: World) -> None:
    with (
        service_turn(world.url, lambda _: None),
        pytest.raises(CodexError, match=r"Another service runs the rhythms of this store \(codex service"),
        service_turn(world.url, lambda _: None),
    ):
        pass


@pytest.mark.parametrize("turn", [local_turn, service_turn])
def test_a_local_run_is_waited_for_and_named(world: World, turn: Callable[..., object]) -> None:
    told: list[str] = []
    asked, had = threading.Event(), threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        asked.set()

    def wait() -> None:
        with turn(world.url, tell):  # type: ignore[attr-defined]
            had.set()

    with local_turn(world.url, lambda _: None):
        second = threading.Thread(target=wait)
        second.start()
        assert asked.wait(30)
        assert not had.is_set()
    second.join(30)
    assert had.is_set()
    assert re.fullmatch(rf"Waiting for {LOCAL}, process \d+ on \S+, which runs the rhythms at the moment", told[0])


def test_a_rhythms_models_are_built_by_one_process_at_a_time(world: World) -> None:
    with (
        building(world.url, "working_memory"),
        building(world.url, "insights"),
        pytest.raises(TimeoutError),
        exclusively(world.url, "models of working_memory", held=_refuse),
    ):
        pass


def _refuse(holder: object) -> None:
    raise TimeoutError(str(holder))


@pytest.mark.integration
def test_two_local_runs_at_once_leave_what_one_would(world: World, start: Callable[..., Started]) -> None:
    world.remember(
        [
            {"content": f"The ferry {word}.", "created_at": f"2026-03-01T0{hour}:00:00Z"}
            for hour, word in enumerate(("sailed", "sank", "stayed"))
        ]
    )
    command = ("consolidate", "--type", "working", "--local", "--as-of", "2026-03-02T12:00", "--json")
    pair = [start(*command), start(*command)]
    ended = [process.communicate(timeout=300) for process in pair]
    assert [process.returncode for process in pair] == [0, 0], ended
    assert [json.loads(out)[0]["state"] for out, _ in ended] == ["success", "success"]
    assert sum("which runs the rhythms at the moment" in err.decode() for _, err in ended) <= 1
    for place, key in {"control.embeddings": "input_hash", "working_memory.wm_admissions": "memory_id"}.items():
        assert world.lake(f"select count(*), count(distinct {key}) from {place}") == [(3, 3)]
    assert world.store("SELECT count(*) FROM codex_processed.memory_index") == [(3,)]
