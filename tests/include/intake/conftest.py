from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from include.intake.remember import Remembered, remember
from include.intake.sources import sources_of
from include.settings import REPOSITORY
from include.store.embedded import EmbeddedPostgres, embedded_postgres

BERLIN = ZoneInfo("Europe/Berlin")
SOURCE_TABLE = REPOSITORY / "include" / "store" / "source_table.sql"
TEMPLATE = "intake_template"


@pytest.fixture(scope="session")
def intake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with embedded_postgres(tmp_path_factory.mktemp("intake")) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        with psycopg.connect(server.url(TEMPLATE)) as connection:
            connection.execute(SOURCE_TABLE.read_text(encoding="utf-8"))
        yield server


@pytest.fixture
def new_database(intake_server: EmbeddedPostgres) -> Callable[[str], str]:
    """Makes a database of its own from a template, and gives its URL."""

    def make(template: str) -> str:
        name = f"intake_{uuid4().hex}"
        with psycopg.connect(intake_server.url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return intake_server.url(name)

    return make


@pytest.fixture
def store(new_database: Callable[[str], str]) -> str:
    """The URL of a database with the embedded store's empty source table."""
    return new_database(TEMPLATE)


@pytest.fixture
def empty_store(new_database: Callable[[str], str]) -> str:
    """The URL of a database without a source table."""
    return new_database("template1")


@pytest.fixture
def query() -> Callable[..., list[tuple[Any, ...]]]:
    """Runs one statement in a store, committed, and gives its rows."""

    def run(url: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def versions(query: Callable[..., list[tuple[Any, ...]]]) -> Callable[[str], list[tuple[Any, ...]]]:
    """Every row's id, and the transaction that wrote it as it is: a row that was touched has another one."""
    return lambda url: query(url, "SELECT id, xmin::text, ctid::text, updated_at FROM memories ORDER BY id")


@pytest.fixture
def remember_lines(tmp_path: Path) -> Callable[..., Remembered]:
    """Writes values as JSON Lines (texts as they are) to notes.jsonl, and remembers that file."""

    def run(to: str | psycopg.Connection[Any], *lines: object, **options: Any) -> Remembered:
        path = tmp_path / "notes.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return remember(to, sources_of([path]), **{"zone": BERLIN, **options})

    return run
