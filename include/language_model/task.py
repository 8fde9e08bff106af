"""A task for the language model: a typed question, a prompt, a typed answer.

A new task is one file in `include/language_model/tasks/` that makes a `ModelTask`, and one dbt request model whose
`input` column is the JSON of its input type.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from include.parameters import Parameters

Unit = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share or score between 0 and 1."""


def _without_blanks(values: Any) -> Any:
    """Drop empty entries and repeats from a list a model gave; order stays."""
    if not isinstance(values, list):
        return values
    seen: dict[str, Any] = {}
    for value in values:
        if isinstance(value, str):
            if value.strip():
                seen.setdefault(value.strip().casefold(), value)
        elif value is not None:
            seen.setdefault(repr(value), value)
    return list(seen.values())


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
"""A name or term: a person, a place, a concept."""
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
"""A sentence or two."""
Names = Annotated[list[Name], BeforeValidator(_without_blanks), Field(max_length=20)]
"""At most 20 names, without repeats."""
Phrases = Annotated[list[Phrase], BeforeValidator(_without_blanks), Field(max_length=8)]
"""At most 8 sentences, without repeats."""


class TaskInput(BaseModel):
    """The input of a task, from a dbt request model as JSON. Unknown keys are refused: the two must agree."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskAnswer(BaseModel):
    """The answer of a model. Unknown keys are dropped; every bound is checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)


FACTUAL_TEMPERATURE = 0.2
"""For tasks that report facts: low, and not 0, where models fall into repeating themselves."""

InputT = TypeVar("InputT", bound=TaskInput)
AnswerT = TypeVar("AnswerT", bound=TaskAnswer)


@dataclass(frozen=True)
class ModelTask(Generic[InputT, AnswerT]):
    """One thing that can be asked of a language model.

    `version` names prompt, answer type and embedded implementation together: raise it when one of them changes what
    is answered, and only then (answers are kept by it). `render` gives the user message; memory text in it is data
    between delimiters, never an instruction. `embedded` answers without a model, deterministically.
    """

    name: str
    version: str
    input_type: type[InputT]
    answer_type: type[AnswerT]
    system: str
    render: Callable[[InputT], str]
    embedded: Callable[[InputT], AnswerT]
    example: InputT
    temperature_of: Callable[[Parameters], float] = lambda _: FACTUAL_TEMPERATURE
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def temperature(self) -> float:
        """How freely a model chooses its words, from the parameters of this installation."""
        from include.parameters import parameters

        return self.temperature_of(parameters())

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema an answer must hold."""
        return self.answer_type.model_json_schema()

    def contract(self, model: str, digest: str, asked_with: str = "") -> str:
        """A hash (64 hex digits) of all that decides an answer besides the input itself.

        Two answers with the same contract and the same input are interchangeable: this is the first half of the
        key that answers are kept by.
        """
        decides = {
            "task": self.name,
            "version": self.version,
            "model": model,
            "digest": digest,
            "system": self.system,
            "schema": self.schema,
            "temperature": self.temperature,
            "options": self.options,
            **({"asked_with": asked_with} if asked_with else {}),
        }
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
