"""Who, what and where a text names."""

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.entities import organisations, people, places, tools


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Met with Priya and Tom about the offer.", ("Priya", "Tom")),
        ("Dr. Weber said the knee is fine.", ("Weber",)),
        ("Called mom. Dad's surgery went well.", ("mom", "dad")),
        ("My colleague Katarzyna helped me, my sister did not.", ("Katarzyna", "sister")),
        ("Thanks, Mark! See you.", ("Mark",)),
        ("Read a book by Donella Meadows.", ("Donella Meadows",)),
        ("@lena will bring the cake.", ("lena",)),
        ("Jon: hi Gina!", ("Jon", "Gina")),
        ("Streit mit Jonas über das Auto.", ("Jonas",)),
        ("The mark on the wall is gone in May.", ()),
        ("Nothing happened on Monday in Paris.", ()),
        ("Frankly, it will rain.", ()),
    ],
)
def test_people(text, expected):
    assert people(analyse(text)) == expected


def test_software_is_nobody():
    note = "With Docker and Kubernetes we ship faster. Jenkins said no. Ruby is nice.\n\n```ruby\nputs 1\n```"
    assert people(analyse(note, tags=("devops",))) == ()


def test_a_credit_in_a_technical_note_names_a_person():
    assert people(analyse("Use `sort -u`.\n\n```bash\n$ sort -u\n```\n\nh/t Katarzyna Nowak")) == ("Katarzyna Nowak",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I started with Postgres and git, then moved to VS Code.", ("PostgreSQL", "Git", "VS Code")),
        ("Go home and take a rest, my cat is at the top of the notion of sleep.", ()),
        ("Run it.\n\n```bash\n$ docker ps\n```", ("Docker",)),
    ],
)
def test_tools(text, expected):
    assert tools(analyse(text)) == expected


def test_a_tag_names_a_tool():
    assert tools(analyse("Split windows with a shortcut.", tags=("tmux",))) == ("tmux",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Signed the contract with Siemens and the University of Lisbon.", ("Siemens", "University of Lisbon")),
        ("I work at Zyntra now.", ("Zyntra",)),
        ("Target reached: the shell is broken.", ()),
    ],
)
def test_organisations(text, expected):
    assert organisations(analyse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trip to Lisbon, then a hotel in New York.", ("Lisbon", "New York")),
        ("We sat in the kitchen, later at the office.", ("kitchen", "office")),
        ("Heute im Garten gearbeitet und nicht im Büro.", ("Garten", "Büro")),
        ("I leave work late.", ()),
        ("We hiked near Zermatten.", ("Zermatten",)),
    ],
)
def test_places(text, expected):
    assert places(analyse(text)) == expected


def test_a_technical_note_has_no_rooms():
    assert places(analyse("Look it up in the library and in the store.\n\n```js\nlet a = 1\n```")) == ()


def test_names_are_few_and_short():
    crowd = " ".join(f"Met with Anna{number} Bx{number}." for number in range(50)) + " @" + "a" * 400
    assert len(people(analyse(crowd))) <= 20
    assert all(len(name) <= 120 for name in people(analyse(crowd)))
