"""Passing on that a target was missed, or is met again: to the log, and to the connection of the owner's choice.

The connection's type says how: `http` (a webhook gets JSON), `slackwebhook`, `smtp` (its extra `to` says who gets the
letter, default its login). What is sent goes through Airflow's own notifiers.
"""

from __future__ import annotations

import logging
from html import escape
from typing import TYPE_CHECKING, Any

from include.errors import CodexError
from include.monitoring.slas.episodes import Notice
from include.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from airflow.sdk.bases.notifier import BaseNotifier

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10


def alert(notice: Notice) -> None:
    """Tell of an episode. A channel that does not work is a line in the log, never an error."""
    log.log(logging.WARNING if notice.state == "missed" else logging.INFO, "%s", notice.text)
    conn_id = settings().codex_alerts_conn_id
    if conn_id is None:
        return
    try:
        from airflow.sdk import BaseHook

        notifier_of(BaseHook.get_connection(conn_id), notice).notify({})
    except Exception as error:  # whatever is wrong with the channel, the pipeline goes on
        reason = str(error).partition("\n")[0] or type(error).__name__
        log.error("The alert could not be sent to %s (CODEX_ALERTS_CONN_ID): %s", conn_id, reason)  # noqa: TRY400


def notifier_of(connection: Connection, notice: Notice) -> BaseNotifier:
    """Airflow's notifier for the connection's type, with the notice as its message.

    Raises CodexError for a type that can't be told.
    """
    conn_id: Any = connection.conn_id
    if connection.conn_type in {"http", "https"}:
        from airflow.providers.http.notifications.http import HttpNotifier

        return HttpNotifier(http_conn_id=conn_id, json=notice.as_dict(), extra_options={"timeout": TIMEOUT_SECONDS})
    if connection.conn_type == "slackwebhook":
        from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

        return SlackWebhookNotifier(slack_webhook_conn_id=conn_id, text=notice.text, timeout=TIMEOUT_SECONDS)
    if connection.conn_type in {"smtp", "email"}:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        extra = connection.extra_dejson
        return SmtpNotifier(
            smtp_conn_id=conn_id,
            to=extra.get("to") or connection.login or "",
            from_email=extra.get("from_email") or connection.login,
            subject=f"Codex Dreams: {notice.subject} {notice.state}",
            html_content=f"<p>{escape(notice.text)}</p>",
        )
    raise CodexError(f"its type is {connection.conn_type!r}; alerts go to http, slackwebhook or smtp")
