"""Write the parts of README and docs that are read from the code: `make docs`.

A part stands between `<!-- GROUP: NAME -->` and `<!-- end -->`. A test holds that each is as the code has it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from docs.parts import commands, models, packages, rhythms
from include.settings import REPOSITORY

PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "commands": commands.PARTS,
    "models": models.PARTS,
    "packages": packages.PARTS,
    "rhythms": rhythms.PARTS,
}
"""Group → name of a part → its Markdown."""

_PART = re.compile(rf"(<!-- ({'|'.join(PARTS)}): (\w+) -->)(.*?)(<!-- end -->)", re.DOTALL)


def documents() -> Iterator[Path]:
    """README and the files of docs/."""
    yield REPOSITORY / "README.md"
    yield from sorted((REPOSITORY / "docs").glob("*.md"))


def renewed(text: str) -> str:
    """The text of a document with its parts as the code has them."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]][part[3]]()}{part[5]}", text)


def main() -> None:
    """Write all parts anew; say which documents changed."""
    for path in documents():
        before = path.read_text(encoding="utf-8")
        after = renewed(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(REPOSITORY)} has changed\n")


if __name__ == "__main__":
    main()
