"""Which of the open commitments a later note says are done, given up or put off: by the thing, and a deed that is over.

Precision first: a commitment that is not closed is asked about, one that is closed by mistake is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from include.embedded_model import commitment_cues as cues
from include.embedded_model import wordlists
from include.embedded_model.analysis import Analysis, Sentence
from include.embedded_model.commitments import OWNER, statements
from include.embedded_model.dates import dates_in
from include.embedded_model.errand_words import deed, thing, thing_within
from include.embedded_model.words import UNKNOWN_ZIPF, grammatical_words, language_of, lemma, words_of, zipf

Outcome = Literal["done", "dropped", "moved"]

LONGEST_WAIT_DAYS = 120
"""What is older than this when nothing closed it is closed by no chance mention."""
_CONTEXT_SHARE = 0.35
"""What a word of the note around the commitment counts, against one of the commitment itself."""

_OVER = re.compile(
    r"\b(?:done|erledigt|finished|fertig|raus|completed|abgehakt|geschafft)\b|"
    r"\b(?:is|are|was|were|['\u2019]s|['\u2019]re|ist|sind|war) (?:now |finally |jetzt |endlich |wieder |"
    r"all |already |schon )?"
    r"(?:back|here|in|out|off|over|on|through|ready|up|gone|empty|clean|clear|closed|paid|booked|sent|signed|"
    r"done|again|leaning|"
    r"da|hier|drin|weg|zurück|durch|drauf|bezahlt|gebucht|verschickt|leer|sauber|unterwegs)\b|"
    r"\b(?:liegt|hängt|steht|läuft|works|runs|swings|stands|hangs)\b|\b(?:hat|has|haben|have)\b.*\b(?:wieder|"
    r"again|back|zurück)\b|"
    r"\b(?:wieder|zurück|back) (?:bei|beim|at|with|in|on)\b|\bwent (?:well|to|off to|out to|in|over|fine)\b|"
    r"\b(?:ging|lief|liefen) (?:gut|raus|ab)\b|\b(?:war|waren|kam|kamen|ging|gingen|gab|lief)\b|"
    r"\b(?:drin|raus|abgehakt|durch|unterwegs)\b(?=\s*[,.!]|\s*$)",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?:is|are|['\u2019]s|ist|sind|liegt|liegen)\b (?:now |jetzt )?(?:at|in|with|on|bei|beim|im|auf)\b",
    re.IGNORECASE,
)
"""Where something is now: for what was to be brought there."""
_BRINGING = frozenset({"return", "send", "submit", "pick"})
_PARTICIPLE = re.compile(
    r"\b(?:\w{0,6}(?:ge)[a-zäöüß]{2,}(?:t|en)|(?:be|ver|er|ent|zer|über)[a-zäöüß]{3,}(?:t|en)|[a-zäöüß]{3,}iert)\b"
)
_NOT_OVER = re.compile(
    r"\b(?:not yet|noch nicht|noch kein\w*|still (?:no|not|hasn|haven|waiting|need|have to)|hasn['\u2019]?t|"
    r"haven['\u2019]?t|didn['\u2019]?t|"
    r"nicht geschafft|forgot|vergessen|tomorrow|morgen|will|['\u2019]ll|werde|muss|must|need to|have to|"
    r"should|sollte|todo|almost|fast|"
    r"wants?|waiting|wartet|vorgenommen|promised|versprochen|half(?:way| done| finished)|so far|bisher|"
    r"started on|angefangen)\b|^no \w+",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"\b(?:cancell?ed|called off|abgesagt|fällt aus|fiel aus|entfällt|gestrichen|dropped (?:the (?:idea|"
    r"plan)|it from)|never mind|forget it|not going to|won['\u2019]?t|"
    r"no longer (?:needed|necessary)|nicht mehr nötig|hat sich erledigt|not needed|missed|verpasst|gave up|"
    r"giving up|aufgegeben|"
    r"decided (?:not to|against)|doch nicht|lasse? (?:es|ich)|sein lassen|(?:is|are)n['\u2019]?t happening|"
    r"changed my mind)\b|"
    r"\bwe(?:['\u2019]re| are) not \w+ing\b|\bi(?:['\u2019]m| am) not \w+ing\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:moved?|postponed?|reschedul\w+|pushed|put off|shifted|verschoben|verlegt|verschiebt|neuer termin|"
    r"new date|delayed)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\binstead\b|\bstatt(?:dessen)?\b", re.IGNORECASE)
_ASKS_FOR_IT = re.compile(
    r"\b(?:asks?|asked|bat|bittet|gebeten|gefragt|fragt|reminded) (?:me|us|again|mich|uns|nach|about|for|if|"
    r"whether)\b|\bnach (?:dem|der|den) \w+ gefragt\b",
    re.IGNORECASE,
)
_IN_PART = re.compile(
    r"\b(?:page|chapter|part|seite|kapitel|teil)?\s?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eins?|zwei|drei|vier|fünf) (?:out )?(?:of|von) "
    r"(?:the |den )?(?:\d+|two|three|four|five|six|seven|eight|nine|ten|zwei|drei|vier|fünf|sechs)\b|"
    r"\bthe first\b|\bfirst (?:slides|pages|draft|half)\b|\bzur hälfte\b",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:never mind|forget it|not (?:going to|\w+ing) (?:it|another|any)|lasse ich|lass ich|doch nicht)\b",
    re.IGNORECASE,
)
_STILL = re.compile(r"\b(?:is|are|isn['\u2019]?t|ist|sind) (?:still|noch)\b|\bnoch nicht\b|\bnot yet\b", re.IGNORECASE)
_ARRIVED = re.compile(
    r"\b(?:arrived|landed|received|came|turned up|got|handed|gave|brought|angekommen|eingetroffen|erhalten|"
    r"bekommen|übergeben|mitgebracht)\b|"
    r"^(?:the )?(?:new|neue[rsn]?)\b|"
    r"(?:\bis|\bare|['\u2019]s|['\u2019]re|\bist|\bsind)\s+(?:now |finally |jetzt |endlich |wieder )?(?:here|"
    r"in|back|da|hier|zurück)\b|"
    r"\b(?:liegt|hängt|steht)\b",
    re.IGNORECASE,
)
_HAS_IT = re.compile(
    r"(?:[A-ZÄÖÜ]\w+ )?[A-ZÄÖÜ]\w+ (?:has|hat|haben|have|got) (?:the|his|her|their|it|die|das|den|seine?n?|ihre?n?)\b"
)
_GETTING = frozenset({"buy", "find", "replace", "repair"})
_HANDED_OVER = frozenset({"send", "submit", "buy", "pay", "return", "answer", "repair", "replace"})
_ALIKE = (frozenset({"tell", "send", "answer"}), frozenset({"finish", "submit", "send"}))
"""Deeds that one may say for the other."""
_AT_PEOPLE = frozenset(
    {"call", "answer", "invite", "help", "meet", "tell", "come", "renew", "cancel", "register", "tune"}
)
"""Deeds whose object is a person: who it was done to is all that a note says of them."""


@dataclass(frozen=True)
class Open:
    """A commitment that nothing has closed so far."""

    what: str
    who: str
    to_whom: str | None
    due: date | None
    opened: date
    said: str = ""
    """The sentence that opened it."""
    due_time: time | None = None
    kind: str = "task"


@dataclass(frozen=True)
class Closing:
    """What a note says of one open commitment."""

    position: int
    """Its place in the list."""
    outcome: Outcome
    evidence: str
    certainty: float
    """0 to 1: how much of the commitment the note names."""
    due: date | None = None
    """The new date, where it was put off."""
    due_time: time | None = None


def closings(open_commitments: Sequence[Open], later: Analysis, moment: datetime | None) -> tuple[Closing, ...]:
    """What a later note closes, at most one outcome for each commitment, in the order of the list."""
    best: dict[int, Closing] = {}
    deeds = {found for sentence in later.sentences for word in sentence.words if (found := deed(word.lower))}
    if later.parts.code:
        return ()  # a how-to
    rows = [row for row in statements(later) if not row.asks]
    for nth, sentence in enumerate(rows):
        outcome = _outcome(sentence, dated=bool(_new_date(sentence, moment)[0]))
        following = " ".join(row.text for row in rows[nth + 1 :])
        if outcome == "done" and _TAKES_BACK.search(following):
            outcome = "dropped"
        if outcome == "done" and _STILL.search(following):
            outcome = None
        for closing in _by_sentence(open_commitments, sentence, outcome, deeds, moment):
            known = best.get(closing.position)
            if known is None or closing.certainty > known.certainty:
                best[closing.position] = closing
    return tuple(best[position] for position in sorted(best))


def _by_sentence(
    open_commitments: Sequence[Open],
    sentence: Sentence,
    outcome: Outcome | None,
    deeds: set[str],
    moment: datetime | None,
) -> list[Closing]:
    named = _named(sentence.text)
    figures = set(re.findall(r"\d+", sentence.text))
    new_date = _new_date(sentence, moment) if outcome == "moved" else (None, None)
    arrived = bool(_ARRIVED.search(sentence.text))
    over = bool(_OVER.search(sentence.text)) or bool(_HAS_IT.match(sentence.text))
    placed = bool(_PLACED.search(sentence.text))
    subject = sentence.words[0].base if sentence.words else ""
    found: list[Closing] = []
    for position, commitment in enumerate(open_commitments):
        took_place = (
            outcome in {None, "done"} and _took_place(commitment, moment) and not _NOT_OVER.search(sentence.text)
        )
        if (outcome is None and not took_place) or _is_long_over(commitment, moment):
            continue
        if outcome == "done" and _is_to_come(commitment, moment):
            continue
        certainty = _likeness(
            commitment,
            named,
            figures,
            deeds,
            outcome or "done",
            took_place=took_place,
            past=outcome is not None,
            same_verb=_same_verb(commitment.what, sentence),
            arrived=arrived,
            over=over,
            placed=placed,
            subject=subject,
        )
        if certainty > 0:
            evidence = " ".join(sentence.text.split())[:400]
            kept = "done" if outcome == "dropped" and "cancel" in _deeds_of(commitment.what) else outcome
            found.append(Closing(position, kept or "done", evidence, round(certainty, 4), *new_date))
    highest = max((closing.certainty for closing in found), default=0.0)
    # A sentence is over what it names best; of what is done, also over what it names nearly as well.
    enough = 0.8 * highest if outcome in {None, "done"} else highest
    return [closing for closing in found if closing.certainty >= enough]


def _took_place(commitment: Open, moment: datetime | None) -> bool:
    """Whether it is an occasion whose time came within the last day: then any word of it tells that it was."""
    if moment is None or commitment.due is None or commitment.kind != "appointment":
        return False
    since = moment - datetime.combine(commitment.due, commitment.due_time or time())
    return timedelta() <= since <= timedelta(days=1)


def _is_to_come(commitment: Open, moment: datetime | None) -> bool:
    """Whether it is an occasion whose day is not there yet."""
    return moment is not None and commitment.kind == "appointment" and (commitment.due or moment.date()) > moment.date()


def _is_long_over(commitment: Open, moment: datetime | None) -> bool:
    last = max(commitment.opened, commitment.due or commitment.opened)
    return moment is not None and (moment.date() - last).days > LONGEST_WAIT_DAYS


def _outcome(sentence: Sentence, *, dated: bool) -> Outcome | None:
    """What a sentence says has become of something; None where it is not over."""
    text = sentence.text
    if sentence.done is not None:
        return "done" if sentence.done else None
    if cues.CONDITIONAL.search(text):
        return None
    if _MOVED.search(text) or (_INSTEAD.search(text) and dated):
        return "moved"
    if _DROPPED.search(text):
        return "dropped"
    if _IN_PART.search(text) or _STILL.search(text) or _ASKS_FOR_IT.search(text):
        return None
    # What is to come in another clause does not undo it: "Sugar ordered, neighbours will love it".
    clauses = re.split(r"[,;]\s|\s[-\u2013\u2014]\s", text)
    return "done" if any(_is_over(clause) for clause in clauses if not _NOT_OVER.search(clause)) else None


def _is_over(clause: str) -> bool:
    past = any(
        word.lower in wordlists.term_set("past_forms")
        or (word.lower.endswith("ed") and lemma(word.lower) != word.lower)
        for word in words_of(clause)
    )
    return past or any(pattern.search(clause) for pattern in (_OVER, _PLACED, _PARTICIPLE, _HAS_IT, _ARRIVED))


def _new_date(sentence: Sentence, moment: datetime | None) -> tuple[date | None, time | None]:
    found = [item for item in dates_in(sentence.text, moment) if item.on >= moment.date()] if moment else []
    return (found[-1].on, found[-1].at) if found else (None, None)


# --- how much of a commitment a sentence names ------------------------------------------------------------------------


class _Term(NamedTuple):
    """A thing or a name in a text."""

    weight: float
    """How rare the word is, at most 4.5."""
    written: str


@lru_cache(maxsize=20_000)
def _named(text: str) -> dict[str, _Term]:
    """Thing or name → how it is written; words of grammar of either language, figures and deeds are none."""
    grammar = grammatical_words("en") | grammatical_words("de")
    found: dict[str, _Term] = {}
    for word in words_of(text, language_of(text)):
        short = word.base.isdigit() or (len(word.base) < 3 and not word.text.isupper())
        if short or word.lower in grammar or word.base in grammar or deed(word.lower):
            continue
        # A common word of the other language must not look rare in this one ("alle").
        rarity = 7.5 - max(zipf(word.base, "en"), zipf(word.base, "de"))
        found.setdefault(thing(word.base) or word.base, _Term(min(max(rarity, 0.0), 4.5), word.base))
        within = thing_within(word.base) if rarity > 4.5 else None
        if within:
            found.setdefault(within, _Term(1.0, word.base))
    return found


def _in(name: str, written: str, others: dict[str, _Term]) -> bool:
    """Whether a thing is among others: inflected, or as a part of a German compound ("Voranmeldung")."""
    return name in others or any(
        _inflected(written, other.written) or _is_part(written, other.written) or _is_part(other.written, written)
        for other in others.values()
    )


def _inflected(one: str, other: str) -> bool:
    """Whether two words differ at most in their endings."""
    pairs = zip(one, other, strict=False)
    shared = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return shared >= 4 and max(len(one), len(other)) - shared <= (1 if shared == 4 else 2)


def _is_part(part: str, whole: str) -> bool:
    if len(part) < 4 or len(whole) < len(part) + 4 or part not in whole:
        return False
    return zipf(whole) <= UNKNOWN_ZIPF and (whole.startswith(part) or (len(part) > 4 and whole.endswith(part)))


def _same_verb(what: str, sentence: Sentence) -> bool:
    """Whether a sentence has the commitment's own verb in the past: "scan", "scanned"; "einscannen", "eingescannt"."""
    words = what.lower().split()
    if not words:
        return False
    first, last = words[0], words[-1]
    if any(word.lower != first and lemma(word.lower) == first for word in sentence.words):
        return True
    bare = re.sub(r"(?<=[a-zäöü])zu(?=[a-zäöü]{4,}en$)", "", last)[:-2] if last.endswith("en") else ""
    return len(bare) >= 5 and any(
        re.sub(
            r"^((?:ab|an|auf|aus|ein|mit|vor|zu|um|nach|bei|weg|her|hin|zurück|rum)?)ge", r"\1", word.lower
        ).startswith(bare)
        for word in sentence.words
        if word.lower != last
    )


@lru_cache(maxsize=4096)
def _deeds_of(what: str) -> frozenset[str]:
    """What is to be done: the first word in English, the last in German, and what follows "and"."""
    words = [word.lower for word in words_of(what)]
    places = {
        0,
        1,
        len(words) - 1,
        *(place + 1 for place, word in enumerate(words) if word in {"and", "und", "to", "zu"}),
    }
    found = {name for place in places if 0 <= place < len(words) and (name := deed(words[place]))}
    # "VAT return": a noun that could be a verb, behind another noun.
    if (
        len(words) > 1
        and not deed(words[0])
        and words[-1] in {"return", "call", "review", "report", "answer", "order", "book"}
    ):
        found.discard(deed(words[-1]) or "")
    return frozenset(found)


def _likeness(
    commitment: Open,
    named: dict[str, _Term],
    figures: set[str],
    deeds: set[str],
    outcome: Outcome,
    *,
    took_place: bool,
    past: bool,
    same_verb: bool,
    arrived: bool,
    over: bool,
    placed: bool,
    subject: str,
) -> float:
    """How surely a sentence is about a commitment, 0 where it is not."""
    if outcome == "dropped" and "cancel" in _deeds_of(commitment.what):
        outcome = "done"
    things = _named(commitment.what)
    people = _named(f"{commitment.to_whom or ''} {commitment.who if commitment.who != OWNER else ''}")
    objects = {name: term for name, term in things.items() if name not in people and term.weight > 0.5}
    own_figures = set(re.findall(r"\d+", commitment.what))
    if own_figures and figures and not own_figures & figures:
        objects.pop("money", None)  # another sum is another bill
    own_deeds = _deeds_of(commitment.what)
    around = sum(
        _CONTEXT_SHARE * term.weight
        for name, term in _named(commitment.said).items()
        if name not in things and name not in people and _in(name, term.written, named)
    )
    hits = [term.weight for name, term in objects.items() if _in(name, term.written, named)]
    matched = sum(hits)
    total = sum(term.weight for term in objects.values())
    share = matched / total if total else 0.0
    person = any(_in(name, term.written, named) for name, term in people.items())
    same_deed = bool(own_deeds & deeds) or same_verb or any(own_deeds & kind and deeds & kind for kind in _ALIKE)
    certainty = min(1.0, 0.4 + 0.4 * share + 0.15 * same_deed + 0.15 * person)
    wanted = bool(own_deeds & _GETTING) and "find out" not in commitment.what
    arrival = arrived and (commitment.who != OWNER or wanted or not own_deeds)
    over = over or (placed and (bool(own_deeds & _BRINGING) or not own_deeds))
    told = same_deed or person or took_place or arrival or (over and matched >= 2.5)
    told = told or (outcome != "done" and share >= 0.6)
    if own_deeds and outcome == "done" and not (same_deed or over or arrival or took_place):
        return 0.0  # something else was done with it
    handed_over = not own_deeds and bool(deeds & _HANDED_OVER) and share >= 0.5
    sure = person or same_deed or took_place or arrival or handed_over or (over and share >= 0.6)
    if people and len(hits) <= 1 and not sure:
        return 0.0
    if (
        commitment.kind == "appointment"
        and outcome == "done"
        and not took_place
        and (not hits or (people and not person))
    ):
        return 0.0
    if matched >= 2.0 and ((share >= 0.35 and told) or (same_deed and person)):
        return certainty
    # Without who or deed the thing must be rare, and nearly all that there is.
    if matched >= 3.2 and share >= (0.6 if people else 0.5):
        return certainty
    if matched >= 3.0 and share >= 0.2 and same_deed:
        return certainty
    if matched >= 2.5 and share >= 0.3 and not own_deeds and deeds and (person or not people):
        return certainty
    if not own_deeds and (
        (handed_over and matched >= 2.5) or (person and "submit" in deeds and (hits or around >= 0.7))
    ):
        return certainty
    if person and took_place and past:
        return 0.5
    if person and outcome != "done":
        return 0.7 if subject in people else 0.6
    if person and same_deed and (own_deeds & deeds & _AT_PEOPLE or around >= 0.7 or total < 2.5):
        return 0.5
    return 0.0
