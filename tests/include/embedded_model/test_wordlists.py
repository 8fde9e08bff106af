"""The word lists and how terms are found in a row of words."""

import pytest

from include.embedded_model import wordlists
from include.embedded_model.wordlists import PhraseIndex

LISTS = sorted(path.stem for path in wordlists.LEXICON.glob("*.txt"))


def test_the_lists_that_answers_rest_on_are_there():
    assert {"cues", "domains", "schemas", "tools", "weak_words", "feelings"} <= set(LISTS)


@pytest.mark.parametrize("name", LISTS)
class TestList:
    def test_it_says_what_it_is(self, name):
        assert (wordlists.LEXICON / f"{name}.txt").read_text(encoding="utf-8").startswith("# ")

    def test_it_names_nothing_twice(self, name):
        groups = wordlists.sections(name) or {"": wordlists.terms(name)}
        for section, members in groups.items():
            assert len(members) == len(set(members)), section


def test_a_feeling_has_a_valence_between_minus_4_and_4():
    assert all(-4 <= float(value[0]) <= 4 for value in wordlists.table("feelings").values())


def test_terms_of_several_words_are_found_longest_first():
    index = PhraseIndex([(["new", "york"], "city"), (["new"], "fresh"), (["york"], "ham")])
    words = ["a", "new", "york", "day"]
    assert list(index.find(words)) == [(1, 3, "city"), (1, 2, "fresh"), (2, 3, "ham")]
    assert list(index.find_apart(words)) == [(1, 3, "city")]


def test_a_term_cut_off_by_the_end_is_not_found():
    assert list(PhraseIndex([(["new", "york"], "city")]).find(["new"])) == []
