"""Asking the language model what a request model wants to know."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from codex_dreams.hooks.language_model import language_model
from codex_dreams.operators.run_clock import sleep_plan
from include.installation.environment import LANGUAGE_MODEL_CONN_ID
from include.lake.connection import configured_lake
from include.language_model.budget import NightBudget
from include.language_model.choice import EmbeddedLanguageModel
from include.language_model.enrichment import Enricher
from include.language_model.model import EMBEDDING, ModelUnavailableError
from include.language_model.tasks import TASKS
from include.parameters import parameters
from include.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import Context


class OllamaEnrichOperator(BaseOperator):
    """Answers the requests of a dbt request model: kept answers first, then the language model of the connection.

    Neither deferrable nor mapped over chunks. A run is thousands of short calls that want a process to drive them, not
    one long wait that a trigger could keep; and chunks in tasks of their own would each pay a task's start, and none
    would know of the others' circuit breaker, concurrency and progress.

    :param request_model: schema.table in the lake with the columns request_id, task, input (JSON or null), input_hash
    :param task: which of its tasks to answer: a name in `include.language_model.tasks`, or `embedding`
    :param conn_id: a connection of type `ollama` or `embedded`
    """

    template_fields: Sequence[str] = ("request_model", "task", "conn_id")
    ui_color = "#f5ead9"

    def __init__(self, *, request_model: str, task: str, conn_id: str = LANGUAGE_MODEL_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.request_model = request_model
        self.task = task
        self.conn_id = conn_id
        self._cancelled = threading.Event()

    def execute(self, context: Context) -> dict[str, Any]:
        """Returns how many were kept, answered, repaired and invalid.

        Fails, to be retried, when the model can't be asked; what was answered until then is kept.
        """
        if self.task != EMBEDDING and self.task not in TASKS:
            raise AirflowException(f"There is no task {self.task!r}; there are {', '.join([*TASKS, EMBEDDING])}.")
        model = language_model(self.conn_id)
        plan = sleep_plan()
        now = datetime.now(UTC)
        minutes, night = settings().codex_model_minutes_a_night, plan.night_of(now)
        asleep = plan.cycle_at(now) > 0
        budget = NightBudget(night, plan.cycle_start(night, 1), minutes * 60) if minutes and asleep else None
        enricher = Enricher(
            lake=configured_lake(),
            model=model,
            request_model=self.request_model,
            task=self.task,
            run_id=context["dag_run"].run_id,
            max_attempts=parameters().max_retry_attempts,
            cancelled=self._cancelled,
            is_night=lambda: plan.cycle_at(datetime.now(UTC)) > 0,
            budget=budget if not isinstance(model, EmbeddedLanguageModel) else None,
        )
        try:
            report = enricher.run()
        except ModelUnavailableError as error:
            raise AirflowException(f"{error}. What waits is asked again at the next beat.") from error
        if self._cancelled.is_set():
            raise AirflowException("Stopped before its end. What was answered is kept, and the rest waits.")
        self.log.info("%s", report.as_dict())
        return report.as_dict()

    def on_kill(self) -> None:
        """Stop asking; answers that have come are kept."""
        self._cancelled.set()
