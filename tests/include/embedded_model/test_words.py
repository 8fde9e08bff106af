"""Language, stems and how common words are."""

import pytest
import wordfreq

from include.embedded_model import words
from include.embedded_model.words import UNKNOWN_ZIPF, language_of, lemma, singular, stem, words_of, zipf


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The meeting was long and we have not decided yet.", "en"),
        ("Heute war ein schöner Tag und ich habe nicht gearbeitet.", "de"),
        ("Je suis allé au marché avec ma sœur et nous avons mangé.", "fr"),
        ("Hoy he ido al mercado con mi hermana porque no hay pan.", "es"),
        ("git commit --amend", "en"),
        ("", "en"),
        ("会议很长。", "en"),
    ],
)
def test_a_language_is_told_by_its_words_of_grammar_and_is_english_in_doubt(text, language):
    assert language_of(text) == language


def test_inflected_forms_share_a_stem():
    assert stem("running") == stem("runs") == stem("ran")
    assert stem("Häuser".lower(), "de") == stem("haus", "de")
    assert stem("cat") != stem("dog")


def test_a_word_knows_its_forms_and_where_it_stands():
    (first, second) = words_of("Anna\u2019s notes")
    assert (first.text, first.lower, first.base, first.capital, first.start) == (
        "Anna\u2019s",
        "anna's",
        "anna",
        True,
        0,
    )
    assert (second.base, second.lemma, second.start) == ("notes", "note", 7)


def test_common_words_are_commoner_than_rare_and_unknown_ones():
    assert zipf("the") > zipf("meeting") > zipf("sourdough") >= UNKNOWN_ZIPF == zipf("xqzzt")


def test_words_of_grammar_are_marked():
    assert [word.grammatical for word in words_of("the cat isn't there")] == [True, False, True, True]


def test_only_regular_plurals_become_singular():
    assert [singular(word) for word in ("notes", "queries", "bus", "analysis", "css", "status")] == [
        "note",
        "query",
        "bus",
        "analysis",
        "css",
        "status",
    ]


def test_a_dictionary_form_mends_irregular_verbs():
    assert lemma("went") == "go"


def test_an_endless_word_is_cut():
    assert len(words_of("a" * 10_000)[0].text) == 60


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_frequencies_are_wordfreqs(language: str) -> None:
    assert words._frequencies(language) == wordfreq.get_frequency_dict(language, wordlist="small")
