"""Releasing questions that were given up: their attempts are forgotten, and they are asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from include.errors import CodexError
from include.lake.connection import Lake
from include.language_model.ledger import committed
from include.language_model.model import EMBEDDING
from include.language_model.tasks import TASKS


@dataclass(frozen=True)
class Released:
    """A question that was given up, and is no longer. `request_id` begins with the memory's id."""

    task: str
    request_id: str
    attempts: int
    last_error: str


_WANTED = """
    from control.given_up
    where
        ($task is null or task = $task)
        and (
            len($ids) = 0
            -- of one memory, or of two
            or len(list_filter($ids, id -> starts_with(request_id, id) or contains(request_id, '+' || id))) > 0
        )
"""


def release(
    lake: Lake, ids: Sequence[str] = (), task: str | None = None, now: datetime | None = None
) -> list[Released]:
    """Release questions that were given up: of memories whose ids begin like these, of one task, or all of it.

    Returns the released questions. Raises CodexError for a task that there is not, and an id that is none.
    """
    if task is not None and task not in {*TASKS, EMBEDDING}:
        raise CodexError(f"There is no task {task!r}; there are {', '.join([*TASKS, EMBEDDING])}.")
    wanted = [_beginning(given) for given in ids]
    with lake.connect() as connection:
        found: list[Released] = []

        def write() -> None:
            given = {"task": task, "ids": wanted}
            rows = connection.execute(
                f"select task, request_id, attempts, last_error {_WANTED} order by task, request_id", given
            ).fetchall()
            connection.execute(
                "insert into control.llm_failures (failed_at, task, contract, input_hash, request_id, kind) "
                f"select $now, task, contract, input_hash, request_id, 'released' {_WANTED}",
                given | {"now": now or datetime.now(UTC)},
            )
            found[:] = [Released(*row) for row in rows]

        committed(connection, write)
    return found


def _beginning(given: str) -> str:
    """The beginning of an id, in lower case, as it stands in request ids."""
    beginning = given.strip().lower()
    if len(beginning) < 4 or any(letter not in "0123456789abcdef-" for letter in beginning):
        raise CodexError(
            f"{given!r} is no memory id, nor four letters or more of one; ids are shown by query and trace."
        )
    return beginning
