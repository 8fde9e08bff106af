"""The deadline of a rhythm (Airflow 3's successor of the SLA), from the moment a run is queued."""

from __future__ import annotations

from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback  # type: ignore[attr-defined]

from include.rhythms.catalogue import Rhythm

RECORD = "codex_dreams.callbacks.deadline.record_deadline_miss"


def deadline(rhythm: Rhythm) -> DeadlineAlert:
    """Queued time plus the rhythm's deadline: runs woken by assets have no logical date to count from."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=rhythm.deadline,
        callback=SyncCallback(RECORD, kwargs={"rhythm": rhythm.dag_id}),
        name=f"{rhythm.dag_id} within {rhythm.deadline}",
    )
