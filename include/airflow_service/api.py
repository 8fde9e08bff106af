"""Airflow's REST API, as far as the command line needs it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import requests

from include.airflow_service.supervisor import Service
from include.errors import CodexError
from include.rhythms.catalogue import RHYTHMS

FINISHED = frozenset({"success", "failed"})
POLL_SECONDS = 0.5
TIMEOUT_SECONDS = 15
PARSE_TIMEOUT_SECONDS = 300
ATTEMPTS = 5
"""Of a call that gets no answer, or an error of the server: some seconds, in which what ended is started again."""
RECOVERY_SECONDS = 60.0
"""How long a server that answers 500 is asked again: its PostgreSQL recovers, or the supervisor starts it anew."""


@dataclass(frozen=True)
class Run:
    """A DAG run: its state, whether assets started it, when it was queued and when it ended (None: not yet)."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    queued_at: datetime | None
    ended_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether it came to an end."""
        return self.state in FINISHED


@dataclass(frozen=True)
class TaskState:
    """A task of a run: its name, its state (None: not yet looked at), how long it took in seconds, when it ended."""

    task_id: str
    state: str | None
    seconds: float | None
    ended_at: datetime | None


class AirflowApi:
    """A logged-in session with the Airflow of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._session = requests.Session()
        self._log_in()

    def _log_in(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                reply = self._session.post(
                    f"{self._service.web_url}/auth/token",
                    json={"username": self._service.user, "password": self._service.password},
                    timeout=TIMEOUT_SECONDS,
                )
            except requests.RequestException:
                raise CodexError(self._silent()) from None
            if reply.status_code < 500:
                break
            time.sleep(attempt)
        if not reply.ok:
            raise CodexError(f"Airflow at {self._service.web_url} refuses the login: {reply.status_code}")
        self._session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def _call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                reply = self._answer(method, path, **given)
            except (requests.ConnectionError, requests.Timeout):
                if attempt == ATTEMPTS:
                    raise CodexError(self._silent()) from None
                time.sleep(attempt)
                continue
            if reply.status_code == 401 and attempt < ATTEMPTS:
                self._log_in()  # the token has run out
                continue
            if not reply.ok:
                raise CodexError(f"Airflow answers {reply.status_code} to {method} {path}: {reply.text[:300]}")
            return cast(dict[str, Any], reply.json()) if reply.content else {}
        raise CodexError(f"Airflow at {self._service.web_url} does not accept the login.")

    def _answer(self, method: str, path: str, **given: Any) -> requests.Response:
        """The server's answer; to a question that changes nothing, one that is no error of its own, if it recovers."""
        patience = time.monotonic() + RECOVERY_SECONDS
        while True:
            reply = self._session.request(
                method, f"{self._service.web_url}/api/v2{path}", timeout=TIMEOUT_SECONDS, **given
            )
            if reply.status_code < 500 or method != "GET" or time.monotonic() > patience:
                return reply
            time.sleep(POLL_SECONDS)  # its database may be starting again

    def _silent(self) -> str:
        return f"Airflow at {self._service.web_url} does not answer: start it anew with ./codex down and ./codex up."

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> Run:
        """Start a run by hand."""
        return _run(self._call("POST", f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": dict(conf)}))

    def pause(self, dag_id: str) -> None:
        """Let a DAG start no run by itself."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": True})

    def unpause(self, dag_id: str) -> None:
        """Let a DAG start runs by itself again."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def run(self, dag_id: str, run_id: str) -> Run:
        """A run as it stands."""
        return _run(self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}"))

    def runs(self, dag_id: str, *, since: datetime) -> list[Run]:
        """Runs that were queued since an instant, the newest first."""
        reply = self._call("GET", f"/dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 20})
        runs = [_run(entry) for entry in reply["dag_runs"]]
        return [run for run in runs if run.queued_at is None or run.queued_at >= since]

    def tasks(self, run: Run) -> list[TaskState]:
        """The tasks of a run, in the order they started."""
        reply = self._call("GET", f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances", params={"limit": 100})
        entries = sorted(reply["task_instances"], key=lambda entry: entry["start_date"] or "9")
        return [
            TaskState(entry["task_id"], entry["state"], entry["duration"], _instant(entry["end_date"]))
            for entry in entries
        ]

    def known_dags(self) -> set[str]:
        """Ids of the DAGs that Airflow has parsed."""
        return {entry["dag_id"] for entry in self._call("GET", "/dags", params={"limit": 100})["dags"]}

    def wait_for_dags(self) -> None:
        """Return when Airflow has parsed all rhythms; raises CodexError with what keeps it from that."""
        wanted = {rhythm.dag_id for rhythm in RHYTHMS}
        deadline = time.monotonic() + PARSE_TIMEOUT_SECONDS
        while missing := sorted(wanted - self.known_dags()):
            if broken := self.import_errors():
                raise CodexError("A DAG can't be imported:\n" + "\n".join(f"  {line}" for line in broken))
            if time.monotonic() > deadline:
                raise CodexError(f"Airflow has not parsed {', '.join(missing)}; see its dag-processor.log.")
            time.sleep(POLL_SECONDS)

    def import_errors(self) -> list[str]:
        """What kept DAG files from being parsed."""
        reply = self._call("GET", "/importErrors")
        return [f"{entry['filename']}: {entry['stack_trace'].splitlines()[-1]}" for entry in reply["import_errors"]]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _run(entry: Mapping[str, Any]) -> Run:
    queued, ended = (entry.get(name) for name in ("queued_at", "end_date"))
    return Run(
        entry["dag_id"],
        entry["dag_run_id"],
        entry["state"],
        entry["run_type"],
        _instant(queued),
        _instant(ended),
    )
