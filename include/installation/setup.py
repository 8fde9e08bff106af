"""`make setup`: prepare an installation without starting its service."""

from __future__ import annotations

import sys

from include.errors import CodexError
from include.formats import print_progress
from include.installation.environment import store_running
from include.installation.prepare import prepare
from include.installation.privacy import make_private
from include.settings import home


def main() -> None:
    """Prepare the store, the lake, the served schema and the dbt manifest."""
    try:
        with store_running():
            for path in make_private():
                print_progress(f"{path}: others on this machine could read it, and no longer can")
            prepare(print_progress)
    except CodexError as error:
        sys.exit(str(error))
    print_progress(f"Ready in {home().root}. Next: ./codex up, or make demo")


if __name__ == "__main__":
    main()
