"""Targets for stages and for Airflow's processes; deadlines and backlog are in `include/rhythms/catalogue.py`.

The performance targets are the original specification's figures; how each is measured is said beside it
(`include/monitoring/slas/measures.py` does it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


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

SILENCE = timedelta(seconds=60)
"""How long Airflow's scheduler, DAG processor or triggerer may be without a sign of life. They give one every five
seconds; a machine under load gives it late."""
