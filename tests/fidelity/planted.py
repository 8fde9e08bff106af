"""Planted streams: memories whose features are known beforehand, and a model that answers them as they were planted.

The answers go the way of all answers (request models, the operator's enricher, the answer ledger); what the pipeline
makes of them is what the properties look at.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import numpy as np

from include.language_model.choice import embedded_model
from include.language_model.model import Answered, Call, Identity, InvalidAnswerError, Kind, Purpose
from tests.perceived import PERCEIVED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.language_model.task import ModelTask, TaskInput

DIMENSION = 128
"""Numbers in a planted vector: enough for subjects that have nothing in common, few enough to be fast."""

NAMESPACE = UUID("0d6f3c5e-6a44-4a57-9d2c-0c8e9a2f7b11")


@dataclass(frozen=True)
class Note:
    """A memory, and what a model would see in it."""

    content: str
    created_at: datetime
    importance: float = 0.5
    urgency: float = 0.3
    arousal: float = 0.2
    valence: float = 0.0
    goal: str | None = "keep notes"
    topics: tuple[str, ...] = ()
    category: str = "notes"
    vector: tuple[float, ...] | None = None
    cannot_be_answered: bool = False

    @property
    def memory_id(self) -> UUID:
        """Stable, so that figures are the same at every run."""
        return uuid5(NAMESPACE, self.content)


def direction(*parts: tuple[str, float]) -> tuple[float, ...]:
    """A unit vector made of named directions with weights; names that differ have next to nothing in common."""
    total = np.zeros(DIMENSION)
    for name, weight in parts:
        total += weight * _unit(name)
    return tuple(float(value) for value in total / np.linalg.norm(total))


@cache
def _unit(name: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    drawn = np.random.default_rng(seed).standard_normal(DIMENSION)
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn)
    return unit


class PlantedModel:
    """Answers planted memories as planted; anything else (calibration, gists, dreams) as the embedded model does."""

    concurrency = 1
    embedding_batch = 512

    def __init__(self, notes: Iterable[Note]) -> None:
        self._notes = {note.content: note for note in notes}
        self._embedded = embedded_model()

    def plant(self, notes: Iterable[Note]) -> None:
        """Know more memories."""
        self._notes |= {note.content: note for note in notes}

    def identity(self, purpose: Purpose) -> Identity:
        """One model for both purposes."""
        return Identity("planted", "1")

    def embed(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Planted vectors; where none was planted, the embedded model's, brought to as many numbers."""
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        unplanted = [index for index, text in enumerate(texts) if self._vector(text) is None]
        if unplanted:
            wide = self._embedded.embed([texts[index] for index in unplanted], kind) @ _projection()
            rows[unplanted] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
        for index, text in enumerate(texts):
            vector = self._vector(text)
            if vector is not None:
                rows[index] = vector
        return rows

    def responds(self, purpose: Purpose) -> bool:
        """Always."""
        return True

    def _vector(self, text: str) -> tuple[float, ...] | None:
        note = self._notes.get(text)
        return note.vector if note else None

    def answer(self, task: ModelTask[Any, Any], task_input: TaskInput) -> Answered:
        """Always valid, unless the memory was planted as one that cannot be answered."""
        note = self._notes.get(str(getattr(task_input, "content", None)))
        if note is None:
            return self._embedded.answer(task, task_input)
        if note.cannot_be_answered:
            raise InvalidAnswerError("planted as a memory that no model can answer")
        return Answered(task.answer_type.model_validate(self._as_planted(task.name, note)), Call(latency_ms=0.0))

    def _as_planted(self, task: str, note: Note) -> dict[str, Any]:
        if task == "perceive":
            return PERCEIVED | {
                "gist": f"What is worth keeping of it: {note.content}."[:400],
                "goal": note.goal,
                "importance": note.importance,
                "urgency": note.urgency,
                "arousal": note.arousal,
                "valence": note.valence,
                "sentiment": "neutral" if note.valence == 0 else "positive" if note.valence > 0 else "negative",
                "topics": list(note.topics),
            }
        if task == "relate":
            return {"relations": (), "closes": (), "insight": None}
        if task == "semantic_summary":
            return {
                "gist": f"What is known of it: {note.content}.",
                "category": note.category,
                "cortical_region": "association",
                "knowledge_type": "declarative",
                "abstraction_level": 2,
                "concepts": list(note.topics),
            }
        return {}


@cache
def _projection() -> NDArray[np.float32]:
    """From the embedded model's vectors to DIMENSION numbers; cosines stay about what they were (Johnson 1984)."""
    drawn = np.random.default_rng(1984).standard_normal((512, DIMENSION)) / math.sqrt(DIMENSION)
    return drawn.astype(np.float32)
