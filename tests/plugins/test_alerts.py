"""An alert reaches the owner's channel; a channel that does not work harms nobody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from include.monitoring.slas.episodes import Notice
from include.settings import settings
from tests.webhook import Receiver, webhook

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

NOTICE = Notice(
    "missed",
    "performance",
    "enrichment",
    "300 ms",
    "it took 450 ms",
    "150 ms",
    datetime(2026, 3, 4, tzinfo=UTC),
    "the <log>",
    None,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as made:
        yield made


def connect_to(monkeypatch: pytest.MonkeyPatch, **connection: object) -> None:
    monkeypatch.setenv("CODEX_ALERTS_CONN_ID", "told")
    monkeypatch.setenv("AIRFLOW_CONN_TOLD", json.dumps(connection))
    settings.cache_clear()


@pytest.fixture(autouse=True)
def settings_as_before() -> Iterator[None]:
    yield
    settings.cache_clear()


def test_a_webhook_gets_one_call_that_says_it_all(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex_dreams.alerts import alert

    connect_to(monkeypatch, conn_type="http", host=receiver.url)
    alert(NOTICE)
    [call] = receiver.received
    assert call["text"] == NOTICE.text
    assert {call[name] for name in ("state", "kind", "subject", "over")} == {
        "missed",
        "performance",
        "enrichment",
        "150 ms",
    }
    assert call["since"] == "2026-03-04T00:00:00+00:00"
    assert call["where"] == "the <log>"


def test_without_a_connection_the_log_tells(caplog: pytest.LogCaptureFixture) -> None:
    from codex_dreams.alerts import alert

    with caplog.at_level(logging.INFO):
        alert(NOTICE)
    assert NOTICE.text in caplog.text


@pytest.mark.parametrize(
    "connection",
    [
        {"conn_type": "http", "host": "http://127.0.0.1:1/nobody"},
        {"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "login": "me@example.org"},
        {"conn_type": "carrier_pigeon"},
    ],
)
def test_a_channel_that_does_not_work_is_a_line_in_the_log(
    connection: dict[str, object], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from codex_dreams.alerts import alert

    connect_to(monkeypatch, **connection)
    alert(NOTICE)
    assert "could not be sent to told" in caplog.text


def test_a_connection_that_does_not_exist_or_answers_with_an_error_is_a_line_too(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from codex_dreams.alerts import alert

    monkeypatch.setenv("CODEX_ALERTS_CONN_ID", "nobody_knows_it")
    settings.cache_clear()
    alert(NOTICE)
    assert "could not be sent to nobody_knows_it" in caplog.text
    caplog.clear()
    receiver.status = 500
    connect_to(monkeypatch, conn_type="http", host=receiver.url)
    alert(NOTICE)
    assert "could not be sent to told" in caplog.text


def test_each_type_has_its_notifier(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk import Connection

    from codex_dreams.alerts import message_of
    from codex_dreams.channels import notifier_of

    told = message_of(NOTICE)
    slack = notifier_of(Connection(conn_id="s", conn_type="slackwebhook", password="T/B/x"), told)
    assert (type(slack).__name__, slack.text) == ("SlackWebhookNotifier", NOTICE.text)
    letter = notifier_of(
        Connection(conn_id="m", conn_type="smtp", login="me@example.org", extra='{"to": "you@example.org"}'), told
    )
    assert (type(letter).__name__, letter.to, letter.from_email) == (
        "SmtpNotifier",
        "you@example.org",
        "me@example.org",
    )
    assert letter.html_content == f"<p>{NOTICE.text.replace('<log>', '&lt;log&gt;')}</p>"
    assert letter.subject == "Codex Dreams: enrichment missed"
