"""Documents lead to what is there: files, headings, and no document that is not part of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from docs.generate import documents
from include.settings import REPOSITORY

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_ELSEWHERE = re.compile(r"\b(?:DESIGN|PLATFORM|BIOLOGY|LAYOUT|STYLE)(?:\.md\b|,? (?:§|rule|defect)| ?\()")
"""Documents of those who planned it, which a reader of the repository has not."""
_MENTIONED = re.compile(r"(?<![\w/.])docs/[\w/-]+\.(?:md|png|py)\b")


def anchors(path: Path) -> set[str]:
    """The headings of a document, as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_links_lead_to_files_and_headings_that_are_there(path: Path) -> None:
    broken = []
    for name, anchor in _LINK.findall(path.read_text(encoding="utf-8")):
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(f"{name}#{anchor}")
    assert broken == []


def test_no_file_refers_to_a_document_that_is_not_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.sql", "*.yml", "*.md", "*.toml", "*.html", "Makefile", "codex"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    missing = []
    for name in listed.stdout.split():
        path = REPOSITORY / name
        if path == Path(__file__) or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        missing += [f"{name}: {found[0]}" for found in _ELSEWHERE.finditer(text)]
        missing += [f"{name}: {found}" for found in _MENTIONED.findall(text) if not (REPOSITORY / found).exists()]
    assert missing == []
