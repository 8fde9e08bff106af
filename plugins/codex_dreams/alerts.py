"""Passing on that a target was missed, or is met again: to the log, and to the connection of the owner's choice."""

from __future__ import annotations

import logging
from html import escape

from codex_dreams.channels import Message, notifier_of
from include.errors import first_line
from include.monitoring.slas.episodes import Notice
from include.settings import settings

log = logging.getLogger(__name__)


def alert(notice: Notice) -> None:
    """Tell of an episode. A channel that does not work is a line in the log, never an error."""
    log.log(logging.WARNING if notice.state == "missed" else logging.INFO, "%s", notice.text)
    conn_id = settings().codex_alerts_conn_id
    if conn_id is None:
        return
    try:
        from airflow.sdk import BaseHook

        notifier_of(BaseHook.get_connection(conn_id), message_of(notice)).notify({})
    except Exception as error:  # whatever is wrong with the channel, the pipeline goes on
        reason = first_line(error)
        log.error("The alert could not be sent to %s (CODEX_ALERTS_CONN_ID): %s", conn_id, reason)  # noqa: TRY400


def message_of(notice: Notice) -> Message:
    """The notice as a message."""
    return Message(
        subject=f"Codex Dreams: {notice.subject} {notice.state}",
        text=notice.text,
        html=f"<p>{escape(notice.text)}</p>",
        data=notice.as_dict(),
    )
