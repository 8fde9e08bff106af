"""How alike is alike? Cosines of different embedding models lie in different ranges; this measures the range.

Fixed pairs of sentences are embedded: some that have nothing to do with each other, some that say the same in other
words. What the model gives for them is the floor and the ceiling of likeness (dbt macro `similarity`).
"""

from __future__ import annotations

from typing import NamedTuple

from include.language_model.model import LanguageModel

SAME = (
    (
        "The database connection pool ran out during the release.",
        "During the release the pool of database connections was exhausted.",
    ),
    ("I planted tomatoes in the allotment this morning.", "This morning I put tomato plants into the allotment bed."),
    ("Use git rebase to rewrite the commits of a branch.", "With git rebase the commits of a branch can be rewritten."),
    ("My mother called from the hospital, she is worried.", "Mother rang me from the hospital and sounds worried."),
    ("The train to Berlin was forty minutes late.", "Our train arrived in Berlin forty minutes late."),
    ("Learned how to index a jsonb column in PostgreSQL.", "How to create an index on a jsonb column in PostgreSQL."),
    ("Running slowly for an hour builds endurance.", "An hour of slow running builds up endurance."),
    ("We decided to postpone the launch by one week.", "The launch is postponed by one week, we decided."),
)
UNRELATED = (
    ("The database connection pool ran out during the release.", "I planted tomatoes in the allotment this morning."),
    ("Use git rebase to rewrite the commits of a branch.", "My mother called from the hospital, she is worried."),
    ("The train to Berlin was forty minutes late.", "Learned how to index a jsonb column in PostgreSQL."),
    ("Running slowly for an hour builds endurance.", "We decided to postpone the launch by one week."),
    ("Buy olive oil and bread on the way home.", "The retry logic doubles the waiting time after each failure."),
    ("She plays the cello in a quartet on Sundays.", "Compress the images before uploading them to the server."),
    ("The lease of the flat ends in March.", "A hash map gives constant time lookups on average."),
    ("He apologised, and we are friends again.", "Set the oven to two hundred degrees."),
)


class Range(NamedTuple):
    """Mean cosine of unrelated texts (floor) and of texts that say the same (ceiling)."""

    floor: float
    ceiling: float


def calibrate(model: LanguageModel) -> Range:
    """Measure the model's range of likeness; deterministic for a deterministic model. At least 0.05 wide."""
    texts = sorted({text for pair in (*SAME, *UNRELATED) for text in pair})
    vectors = dict(zip(texts, model.embed(texts, "document"), strict=True))

    def mean_cosine(pairs: tuple[tuple[str, str], ...]) -> float:
        return sum(float(vectors[a] @ vectors[b]) for a, b in pairs) / len(pairs)

    floor = round(mean_cosine(UNRELATED), 4)
    return Range(floor, max(round(mean_cosine(SAME), 4), round(floor + 0.05, 4)))
