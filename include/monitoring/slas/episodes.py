"""Episodes: a target that is missed, until it is met again, is one row in `codex_processed.sla_misses`.

The caller that opens or closes an episode gets a notice to pass on; all others get none, however often and from however
many processes they look.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg

Kind = Literal["deadline", "performance", "backlog", "heartbeat"]


@dataclass(frozen=True)
class Reading:
    """A target and the measured value.

    `target` and `measured` are in words with units, `over` says how much the target is missed by (None: it is met),
    `where` is the place to look at.
    """

    kind: Kind
    subject: str
    target: str
    measured: str
    over: str | None
    where: str
    run_id: str | None = None


@dataclass(frozen=True)
class Notice:
    """What is to be told: an episode began or ended."""

    state: Literal["missed", "recovered"]
    kind: Kind
    subject: str
    target: str
    measured: str
    over: str | None
    since: datetime
    where: str
    run_id: str | None

    @property
    def text(self) -> str:
        """What, how much over, since when, where to look; one line."""
        since = f"since {self.since:%Y-%m-%d %H:%M:%S} UTC"
        if self.state == "recovered":
            return f"Recovered: {self.subject} ({self.kind}), missed {since}: {self.measured} (target: {self.target})."
        return (
            f"Missed: {self.subject} ({self.kind}): {self.measured}, {self.over} over "
            f"(target: {self.target}), {since}. Look at {self.where}."
        )

    def as_dict(self) -> dict[str, Any]:
        """For programs; the instant in ISO 8601."""
        return {"text": self.text, **asdict(self), "since": self.since.isoformat()}


def judge(store: psycopg.Connection[Any], reading: Reading, now: datetime | None = None) -> Notice | None:
    """Open or close the episode of a reading; returns what is to be told, or None where nothing changed."""
    moment = now or datetime.now(UTC)
    if reading.over is None:
        closed = store.execute(
            "UPDATE codex_processed.sla_misses SET recovered_at = %s "
            "WHERE kind = %s AND subject = %s AND recovered_at IS NULL RETURNING missed_at",
            [moment, reading.kind, reading.subject],
        ).fetchone()
        return _notice("recovered", reading, closed[0]) if closed else None
    message = _notice("missed", reading, moment).text
    opened = store.execute(
        "INSERT INTO codex_processed.sla_misses (kind, subject, run_id, target, message, missed_at) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING missed_at",
        [reading.kind, reading.subject, reading.run_id, reading.target, message, moment],
    ).fetchone()
    return _notice("missed", reading, opened[0]) if opened else None


def _notice(state: Literal["missed", "recovered"], reading: Reading, since: datetime) -> Notice:
    return Notice(
        state=state,
        kind=reading.kind,
        subject=reading.subject,
        target=reading.target,
        measured=reading.measured,
        over=reading.over,
        since=since.astimezone(UTC),
        where=reading.where,
        run_id=reading.run_id,
    )


@dataclass(frozen=True)
class Miss:
    """A target that is missed now."""

    kind: str
    subject: str
    since: datetime
    message: str


def missed_now(store: psycopg.Connection[Any]) -> list[Miss]:
    """The targets that are missed now, the longest first."""
    rows = store.execute(
        "SELECT kind, subject, missed_at, message FROM codex_processed.sla_misses WHERE recovered_at IS NULL "
        "ORDER BY missed_at, id"
    ).fetchall()
    return [Miss(*row) for row in rows]
