"""What all our DAGs have in common."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import Param


class Tag(StrEnum):
    """Tags of our DAGs in the web UI."""

    CODEX = "codex-dreams"
    AWAKE = "awake"
    ASLEEP = "asleep"
    LANGUAGE_MODEL = "language-model"
    UPKEEP = "upkeep"


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "codex-dreams",
    "retries": 2,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
}

BY_HAND: dict[str, Param] = {
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="As of",
        description="The instant the run works for; empty: now. Travels along the chain of assets.",
    ),
    "asleep": Param(
        None,
        type=["null", "boolean"],
        title="Asleep",
        description="Whether replay sleeps. Empty: a run by hand naps, and what it wakes stays awake. "
        "True: the whole chain sleeps.",
    ),
}
