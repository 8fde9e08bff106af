"""Alembic's entry: one connection to the store, versions kept in the served schema itself."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from include.errors import CodexError
from include.served.kept import Shape, put_back, set_aside
from include.store.connection import redacted

SCHEMA = "codex_processed"


def run() -> None:
    """Run the migrations that were asked for, in one transaction, one process at a time."""
    url: str = context.config.attributes["store_url"]
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('codex_processed migrations'))"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        try:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        except DBAPIError as error:
            raise CodexError(
                f"The store at {redacted(url)} has no pgvector, and this user can't add it. Have an administrator "
                "install pgvector and run CREATE EXTENSION vector in that database."
            ) from error
        context.configure(connection=connection, version_table_schema=SCHEMA)
        before = Shape.of(connection)
        if context.config.attributes["down"]:
            set_aside(connection)
            context.run_migrations()
        else:
            context.run_migrations()
            if put_back(connection, before):
                # Served anew by the next beat of each rhythm, with the columns that came.
                connection.execute(text(f"DELETE FROM {SCHEMA}.publications"))
    engine.dispose()


run()
