"""What the store holds that the lake may not know of: counted by PostgreSQL, which has the indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from include.store.contract import NOT_SUPPRESSED, in_calendar, read_contract

_RECALLS = "SELECT count(*) FROM codex_processed.retrievals WHERE retrieval_id > %s AND retrieved_at <= %s"
_PUBLICATIONS = """
    SELECT count(*) FROM codex_processed.publications
    WHERE table_name <> 'memory_journey' AND published_at > coalesce(
        (SELECT published_at FROM codex_processed.publications WHERE table_name = 'memory_journey'), '-infinity'
    )
"""


@dataclass(frozen=True)
class StoreNews:
    """What was found in the store; None where nobody looked. The fields are those of the lake's `control.store_news`.

    `memories`: rows that may be learned from; `latest`: when one was last written; `is_dated`: whether the source says
    so; `recalls`: retrievals that were not taken in; `publications`: tables published since the journeys were.
    """

    memories: int | None = None
    latest: datetime | None = None
    is_dated: bool | None = None
    recalls: int | None = None
    publications: int | None = None


NOTHING_TOLD = StoreNews()


def source_news(store: psycopg.Connection[Any]) -> StoreNews:
    """How many memories the source holds, and when one was last written.

    Raises CodexError that says what the source lacks.
    """
    is_dated = read_contract(store).has("updated_at")
    latest = in_calendar("max(updated_at)") if is_dated else "NULL::timestamptz"
    [(memories, written_at)] = store.execute(f"SELECT count(*), {latest} FROM public.memories {NOT_SUPPRESSED}")
    if written_at is not None and written_at.tzinfo is None:
        written_at = written_at.replace(tzinfo=UTC)  # a column without a zone, as the models read it
    return StoreNews(memories=memories, latest=written_at, is_dated=is_dated)


def recalls_since(store: psycopg.Connection[Any], last_recall: int, until: datetime) -> int:
    """How many retrievals readers wrote after one, up to an instant."""
    [(recalls,)] = store.execute(_RECALLS, [last_recall, until])
    return int(recalls)


def publications_since_journeys(store: psycopg.Connection[Any]) -> int:
    """How many served tables were published since the journeys of memories were."""
    [(publications,)] = store.execute(_PUBLICATIONS)
    return int(publications)
