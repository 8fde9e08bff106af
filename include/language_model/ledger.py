"""The ledger of answers in the lake (schema control): contracts, answers, calls, failures, embeddings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from include.lake.connection import Lake
from include.language_model.calibration import Range
from include.language_model.model import EMBEDDING, Call, Identity
from include.store.connection import connect

COMMIT_ATTEMPTS = 5


@dataclass(frozen=True)
class Contract:
    """The contract under which a task is answered at present. `key` is the hash that answers are kept by."""

    task: str
    key: str
    identity: Identity
    prompt_version: str


@dataclass(frozen=True)
class Question:
    """One input that has no answer yet: the first request that asks for it, its JSON, and the how manieth attempt."""

    request_id: str
    input_hash: str
    input: str
    attempt: int = 1


@dataclass
class Outcome:
    """The outcome of one question: answered, repaired, invalid (an attempt that counts), unavailable (it does not).

    `answer` is JSON text, or None where there is none. `sent_back` is the call whose answer had to be repaired.
    """

    question: Question
    outcome: str
    answer: str | None = None
    call: Call | None = None
    sent_back: Call | None = None
    error: str | None = None
    vector: Sequence[float] | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class OpenQuestions:
    """The questions of a request model: how many have a kept answer, and the rest, in the order of request ids.

    Waiting questions stay in DuckDB and are taken a few at a time, so that memory does not grow with their number.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, hits: int, count: int) -> None:
        self.hits = hits
        self.count = count
        self.connection = connection
        self._taken = 0

    def take(self, at_most: int) -> list[Question]:
        """The next questions; none at the end."""
        rows = self.connection.execute(
            "select request_id, input_hash, input, attempt from open_questions where place > ? and place <= ? "
            "order by place",
            [self._taken, self._taken + at_most],
        ).fetchall()
        self._taken += len(rows)
        return [Question(*row) for row in rows]


class AnswerLedger:
    """Reads open questions of a request model and appends their outcomes, in small transactions."""

    def __init__(self, lake: Lake, request_model: str, run_id: str, max_attempts: int) -> None:
        schema, _, table = request_model.partition(".")
        if not (schema.isidentifier() and table.isidentifier()):
            raise ValueError(f"{request_model!r} is no schema.table of a request model")
        self._lake = lake
        self._requests = f"lake.{schema}.{table}"
        self._run_id = run_id
        self._max_attempts = max_attempts
        self._open: duckdb.DuckDBPyConnection | None = None
        self._seen: int | None = None
        """The lake's snapshot until which this ledger knows what is kept; None: it has not looked."""

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """That of the open questions, where there are some; to connect anew takes longer than to append."""
        if self._open is not None:
            yield self._open
            return
        with self._lake.connect(threads=2) as connection:
            self._open = connection
            try:
                yield connection
            finally:
                self._open = None

    def agree(self, contract: Contract, likeness: Range | None = None) -> None:
        """Make `contract` the present one of its task. dbt models read answers of the present contract only."""
        row = [
            contract.task,
            contract.key,
            contract.identity.model,
            contract.identity.digest,
            contract.prompt_version,
            likeness.floor if likeness else None,
            likeness.ceiling if likeness else None,
        ]
        with connect(self._lake.store_url) as store, self._connection() as connection:
            # One at a time: two inserts do not conflict in the lake, and a task would have two contracts.
            store.execute("SELECT pg_advisory_xact_lock(hashtext('codex answer contracts'))")
            known = connection.execute(
                "select contract from control.answer_contracts where task = ?", [contract.task]
            ).fetchall()
            if known == [(contract.key,)]:
                return

            def write() -> None:
                connection.execute("delete from control.answer_contracts where task = ?", [contract.task])
                connection.execute("insert into control.answer_contracts values (?, ?, ?, ?, ?, ?, ?)", row)

            committed(connection, write)

    def agreed(self, contract: Contract) -> bool:
        """Whether this contract is the present one already."""
        with self._connection() as connection:
            return bool(
                connection.execute(
                    "select 1 from control.answer_contracts where task = ? and contract = ?",
                    [contract.task, contract.key],
                ).fetchall()
            )

    @contextmanager
    def open_questions(self, contract: Contract, *, important_first: bool = False) -> Iterator[OpenQuestions]:
        """The kept answers of the requests (each gets its row in the calls) and the questions left to ask.

        One set operation, however many. Equal inputs are one question. Inputs that were given up are left out.
        `important_first`: by the attention that the memory got (of two, the first), then the longer input, which is of
        a thread with more notes.
        """
        kept = f"control.{_kept_in(contract)}"
        with self._connection() as connection:
            self._seen = self._lake.snapshot(connection)
            connection.execute(
                f"create temp table requests as select request_id, input_hash, input, "
                f"exists (select 1 from {kept} as kept where kept.contract = $contract "
                f"and kept.input_hash = asked.input_hash) as is_kept "
                f"from {self._requests} as asked where task = $task and input is not null",
                {"contract": contract.key, "task": contract.task},
            )
            [(asked, hits)] = connection.execute(
                "select count(*), count(*) filter (where is_kept) from requests"
            ).fetchall()
            if asked == hits == 0:
                connection.execute("drop table requests")
                yield OpenQuestions(connection, 0, 0)
                return
            if hits:
                committed(connection, lambda: self._log_hits(connection, contract))
            by_attention = (
                """
                select cast(memory_id as varchar) as memory_id, max(priority) as priority
                from working_memory.wm_admissions
                group by memory_id
                """
                if important_first
                else "select null::varchar as memory_id, null::double as priority where false"
            )
            connection.execute(
                f"""
                create temp table open_questions as
                with releases as (
                    select input_hash, max(failed_at) as released_at
                    from control.llm_failures
                    where contract = $contract and kind = 'released'
                    group by input_hash
                ),

                attempts as (
                    select failures.input_hash, count(*) as failed
                    from control.llm_failures as failures
                    left join releases on failures.input_hash = releases.input_hash
                    where
                        failures.contract = $contract and failures.kind = 'invalid'
                        and (releases.released_at is null or failures.failed_at > releases.released_at)
                    group by failures.input_hash
                ),

                waiting as (
                    select min(request_id) as request_id, input_hash, min(input) as input
                    from requests
                    where not is_kept
                    group by input_hash
                )

                select
                    waiting.*,
                    coalesce(attempts.failed, 0) + 1 as attempt,
                    row_number() over (
                        order by
                            coalesce(attention.priority, 0) desc,
                            case when $important_first then length(waiting.input) end desc nulls last,
                            waiting.request_id
                    ) as place
                from waiting
                left join attempts on waiting.input_hash = attempts.input_hash
                left join ({by_attention}) as attention on left(waiting.request_id, 36) = attention.memory_id
                where coalesce(attempts.failed, 0) < $max_attempts
                """,
                {"contract": contract.key, "max_attempts": self._max_attempts, "important_first": important_first},
            )
            connection.execute("drop table requests")
            [(count,)] = connection.execute("select count(*) from open_questions").fetchall()
            yield OpenQuestions(connection, int(hits), int(count))

    def _log_hits(self, connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        connection.execute(
            "insert into control.llm_calls (called_at, run_id, task, request_id, contract, input_hash, model, outcome, "
            "model_digest, prompt_version) "
            "select ?, ?, ?, request_id, ?, input_hash, ?, 'hit', ?, ? from requests where is_kept",
            [
                datetime.now(UTC),
                self._run_id,
                contract.task,
                contract.key,
                contract.identity.model,
                contract.identity.digest,
                contract.prompt_version,
            ],
        )

    def dimension(self, contract: Contract) -> int | None:
        """The dimension of the vectors that are kept under a contract; None where there are none."""
        with self._connection() as connection:
            rows = connection.execute(
                "select dimension from control.embeddings where contract = ? limit 1", [contract.key]
            ).fetchall()
        return int(rows[0][0]) if rows else None

    def append(self, contract: Contract, outcomes: Sequence[Outcome]) -> None:
        """Append the outcomes of some questions, in one transaction: a crash loses none that was appended.

        An answer that another process has appended meanwhile stays: one row for a contract and input.
        """
        if not outcomes:
            return
        # One writer at a time: two appends of one key do not conflict in the lake.
        with self._connection() as connection, self._lake.alone(f"appending to {_kept_in(contract)}"):
            committed(connection, lambda: self._write(connection, contract, outcomes))
            self._seen = self._lake.committed_snapshot(connection)

    def _known(
        self, connection: duckdb.DuckDBPyConnection, contract: Contract, outcomes: Sequence[Outcome]
    ) -> set[str]:
        """Which inputs of these are kept already. Nobody has written since we looked: none, without looking again."""
        if self._seen is not None and self._lake.snapshot(connection) == self._seen:
            return set()
        rows = connection.execute(
            f"select input_hash from control.{_kept_in(contract)} "
            f"where contract = ? and input_hash in (select input_hash from {_rows('input_hash')})",
            [contract.key, json.dumps([{"input_hash": outcome.question.input_hash} for outcome in outcomes])],
        ).fetchall()
        return {input_hash for (input_hash,) in rows}

    def _write(self, connection: duckdb.DuckDBPyConnection, contract: Contract, outcomes: Sequence[Outcome]) -> None:
        identity = contract.identity
        known = self._known(connection, contract, outcomes)
        came = [outcome for outcome in outcomes if outcome.question.input_hash not in known]
        answered = [outcome for outcome in came if outcome.answer is not None]
        embedded = [outcome for outcome in came if outcome.vector is not None]
        failed = [outcome for outcome in outcomes if outcome.outcome == "invalid"]
        if answered:
            connection.execute(
                "insert into control.llm_responses "
                f"select ?, input_hash, ?, ?, ?, ?, answer, came_at "
                f"from {_rows('input_hash', 'answer', came_at='timestamptz')}",
                [
                    contract.key,
                    contract.task,
                    identity.model,
                    identity.digest,
                    contract.prompt_version,
                    json.dumps(
                        [
                            {"input_hash": o.question.input_hash, "answer": o.answer, "came_at": o.at.isoformat()}
                            for o in answered
                        ]
                    ),
                ],
            )
        if embedded:
            vectors = [list(o.vector) for o in embedded if o.vector is not None]
            connection.execute(
                "insert into control.embeddings "
                f"select ?, input_hash, ?, ?, ?, vector from {_rows('input_hash', vector='float[]')}",
                [
                    contract.key,
                    identity.model,
                    identity.digest,
                    len(vectors[0]),
                    json.dumps(
                        [
                            {"input_hash": o.question.input_hash, "vector": vector}
                            for o, vector in zip(embedded, vectors, strict=True)
                        ]
                    ),
                ],
            )
        if failed:
            connection.execute(
                "insert into control.llm_failures "
                "select came_at, ?, ?, input_hash, request_id, 'invalid', error "
                f"from {_rows('input_hash', 'request_id', 'error', came_at='timestamptz')}",
                [
                    contract.task,
                    contract.key,
                    json.dumps([_of(o) | {"error": o.error} for o in failed]),
                ],
            )
        calls = [(o, "sent_back", o.sent_back, o.sent_back.error) for o in outcomes if o.sent_back is not None] + [
            (o, o.outcome, o.call or Call(0.0), o.error) for o in outcomes
        ]
        numbers = {"latency": "double", "prompt": "bigint", "tokens": "bigint", "attempt": "integer"}
        numbers |= {"stragglers": "integer", "cached": "bigint"}
        connection.execute(
            "insert into control.llm_calls (called_at, run_id, task, request_id, contract, input_hash, model, outcome, "
            "latency_ms, prompt_tokens, answer_tokens, error, model_digest, prompt_version, attempt, stragglers, "
            "cached_tokens) "
            "select came_at, ?, ?, request_id, ?, input_hash, ?, outcome, latency, prompt, tokens, error, ?, ?, "
            "attempt, stragglers, cached "
            f"from {_rows('input_hash', 'request_id', 'outcome', 'error', came_at='timestamptz', **numbers)}",
            [
                self._run_id,
                contract.task,
                contract.key,
                identity.model,
                identity.digest,
                contract.prompt_version,
                json.dumps(
                    [
                        _of(o)
                        | {
                            "outcome": outcome,
                            "error": error,
                            "latency": round(call.latency_ms, 1),
                            "prompt": call.prompt_tokens,
                            "tokens": call.answer_tokens,
                            "attempt": o.question.attempt,
                            "stragglers": call.stragglers,
                            "cached": call.cached_tokens,
                        }
                        for o, outcome, call, error in calls
                    ]
                ),
            ],
        )


def _of(outcome: Outcome) -> dict[str, Any]:
    """Which question an outcome is of, and when it came."""
    question = outcome.question
    return {"input_hash": question.input_hash, "request_id": question.request_id, "came_at": outcome.at.isoformat()}


def _rows(*texts: str, **others: str) -> str:
    """A table of rows that are given as one parameter, a JSON list of objects; columns that are no texts by their type.

    At each Python value that DuckDB is given it looks for pandas, and where there is none, Python searches all of its
    path each time: lists of values took most of what it takes to append.
    """
    columns = dict.fromkeys(texts, "varchar") | others
    return f"(select unnest(from_json(?::json, '{json.dumps([columns])}'), recursive := true))"


def _kept_in(contract: Contract) -> str:
    """The table of schema control that answers under a contract are kept in."""
    return "embeddings" if contract.task == EMBEDDING else "llm_responses"


def committed(connection: duckdb.DuckDBPyConnection, write: Callable[[], None]) -> None:
    """Write in one transaction; another writer's commit at the same moment means to try again, a little later."""
    for attempt in range(1, COMMIT_ATTEMPTS + 1):
        connection.begin()
        try:
            write()
            connection.commit()
        except duckdb.TransactionException:
            connection.rollback()
            if attempt == COMMIT_ATTEMPTS:
                raise
            time.sleep(0.1 * 2**attempt)
        else:
            return
