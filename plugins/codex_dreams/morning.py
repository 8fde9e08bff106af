"""Where a morning is delivered to: a folder of notes, and the connection of the owner's choice."""

from __future__ import annotations

from collections.abc import Mapping

from codex_dreams.channels import Message, notifier_of
from include.formats import plain_values
from include.morning.delivery import Channel, vault_channel
from include.morning.page import Morning, as_data, as_html, as_text
from include.settings import settings


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
