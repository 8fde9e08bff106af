"""Running rhythms in one warm process: the steps of the DAGs, without Airflow's tasks around them.

What a rhythm is, its DAG file says and nobody else: gate, clock, groups of dbt models, questions, publishing are read
from the DAG. dbt's project is parsed once, and a group of models is one call of dbt. So a run costs a fraction of a
second where nothing is large, and thousands of them can be lived through (`./codex simulate`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from codex_dreams.dag.reading import dags_of, steps_of
from include.dbt_project.project import failing_tests, parse_project, run_dbt
from include.lake.connection import WarmLake, configured_lake
from include.lake.in_memory import LakeInMemory
from include.lake.upkeep import keep_up
from include.language_model.choice import configured_model
from include.language_model.enrichment import Enricher
from include.parameters import parameters
from include.rhythms.catalogue import Rhythm
from include.rhythms.clock import Clock, read_clock, set_clock
from include.rhythms.gates import pending
from include.rhythms.sleep_plan import SleepPlan
from include.rhythms.steps import Ask, Build, Publish, Step
from include.runs.warm_models import CompiledModels, WarmModels
from include.served.publish import publish
from include.settings import settings

if TYPE_CHECKING:
    from include.language_model.model import LanguageModel

Did = TypeVar("Did")


@dataclass(frozen=True)
class Prepared:
    """What takes seconds to find out and is the same for every lake: what rhythms do, and their models, compiled."""

    steps: Mapping[str, Sequence[Step]]
    compiled: CompiledModels

    @classmethod
    def of(cls, rhythms: Sequence[Rhythm]) -> Prepared:
        """Read the rhythms' DAGs, let dbt parse the project and compile their models in the lake there is."""
        steps = {rhythm.dag_id: tuple(steps_of(dag)) for rhythm, dag in dags_of(rhythms)}
        built = [name for each in steps.values() for step in each if isinstance(step, Build) for name in step.models]
        return cls(steps, CompiledModels(parse_project(), built))


@dataclass
class WarmRhythms:
    """Rhythms that run in this process, one after the other. Where no language model is given, the configured one.

    `audited`: whether dbt builds each group of models and tests it before the next step, as under Airflow. Otherwise
    the models that dbt compiled once are run.
    `published`: whether served tables are brought up to date after each run.
    `in_memory`: whether all runs work on a copy of the lake, for when nobody else looks; at the end, `bring_back`.
    `prepared`: of the same rhythms and parameters, when at hand from before.
    """

    rhythms: Sequence[Rhythm]
    audited: bool = True
    published: bool = True
    in_memory: bool = False
    prepared: Prepared | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went: by rhythm and step; dbt's steps also by model, so what is left of them is dbt itself."""

    def __post_init__(self) -> None:
        if self.in_memory and (self.audited or self.published):
            raise ValueError("dbt's tests and publishing look at the lake itself, not at its copy in memory.")
        prepared = self.prepared or Prepared.of(self.rhythms)
        self._steps, self._parsed = prepared.steps, prepared.compiled.parsed
        self._plan = SleepPlan.of(parameters(), settings().zone)
        self._model: LanguageModel = configured_model(settings())
        self.lake = LakeInMemory(configured_lake()) if self.in_memory else WarmLake(configured_lake())
        self._models = WarmModels(self.lake, prepared.compiled, reachable=not self.in_memory)
        self._runs = 0

    def run(self, rhythm: Rhythm, as_of: datetime, /, **given: Any) -> Clock | None:
        """Run a rhythm as its schedule would at an instant; None where its gate finds nothing to do.

        `given` is what a run by hand is given (`asleep=True` for a whole night at once).
        Raises CodexError when dbt or one of its tests fails, ModelUnavailableError when the model can't be asked.
        """
        self._runs += 1
        clock = read_clock(
            rhythm.dag_id,
            f"warm__{as_of.isoformat()}__{self._runs}",
            self._plan,
            trigger="manual" if given else "scheduled",
            run_after=as_of,
            given=given,
            wake_ups=[],
        )
        waiting = self._timed(f"{rhythm.dag_id}/gate", lambda: pending(self.lake, clock, served=self.published))
        if waiting.count == 0:
            return None
        self._timed(f"{rhythm.dag_id}/clock", lambda: set_clock(self.lake, clock))
        for step in self._steps[rhythm.dag_id]:
            self._take(step, rhythm, clock)
        return clock

    def keep_up(self, **kept: int) -> None:
        """Keep up the lake, as `maintenance` does once a day; `kept` are days, as `include.lake.upkeep.keep_up` has."""
        self._timed("keep_up", lambda: keep_up(self.lake, **kept))

    def bring_back(self) -> None:
        """Make the lake what the runs have made of it; where they worked in the lake itself, it is that already."""
        if isinstance(self.lake, LakeInMemory):
            self._timed("bring_back", self.lake.bring_back)

    def failing_tests(self) -> list[str]:
        """The data tests that fail on what there is now."""
        return self._timed("tests", lambda: failing_tests(self._parsed))

    def close(self) -> None:
        """Let go of the lake."""
        self.lake.close()

    def _take(self, step: Step, rhythm: Rhythm, clock: Clock) -> None:
        if isinstance(step, Build):
            self._timed(f"{rhythm.dag_id}/dbt", lambda: self._build(rhythm, step.models))
        elif isinstance(step, Ask):
            enricher = Enricher(
                lake=self.lake,
                model=self._model,
                request_model=step.request_model,
                task=step.task,
                run_id=clock.run_id,
                max_attempts=parameters().max_retry_attempts,
            )
            self._timed(f"{rhythm.dag_id}/{step.task}", enricher.run)
        elif isinstance(step, Publish) and self.published:
            self._timed(
                f"{rhythm.dag_id}/publish",
                lambda: publish(self.lake, rhythm.serves, as_of=clock.as_of, run_id=clock.run_id),
            )

    def _build(self, rhythm: Rhythm, models: Sequence[str]) -> None:
        if not self.audited:
            for model, seconds in self._models.make(models).items():
                self._spent(f"{rhythm.dag_id}/dbt/{model}", seconds)
            return
        done: Any = run_dbt(["build", "--indirect-selection", "buildable", "--select", *models], parsed=self._parsed)
        for made in done.result.results:
            kind = made.node.name if made.node.resource_type == "model" else "tests"
            self._spent(f"{rhythm.dag_id}/dbt/{kind}", made.execution_time)

    def _timed(self, name: str, work: Callable[[], Did]) -> Did:
        started = time.monotonic()
        try:
            return work()
        finally:
            self._spent(name, time.monotonic() - started)

    def _spent(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
