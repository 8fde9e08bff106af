"""What memories have in common and where they disagree."""

from include.embedded_model.patterns import Patterns, find_patterns

REBASE = [
    ("Abort a rebase: git rebase --abort brings the branch back.", 0.9),
    ("Interactive rebase: squash commits of a branch before the merge.", 0.8),
    ("Rebase onto main: move the commits of a branch.", 0.7),
    ("Feed the sourdough starter with flour twice a day.", 0.2),
]


def test_a_shared_concept_is_named_with_how_often_and_where():
    found = find_patterns("Rebase before a merge keeps the history straight.", None, "I rebase a lot.", REBASE)
    assert found.patterns[0] == (
        "'rebase' comes up in 3 of 4 related memories: Abort a rebase; Interactive rebase; Rebase onto main."
    )


def test_two_adjacent_words_are_one_concept():
    associated = [(f"The dance studio {rest}.", 0.5) for rest in ("opened", "needs money", "has a floor")]
    found = find_patterns("Plans for the dance studio.", None, "", associated)
    assert found.patterns[0].startswith("'dance studio' comes up in 3 of 3")
    assert not any(pattern.startswith(("'dance' ", "'studio' ")) for pattern in found.patterns)


def test_concepts_that_go_together_are_an_insight():
    associated = [
        ("Rebase with submodules: stop early.", 0.9),
        ("Submodules in a rebase need care.", 0.8),
        ("Rebase daily.", 0.7),
        ("Deploy on Tuesdays.", 0.1),
    ]
    found = find_patterns("A rebase with many submodules.", None, "", associated)
    assert "Where 'submodules' comes up, 'rebase' comes up too (2 of 2 related memories)." in found.insights


def test_what_the_others_share_and_the_memory_leaves_out_is_an_insight():
    associated = [(f"The sourdough starter {rest}.", 0.5) for rest in ("sleeps", "smells", "grew")]
    found = find_patterns("Bread on Sundays.", None, "We bake bread.", associated)
    assert any("'sourdough starter' (3 of 3)" in insight for insight in found.insights)


def test_a_role_in_other_words_is_a_common_thread():
    associated = [("Revert a commit that was pushed.", 0.9), ("Rollback of the migration in one step.", 0.8)]
    found = find_patterns("Undo the last edit.", None, "", associated)
    assert any("common thread is undoing: 'undo' here, 'revert', 'rollback'" in pattern for pattern in found.patterns)


def test_predictions_put_the_condition_first():
    text = "If the dough is too warm, it rises too fast. The oven smokes whenever the tray is dirty. What if it rains?"
    assert find_patterns("Bread.", None, text, []).predictions == (
        "If the dough is too warm, then it rises too fast.",
        "Whenever the tray is dirty, the oven smokes.",
    )


def test_questions_wishes_and_stories_predict_nothing():
    text = (
        "Check if the door is open before you leave. If you want to see more, read the book. "
        "When the bell rang we all went home."
    )
    assert find_patterns("Door.", None, text, []).predictions == ()


def test_principles_are_lifted_and_say_what_one_should():
    text = "Always measure before you optimise the query. I always eat at noon with my friends. It was a nice day."
    assert find_patterns("Speed.", None, text, []).principles == ("Always measure before you optimise the query.",)


def test_opposite_outcomes_about_the_same_things_contradict():
    found = find_patterns(
        "The nightly invoice export works.",
        None,
        "The nightly invoice export works.",
        [("The nightly invoice export fails.", 0.5), ("The garden is green.", 0.5)],
    )
    assert len(found.contradictions) == 1
    assert "works" in found.contradictions[0]
    assert "fails" in found.contradictions[0]


def test_nothing_in_common_is_said_by_empty_lists():
    associated = [("Feed the cat.", 0.9), ("Quarterly tax report.", 0.8), ("Mountains of Peru.", 0.7)]
    assert find_patterns("Sort a list of words.", None, "Sort a list of words.", associated) == Patterns()
    assert find_patterns("", None, "", []) == Patterns()


def test_who_speaks_is_no_pattern():
    associated = [(f"Jon: {rest}", 0.5) for rest in ("The rent is high.", "My knee hurts.", "Rain again.")]
    assert find_patterns("Jon: I bought a boat.", None, "Jon: I bought a boat.", associated).patterns == ()


def test_the_order_of_associates_does_not_matter():
    first = find_patterns("Rebase before a merge.", None, "I rebase a lot.", REBASE)
    assert first == find_patterns("Rebase before a merge.", None, "I rebase a lot.", REBASE[::-1])
