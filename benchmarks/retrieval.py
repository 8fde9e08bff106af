"""How early `./codex query --batch` brings up what answers a question, on conversations and on notes.

    python -m benchmarks.retrieval --data locomo_dev.json      # LoCoMo's format: recall@10, nDCG@10, MRR
    python -m benchmarks.retrieval --notes til_notes.jsonl     # known-item search, beside BM25 (bm25s) in the same run

Memories are saved by `./codex remember` (each conversation with a tag of its own), worked off by `./codex consolidate`
and asked by `./codex query --batch`. The installation lies in `$CODEX_HOME/benchmarks/` and is used again next time.
Figures are means over the questions of a conversation, then over conversations; questions about what was never said
("adversarial") are told apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from include.settings import REPOSITORY, settings

DEPTH = 50
"""Results that are asked for."""
SAMPLE = 300
"""Questions about notes, those whose path has the smallest hashes."""
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}

Memory = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A question, and the ids of the memories that answer it."""

    conversation: str
    text: str
    category: str
    evidence: frozenset[str]
    tags: tuple[str, ...]
    fold: int = 0


def conversations(path: Path) -> tuple[list[Memory], list[Asked]]:
    """The turns of LoCoMo's conversations as memories, and its questions."""
    memories, asked = [], []
    for sample in json.loads(path.read_text()):
        name, conversation = sample["sample_id"], sample["conversation"]
        ids: dict[tuple[int, int], str] = {}
        numbers = sorted(
            int(key[8:]) for key, value in conversation.items() if re.fullmatch(r"session_\d+", key) and value
        )
        for number in numbers:
            stated = conversation[f"session_{number}_date_time"]
            start = datetime.strptime(stated, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            for place, turn in enumerate(conversation[f"session_{number}"]):
                text = turn.get("text", turn.get("clean_text")) or ""
                if turn.get("blip_caption"):
                    text = f"{text} [image: {turn['blip_caption']}]".strip()
                [(session, line)] = _turns(turn["dia_id"])
                ids[session, line] = str(uuid5(NAMESPACE_URL, f"{name}/{turn['dia_id']}"))
                memories.append(
                    {
                        "id": ids[session, line],
                        "content": f"{turn['speaker']}: {text}",
                        "created_at": (start + timedelta(minutes=place)).isoformat(),
                        "context": f"{name}/session_{number}",
                        "tags": [name],
                    }
                )
        for question in sample["qa"]:
            evidence = frozenset(ids[turn] for turn in _turns(" ".join(question.get("evidence") or [])) if turn in ids)
            if evidence:
                category = question.get("kind") or CATEGORIES[question["category"]]
                asked.append(Asked(name, question["question"], category, evidence, (name,)))
    return memories, asked


def _turns(label: str) -> list[tuple[int, int]]:
    return [(int(session), int(line)) for session, line in re.findall(r"D\s?:?\s?(\d+)[:;](\d+)", label)]


def notes(path: Path) -> tuple[list[Memory], list[Asked]]:
    """Notes without their titles, and the titles as questions; `fold` (0 to 5) by hash."""
    memories, asked = [], []
    for line in path.read_text().splitlines():
        note = json.loads(line)
        title, _, body = note["content"].partition("\n")
        memory_id = str(uuid5(NAMESPACE_URL, note["path"]))
        content = (body if title.startswith("#") else note["content"]).strip()
        memories.append({"id": memory_id, "content": content, "created_at": note["created_at"]})
        fold = int(hashlib.md5(note["path"].encode(), usedforsecurity=False).hexdigest(), 16) % 6
        asked.append(Asked("notes", note["summary"], "known-item", frozenset([memory_id]), (), fold))
    return memories, asked


def sampled(asked: Sequence[Asked]) -> list[Asked]:
    """`SAMPLE` questions by hash, of all folds but 1. Weights are never chosen on them (`search_training.py`)."""
    kept = [one for one in asked if one.fold != 1]
    return sorted(kept, key=lambda one: hashlib.sha256(min(one.evidence).encode()).hexdigest())[:SAMPLE]


@contextmanager
def loaded(name: str, given: tuple[list[Memory], list[Asked]]) -> Iterator[tuple[str, list[Asked]]]:
    """Memories in an installation of their own, worked off; gives the store's address and the questions."""
    memories, asked = given
    home = settings().codex_home / "benchmarks" / name
    done = home / "worked-off"
    if not done.exists():
        home.mkdir(parents=True, exist_ok=True)
        source = home / "memories.jsonl"
        source.write_text("".join(json.dumps(memory) + "\n" for memory in memories))
        codex(home, "remember", str(source))
        codex(home, "consolidate", "--local")
        done.touch()
    with served(home) as url:
        yield url, asked


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The running store of the installation in `home`, with the served schema of this version; gives its address."""
    from include.installation.environment import store_running
    from include.served.migrate import migrate
    from include.store.address import store_url

    home.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("CODEX_HOME")
    os.environ["CODEX_HOME"] = str(home)
    settings.cache_clear()
    try:
        with store_running():
            migrate(store_url())
            yield store_url()
    finally:
        os.environ.pop("CODEX_HOME")
        if before is not None:
            os.environ["CODEX_HOME"] = before
        settings.cache_clear()


def codex(home: Path, *arguments: str) -> str:
    """Run `./codex` in an installation; returns what it wrote."""
    environment = os.environ | {"CODEX_HOME": str(home), "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"}
    command = [sys.executable, "-m", "include.cli", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def answered(home: Path, asked: Sequence[Asked]) -> list[list[str]]:
    """Ids per question, best first, by `./codex query --batch`."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as batch:
        for number, one in enumerate(asked):
            batch.write(json.dumps({"id": number, "text": one.text, "tags": list(one.tags)}) + "\n")
        batch.flush()
        lines = codex(home, "query", "--batch", batch.name, "-k", str(DEPTH)).splitlines()
    return [[result["memory_id"] for result in json.loads(line)["results"]] for line in lines]


def scored(ranked: Sequence[str], evidence: frozenset[str]) -> dict[str, float]:
    """recall@10, nDCG@10 (binary gains) and MRR of one question."""
    ranks = [rank for rank, memory_id in enumerate(dict.fromkeys(ranked[:DEPTH]), 1) if memory_id in evidence]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(evidence)) + 1))
    return {
        "recall@10": sum(rank <= 10 for rank in ranks) / len(evidence),
        "ndcg@10": sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10) / ideal,
        "mrr": 1 / ranks[0] if ranks else 0.0,
    }


def macro(results: Sequence[tuple[Asked, Mapping[str, float]]]) -> dict[str, float]:
    """Means over questions of a conversation, then over conversations; adversarial questions apart."""
    figures: dict[str, float] = {}
    for prefix, adversarial in (("", False), ("adversarial_", True)):
        by_conversation: dict[str, list[Mapping[str, float]]] = {}
        for one, figure in results:
            if (one.category == "adversarial") == adversarial:
                by_conversation.setdefault(one.conversation, []).append(figure)
        for metric in ("recall@10", "ndcg@10", "mrr"):
            if by_conversation:
                means = [mean(figure[metric] for figure in found) for found in by_conversation.values()]
                figures[prefix + metric] = round(mean(means), 4)
    return figures


def bm25_rankings(memories: Sequence[Memory], asked: Sequence[Asked]) -> dict[str, list[list[str]]]:
    """Ids per question, best first, by bm25s over the stemmed words of all memories, for 16 choices of parameters."""
    import bm25s  # type: ignore[import-untyped]
    import snowballstemmer

    stem = snowballstemmer.stemmer("english").stemWords
    texts = bm25s.tokenize([memory["content"] for memory in memories], stemmer=stem, show_progress=False)
    questions = bm25s.tokenize([one.text for one in asked], stemmer=stem, show_progress=False)
    found = {}
    for k1 in (0.9, 1.2, 1.5, 2.0):
        for b in (0.4, 0.6, 0.75, 0.9):
            ranker = bm25s.BM25(k1=k1, b=b)
            ranker.index(texts, show_progress=False)
            ranked, _ = ranker.retrieve(questions, k=min(DEPTH, len(memories)), show_progress=False)
            found[f"k1 {k1}, b {b}"] = [[memories[place]["id"] for place in row] for row in ranked]
    return found


def bm25(memories: Sequence[Memory], asked: Sequence[Asked]) -> dict[str, float]:
    """MRR of bm25s over the same notes, for each choice of its parameters."""
    return {
        name: round(mean(scored(row, one.evidence)["mrr"] for row, one in zip(rows, asked, strict=True)), 4)
        for name, rows in bm25_rankings(memories, asked).items()
    }


def main() -> None:
    """Print one JSON line for the conversations, one for the notes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="conversations in LoCoMo's format")
    parser.add_argument("--notes", type=Path, help='notes as JSON Lines with "path", "summary", "content"')
    given = parser.parse_args()
    if given.data:
        with loaded("conversations", conversations(given.data)) as (_, asked):
            ranked = answered(settings().codex_home, asked)
        results = [(one, scored(row, one.evidence)) for one, row in zip(asked, ranked, strict=True)]
        categories = {
            name: macro([(one, figure) for one, figure in results if one.category == name])
            for name in sorted({one.category for one in asked})
        }
        print(json.dumps({"conversations": macro(results), "categories": categories}), flush=True)
    if given.notes:
        memories, every = notes(given.notes)
        with loaded("notes", (memories, sampled(every))) as (_, asked):
            ranked = answered(settings().codex_home, asked)
        figures = [scored(row, one.evidence) for one, row in zip(asked, ranked, strict=True)]
        plain = bm25(memories, asked)
        best = max(plain, key=lambda name: plain[name])
        found = {"mrr": round(mean(figure["mrr"] for figure in figures), 4), "bm25_mrr": plain[best], "bm25_best": best}
        print(json.dumps({"notes": found, "bm25_defaults": plain["k1 1.5, b 0.75"]}), flush=True)


if __name__ == "__main__":
    main()
