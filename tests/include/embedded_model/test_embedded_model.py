"""The embedded model: its name, its digest, its answers."""

import re

import pytest

from include.embedded_model import model as module
from include.embedded_model import vectors
from include.embedded_model.model import EmbeddedModel
from include.language_model.tasks import TASKS


def test_it_is_honest_about_its_name():
    assert EmbeddedModel().name == "codex-embedded"


def test_the_digest_names_revision_and_content():
    assert re.fullmatch(rf"embedded-{module.REVISION}:[0-9a-f]{{16}}", EmbeddedModel().digest)
    assert EmbeddedModel().digest == EmbeddedModel().digest


def test_another_library_version_is_another_digest(monkeypatch):
    before = EmbeddedModel().digest
    monkeypatch.setattr(module, "version", lambda name: "0" if name == "yake" else "1")
    assert EmbeddedModel().digest != before


def test_another_word_is_another_digest(monkeypatch, tmp_path):
    for path in module.wordlists.LEXICON.glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(module.wordlists, "LEXICON", tmp_path)
    before = EmbeddedModel().digest
    (tmp_path / "tools.txt").write_text("# none\nawk\n", encoding="utf-8")
    assert EmbeddedModel().digest != before


def test_line_ends_do_not_change_the_digest(monkeypatch, tmp_path):
    for path in module.wordlists.LEXICON.glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = EmbeddedModel().digest
    monkeypatch.setattr(module.wordlists, "LEXICON", tmp_path)
    assert EmbeddedModel().digest == before


@pytest.mark.parametrize("name", sorted(TASKS))
def test_it_answers_every_task_with_the_tasks_type(name):
    answer = EmbeddedModel().answer(TASKS[name], TASKS[name].example)
    assert type(answer) is TASKS[name].answer_type


def test_the_dimension_is_that_of_the_vectors():
    assert EmbeddedModel().embed(["a note"], "document").shape[1] == vectors.DIMENSION <= 512
