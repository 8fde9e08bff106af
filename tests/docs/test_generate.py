"""README and docs are as the code has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate
from include.cli.commands import COMMANDS
from include.settings import REPOSITORY


@pytest.mark.parametrize("path", list(generate.documents()), ids=lambda path: path.name)
def test_generated_parts_are_as_the_code_has_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert generate.renewed(text) == text, "run `make docs`"


def test_text_between_the_marks_is_overwritten_and_the_rest_stays() -> None:
    renewed = generate.renewed("before <!-- commands: table -->stale<!-- end --> after")
    assert "stale" not in renewed
    assert "[`query`](#query)" in renewed
    assert renewed.startswith("before <!-- commands: table -->")
    assert renewed.endswith("<!-- end --> after")


def test_each_part_stands_in_a_document() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in generate.documents())
    missing = [
        f"{group}: {name}"
        for group, parts in generate.PARTS.items()
        for name in parts
        if f"<!-- {group}: {name} -->" not in text
    ]
    assert missing == []


def test_each_command_has_a_section_that_begins_with_how_it_is_called() -> None:
    text = (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")
    called = dict(re.findall(r"^## ([\w-]+)\n\n`\./codex ([\w-]+)", text, re.MULTILINE))
    assert called == {entry.name: entry.name for entries in COMMANDS.values() for entry in entries}
