"""The tags that select stages by hand."""

from __future__ import annotations

import json
from pathlib import Path

from include.settings import home

BIOLOGICAL = {"working_memory", "short_term", "consolidation", "long_term", "rem", "homeostasis"}
STAGES = BIOLOGICAL | {"insights"}


def test_the_tags_of_the_specification_select_its_stages(installation: Path) -> None:
    del installation
    nodes = json.loads(home().manifest.read_text())["nodes"].values()
    folders: dict[str, set[str]] = {}
    for node in nodes:
        if node["resource_type"] == "model":
            for tag in node["tags"]:
                folders.setdefault(tag, set()).add(node["fqn"][1])
    assert folders["biological"] == BIOLOGICAL
    assert folders["continuous"] == {"working_memory"}
    assert folders["mvp"] == {"insights"}
    assert {stage: folders[stage] for stage in STAGES} == {stage: {stage} for stage in STAGES}
