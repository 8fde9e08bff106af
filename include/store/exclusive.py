"""Locks of the store by name: one holder among all processes, and gone with the process that holds it."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from include.store.connection import connect

_WHO = """
    SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: what it does, with its process and machine, and since when it is connected."""

    name: str
    since: datetime | None

    def __str__(self) -> str:
        return self.name or "another process"


def lock_key(name: str) -> int:
    """The key of a lock among PostgreSQL's advisory locks: the same in every version, and for every process."""
    return int.from_bytes(hashlib.sha256(f"codex {name}".encode()).digest()[:8], "big", signed=True)


@contextmanager
def exclusively(
    url: str, name: str, *, as_what: str = "", held: Callable[[Holder], None] = lambda _: None
) -> Iterator[psycopg.Connection[Any]]:
    """The lock `name` for the time of a block, and the connection that it lives and dies with.

    Where another process holds it, `held` is called once with who does: it may raise; else the lock is waited for.
    Raises CodexError when the store can't be reached.

    :param as_what: what this process wants it for, as others are told
    """
    key = lock_key(name)
    with connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('application_name', %s, false)",
            [f"{as_what or 'codex'}, process {os.getpid()} on {socket.gethostname()}"[:63]],
        )
        if connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone() != (True,):
            held(_holder(connection, key))
            connection.execute("SELECT pg_advisory_lock(%s)", [key])
        yield connection  # the lock ends with the connection


def _holder(connection: psycopg.Connection[Any], key: int) -> Holder:
    row = connection.execute(_WHO, [key]).fetchone()
    return Holder(*row) if row else Holder("", None)
