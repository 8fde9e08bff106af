"""Whose turn it is: one process at a time runs the rhythms of a store, and one at a time builds the models of each.

Two appends do not conflict in the lake, and nothing there has a unique key: two runs of one rhythm side by side would
write every row twice. So the service takes the store's rhythms for as long as it runs, and `consolidate --local` for
the time of its runs. The locks are PostgreSQL's, which end with the process that holds them, however it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from include.errors import CodexError
from include.store.exclusive import Holder, exclusively

SERVICE = "codex service"
LOCAL = "codex consolidate --local"

Tell = Callable[[str], None]


@contextmanager
def service_turn(url: str, tell: Tell) -> Iterator[psycopg.Connection[Any]]:
    """The store's rhythms are the service's for the time of a block; a `consolidate --local` is waited for.

    Raises CodexError where another service has them.
    """

    def held(holder: Holder) -> None:
        if str(holder).startswith(SERVICE):
            raise CodexError(f"Another service runs the rhythms of this store ({holder}): stop it first.")
        tell(f"Waiting for {holder}, which runs the rhythms at the moment")

    with exclusively(url, "rhythms", as_what=SERVICE, held=held) as connection:
        yield connection


@contextmanager
def local_turn(url: str, tell: Tell) -> Iterator[None]:
    """The store's rhythms are this process's for the time of a block; another `consolidate --local` is waited for.

    Raises CodexError where the service has them.
    """

    def held(holder: Holder) -> None:
        if str(holder).startswith(SERVICE):
            raise CodexError(
                f"The service runs the rhythms of this store ({holder}): "
                "leave out --local, which lets it do the work, or stop it first with ./codex down."
            )
        tell(f"Waiting for {holder}, which runs the rhythms at the moment")

    with exclusively(url, "rhythms", as_what=LOCAL, held=held):
        yield


@contextmanager
def building(url: str, rhythm: str) -> Iterator[None]:
    """One process at a time builds a rhythm's models: a task that is taken for dead may still write."""
    with exclusively(url, f"models of {rhythm}", as_what=f"codex task of {rhythm}"):
        yield
