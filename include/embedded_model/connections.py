"""Dreams: what two remote ideas have in common below their surface (remote associations, Mednick 1962)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from include.embedded_model import schemas
from include.embedded_model.gists import label, within
from include.embedded_model.words import language_of, words_of

LONGEST_CONNECTION = 600
_LONGEST_IDEA = 1500


@dataclass(frozen=True)
class Idea:
    """One side of a dream."""

    gist: str
    category: str
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class Connection:
    """What ties two ideas together."""

    text: str
    """20 to `LONGEST_CONNECTION` characters, addressed to the reader."""
    theme: str
    plausibility: float
    novelty: float


class _Part(NamedTuple):
    """An idea and the role it plays."""

    name: str
    role: str
    word: str
    """What shows the role in the idea."""


def connect(first: Idea, second: Idea, bridge: str = "") -> Connection:
    """Bring two ideas together by a concept both hold, a role both play, or the role of one tried on the other."""
    one, other = _roles(first), _roles(second)
    name_one, name_other = f"\u201c{label(first.gist)}\u201d", f"\u201c{label(second.gist)}\u201d"
    choice = _choice(first, second)
    shared = _best_shared(one, other)
    if bridge:
        theme = bridge
        text = _bridged_text((name_one, first.category), (name_other, second.category), bridge, choice)
        if shared:
            text = f"{text} {_lesson(shared[0], choice).lesson}"
        plausibility = min(0.9, 0.5 + 0.05 * (shared[1] if shared else 0.0))
    elif shared:
        theme, strength = shared
        text = _shared_text(
            _Part(name_one, theme, one[theme].words[0]), _Part(name_other, theme, other[theme].words[0]), choice
        )
        plausibility = min(0.9, 0.38 + 0.07 * strength)
    elif one and other:
        role_one, role_other = _strongest(one), _strongest(other)
        theme = f"{role_one}, {role_other}"
        mine = _Part(name_one, role_one, one[role_one].words[0])
        theirs = _Part(name_other, role_other, other[role_other].words[0])
        text = _crossed_text(mine, theirs, choice)
        plausibility = min(0.45, 0.2 + 0.03 * min(one[role_one].strength, other[role_other].strength))
    elif one or other:
        roles, source, target = (one, name_one, name_other) if one else (other, name_other, name_one)
        theme = _strongest(roles)
        text = _carried_text(_Part(source, theme, roles[theme].words[0]), target, choice)
        plausibility = 0.25
    else:
        theme = (
            next((concept for concept in first.concepts if concept.strip()), "") or first.category.strip() or "contrast"
        )
        text = _foreign_text(name_one, name_other, theme, choice)
        plausibility = 0.15
    return Connection(
        text=within(text, LONGEST_CONNECTION),
        theme=theme.strip()[:120],
        plausibility=round(plausibility, 4),
        novelty=_novelty(first, second),
    )


def _roles(idea: Idea) -> dict[str, schemas.Evidence]:
    text = f"{idea.gist} . {' . '.join(idea.concepts)}"[:_LONGEST_IDEA]
    return schemas.schemas_in(words_of(text, language_of(text)))


def _strongest(roles: dict[str, schemas.Evidence]) -> str:
    return max(roles, key=lambda role: roles[role].strength)


def _best_shared(one: dict[str, schemas.Evidence], other: dict[str, schemas.Evidence]) -> tuple[str, float] | None:
    """The role both play most tellingly, better when different words show it, and how tellingly."""
    best: tuple[str, float] | None = None
    for role in one:
        if role in other:
            strengths = sorted((one[role].strength, other[role].strength))
            value = strengths[0] + 0.2 * strengths[1] + 0.6 * (one[role].words[0] != other[role].words[0])
            if best is None or value > best[1]:
                best = (role, value)
    return best


def _choice(first: Idea, second: Idea) -> int:
    """A number that follows from the pair alone, to vary the wording."""
    key = "\x1f".join((first.gist, second.gist)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big")


def _lesson(role: str, choice: int) -> schemas.Lesson:
    """What a role teaches and asks in this dream: by digits of the choice that no other part of its wording uses."""
    return schemas.lesson_of(role, choice // 720)


def _novelty(first: Idea, second: Idea) -> float:
    """0 to 1: how little the two ideas share on the surface."""
    mine, theirs = _stems(first), _stems(second)
    overlap = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    same_field = first.category.strip().lower() == second.category.strip().lower()
    return round(max(0.05, min(0.97, 0.97 - 1.1 * overlap - 0.2 * same_field)), 4)


def _stems(idea: Idea) -> frozenset[str]:
    text = " ".join((idea.gist, *idea.concepts))[:_LONGEST_IDEA]
    return frozenset(word.stem for word in words_of(text, language_of(text)) if not word.grammatical)


def _bridged_text(one: tuple[str, str], other: tuple[str, str], bridge: str, choice: int) -> str:
    """Two ideas, each with its field, that turn on the same thing."""
    (name_one, field_one), (name_other, field_other) = one, other
    thing = f"\u201c{bridge[:60]}\u201d"
    openings: Sequence[str] = (
        f"{name_one} ({field_one}) and {name_other} ({field_other}) both turn on {thing}.",
        f"{thing} is where {name_one} ({field_one}) meets {name_other} ({field_other}).",
        f"From {field_one} and from {field_other} you come to the same thing, {thing}: {name_one}, and {name_other}.",
        f"You keep {name_one} with {field_one} and {name_other} with {field_other}, yet {thing} plays a part in both.",
    )
    questions: Sequence[str] = (
        "What if you went about it in the one the way you do in the other?",
        "What does the one know about it that the other has never asked?",
        "What if both were one question, and you already had half of the answer?",
        "What does it do for the one that it could do for the other?",
        f"If you met {thing} there first, what would you expect of it here?",
        f"Which of the two would miss {thing} more, and why?",
    )
    return f"{openings[choice % len(openings)]} {questions[choice // len(openings) % len(questions)]}"


def _shared_text(one: _Part, other: _Part, choice: int) -> str:
    """Two ideas that play the same role."""
    lesson = _lesson(one.role, choice)
    if one.word == other.word:
        shown = f"the word \u201c{one.word}\u201d stands in both"
    else:
        shown = f"\u201c{one.word}\u201d in the one, \u201c{other.word}\u201d in the other"
    openings: Sequence[str] = (
        f"{one.name} and {other.name} are both about {one.role}: {shown}.",
        f"Under the surface, {one.name} and {other.name} make the same move, {one.role} ({shown}).",
        f"What links {one.name} to {other.name} is {one.role}: {shown}.",
    )
    questions: Sequence[str] = (
        lesson.question,
        f"What would {other.name} look like if you went about it the way you go about {one.name}?",
        lesson.question,
        f"Which part of {one.name} would you carry over to {other.name}?",
    )
    return f"{openings[choice % 3]} {lesson.lesson} {questions[choice // 3 % 4]}"


def _crossed_text(one: _Part, other: _Part, choice: int) -> str:
    """Two ideas that play different roles."""
    first, second = (one, other) if choice % 2 else (other, one)
    mine, theirs = _lesson(first.role, choice), _lesson(second.role, choice)
    shown_first, shown_second = f"\u201c{first.word}\u201d", f"\u201c{second.word}\u201d"
    bridges: Sequence[str] = (
        "What if you did the other by the rule of the one?",
        "Suppose the one had been there first and the other had learned from it.",
        f"What would {first.role} look like over there?",
        "What would the one say to the other?",
    )
    texts: Sequence[str] = (
        f"{first.name} is about {first.role} ({shown_first}), {second.name} about {second.role} ({shown_second}). "
        f"Lay one over the other: {_lower_first(mine.lesson)} {theirs.question}",
        f"Suppose {second.name} were a case of {first.role}, as {first.name} is ({shown_first}). "
        f"{mine.lesson} {mine.question}",
        f"You keep {first.name} and {second.name} far apart: one is about {first.role} ({shown_first}), the "
        f"other about {second.role} ({shown_second}). {bridges[choice // 6 % len(bridges)]} {mine.lesson}",
    )
    return texts[choice // 2 % len(texts)]


def _carried_text(source: _Part, target: str, choice: int) -> str:
    """An idea whose role is tried on another that plays none."""
    lesson = _lesson(source.role, choice)
    shown = f"\u201c{source.word}\u201d"
    openings: Sequence[str] = (
        f"{source.name} is about {source.role} ({shown}); {target} seems to have nothing to do with it.",
        f"{source.name} shows {source.role} at work ({shown}), and {target} does not know it yet.",
    )
    return f"{openings[choice % 2]} {lesson.lesson} Try that thought on {target}: {_lower_first(lesson.question)}"


def _foreign_text(one: str, other: str, theme: str, choice: int) -> str:
    """Two ideas that play no role either knows of."""
    part = f"\u201c{theme[:60]}\u201d"
    texts: Sequence[str] = (
        f"{one} and {other} have hardly a word in common. What in the second plays the part that {part} plays in the "
        "first?",
        f"Nothing leads from {one} to {other} so far. Where would you put {part} if you met it there?",
        f"{one} and {other} have never been in one room. If {part} brought them together, who would speak first?",
    )
    return texts[choice % len(texts)]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
