"""# Questions to the owner

What no note settles and no model may: what became of a promise that is late, and which of two notes holds. Each open
question is a *required action* here, from waking time until the next morning; it holds no slot of a worker, and nothing
waits for it. Answered here, on the page, by an assistant or with `./codex answer`, it is the same event.

**In**: `codex_processed.questions`, once a day at waking time. **Out**: `codex_processed.corrections`.

**When it fails**: the question is still open, and asked again on the next day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from codex_dreams.dag.defaults import DEFAULT_ARGS, Tag
from codex_dreams.operators.question import LATER, QuestionOperator, open_questions
from codex_dreams.timetables.rhythm import RhythmTimetable
from include.rhythms.catalogue import AWAKENING
from include.store.address import store_url

MOST = 10
"""Questions that are asked on a day, the latest first."""
PATIENCE = timedelta(hours=23)
"""How long an answer is waited for: until the next day's run asks what is open by then."""


@task
def open_today() -> list[dict[str, Any]]:
    """Returns the open questions, as the tasks that ask them are made."""
    return open_questions(store_url(), MOST)


with DAG(
    dag_id="questions",
    dag_display_name="Questions to the owner",
    description="Required actions: what only the owner can settle",
    doc_md=__doc__,
    tags=[Tag.CODEX, Tag.AWAKE],
    schedule=RhythmTimetable(AWAKENING.beats),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    catchup=False,
):
    QuestionOperator.partial(
        task_id="ask",
        defaults=LATER,
        params={"comment": Param("", type="string", title="Why", description="In your words, if you like.")},
        response_timeout=PATIENCE,
        map_index_template="{{ task.subject }}",
    ).expand_kwargs(open_today())
