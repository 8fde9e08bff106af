"""How long the model may work in a night: what does not fit waits for the next one, the most important first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from include.language_model.ledger import committed

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class NightBudget:
    """Seconds of the model for one night. `since`: when the night began."""

    night: date
    since: datetime
    seconds: float

    def left(self, connection: duckdb.DuckDBPyConnection) -> float:
        """Seconds that are left: the time of all calls since the night began is spent. Calls at a time count each."""
        [(spent,)] = connection.execute(
            "select coalesce(sum(latency_ms), 0) / 1000 from control.llm_calls "
            "where called_at >= ? and outcome <> 'hit'",
            [self.since],
        ).fetchall()
        return max(0.0, self.seconds - float(spent))

    def note(self, connection: duckdb.DuckDBPyConnection, task: str, waiting: int) -> None:
        """Keep how many questions of a task wait, in place of what was kept for this night."""

        def write() -> None:
            connection.execute("delete from control.model_nights where night = ? and task = ?", [self.night, task])
            if waiting:
                row = [self.night, task, waiting, self.seconds / 60, datetime.now(UTC)]
                connection.execute("insert into control.model_nights values (?, ?, ?, ?, ?)", row)

        committed(connection, write)


def waited(connection: duckdb.DuckDBPyConnection, now: datetime) -> str:
    """What the last night left to the next for want of minutes, for people; "" where it left nothing."""
    rows = connection.execute(
        """
        select night, sum(waiting), max(minutes), string_agg(waiting || ' of ' || task, ', ' order by task)
        from control.model_nights
        where noted_at > $now - interval 36 hours
        group by night
        order by night desc
        limit 1
        """,
        {"now": now},
    ).fetchall()
    if not rows:
        return ""
    night, count, minutes, which = rows[0]
    return f"{count} questions of the night of {night} wait: its {minutes:g} minutes of the model were used ({which})"
