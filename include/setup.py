"""`make setup`: prepare an installation without starting its service."""

from __future__ import annotations

import sys

from include import runtime
from include.cli.output import say
from include.errors import CodexError
from include.installation import prepare


def main() -> None:
    """Prepare the store, the lake, the served schema and the dbt manifest."""
    try:
        with runtime.store_running():
            prepare(say)
    except CodexError as error:
        sys.exit(str(error))
    say(f"Ready in {runtime.home().root}. Next: ./codex up, or make demo")


if __name__ == "__main__":
    main()
