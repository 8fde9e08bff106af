"""Following the chain of rhythms under the scheduler: which run is the one that was woken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from include.airflow_service.api import AirflowApi, Run, TaskState
from include.rhythms.catalogue import HIPPOCAMPAL_REPLAY, INSIGHTS, WORKING_MEMORY
from include.runs import consolidation

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Chain:
    """An Airflow in which notes wake the quick path at once, and what replay finds wakes it again."""

    def __init__(self, *, related: bool) -> None:
        self.triggered: list[str] = []
        self._tasks = {
            "working_memory": [TaskState("memories", "success", 0.1, NINE)],
            "hippocampal_replay": [
                TaskState("relations", "success" if related else "skipped", 0.1, NINE + 60 * SECOND)
            ],
            "insights": [],
        }
        self._woken = [Run("insights", "by the notes", "success", "asset_triggered", NINE + SECOND, NINE + 5 * SECOND)]
        if related:
            queued = NINE + 61 * SECOND
            self._woken.insert(0, Run("insights", "by replay", "success", "asset_triggered", queued, queued + SECOND))

    def trigger(self, dag_id: str, conf: Any) -> Run:
        self.triggered.append(dag_id)
        return Run(dag_id, "by hand", "success", "manual", NINE, NINE)

    def runs(self, dag_id: str, *, since: datetime) -> list[Run]:
        return [run for run in self._woken if run.dag_id == dag_id and run.queued_at and run.queued_at >= since]

    def tasks(self, run: Run) -> list[TaskState]:
        return self._tasks[run.dag_id]


@pytest.mark.parametrize("related", [True, False])
def test_the_run_that_is_followed_was_woken_by_the_last_that_calls_it(
    related: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = Chain(related=related)
    followed: list[Run] = []
    monkeypatch.setattr(consolidation, "_followed", lambda _api, _rhythm, run, *_: followed.append(run))
    rhythms = [WORKING_MEMORY, HIPPOCAMPAL_REPLAY, INSIGHTS]
    consolidation.under_scheduler(cast(AirflowApi, chain), rhythms, {}, lambda _: None)
    assert chain.triggered == ["working_memory", "hippocampal_replay"]
    assert followed[-1].run_id == ("by replay" if related else "by the notes")
