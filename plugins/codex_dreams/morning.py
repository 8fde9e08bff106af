"""Where a morning is delivered to: a folder of notes, and the connection of the owner's choice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from codex_dreams.channels import Message, notifier_of
from include.errors import CodexError
from include.formats import plain_values
from include.morning.delivery import Channel, deliver, vault_channel
from include.morning.page import Morning, as_data, as_html, as_text, morning_of
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect


def deliver_morning_of(as_of: datetime) -> Mapping[str, str] | str:
    """Deliver the morning of an instant's day to each channel that is set up, once; what became of each.

    A text where there is nothing to do, which says why. Raises CodexError where there is no morning, or a channel
    fails; what has arrived is left out the next time.
    """
    set_up = channels()
    if not set_up:
        return "Neither CODEX_VAULT nor CODEX_MORNING_CONN_ID is set: ./codex morning shows it"
    day = as_of.astimezone(settings().zone).date()
    with connect(store_url()) as store:
        morning = morning_of(store, day)
    if morning is None:
        raise CodexError(f"There is no morning of {day}; its page may be held back: see ./codex health.")
    if not morning.lines and settings().codex_morning_when_empty == "nothing":
        return "There is nothing to say (CODEX_MORNING_WHEN_EMPTY=nothing)"
    return deliver(store_url(), morning, set_up)


def channels() -> Mapping[str, Channel]:
    """The channels that are set up, by name: `vault` (CODEX_VAULT), `connection` (CODEX_MORNING_CONN_ID)."""
    given = settings()
    found: dict[str, Channel] = {}
    if given.codex_vault is not None:
        found["vault"] = vault_channel(given.codex_vault)
    if given.codex_morning_conn_id is not None:
        found["connection"] = _connection_channel(given.codex_morning_conn_id)
    return found


def _connection_channel(conn_id: str) -> Channel:
    def send(morning: Morning, key: str) -> None:
        from airflow.sdk import BaseHook

        notifier_of(BaseHook.get_connection(conn_id), message_of(morning, key)).notify({})

    return send


def message_of(morning: Morning, key: str) -> Message:
    """The morning as a message; `key` tells it from every other."""
    return Message(
        subject=morning.title,
        text=as_text(morning),
        html=as_html(morning),
        data={**plain_values(as_data(morning)), "title": morning.title, "text": as_text(morning), "key": key},
        key=key,
    )
