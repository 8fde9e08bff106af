"""The embedded model: what answers when no Ollama is configured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from include.embedded_model import wordlists
from include.language_model.task import AnswerT, InputT, ModelTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REVISION = 2
"""Raise it when vectors change, or several tasks' answers at once (one task alone: raise the task's version)."""

_DECIDING_LIBRARIES = (
    "dateparser",
    "markdown-it-py",
    "pysbd",
    "simplemma",
    "snowballstemmer",
    "vaderSentiment",
    "wordfreq",
    "yake",
)
"""Libraries whose versions can change an answer."""


class EmbeddedModel:
    """Answers the tasks and embeds texts without a server, deterministically.

    Nothing is read before the first answer; the first one takes about a second, the next ones milliseconds.
    """

    name = "codex-embedded"

    @cached_property
    def digest(self) -> str:
        """What decides the answers: the revision, and a hash over word lists and the versions of the libraries."""
        deciding = hashlib.sha256()
        for library in _DECIDING_LIBRARIES:
            deciding.update(f"{library}=={version(library)}\n".encode())
        for path in sorted(wordlists.LEXICON.glob("*.txt")):
            deciding.update(path.name.encode() + b"\n" + path.read_bytes().replace(b"\r\n", b"\n"))
        return f"embedded-{REVISION}:{deciding.hexdigest()[:16]}"

    def answer(self, task: ModelTask[InputT, AnswerT], task_input: InputT) -> AnswerT:
        """The task's answer, valid by its type; the same for the same input and `digest`."""
        return task.embedded(task_input)

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> NDArray[np.float32]:
        """The vectors of texts: (number of texts, 512) float32, each row of length 1, never NaN.

        What is stored is a document, what is looked for is a query; short texts compared with each other (two goals)
        are both queries.
        """
        from include.embedded_model import vectors  # slow, and not needed to say which model it is

        return vectors.embed(texts, kind)
