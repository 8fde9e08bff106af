"""The same conversations told in other ways, to see what a ranking owes to the way in which one file tells them.

Each telling is made of the memories and questions of `retrieval.conversations`, by rule and by hashes alone. Who
speaks, when, and which session it was are put differently, turns are joined to long memories, or a machine answers at
length (its words are those of notes). What is right stays right: the evidence is carried along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from benchmarks.retrieval import Asked, Memory

Told = tuple[list[Memory], list[Asked]]
Telling = Callable[[Sequence[Memory], Sequence[Asked], Sequence[str]], Told]
"""(memories, questions, texts of notes) → the memories and questions as told."""


def _chance(*of: object) -> int:
    """A number that depends on the words given alone."""
    return int.from_bytes(hashlib.blake2b(repr(of).encode(), digest_size=6).digest(), "big")


def _said(memory: Memory) -> tuple[str, str]:
    """Who says it, and what."""
    speaker, _, text = memory["content"].partition(": ")
    return speaker, text


def _voices(memories: Sequence[Memory]) -> dict[str, tuple[str, ...]]:
    """Conversation → who speaks in it, the first one first."""
    found: dict[str, dict[str, None]] = {}
    for memory in memories:
        found.setdefault(memory["tags"][0], {})[_said(memory)[0]] = None
    return {conversation: tuple(names) for conversation, names in found.items()}


def as_given(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """ "Anna: I moved", minutes apart, the session as context."""
    return list(memories), list(asked)


def unnamed(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """Nothing tells who speaks."""
    return [memory | {"content": _said(memory)[1]} for memory in memories], list(asked)


def small_letters(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """No capital anywhere."""
    small = [memory | {"content": memory["content"].lower()} for memory in memories]
    return small, [replace(one, text=one.text.lower()) for one in asked]


def with_a_machine(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """The first one is the user, who asks of "I" and "my"; the other is the assistant."""
    voices = _voices(memories)
    roles = {
        conversation: dict(zip(names, ("user", "assistant"), strict=False)) for conversation, names in voices.items()
    }
    told = [
        memory | {"content": f"{roles[memory['tags'][0]].get(_said(memory)[0], 'user')}: {_said(memory)[1]}"}
        for memory in memories
    ]
    return told, [replace(one, text=_in_first_person(one.text, voices[one.conversation])) for one in asked]


def _in_first_person(text: str, names: Sequence[str]) -> str:
    for name, mine, me in zip(names, ("my", "the assistant's"), ("I", "the assistant"), strict=False):
        text = re.sub(rf"\b{name}['\u2019]s\b", mine, text)
        text = re.sub(rf"\b{name}\b", me, text)
    return text


def answered_at_length(memories: Sequence[Memory], asked: Sequence[Asked], notes: Sequence[str]) -> Told:
    """With a machine, whose every turn goes on with a note: paragraphs, lists, code."""
    told, questions = with_a_machine(memories, asked, notes)
    long = [
        memory | {"content": f"{memory['content']}\n\n{notes[_chance(memory['id']) % len(notes)]}"}
        if memory["content"].startswith("assistant: ")
        else memory
        for memory in told
    ]
    return long, questions


def messages(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """Full names, no sessions; minutes between messages, at times hours."""
    surnames = ("Keller", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Novak")
    told: list[Memory] = []
    last: dict[str, datetime] = {}
    for memory in memories:
        conversation, (speaker, text) = memory["tags"][0], _said(memory)
        pause = _chance("pause", memory["id"])
        gap = timedelta(hours=1 + pause % 5) if pause % 7 == 0 else timedelta(minutes=1 + pause % 9)
        at = datetime.fromisoformat(memory["created_at"])
        if conversation in last:
            same_day = at < last[conversation] + timedelta(hours=8)
            at = last[conversation] + gap if same_day else max(at, last[conversation] + gap)
        last[conversation] = at
        surname = surnames[_chance(speaker) % len(surnames)]
        told.append(
            {
                "id": memory["id"],
                "content": f"{speaker} {surname}: {text}",
                "created_at": at.isoformat(),
                "tags": memory["tags"],
            }
        )
    return told, list(asked)


def stamped(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """ "[29 Jan 2023, 14:32] Anna: I moved", no session; as chats are exported."""
    told = []
    for memory in memories:
        at = datetime.fromisoformat(memory["created_at"])
        told.append(_without_context(memory) | {"content": f"[{at:%d %b %Y, %H:%M}] {memory['content']}"})
    return told, list(asked)


def marked(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """ "**Anna**: I moved", who speaks as a tag, too, and each turn with a context of its own."""
    told = []
    for place, memory in enumerate(memories):
        speaker, text = _said(memory)
        told.append(
            memory
            | {
                "content": f"**{speaker}:** {text}",
                "tags": [*memory["tags"], speaker.lower()],
                "context": f"{memory['context']}, turn {place}",
            }
        )
    return told, list(asked)


def joined(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """Three to five turns of a session are one memory."""
    return _joined(memories, asked, lambda turns: "\n".join(turn["content"] for turn in turns))


def written_down(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """Three to five turns of a session are one memory, as prose of which nothing tells who said what."""
    return _joined(memories, asked, lambda turns: " ".join(_said(turn)[1] for turn in turns))


def _joined(memories: Sequence[Memory], asked: Sequence[Asked], put: Callable[[Sequence[Memory]], str]) -> Told:
    told: list[Memory] = []
    part_of: dict[str, str] = {}
    for group in _groups(memories):
        first = group[0]
        told.append(first | {"content": put(group)})
        part_of |= {turn["id"]: first["id"] for turn in group}
    return told, [replace(one, evidence=frozenset(part_of[turn] for turn in one.evidence)) for one in asked]


def _groups(memories: Sequence[Memory]) -> Iterator[list[Memory]]:
    for _, session in groupby(memories, key=lambda memory: memory["context"]):
        turns = list(session)
        while turns:
            size = 3 + _chance("joined", turns[0]["id"]) % 3
            yield turns[:size]
            turns = turns[size:]


def _without_context(memory: Memory) -> Memory:
    return {name: value for name, value in memory.items() if name != "context"}


def in_one_store(memories: Sequence[Memory], asked: Sequence[Asked], _: Sequence[str]) -> Told:
    """All conversations among each other, no tag tells them apart."""
    told = [memory | {"tags": []} for memory in memories]
    return told, [replace(one, tags=()) for one in asked]


TELLINGS: dict[str, Telling] = {
    telling.__name__: telling
    for telling in (
        as_given, unnamed, small_letters, with_a_machine, answered_at_length, messages, stamped, marked, joined,
        written_down, in_one_store,
    )
}  # fmt: skip
