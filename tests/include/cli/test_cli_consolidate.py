"""`consolidate --local`: a rhythm without a scheduler, and Ctrl-C in the middle of it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable

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
    log = home().logs / "local.log"
    log.unlink(missing_ok=True)
    stopped = start(*command, AIRFLOW__LOGGING__LOGGING_LEVEL="INFO")
    deadline = time.monotonic() + 120
    while not (log.exists() and "starting task_id=perceive" in log.read_text()):
        assert stopped.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=60)
    assert (stopped.returncode, out) == (130, b"")
    assert err.decode().splitlines() == [
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
