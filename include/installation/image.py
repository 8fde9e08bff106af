"""What a container image is built with: DuckDB's extensions and the dbt manifest. Needs no database and no network."""

from __future__ import annotations

from include.dbt_project.project import build_manifest
from include.lake.extensions import install_extensions
from include.settings import home


def main() -> None:
    """Install the extensions and parse the dbt project below `$CODEX_HOME`."""
    install_extensions(home().extensions)
    build_manifest()


if __name__ == "__main__":
    main()
