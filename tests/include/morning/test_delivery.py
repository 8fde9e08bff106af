"""A morning arrives once a channel: after failures, after the sender was killed, with two senders at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.errors import CodexError
from include.intake.note import Refusal, Rules
from include.intake.sources import file_source
from include.morning.delivery import deliver, key_of, vault_channel
from include.morning.page import Morning
from tests.conftest import REPOSITORY, World

DAY = date(2026, 3, 9)
RULES = Rules(ZoneInfo("UTC"))
MORNING = Morning(DAY, datetime(2026, 3, 9, 5, tzinfo=UTC), (), "en")


class Inbox:
    """Where mornings arrive; the first `refusals` are refused."""

    def __init__(self, refusals: int = 0) -> None:
        self.keys: list[str] = []
        self.refusals = refusals

    def __call__(self, morning: Morning, key: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("nobody is at home")
        self.keys.append(key)


def ledger(world: World) -> list[tuple[object, ...]]:
    return world.store(
        "SELECT channel, tries, delivered_at IS NOT NULL, last_error FROM codex_processed.morning_deliveries ORDER BY 1"
    )


def test_it_arrives_once_however_often_it_is_delivered(world: World) -> None:
    inbox = Inbox()
    assert deliver(world.url, MORNING, {"slack": inbox}) == {"slack": "delivered"}
    assert deliver(world.url, MORNING, {"slack": inbox}) == {"slack": "was delivered before"}
    assert inbox.keys == [key_of(DAY, "slack")]
    assert ledger(world) == [("slack", 1, True, None)]


def test_a_channel_that_fails_is_told_tried_again_and_keeps_no_other_back(world: World) -> None:
    works, fails = Inbox(), Inbox(refusals=2)
    channels = {"a": fails, "b": works}
    for _ in range(2):
        with pytest.raises(CodexError, match=r"of 2026-03-09 could not be delivered. a: nobody is at home"):
            deliver(world.url, MORNING, channels)
    assert ledger(world) == [("a", 2, False, "nobody is at home"), ("b", 1, True, None)]
    assert deliver(world.url, MORNING, channels) == {"a": "delivered", "b": "was delivered before"}
    assert (len(fails.keys), len(works.keys)) == (1, 1)
    assert ledger(world)[0] == ("a", 3, True, None)


def test_two_senders_at_once_send_once(world: World) -> None:
    inbox = Inbox()

    def slowly(morning: Morning, key: str) -> None:
        time.sleep(0.3)
        inbox(morning, key)

    def send() -> None:
        deliver(world.url, MORNING, {"slack": slowly})

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(inbox.keys) == 1


SENDER = """
import sys, time
from datetime import date, datetime, UTC
from include.morning.delivery import deliver
from include.morning.page import Morning

def send(morning, key):
    time.sleep(0.05)
    with open(sys.argv[2], "a") as inbox:
        inbox.write(key + "\\n")
    time.sleep(0.05)

print("ready", flush=True)
deliver(sys.argv[1], Morning(date.fromisoformat(sys.argv[3]), datetime.now(UTC), (), "en"), {"slack": send})
"""


def test_a_sender_that_is_killed_anywhere_loses_nothing_and_a_receiver_can_tell_a_repetition(
    world: World, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    for number in range(20):
        day = f"2026-03-{number + 1:02d}"
        arguments = [sys.executable, "-c", SENDER, world.url, str(inbox), day]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        killed = subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment)
        assert killed.stdout is not None
        killed.stdout.readline()
        time.sleep(0.009 * number)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        subprocess.run(arguments, stdout=subprocess.DEVNULL, env=environment, check=True)
    arrived = inbox.read_text().splitlines()
    days = {key_of(date(2026, 3, number + 1), "slack") for number in range(20)}
    # By their keys each arrived once; a repetition bears the key of what it repeats.
    assert set(arrived) == days
    assert len(arrived) - len(days) <= 10  # killed between the letter and the mark, about half of the time it takes


def test_the_note_in_the_vault_is_no_note_of_the_owners(world: World, tmp_path: Path) -> None:
    assert deliver(world.url, MORNING, {"vault": vault_channel(tmp_path)}) == {"vault": "delivered"}
    [note] = tmp_path.rglob("*.md")
    assert MORNING.title in note.read_text()
    [refusal] = file_source(note).read(RULES)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "it was written by Codex Dreams, which learns from your notes alone"
    note.write_text(note.read_text().replace("codex_derived: morning\n", ""))
    [taken] = file_source(note).read(RULES)
    assert not isinstance(taken, Refusal), "without the mark it would have been remembered"


def test_a_vault_that_is_no_folder_is_an_error_that_says_so(world: World) -> None:
    with pytest.raises(CodexError, match=r"CODEX_VAULT is .*, which is no folder"):
        deliver(world.url, MORNING, {"vault": vault_channel(world.folder / "nowhere")})
