"""Delivering a morning: once a channel, however often it is tried, with a ledger that survives whoever delivers.

A channel is claimed before anything is sent, and settled after. Who finds a claim that was never settled (the sender
was killed) sends again under the same key, by which the receiver can tell (`Message-ID`, `Idempotency-Key`); a file is
the same file. A claim belongs to its process: nobody else delivers the same morning meanwhile.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import CodexError
from include.morning.page import Morning, as_markdown
from include.store.exclusive import lock_key

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

Channel = Callable[[Morning, str], None]
"""Sends a morning under a key. Raises whatever went wrong."""

VAULT_FOLDER = "Mornings"
"""The folder of daily notes in the owner's vault."""


def key_of(day: date, channel: str) -> str:
    """What a receiver knows a delivery by: the same at each try."""
    return f"codex-morning-{day.isoformat()}-{channel}"


def deliver(store: psycopg.Connection[Any], morning: Morning, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Send the morning where it has not arrived yet; returns what became of each channel.

    Raises CodexError when a channel failed, after all were tried; the next try leaves out what has arrived. `store`
    must be in autocommit, so that a claim outlives its sender.
    """
    results: dict[str, str] = {}
    failures: list[str] = []
    for name, send in channels.items():
        key = key_of(morning.day, name)
        # Held by the session: it goes when its holder dies.
        store.execute("SELECT pg_advisory_lock(%s)", [lock_key(key)])
        try:
            results[name] = _deliver(store, morning, name, key, send)
        except Exception as error:  # a channel may fail in any way, and the others are still to be served
            reason = str(error).partition("\n")[0] or type(error).__name__
            store.execute(
                "UPDATE codex_processed.morning_deliveries SET last_error = %s WHERE morning = %s AND channel = %s",
                [reason, morning.day, name],
            )
            failures.append(f"{name}: {reason}")
        finally:
            store.execute("SELECT pg_advisory_unlock(%s)", [lock_key(key)])
    if failures:
        raise CodexError(f"The morning of {morning.day} could not be delivered. {'; '.join(failures)}")
    return results


def _deliver(store: psycopg.Connection[Any], morning: Morning, name: str, key: str, send: Channel) -> str:
    store.execute(
        "INSERT INTO codex_processed.morning_deliveries (morning, channel) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [morning.day, name],
    )
    row = store.execute(
        "SELECT delivered_at FROM codex_processed.morning_deliveries WHERE morning = %s AND channel = %s",
        [morning.day, name],
    ).fetchone()
    if row is not None and row[0] is not None:
        return "was delivered before"
    store.execute(
        "UPDATE codex_processed.morning_deliveries SET tries = tries + 1 WHERE morning = %s AND channel = %s",
        [morning.day, name],
    )
    send(morning, key)
    store.execute(
        "UPDATE codex_processed.morning_deliveries SET delivered_at = now(), last_error = NULL "
        "WHERE morning = %s AND channel = %s",
        [morning.day, name],
    )
    return "delivered"


def vault_channel(vault: Path) -> Channel:
    """Writes the morning as a daily note below a folder of Markdown; the note appears whole or not at all."""

    def write(morning: Morning, _key: str) -> None:
        if not vault.is_dir():
            raise CodexError(f"CODEX_VAULT is {vault}, which is no folder.")
        folder = vault / VAULT_FOLDER
        folder.mkdir(exist_ok=True)
        note = folder / f"{morning.day.isoformat()}.md"
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{note.name}.", suffix=".part")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(as_markdown(morning))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(note)

    return write
