"""The journey of one memory: each stage, when, with what numbers; or where it stopped, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from include.errors import CodexError
from include.lake.connection import Lake
from include.store.contract import in_calendar

if TYPE_CHECKING:
    import duckdb

UNANSWERED = "language model"
"""The stage that lists questions without a valid answer."""

OWNER = "owner"
"""The stage that lists what the owner has said of it, and of what rests on it."""

INSIGHT = "insight"
"""The stage of the quick path, beside the way through sleep."""


@dataclass
class Stage:
    """One stage of the journey; `details` are its numbers."""

    stage: str
    status: str
    at: Any = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Journey:
    """Where a memory has been, and where it stands."""

    memory_id: UUID
    title: str
    stages: list[Stage]
    diagnosis: str

    def as_json(self) -> dict[str, Any]:
        """For `trace --json`."""
        return {
            "memory_id": str(self.memory_id),
            "title": self.title,
            "diagnosis": self.diagnosis,
            "stages": [
                {"stage": stage.stage, "status": stage.status, "at": stage.at, "details": stage.details}
                for stage in self.stages
            ],
        }


def journey(lake: Lake, wanted: str) -> Journey:
    """The journey of the memory with this id, or id's beginning. Raises CodexError when there is none, or several."""
    with lake.connect(store=True) as connection:
        memory_id = identified(connection, wanted)
        stages, title = _source(connection, memory_id)
        stages += [
            Stage(stage, event, at, json.loads(details))
            for stage, event, at, details in connection.execute(
                "select stage, event_type, event_at, details from served.memory_journey "
                "where memory_id = ? order by step",
                [memory_id],
            ).fetchall()
        ]
        _add_replays(connection, memory_id, stages)
        _add_insight(connection, memory_id, stages)
        _add_links(connection, memory_id, stages)
        _add_unanswered(connection, memory_id, stages)
        _add_corrections(connection, memory_id, stages)
        state = connection.execute(
            "select status, reason from control.processing_state where memory_id = ?", [memory_id]
        ).fetchone()
        forgotten = connection.execute(_FORGOTTEN, {"id": memory_id}).fetchone()
    if forgotten is not None:
        stages[0] = Stage("source", "forgotten", forgotten[0], {"suppressed": forgotten[1]})
        return Journey(memory_id, "(forgotten)", stages, _forgotten_diagnosis(stages, suppressed=forgotten[1]))
    return Journey(memory_id, title, stages, _diagnosis(stages, state))


_FORGOTTEN = """
    select forgotten_at, is_suppressed
    from store.codex_processed.forgotten
    where memory_id = $id and (
        is_suppressed or memory_id not in (select cast(id as uuid) from store.public.memories)
    )
"""
"""A wish to forget it, unless it was saved again since."""


def _forgotten_diagnosis(stages: list[Stage], *, suppressed: bool) -> str:
    where = "it is still in your table, and not learned from" if suppressed else "it was deleted from the store"
    left = " The next runs take away what is listed here." if len(stages) > 1 else ""
    return f"It was forgotten, as you wished: {where}.{left}"


def identified(connection: duckdb.DuckDBPyConnection, wanted: str) -> UUID:
    """The memory with this id, or id's beginning; the store is attached as `store`. Raises CodexError."""
    beginning = wanted.strip().lower()
    if not beginning or any(letter not in "0123456789abcdef-" for letter in beginning):
        raise CodexError(f"{wanted!r} is no memory id; ids are shown by query and insights.")
    rows = connection.execute(
        "select id from (select cast(id as uuid) as id from store.public.memories "
        "union select memory_id from staging.stg_codex_store__memories) "
        "where starts_with(cast(id as varchar), ?) order by id limit 3",
        [beginning],
    ).fetchall()
    if not rows:
        raise CodexError(f"There is no memory {wanted}, and there was none.")
    if len(rows) > 1:
        raise CodexError(f"Several memories begin with {wanted}: give more of the id.")
    return rows[0][0] if isinstance(rows[0][0], UUID) else UUID(str(rows[0][0]))


def _source(connection: duckdb.DuckDBPyConnection, memory_id: UUID) -> tuple[list[Stage], str]:
    row = connection.execute(
        f"select content, {in_calendar('created_at')}, is_deleted, version_no "  # noqa: S608 - no values
        "from staging.stg_codex_store__memories "
        "where memory_id = ? and is_current",
        [memory_id],
    ).fetchone()
    if row is None:
        live = connection.execute(
            f"select coalesce(content, ''), {in_calendar('cast(created_at as timestamptz)')} "  # noqa: S608 - no values
            "from store.public.memories where cast(id as uuid) = ?",
            [memory_id],
        ).fetchone()
        content, created = live if live else ("", None)
        return [Stage("source", "saved, not yet taken in", created, {"characters": len(content)})], _title(content)
    content, created, deleted, version = row
    status = "deleted at the source" if deleted else "taken in"
    return [Stage("source", status, created, {"characters": len(content), "version": version})], _title(content)


def _title(content: str) -> str:
    first = next((line.strip("# ").strip() for line in content.splitlines() if line.strip()), "")
    return first if len(first) <= 90 else first[:89] + "…"


def _add_replays(connection: duckdb.DuckDBPyConnection, memory_id: UUID, stages: list[Stage]) -> None:
    rows = connection.execute(
        "select phase, night, cycle, event_at, repetitions from consolidation.replay_events "
        "where memory_id = ? and partner_id is null order by event_at",
        [memory_id],
    ).fetchall()
    for stage in stages:
        if stage.stage == "consolidation":
            stage.details["replays"] = [
                {"phase": phase, "night": night, "cycle": cycle, "at": at, "times": times}
                for phase, night, cycle, at, times in rows
            ]


def _add_insight(connection: duckdb.DuckDBPyConnection, memory_id: UUID, stages: list[Stage]) -> None:
    """Add the insight; for a memory that repeats an earlier one, the insight of that one."""
    row = connection.execute(
        "select memory_id, key_insight, extraction_timestamp, len(source_memory_ids) from served.insights "
        "where list_contains(source_memory_ids, $id) order by memory_id = $id limit 1",
        {"id": memory_id},
    ).fetchone()
    if row is not None:
        canonical, text, answered_at, evidence = row
        details = {"insight": text, "evidence_count": evidence}
        if canonical == memory_id:
            stages.append(Stage(INSIGHT, "understood", answered_at, details))
        else:
            stages.append(Stage(INSIGHT, "said before", answered_at, {"canonical_memory_id": canonical, **details}))


def _add_links(connection: duckdb.DuckDBPyConnection, memory_id: UUID, stages: list[Stage]) -> None:
    rows = connection.execute(
        "select other.memory_id, other.gist, links.weight "
        "from served.associations as links "
        "inner join short_term.stm_traces as other on other.memory_id = "
        "case when links.memory_a = $id then links.memory_b else links.memory_a end "
        "where $id in (links.memory_a, links.memory_b) "
        "order by links.weight desc, other.memory_id limit 5",
        {"id": memory_id},
    ).fetchall()
    if rows:
        linked = [{"memory_id": other, "gist": gist, "weight": round(weight, 4)} for other, gist, weight in rows]
        stages.append(Stage("associations", f"linked, {len(rows)} strongest", None, {"strongest": linked}))


def _add_unanswered(connection: duckdb.DuckDBPyConnection, memory_id: UUID, stages: list[Stage]) -> None:
    """Add the questions about this memory alone that got no valid answer."""
    rows = connection.execute(
        "select task, attempts, failed_at, last_error from control.given_up "
        "where starts_with(request_id, ?) order by task",
        [f"{memory_id}/"],
    ).fetchall()
    stages += [
        Stage(UNANSWERED, f"gave up {task}", failed_at, {"attempts": attempts, "last_error": error})
        for task, attempts, failed_at, error in rows
    ]


def _add_corrections(connection: duckdb.DuckDBPyConnection, memory_id: UUID, stages: list[Stage]) -> None:
    """Add what the owner pinned, corrected, rejected or answered of what rests on this memory, in order of time."""
    rows = connection.execute(
        "select verb, kind, is_taken_back, made_at, said, word, comment, made_by from control.corrections "
        "where list_contains(memory_ids, ?) order by correction_id",
        [memory_id],
    ).fetchall()
    stages += [
        Stage(
            OWNER,
            f"{verb} {kind}" + (", taken back" if back else ""),
            at,
            {"said": said, "word": word, "comment": comment, "by": by},
        )
        for verb, kind, back, at, said, word, comment, by in rows
    ]


_WAITS_FOR = {
    "source": "It waits for working memory (each minute while awake, or ./codex consolidate --type working).",
    "working_memory": "It was attended and waits for short-term memory.",
    "short_term": "It is a trace and waits for replay (hourly while awake, and at night).",
    "long_term": "It is known.",
}


def _diagnosis(stages: list[Stage], state: tuple[Any, ...] | None) -> str:
    last = next(stage for stage in reversed(stages) if stage.stage not in {INSIGHT, "associations", UNANSWERED, OWNER})
    if stages[0].status.startswith("deleted"):
        return "It was deleted at the source; what was derived from it alone went with it."
    if state is not None and state[0] == "pending":
        return f"It is pending: {state[1]}."
    if state is not None and state[0] != "attended":
        again = " ./codex retry asks again." if state[0] == "failed" else ""
        return f"It stopped at working memory: {state[0]}, {state[1]}.{again}"
    if last.stage == "consolidation":
        details = last.details
        if last.status == "consolidated":
            return "It is consolidated and waits for deep sleep to become knowledge."
        return (
            f"It was replayed, and its strength {details['strength']} has not reached the threshold "
            f"{details['threshold']}: unless it is replayed again, it fades."
        )
    if last.stage == "long_term" and last.status == "archived":
        return "It could hardly be recalled any more and was archived; nothing is destroyed."
    return _WAITS_FOR[last.stage]
