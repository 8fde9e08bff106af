"""On real notes and conversations: figures spread, and vectors find what is asked for.

The inputs are not part of the repository; without them these tests are skipped.
"""

import hashlib
import importlib.util
import json
import sys
from statistics import mean, pstdev

import numpy as np
import pytest

from include.embedded_model.model import EmbeddedModel
from include.language_model.memory_text import MemoryText
from include.language_model.tasks import TASKS
from include.settings import REPOSITORY

INPUTS = REPOSITORY.parent / "shared" / "data"

pytestmark = [
    pytest.mark.real_notes,
    pytest.mark.skipif(not INPUTS.is_dir(), reason="the real inputs are not on this machine"),
]


@pytest.fixture(scope="module")
def notes():
    rows = [json.loads(line) for line in (INPUTS / "til_notes.jsonl").read_text(encoding="utf-8").splitlines()]
    return sorted(rows, key=lambda row: hashlib.sha256(row["path"].encode()).hexdigest())


@pytest.fixture(scope="module")
def evaluation():
    spec = importlib.util.spec_from_file_location("retrieval_eval", INPUTS / "retrieval_eval.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def conversations(evaluation):
    return evaluation.load(INPUTS / "locomo_dev.json")[0]


class Cosine:
    def index(self, memories):
        self.ids = [memory["id"] for memory in memories]
        self.rows = EmbeddedModel().embed([memory["content"] for memory in memories], "document")

    def search(self, question, k):
        scores = self.rows @ EmbeddedModel().embed([question], "query")[0]
        return [self.ids[position] for position in np.argsort(-scores, kind="stable")[:k]]


def as_memory(row):
    return MemoryText(**{key: row[key] for key in ("content", "context", "summary", "tags", "created_at")})


def test_importance_spreads_and_no_value_dominates(notes, conversations):
    turns = [MemoryText(content=turn["content"]) for talk in conversations for turn in talk["memories"][::12]]
    answers = [TASKS["perceive"].embedded(memory) for memory in [*map(as_memory, notes[:150]), *turns]]
    for field, least in (("importance", 0.12), ("arousal", 0.08), ("urgency", 0.04)):
        values = [getattr(answer, field) for answer in answers]
        assert pstdev(values) >= least, field
        assert max(values.count(value) for value in set(values)) < 0.1 * len(values), field
    assert 0.35 <= mean(answer.importance for answer in answers) <= 0.6


def test_gists_are_long_enough_and_nobody_is_left_without_one(notes):
    task = TASKS["semantic_summary"]
    rows = [{key: row[key] for key in ("content", "context", "summary", "tags")} for row in notes[:150]]
    gists = [task.embedded(task.input_type(**row)).gist for row in rows]
    assert min(map(len, gists)) >= 20
    assert len(set(gists)) == len(gists)


def test_vectors_find_the_evidence_of_long_conversations(evaluation, conversations):
    figures = evaluation.evaluate(Cosine(), conversations)["overall"]["macro"]
    assert figures["recall@10"] >= 0.54  # words alone (BM25) reach 0.51
    assert figures["ndcg@10"] >= 0.41  # BM25: 0.38


def test_vectors_find_a_note_by_its_summary(notes):
    texts = [row["content"].split("\n", 1)[-1] if row["content"].startswith("#") else row["content"] for row in notes]
    scores = (
        EmbeddedModel().embed([row["summary"] for row in notes[:300]], "query")
        @ EmbeddedModel().embed(texts, "document").T
    )
    ranks = [1 + int((row > row[position]).sum()) for position, row in enumerate(scores)]
    assert mean(1 / rank for rank in ranks) >= 0.72
