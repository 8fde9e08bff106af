"""Real texts for measuring, in any number: one-sentence texts, or paragraphs cut from longer ones.

They are not part of the repository (their folder lies beside it). `python -m benchmarks.texts paragraphs --size 10000`
writes what `./codex remember` takes, one JSON object a line; the same for the same size, on every machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.settings import REPOSITORY

DATA = REPOSITORY.parent / "shared" / "data"
SHORTEST, LONGEST = 100, 2000
"""Characters of a paragraph."""

Text = dict[str, str]
"""`content` and `created_at`."""


def short_texts(size: int) -> Iterator[Text]:
    """The first of 100,000 distinct sentences, names and summaries of published packages, 27 a day over ten years."""
    with gzip.open(DATA / "short_100k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in itertools.islice(lines, size):
            yield json.loads(line)


def paragraphs(size: int) -> Iterator[Text]:
    """Pieces of 100 to 2,000 characters of notes and conversations, at their times.

    Texts are cut one after the other, each piece as long as a hash says (as many short ones as long ones on a
    logarithmic scale). When all are cut, they are cut once more at other places, some hours later. No piece comes
    twice.
    """
    written: set[str] = set()
    texts = [*_notes(), *_sessions()]
    for cutting in itertools.count():
        for name, at, text in texts:
            for number, piece in enumerate(_pieces(f"{cutting} {name}", text)):
                if len(written) == size:
                    return
                if piece in written:
                    continue
                written.add(piece)
                instant = at + timedelta(hours=5 * cutting, minutes=2 * number)
                yield {"content": piece, "created_at": instant.isoformat()}


TEXTS: dict[str, Callable[[int], Iterator[Text]]] = {"short": short_texts, "paragraphs": paragraphs}


def write(kind: str, size: int, target: Path) -> None:
    """Write texts of a kind as `./codex remember` takes them."""
    with target.open("w", encoding="utf-8") as file:
        for text in TEXTS[kind](size):
            file.write(json.dumps(text, ensure_ascii=False) + "\n")


def _notes() -> Iterator[tuple[str, datetime, str]]:
    for line in (DATA / "til_notes.jsonl").read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        yield note["path"], datetime.fromisoformat(note["created_at"]).astimezone(UTC), note["content"]


def _sessions() -> Iterator[tuple[str, datetime, str]]:
    for sample in json.loads((DATA / "locomo_dev.json").read_text(encoding="utf-8")):
        said: dict[str, Any] = sample["conversation"]
        for key in said:
            if key.startswith("session_") and not key.endswith("_date_time"):
                at = datetime.strptime(said[f"{key}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
                lines = "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in said[key])
                yield f"{sample['sample_id']} {key}", at, lines


def _pieces(name: str, text: str) -> Iterator[str]:
    """Consecutive pieces of a text that end with a word; what is shorter at its end is left out."""
    start = 0
    for number in itertools.count():
        share = int.from_bytes(hashlib.sha256(f"{name} {number}".encode()).digest()[:8]) / 2**64
        end = start + round(SHORTEST * (LONGEST / SHORTEST) ** share)
        while end < len(text) and not text[end].isspace():
            end += 1
        piece = text[start:end].strip()
        if len(piece) < SHORTEST:
            return
        yield piece[:LONGEST]
        start = end


def main() -> None:
    """Write texts to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(TEXTS))
    parser.add_argument("--size", type=int, default=10_000, help="how many texts (default: 10,000)")
    given = parser.parse_args()
    for text in TEXTS[given.kind](given.size):
        sys.stdout.write(json.dumps(text, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
