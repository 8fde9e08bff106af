"""Check (or put into form) the dbt project's SQL with sqlfluff, rendered by dbt itself against a running store."""

from __future__ import annotations

import subprocess
import sys

from include.dbt_project.project import PROJECT
from include.installation.environment import store_running
from include.installation.prepare import prepare
from include.settings import REPOSITORY


def main() -> int:
    """Returns sqlfluff's exit code."""
    command = ["fix"] if "--fix" in sys.argv else ["lint"]
    with store_running():
        prepare(lambda _: None)
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "sqlfluff",
                *command,
                "--disable-progress-bar",
                str(PROJECT / "models"),
                str(PROJECT / "tests"),
            ],
            cwd=REPOSITORY,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
