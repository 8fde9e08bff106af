"""Threads are found again in a planted life, and belong to what they are about."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from include.embedded_model.model import EmbeddedModel
from include.language_model.calibration import calibrate
from include.threads.communities import LARGEST, SMALLEST, Belonging, communities
from include.threads.identity import thread_ids
from include.threads.likeness import Links, Memory, telling, tokens_of

PLANTED = Path(__file__).with_name("planted_notes.txt")
BEGINS = datetime(2026, 3, 23, tzinfo=UTC)
DAYS = 91
SAYS_WHAT_IT_IS_ABOUT = 0.7
"""So many notes of a thread begin with its subject ("Kitchen: …"), as people write who keep all in one place."""
SUBJECTS = {
    "kitchen": ("Kitchen", "The kitchen", "Renovation"),
    "violin": ("Lina's violin", "Violin", "Lina"),
    "robot": ("Dispensing robot", "3 South", "Robot"),
    "audit": ("Antibiotic audit", "Audit", "Antibiotics"),
    "father": ("Father", "Papa", "Father's knee"),
    "sailing": ("Sailing", "Sailing course", "Boat"),
    "bees": ("Bees", "Hives", "Roof bees"),
    "heating": ("Heating bill", "Heizung", "Heating"),
    "bridges": ("Bridges", "Bridge series", "Photographs"),
    "school": ("Tobi", "School", "Tobi and maths"),
    "van": ("Van", "Camper", "The van"),
    "translation": ("Translation", "A Casa do Sal", "Salt novel"),
}


@dataclass(frozen=True)
class Planted:
    """A note and the thread it was written for; None for one that belongs nowhere."""

    memory: Memory
    thread: str | None


def chance(key: str) -> float:
    """A number in [0, 1) from a key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") / 2**64


@lru_cache(maxsize=1)
def planted_life() -> tuple[Planted, ...]:
    """Three months of one person: twelve threads interleaved, a third of the notes in none, in time order."""
    threads: dict[str, list[str]] = {}
    for line in PLANTED.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            threads[line[2:]] = []
        elif line:
            threads[next(reversed(threads))].append(line)
    found = []
    for thread, texts in threads.items():
        begins, ends = 0.2 * chance(thread + "a"), 1 - 0.1 * chance(thread + "b")
        moments = sorted(chance(f"{thread}{number}") for number in range(len(texts)))
        for number, (text, moment) in enumerate(zip(texts, moments, strict=True)):
            day = BEGINS + timedelta(days=int(DAYS * (begins + (ends - begins) * moment)))
            at = day.replace(hour=7 + int(15 * chance(text)), minute=int(60 * chance(text + "m")))
            name = f"{thread}-{number}"
            if thread != "none" and chance("says " + name) < SAYS_WHAT_IT_IS_ABOUT:
                subjects = SUBJECTS[thread]
                text = f"{subjects[int(chance('which ' + name) ** 1.5 * len(subjects))]}: {text}"
            found.append(Planted(Memory(name, at, text), None if thread == "none" else thread))
    return tuple(sorted(found, key=lambda note: (note.memory.at, note.memory.memory_id)))


@lru_cache(maxsize=1)
def _vectors() -> dict[str, np.ndarray]:
    notes = planted_life()
    vectors = EmbeddedModel().embed([note.memory.text for note in notes], "document")
    return {note.memory.memory_id: vector for note, vector in zip(notes, vectors, strict=True)}


@lru_cache(maxsize=1)
def _range() -> tuple[float, float]:
    return tuple(calibrate(EmbeddedModel()))  # type: ignore[arg-type]


def found_in(memories: Sequence[Memory]) -> dict[str, int]:
    """Memory id → its thread, of those that are in one."""
    vectors = np.stack([_vectors()[memory.memory_id] for memory in memories])
    found = communities(memories, vectors, likeness_range=_range())
    return {memory.memory_id: thread for memory, thread in zip(memories, found.threads, strict=True) if thread >= 0}


def groups(found: dict[str, int]) -> list[list[str]]:
    """The members of each thread, the earliest first."""
    members: dict[int, list[str]] = defaultdict(list)
    for note in planted_life():
        if note.memory.memory_id in found:
            members[found[note.memory.memory_id]].append(note.memory.memory_id)
    return [members[thread] for thread in sorted(members)]


def b_cubed(truth: dict[str, str], found: dict[str, int]) -> float:
    """B³-F1 (Bagga & Baldwin 1998): mean precision and recall of each note's company; none is alone."""
    precision = recall = 0.0
    for note, thread in truth.items():
        company = {other for other in truth if other == note or (note in found and found.get(other) == found[note])}
        right = {other for other in truth if truth[other] == thread}
        precision += len(company & right) / len(company)
        recall += len(company & right) / len(right)
    return 2 * precision * recall / (precision + recall) / len(truth)


def test_twelve_threads_that_were_lived_interleaved_are_told_apart() -> None:
    notes = planted_life()
    truth = {note.memory.memory_id: note.thread for note in notes if note.thread}
    nowhere = {note.memory.memory_id for note in notes if not note.thread}
    assert len(notes) >= 400
    assert len(set(truth.values())) == 12
    assert len(nowhere) >= len(notes) * 0.3
    found = found_in([note.memory for note in notes])
    assert b_cubed(truth, found) >= 0.85
    assert len(nowhere & found.keys()) <= 0.3 * len(nowhere), "most of what belongs nowhere is in no thread"
    for members in groups(found):
        assert SMALLEST <= len(members) <= LARGEST


def test_the_same_notes_in_another_order_are_the_same_threads() -> None:
    memories = [note.memory for note in planted_life()]
    shuffled = list(memories)
    random.Random(7).shuffle(shuffled)
    assert found_in(shuffled) == found_in(memories)


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.soak)], ids=["six nights", "thirty nights"])
def test_a_thread_keeps_its_id_over_thirty_nights(every: int) -> None:
    notes = planted_life()
    before: dict[str, str] = {}
    born: dict[str, str] = {}
    known_as: dict[str, list[str]] = defaultdict(list)
    for night in range(every - 1, 30, every):
        until = BEGINS + timedelta(days=DAYS - 30 + night + 1)
        found = groups(found_in([note.memory for note in notes if note.memory.at < until]))
        ids = thread_ids(found, before, born)
        assert len(set(ids)) == len(ids)
        before = {memory: thread for thread, members in zip(ids, found, strict=True) for memory in members}
        for thread in ids:
            born.setdefault(thread, f"{night:02d}")
        for theme in SUBJECTS:
            voices = Counter(thread for memory, thread in before.items() if memory.startswith(f"{theme}-"))
            known_as[theme].append(voices.most_common(1)[0][0])
    steady = [theme for theme, ids in known_as.items() if len(set(ids)) == 1]
    assert len(steady) >= 11, {theme: len(set(ids)) for theme, ids in known_as.items() if theme not in steady}


def test_what_comes_in_three_parts_ends_in_the_same_threads_as_at_once() -> None:
    memories = [note.memory for note in planted_life()]
    at_once = groups(found_in(memories))
    before: dict[str, str] = {}
    born: dict[str, str] = {}
    for part in (1, 2, 3):
        found = groups(found_in(memories[: part * len(memories) // 3]))
        ids = thread_ids(found, before, born)
        before = {memory: thread for thread, members in zip(ids, found, strict=True) for memory in members}
        born |= {thread: str(part) for thread in ids if thread not in born}
    assert found == at_once


def _notes(*texts: str, streams: Sequence[str] = ()) -> list[Memory]:
    return [
        Memory(f"m{number}", BEGINS + timedelta(days=number), text, stream=streams[number] if streams else str(number))
        for number, text in enumerate(texts)
    ]


def _alike(memories: Sequence[Memory], links: Links | None = None) -> Belonging:
    return communities(memories, np.zeros((len(memories), 4), dtype=np.float32), links=links)


def test_nothing_and_next_to_nothing_have_no_thread() -> None:
    assert _alike([]).threads == []
    assert _alike(_notes("Just this.")).threads == [-1]
    assert set(_alike(_notes("How are you?", "Fine, thanks!", "How are things?", "Good, thanks!")).threads) == {-1}


def test_what_happened_on_one_day_alone_is_no_thread() -> None:
    texts = ["Zeevonk leaks", "Zeevonk has a new halyard", "Zeevonk and the mooring", "Zeevonk sails"]
    others = [f"{word} today" for word in ("Apricots", "Thunder", "Umbrellas", "Dentists", "Postcards", "Violets") * 4]
    one_day = [Memory(f"z{number}", BEGINS + timedelta(hours=number), text) for number, text in enumerate(texts)]
    assert set(_alike([*one_day, *_notes(*others)]).threads[:4]) == {-1}
    spread = [Memory(f"z{number}", BEGINS + timedelta(days=number), text) for number, text in enumerate(texts)]
    belonging = _alike([*spread, *_notes(*others)])
    assert len(set(belonging.threads[:4])) == 1
    assert belonging.threads[0] >= 0


def test_a_link_that_is_known_brings_together_what_shares_no_word() -> None:
    texts = [
        "Apricots", "Thunder", "Umbrellas", "Dentists", "Postcards", "Violets", "Ladders", "Herons",
        *(f"Marble {word}, marble" for word in ("tables", "floors", "stairs", "dust")),
    ]  # fmt: skip
    assert _alike(_notes(*texts)).threads[:3] == [-1, -1, -1]
    assert _alike(_notes(*texts), links=Links([0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3], [2.0] * 6)).threads[:4] == [0] * 4


def test_names_tell_much_and_everyday_words_little() -> None:
    told = telling([tokens_of(note.memory) for note in planted_life()])
    assert told["okafor"] > 1.5 * max(told.get(word, 0.0) for word in ("day", "first", "time", "work"))


# --- identity ---------------------------------------------------------------------------------------------------------


def test_a_thread_is_the_one_that_it_shares_half_of_the_smaller_with() -> None:
    before = {"a": "T", "b": "T", "c": "T", "d": "T"}
    assert thread_ids([["a", "b", "x", "y", "z"]], before, {"T": "1"}) == ["T"]
    assert thread_ids([["a", "x", "y", "z"]], before, {"T": "1"}) != ["T"]


def test_of_two_parts_the_larger_keeps_the_name_and_the_other_gets_a_stable_one() -> None:
    before = dict.fromkeys("abcde", "T")
    first = thread_ids([["a", "b"], ["c", "d", "e"]], before, {"T": "1"})
    assert first[1] == "T"
    assert first[0] != "T"
    assert first == thread_ids([["a", "b"], ["c", "d", "e"]], before, {"T": "1"})


def test_of_two_that_merge_equally_the_older_stays() -> None:
    before = {"a": "Z", "b": "Z", "c": "A", "d": "A"}
    assert thread_ids([["a", "b", "c", "d"]], before, {"Z": "2026-01-01", "A": "2026-02-01"}) == ["Z"]


def test_a_name_that_goes_on_elsewhere_is_not_given_twice() -> None:
    born = thread_ids([["a", "b", "c"]], {}, {})[0]
    before = dict.fromkeys("abc", born)
    ids = thread_ids([["b", "c", "d"], ["a", "x", "y", "z"]], before, {born: "1"})
    assert ids[0] == born
    assert ids[1] != born


def test_the_same_members_have_the_same_ids_again() -> None:
    communities_of_tonight = [["a", "b", "c"], ["d", "e", "f"]]
    ids = thread_ids(communities_of_tonight, {}, {})
    before = {memory: thread for thread, members in zip(ids, communities_of_tonight, strict=True) for memory in members}
    assert thread_ids(communities_of_tonight, before, dict.fromkeys(ids, "1")) == ids


def test_ids_do_not_depend_on_the_order_of_the_communities() -> None:
    given = [["a", "b", "x"], ["c", "d", "y"]]
    before = dict.fromkeys("abcd", "T")
    assert thread_ids(given, before, {"T": "1"}) == thread_ids(given[::-1], before, {"T": "1"})[::-1]
