"""Bad habits of small models, which hold a schema and say nothing: found, they are faults of an answer like any other.

Seen of a model of 135 million parameters that was made to hold the schema (tests/real_model.py, docs/models.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

COPIED_CHARACTERS = 30
"""A text so long that stands in the instruction, word for word, is a copy: no example is an answer."""
COPIED_WORDS = 6
"""So is a text with so many words in a row from there."""
SHORTEST_REPETITION = 60
"""Characters; a shorter text may say a thing twice."""
_GRAM = 4
_MARKS = re.compile(r"<<<[A-Z_]+ (?:TOKEN|[0-9a-f]{16})|[A-Z_]+ [0-9a-f]{16}>>>|<\|[a-z_]+\|>|\[/?INST\]|</?think>")


def fault_in(answer: Any, instruction: str) -> str | None:
    """What is wrong with the texts of an answer (JSON as Python has it), with the field; None where nothing is.

    :param instruction: what the model was told to do, without the data
    """
    told = _plain(instruction)
    runs = _runs(told.split(), COPIED_WORDS)
    for path, text in _texts(answer):
        if _MARKS.search(text):
            return f"{path}: it holds marks of the prompt"
        plain = _plain(text)
        if text.strip() and not plain:
            return f"{path}: it holds no word"
        if repeats_itself(text):
            return f"{path}: it says the same again and again"
        whole = len(plain) >= COPIED_CHARACTERS and plain in told
        if whole or not runs.isdisjoint(_runs(plain.split(), COPIED_WORDS)):
            return f"{path}: it is a copy of the instruction, not an answer"
    return None


def repeats_itself(text: str) -> bool:
    """Whether more than a third of a text is made of what it has said before, four words at a time."""
    words = _plain(text).split()
    if len(text) < SHORTEST_REPETITION or len(words) < 3 * _GRAM:
        # One "word" without end, too: 0.9999999… or hahahaha…
        return len(text) >= SHORTEST_REPETITION and any(re.search(r"(.{1,12}?)\1{9,}", word) for word in words)
    grams = Counter(tuple(words[start : start + _GRAM]) for start in range(len(words) - _GRAM + 1))
    return sum(count - 1 for count in grams.values()) > sum(grams.values()) / 3


def _runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path or "answer", value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _texts(part, f"{path}.{number}")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
