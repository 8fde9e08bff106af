"""Connections to the store, with errors that say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader
from psycopg.types.json import set_json_loads

from include.errors import CodexError
from include.store.contract import FIRST_INSTANT, LAST_INSTANT

CONNECT_TIMEOUT_SECONDS = 10
DEEPEST = 100
"""Levels of JSON; metadata that is nested deeper is not taken in (dbt/macros/source_memories.sql)."""
_BRACKET_OR_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|[][{}]')
_PASSWORD_PARAMETER = re.compile(r"([?&]password=)[^&]*")


def redacted(url: str) -> str:
    """The URL without its password, for messages and logs."""
    parts = urlsplit(url)
    if parts.password:
        netloc = parts.netloc.replace(f":{parts.password}@", ":***@")
        url = urlunsplit(parts._replace(netloc=netloc))
    return _PASSWORD_PARAMETER.sub(r"\1***", url)


@contextmanager
def connect(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the store at `url`, committed at the end of the block.

    Raises CodexError when the server can't be reached or refuses the login.
    """
    try:
        connection = psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_TIMEOUT_SECONDS)
    except psycopg.OperationalError as error:
        raise CodexError(_explained(url, str(error).strip())) from None
    with connection:
        for kind in (_InCalendar, _InCalendarBinary):
            connection.adapters.register_loader("timestamptz", kind)
        set_json_loads(_shallow, connection)
        yield connection


class _InCalendar(TimestamptzLoader):
    """Instants as they are, and the nearest that Python has where it has none: no row's date stops a reader."""

    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            return _nearest(bytes(data).startswith(b"-") or bytes(data).endswith(b"BC"))


class _InCalendarBinary(TimestamptzBinaryLoader):
    """The same in the binary format."""

    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            return _nearest(bytes(data) >= b"\x80")  # the sign of its microseconds


def _nearest(early: bool) -> datetime:
    return datetime.fromisoformat(FIRST_INSTANT if early else LAST_INSTANT)


def _shallow(text: str | bytes) -> Any:
    """JSON as values; as text where it is nested deeper than what is of use, and Python can work with."""
    said = text if isinstance(text, str) else text.decode()
    return said if said.count("[") + said.count("{") > DEEPEST and _depth(said) > DEEPEST else json.loads(said)


def _depth(text: str) -> int:
    depth = deepest = 0
    for found in _BRACKET_OR_TEXT.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


@contextmanager
def locked(url: str, lock: int) -> Iterator[None]:
    """One of the store's advisory locks for the time of a block, among all processes; waits until it is free."""
    with connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [lock])
        yield  # the lock ends with the connection


def _explained(url: str, reason: str) -> str:
    where = redacted(url)
    if "password" in reason or "authentication" in reason:
        advice = "Check user and password in POSTGRES_DB_URL."
    elif "does not exist" in reason:
        advice = "Check the database name in POSTGRES_DB_URL, or create the database."
    else:
        advice = "Check host and port in POSTGRES_DB_URL, and that the server is running."
    return f"The store at {where} can't be used: {reason.splitlines()[0]}. {advice}"
