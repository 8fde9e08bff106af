"""What the specification says is held by a test, is: the test and the file are there, and gaps are on the roadmap."""

from __future__ import annotations

import re

from include.settings import REPOSITORY

TEXT = (REPOSITORY / "docs" / "specification.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| the specification says")
]


def test_each_named_test_is_there() -> None:
    missing = []
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT):
        file = REPOSITORY / path
        if not file.exists() or not re.search(rf"^ *(async )?def {name}\(", file.read_text(encoding="utf-8"), re.M):
            missing.append(f"{path}::{name}")
    assert missing == []


def test_each_named_file_is_there() -> None:
    named = re.findall(r"`((?:include|dbt|docs|plugins|dags)/[\w./-]+)`", TEXT)
    assert [path for path in named if not (REPOSITORY / path).exists()] == []
    assert named


def test_a_row_names_a_test_or_says_what_is_not_there() -> None:
    bare = [row for row in ROWS if "`tests/" not in row[-1]]
    assert [
        row for row in bare if not {"**not there**", "**partly**"} & set(re.findall(r"\*\*[\w ]+\*\*", row[1]))
    ] == []
    assert len(ROWS) > 70


def test_every_gap_is_on_the_roadmap() -> None:
    roadmap = (REPOSITORY / "docs" / "roadmap.md").read_text(encoding="utf-8")
    gaps = [row[0] for row in ROWS if "**not there**" in row[1]]
    names = {name for gap in gaps for name in re.findall(r"`(\w+)`", gap)}
    assert [name for name in sorted(names) if f"`{name}`" not in roadmap] == []
