"""Which thread is which: communities of tonight matched with those of the night before, by their members.

A community is the thread it shares the most members with, if these are at least half of the smaller of the two; of
several equally good ones, the older thread. What is left over is a thread of its own, and what was matched twice has
split or merged (`dbt/models/threads/thread_events.sql` tells so from who moved where).
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence


def thread_ids(
    communities: Sequence[Sequence[str]],
    before: Mapping[str, str],
    born: Mapping[str, str],
    elsewhere: Collection[str] = (),
) -> list[str]:
    """The thread id of each community, in their order.

    :param communities: the memory ids of each community, the earliest memory first
    :param before: memory id → thread id, the night before
    :param elsewhere: threads that go on among memories that are not looked at, whose ids no new thread may have
    :param born: thread id → when it began, as text that sorts by time, for every thread there ever was
    """
    sizes = Counter(before.values())
    candidates: list[tuple[int, str, str, str, int]] = []
    for number, members in enumerate(communities):
        for thread, shared in Counter(before[memory] for memory in members if memory in before).items():
            if 2 * shared >= min(len(members), sizes[thread]):
                candidates.append((-shared, born.get(thread, ""), thread, members[0], number))
    found: dict[int, str] = {}
    taken: set[str] = set()
    for *_, thread, _, number in sorted(candidates):
        if number not in found and thread not in taken:
            found[number] = thread
            taken.add(thread)
    for number, members in enumerate(communities):
        if number not in found:
            # A thread that has ended may begin again under its name; one that goes on keeps it to itself.
            found[number] = _new_id(members[0], taken | set(sizes) | set(elsewhere))
            taken.add(found[number])
    return [found[number] for number in range(len(communities))]


def _new_id(first_memory: str, taken: Collection[str]) -> str:
    """A stable id from a thread's first memory."""
    attempt = 0
    while True:
        key = f"thread {first_memory}" + (f" {attempt}" if attempt else "")
        thread = str(uuid.UUID(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()))
        if thread not in taken:
            return thread
        attempt += 1
