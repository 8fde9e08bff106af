"""Runs of rhythms in this process: the steps of their DAGs one after the other, without Airflow.

What a task does under Airflow is done here by the same code: gate, clock, `dbt build` with tests and audit, questions,
publishing, delivery. Left out is what only a scheduler needs: a run writes no record into Airflow's metadata, and
announces nothing to other rhythms. Airflow's part of a run (its imports, its tables, an API in the process, a task
after the other) took two thirds of its processor time.
"""

from __future__ import annotations

import logging
import os
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg

from include.dbt_project.project import DbtError, parse_project, run_dbt
from include.errors import CodexError, first_line
from include.internals import give_back_dbts_semaphores
from include.lake.connection import WarmLake, configured_lake
from include.language_model.choice import configured_model
from include.language_model.enrichment import Enricher
from include.language_model.model import ModelUnavailableError
from include.monitoring.slas.node_times import NodeTimes
from include.parameters import parameters
from include.rhythms.catalogue import Rhythm
from include.rhythms.clock import Clock, in_turn, read_clock, set_clock
from include.rhythms.gates import pending
from include.rhythms.sleep_plan import SleepPlan
from include.rhythms.steps import Ask, Build, Deliver, Step
from include.rhythms.turn import building
from include.runs.kept_builds import KeptBuilds
from include.runs.known_steps import steps_by_rhythm
from include.served.publish import publish
from include.settings import settings
from include.store.address import store_url

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a step is tried, as Airflow tries a task."""
LONGEST_REASON = 400
"""Characters of what dbt says of one failure."""
_LOGGED: Mapping[str, int] = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_RED = {"error", "fail", "runtime error"}


class RhythmFailedError(CodexError):
    """A run failed; the message has the names of its steps, and why."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps that are done, of how many, and the one under way."""

    done: int
    steps: int
    current: str = ""


class LocalRuns:
    """Runs of rhythms in this process; what they share is found out once. `close()` lets go of the lake."""

    def __init__(self, rhythms: Sequence[Rhythm]) -> None:
        self._steps = steps_by_rhythm(rhythms)
        self._plan = SleepPlan.of(parameters(), settings().zone)
        self._lake = WarmLake(configured_lake())
        self._kept = KeptBuilds(self._lake)
        self._project: Manifest | None = None

    def run(self, rhythm: Rhythm, given: Mapping[str, Any], follow: Callable[[Progress], None]) -> int:
        """Run a rhythm as if it was triggered by hand with what is given (`as_of`, `asleep`); how many steps it has.

        Where nothing waits, nothing is done. After a step that fails only what was built before is published.
        Raises RhythmFailedError with the names of the steps that failed, and why; CodexError where the store went away.
        """
        began = datetime.now(UTC)
        clock = read_clock(
            rhythm.dag_id,
            f"local__{began.isoformat()}",
            self._plan,
            trigger="manual",
            run_after=began,
            given=given,
            wake_ups=[],
        )
        steps = self._steps[rhythm.dag_id]
        follow(Progress(0, len(steps), "gate"))
        try:
            waiting = pending(self._lake, clock)
            log.info("%s: %d %s", rhythm.dag_id, waiting.count, waiting.what)
            if waiting.count == 0:
                return len(steps)
            clock = in_turn(self._lake, clock, began)
            set_clock(self._lake, clock)
            with _named(clock):
                self._go_through(rhythm, clock, steps, follow)
        except (psycopg.Error, duckdb.Error) as error:
            raise CodexError(
                f"{rhythm.dag_id} was cut off, since the store went away: {first_line(error).rstrip('.')}. "
                "What was done is kept, and the same command goes on from there."
            ) from None
        return len(steps)

    def close(self) -> None:
        """Detach the lake."""
        self._lake.close()

    def _go_through(
        self, rhythm: Rhythm, clock: Clock, steps: Sequence[Step], follow: Callable[[Progress], None]
    ) -> None:
        failed: list[str] = []
        for number, step in enumerate(steps):
            if failed and isinstance(step, Build | Ask | Deliver):
                continue  # it would rest on what is missing; publishing leaves out what did not pass
            follow(Progress(number, len(steps), _name(step)))
            started = time.monotonic()
            try:
                self._take(step, rhythm, clock)
            except DbtError as error:
                failed += _failures(step, error)
            except (CodexError, ModelUnavailableError) as error:
                failed.append(f"{_name(step)} ({first_line(error).rstrip('.')})")
            log.info("%s: %s took %.1f s", rhythm.dag_id, _name(step), time.monotonic() - started)
        if failed:
            raise RhythmFailedError(f"{rhythm.dag_id} failed at {', '.join(failed)}.")

    def _take(self, step: Step, rhythm: Rhythm, clock: Clock) -> None:
        if isinstance(step, Build):
            with building(store_url(), rhythm.dag_id):
                self._build(step.models, clock)
        elif isinstance(step, Ask):
            self._ask(step, clock)
        elif isinstance(step, Deliver):
            from codex_dreams.morning import deliver_morning_of

            log.info("%s", deliver_morning_of(clock.as_of))
        else:
            publish(self._lake, rhythm.serves, as_of=clock.as_of, run_id=clock.run_id)

    def _build(self, models: Sequence[str], clock: Clock) -> None:
        """Build models with their tests. Where another process was in the way, what is missing is built once more."""
        if self._kept.build(models, clock):
            return
        self._project = self._project or parse_project()
        try:
            self._kept.keep(models, self._dbt(models, clock), self._project)
        except DbtError as error:
            unbuilt = _unbuilt(error)
            if not unbuilt:
                raise
            log.warning("once more, for %s: %s", ", ".join(unbuilt), error)
            self._dbt(unbuilt, clock)

    def _dbt(self, models: Sequence[str], clock: Clock) -> dbtRunnerResult:
        try:
            return run_dbt(
                ["build", "--indirect-selection", "buildable", "--select", *models],
                parsed=self._project,
                callbacks=[NodeTimes(clock.rhythm, clock.run_id), _log_event],
            )
        finally:
            give_back_dbts_semaphores()

    def _ask(self, step: Ask, clock: Clock) -> None:
        enricher = Enricher(
            lake=self._lake,
            model=configured_model(settings()),
            request_model=step.request_model,
            task=step.task,
            run_id=clock.run_id,
            max_attempts=parameters().max_retry_attempts,
            is_night=lambda: self._plan.cycle_at(datetime.now(UTC)) > 0,
        )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                log.info("%s", enricher.run().as_dict())
                return
            except ModelUnavailableError:
                if attempt == ATTEMPTS:
                    raise


def _name(step: Step) -> str:
    """What its task or group is called under Airflow."""
    if isinstance(step, Build):
        return step.group
    if isinstance(step, Ask):
        return step.task
    return "deliver_morning" if isinstance(step, Deliver) else "publish"


@contextmanager
def _named(clock: Clock) -> Iterator[None]:
    """The run's name in the environment, as Airflow has it: dbt's audit tells it (dbt/macros/audit.sql)."""
    before = dict(os.environ)
    os.environ.update(AIRFLOW_CTX_DAG_ID=clock.rhythm, AIRFLOW_CTX_DAG_RUN_ID=clock.run_id)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _results(error: DbtError) -> Iterator[Any]:
    return iter(getattr(error.result.result, "results", ()))


def _unbuilt(error: DbtError) -> list[str]:
    """Models whose statements failed, and those that were skipped for it; none where a test is red."""
    results = list(_results(error))
    if any(done.status in _RED and done.node.resource_type != "model" for done in results):
        return []
    return [done.node.name for done in results if done.status != "success" and done.node.resource_type == "model"]


def _failures(step: Step, error: DbtError) -> Iterator[str]:
    """Each model that failed, or whose tests did, with the reason."""
    from include.lake.session import memory_advice

    found = False
    for done in _results(error):
        if done.status not in _RED:
            continue
        found, node = True, done.node
        # A generic test is of the model that it stands with; a singular one of all that it asks.
        of = (getattr(node, "attached_node", None) or node.name).rpartition(".")[2]
        advice = memory_advice(str(done.message))
        reason = f"the model {advice}" if advice else f"{node.name}: {done.message}"
        yield f"{_name(step)}.{of} ({_one_line(reason)})"
    if not found:
        yield f"{_name(step)} ({first_line(error).rstrip('.')})"


def _one_line(text: str) -> str:
    return textwrap.shorten(" ".join(text.split()), LONGEST_REASON, placeholder=" …").rstrip(".")


def _log_event(event: Any) -> None:
    """What dbt would print, into the log."""
    level, message = _LOGGED.get(event.info.level), event.info.msg.strip()
    if level is not None and message:
        log.log(level, "%s", message)
