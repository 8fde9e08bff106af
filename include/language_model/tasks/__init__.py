"""The tasks that a rhythm asks, by name. Each lives in a file of its own."""

from __future__ import annotations

from typing import Any

from include.language_model.task import ModelTask
from include.language_model.tasks.dream import DREAM
from include.language_model.tasks.dream_choice import DREAM_CHOICE
from include.language_model.tasks.pattern_discovery import PATTERN_DISCOVERY
from include.language_model.tasks.perceive import PERCEIVE
from include.language_model.tasks.relate import RELATE
from include.language_model.tasks.semantic_summary import SEMANTIC_SUMMARY
from include.language_model.tasks.thread import THREAD

TASKS: dict[str, ModelTask[Any, Any]] = {
    task.name: task
    for task in (
        PERCEIVE,
        RELATE,
        PATTERN_DISCOVERY,
        SEMANTIC_SUMMARY,
        DREAM,
        DREAM_CHOICE,
        THREAD,
    )
}
"""Task name → task."""
