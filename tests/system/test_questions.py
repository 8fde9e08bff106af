"""A question answered in Airflow, on the page and by command is the same event, by a real Airflow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import requests

from include.airflow_service.api import AirflowApi
from include.airflow_service.supervisor import Service
from tests.system.test_under_the_scheduler import Codex, codex_of, processes_of, service_of

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

PATIENCE_SECONDS = 300
COMMITMENT = """
    INSERT INTO codex_processed.commitments (commitment_id, what, who, due_date, kind, said, state, opened_by,
        opened_at, memory_ids, model, prompt_version, as_of, row_hash)
    VALUES (%(id)s, %(what)s, 'me', '2026-03-06', 'task', %(what)s, 'late', %(note)s, '2026-03-03', ARRAY[%(note)s],
        'test', '1', now(), 'test')
"""
QUESTION = """
    INSERT INTO codex_processed.questions
        (question_id, kind, question, memory_ids, commitment_id, asked_at, as_of, row_hash)
    VALUES (%(question)s, 'fate', 'What became of this: ' || %(what)s || '?', ARRAY[%(note)s], %(id)s, now(), now(),
        'test')
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Codex, Service]]:
    home = tmp_path / "home"
    codex = codex_of(home)
    try:
        codex("up")
        yield codex, service_of(home)
    finally:
        if home.exists():
            codex("down")
        for process in processes_of(home):
            process.kill()


def until(look: Callable[[], Any], what: str) -> Any:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < patience, what
        time.sleep(1)
    return found


def test_an_answer_is_the_same_event_wherever_it_is_given(running: tuple[Codex, Service]) -> None:
    codex, service = running
    whats = ("send Anna the invoice", "water the heron", "call Ben")
    asked: dict[str, tuple[UUID, UUID]] = {}
    with psycopg.connect(service.store_url, autocommit=True) as store:
        for what in whats:
            asked[what] = (uuid4(), uuid4())
            given = {"id": asked[what][0], "question": asked[what][1], "what": what, "note": uuid4()}
            store.execute(COMMITMENT, given)
            store.execute(QUESTION, given)
    api = AirflowApi(service)
    run = api.trigger("questions", {})
    place = f"/dags/questions/dagRuns/{run.run_id}"

    def waiting() -> dict[str, int] | None:
        listed = api._call("GET", f"{place}/hitlDetails")["hitl_details"]
        found = {entry["subject"]: entry["task_instance"]["map_index"] for entry in listed}
        return found if len(found) == len(whats) else None

    actions = until(waiting, "three required actions")
    assert sorted(actions) == sorted(f"What became of this: {what}?" for what in whats)
    number = actions["What became of this: send Anna the invoice?"]
    api._call(
        "PATCH",
        f"{place}/taskInstances/ask/{number}/hitlDetails",
        json={"chosen_options": ["done"], "params_input": {"comment": ""}},
    )
    codex("answer", str(asked["water the heron"][1]), "done")
    said = requests.post(
        f"{service.web_url}/codex-dreams/say",
        data={"item_id": str(asked["call Ben"][1]), "verb": "answer", "word": "done"},
        headers={"origin": service.web_url, "Authorization": api._session.headers["Authorization"]},
        allow_redirects=False,
        timeout=30,
    )
    assert said.status_code == 303, said.text

    def events() -> list[Any] | None:
        with psycopg.connect(service.store_url) as store:
            rows = store.execute(
                "SELECT said, made_by, kind, verb, word, is_taken_back, comment FROM codex_processed.corrections"
            ).fetchall()
        return rows if len(rows) == len(whats) else None

    found = until(events, "three events")
    assert {row[0] for row in found} == set(whats)
    assert {row[2:] for row in found} == {("commitment", "answer", "done", False, None)}
    assert {row[1].partition(":")[0] for row in found} == {"airflow", "command line", "page"}
    with psycopg.connect(service.store_url) as store:
        left = "SELECT count(*) FROM codex_processed.questions WHERE settled_at IS NULL"
        assert store.execute(left).fetchone() == (0,)
        states = "SELECT DISTINCT state FROM codex_processed.commitments"
        assert store.execute(states).fetchall() == [("done",)]
