"""Who is bound to do what, for whom and until when: what a note commits its writer, or others towards the writer, to.

Prospective memory (Einstein & McDaniel 1990) needs an intention, and a time or a cue at which it comes to mind. An
intention is found by grammar: a cue (`commitment_cues.BINDINGS`) weighs something, a date to come, a recipient and a
verb that names an errand add to it, and a how-to takes from it. What others do for others, what was, what would be and
what always is are no commitments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from include.embedded_model import commitment_cues as cues
from include.embedded_model import entities, wordlists
from include.embedded_model.analysis import Analysis, Sentence, calendar_words, person_names
from include.embedded_model.dates import Certainty, DateMention, dates_in
from include.embedded_model.words import lemma, words_of, zipf

OWNER = "me"
"""How the writer of the notes is named."""
BINDING_ENOUGH = 2.0
LONGEST_WHAT = 160
"""Characters."""
LONGEST_SENTENCE = 2_000
"""Characters: what goes on for longer is a list, a table or a log, and no sentence that binds."""
MAXIMUM = 12
"""Commitments of one note."""

_QUOTED = re.compile(r"[\"“„»«][^\"“”„»«]{2,300}[\"”“«»]")
_INFINITIVE = re.compile(r"\b(?:zu\s+)?([a-zäöüß]+(?:en|ern|eln))(?:\s+(?:lassen|müssen))?\b\s*[.!]*$")
_PRONOUNS = frozenset({"he", "she", "they", "er", "sie", "him", "her", "them", "ihr", "ihm", "ihnen"})
_NO_SUBJECT = re.compile(
    r"\b(?:ist|war|sind|hat|haben|hatte|wurde|wird|wurden|kann|konnte|wollte|musste|sollte|sollten|will|"
    r"is|was|were|has|had|did|does|are)\b",
    re.IGNORECASE,
)
_TELLS_OTHERWISE = re.compile(r"\b(?:was|were|had|war|waren|hatte|wurde|since|seit)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:no|not|kein\w*|nicht|ab|closed?)\b", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?:it|it['\u2019]s|this|that|that['\u2019]s|das|es|der|die)(?: (?:is|now|ist|jetzt))*$|$", re.IGNORECASE
)
_OCCASION_ON = re.compile(
    r"\b(?:birthday|party|wedding|exam|visit|trip|deadline|interview|funeral|geburtstag|hochzeit|feier|"
    r"prüfung|besuch|abgabe|frist)\w*\b",
    re.IGNORECASE,
)
_ONLY_PRONOUN = re.compile(
    r"(?:sie|es|ihn|die|das|den) \w+$|\w+ (?:it|them|that)(?: (?:back|up|over|out|in))?$", re.IGNORECASE
)
_ORDER = "|".join(sorted(verb for verb in cues.ERRANDS if not verb.endswith("en")))
_AFTER_COLON = re.compile(rf"(?P<thing>[^:]{{3,60}}):\s+(?P<order>(?:{_ORDER})\b[^.;!?]*)", re.IGNORECASE)
_FINITE = re.compile(r"(?P<verb>[A-Za-zäöüß]+(?:e|t|en)) (?P<rest>.+)$")
_STRONG = {
    "gibt": "geben", "hilft": "helfen", "nimmt": "nehmen", "liest": "lesen", "fährt": "fahren", "hält": "halten",
    "trägt": "tragen", "leiht": "leihen", "ruft": "rufen", "lädt": "laden", "schreibt": "schreiben",
}  # fmt: skip
_NO_OBJECT = frozenset({"on", "is", "was", "for", "to", "by", "of", "and"})
_NOBODY = frozenset({"i", "we", "it", "this", "that", "there", "ich", "wir", "es", "das", "and", "the"})
_IT = re.compile(r"^\w+ (?:it|them|that|this|him|her|es|sie|ihn|ihm)(?: back)?$", re.IGNORECASE)
_OPEN_DATE = re.compile(r"(?:^|\s)[0-3]?\d\.$")
_VAGUE = re.compile(
    r"(?:find|take|make|have|get) (?:a |an |some |the |more |enough )?(?:\w+ )?(?:moment|time|break|rest|sleep)|"
    r"(?:mehr |etwas )?(?:zeit|ruhe|schlaf) (?:finden|nehmen|haben|machen)",
    re.IGNORECASE,
)
"""What a person wishes for themselves rather than owes: nobody could say that it is done."""
_PRESENCE = re.compile(
    r"(?:be|go|come|meet|visit|attend|travel|fly)\b|.*\b(?:gehen|kommen|fahren|treffen|besuchen|sein|fliegen)$",
    re.IGNORECASE,
)
"""To be somewhere, or with somebody: on its day it takes place, and after it there is nothing left to do."""
_LIST_OF_TASKS = re.compile(
    r"\b(?:to-?do|heute|today|tasks?|aufgaben|erledigen|plan|this week|diese woche|tomorrow|morgen|liste?)\b", re.I
)


@dataclass(frozen=True)
class Commitment:
    """Something that somebody is bound to do."""

    evidence: str
    """The sentence that says so."""
    what: str
    who: str
    """Who owes it; `OWNER` for the writer."""
    to_whom: str | None
    """Who it is owed to; `OWNER` for the writer, None where nobody is named."""
    due: date | None = None
    due_time: time | None = None
    certainty: Certainty = "none"
    kind: str = "task"
    """`appointment` for what takes place at its time; `task` for what has to be done by it."""


class _Found(NamedTuple):
    """A commitment with how sure it is, and where in its sentence what is to be done stands."""

    commitment: Commitment
    score: float
    start: int
    end: int


def commitments(analysis: Analysis, moment: datetime | None) -> tuple[Commitment, ...]:
    """What a note commits to, in its order; `moment` is the local time at which it was written (no dates without)."""
    found: list[Commitment] = []
    before = ""
    for sentence in statements(analysis):
        found += _in_sentence(sentence, analysis, moment, before)
        before = sentence.text
    return _distinct([item for item in found if not _VAGUE.fullmatch(item.what)])[:MAXIMUM]


def statements(analysis: Analysis) -> Iterator[Sentence]:
    """The sentences that can bind: no captions, no quotes; the title, too, which in a note of one line is the note."""
    if analysis.title:
        yield Sentence(analysis.title, analysis.title, "heading", None, analysis.title_words)
    label = analysis.speaker if analysis.speaker not in person_names() else None
    pending: Sentence | None = None
    for nth, sentence in enumerate(analysis.sentences):
        row = sentence
        if nth == 0 and label and analysis.speaker and analysis.speaker.lower() not in person_names():
            row = _joined(f"{label}:", row)  # "Reminder: water the plants" is nobody's speech
        if pending is not None:
            row = _joined(pending.text, row)
        # A full stop behind a number may be a German date's: "Abgabe: 30. April".
        pending = row if _OPEN_DATE.search(row.text) and nth + 1 < len(analysis.sentences) else None
        if pending is None and row.kind not in {"caption", "quote"} and len(row.text) <= LONGEST_SENTENCE:
            yield row


def _joined(before: str, sentence: Sentence) -> Sentence:
    return replace(
        sentence,
        text=f"{before} {sentence.text}",
        plain=f"{before} {sentence.plain}",
        words=words_of(f"{before} {sentence.plain}"),
    )


def _distinct(found: list[Commitment]) -> tuple[Commitment, ...]:
    """The first of those that say the same, with the date that one of them has."""
    kept: dict[frozenset[str], Commitment] = {}
    for item in found:
        key = subject_of(item.what) or frozenset({item.what.lower()})
        if kept and _IT.match(item.what):  # "Theo owes me 50 euros, he'll transfer it next week"
            key = next(reversed(kept))
        same = next((other for other in kept if 2 * len(other & key) > min(len(other), len(key)) > 0), None)
        if same is None:
            kept[key] = item
        elif kept[same].due is None and item.due is not None:
            kept[same] = replace(kept[same], due=item.due, due_time=item.due_time, certainty=item.certainty)
    return tuple(kept.values())


@lru_cache(maxsize=20_000)
def subject_of(text: str) -> frozenset[str]:
    """What a phrase is about: its words that are neither grammar nor figures, inflected forms of one word as one."""
    return frozenset(word.stem for word in words_of(text) if not word.grammatical and not word.base.isdigit())


# --- one sentence -----------------------------------------------------------------------------------------------------


def _in_sentence(sentence: Sentence, analysis: Analysis, moment: datetime | None, before: str) -> list[Commitment]:
    # What is quoted was said by somebody else: its letters become blanks, so that places stay what they are.
    text = _QUOTED.sub(lambda quoted: " " * len(quoted.group()), sentence.text)
    if sentence.done:
        return []
    dates = dates_in(text, moment) if moment else ()
    if sentence.done is False or (sentence.kind == "item" and _is_task_of_list(sentence, analysis)):
        return _open_box(text, analysis, dates, moment)
    if cues.REFUSED.search(text):
        return []
    found: list[_Found] = []
    occasion = next(_appointment(text, analysis, dates, moment, before), None)
    if occasion is not None and not any(match.start() < occasion.end for match in _cues_in(text)):
        found = [occasion]
        # What follows an occasion is about it: its day holds there, too.
        text = " " * occasion.end + text[occasion.end :]
    if not dates and moment and _OCCASION_ON.search(before):
        dates = tuple(replace(item, start=0, end=0) for item in dates_in(before, moment)[:1])
    if not sentence.asks:
        bound = [item for item in _bound(text, analysis, dates, moment, before) if item.score >= BINDING_ENOUGH]
        found += bound or [
            item for item in _ordered(text, sentence, analysis, dates, moment) if item.score >= BINDING_ENOUGH
        ]
    return [item.commitment for item in found]


def _cues_in(text: str) -> Iterator[re.Match[str]]:
    return (
        match
        for binding in cues.BINDINGS
        if binding.strength >= 1.5 or binding.to_owner
        for match in binding.pattern.finditer(text)
    )


def _open_box(
    text: str, analysis: Analysis, dates: tuple[DateMention, ...], moment: datetime | None
) -> list[Commitment]:
    """An open box is something to do where its list says so, or a box of it is ticked: others are forms."""
    boxed = [sentence for sentence in analysis.sentences if sentence.done is not None]
    lead = next((row.text for row in analysis.sentences if row.kind != "item" and row.done is None), "")
    lead = f"{analysis.title or ''} {lead}".strip()
    if lead and not (any(sentence.done for sentence in boxed) or _LIST_OF_TASKS.search(lead)):
        return []
    what = _what(text, dates)
    said = _due(dates, moment) or (_due(dates_in(lead, moment), moment) if moment else None)
    return [_commitment(text, what, _recipient(what, analysis), said, OWNER)] if what else []


def _is_task_of_list(sentence: Sentence, analysis: Analysis) -> bool:
    """Whether an entry without a box stands under "This week:" or "To do:" and says something to do."""
    lead = next((row.text for row in analysis.sentences if row.kind != "item"), analysis.title or "")
    if analysis.technical or not (lead.rstrip().endswith(":") and _LIST_OF_TASKS.search(lead)):
        return False
    first = sentence.words[0].lower if sentence.words else ""
    return first in wordlists.term_set("verbs") or bool(_INFINITIVE.search(sentence.plain))


def _bound(
    text: str, analysis: Analysis, dates: tuple[DateMention, ...], moment: datetime | None, before: str
) -> Iterator[_Found]:
    """Commitments that a cue announces, each cue with the words behind it up to the next."""
    found: list[tuple[float, re.Match[str], _Found]] = []
    for binding in cues.BINDINGS:
        for match in binding.pattern.finditer(text):
            item = _from_cue(text, binding, match, analysis, dates, moment, before)
            if item is not None:
                found.append((binding.strength, match, item))
    # The surest cue that begins in the words of another counts: "promised Anna I'll call".
    chosen: list[tuple[re.Match[str], _Found]] = []
    for _, match, item in sorted(found, key=lambda hit: (-hit[0], hit[1].start())):
        if all(match.end() <= other.start() or match.start() >= other.end() for other, _ in chosen):
            chosen.append((match, item))
    covered = -1
    for match, item in sorted(chosen, key=lambda hit: hit[0].start()):
        points_back = covered >= 0 and match.group().lower().startswith(("die muss", "das muss", "der muss"))
        if not points_back and match.start() >= covered:
            covered = item.end
            yield item


def _from_cue(
    text: str,
    binding: cues.Binding,
    match: re.Match[str],
    analysis: Analysis,
    dates: tuple[DateMention, ...],
    moment: datetime | None,
    before_sentence: str,
) -> _Found | None:
    before, rest = text[: match.start()], text[match.end() :]
    clause_end = cues.CLAUSE_END.search(rest, 1) if rest else None
    clause = rest[: clause_end.start()] if clause_end else rest
    if _is_unreal(before, clause, binding):
        return None
    start = _clause_start(before) if binding.whole_sentence else match.end()
    if binding.name == "duty of a thing" and _is_of_a_person(text[start : match.end()], analysis):
        return None
    end = match.end() + len(clause)
    own = _dates_of_clause(text, dates, _clause_start(before), end)
    said = _due(own or (dates if binding.name == "arranged" else ()), moment)
    cue = match.group() if binding.whole_sentence and binding.name != "duty of a thing" else ""
    what = _what(text[start:end], _shifted(dates, start), cue)
    if analysis.language == "de" and binding.name in {"arranged", "promised to me"}:
        what = _with_infinitive(what)
    who, to_whom = _parties(binding, match, what, analysis)
    if binding.name == "duty" and said is None and not analysis.technical:
        # Whatever is concrete enough to be done one day; "have to find out" is not.
        score_of_verb = 0.5 if _verb(what) not in cues.VAGUE | cues.STATES and len(subject_of(what)) > 1 else 0.0
    else:
        score_of_verb = 0.0
    if binding.name == "request" and binding.strength < 1.5 and _is_accepted(text[end:], analysis, text):
        score_of_verb = 1.0
    if binding.name == "needed" and cues.URGENT.search(text):
        score_of_verb = 1.0
    if binding.name == "visit":
        what = f"{match.group().strip()} {what}".strip()
    if _ONLY_PRONOUN.match(what) and before_sentence:
        what = f"{what} ({_what(before_sentence, ())[:60]})"
    if not subject_of(what) or (binding.to_owner and not _owed_to_owner(binding, clause, who, said)):
        return None
    score = binding.strength + score_of_verb + _weight(what, said, to_whom, analysis, binding)
    if (
        (binding.name == "arranged" or binding.needs_later_day)
        and moment
        and (said is None or said.on == moment.date())
    ):
        score -= 1.0  # what one does today is mostly told, not planned
    kind = "appointment" if binding.name in {"visit", "arranged"} and said and said.at else "task"
    return _Found(_commitment(text, what, to_whom, said, who, kind), round(score, 6), start, end)


def _dates_of_clause(text: str, dates: tuple[DateMention, ...], start: int, end: int) -> tuple[DateMention, ...]:
    """The dates within a clause, else those of what follows, unless that tells of something else."""
    own = tuple(item for item in dates if start <= item.start < end)
    if own:
        later = [item for item in dates if item.start >= end and item.certainty == "day"]
        vague = all(item.certainty != "day" for item in own)
        return tuple(later[:1]) if vague and later else own
    return tuple(
        item
        for item in dates
        if not (_tells_a_deed(text[:start]) if item.start < start else _TELLS_OTHERWISE.search(text[end : item.start]))
    )


def _tells_a_deed(text: str) -> bool:
    """Whether a clause has a verb of its own ("The passport runs out in June, …")."""
    return any(_is_deed(word.lower) for word in words_of(text) if word.text.islower())


def _is_unreal(before: str, clause: str, binding: cues.Binding) -> bool:
    """Whether the cue stands in a condition, a habit or a story of long ago."""
    lead = before[-80:].rpartition(". ")[2]
    if cues.LONG_PAST.search(before) or cues.LONG_PAST.search(clause[:60]):
        return True
    if binding.name in {"reminder", "to do", "deadline", "promised after"}:
        return bool(re.search(r"\bif\b|\bwenn\b", lead, re.I))
    if cues.CONDITIONAL.search(lead) or cues.HABITUAL.search(lead) or cues.HABITUAL.search(clause.split(",")[0][:40]):
        return True
    modal = binding.name in {"duty", "need", "intention", "arranged", "duty of a thing"}
    # A condition that follows does not undo a promise ("if the wind holds"), a modal right behind the cue does.
    return modal and bool(
        cues.SUBORDINATE.search(before)
        or re.match(r"(?:maybe|perhaps|probably|vielleicht|not|nicht|kein\w*)\b", clause, re.I)
    )


def _is_accepted(rest: str, analysis: Analysis, text: str) -> bool:
    """Whether what follows a request says yes to it, in the sentence or the next one."""
    texts = [row.text for row in analysis.sentences]
    following = next((after for row, after in pairwise(texts) if row == text.strip() or row in text), "")
    return bool(cues.ACCEPTED.search(rest) or cues.ACCEPTED.search(following))


def _is_of_a_person(subject: str, analysis: Analysis) -> bool:
    """Whether the subject of a clause is somebody else: what they have to do is theirs."""
    if re.search(r"['\u2019]s\b", subject):
        return False  # somebody's thing
    named = {part for name in entities.people(analysis) for part in name.lower().split()} | person_names()
    words = words_of(subject, analysis.language)
    if any(word.lower in named or word.lower in wordlists.term_set("kin") for word in words):
        return True
    if analysis.language == "de":
        # German nouns have an article or are no English words; names have none and are known everywhere.
        return bool(words) and words[0].capital and zipf(words[0].base, "en") >= 3.3 and words[0].zipf < 5
    return any(word.capital and word.zipf < 3.6 for word in words)


def _clause_start(before: str) -> int:
    """Where the clause begins that ends with `before`."""
    ends = [match.end() for match in re.finditer(r"[.;:!?…]\s+|,\s+(?!die\b|das\b|der\b)|\s[-\u2013\u2014]\s", before)]
    return ends[-1] if ends else 0


def _shifted(dates: tuple[DateMention, ...], by: int) -> tuple[DateMention, ...]:
    return tuple(replace(item, start=item.start - by, end=item.end - by) for item in dates)


def _due(dates: tuple[DateMention, ...], moment: datetime | None) -> DateMention | None:
    """The date that is meant: a limit before others, an exact one before others, then the first; none that is over."""
    to_come = [item for item in dates if moment and item.on >= moment.date()]
    return min(to_come, key=lambda item: (not item.deadline, item.certainty != "day", item.start), default=None)


def _weight(
    what: str,
    said: DateMention | None,
    to_whom: str | None,
    analysis: Analysis,
    binding: cues.Binding | None,
) -> float:
    """What date, recipient, errand and the kind of note add to a cue."""
    weight = 0.0
    verb = _verb(what)
    if said is not None:
        weight += 1.0
    if to_whom is not None:
        weight += 0.5
    if verb in cues.ERRANDS or (verb.startswith("re") and verb[2:].lstrip("-") in cues.ERRANDS):
        weight += 1.0
    if cues.IDIOMS.match(what):
        weight -= 2.0
    if re.search(r"\byour?\b", what):
        weight -= 1.0  # said to somebody in a conversation, not noted
    if verb in cues.STATES:
        weight -= 1.0 if said is None else 0.5
    if analysis.technical:
        weight -= 1.5 if binding is None or binding.name not in {"request", "promise", "reminder"} else 1.0
    return weight


def _verb(what: str) -> str:
    """What is done, in its base form: the first word in English, the last one in German."""
    last = _INFINITIVE.search(what.strip())
    words = what.split()
    first = re.sub(r"[^\w-]", "", words[0].lower()) if words else ""
    if first in cues.ERRANDS or first in cues.STATES or first in wordlists.term_set("verbs"):
        return first
    if last:
        verb = last.group(1)
        if verb in cues.ERRANDS or verb in cues.STATES:
            return verb
        # "zurückzugeben": the particle and the infinitive around "zu".
        whole = re.sub(r"(?<=\w)zu(?=\w+en$)", "", verb)
        return next((errand for errand in sorted(cues.ERRANDS) if whole == errand), verb)
    return lemma(first) if first.endswith("ing") else first


# --- sentences without a cue ------------------------------------------------------------------------------------------


def _ordered(
    text: str, sentence: Sentence, analysis: Analysis, dates: tuple[DateMention, ...], moment: datetime | None
) -> Iterator[_Found]:
    """What a note says without a cue: an order to oneself, or a German infinitive."""
    if sentence.is_lead_in or _unlikely(text):
        return
    said = _due(dates, moment)
    end = cues.CLAUSE_END.search(text, 1)
    what = _what(text[: end.start()] if end else text, dates)
    if _is_order(sentence):
        alone = len(analysis.sentences) <= 2 and sentence.words[0].lower in cues.ORDERS
        binds = said is not None or alone
    else:
        binds = bool(_INFINITIVE.search(text)) and not _NO_SUBJECT.search(text) and not _has_subject(text)
    if binds and subject_of(what):
        score = 1.0 + _weight(what, said, None, analysis, None)
        yield _Found(_commitment(text, what, _recipient(what, analysis), said, OWNER), score, 0, len(text))


def _unlikely(text: str) -> bool:
    return bool(cues.CONDITIONAL.search(text) or cues.HABITUAL.search(text) or cues.LONG_PAST.search(text))


def _appointment(
    text: str, analysis: Analysis, dates: tuple[DateMention, ...], moment: datetime | None, before: str
) -> Iterator[_Found]:
    """An occasion that a sentence names with its time: "Dentist at 4 pm tomorrow"; `before` is the sentence before."""
    said = _due(dates, moment)
    if said is None or said.certainty != "day" or analysis.technical:
        return
    if moment and said.on == moment.date() and (said.at or time()) <= moment.time():
        return
    rest = re.search(r"[,;.!?]\s|\s[-\u2013\u2014]\s|[.!?]$", text[said.end :])
    segment = text[: said.end + rest.start()] if rest else text
    what = _what(segment, dates)
    if _POINTS_BACK.match(what):
        what = _what(before, ())[:60]
    occasion = cues.APPOINTMENTS.search(f"{segment} {what}")
    if said.at is None and not (occasion and re.search(r"appointment|termin\b", segment, re.IGNORECASE)):
        return
    words = words_of(segment)
    if len(words) > (16 if occasion else 10) or _unlikely(segment) or _NEGATED.search(segment):
        return
    if subject_of(what) and not any(_is_deed(word.lower) for word in words if word.text.islower() or word.start == 0):
        yield _Found(
            _commitment(text, what, _recipient(what, analysis), said, OWNER, "appointment"), 2.0, 0, len(segment)
        )


def _has_subject(text: str) -> bool:
    """Whether a sentence tells of somebody: by a pronoun, or a preterite behind its first words ("Jonas versprach")."""
    return bool(
        re.search(r"\b(?:ich|wir|er|sie|es|man|du|ihr|i|we|he|she|it|they|you)\b", text, re.IGNORECASE)
        or re.match(r"(?:\S+ ){1,3}(?:versprach|sagte|wollte|ging|kam|fand|gab|nahm|[a-zäöüß]{3,}te[n]?)\b", text)
    )


def _is_order(sentence: Sentence) -> bool:
    """Whether a sentence starts with a verb in base form that names an errand: "Order the photo book in time"."""
    words = sentence.words
    if len(words) < 2 or not sentence.plain.startswith(words[0].text):
        return False
    first, second = words[0].lower, words[1].lower
    return first in cues.ERRANDS and first in wordlists.term_set("verbs") and second not in _NO_OBJECT


def _is_deed(word: str) -> bool:
    """Whether a word is a finite verb of something that goes on or was done ("closes", "rang")."""
    if word in {"is", "ist", "has", "have", "hat", "haben", "starts", "begins", "beginnt", "takes", "can", "see"}:
        return False
    if word in wordlists.term_set("past_forms") or word in {
        "war",
        "hatte",
        "waren",
        "was",
        "were",
        "wurde",
        "kam",
        "had",
    }:
        return True
    base = lemma(word)
    inflected = word.endswith(("s", "ed")) and base != word
    return inflected and base in wordlists.term_set("verbs") and word not in {"plans", "drinks", "proofs", "notes"}


# --- what, who, to whom -----------------------------------------------------------------------------------------------


def _what(text: str, dates: tuple[DateMention, ...], cue: str = "") -> str:
    """The words that say what is to be done: without its date, cue and fillers."""
    kept = list(text)
    for item in dates:
        for place in range(max(0, item.start), min(len(kept), item.end)):
            kept[place] = "\0"
    said = "".join(kept)
    if cue and cue.strip():
        said = said.replace(cue.strip(), " ")
    said = re.sub(r"\0+", " ", said)
    said = cues.FILLERS.sub(" ", said)
    said = re.sub(r"\s+", " ", said)
    said = re.sub(r"\s+([,.;:!?])", r"\1", said)
    said = re.sub(r"^(?:[\s,.;:!?\u2013-]|(?:and|und|so|that|to|dass|the|a)\s)+|[\s,.;:!?\u2013-]+$", "", said)
    said = re.sub(
        r"(?:\s*\b(?:on|by|at|until|before|am|bis|um|vor|in|the|for|from|with|to|and|und|not|is|ist|are|sind)\b)+\s*$",
        "",
        said,
    )
    said = said.strip(" ,.;:!?\u2013-")
    return said[:LONGEST_WHAT].strip()


def _with_infinitive(what: str) -> str:
    """A German clause in the present tense with its verb where an infinitive stands: "holt … ab" is "… abholen"."""
    found = _FINITE.match(re.sub(r"^(?:[A-ZÄÖÜ][\w-]+ )(?=[a-zäöüß]+t\b)", "", what))
    if not found:
        return what
    verb = found["verb"].lower()
    stem = _STRONG.get(verb) or re.sub(r"(?:en|e|t)$", "", verb) + "en"
    rest = re.sub(r"\b(?:mir|uns|mich)\b ?", "", found["rest"]).strip()
    particle = re.search(
        r"\s(ab|an|auf|aus|ein|mit|vor|zu|zurück|um|weg|los|nach|bei|vorbei|rein|raus|hin|her)$", f" {rest}"
    )
    if particle:
        return f"{rest[: -len(particle.group(1))].strip()} {particle.group(1)}{stem}".strip()
    return f"{rest} {stem}".strip()


def _parties(binding: cues.Binding, match: re.Match[str], what: str, analysis: Analysis) -> tuple[str, str | None]:
    """Who owes it, and to whom."""
    groups = match.groupdict()
    before = match.string[: match.start()]
    if binding.to_owner:
        return _named(groups.get("who"), before, analysis) or "somebody", OWNER
    whom = _named(groups.get("whom"), before, analysis)
    if whom is None and binding.name == "duty of a thing":
        at = cues.REPORTED_TO.search(what)
        return OWNER, at["whom"] if at else None
    if whom is None:
        dative = re.search(r"\b(?:ihr|ihm|ihnen|him|her|them)\b(?! \w+(?:ing|ed)\b)", what)
        whom = _named(dative.group(), before, analysis) if dative else None
    return OWNER, whom or _recipient(what, analysis) or _only_person(analysis, match.string)


def _named(said: str | None, before: str, analysis: Analysis) -> str | None:
    """A person as they are called: a pronoun is who was named before, in the sentence or in the note."""
    if not said:
        return None
    clean = re.sub(r"^(?:the|my|our|der|die|dem|mein\w*|unser\w*)\s+", "", said.strip(), flags=re.IGNORECASE)
    clean = re.sub(r"['\u2019]s$|\s+(?:from|at|of|von|aus)\s.*$", "", clean)
    if clean.lower() not in _PRONOUNS:
        return clean
    people = [name for name in entities.people(analysis) if name.lower() not in _PRONOUNS]
    titled = [found["whom"] for found in cues.GERMAN_PERSON.finditer(before)]
    earlier = [found["whom"] for row in analysis.sentences for found in cues.GERMAN_PERSON.finditer(row.text)]
    # A name that no list has: a word with a capital that the language does not know.
    strange = [
        word.text
        for word in words_of(f"{_before_sentence(analysis, before)} {before}")
        if word.capital and word.zipf < 3.9
    ]
    strange = [name for name in strange if name.lower() not in calendar_words()]
    return next(iter([*titled[-1:], *people[-1:], *earlier[:1], *strange[-1:]]), clean.lower())


def _before_sentence(analysis: Analysis, before: str) -> str:
    """The sentences of the note that stand before the one that begins like this."""
    told = []
    for row in analysis.sentences:
        if before and row.text.startswith(before[:20]):
            break
        told.append(row.text)
    return " ".join(told)


def _recipient(what: str, analysis: Analysis) -> str | None:
    """Who gets it, by a preposition or as the object of a verb that has a person for it."""
    people = {name.casefold() for name in _people(analysis)}
    addressed = cues.ADDRESSED.match(what)
    if addressed:
        return addressed["whom"] or addressed["getter"]
    direct = cues.DIRECT.match(what)
    if direct:
        said = re.sub(r"^(?:the|my|our) ", "", direct["whom"])
        if said[:1].isupper() or said.casefold() in people or re.fullmatch(cues.PERSON, direct["whom"]):
            return re.sub(r"['\u2019]s$", "", said)
    named = [found for found in cues.RECIPIENT.finditer(what) if not _is_place(found, analysis)]
    for found in sorted(named, key=lambda found: not any(name in found.group().casefold() for name in people)):
        if found["place"] or found["addressee"]:
            return found["place"] or found["addressee"]
        person = found["person"]
        # Every German noun has a capital: behind "für" or "mit" only a known name is somebody.
        if (
            analysis.language == "en"
            or any(name in person.casefold() for name in people)
            or cues.GERMAN_PERSON.match(person)
        ):
            return re.sub(r"^(?:the|my|our|die|das|der|dem|den)\s+|['\u2019]s$", "", person)
    titled = (
        cues.REPORTED_TO.search(what)
        or cues.GERMAN_PERSON.search(what)
        or (cues.DATIVE.match(what) if _INFINITIVE.search(what) else None)
    )
    if titled:
        return re.sub(r"^(?:die|den|dem|der|meine?\w*)\s+", "", titled["whom"])
    return next((name for name in _people(analysis) if re.search(rf"\b{re.escape(name)}\b", what, re.I)), None)


def _people(analysis: Analysis) -> tuple[str, ...]:
    """Whom a note names; a label before its first colon ("Reminder:") only where it is a known name."""
    label = analysis.speaker if (analysis.speaker or "").split(" ")[0].lower() not in person_names() else None
    return tuple(name for name in entities.people(analysis) if name != label and name.lower() not in _PRONOUNS)


def _is_place(found: re.Match[str], analysis: Analysis) -> bool:
    said = found.group().split()[-1].lower()
    return said in calendar_words() or any(name in found.group() for name in entities.places(analysis))


def _only_person(analysis: Analysis, text: str) -> str | None:
    """The one person whom the sentence names."""
    named = [name for name in _people(analysis) if re.search(rf"\b{re.escape(name)}\b", text, re.I)]
    return named[0] if len(named) == 1 else None


def _owed_to_owner(binding: cues.Binding, clause: str, who: str, said: DateMention | None) -> bool:
    """Whether what another does comes to the writer."""
    if who.lower() in _NOBODY or (
        cues.OWED_ELSEWHERE.search(clause) and not re.search(r"\b(?:me|us|mir|uns)\b", clause)
    ):
        return False
    if binding.name == "visit":
        return said is not None
    return binding.says_to_owner or bool(cues.OWED_TO_ME.search(clause.strip()))


def _commitment(
    evidence: str,
    what: str,
    to_whom: str | None,
    said: DateMention | None,
    who: str,
    kind: str = "task",
) -> Commitment:
    if said and said.certainty == "day" and not said.deadline and _PRESENCE.match(what):
        kind = "appointment"
    return Commitment(
        evidence=" ".join(evidence.split())[:400],
        what=what,
        who=who,
        to_whom=to_whom,
        due=said.on if said else None,
        due_time=said.at if said and said.certainty == "day" else None,
        certainty=said.certainty if said else "none",
        kind=kind,
    )
