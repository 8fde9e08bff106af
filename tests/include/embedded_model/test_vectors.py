"""Vectors: length 1, finite, alike for texts that say alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.embedded_model.model import EmbeddedModel
from include.embedded_model.vectors import DIMENSION, features

MODEL = EmbeddedModel()


def document(*texts):
    return MODEL.embed(texts, "document")


def alike(first, second):
    one, other = document(first, second)
    return float(one @ other)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=4), st.sampled_from(["document", "query"]))
def test_every_text_gives_a_finite_row_of_length_1(texts, kind):
    rows = MODEL.embed(texts, kind)
    assert rows.shape == (len(texts), DIMENSION)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_text_gives_no_row():
    assert MODEL.embed([], "document").shape == (0, DIMENSION)


@pytest.mark.parametrize("kind", ["document", "query"])
def test_texts_without_words_share_one_fixed_row(kind):
    rows = MODEL.embed(["", "   ", "...", "the of and", "🙂"], kind)
    assert (rows == rows[0]).all()


def test_a_vector_depends_on_its_own_text_alone():
    assert (document("green tea", "black tea")[0] == document("green tea")[0]).all()


def test_equal_texts_are_equal():
    assert alike("The invoice export is slow.", "The invoice export is slow.") == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "paraphrase", "stranger"),
    [
        (
            "The deploy failed because the table was locked.",
            "A locked table made the deployment fail.",
            "We hiked to the lake at dawn.",
        ),
        (
            "My daughter started school today.",
            "First day at school for our girl, my daughter.",
            "Compress images before the upload.",
        ),
        (
            "Feed the sourdough starter twice a day.",
            "A starter for sourdough wants feeding two times daily.",
            "Rebase the branch on main.",
        ),
        ("Ich habe die Häuser am See gesehen.", "Das Haus am See war schön.", "Der Server antwortet langsam."),
        (
            "I bought a new bicycle for the commute.",
            "Buying bicycles for commuting is worth it.",
            "The lawyer sent the contract.",
        ),
    ],
)
def test_a_paraphrase_is_nearer_than_a_stranger(text, paraphrase, stranger):
    assert alike(text, paraphrase) > alike(text, stranger) + 0.1


def test_fields_of_knowledge_bring_texts_together_that_share_no_word():
    music = document("She plays the guitar.", "A violin concert.", "The choir sang.", "Piano lessons.", "A new album.")
    money = document(
        "A tax return.", "The mortgage of the bank.", "Invest your savings.", "Debt and loans.", "Pension insurance."
    )
    within = [float(music[i] @ music[j]) for i in range(5) for j in range(i)]
    across = [float(row @ other) for row in music for other in money]
    assert sum(within) / len(within) > sum(across) / len(across) + 0.05


def test_letters_bring_misspellings_and_compounds_near():
    assert (
        alike("Abrechnungsmigration", "Abrechnungsmigrationen planen")
        > alike("Abrechnungsmigration", "Zimmerpflanzen giessen") + 0.1
    )


def test_a_question_finds_its_note_among_others():
    notes = [
        "Anna: I adopted a puppy from the shelter last week, she is called Mira.",
        "Ben: Wow, great!",
        "Anna: The new job starts in May, I will move to Lisbon.",
        "Ben: My violin teacher wants me to play in the orchestra.",
        "Anna: That sounds lovely, Ben!",
    ]
    queries = ["Which pet did Anna adopt?", "Where does Anna move for her job?", "What instrument does Ben play?"]
    scores = MODEL.embed(queries, "query") @ document(*notes).T
    assert scores.argmax(axis=1).tolist()[:2] == [0, 2]
    assert scores[2].argmax() == 3


def test_a_query_prefers_a_full_answer_to_a_bare_name():
    scores = (
        MODEL.embed(["What did Caroline paint?"], "query")
        @ document("Caroline: Wow!", "Caroline: I finished to paint the sunset over the lake with the new colours.").T
    )
    assert scores[0, 1] > scores[0, 0]


def test_a_long_text_is_embedded_in_bounded_time_and_by_its_head_and_tail():
    long = "violin " * 3000 + "filler words here " * 50_000 + "cello " * 3000
    assert {"w violin", "w cello"} <= set(features(long, "document"))
    assert len(features(long, "document")) < 100
