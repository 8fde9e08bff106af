"""Connections to the store, with errors that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from include.errors import CodexError

CONNECT_TIMEOUT_SECONDS = 10
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
        yield connection


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
