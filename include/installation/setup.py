"""`make setup`: prepare an installation without starting its service."""

from __future__ import annotations

import sys

from include.errors import CodexError
from include.installation.environment import store_running
from include.installation.prepare import prepare
from include.settings import home


def tell(text: str) -> None:
    """A line of progress on stderr."""
    sys.stderr.write(f"· {text}\n")


def main() -> None:
    """Prepare the store, the lake, the served schema and the dbt manifest."""
    try:
        with store_running():
            prepare(tell)
    except CodexError as error:
        sys.exit(str(error))
    tell(f"Ready in {home().root}. Next: ./codex up, or make demo")


if __name__ == "__main__":
    main()
