"""Making the lake's schemas and the tables that Python writes."""

from __future__ import annotations

from pathlib import Path

from include.lake.connection import CATALOG_SCHEMA, Lake
from include.store.connection import connect

_STATEMENTS = Path(__file__).with_name("control.sql")


def make_lake(lake: Lake) -> None:
    """Make the catalog, the schemas and the control tables; a second call changes nothing."""
    with connect(lake.store_url) as store:
        store.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOG_SCHEMA}")
    if not lake.path.startswith("s3://"):
        Path(lake.path).mkdir(parents=True, exist_ok=True)
    with lake.connect() as connection:
        connection.begin()
        connection.execute(_STATEMENTS.read_text())
        connection.commit()
