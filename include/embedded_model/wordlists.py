"""The word lists in `lexicon/`: one term a line, `#` starts a comment, `[name]` starts a section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

LEXICON = Path(__file__).parent / "lexicon"
"""The folder of the word lists."""

ValueT = TypeVar("ValueT")


@lru_cache(maxsize=64)
def terms(name: str) -> tuple[str, ...]:
    """The lines of a list without comments and blank lines, in their order."""
    lines = (line.strip() for line in (LEXICON / f"{name}.txt").read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=64)
def term_set(name: str) -> frozenset[str]:
    """The terms of a list, for asking whether a word is one of them."""
    return frozenset(terms(name))


@lru_cache(maxsize=64)
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """Section → its terms, in the order of the file."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in terms(name):
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line[1:-1], [])
        else:
            current.append(line)
    return {section: tuple(lines) for section, lines in found.items()}


@lru_cache(maxsize=64)
def group(name: str) -> frozenset[str]:
    """The words of a section of `lexicon/groups.txt`."""
    return frozenset(sections("groups")[name])


def rows(name: str, separator: str) -> Iterator[tuple[str, ...]]:
    """The columns of each line, for lists whose lines have several."""
    for line in terms(name):
        yield tuple(cell.strip() for cell in line.split(separator))


@lru_cache(maxsize=64)
def table(name: str, separator: str = "=") -> dict[str, tuple[str, ...]]:
    """First column → the other columns, for lists that say one thing of each term."""
    return {row[0]: row[1:] for row in rows(name, separator)}


def phrases(name: str) -> Iterator[tuple[str, str]]:
    """(term, section) of every term of a list with sections; a section's own name is a term of it."""
    for section, members in sections(name).items():
        for member in dict.fromkeys((section, *members)):
            yield member, section


class PhraseIndex(Generic[ValueT]):
    """Finds terms of one or more words in a row of words, in time that does not depend on how many terms there are."""

    def __init__(self, entries: Iterable[tuple[Sequence[str], ValueT]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], ValueT]]] = {}
        for words, value in entries:
            if words:
                self._by_first.setdefault(words[0], []).append((tuple(words), value))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, ValueT]]:
        """Every (first position, position after the last, value) of a term in `words`; the longest first at a place."""
        for start, word in enumerate(words):
            for term, value in self._by_first.get(word, ()):
                end = start + len(term)
                if len(term) == 1 or tuple(words[start:end]) == term:
                    yield start, end, value

    def find_apart(self, words: Sequence[str]) -> Iterator[tuple[int, int, ValueT]]:
        """Like `find`, but what a longer or earlier term covers is not reported again."""
        covered = 0
        for start, end, value in self.find(words):
            if start >= covered:
                covered = end
                yield start, end, value
