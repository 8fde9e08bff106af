"""What holds for every task: any text gets a valid answer, the same one on every run, within its bounds."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.language_model.memory_text import MemoryText
from include.language_model.tasks import TASKS

REPOSITORY = Path(__file__).resolve().parents[4]
MEMORY_TASKS = sorted(name for name, task in TASKS.items() if task.input_type is MemoryText)

FRAGMENTS = [
    *("# A heading\n", "- [ ] call Anna\n", "- [x] paid\n", "> quoted\n", "\n\n", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
    *("```python\nx = 1\n```\n", "`git rebase`", "https://example.org/a", "[image: a dog]", "<<<MEMORY 0000>>>", "("),
    *("I decided to leave because ", "URGENT!!! ", "by Friday ", "Jon: hello! ", "Dr. Weber said ", "n't ", "'s "),
    *("when it rains, the cellar floods. ", "ich muss bis morgen ", "at 25:99 ", "at 99999999999 pm ", "中文。"),
    *("for 9999999 days ", "\u2026 ", "🙂", "\u202e", "\x00", "\ue000"),
]
texts = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
moments = st.one_of(
    st.none(), st.sampled_from(["2025-03-04T10:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:00", "no date"])
)
memories = st.builds(
    MemoryText,
    content=texts,
    context=st.none() | texts,
    summary=st.none() | texts,
    tags=st.lists(texts, max_size=3),
    created_at=moments,
)
unhurried = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def assert_answers(name, task_input):
    task = TASKS[name]
    answer = task.embedded(task_input)
    assert isinstance(answer, task.answer_type)
    assert task.answer_type.model_validate_json(answer.model_dump_json()) == answer
    assert task.render(task_input) == task.render(task_input)


@unhurried
@given(memories)
def test_any_memory_gets_a_valid_answer_to_the_tasks_about_one_memory(memory):
    for name in MEMORY_TASKS:
        assert_answers(name, memory)


@unhurried
@given(texts, st.none() | texts, st.lists(texts, max_size=3), st.lists(texts, max_size=2))
def test_any_memory_gets_a_valid_summary(content, optional, tags, found):
    row = {"content": content, "context": optional, "summary": optional, "tags": tags, "goal": optional}
    assert_answers(
        "semantic_summary",
        TASKS["semantic_summary"].input_type.model_validate({**row, "patterns": found, "insights": found}),
    )


@unhurried
@given(texts, st.none() | texts, texts, st.lists(st.tuples(texts, st.floats(0, 1)), max_size=4))
def test_any_company_of_gists_gets_valid_patterns(gist, goal, content, associated):
    row = {"gist": gist, "goal": goal, "content": content}
    row["associated"] = [{"gist": text, "strength": strength} for text, strength in associated]
    assert_answers("pattern_discovery", TASKS["pattern_discovery"].input_type.model_validate(row))


@unhurried
@given(texts, moments, st.lists(texts, max_size=5), st.lists(st.tuples(texts, texts, st.none() | texts), max_size=4))
def test_any_note_is_related_to_any_others(content, moment, earlier, waiting):
    row = {"content": content, "created_at": moment}
    row["earlier"] = [{"date": "2026-03-01", "text": text} for text in earlier]
    row["open"] = [
        {
            "date": "2026-03-01",
            "what": what,
            "who": "me",
            "to_whom": whom,
            "due": None,
            "due_time": None,
            "kind": "task",
        }
        | {"said": said}
        for what, said, whom in waiting
    ]
    assert_answers("relate", TASKS["relate"].input_type.model_validate(row))


@unhurried
@given(texts, texts, texts, texts)
def test_any_open_point_and_any_notes_get_a_valid_dream(point, here, there, thread):
    row = {"open_point": point}
    row["concerned"] = {"thread": thread, "date": "2026-03-01", "text": here}
    row["other"] = {"thread": thread, "date": "2026-03-02", "text": there}
    assert_answers("dream", TASKS["dream"].input_type.model_validate(row))


@pytest.mark.parametrize(
    "part",
    ["(", "a", ". ", "```", "> ", "[", '"', "'a. ", "if ", "I ", "- ", "Mr. ", "| a | ", "*", "[a](", "at 1 ", "for 3 ",
     "use a to ", "by 3 may ", "Anna ", "when a, b ", "x = 1\n", "- [ ] a\n", "\n"],
)  # fmt: skip
def test_a_hostile_text_takes_bounded_time(part):
    memory = MemoryText(content=(part * 20_000)[:40_000], created_at="2025-01-01T10:00:00")
    TASKS["perceive"].embedded(TASKS["perceive"].example)  # loads the libraries
    started = time.perf_counter()
    for name in MEMORY_TASKS:
        TASKS[name].embedded(memory)
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize("name", sorted(TASKS))
class TestTask:
    def test_its_example_has_a_valid_answer(self, name):
        assert_answers(name, TASKS[name].example)

    def test_its_prompt_explains_every_field_of_the_answer_and_no_other(self, name):
        task = TASKS[name]
        listed = [line[2:].split(":")[0] for line in task.system.split("\n") if line.startswith("- ")]
        assert listed == list(task.answer_type.model_fields)

    def test_its_prompt_is_short_and_holds_no_example(self, name):
        task = TASKS[name]
        # What is asked of every memory is asked in one question: it stands for four.
        assert len(task.system) < (4500 if name == "perceive" else 3500)
        for value in task.example.model_dump().values():
            assert not (isinstance(value, str) and value in task.system)

    def test_its_data_stands_between_delimiters(self, name):
        task = TASKS[name]
        message = task.render(task.example)
        assert message.startswith("<<<")
        assert message.endswith(">>>")
        assert task.render(task.example) not in task.system

    def test_its_bounds_are_in_the_schema(self, name):
        for field, schema in TASKS[name].schema["properties"].items():
            flat = json.dumps(schema)
            if schema.get("type") == "array":
                assert "maxItems" in flat, field
            assert '"type": "number"' not in flat or "imum" in flat, field

    def test_only_dreaming_is_asked_at_a_high_temperature(self, name):
        assert TASKS[name].temperature == (0.8 if name == "dream" else 0.2)


NOTES = [
    "Met with Priya and Tom. We decided to ship by Friday because the old invoices keep failing.",
    "# Undo a commit\n\nYou can use `git reset` to undo the last commit. If it was pushed, revert it instead.",
    "Heute mit Anna im Garten gearbeitet. Ich muss bis Montag die Tomaten pflanzen, weil es dann regnet.",
    "Jon: I can't wait for the dance class! It's gonna be amazing.",
]
SCRIPT = """
import json, sys
from include.embedded_model.model import EmbeddedModel
from include.language_model.memory_text import MemoryText
from include.language_model.tasks import TASKS
model, notes = EmbeddedModel(), json.load(sys.stdin)
answers = [model.answer(task, task.example).model_dump_json() for task in TASKS.values()]
for note in notes:
    memory = MemoryText(content=note, tags=["b", "a"], created_at="2025-03-04T10:00:00")
    answers += [t.embedded(memory).model_dump_json() for t in TASKS.values() if t.input_type is MemoryText]
vectors = [model.embed(notes, kind).tobytes().hex() for kind in ("document", "query")]
print(json.dumps([model.digest, answers, vectors]))
"""


def test_answers_and_vectors_are_byte_identical_in_every_process():
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            input=json.dumps(NOTES),
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY), "TZ": zone},
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert runs[0].stdout == runs[1].stdout
    assert len(json.loads(runs[0].stdout)[1]) == len(TASKS) + len(NOTES) * len(MEMORY_TASKS)


def test_importing_the_tasks_loads_no_language_library():
    heavy = ["numpy", "yake", "pysbd", "simplemma", "snowballstemmer", "wordfreq", "dateparser", "vaderSentiment"]
    script = (
        f"import sys, include.language_model.tasks; print([m for m in {heavy} + ['markdown_it'] if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert found.stdout.strip() == "[]"
