"""All targets in one place: deadlines of runs, performance of stages, age of the backlog, signs of life.

Deadlines and backlog are DESIGN §4's. The performance targets are the original specification's figures; what each of
them is measured by is said beside it (`include/slas/measures.py` does it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DEADLINES = {
    "working_memory": timedelta(seconds=60),
    "insights": timedelta(minutes=5),
    "short_term_memory": timedelta(minutes=5),
    "hippocampal_replay": timedelta(minutes=15),
    "deep_sleep": timedelta(minutes=30),
    "rem_sleep": timedelta(minutes=30),
    "synaptic_homeostasis": timedelta(minutes=30),
    "maintenance": timedelta(hours=1),
    "health": timedelta(minutes=2),
}
"""From the moment a run is queued until it is done, by DAG."""


@dataclass(frozen=True)
class PerformanceTarget:
    """How fast a stage should be. `milliseconds` is the most that `what` may take."""

    subject: str
    milliseconds: float
    what: str


WORKING_MEMORY_QUERY = PerformanceTarget(
    "working-memory query", 50, "reading what is in mind (median of three reads of wm_active_attention)"
)
SHORT_TERM_PROCESSING = PerformanceTarget(
    "short-term processing", 200, "a model of short-term memory in dbt (median over the latest run)"
)
CONSOLIDATION_CYCLE = PerformanceTarget(
    "consolidation cycle", 5_000, "all models of hippocampal replay in dbt (sum over the latest run)"
)
ENRICHMENT = PerformanceTarget(
    "enrichment", 300, "an answer of the language model (median over the latest run that asked)"
)
PERFORMANCE = (WORKING_MEMORY_QUERY, SHORT_TERM_PROCESSING, CONSOLIDATION_CYCLE, ENRICHMENT)

BACKLOG_AGE = timedelta(minutes=30)
"""How long a memory may wait for its fate while working memory is awake; after that it has stalled."""

SILENCE = timedelta(seconds=60)
"""How long Airflow's scheduler, DAG processor or triggerer may be without a sign of life. They give one every five
seconds; a machine under load gives it late."""
