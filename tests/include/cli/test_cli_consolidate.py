"""`consolidate --local`: a rhythm without a scheduler, and Ctrl-C in the middle of it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from include.errors import CodexError
from include.lake.connection import configured_lake
from include.rhythms.catalogue import INSIGHTS, WORKING_MEMORY
from include.runs import consolidation
from include.settings import home
from tests.conftest import World
from tests.include.cli.conftest import Codex, Started

AS_OF = "2026-03-02T12:00"


def test_a_rhythm_stopped_by_ctrl_c_goes_on_with_the_same_command_and_stdout_holds_json_alone(
    world: World, codex: Codex, start: Callable[..., Started]
) -> None:
    world.remember(
        [
            {"content": f"The ferry {word}.", "created_at": "2026-03-01T09:00:00Z"}
            for word in ("sailed", "sank", "stayed")
        ]
    )
    command = ("consolidate", "--type", "working", "--local", "--as-of", AS_OF, "--json")
    stopped = start(*command)
    assert stopped.stderr is not None
    begun = stopped.stderr.readline()
    time.sleep(0.2)  # a line is read before the screen has let go of it, and would be written again
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=60)
    assert (stopped.returncode, out) == (130, b"")
    assert (begun + err).decode().splitlines() == [
        "· working_memory: running",
        "· Stopped. What was done is kept, and the same command goes on from there.",
    ]
    assert codex("status", "--json").json["accounting"]["source"] == 3

    out, err = start(*command).communicate(timeout=300)
    (step,) = json.loads(out)
    assert step.pop("seconds") > 0
    assert step == {"rhythm": "working_memory", "state": "success", "woken_by": "hand"}
    assert [line.split(" in ")[0] for line in err.decode().splitlines()] == [
        "· working_memory: running",
        "· working_memory: success",
    ]
    status = codex("status", "--json").json
    assert status["accounting"] == {
        "source": 3, "attended": 3, "unattended": 0, "filtered": 0, "failed": 0, "pending": 0
    }  # fmt: skip
    assert status["rhythms"]["working_memory"]["as_of"] == "2026-03-02T11:00:00+00:00", "in the owner's zone"


@pytest.mark.integration
def test_a_store_that_goes_away_is_one_line_and_no_traceback(world: World, start: Callable[..., Started]) -> None:
    world.remember([{"content": "The ferry sailed.", "created_at": "2026-03-01T09:00:00Z"}])
    log = home().logs / "local.log"
    log.unlink(missing_ok=True)
    with psycopg.connect(world.url, autocommit=True) as store:
        [since] = store.execute("SELECT clock_timestamp()").fetchone() or [None]
        cut_off = start("consolidate", "--type", "working", "--local", "--as-of", AS_OF)
        deadline = time.monotonic() + 300
        while not (log.exists() and "Running with dbt" in log.read_text()):
            assert cut_off.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        while cut_off.poll() is None:  # a server that is gone stays away
            assert time.monotonic() < deadline
            store.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_start > %s AND datname IS NOT NULL AND pid <> pg_backend_pid()",
                [since],
            )
            time.sleep(0.1)
    out, err = cut_off.communicate()
    told = [line for line in err.decode().splitlines() if not line.startswith("· ")]
    assert (cut_off.returncode, out) == (1, b"")
    assert len(told) == 1, err.decode()
    assert told[0].startswith("✗ ")


def test_a_rhythm_that_fails_says_why_and_the_others_run(world: World) -> None:
    world.remember([{"content": "The ferry sailed.", "created_at": "2026-03-01T09:00:00Z"}])
    consolidation.in_this_process([WORKING_MEMORY], {"as_of": f"{AS_OF}:00+00:00"}, lambda _: None)
    with configured_lake().connect(threads=1) as lake:
        lake.execute("update working_memory.wm_admissions set slot = -1")
    world.remember([{"content": "The ferry sank.", "created_at": "2026-03-02T09:00:00Z"}])
    given = {"as_of": f"{AS_OF}:10+00:00"}
    states: list[tuple[str, str]] = []
    with pytest.raises(CodexError, match=r"working_memory failed at .*attend\.wm_admissions \(in_range_") as told:
        consolidation.in_this_process(
            [WORKING_MEMORY, INSIGHTS], given, lambda step: states.append((step.rhythm.dag_id, step.state))
        )
    assert "\n" not in str(told.value)
    assert {state for state in states if state[1] != "running"} == {
        ("working_memory", "failed"),
        ("insights", "success"),
    }
    assert world.lake("select count(*) from insights.insights") == [(2,)]
    # What several memories say together rests on attention, too: the table waits until that passes.
    assert ("insights",) in world.store("SELECT table_name FROM codex_processed.held_back")
