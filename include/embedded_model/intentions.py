"""What a person was after and what they did: goals, tasks, actions, what led to what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from include.embedded_model import phrasings
from include.embedded_model.analysis import Analysis, Sentence
from include.embedded_model.wordlists import group, term_set
from include.embedded_model.words import lemma, words_of

MAXIMUM_PHRASES = 8
LONGEST_CLAUSE = 14
"""Words of a goal, task or action."""
LONGEST_CAUSE = 220
"""Characters of a sentence that says what led to what."""
LONGEST_PHRASE = 380
LONGEST_MARKER = 110

_EDGES = " ,.;:!?\"'\u201c\u201d"

Deed = Literal["goal", "task", "action", "observation"]


def clause(text: str, longest: int = LONGEST_CLAUSE) -> str:
    """The start of a text up to the end of its first clause, at most `longest` words."""
    end = phrasings.CLAUSE_END.search(text, 1) if text else None
    words = (text[: end.start()] if end else text).split()
    kept = words[:longest]
    # A cut in the middle must not leave a waiting "and the".
    while len(words) > longest and kept and kept[-1].lower() in group("dangling"):
        kept.pop()
    return " ".join(kept).strip(_EDGES)[:LONGEST_PHRASE]


def _is_base_verb(word: str) -> bool:
    return word.lower() in term_set("verbs")


@lru_cache(maxsize=20_000)
def _is_past(word: str) -> bool:
    lower = word.lower()
    return lower in term_set("past_forms") or (lower.endswith("ed") and len(lower) > 3 and lemma(lower) != lower)


def _tells_a_deed(verb: str) -> bool:
    """Whether a verb is a past tense of something done, not only felt or thought."""
    return _is_past(verb) and verb.lower() not in group("states_of_mind")


def _lower_first(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _distinct(phrases: Sequence[str]) -> tuple[str, ...]:
    """The first `MAXIMUM_PHRASES` phrases that say something new."""
    kept: dict[tuple[str, ...], str] = {}
    for phrase in phrases:
        key = tuple(word.stem for word in words_of(phrase) if not word.grammatical)
        if key and not any(phrase in other for other in kept.values()):
            kept.setdefault(key, phrase)
    return tuple(kept.values())[:MAXIMUM_PHRASES]


# --- goals ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def goal(analysis: Analysis, context: str | None = None) -> str | None:
    """What was pursued, as a phrase that starts with a verb; None when the text does not say."""
    for text in (*(sentence.text for sentence in analysis.sentences), context or ""):
        for stated in phrasings.GOAL.finditer(text):
            found = _verb_phrase(text[stated.end() :])
            if found:
                return found
    for sentence in analysis.sentences[:6]:
        purpose = phrasings.PURPOSE.match(sentence.text)
        if purpose and _is_base_verb(purpose.group(1)):
            found = clause(sentence.text[purpose.start(1) :])
            if len(found.split()) >= 3:
                return found
    return _goal_in_title(analysis) if analysis.title else None


def _verb_phrase(text: str) -> str | None:
    """The clause, if it starts with a verb in base form or a gerund ("finish the draft", "building a shed")."""
    found = clause(re.sub(r"^(?:to|be able to|also|really|finally)\s+", "", text.strip(), flags=re.IGNORECASE))
    words = found.split()
    if len(words) < 2:
        return None
    first = words[0].lower()
    if first in {"on", "at", "into", "forward"} and len(words) > 2 and words[1].lower().endswith("ing"):
        return _lower_first(" ".join(words[1:]))
    gerund = first.endswith("ing") and lemma(first) != first
    return _lower_first(found) if gerund or _is_base_verb(first) or first in {"be", "become", "do"} else None


def _goal_in_title(analysis: Analysis) -> str | None:
    """A title that starts with a verb names what one wanted to do: "check the syntax of nginx files"."""
    words = (analysis.title or "").split()
    if not 2 <= len(words) <= LONGEST_CLAUSE or not words[0].isalpha():
        return None
    first = words[0].lower()
    verb = lemma(first) if first.endswith("ing") else first
    if not _is_base_verb(verb):
        return None
    as_written = {word.text for word in analysis.words if len(word.text) > 1 and not word.text[1:].islower()}
    if not analysis.technical:
        as_written |= analysis_names(analysis)
    rest = [word if word.strip(".,") in as_written else word.lower() for word in words[1:]]
    return " ".join([verb, *rest])[:LONGEST_PHRASE]


def analysis_names(analysis: Analysis) -> set[str]:
    """The words of the note that are written with a capital also within a sentence."""
    return {word.text for word in analysis.words if word.base in analysis.names}


# --- tasks and actions ------------------------------------------------------------------------------------------------


def _instructs(sentence: Sentence) -> bool:
    """Whether a sentence tells someone to do something ("Open the file")."""
    if len(sentence.words) < 2 or sentence.asks or sentence.kind == "caption":
        return False
    first, second = sentence.words[0], sentence.words[1]
    if not sentence.plain.startswith(first.text) or not _is_base_verb(first.text):
        return False
    # "Read the book": done or to be done? In a private note the past is likelier than an order to oneself.
    if _is_past(first.text) and sentence.kind != "item":
        return False
    return second.lower not in group("auxiliaries")


@lru_cache(maxsize=256)
def tasks(analysis: Analysis) -> tuple[str, ...]:
    """What is or was to be done: open boxes, "need to …", instructions."""
    found: list[str] = []
    for sentence in analysis.sentences:
        if sentence.done is False:
            found.append(clause(sentence.text))
        elif sentence.done is None and sentence.kind != "caption" and not phrasings.REFERS.match(sentence.text):
            found += _tasks_in(sentence, analysis)
    return _distinct(found)


def _tasks_in(sentence: Sentence, analysis: Analysis) -> list[str]:
    stated = [clause(sentence.text[match.end() :]) for match in phrasings.TASK.finditer(sentence.text)]
    stated = [_lower_first(item) for item in stated if _opens_with_action(item, analysis.language)]
    if stated:
        return stated
    short = len(analysis.sentences) <= 2 or len(sentence.words) <= 12
    if _instructs(sentence) and (analysis.technical or sentence.kind == "item" or short):
        return [_lower_first(clause(sentence.text))]
    return []


def _opens_with_action(text: str, language: str) -> bool:
    words = text.split()
    if len(words) < 2:
        return False
    return language != "en" or _is_base_verb(words[0]) or words[0].lower() in {"be", "do", "have", "get", "go", "stop"}


@lru_cache(maxsize=256)
def actions(analysis: Analysis) -> tuple[str, ...]:
    """What the person did: ticked boxes, "I fixed …", "Met with …"."""
    found: list[str] = []
    for sentence in analysis.sentences:
        if sentence.done:
            found.append(clause(sentence.text))
        elif sentence.done is None and sentence.kind != "caption" and not sentence.asks:
            found += _actions_in(sentence)
    return _distinct(found)


def _actions_in(sentence: Sentence) -> list[str]:
    found: list[str] = []
    text = sentence.text
    opening = [word.text.lower() for word in sentence.words[:3]]
    # Notes leave the "I" out: "Lost my job as a banker yesterday".
    subjectless = len(opening) == 3 and _tells_a_deed(opening[0]) and text.lower().startswith(opening[0])
    if subjectless and opening[1] not in {"by", "in", "on", "i", "to"}:
        found.append(_lower_first(clause(text)))
    for match in phrasings.DID.finditer(text):
        if _tells_a_deed(match.group(1)):
            done = clause(text[match.start(1) :])
            if len(done.split()) >= 2 and done.split()[-1].lower() not in {"in", "this", "that", "it"}:
                found.append(_lower_first(done))
    return found


def kind_of_deed(analysis: Analysis) -> Deed:
    """What kind of note it is: something wished for, something to do, something done, something noticed."""
    votes: dict[Deed, float] = {"observation": 1.0, "goal": 0.0, "task": 0.0, "action": 0.0}
    for position, sentence in enumerate(analysis.sentences[:12]):
        weight = 1.3 if position == 0 else 0.7
        if sentence.done is not None:
            votes["action" if sentence.done else "task"] += 2 * weight
        if sentence.asks:
            continue
        text = sentence.text
        if phrasings.GOAL.search(text) and not phrasings.INCIDENTAL_GOAL.search(text):
            votes["goal"] += weight
        if phrasings.TASK.search(text) or "due" in sentence.cues:
            votes["task"] += weight
        if _instructs(sentence) and not analysis.technical:
            votes["task"] += 1.2 * weight
        if any(_is_past(match.group(1)) for match in phrasings.DID.finditer(text)):
            votes["action"] += 1.2 * weight
        elif sentence.words and _is_past(sentence.words[0].text):
            votes["action"] += weight
    if analysis.technical:
        # A how-to tells a reader what to do; that is knowledge, not the owner's task.
        votes["observation"] += 0.8 + 0.1 * len(analysis.sentences)
    return max(votes, key=lambda deed: votes[deed])


# --- causes and times -------------------------------------------------------------------------------------------------


def causes(analysis: Analysis) -> tuple[str, ...]:
    """Sentences that say what led to what, with both sides."""
    found = []
    for sentence in analysis.sentences:
        link = phrasings.CAUSE.search(sentence.text)
        if not link or len(sentence.words) < 5 or sentence.asks:
            continue
        has_both_sides = len(sentence.text[: link.start()].split()) >= 2
        if has_both_sides or link.group().lower() in phrasings.CAUSES_THAT_MAY_COME_FIRST:
            found.append(_around(sentence.text, link.start()))
    return _distinct(found)


def _around(text: str, position: int) -> str:
    """The part of a sentence around a position, whole when short."""
    clean = text.strip().rstrip(":").strip()
    if len(clean) <= LONGEST_CAUSE:
        return clean
    start = max(0, position - LONGEST_CAUSE // 2)
    start = clean.find(" ", start) + 1 if start else 0
    end = clean.rfind(" ", 0, start + LONGEST_CAUSE)
    return clean[start : end if end > start else start + LONGEST_CAUSE].strip(" ,")


def temporal_marker(analysis: Analysis) -> str | None:
    """When it was, in the note's own words ("after the meeting"); None when it does not say."""
    for sentence in analysis.sentences:
        # "Before the block is executed" in a technical note tells nothing of the writer's day.
        if not analysis.technical or sentence.personal:
            when = phrasings.TEMPORAL.search(sentence.text)
            if when:
                return clause(when.group().lower(), 8)[:LONGEST_MARKER] or None
    return None
