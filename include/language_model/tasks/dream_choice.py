"""Which of two dreams of a night is worth telling, or whether the only one is."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from include.language_model.prompting import delimited, system_prompt
from include.language_model.task import ModelTask, Phrase, TaskAnswer, TaskInput


class Draft(BaseModel):
    """A dream, and the open point that it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open_point: str
    connection: str
    plausibility: float
    novelty: float


class TwoDrafts(TaskInput):
    """Two dreams of one night; without a second, the only one."""

    first: Draft
    second: Draft | None = None


class DreamChoice(TaskAnswer):
    """Which one its owner would rather read: the reason comes first."""

    reason: Phrase
    better: Literal["first", "second", "neither"]


def _render(drafts: TwoDrafts) -> str:
    def told(draft: Draft | None) -> str | None:
        return f"For: {draft.open_point}\n{draft.connection}" if draft else None

    return delimited({"FIRST": told(drafts.first), "SECOND": told(drafts.second)})


def _embedded(drafts: TwoDrafts) -> DreamChoice:
    """The likelier one; where they are equally likely the newer, and then the first."""
    if drafts.second is None:
        return DreamChoice(reason="There is no other.", better="first")
    one, other = drafts.first, drafts.second
    is_first = (one.plausibility, one.novelty) >= (other.plausibility, other.novelty)
    return DreamChoice(reason="It is the likelier one.", better="first" if is_first else "second")


DREAM_CHOICE: ModelTask[TwoDrafts, DreamChoice] = ModelTask(
    name="dream_choice",
    version="1",
    input_type=TwoDrafts,
    answer_type=DreamChoice,
    system=system_prompt(
        "You choose which of two ideas a person should read in the morning. FIRST and SECOND each name an open point "
        "of theirs (For), and what another part of their life might give to it. Better is what would help with the "
        "open point and what they would not have thought of by themselves. Where there is no SECOND, the question is "
        "whether FIRST is worth a minute of theirs at all. When in doubt, neither: silence costs nothing.",
        {
            "reason": "why, in one sentence",
            "better": "first, second, or neither",
        },
    ),
    render=_render,
    embedded=_embedded,
    example=TwoDrafts(
        first=Draft(
            open_point="find out why the pump stops at night",
            connection="The organ builder told you on 12 February that a relay sticks below five degrees; the pump's "
            "relay clicks in vain on frosty nights. Try his contact cleaner.",
            plausibility=0.7,
            novelty=0.8,
        ),
        second=Draft(
            open_point="call Anna",
            connection="Both your bread and your friendship with Anna need time, so take some for her today.",
            plausibility=0.4,
            novelty=0.3,
        ),
    ),
)
