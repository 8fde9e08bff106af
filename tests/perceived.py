"""A whole answer to the question that is asked of every memory, for tests that are about something else."""

from __future__ import annotations

from typing import Any

PERCEIVED: dict[str, Any] = {
    "gist": "Warm the cache first.",
    "gist_kind": "idea",
    "people": [],
    "organizations": [],
    "tools": [],
    "places": [],
    "topics": ["cache"],
    "goal": None,
    "tasks": [],
    "actions": [],
    "temporal_marker": None,
    "causal_links": [],
    "place": None,
    "place_frame": "unknown",
    "time_of_day": "unknown",
    "duration_minutes": None,
    "objects": [],
    "commitments": [],
    "task_type": "observation",
    "sentiment": "neutral",
    "valence": 0.0,
    "arousal": 0.1,
    "urgency": 0.0,
    "importance": 0.5,
    "confidence": 0.7,
}
"""As JSON has it."""
