"""Which questions are about promises and changes of mind."""

from __future__ import annotations

import pytest

from include.answering.kept import intents


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What did I promise Ruth?", ("commitments",)),
        ("what do I owe Marek", ("commitments",)),
        ("What is still open?", ("commitments",)),
        ("What is due this week?", ("commitments",)),
        ("Was habe ich Ruth versprochen?", ("commitments",)),
        ("What did Anna promise?", ("commitments",)),
        ("What changed my mind?", ("changes",)),
        ("When did I change my mind about kneading?", ("changes",)),
        ("What did I promise, and what changed my mind?", ("commitments", "changes")),
        ("Worüber habe ich meine Meinung geändert?", ("changes",)),
        ("Why was the build slow?", ()),
        ("What did Anna say about the promise of spring?", ()),
        ("Who has the key to the open air cinema?", ()),
    ],
)
def test_what_a_question_asks_for(question: str, asked: tuple[str, ...]) -> None:
    assert intents(question) == asked
