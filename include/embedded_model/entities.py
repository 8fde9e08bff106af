"""Who, what and where a text names: people, organisations, tools, places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from include.embedded_model import wordlists
from include.embedded_model.analysis import Analysis, Sentence, calendar_words, tool_forms
from include.embedded_model.words import COMMON_ZIPF, Word, words_of, zipf

MAXIMUM_NAMES = 20

_MENTION = re.compile(r"(?<![\w.@/])@([A-Za-z][\w-]{1,30})\b(?!\.\w)")
_EMPLOYED_AT = re.compile(
    r"\b(?:work(?:s|ed|ing)? (?:at|for)|job at|interview(?:ed)? (?:at|with)|joined|hired by|laid off (?:by|from)|"
    r"offer from|career at|internship at|client|customer|startup|company) (?:the )?$",
    re.IGNORECASE,
)
_COMMAND_LINE = re.compile(r"^\s*[$>\u276f]\s+(?:sudo\s+)?([\w.-]+)", re.MULTILINE)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The first `MAXIMUM_NAMES` different names (case aside), each of at most 120 characters."""
    kept: dict[str, str] = {}
    for name in names:
        clean = " ".join(name.split())[:120].strip()
        if clean:
            kept.setdefault(clean.casefold(), clean)
    return tuple(kept.values())[:MAXIMUM_NAMES]


def _without_possessive(name: str) -> str:
    return re.sub("['\u2019]s?$", "", name)


def _is_everyday(word: str) -> bool:
    return zipf(word.lower()) >= COMMON_ZIPF


def _in_title_case(words: tuple[Word, ...]) -> bool:
    """Whether capitals tell nothing, because nearly all words have one."""
    long_words = [word for word in words if len(word.text) > 3]
    return len(long_words) > 2 and sum(word.capital for word in long_words) / len(long_words) > 0.6


def _starts_a_sentence(sentence: Sentence, position: int) -> bool:
    """Whether a capital at this word is due to its place: first word, or first after a stop or colon."""
    before = sentence.plain[: sentence.words[position].start].rstrip(" \"'\u201c\u201e(")
    return position == 0 or before.endswith((".", "!", "?", ":"))


def _capital_run(sentence: Sentence, position: int, longest: int = 3) -> list[Word]:
    """The words with a capital that follow each other from here, with nothing but a blank between them."""
    run = [sentence.words[position]]
    for word in sentence.words[position + 1 : position + longest]:
        end = run[-1].start + len(run[-1].text)
        # A possessive ends a name: "Anna's Berlin trip" is not "Anna's Berlin".
        if not word.capital or sentence.plain[end : word.start] != " " or run[-1].lower != run[-1].base:
            break
        run.append(word)
    return run


@lru_cache(maxsize=4)
def _capital_index(name: str) -> wordlists.PhraseIndex[str]:
    """An index of a list whose terms count only with their capitals."""
    return wordlists.PhraseIndex(([word.text for word in words_of(term)], term) for term in wordlists.terms(name))


# --- tools ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _tool_indexes() -> tuple[wordlists.PhraseIndex[str], wordlists.PhraseIndex[str]]:
    """Forms that count only as they stand, and forms that count in any case; both give the tool's name."""
    exact: list[tuple[list[str], str]] = []
    any_case: list[tuple[list[str], str]] = []
    for line in wordlists.terms("tools"):
        name, _, written = line.partition(":")
        for form in (written or name).split(","):
            words = [word.text for word in words_of(form.strip())]
            (any_case if form.strip().islower() else exact).append((words, name.strip()))
    return wordlists.PhraseIndex(exact), wordlists.PhraseIndex(any_case)


@lru_cache(maxsize=256)
def tools(analysis: Analysis) -> tuple[str, ...]:
    """Software and services the note names, in prose, tags, code spans or on a command line."""
    found: list[str] = []
    for row in (analysis.title_words, *(sentence.words for sentence in analysis.sentences)):
        found += [name for _, name in _tools_in(row, technical=analysis.technical)]
    forms = tool_forms()
    commands = [term.split()[0] for term in analysis.parts.terms[:60] if term.split()]
    commands += _COMMAND_LINE.findall("\n".join(analysis.parts.code))[:20]
    found += [forms[name] for name in (*analysis.tags, *(command.lower() for command in commands)) if name in forms]
    return _distinct(found)


def _tools_in(words: tuple[Word, ...], *, technical: bool) -> list[tuple[int, str]]:
    exact, any_case = _tool_indexes()
    texts = [word.text for word in words]
    hits = [(start, name) for start, _, name in any_case.find_apart([text.lower() for text in texts])]
    shouted = _in_title_case(words)
    for start, end, name in exact.find_apart(texts):
        # "Go to the settings", "Word of the year": an everyday word needs a technical note and a place within it.
        if end - start > 1 or not _is_everyday(texts[start]) or (technical and start > 0 and not shouted):
            hits.append((start, name))
    return sorted(hits)


# --- organisations ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def organisations(analysis: Analysis) -> tuple[str, ...]:
    """Companies and institutions: known ones, "… University", "… GmbH", and whatever one works for."""
    known_tools = {name.casefold() for name in tools(analysis)}
    found: list[str] = []
    for sentence in analysis.sentences:
        texts = [word.text for word in sentence.words]
        for start, end, name in _capital_index("organisations").find_apart(texts):
            doubtful = analysis.technical or _starts_a_sentence(sentence, start)
            if end - start > 1 or not (_is_everyday(name) and doubtful):
                found.append(name)
        found += _institutions_in(sentence)
        if not analysis.technical and analysis.language != "de":
            found += _employers_in(sentence)
    return _distinct(name for name in found if name.casefold() not in known_tools)


def _employers_in(sentence: Sentence) -> list[str]:
    return [
        " ".join(item.text for item in _capital_run(sentence, position))
        for position, word in enumerate(sentence.words)
        if word.capital and _EMPLOYED_AT.search(sentence.plain[: word.start])
    ]


def _institutions_in(sentence: Sentence) -> list[str]:
    """Names that hold the kind of an institution: "Acme Studios", "University of Lisbon"."""
    found = []
    for position, word in enumerate(sentence.words):
        if position == 0 or word.base not in wordlists.group("institutions") or not word.text[0].isupper():
            continue
        following = [item.text for item in sentence.words[position + 1 : position + 3]]
        if len(following) == 2 and following[0] == "of" and following[1][0].isupper():
            found.append(f"{word.text} of {following[1]}")
            continue
        start = position
        while start > 0 and position - start < 3 and sentence.words[start - 1].capital:
            start -= 1
        if start < position:
            found.append(" ".join(item.text for item in sentence.words[start : position + 1]))
    return found


# --- people -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def people(analysis: Analysis) -> tuple[str, ...]:
    """People by name, by mention (@name), or by what they are to the writer ("my sister")."""
    found: list[str] = [analysis.speaker] if analysis.speaker else []
    named_things = (*tools(analysis), *organisations(analysis))
    things = frozenset(word.casefold() for name in named_things for word in name.split())
    others = things | frozenset(name.casefold() for name in wordlists.terms("places"))
    for sentence in analysis.sentences:
        found += _people_in(sentence, analysis, others)
        if not analysis.technical:
            found += _MENTION.findall(sentence.text)
    return _distinct(found)


@lru_cache(maxsize=1)
def _kin() -> frozenset[str]:
    return frozenset(name.lower() for name in wordlists.terms("kin"))


def _people_in(sentence: Sentence, analysis: Analysis, others: frozenset[str]) -> list[str]:
    found: list[str] = []
    covered = 0
    for position, word in enumerate(sentence.words):
        if position < covered:
            continue
        before = sentence.words[position - 1].lower if position else ""
        if word.base in _kin() and before in wordlists.group("possessives"):
            named = sentence.words[position + 1 : position + 2]
            if not (named and named[0].capital and named[0].base not in calendar_words()):
                found.append(word.base)
        elif word.base in wordlists.group("called_by_kinship") and (word.capital or analysis.language == "en"):
            found.append(word.base)
        elif word.capital and word.base not in calendar_words() and word.base not in others:
            run = _person_at(sentence, position, analysis)
            if run:
                found.append(_without_possessive(" ".join(item.text for item in run)))
                covered = position + len(run)
    return found


def _person_at(sentence: Sentence, position: int, analysis: Analysis) -> list[Word]:
    """The words of a person's name that starts here; none if nobody's does."""
    words = sentence.words
    before = words[position - 1].lower if position else ""
    before_that = words[position - 2].lower if position > 1 else ""
    # "h/t Jack Christensen", "Dr. Weber"
    if before in wordlists.term_set("honorifics") or (before == "t" and before_that == "h"):
        return _capital_run(sentence, position, 2)
    if before in _kin() and before_that in wordlists.group("possessives") and not analysis.technical:
        return _capital_run(sentence, position, 2)
    if _without_possessive(words[position].text) in wordlists.term_set("first_names"):
        return _with_first_name(sentence, position, analysis)
    return _with_unknown_name(sentence, position, analysis)


def _is_telling(sentence: Sentence, position: int) -> bool:
    """Whether the words around say that a person is meant: "met …", "… said", "Thanks, …!"."""
    before = sentence.words[position - 1].lower if position else ""
    after = sentence.words[position + 1].lower if position + 1 < len(sentence.words) else ""
    return before in wordlists.group("before_person") or after in wordlists.group("after_person")


def _is_addressed(sentence: Sentence, position: int) -> bool:
    """Whether a name stands between commas, or at the end after one ("Thanks, Mark!")."""
    word = sentence.words[position]
    before = sentence.plain[: word.start].rstrip()
    after = sentence.plain[word.start + len(word.text) :].lstrip()
    return before.endswith(",") and (not after or after[0] in ",.!?")


def _with_first_name(sentence: Sentence, position: int, analysis: Analysis) -> list[Word]:
    words = sentence.words
    if _without_possessive(words[position].lower) in wordlists.term_set("everyday_names"):
        following = words[position + 1 : position + 2]
        surname = bool(following) and following[0].capital and following[0].zipf < COMMON_ZIPF
        sure = _is_telling(sentence, position) or surname or _is_addressed(sentence, position)
        if analysis.technical or _in_title_case(words) or not sure:
            return []
    first, *rest = _capital_run(sentence, position)
    known = wordlists.term_set("first_names")
    return [first, *(word for word in rest if word.zipf < COMMON_ZIPF or word.text in known)]


def _with_unknown_name(sentence: Sentence, position: int, analysis: Analysis) -> list[Word]:
    """A name no list knows; it needs a telling place in an English note of everyday life (not "with Kubernetes")."""
    word = sentence.words[position]
    if analysis.technical or analysis.language != "en" or word.zipf >= COMMON_ZIPF - 0.5 or position == 0:
        return []
    run = _capital_run(sentence, position)
    if sentence.words[position - 1].lower == "by" and len(run) > 1 and all(item.zipf < COMMON_ZIPF for item in run):
        return run
    after = sentence.words[position + 1].lower if position + 1 < len(sentence.words) else ""
    institution = word.base in wordlists.group("institutions")
    if _is_telling(sentence, position) and after != "and" and not institution and not _in_title_case(sentence.words):
        return run[:2]
    return []


# --- places -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def places(analysis: Analysis) -> tuple[str, ...]:
    """Places one can stand at: named ones ("Lisbon") and kinds ("office"); notes about software have no kinds."""
    return _distinct(name for sentence in analysis.sentences for _, name in _places_in(sentence, analysis))


def _places_in(sentence: Sentence, analysis: Analysis) -> list[tuple[int, str]]:
    """(position, name) of the places in one sentence, in their order."""
    words = sentence.words
    hits: list[tuple[int, str]] = []
    for start, _, name in _capital_index("places").find_apart([_without_possessive(word.text) for word in words]):
        before = words[start - 1].lower if start else ""
        ambiguous = name in wordlists.term_set("first_names") or zipf(name.lower()) >= COMMON_ZIPF + 0.6
        is_tool = analysis.technical and name.lower() in tool_forms()
        if before in wordlists.group("place_prepositions") or not (ambiguous or is_tool):
            hits.append((start, name))
    if not analysis.technical:
        hits += _kinds_of_place(words, analysis.language)
        if analysis.language == "en":
            hits += _named_after_preposition(sentence, {start for start, _ in hits})
    return sorted(hits)


@lru_cache(maxsize=1)
def _place_noun_index() -> wordlists.PhraseIndex[str]:
    entries = [([word.base for word in words_of(term)], term) for term in wordlists.terms("place_nouns")]
    return wordlists.PhraseIndex(entries)


def _kinds_of_place(words: tuple[Word, ...], language: str) -> list[tuple[int, str]]:
    """Kinds of places after a preposition: "at the office", "in my kitchen", "im Garten"."""
    found = []
    for start, _, name in _place_noun_index().find_apart([word.base for word in words]):
        at = start - 1
        while at >= start - 2 and at >= 0 and words[at].lower in wordlists.group("place_determiners"):
            at -= 1
        before = words[at].lower if at >= 0 else ""
        determined = at < start - 1 or name in wordlists.group("places_without_article")
        contracted = before in {"im", "am", "ins", "zum", "zur", "beim", "at"}
        if contracted or (determined and before in wordlists.group("place_prepositions")):
            found.append((start, name if language == "de" else name.lower()))
    return found


def _named_after_preposition(sentence: Sentence, taken: set[int]) -> list[tuple[int, str]]:
    """Unknown names after "in", "near", "visited"."""
    found = []
    for position, word in enumerate(sentence.words[1:], 1):
        unknown = word.capital and word.zipf < COMMON_ZIPF - 0.8 and position not in taken
        if not unknown or sentence.words[position - 1].lower not in {"in", "near", "visited", "visiting", "to"}:
            continue
        known_otherwise = (
            word.text in wordlists.term_set("first_names")
            or word.text in wordlists.term_set("organisations")
            or word.base in calendar_words()
            or word.base in tool_forms()
        )
        if not known_otherwise:
            found.append((position, " ".join(item.text for item in _capital_run(sentence, position, 2))))
    return found
