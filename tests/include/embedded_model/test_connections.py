"""Dreams bring two ideas together by what they share below the surface."""

import pytest

from include.embedded_model.connections import Idea, connect

ABORT = Idea("Abort a rebase: git rebase --abort brings the branch back.", "git", ("rebase", "abort"))
REVIVE = Idea("A forgotten sourdough can be revived by feeding it for three days.", "cooking", ("sourdough",))
STONE = Idea("Basalt is dark.", "geology", ("basalt",))
SQUASH = Idea("Undo a rebase: reset the branch with git.", "git", ("rebase", "branch"))


def test_a_shared_role_is_found_behind_different_words():
    found = connect(ABORT, REVIVE)
    assert found.theme == "undoing"
    assert "abort" in found.text
    assert "revived" in found.text


def test_a_bridge_is_named_with_both_fields_and_more_plausible_than_roles_that_differ():
    bridged = connect(STONE, Idea("Salt keeps fish for months.", "cooking", ("salt",)), "crystal")
    assert bridged.theme == "crystal"
    for part in ("crystal", "geology", "cooking", "Basalt is dark", "Salt keeps fish"):
        assert part in bridged.text
    crossed = connect(ABORT, Idea("Wait a day before you answer.", "work", ()))
    assert bridged.plausibility > crossed.plausibility


def test_both_ideas_are_named():
    for first, second in ((ABORT, REVIVE), (ABORT, STONE), (STONE, Idea("Chalk is white.", "geology", ()))):
        text = connect(first, second).text
        assert text.count("\u201c") >= 2
        assert first.gist.split(":")[0].rstrip(".")[:20] in text
        assert second.gist.split(":")[0].rstrip(".")[:20] in text


def test_a_shared_role_is_more_plausible_than_a_carried_one_and_that_more_than_none():
    shared, carried = connect(ABORT, REVIVE), connect(ABORT, STONE)
    none = connect(STONE, Idea("Chalk is white.", "art", ()))
    assert shared.plausibility > carried.plausibility > none.plausibility


def test_the_less_two_ideas_share_on_the_surface_the_newer_is_their_link():
    assert connect(ABORT, REVIVE).novelty > connect(ABORT, SQUASH).novelty


@pytest.mark.parametrize(
    "idea", [Idea("", "", ()), Idea("x" * 5000, "y" * 5000, ("z" * 5000,)), Idea("\n", " ", (" ",))]
)
def test_any_ideas_get_a_bounded_text_and_a_theme(idea):
    for other in (idea, ABORT):
        found = connect(idea, other)
        assert 20 <= len(found.text) <= 600
        assert 1 <= len(found.theme) <= 120
        assert 0 <= found.plausibility <= 1
        assert 0 <= found.novelty <= 1


def test_the_wording_varies_from_pair_to_pair():
    others = [Idea(f"Undo step {number} of the plan.", "work", ()) for number in range(8)]
    openings = {connect(ABORT, other).text.split("\u201c")[0] for other in others}
    assert len(openings) > 1


def test_a_dozen_dreams_about_one_role_do_not_end_in_the_same_words():
    others = [Idea(f"Undo step {number} of the plan.", "work", ()) for number in range(12)]
    dreams = [connect(ABORT, other) for other in others]
    assert {dream.theme for dream in dreams} == {"undoing"}
    endings = [dream.text.split(". ")[-1] for dream in dreams]
    assert max(endings.count(ending) for ending in endings) <= 4
    assert len(set(endings)) >= 6
