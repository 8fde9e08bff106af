"""`make dbt ARGS="…"`: dbt by hand on this installation's lake."""

from __future__ import annotations

import os
import sys

from include.dbt_project.project import run_dbt
from include.errors import CodexError
from include.installation.environment import store_running


def main() -> None:
    """Run dbt with the arguments of the command line."""
    with store_running():
        # Left out of the pipeline's runs, but not of development.
        os.environ.pop("DBT_EXCLUDE_RESOURCE_TYPES", None)
        try:
            run_dbt(sys.argv[1:], quiet=False)
        except CodexError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
