"""docs/served-schema.md tells of every table and column that there is, and of none that there is not."""

from __future__ import annotations

import re

from include.settings import REPOSITORY
from tests.conftest import World

DOCUMENT = REPOSITORY / "docs" / "served-schema.md"
COMMON = {"as_of", "row_hash", "model", "prompt_version", "source_memory_ids"}
"""Told once for all tables."""


def sections() -> dict[str, str]:
    """What is told under each heading; one that names two things tells of both."""
    parts = re.split(r"^## (.+)$", DOCUMENT.read_text(), flags=re.MULTILINE)
    told: dict[str, str] = {"": parts[0]}
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        for name in heading.split(" and "):
            told[name.strip()] = text
    return told


def named(text: str) -> set[str]:
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {name for cell in re.findall(r"`([^`]+)`", prose) for name in re.findall(r"[a-z_0-9]+", cell)}


def columns(world: World) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in world.store(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'codex_processed' AND table_name <> 'alembic_version' ORDER BY 1, ordinal_position"
    ):
        found.setdefault(table, []).append(column)
    return found


def test_every_table_and_column_is_described(world: World) -> None:
    told = sections()
    assert named(told[""]) >= COMMON
    missing = [
        f"{table}.{column}"
        for table, names in columns(world).items()
        for column in names
        if column not in COMMON and column not in named(told.get(table, ""))
    ]
    assert missing == []


def test_no_column_is_described_that_there_is_not(world: World) -> None:
    real, told = columns(world), sections()
    invented = [
        f"{table}.{column}"
        for table, names in real.items()
        for row in re.findall(r"^\| (`[^|]+`) \|", told.get(table, ""), flags=re.MULTILINE)
        for column in re.findall(r"`([a-z_0-9]+)`", row)
        if column not in names
    ]
    assert invented == []


def test_every_example_runs(world: World) -> None:
    examples = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    assert len(examples) >= 8
    for example in examples:
        for statement in filter(str.strip, example.split(";")):
            world.store(statement)
