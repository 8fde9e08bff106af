"""Saying a note in one sentence: its lesson, its gist, a short name to quote it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from include.embedded_model import phrasings
from include.embedded_model.analysis import Analysis, Sentence, calendar_words, content_words
from include.embedded_model.wordlists import group
from include.embedded_model.words import words_of

LONGEST_INSIGHT = 300
LONGEST_GIST = 400
SHORTEST_GIST = 20
EMPTY = "An empty note."
"""What is said of a note with nothing in it."""
ROOM_FOR_A_SECOND_SENTENCE = 110
"""A gist shorter than this takes a second sentence, up to `LONGEST_PAIR`."""
LONGEST_PAIR = 260
LONGEST_LABEL = 64

InsightType = Literal["observation", "pattern", "question", "idea"]

_PARENTHESIS = re.compile(r"\s*\([^()]{12,300}\)")
_EMPHASIS = re.compile(r"(?<!\w)[*_~]+(?=\w)|(?<=\w)[*_~]+(?!\w)")
_SPACE_BEFORE_MARK = re.compile(r"\s+([,.;!?])(?=\s|$)")
_END_MARK = re.compile("[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\\]]*$")
_LOOKS_LIKE_CODE = re.compile(r"\S*[A-Z_./()\d-]")
_SITE = re.compile(r"^(?:https?://)?(?:www\.)?([^/]+)/?(.*)$")
_DASHES = "-\u2013\u2014"


# --- wording ----------------------------------------------------------------------------------------------------------


def polished(text: str) -> str:
    """A sentence that stands by itself: no side remark, no opening that points back, an end mark."""
    clean = _EMPHASIS.sub("", _PARENTHESIS.sub("", text).strip())
    clean = phrasings.LEADS_TO_CODE.sub("", phrasings.TAG_QUESTION.sub(".", clean))
    for pattern in (phrasings.OPENING, phrasings.FRAME, phrasings.OPENING):
        rest = pattern.sub("", clean)
        if len(rest.split()) >= 2:
            clean = rest
    clean = " ".join(clean.split()).strip(f" {_DASHES}*>#|,;")
    clean = _SPACE_BEFORE_MARK.sub(r"\1", clean).rstrip(":").rstrip()
    if not clean:
        return ""
    if clean[0].islower() and not _LOOKS_LIKE_CODE.match(clean):
        clean = clean[0].upper() + clean[1:]
    return clean if _END_MARK.search(clean) else clean + "."


def within(text: str, limit: int) -> str:
    """At most `limit` characters, cut at the end of a clause where there is one, else after a word."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    for mark in (". ", "; ", ", ", " \u2013 ", " -- "):
        end = head.rfind(mark)
        if end > 0.35 * limit:
            return head[:end].rstrip(f" ,;:.{_DASHES}") + "."
    end = head.rfind(" ")
    return (head[:end] if end > 0 else head).rstrip(f" ,;:.{_DASHES}") + "\u2026"


def timeless(text: str) -> str:
    """The text without dates, weekdays and times, which belong to the episode and not to what was learned."""
    clean = phrasings.DATED.sub(_left_by_a_date, text)
    clean = _SPACE_BEFORE_MARK.sub(r"\1", " ".join(clean.split())).strip(" ,;")
    clean = re.sub(r"^(?:[,.;:]\s*)+", "", clean)
    if len(clean.split()) < 3 and not names_a_day(text):
        return text
    return clean[:1].upper() + clean[1:] if text[:1].isupper() else clean


def _left_by_a_date(found: re.Match[str]) -> str:
    """What stands where a date was: the comma after it, within a sentence.

    A habit is no date and stays; so does a day that the sentence can't do without ("a Thursday", "Tuesday's outage").
    """
    before, after = found.string[: found.start()], found.string[found.end() :]
    if phrasings.HABITUAL.search(before) or phrasings.DETERMINED.search(before) or after[:2] in {"'s", "\u2019s"}:
        return found.group()
    return "," if found.group().endswith(",") and found.start() > 0 else ""


def names_a_day(text: str) -> bool:
    """Whether a text holds a weekday or month."""
    return any(word.base in calendar_words() for word in words_of(text))


def label(text: str, limit: int = LONGEST_LABEL) -> str:
    """A short name of a gist to quote it by: its title, else its first clause, at most `limit` characters."""
    clean = " ".join(text.split())
    title, mark, rest = clean.partition(": ")
    if mark and rest and (title == "To do" or len(title.split()) == 1):
        clean = rest
    elif mark and len(title) <= limit:
        clean = title
    clean = re.split(r"(?<=[\w)])[.!?;](?:\s|$)", clean)[0].strip()
    if len(clean) > limit:
        clause = re.split(f",\\s| because | so that | which | but | and then | [{_DASHES}]+ ", clean)[0]
        whole = len(clause.split()) >= 4 and len(clause) <= limit and not phrasings.SUBORDINATE.match(clause)
        clean = clause if whole else _cut(clean, limit)
    return clean.strip(" .,;:") or "an untitled note"


def _cut(text: str, limit: int) -> str:
    """The words that fit, without a last one that waits for its noun, and a mark of the cut."""
    words = text[: limit - 1].rsplit(" ", 1)[0].split()
    while len(words) > 3 and words[-1].lower().strip(",;:") in group("dangling"):
        words.pop()
    return " ".join(words).rstrip(" ,;:") + "\u2026"


# --- choosing a sentence ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Choice:
    """How much each thing counts when a sentence is chosen to stand for its note."""

    cues: dict[str, float]
    personal: float
    dated: float


_LESSON = _Choice(
    cues={
        "learning": 0.45,
        "decision": 0.5,
        "commitment": 0.3,
        "stakes": 0.3,
        "generality": 0.3,
        "explanation": 0.25,
        "normative": 0.15,
        "trouble": 0.1,
        "idea": 0.1,
        "comparison": 0.05,
    },
    personal=-0.05,
    dated=0.0,
)
_GIST = _Choice(
    cues={
        "decision": 0.3,
        "explanation": 0.3,
        "generality": 0.2,
        "stakes": 0.2,
        "learning": 0.1,
        "comparison": 0.1,
    },
    personal=-0.15,
    dated=-0.1,
)


def _ranked(analysis: Analysis, choice: _Choice) -> list[Sentence]:
    """The sentences of a note that say something, the one that stands for it best first."""
    scored: list[tuple[float, int]] = []
    for position, (sentence, salience) in enumerate(zip(analysis.sentences, analysis.salience, strict=True)):
        if sentence.words and len(polished(sentence.text)) >= 8:
            score = _suits(sentence, analysis, choice)
            score += _teaches(position, analysis) if _is_how_to(analysis) else salience
            scored.append((-round(score, 6), position))
    return [analysis.sentences[position] for _, position in sorted(scored)]


def _suits(sentence: Sentence, analysis: Analysis, choice: _Choice) -> float:
    """What the form and the cues of a sentence add to its salience."""
    length = len(sentence.words)
    score = sum(weight for kind, weight in choice.cues.items() if kind in sentence.cues)
    score += choice.personal * sentence.personal + choice.dated * bool(phrasings.DATED.search(sentence.text))
    score -= 0.6 if length < 4 else 0.2 if length < 6 else 0.25 if length > 45 else 0.0
    score -= 0.3 * (len(content_words(sentence.words, analysis.language)) < 2)
    score -= (
        0.5 * (sentence.asks and "idea" not in sentence.cues) + (0.1 if sentence.shows else 0.45) * sentence.is_lead_in
    )
    score -= 0.5 * (sentence.kind in {"cell", "caption"}) + 0.3 * (sentence.kind == "item")
    score -= 0.15 * (sentence.kind == "quote") + 0.35 * ("chatter" in sentence.cues)
    score -= 0.25 * sentence.leans + 0.15 * bool(phrasings.POINTS_BACK.search(sentence.text))
    score -= 0.6 * bool(phrasings.STAGES_AN_EXAMPLE.search(sentence.text))
    return score - 1.2 * bool(phrasings.REFERENCE.search(sentence.text))


def _teaches(position: int, analysis: Analysis) -> float:
    """How well a sentence of a how-to says what it teaches; in place of its salience, which counts as a part.

    A how-to has a problem, then what solves it, then how that works. Its lesson says what can be done and by what,
    stands where the problem ends, and often right before the code.
    """
    sentences, code_at = analysis.sentences, _first_before_code(analysis)
    sentence, before = sentences[position], _antecedent(position, analysis)
    following = sentences[position + 1] if position + 1 < len(sentences) else None
    salience, stems = analysis.salience[position], sentence.stems
    offers = bool(phrasings.OFFERS.search(sentence.text))
    named = sentence.text != sentence.plain
    scene = bool(phrasings.SETS_THE_SCENE.match(sentence.text) or phrasings.INTRODUCES.match(sentence.text))
    score = (
        0.25 * offers + 0.15 * named + 0.15 * (offers and named) + 0.1 * bool(phrasings.STATES.search(sentence.text))
    )
    score += 0.2 * (bool(phrasings.TURNS.match(sentence.text)) and not sentence.asks)
    told = bool(sentence.words) and sentence.words[0].base in {"i", "we"}
    score -= 0.5 * scene * (0.7 if offers and named and not told else 1.0) + 0.4 * sentence.asks
    score -= 0.35 * bool(phrasings.WALKS_THROUGH.match(sentence.text))
    score -= 0.2 * bool(phrasings.VAGUE.search(sentence.text))
    score -= 0.4 * bool(following and phrasings.TURNS.match(following.text))
    score += 0.35 * (position == code_at and (offers or sentence.is_lead_in)) + 0.1 * bool(sentence.shows and offers)
    score -= 0.25 * (position == 0 and len(sentences) > 2 and not offers)
    if before is not None:  # it is said with the sentence that it leans on, so it neither leans nor is too short
        salience, stems = max(salience, 0.9 * analysis.salience[position - 1]), stems | before.stems
        score += 0.1 + 0.25 * sentence.leans + 0.15 * bool(phrasings.POINTS_BACK.search(sentence.text))
    if named or before is not None:  # a name in code is a word, too
        score += 0.2 * (4 <= len(sentence.words) < 6) + 0.6 * (len(sentence.words) < 4)
        score += 0.3 * (len(content_words(sentence.words, analysis.language)) < 2)
    telling = {word.stem for word in content_words(analysis.title_words, analysis.language)}
    score += 0.6 * salience + 0.5 * len(telling & stems) / max(1, len(telling))
    # What solves the problem comes before its details.
    return score - (0.3 * position / max(4, len(sentences)) + 0.25 * (0 <= code_at < position))


def _antecedent(position: int, analysis: Analysis) -> Sentence | None:
    """The sentence that a leaning one leans on; None where it stands by itself, or leans on code."""
    sentence = analysis.sentences[position]
    patterns = (phrasings.LEANS_ON_A_WORD, phrasings.POINTS_BACK, phrasings.NAMED_BEFORE)
    if position == 0 or not any(pattern.search(sentence.text) for pattern in patterns):
        return None
    before = analysis.sentences[position - 1]
    fits = before.kind == sentence.kind and len(before.text) + len(sentence.text) <= LONGEST_PAIR
    stands = len(before.words) >= 4 and not (before.is_lead_in or before.before_code)
    stages = phrasings.STAGES_AN_EXAMPLE.search(before.text) or phrasings.REFERENCE.search(before.text)
    return before if fits and stands and not stages and not phrasings.LEANS_ON_A_WORD.match(before.text) else None


def _first_before_code(analysis: Analysis) -> int:
    """The position of the sentence that stands before the first code; -1 where there is none."""
    return next((place for place, sentence in enumerate(analysis.sentences) if sentence.before_code), -1)


def says_title(sentence: Sentence, analysis: Analysis) -> bool:
    """Whether a sentence makes the note's title needless."""
    telling = {word.stem for word in content_words(analysis.title_words, analysis.language)} or analysis.title_stems
    return not telling or len(telling & sentence.stems) / len(telling) >= 0.75


def _with_title(text: str, analysis: Analysis, *, titled: bool) -> str:
    """The text under its title, unless it says the title itself; a line of a conversation with its speaker."""
    title = (analysis.title or "").strip(" .:")
    if title and not titled:
        return f"{title}: {text}" if text else f"{title}."
    return f"{analysis.speaker}: {text}" if analysis.speaker and text else text


# --- lesson -----------------------------------------------------------------------------------------------------------


def lesson(analysis: Analysis) -> tuple[str, Sentence | None]:
    """The sentence that carries what is worth keeping (up to `LONGEST_INSIGHT` characters), and where it comes from."""
    listed = _to_do_list(analysis)
    if listed:
        return within(_with_title(listed, analysis, titled=False), LONGEST_INSIGHT), analysis.sentences[0]
    best = next(iter(_ranked(analysis, _LESSON)), None)
    if best is None:
        return within(without_sentences(analysis), LONGEST_INSIGHT), None
    room = max(80, LONGEST_INSIGHT - len(analysis.title or analysis.speaker or "") - 2)
    text = within(_said(best, analysis, room), room)
    return within(_with_title(text, analysis, titled=says_title(best, analysis)), LONGEST_INSIGHT), best


def _said(sentence: Sentence, analysis: Analysis, room: int) -> str:
    """A sentence that stands by itself: with what it leans on, and the command it announces, where there is room."""
    text = polished(sentence.text)
    before = _antecedent(analysis.sentences.index(sentence), analysis)
    if not _is_how_to(analysis) and not phrasings.LEANS_ON_A_WORD.match(text):
        before = None
    if before is not None and "chatter" not in before.cues and len(before.text) + len(text) < room:
        text = f"{polished(before.text)} {text}"
    with_code = f"{text.rstrip('.:')}: `{sentence.shows}`"
    offers = sentence.is_lead_in or sentence.text != sentence.plain or phrasings.OFFERS.search(sentence.text)
    return with_code if sentence.shows and text and offers and len(with_code) <= room else text


def _is_how_to(analysis: Analysis) -> bool:
    """Whether a note tells how something is done: it has a title and code."""
    return bool(analysis.title and (analysis.parts.code or analysis.parts.terms))


def insight_type(analysis: Analysis, sentence: Sentence | None) -> InsightType:
    """What kind of thought the lesson is."""
    cues = sentence.cues if sentence else {}
    if "idea" in cues:
        return "idea"
    asked = sum(item.asks for item in analysis.sentences)
    if "question" in cues or (sentence and sentence.asks) or asked > len(analysis.sentences) / 2:
        return "question"
    return "pattern" if "pattern" in cues else "observation"


def confidence(analysis: Analysis, sentence: Sentence | None) -> float:
    """0 to 1: how sure it is that this sentence is the note's lesson, and how sure its writer was."""
    if sentence is None:
        return 0.2
    position = analysis.sentences.index(sentence)
    others = [weight for place, weight in enumerate(analysis.salience) if place != position]
    ahead = analysis.salience[position] - max(others, default=0.5)
    cues = sentence.cues
    value = 0.45 + 0.12 * analysis.salience[position] + 0.15 * max(-1.0, min(1.0, ahead))
    value += 0.12 * ("learning" in cues) + 0.12 * ("decision" in cues) + 0.08 * ("certain" in cues)
    value += 0.06 * ("explanation" in cues) + 0.05 * bool(analysis.title and says_title(sentence, analysis))
    value -= 0.15 * ("hedge" in cues) + 0.15 * sentence.asks + 0.1 * ("chatter" in cues)
    return round(max(0.05, min(0.95, value - 0.1 * (len(sentence.words) < 6))), 4)


def _to_do_list(analysis: Analysis) -> str | None:
    """A note that is mostly boxes to tick, in one line; None for any other note."""
    boxes = [sentence for sentence in analysis.sentences if sentence.done is not None]
    if len(boxes) < 2 or len(boxes) < 0.6 * len(analysis.sentences):
        return None
    todo = "; ".join(sentence.text.rstrip(".") for sentence in boxes if not sentence.done)
    done = "; ".join(sentence.text.rstrip(".") for sentence in boxes if sentence.done)
    return " ".join(part for part in (f"To do: {todo}." if todo else "", f"Done: {done}." if done else "") if part)


def without_sentences(analysis: Analysis) -> str:
    """What can be said of a note that has no sentence: its title, its code, its addresses."""
    if analysis.title:
        return polished(analysis.title) or EMPTY
    if analysis.parts.code:
        source = " ".join(analysis.parts.code)[:2000].replace("_", " ")
        names = dict.fromkeys(
            word.text
            for word in words_of(source)
            if len(word.text) > 2
            and not word.grammatical
            and word.text.isalpha()
            and word.lower not in group("keywords")
        )
        return f"A piece of code with {', '.join(list(names)[:5])}." if names else "A piece of code."
    if analysis.parts.addresses:
        found = _SITE.match(analysis.parts.addresses[0])
        site, path = (found.group(1), found.group(2)) if found else (analysis.parts.addresses[0], "")
        about = [
            word.text for word in words_of(re.sub(r"[_\W]", " ", path)) if word.text.isalpha() and len(word.text) > 2
        ]
        return f"A link to {site}: {' '.join(about[:10])}." if about else f"A link to {site}."
    return " ".join(sentence.text for sentence in analysis.sentences).strip() or EMPTY


# --- gist -------------------------------------------------------------------------------------------------------------


def gist(analysis: Analysis, summary: str | None = None) -> str:
    """What the note says apart from when it was said, at most `LONGEST_GIST` characters."""
    text = _full_gist(analysis, " ".join((summary or "").split()))
    if names_a_day(text):
        text = timeless(text)
    if len(text) < SHORTEST_GIST:
        rest = timeless(" ".join(sentence.text for sentence in analysis.sentences))
        text = max(text, rest, key=len)
    return within(text.strip(), LONGEST_GIST) or EMPTY


def _full_gist(analysis: Analysis, summary: str) -> str:
    listed = _to_do_list(analysis)
    if listed:
        return timeless(_with_title(listed, analysis, titled=False))
    # A summary that is a sentence is the gist its owner wrote; one that is a title is a title.
    if len(summary.split()) >= 7 and summary.casefold() != (analysis.title or "").casefold():
        return timeless(polished(summary))
    ranked = _ranked(analysis, _GIST)
    if not ranked:
        return timeless(without_sentences(analysis))
    best = ranked[0]
    text = _with_title(timeless(polished(best.text)), analysis, titled=says_title(best, analysis))
    if len(text) >= ROOM_FOR_A_SECOND_SENTENCE:
        return text
    for second in ranked[1:4]:
        if _adds(second) and len(text) + len(second.text) < LONGEST_PAIR:
            return _in_order(analysis, best, second)
    return text


def _adds(sentence: Sentence) -> bool:
    """Whether a second sentence would say something more."""
    if phrasings.REFERENCE.search(sentence.text) or phrasings.STAGES_AN_EXAMPLE.search(sentence.text):
        return False
    idle = sentence.is_lead_in or sentence.asks or sentence.kind == "caption" or "chatter" in sentence.cues
    return not idle and len(sentence.words) >= 5


def _in_order(analysis: Analysis, best: Sentence, second: Sentence) -> str:
    """Two sentences as they follow each other in the note, under its title."""
    pair = sorted((best, second), key=analysis.sentences.index)
    text = " ".join(timeless(polished(sentence.text)) for sentence in pair)
    return _with_title(text, analysis, titled=any(says_title(sentence, analysis) for sentence in pair))
