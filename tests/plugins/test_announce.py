"""An asset event says what is new, for when; where nothing is new there is none."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import World

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

SAVED = datetime(2026, 3, 4, 11, tzinfo=UTC)
LATER = SAVED + timedelta(minutes=10)


def announced(published: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """The metadata of the event that a run of working memory emits; raises where it emits none."""
    from airflow.utils.types import DagRunType

    from codex_dreams.dag.assets import ATTENTION
    from codex_dreams.operators.announce import AnnounceOperator

    events: Any = defaultdict(SimpleNamespace)
    run = SimpleNamespace(
        dag_id="working_memory", run_id="r", run_type=DagRunType.SCHEDULED, run_after=LATER, start_date=LATER, conf={}
    )
    context: Any = {
        "dag_run": run,
        "params": {},
        "outlet_events": events,
        "ti": SimpleNamespace(xcom_pull=lambda **_: published),
    }
    AnnounceOperator(asset=ATTENTION, **given).execute(context)
    extra: dict[str, Any] = events[ATTENTION].extra
    return extra


def test_whom_it_wakes_decides_whether_something_is_announced(world: World) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException):
        announced(wakes="short_term_memory")
    world.remember([{"content": f"Maria mended pump {n}.", "created_at": SAVED} for n in range(3)])
    world.run("working", as_of=LATER)
    assert announced(wakes="short_term_memory") == {
        "rows": 3,
        "what": "attended memories have no trace",
        "phase": "awake",
        "night": "2026-03-04",
        "cycle": 0,
        "as_of": LATER.isoformat(),
        "given": False,
        "asleep": False,
    }
    world.run("short_term", as_of=LATER)
    with pytest.raises(AirflowSkipException):
        announced(wakes="short_term_memory")


def test_without_one_to_wake_the_news_of_the_publication_decide() -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    same = {"insights": {"rows": 7, "came": 0, "changed": 0, "went": 0}}
    with pytest.raises(AirflowSkipException):
        announced(same)
    assert announced(same | {"episodes": {"rows": 4, "came": 2, "changed": 1, "went": 1}})["rows"] == 4
