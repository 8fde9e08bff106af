"""A mind: the rhythms of the DAGs in memory, with their own models, clock, gates and answer ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from include.lake.in_memory import OfOneProcess
from include.language_model.calibration import calibrate
from include.language_model.enrichment import Enricher
from include.language_model.model import EMBEDDING, LanguageModel
from include.language_model.tasks import TASKS
from include.parameters import parameters
from include.rhythms import gates
from include.rhythms.clock import Clock, Trigger, read_clock, set_clock
from include.rhythms.sleep_plan import SleepPlan
from include.rhythms.steps import Ask, Build
from include.runs.warm_models import WarmModels
from include.store.news import StoreNews
from tests.conftest import ZONE
from tests.fidelity.planted import Note, PlantedModel
from tests.fidelity.rendered import CONTROL, STORE, Rendered, steps

WAKING = ("working_memory", "short_term_memory", "hippocampal_replay")
SLEEPING = ("hippocampal_replay", "deep_sleep", "rem_sleep")


class LakeInMemory(OfOneProcess):
    """What Python asks of the lake, asked of a database in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__("unused", "unused", Path("unused"))
        self._connection = connection

    def store_rows(self, question: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Nobody has written into the store."""
        return []

    def locked(self, lock: int) -> AbstractContextManager[None]:
        """Nobody else is there."""
        return nullcontext()

    def alone(self, what: str) -> AbstractContextManager[None]:
        """Nobody else works on it."""
        return nullcontext()

    def snapshot(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Always the same: only this process writes."""
        return 0

    def committed_snapshot(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Always the same."""
        return self.snapshot(connection)

    @contextmanager
    def connect(self, *, store: bool = False, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A session of its own on the same database."""
        cursor = self._connection.cursor()
        cursor.execute("use lake; set TimeZone = 'UTC'")
        for name in ("requests", "incoming"):
            cursor.execute(f"drop table if exists temp.{name}")
        try:
            yield cursor
        finally:
            cursor.close()


@cache
def calibrated() -> tuple[float, float]:
    """The planted model's range of likeness, measured as any model's is."""
    return calibrate(PlantedModel(()))


class Mind:
    """What a stream of memories makes of the rendered project."""

    def __init__(self, project: Rendered, notes: Iterable[Note] = (), model: LanguageModel | None = None) -> None:
        self.planted = PlantedModel(())
        self.model = model or self.planted
        self.plan = SleepPlan.of(parameters(), ZoneInfo(ZONE))
        self.project = project
        self._runs = 0
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("set TimeZone = 'UTC'; attach ':memory:' as lake; attach ':memory:' as store")
        self._connection.execute(STORE)
        self._connection.execute("use lake")
        self._connection.execute(CONTROL)
        for statement in project.columns.values():
            self._connection.execute(statement)
        self.lake = LakeInMemory(self._connection)
        for compiled in project.models.values():
            if compiled.materialized == "view":
                self._connection.execute(f"create or replace view {compiled.relation} as {compiled.sql}")
        self._models = WarmModels(self.lake, project.compiled, reachable=False)
        self._agree()
        self.remember(notes)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

    def _agree(self) -> None:
        """One contract a task, as the operator agrees on them with a lake."""
        floor, ceiling = calibrated() if self.model is self.planted else calibrate(self.model)
        for task in (*TASKS, EMBEDDING):
            contract = Enricher(self.lake, self.model, "control.clock", task, "agreement")._contract()
            likeness = (floor, ceiling) if task == EMBEDDING else (None, None)
            self.write(
                "insert into control.answer_contracts values (?, ?, ?, ?, ?, ?, ?)",
                [[task, contract.key, contract.identity.model, contract.identity.digest, contract.prompt_version,
                  *likeness]],
            )  # fmt: skip

    def remember(self, notes: Iterable[Note]) -> None:
        """Put memories into the source table, with ids that are the same at every run."""
        given = list(notes)
        self.planted.plant(given)
        if given:
            self.write(
                "insert into store.public.memories (id, content, created_at, updated_at) values (?, ?, ?, ?)",
                [[note.memory_id, note.content, note.created_at, note.created_at] for note in given],
            )

    def restudy(self, note: Note, at: datetime) -> None:
        """The owner rewrites a memory's summary; the memory stays the same."""
        self.write(
            "update store.public.memories set context = 'looked at again', updated_at = ? where id = ?",
            [[at, note.memory_id]],
        )

    def recall(self, note: Note, at: datetime) -> None:
        """A reader recalls a memory."""
        [[known]] = self.ask("select count(*) from store.codex_processed.retrievals")
        self.write(
            "insert into store.codex_processed.retrievals values (?, ?, ?, 'query')", [[known + 1, note.memory_id, at]]
        )

    def run(
        self,
        *rhythms: str,
        as_of: datetime,
        asleep: bool = False,
        trigger: Trigger = "manual",
        gated: bool = True,
        only: Sequence[str] = (),
        but: Sequence[str] = (),
    ) -> list[Clock]:
        """Run rhythms one after the other as of an instant; returns the clocks of those that had something to do.

        :param asleep: whether a run by hand is a nap (a night at once)
        :param trigger: `scheduled` sleeps by the plan: the cycle that the instant lies in
        :param gated: whether a rhythm with nothing to do is left out, as its gate does
        :param only: build these models and ask nothing
        :param but: leave out these models and questions
        """
        ran = []
        for rhythm in rhythms:
            self._runs += 1
            clock = read_clock(
                rhythm, f"run {self._runs}", self.plan,
                trigger=trigger, run_after=as_of, given={"as_of": as_of.isoformat(), "asleep": asleep}, wake_ups=[],
            )  # fmt: skip
            if gated and not self._pending(clock):
                continue
            set_clock(self.lake, clock)
            for step in steps(rhythm):
                if isinstance(step, Build):
                    known = [model for model in step.models if model in self.project.models and model not in but]
                    self._models.make([model for model in known if not only or model in only])
                elif isinstance(step, Ask) and not only and step.task not in but:
                    self.answer(step.request_model, step.task)
            ran.append(clock)
        return ran

    def _pending(self, clock: Clock) -> bool:
        """What the gate asks; the store is beside the lake, and says what a server would."""
        news = """
            select
                (select count(*) from store.public.memories),
                (select max(updated_at) from store.public.memories),
                (
                    select count(*) from store.codex_processed.retrievals as recalls
                    where
                        recalls.retrieved_at <= ?
                        and recalls.retrieval_id > (select retrieval_id from control.last_recall)
                )
        """
        with self.lake.connect() as connection:
            [(memories, latest, recalls)] = connection.execute(news, [clock.as_of]).fetchall()
            told = StoreNews(memories=memories, latest=latest, is_dated=True, recalls=recalls)
            return gates.waiting(connection, [clock], told)[clock.rhythm].count > 0

    def answer(self, request_model: str, task: str) -> None:
        """Have the open questions of a request model answered."""
        Enricher(self.lake, self.model, request_model, task, f"run {self._runs}", parameters().max_retry_attempts).run()

    def ask(self, question: str, given: Any = None) -> list[tuple[Any, ...]]:
        """Rows of the tables."""
        with self.lake.connect() as connection:
            return connection.execute(question, given).fetchall()

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Plant rows in a table."""
        with self.lake.connect() as connection:
            connection.begin()
            connection.executemany(statement, [list(row) for row in rows])
            connection.commit()
