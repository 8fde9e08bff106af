"""Airflow's REST API, as the command line uses it, against a server that answers as Airflow does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from include.airflow_service.api import AirflowApi, Run, TaskState
from include.airflow_service.supervisor import Service
from include.errors import CodexError

RUN = {
    "dag_id": "rem_sleep",
    "dag_run_id": "manual__1",
    "state": "running",
    "run_type": "manual",
    "queued_at": "2026-03-04T09:00:00Z",
}


@dataclass
class Airflow:
    """What the server was asked, which token it takes, and what it says."""

    url: str = ""
    token: int = 1
    logins: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    says: Callable[[str, str], tuple[int, Any]] = lambda _method, _path: (200, {})
    refuses_login: bool = False

    def reply(self, method: str, path: str, body: Any, authorization: str | None) -> tuple[int, Any]:
        if path == "/auth/token":
            self.logins.append(body)
            return (401, {}) if self.refuses_login else (201, {"access_token": f"token-{self.token}"})
        if authorization != f"Bearer token-{self.token}":
            return 401, {"detail": "Not authenticated"}
        self.asked.append((method, path, body))
        return self.says(method, path)


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    airflow = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, said = airflow.reply(self.command, self.path, body, self.headers.get("Authorization"))
            sent = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = answer  # noqa: N815 - the names are the base class's

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    airflow.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    yield airflow
    server.shutdown()
    server.server_close()
    serving.join()


def api(airflow: Airflow) -> AirflowApi:
    return AirflowApi(Service(1, airflow.url, "admin", "secret", ""))


def test_a_run_is_triggered_with_what_was_given(airflow: Airflow) -> None:
    airflow.says = lambda _method, _path: (200, RUN)
    run = api(airflow).trigger("rem_sleep", {"asleep": True})
    assert airflow.logins == [{"username": "admin", "password": "secret"}]
    assert airflow.asked == [
        ("POST", "/api/v2/dags/rem_sleep/dagRuns", {"logical_date": None, "conf": {"asleep": True}})
    ]
    assert run == Run("rem_sleep", "manual__1", "running", "manual", datetime(2026, 3, 4, 9, tzinfo=UTC), None)
    assert not run.finished


@pytest.mark.parametrize(("state", "finished"), [("queued", False), ("success", True), ("failed", True)])
def test_a_run_is_finished_when_it_succeeded_or_failed(airflow: Airflow, state: str, finished: bool) -> None:
    airflow.says = lambda _method, _path: (200, RUN | {"state": state, "queued_at": None})
    assert api(airflow).run("rem_sleep", "manual__1").finished is finished


def test_only_runs_that_were_queued_since_are_given(airflow: Airflow) -> None:
    runs = [
        RUN | {"dag_run_id": day, "queued_at": queued}
        for day, queued in [("new", "2026-03-05T09:00:00Z"), ("old", "2026-03-03T09:00:00Z"), ("odd", None)]
    ]
    airflow.says = lambda _method, _path: (200, {"dag_runs": runs})
    found = api(airflow).runs("rem_sleep", since=datetime(2026, 3, 4, tzinfo=UTC))
    assert [run.run_id for run in found] == ["new", "odd"]


def test_tasks_come_in_the_order_they_started(airflow: Airflow) -> None:
    tasks = [
        {"task_id": name, "state": state, "duration": seconds, "start_date": start, "end_date": end}
        for name, state, seconds, start, end in [
            ("publish", None, None, None, None),
            ("clock", "running", None, "2026-03-04T09:00:05Z", None),
            ("gate", "success", 0.5, "2026-03-04T09:00:00Z", "2026-03-04T09:00:01Z"),
        ]
    ]
    airflow.says = lambda _method, _path: (200, {"task_instances": tasks})
    found = api(airflow).tasks(Run("rem_sleep", "manual__1", "running", "manual", None, None))
    assert found == [
        TaskState("gate", "success", 0.5, datetime(2026, 3, 4, 9, 0, 1, tzinfo=UTC)),
        TaskState("clock", "running", None, None),
        TaskState("publish", None, None, None),
    ]


def test_a_token_that_ran_out_is_renewed(airflow: Airflow) -> None:
    airflow.says = lambda _method, _path: (200, {"dags": [{"dag_id": "health"}, {"dag_id": "insights"}]})
    session = api(airflow)
    airflow.token = 2
    assert session.known_dags() == {"health", "insights"}
    assert len(airflow.logins) == 2


def test_an_error_is_told_with_what_airflow_said(airflow: Airflow) -> None:
    airflow.says = lambda _method, _path: (404, {"detail": "The DAG with ID: nap was not found"})
    with pytest.raises(CodexError, match=r"404 to POST /dags/nap/dagRuns: .*nap was not found"):
        api(airflow).trigger("nap", {})


def test_an_airflow_whose_database_starts_again_is_asked_once_more(airflow: Airflow) -> None:
    replies = iter([(500, {"detail": "the database is gone"}), (200, {"dags": [{"dag_id": "health"}]})])
    airflow.says = lambda _method, _path: next(replies)
    assert api(airflow).known_dags() == {"health"}


def test_a_refused_login_is_told(airflow: Airflow) -> None:
    airflow.refuses_login = True
    with pytest.raises(CodexError, match=f"{airflow.url} refuses the login: 401"):
        api(airflow)


def test_an_airflow_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(CodexError, match=r"does not answer.*\./codex"):
        AirflowApi(Service(1, "http://127.0.0.1:1", "admin", "secret", ""))


def test_import_errors_are_their_last_line(airflow: Airflow) -> None:
    errors = [{"filename": "dags/nap.py", "stack_trace": "Traceback\n  File\nNameError: nap"}]
    airflow.says = lambda _method, _path: (200, {"import_errors": errors})
    assert api(airflow).import_errors() == ["dags/nap.py: NameError: nap"]
