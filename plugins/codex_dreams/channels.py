"""The owner's channels: a message through Airflow's own notifiers, by the type of a connection.

`http` (a webhook gets JSON), `slackwebhook`, `smtp` (its extra `to` says who gets the letter, default its login).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.errors import CodexError

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from airflow.sdk.bases.notifier import BaseNotifier

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Message:
    """What is sent, in the forms that channels take. `html` is escaped where it holds others' words.

    `key`: the same at each try of the same message, by which a receiver can tell that it has it.
    """

    subject: str
    text: str
    html: str
    data: dict[str, Any]
    key: str | None = None


def notifier_of(connection: Connection, message: Message) -> BaseNotifier:
    """Airflow's notifier for the connection's type. It is to be told with `notify({})`, which renders no template.

    Raises CodexError for a type that can't be told.
    """
    conn_id: Any = connection.conn_id
    if connection.conn_type in {"http", "https"}:
        from airflow.providers.http.notifications.http import HttpNotifier

        return HttpNotifier(
            http_conn_id=conn_id,
            json=message.data,
            headers={"Idempotency-Key": message.key} if message.key else None,
            extra_options={"timeout": TIMEOUT_SECONDS},
        )
    if connection.conn_type == "slackwebhook":
        from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

        return SlackWebhookNotifier(slack_webhook_conn_id=conn_id, text=message.text, timeout=TIMEOUT_SECONDS)
    if connection.conn_type in {"smtp", "email"}:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        extra = connection.extra_dejson
        return SmtpNotifier(
            smtp_conn_id=conn_id,
            to=extra.get("to") or connection.login or "",
            from_email=extra.get("from_email") or connection.login,
            subject=message.subject,
            html_content=message.html,
            custom_headers={"Message-ID": f"<{message.key}@codex-dreams>"} if message.key else None,
        )
    raise CodexError(
        f"the connection {conn_id} is of type {connection.conn_type!r}; messages go to http, slackwebhook or smtp"
    )
