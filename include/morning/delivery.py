"""Delivering a morning: once a channel, however often it is tried, with a ledger that survives whoever delivers.

A channel is claimed before anything is sent, and settled after. Who finds a claim that was never settled (the sender
was killed) sends again under the same key, by which the receiver can tell (`Message-ID`, `Idempotency-Key`); a file is
the same file. A claim belongs to its process: nobody else delivers the same morning meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import CodexError, first_line
from include.formats import write_whole
from include.morning.page import Morning, as_markdown
from include.store.exclusive import exclusively

if TYPE_CHECKING:
    import psycopg

Channel = Callable[[Morning, str], None]
"""Sends a morning under a key. Raises whatever went wrong."""

VAULT_FOLDER = "Mornings"
"""The folder of daily notes in the owner's vault."""


_CLAIMED = """
    INSERT INTO codex_processed.morning_deliveries AS known (morning, channel, tries)
    VALUES (%(morning)s, %(channel)s, 1)
    ON CONFLICT (morning, channel) DO UPDATE SET tries = known.tries + 1 WHERE known.delivered_at IS NULL
    RETURNING tries
"""
_DELIVERED = """
    UPDATE codex_processed.morning_deliveries SET delivered_at = now(), last_error = NULL
    WHERE morning = %(morning)s AND channel = %(channel)s
"""
_FAILED = """
    UPDATE codex_processed.morning_deliveries SET last_error = %(reason)s
    WHERE morning = %(morning)s AND channel = %(channel)s
"""


def key_of(day: date, channel: str) -> str:
    """What a receiver knows a delivery by: the same at each try."""
    return f"codex-morning-{day.isoformat()}-{channel}"


def deliver(url: str, morning: Morning, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Send the morning where it has not arrived yet, by the ledger in the store; returns what became of each channel.

    Raises CodexError when a channel failed, after all were tried; the next try leaves out what has arrived.
    """
    results: dict[str, str] = {}
    failures: list[str] = []
    for name, send in channels.items():
        key = key_of(morning.day, name)
        with exclusively(url, key) as store:
            try:
                results[name] = _deliver(store, morning, name, key, send)
            except Exception as error:  # a channel may fail in any way, and the others are still to be served
                reason = first_line(error)
                store.execute(_FAILED, {"morning": morning.day, "channel": name, "reason": reason})
                failures.append(f"{name}: {reason}")
    if failures:
        raise CodexError(f"The morning of {morning.day} could not be delivered. {'; '.join(failures)}")
    return results


def _deliver(store: psycopg.Connection[Any], morning: Morning, name: str, key: str, send: Channel) -> str:
    delivery = {"morning": morning.day, "channel": name}
    if store.execute(_CLAIMED, delivery).fetchone() is None:
        return "was delivered before"
    send(morning, key)
    store.execute(_DELIVERED, delivery)
    return "delivered"


def vault_channel(vault: Path) -> Channel:
    """Writes the morning as a daily note below a folder of Markdown; the note appears whole or not at all."""

    def write(morning: Morning, _key: str) -> None:
        if not vault.is_dir():
            raise CodexError(f"CODEX_VAULT is {vault}, which is no folder.")
        folder = vault / VAULT_FOLDER
        folder.mkdir(exist_ok=True)
        note = folder / f"{morning.day.isoformat()}.md"
        write_whole(note, as_markdown(morning))

    return write
