"""Reading Markdown: prose, code, addresses, lists."""

import pytest

from include.embedded_model import prose
from include.embedded_model.prose import ANALYSED_CHARACTERS, read, sentences_of, shortened


def kinds(text):
    return [(block.kind, read(text).written(block.text)) for block in read(text).blocks]


def test_headings_paragraphs_items_and_quotes_are_told_apart():
    note = "# Bread\n\nMix it all.\n\n- flour\n- water\n\n> Patience!\n"
    assert kinds(note) == [
        ("heading", "Bread"),
        ("paragraph", "Mix it all."),
        ("item", "flour"),
        ("item", "water"),
        ("quote", "Patience!"),
    ]


def test_code_blocks_are_not_prose():
    note = read("Run this:\n\n```bash\n$ git commit\n```\n\nDone.")
    assert note.code == ("$ git commit\n",)
    assert [block.text for block in note.blocks] == ["Run this:", "Done."]


@pytest.mark.parametrize(
    "source", ["def fib(n):\n    return n", "SELECT a FROM b;", "$ ls -la", "x = 1\ny = 2", "foo();"]
)
def test_code_without_a_fence_is_known_by_its_lines(source):
    assert read(source).code
    assert not read(source).blocks


@pytest.mark.parametrize(
    "said",
    [
        "from now on: no sugar (really)",
        "For my birthday (May 3) we met.",
        "import taxes went up",
        "if only = sigh, said he",
    ],
)
def test_prose_that_begins_like_code_stays_prose(said):
    assert read(said).blocks


def test_a_code_span_is_put_back_for_the_reader_and_left_out_for_the_analysis():
    note = read("Use `git rebase` to tidy up.")
    text = note.blocks[0].text
    assert note.terms == ("git rebase",)
    assert note.written(text) == "Use git rebase to tidy up."
    assert note.without_code(text) == "Use to tidy up."


def test_addresses_are_shown_by_their_host():
    note = read("See https://www.example.org/a/b?c=d for more.")
    assert note.written(note.blocks[0].text) == "See example.org for more."
    assert note.addresses == ("https://www.example.org/a/b?c=d",)


def test_an_angle_bracket_is_no_tag():
    assert kinds("Press <Esc> twice.<br>Then quit.") == [("paragraph", "Press <Esc> twice. Then quit.")]


def test_boxes_of_a_to_do_list_are_open_or_ticked():
    assert [(block.text, block.done) for block in read("- [ ] call\n- [x] pay\n- rest").blocks] == [
        ("call", False),
        ("pay", True),
        ("rest", None),
    ]


def test_wrapped_lines_are_one_sentence_and_short_lines_stand_alone():
    wrapped = "This line was broken by an editor at some width or other\nbefore it came to its end, as lines are."
    assert len(read(wrapped).blocks) == 1
    assert [block.text for block in read("Milk\nEggs\nBread").blocks] == ["Milk", "Eggs", "Bread"]


def test_front_matter_is_not_part_of_the_note():
    assert kinds("---\ntitle: x\ntags: [a]\n---\nHello there.") == [("paragraph", "Hello there.")]


def test_control_and_private_use_characters_are_dropped():
    assert read("a\x00b\ue000c\r\nd").blocks[0].text == "abc d"


def test_a_long_note_is_read_by_head_and_tail():
    assert len(shortened("a" * 10**6, ANALYSED_CHARACTERS)) == ANALYSED_CHARACTERS + 2
    assert shortened("head" + "x" * 10**6 + "tail", 100).startswith("head")
    assert shortened("head" + "x" * 10**6 + "tail", 100).endswith("tail")


def test_abbreviations_do_not_end_a_sentence():
    text = "Dr. Weber came at 3.5 p.m. today. He left."
    assert sentences_of(text, "en")[-1] == "He left."
    assert sentences_of("Das gilt z. B. hier. Und dort.", "de")[-1] == "Und dort."


def test_more_code_spans_than_there_are_placeholders_do_no_harm(monkeypatch):
    monkeypatch.setattr(prose, "_LAST_PLACEHOLDER", prose._FIRST_PLACEHOLDER + 1)
    assert read("`a` and `b` and `c`").written(read("`a` and `b` and `c`").blocks[0].text).startswith("a and")
