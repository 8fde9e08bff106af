"""Changes of mind between two notes: a shared subject and words that say so, never a cue word alone."""

from __future__ import annotations

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.changes import change_between, changes

CHANGED = [
    (
        "I love Earl Grey in the morning, it calms me.",
        "Went off Earl Grey, it tastes like soap now.",
        "preference changed",
    ),
    ("The meeting with the printer is on Tuesday at ten.", "The printer moved the meeting to Thursday.", "plan moved"),
    (
        "I run six kilometres every morning before work.",
        "From now on I run in the evening, mornings are too dark.",
        "habit changed",
    ),
    (
        "Anna lives in Berlin and works at the observatory.",
        "Anna moved to Lisbon, she no longer lives in Berlin and works at the observatory.",
        "fact corrected",
    ),
    ("I use Todoist for all my lists.", "Switched from Todoist to a paper notebook for my lists.", "habit changed"),
    (
        "I hate horror films, they keep me awake.",
        "I love horror films now, the old ones at least.",
        "preference changed",
    ),
    ("We eat meat nearly every day.", "We stopped eating meat in January, only fish on Sundays.", "habit changed"),
    (
        "I can't stand jazz, it makes me nervous.",
        "Grew to like jazz after the concert in the park.",
        "preference changed",
    ),
    (
        "Kneading is what my bread lacks, I need to knead longer.",
        "Turns out it isn't kneading that my bread lacks, it's time.",
        "fact corrected",
    ),
    ("The flight to Oslo leaves on Friday.", "The flight to Oslo was cancelled, we go by train.", "plan moved"),
    ("Ich trinke jeden Tag drei Tassen Kaffee.", "Ich trinke keinen Kaffee mehr, nur noch Tee.", "habit changed"),
    ("Das Treffen mit Hanna ist am Samstag.", "Das Treffen mit Hanna ist auf Sonntag verschoben.", "plan moved"),
    (
        "My favourite place to write is the café on Mill Lane.",
        "The café on Mill Lane has become too loud, I prefer to write in the library instead.",
        "preference changed",
    ),
    (
        "The allotment gets watered every evening with plenty of water.",
        "I no longer water the allotment every evening, a little each morning is better.",
        "habit changed",
    ),
    ("I keep my little bakery open, it is my dream.", "I no longer keep my little bakery open.", "habit changed"),
    ("I like green tea. It is soothing.", "I dislike green tea. It tastes of grass.", "preference changed"),
]
UNCHANGED = [
    ("I love Earl Grey in the morning, it calms me.", "Bought more Earl Grey, the big tin."),
    ("The meeting with the printer is on Tuesday at ten.", "The printer showed us paper samples instead of prices."),
    ("I run six kilometres every morning before work.", "Ran nine kilometres by the river, slowly."),
    ("Anna lives in Berlin and works at the observatory.", "Ben moved to Lisbon."),
    ("I use Todoist for all my lists.", "Switched the desk lamp from left to right."),
    ("I hate horror films, they keep me awake.", "I love comedies, they let me sleep."),
    (
        "Your help with the bakery means a lot to me.",
        "I won't give up, your help and your kind words mean a lot to me, too!",
    ),
    ("We eat meat nearly every day.", "The butcher on Quay Street closed, he was tired of it."),
    ("Das Treffen mit Hanna ist am Samstag.", "Hanna hat eine neue Stelle statt der alten."),
    (
        "My favourite place to write is the café on Mill Lane.",
        "Met Ruth at the café on Mill Lane instead of the station.",
    ),
    ("The flight to Oslo leaves on Friday.", "The flight to Oslo took two hours."),
    ("I rolled the pool change back from 60 to 40.", "The pool is closed on Mondays now."),
    ("Kneading is what my bread lacks.", "Bread number three: flat as a tile, sour."),
    (
        "Read about bread instead of sleeping. It isn't kneading that I lack, it's time.",
        "The best loaf I've ever made, and I made it by forgetting it.",
    ),
    ("The dentist is on Thursday at 14:30.", "The dentist's practice has a new chair."),
    (
        "The plant can't fetch calcium when the soil is dry, then drowned, then dry.",
        "Since I stopped drowning the soil and letting it go dry there hasn't been one black tomato.",
    ),
    (
        "After espero que comes the subjunctive: espero que estés bien.",
        "Pilar cancelled our lesson before I could and wrote: espero que tu madre se recupere pronto.",
    ),
]
TOOLS = [
    ("Use `git switch` to change branches, as in `git switch main`.", "Instead of `git switch`, `git checkout` works."),
    (
        "Rename a tmux session with `tmux rename-session`.",
        "If you no longer like the tmux session's name, `rename` it.",
    ),
]


@pytest.mark.parametrize(("earlier", "later", "kind"), CHANGED)
def test_a_change_is_found_with_what_was_before_and_after(earlier: str, later: str, kind: str) -> None:
    change = change_between(analyse(earlier), analyse(later))
    assert change is not None
    assert change.kind == kind
    assert change.before in earlier
    assert change.after in later
    assert change.subject


@pytest.mark.parametrize(("earlier", "later"), [*UNCHANGED, *TOOLS])
def test_a_cue_without_a_shared_subject_changes_nothing(earlier: str, later: str) -> None:
    assert change_between(analyse(earlier), analyse(later)) is None


def test_what_another_says_changes_nobodys_mind() -> None:
    hopes = analyse("Carla: I keep my little bakery open, it is my dream.")
    assert change_between(hopes, analyse("Ben: I no longer keep my little bakery open.")) is None
    assert change_between(hopes, analyse("Carla: I no longer keep my little bakery open.")) is not None


def test_among_several_notes_the_one_that_is_meant_is_changed() -> None:
    notes = [
        "I love Earl Grey in the morning, it calms me.",
        "I use Todoist for all my lists.",
        "My lists are long in the morning.",
    ]
    later = analyse("Switched from Todoist to a paper notebook for my lists.")
    assert [place for place, _ in changes([analyse(note) for note in notes], later)] == [1]
