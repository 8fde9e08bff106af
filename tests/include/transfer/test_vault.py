"""The vault: notes that lead to each other, whatever the owner wrote, and to nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import CodexError
from include.transfer.vault import notes, write_vault

LINK = re.compile(r"\[\[([^\]|]+)(?:\|[^\]]*)?\]\]")
MARKDOWN_LINK = re.compile(r"\]\(([^)]*)\)")
FORBIDDEN = set('*"\\<>:|?#^[]')


def dead_links(vault: dict[str, str]) -> list[str]:
    return [
        target
        for text in vault.values()
        for target in (*LINK.findall(text), *MARKDOWN_LINK.findall(text))
        if f"{target}.md" not in vault
    ]


def key(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def records(texts: list[str], concepts: list[list[str]]) -> list[dict[str, Any]]:
    memories = [
        {
            **{"kind": "memory", "id": key(n), "memory_ids": [key(n)], "at": "2026-03-02T09:00:00+00:00", "text": text},
            **{"summary": None, "tags": ["a tag"], "status": "attended", "strength": 0.5},
        }
        for n, text in enumerate(texts)
    ]
    knowledge = [
        {
            **{"kind": "knowledge", "id": key(100 + n), "memory_ids": [key(n), key(99)], "text": texts[n]},
            **{"related_concepts": of, "semantic_category": "tea", "model": "m", "superseded_at": None},
        }
        for n, of in enumerate(concepts[: len(texts)])
    ]
    links = [
        {"kind": "association", "id": key(200 + n), "memory_ids": [key(n), key(n + 1)], "weight": 0.5}
        for n in range(len(texts))  # the last leads to a memory that is not there
    ]
    dream = {
        **{"kind": "dream", "id": key(300), "memory_ids": [key(0), key(98)], "text": texts[0], "shared_theme": None},
        **{"night": "2026-03-02", "plausibility": 0.5, "novelty": 0.5, "model": "m"},
    }
    episode = {
        **{"kind": "episode", "id": key(400), "memory_ids": [key(n) for n in range(len(texts))], "text": texts[-1]},
        **{"at": "2026-03-02T09:00:00+00:00", "ended_at": "2026-03-02T09:10:00+00:00", "goal": None, "people": []},
        **{"places": []},
    }
    thread = {
        **{"kind": "thread", "id": key(500), "memory_ids": [key(0), key(97)], "text": texts[0], "at": dream["night"]},
        **{"last_at": "2026-03-04", "told_at": "2026-03-05", "members": 2, "model": "m", "merged_into": None},
        **{"story": [{"text": texts[0], "memory_ids": [key(0), key(97)]}], "recurs": [], "changed": [], "open": []},
        **{"next": [], "sentence": {"text": texts[-1], "memory_ids": [key(0)]}},
    }
    return [*memories, *knowledge, *links, episode, dream, thread]


ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40) | st.sampled_from(
    [
        "[[Home]]",
        "see [this](a.md)",
        "![[x.png]]",
        "con",
        "a/b",
        "A/B",
        "…",
        "[a]: b.md",
        "] ]|[",
        "---",
        "# x",
        "É",
        "é",
    ]
)


@settings(deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=6), st.lists(st.lists(ANY_TEXT, max_size=4), max_size=6))
def test_no_link_is_dead_whatever_the_owner_wrote(texts: list[str], concepts: list[list[str]]) -> None:
    vault = notes(records(texts, concepts))
    assert dead_links(vault) == []
    assert len({path.casefold() for path in vault}) == len(vault)
    for path, text in vault.items():
        assert not FORBIDDEN & set(path), path
        assert path.count("/") == (0 if path == "index.md" else 1)
        if path != "index.md":
            assert yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))["kind"]


def test_links_run_along_associations_concepts_episodes_threads_and_dreams() -> None:
    vault = notes(records(["Tea with Anna", "Milk for tea"], [["tea", "anna"], ["tea"]]))
    tea_note, milk_note = (vault[f"memories/2026-03-02 {title}.md"] for title in ("Tea with Anna", "Milk for tea"))
    assert set(LINK.findall(tea_note)) == {
        *("concepts/tea", "concepts/anna", "memories/2026-03-02 Milk for tea"),
        *("episodes/2026-03-02 Milk for tea", "dreams/2026-03-02 Tea with Anna", "threads/Tea with Anna"),
    }
    assert LINK.findall(vault["threads/Tea with Anna.md"]) == ["memories/2026-03-02 Tea with Anna"] * 3
    assert "memories/2026-03-02 Tea with Anna" in LINK.findall(milk_note)
    assert set(LINK.findall(vault["concepts/tea.md"])) == {
        *("memories/2026-03-02 Tea with Anna", "memories/2026-03-02 Milk for tea", "concepts/anna"),
    }
    assert {f"{target}.md" for target in LINK.findall(vault["index.md"])} == set(vault) - {"index.md"}


def test_a_vault_is_written_into_a_new_folder_only(tmp_path: Path) -> None:
    written = write_vault(records(["Tea"], [["tea"]]), tmp_path / "vault")
    assert written == len(list((tmp_path / "vault").rglob("*.md"))) == 5
    with pytest.raises(CodexError, match="exists and is not empty"):
        write_vault([], tmp_path / "vault")
