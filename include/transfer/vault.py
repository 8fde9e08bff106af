"""Export as a vault of linked Markdown notes, for Obsidian and any other reader of Markdown.

One note a concept, a memory (with its insight and its knowledge), a thread, an episode and a dream; links run along
associations, concepts, threads and episodes. Every link leads to a note of the vault. Links that the owner's own texts
hold are shown as text, since their targets are not here.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from include.errors import CodexError
from include.reading.threads import HEADINGS

STRONGEST = 12
"""Links that a memory's note lists at most, the strongest first."""
TITLE_LENGTH = 60

_UNSAFE = re.compile(r"[^\w\-+.,' ]+")
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}

Record = Mapping[str, Any]


@dataclass
class _Names:
    """File names that are safe on every system, each used once (whatever the case of its letters)."""

    taken: set[str] = field(default_factory=set)

    def give(self, folder: str, title: str, key: str) -> str:
        """The path of a note without `.md`; `key` keeps notes of one title apart."""
        plain = _SPACES.sub(" ", _UNSAFE.sub(" ", unicodedata.normalize("NFC", title))).strip(" .")[:TITLE_LENGTH]
        plain = plain.strip(" .") or "note"
        if plain.casefold() in _RESERVED:
            plain += "_"
        mark = hashlib.sha256(key.encode()).hexdigest()
        for candidate in (plain, *(f"{plain} {mark[:length]}" for length in (6, 12, 64))):
            path = f"{folder}/{candidate}"
            if path.casefold() not in self.taken:
                self.taken.add(path.casefold())
                return path
        raise AssertionError("two notes of one key")


def _title(text: str) -> str:
    first = next((line.strip("#>*- \t") for line in text.splitlines() if line.strip("#>*- \t")), "")
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1].rstrip() + "…"


def _escaped(text: str) -> str:
    """The owner's text, its links as text: their targets are not in the vault."""
    return text.replace("[[", "\\[\\[").replace("](", "]\\(").replace("]:", "]\\:").replace("<a ", "&lt;a ")


def _link(path: str, title: str) -> str:
    alias = re.sub(r"[\[\]|\\\n]+", " ", title).strip() or path.rpartition("/")[2]
    return f"[[{path}|{alias}]]"


def _front_matter(values: Mapping[str, Any]) -> str:
    """YAML between rules; JSON is YAML."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value is not None]
    yaml = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", "\n".join(lines))
    yaml = yaml.replace("[[", r"\u005b\u005b").replace("](", r"]\u0028")  # a reader of notes sees links there, too
    return "\n".join(["---", yaml, "---", ""])


@dataclass
class _Vault:
    """The records by kind, and the path and title of each note."""

    memories: dict[str, Record]
    insights: dict[str, Record]
    knowledge: dict[str, Record]
    episodes: list[Record]
    dreams: list[Record]
    threads: list[Record]
    links: dict[str, list[tuple[float, str]]]
    concepts: dict[str, list[str]]
    paths: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def assign_names(self) -> None:
        names = _Names({"index"})
        for key, memory in self.memories.items():
            self._name(names, "memories", key, memory["summary"] or memory["text"], memory["at"])
        for episode in self.episodes:
            self._name(names, "episodes", episode["id"], episode["text"], episode["at"])
        for dream in self.dreams:
            self._name(names, "dreams", dream["id"], dream["shared_theme"] or dream["text"], dream["night"])
        for thread in self.threads:
            self._name(names, "threads", thread["id"], thread["text"])
        for concept in self.concepts:
            self.titles[f"concept {concept}"] = concept
            self.paths[f"concept {concept}"] = names.give("concepts", concept, concept)

    def _name(self, names: _Names, folder: str, key: str, text: str, at: str = "") -> None:
        self.titles[key] = _title(text) or folder
        self.paths[key] = names.give(folder, f"{at[:10]} {self.titles[key]}", key)

    def link(self, key: str) -> str:
        return _link(self.paths[key], self.titles[key])

    def listed(self, heading: str, keys: Iterable[str], notes: Mapping[str, str] | None = None) -> str:
        """A section of links to the notes that there are; empty where there are none."""
        lines = [f"- {self.link(key)}{(notes or {}).get(key, '')}" for key in keys if key in self.paths]
        return "\n".join([f"## {heading}", "", *lines, "", ""]) if lines else ""


def _vault(records: Iterable[Record]) -> _Vault:
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[record["kind"]].append(record)
    memories = {memory["id"]: memory for memory in by_kind["memory"]}
    knowledge = {known["memory_ids"][0]: known for known in by_kind["knowledge"]}
    links: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for association in by_kind["association"]:
        a, b = association["memory_ids"]
        links[a].append((-association["weight"], b))
        links[b].append((-association["weight"], a))
    concepts: dict[str, list[str]] = defaultdict(list)
    for memory_id, known in knowledge.items():
        for concept in known["related_concepts"]:
            if memory_id in memories and concept.strip():
                concepts[concept].append(memory_id)
    vault = _Vault(
        memories,
        {memory: insight for insight in by_kind["insight"] for memory in insight["memory_ids"]},
        knowledge,
        [episode for episode in by_kind["episode"] if sum(memory in memories for memory in episode["memory_ids"]) > 1],
        by_kind["dream"],
        by_kind["thread"],
        links,
        dict(sorted(concepts.items())),
    )
    vault.assign_names()
    return vault


def _memory_note(vault: _Vault, key: str, episode: str | None, dreams: list[str], threads: list[str]) -> str:
    memory, insight, known = vault.memories[key], vault.insights.get(key), vault.knowledge.get(key)
    parts = [
        _front_matter(
            {
                "id": key,
                "kind": "memory",
                "created": memory["at"],
                "tags": [re.sub(r"[^\w/-]+", "-", tag) for tag in memory["tags"]],
                "status": memory["status"],
                "strength": memory["strength"],
            }
        ),
        f"# {_escaped(vault.titles[key])}\n",
        _escaped(memory["text"]) + "\n",
    ]
    if insight:
        parts.append(f"## Insight\n\n{_escaped(insight['text'])} *({insight['insight_type']}, {insight['model']})*\n")
        first, *again = insight["memory_ids"]
        parts.append(vault.listed("Says the same", again if key == first else [first]))
    if known:
        until = f"; superseded {known['superseded_at'][:10]}" if known.get("superseded_at") else ""
        parts.append(
            f"## Knowledge\n\n{_escaped(known['text'])} *({known['semantic_category']}, {known['model']}{until})*\n"
        )
        parts.append(vault.listed("Concepts", [f"concept {concept}" for concept in known["related_concepts"]]))
    strongest = sorted(vault.links.get(key, []))[:STRONGEST]
    parts.append(
        vault.listed(
            "Associated", [other for _, other in strongest], {b: f" ({-weight:.2f})" for weight, b in strongest}
        )
    )
    parts.append(vault.listed("Thread", threads))
    parts.append(vault.listed("Episode", [episode] if episode else []))
    parts.append(vault.listed("Dreams", dreams))
    return "\n".join(part for part in parts if part)


def _thread_note(vault: _Vault, thread: Record) -> str:
    """A thread as it was told, each item with links to its notes, and all its notes by their dates."""

    def told(item: Mapping[str, Any]) -> str:
        links = ", ".join(vault.link(memory) for memory in item["memory_ids"] if memory in vault.paths)
        return f"{_escaped(item['text'])} ({links})" if links else _escaped(item["text"])

    values = {"began": thread["at"], **{name: thread[name] for name in ("last_at", "told_at", "members", "model")}}
    parts = [
        _front_matter({"id": thread["id"], "kind": "thread", **values}),
        f"# {_escaped(vault.titles[thread['id']])}\n",
    ]
    parts.append(vault.listed("Went into", [thread["merged_into"]] if thread["merged_into"] else []))
    if thread["sentence"]:
        parts.append(f"{told(thread['sentence'])}\n")
    for name, heading in HEADINGS.items():
        if thread[name]:
            parts.append("\n".join([f"## {heading}", "", *(f"- {told(item)}" for item in thread[name]), ""]))
    dates = {key: f" ({vault.memories[key]['at'][:10]})" for key in thread["memory_ids"] if key in vault.memories}
    parts.append(vault.listed("Notes", thread["memory_ids"], dates))
    return "\n".join(part for part in parts if part)


def _concept_note(vault: _Vault, concept: str, together: Counter[str]) -> str:
    met = sorted(together.items(), key=lambda item: (-item[1], item[0]))[:STRONGEST]
    return "\n".join(
        [
            _front_matter({"kind": "concept", "concept": concept, "memories": len(vault.concepts[concept])}),
            f"# {_escaped(concept)}\n",
            vault.listed("Memories", vault.concepts[concept]),
            vault.listed("Occurs with", [f"concept {other}" for other, _ in met]),
        ]
    )


def notes(records: Iterable[Record]) -> dict[str, str]:
    """The notes of the vault: path (with `.md`) to text; the same records give the same notes."""
    vault = _vault(records)
    of_memory = {memory: episode["id"] for episode in vault.episodes for memory in episode["memory_ids"]}
    dreams: dict[str, list[str]] = defaultdict(list)
    for dream in vault.dreams:
        for memory in dream["memory_ids"]:
            dreams[memory].append(dream["id"])
    threads: dict[str, list[str]] = defaultdict(list)
    for thread in vault.threads:
        for memory in thread["memory_ids"] if not thread["merged_into"] else []:
            threads[memory].append(thread["id"])
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for known in vault.knowledge.values():
        present = sorted({concept for concept in known["related_concepts"] if concept in vault.concepts})
        for a, b in combinations(present, 2):
            together[a][b] += 1
            together[b][a] += 1

    texts = {
        vault.paths[key]: _memory_note(vault, key, of_memory.get(key), dreams[key], threads[key])
        for key in vault.memories
    }
    for concept in vault.concepts:
        texts[vault.paths[f"concept {concept}"]] = _concept_note(vault, concept, together[concept])
    for episode in vault.episodes:
        texts[vault.paths[episode["id"]]] = "\n".join(
            [
                _front_matter(
                    {name: episode[name] for name in ("id", "kind", "at", "ended_at", "goal", "people", "places")}
                ),
                f"# {_escaped(vault.titles[episode['id']])}\n",
                vault.listed("Memories", episode["memory_ids"]),
            ]
        )
    for thread in vault.threads:
        texts[vault.paths[thread["id"]]] = _thread_note(vault, thread)
    for dream in vault.dreams:
        texts[vault.paths[dream["id"]]] = "\n".join(
            [
                _front_matter(
                    {name: dream[name] for name in ("id", "kind", "night", "plausibility", "novelty", "model")}
                ),
                f"# {_escaped(vault.titles[dream['id']])}\n",
                _escaped(dream["text"]) + "\n",
                vault.listed("Of", dream["memory_ids"]),
            ]
        )
    latest = sorted(vault.threads, key=lambda thread: (thread["last_at"], thread["id"]), reverse=True)
    by_size = sorted(vault.concepts, key=lambda concept: (-len(vault.concepts[concept]), concept))
    texts["index"] = "\n".join(
        [
            "# What is remembered and learned\n",
            f"{len(vault.memories)} memories, {len(vault.threads)} threads, {len(vault.concepts)} concepts, "
            f"{len(vault.episodes)} episodes, {len(vault.dreams)} dreams.\n",
            vault.listed("Threads", [thread["id"] for thread in latest]),
            vault.listed("Concepts", [f"concept {concept}" for concept in by_size]),
            vault.listed("Episodes", [episode["id"] for episode in reversed(vault.episodes)]),
            vault.listed("Dreams", [dream["id"] for dream in reversed(vault.dreams)]),
            vault.listed("Memories", list(reversed(vault.memories))),
        ]
    )
    return {f"{path}.md": text.rstrip("\n") + "\n" for path, text in texts.items()}


def write_vault(records: Iterable[Record], folder: Path) -> int:
    """Write the vault into a new or empty folder; returns how many notes it has."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CodexError(f"{folder} exists and is not empty: give -o a new folder for the vault.")
    texts = notes(records)
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return len(texts)
