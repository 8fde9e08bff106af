"""One reading of a text that all tasks share: sentences, their weight, keyphrases."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from include.embedded_model import phrasings, prose, wordlists
from include.embedded_model.cues import cues_in
from include.embedded_model.words import (
    COMMON_ZIPF,
    LANGUAGES,
    Word,
    language_of,
    lemma,
    singular,
    stem,
    words_of,
    zipf,
)
from include.language_model.memory_text import MemoryText

MAXIMUM_SENTENCES = 80
"""Sentences that are looked at, from the start of a note."""

MAXIMUM_KEYPHRASES = 12

KEYPHRASE_CHARACTERS = 3000
"""Prose that keyphrases are looked for in, from the start of a note."""

LONGEST_TITLE = 160
SHORT_SUMMARY = 14
"""Words up to which a summary that is no sentence is as good as a title."""

_SPEAKER = re.compile(r"^([A-Z][\w'\u2019-]{1,24}(?: [A-Z][\w'\u2019-]{1,24})?):\s+(?=\S)")
_CAPTION = re.compile(r"\[(?:image|photo|picture|bild)s?: ?([^\]]{1,300})\]", re.IGNORECASE)
_COMMAND = re.compile(r"^[a-z][\w.+-]{1,24}(?: [a-z][\w-]{1,24}){0,2}$")


@dataclass(frozen=True, eq=False)
class Sentence:
    """One sentence of a note."""

    text: str
    """As a reader sees it, in one line."""
    plain: str
    """Without code spans and addresses."""
    kind: str
    """The kind of block it stands in; a picture's caption is a kind of its own."""
    done: bool | None
    """For an entry of a to-do list: whether its box is ticked."""
    words: tuple[Word, ...]
    """The words of `plain`."""
    shows: str = ""
    """The one command that stands right below it; empty where there is none, or more than one."""
    before_code: bool = False
    """Whether it is the last before a block of code."""

    @cached_property
    def stems(self) -> frozenset[str]:
        """What the sentence is about: the stems of its words that are not grammar."""
        return frozenset(word.stem for word in self.words if not word.grammatical)

    @cached_property
    def cues(self) -> dict[str, int]:
        """Kind of cue → occurrences."""
        return cues_in(self.words)

    @cached_property
    def personal(self) -> bool:
        """Whether the writer speaks of themselves."""
        return any(word.lower in wordlists.group("first_person") for word in self.words)

    @cached_property
    def asks(self) -> bool:
        """Whether it is a question, and not a statement with a polite "right?" at its end."""
        return self.text.endswith("?") and not phrasings.TAG_QUESTION.search(self.text)

    @property
    def is_lead_in(self) -> bool:
        """Whether it only announces what follows ("Run this:")."""
        return bool(phrasings.LEAD_IN.search(self.text))

    @property
    def leans(self) -> bool:
        """Whether it can't stand alone, because it points back."""
        return bool(phrasings.LEANS.match(self.text))


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a text is made of. Parts that cost time are computed when first asked for.

    Two analyses are the same only when they are one object, so that what is found in one can be kept by it.
    """

    parts: prose.Prose
    language: str
    title: str | None
    """The heading, a first line that stands like one, or a short summary."""
    speaker: str | None
    """Who says it, when the note is a line of a conversation ("Anna: …")."""
    sentences: tuple[Sentence, ...]
    """Without the title."""
    tags: tuple[str, ...]
    """In lower case."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of title and sentences."""
        return self.title_words + tuple(word for sentence in self.sentences for word in sentence.words)

    @cached_property
    def title_words(self) -> tuple[Word, ...]:
        """The words of the title."""
        return words_of(self.title or "", self.language)

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """The stems of the title's words that are not grammar."""
        return frozenset(word.stem for word in self.title_words if not word.grammatical)

    @cached_property
    def stem_counts(self) -> dict[str, int]:
        """Stem → occurrences in title and sentences, words of grammar left out, in order of first occurrence."""
        counts: dict[str, int] = {}
        for word in self.words:
            if not word.grammatical:
                counts[word.stem] = counts.get(word.stem, 0) + 1
        return counts

    @cached_property
    def capitalised(self) -> frozenset[str]:
        """Lower-case forms of words that have a capital somewhere (German nouns)."""
        return frozenset(word.lower for word in self.words if word.text[0].isupper())

    @cached_property
    def names(self) -> frozenset[str]:
        """Lower-case forms of words that always have a capital, also within a sentence."""
        inner = {word.base for row in self.sentences for word in row.words[1:] if word.capital}
        return frozenset(inner - {word.base for row in self.sentences for word in row.words if word.text[0].islower()})

    @cached_property
    def cues(self) -> dict[str, int]:
        """Kind of cue → number of sentences that hold it."""
        counted: dict[str, int] = {}
        for sentence in self.sentences:
            for kind in sentence.cues:
                counted[kind] = counted.get(kind, 0) + 1
        return counted

    def share_with(self, *kinds: str) -> float:
        """The share of sentences that hold a cue of one of the kinds."""
        holding = sum(any(kind in sentence.cues for kind in kinds) for sentence in self.sentences)
        return holding / max(1, len(self.sentences))

    @cached_property
    def technical(self) -> bool:
        """Whether the note is about software: it holds code, or its tags or words name tools."""
        if self.parts.code or len(self.parts.terms) >= 2:
            return True
        forms = tool_forms()
        return any(tag in forms for tag in self.tags) or (
            bool(self.parts.terms) and any(word.lower in forms for word in self.words)
        )

    @cached_property
    def keyphrases(self) -> tuple[str, ...]:
        """At most `MAXIMUM_KEYPHRASES` phrases of one to three lower-case words, the most telling first."""
        return _keyphrases(self)

    @cached_property
    def salience(self) -> tuple[float, ...]:
        """How much of the note each sentence carries, 0 to 1, in the order of `sentences`."""
        return _salience(self)


@lru_cache(maxsize=1)
def tool_forms() -> dict[str, str]:
    """Lower-case one-word form → name of a tool, of those that are no everyday word."""
    forms: dict[str, str] = {}
    for line in wordlists.terms("tools"):
        name, _, written = line.partition(":")
        for form in (written or name).split(","):
            word = form.strip()
            if " " not in word and (word.islower() or zipf(word.lower()) < COMMON_ZIPF):
                forms.setdefault(word.lower(), name.strip())
    return forms


@lru_cache(maxsize=1)
def person_names() -> frozenset[str]:
    """First names in lower case, without those that are everyday words."""
    return frozenset(name.lower() for name in wordlists.terms("first_names")) - wordlists.term_set("everyday_names")


def analysis_of(memory: MemoryText) -> Analysis:
    """The analysis of a memory; that of a memory seen lately is kept."""
    return analyse(memory.content, memory.context, memory.summary, tuple(memory.tags))


@lru_cache(maxsize=256)
def analyse(
    content: str, context: str | None = None, summary: str | None = None, tags: tuple[str, ...] = ()
) -> Analysis:
    """Read a note. Everything in the result follows from these arguments alone."""
    parts = prose.read(content)
    blocks = list(parts.blocks)
    language = language_of(" ".join(block.text for block in blocks)[:3000] or summary or context or "")
    title = _taken_title(blocks, parts)
    if title is None and summary and 0 < len(summary.split()) <= SHORT_SUMMARY and not re.search(r"[.!?]\s*$", summary):
        title = " ".join(prose.usable(summary).split())[:LONGEST_TITLE] or None
    speaker = _taken_speaker(blocks)
    return Analysis(
        parts=parts,
        language=language,
        title=title,
        speaker=speaker,
        sentences=tuple(_sentences(blocks, parts, language)),
        tags=tuple(dict.fromkeys(tag.strip().lower() for tag in tags if tag and tag.strip())),
    )


def _taken_title(blocks: list[prose.Block], parts: prose.Prose) -> str | None:
    """The title, taken off the front of the blocks; None if there is none."""
    if not blocks:
        return None
    first = blocks[0]
    alone = len(blocks) > 1 and first.kind == "paragraph" and len(first.text.split()) <= 8
    if first.kind == "heading" or (alone and re.search(r"[\w\ue000-\uf8ff)]$", first.text)):
        blocks.pop(0)
        return parts.written(first.text)[:LONGEST_TITLE].rstrip(" #:") or None
    return None


def _taken_speaker(blocks: list[prose.Block]) -> str | None:
    """Who says the note, taken off the front of its first block; None if it is no line of a conversation."""
    said = _SPEAKER.match(blocks[0].text) if blocks and blocks[0].kind == "paragraph" else None
    if not said or not said.group(1)[1].islower() or not _could_be_a_person(said.group(1)):
        return None
    blocks[0] = blocks[0]._replace(text=blocks[0].text[said.end() :])
    return said.group(1)


def _could_be_a_person(label: str) -> bool:
    """Whether what stands before a colon is a person ("Jon:") and not a heading ("Decision:")."""
    first = label.split()[0]
    if first in wordlists.term_set("first_names"):
        return True
    return zipf(first.lower()) < COMMON_ZIPF and first.lower() not in tool_forms()


def _sentences(blocks: Sequence[prose.Block], parts: prose.Prose, language: str) -> list[Sentence]:
    found: list[Sentence] = []
    for block in blocks:
        captions = _CAPTION.findall(block.text)
        said = _CAPTION.sub("", block.text).strip() if captions else block.text
        rows = [(block.kind, text) for text in (prose.sentences_of(said, language) if said else ())]
        for nth, (kind, text) in enumerate([*rows, *(("caption", caption) for caption in captions)], start=1):
            plain = parts.without_code(text)
            written = " ".join(parts.written(text).split())
            announces = block.code is not None and nth == len(rows)
            shows = (block.code or "") if announces else ""
            found.append(Sentence(written, plain, kind, block.done, words_of(plain, language), shows, announces))
            if len(found) >= MAXIMUM_SENTENCES:
                return found
    return found


# --- keyphrases -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _extractor(language: str) -> Any:
    import yake

    # Near-duplicates are merged here by their stems (a limit of 1 switches yake's slower string distance off).
    return yake.KeywordExtractor(lan=language if language in LANGUAGES else "en", n=3, top=40, dedup_lim=1.0)


@lru_cache(maxsize=4096)
def _candidates(text: str, language: str) -> tuple[tuple[str, float], ...]:
    """YAKE's keyphrases with their scores; less is better."""
    return tuple((phrase, float(score)) for phrase, score in _extractor(language).extract_keywords(text))


def _keyphrases(analysis: Analysis) -> tuple[str, ...]:
    """Candidates of YAKE (Campos et al. 2020), weighed by title, rarity and repetition; commands in code spans too."""
    text = ". ".join([*([analysis.title] if analysis.title else []), *_sayings(analysis)])
    scored: dict[str, float] = {}
    if len(text.split()) >= 2:
        for phrase, score in _candidates(text, analysis.language):
            words = words_of(phrase, analysis.language)
            if _reads_as_topic(words, analysis):
                _keep(words, 1.0 / (0.02 + score), analysis, scored)
    for term in dict.fromkeys(analysis.parts.terms):
        if _COMMAND.match(term) and any(word in tool_forms() for word in term.split()):
            _keep(words_of(term, analysis.language), 8.0, analysis, scored)
    for word in content_words(analysis.words[:40], analysis.language)[:2] if not scored else ():
        if _reads_as_topic((word,), analysis):
            scored.setdefault(word.base, 1.0)
    best = _apart(scored, analysis.language)
    # A lone verb is a topic only where there is hardly anything else, or in a title.
    titled = {form for word in analysis.title_words for form in (word.base, singular(word.base))}
    nouns = [phrase for phrase in best if phrase not in wordlists.term_set("verbs") or phrase in titled]
    return tuple((nouns if len(nouns) >= 4 else best)[:MAXIMUM_KEYPHRASES])


def _sayings(analysis: Analysis) -> list[str]:
    """What keyphrases are looked for in: the sentences without credits and references."""
    found: list[str] = []
    room = KEYPHRASE_CHARACTERS
    for sentence in analysis.sentences:
        if room > 0 and not phrasings.REFERENCE.search(sentence.text):
            found.append(sentence.plain.rstrip(".")[:room])
            room -= len(sentence.plain)
    return found


def _keep(words: tuple[Word, ...], weight: float, analysis: Analysis, scored: dict[str, float]) -> None:
    """Keep a candidate in its normal form, with its weight."""
    if not words or sum(len(word.text) for word in words) > 60:
        return
    titled = [word.stem in analysis.title_stems for word in words]
    if len(words) == 1 and not titled[0] and words[0].base in wordlists.term_set("verbs"):
        weight *= 0.3
    lowered = [word.base for word in words]
    if analysis.language == "en" and lowered[-1] not in analysis.names:
        lowered[-1] = singular(lowered[-1])
    rarity = sum(word.rarity for word in words) / len(words)
    repeated = min(analysis.stem_counts.get(word.stem, 1) for word in words)
    weight *= (0.3 + rarity) * (1 + sum(titled) / len(words)) * (1 + 0.3 * math.log(repeated))
    normal = " ".join(lowered)
    scored[normal] = max(scored.get(normal, 0.0), weight * (1.25 if len(words) == 2 else 1.0))


def _reads_as_topic(words: tuple[Word, ...], analysis: Analysis) -> bool:
    """Whether a candidate could stand in an index: no weak word at its ends, no clause, no date, nobody's name."""
    if not words or any(word.lower.isdigit() for word in words):
        return False
    weak = wordlists.term_set("weak_words")
    if any(word.base in weak or word.grammatical or len(word.base) < 3 for word in (words[0], words[-1])):
        return False
    joins = wordlists.group("joins_nouns")
    if any((word.grammatical or word.base in weak) and word.lower not in joins for word in words[1:-1]):
        return False
    if any(singular(word.base) in calendar_words() or word.base in calendar_words() for word in words):
        return False
    if analysis.speaker and any(word.base in analysis.speaker.lower().split() for word in words):
        return False
    if not analysis.technical and all(word.base in person_names() for word in words):
        return False
    if analysis.language == "de":
        return {words[0].lower, words[-1].lower} <= analysis.capitalised
    titled = all(word.stem in analysis.title_stems for word in words)
    return titled or analysis.language != "en" or _reads_as_noun(words)


def _reads_as_noun(words: tuple[Word, ...]) -> bool:
    """Whether English words can be a noun with what goes before it, as far as their forms tell."""
    first, last = words[0], words[-1]
    if _is_verb_form(first.base) or _is_verb_form(last.base) or first.base.endswith("ly"):
        return False
    if len(words) == 1:
        return first.lemma in {first.base, singular(first.base)}
    common_verb = first.base in wordlists.term_set("verbs") and zipf(first.base) > 4
    return not (common_verb or _is_third_person(first.base))


def _is_third_person(word: str) -> bool:
    """Whether an English word can be a verb of the third person ("expects")."""
    return word.endswith("s") and lemma(word) != word and lemma(word) in wordlists.term_set("verbs")


def _is_verb_form(word: str) -> bool:
    """Whether an English word looks like a verb's participle or past ("rendered", "fetching")."""
    return (word.endswith(("ed", "ing")) and lemma(word) != word) or word in wordlists.term_set("past_forms")


def calendar_words() -> frozenset[str]:
    """Names of weekdays and months, which date a note and are not its subject."""
    return wordlists.term_set("calendar")


def _apart(scored: dict[str, float], language: str) -> list[str]:
    """The phrases by weight, each word said once: a longer phrase takes the place of a word of it that weighs alike."""
    kept: list[tuple[str, frozenset[str]]] = []
    for phrase in sorted(scored, key=lambda phrase: (-scored[phrase], phrase)):
        stems = frozenset(stem(word, language) for word in phrase.split())
        if any(stems <= other for _, other in kept):
            continue
        within = [position for position, (_, other) in enumerate(kept) if other < stems]
        if not within:
            kept.append((phrase, stems))
        elif len(within) == 1 and scored[phrase] >= 0.4 * scored[kept[within[0]][0]]:
            kept[within[0]] = (phrase, stems)
    return [phrase for phrase, _ in kept]


# --- salience ---------------------------------------------------------------------------------------------------------


def _salience(analysis: Analysis) -> tuple[float, ...]:
    """Centrality among the sentences, keyphrases and title words held, place in the note, form."""
    sentences = analysis.sentences
    if not sentences:
        return ()
    rarity = {word.stem: word.rarity for word in analysis.words if not word.grammatical}
    telling = " ".join(analysis.keyphrases[:6]).split()
    key_stems = frozenset(stem(word, analysis.language) for word in telling)
    raw = []
    for position, sentence in enumerate(sentences):
        size = math.sqrt(max(1, len(sentence.stems)))
        place = 1.0 if position == 0 else 0.7 if position == 1 else 0.5 if position == len(sentences) - 1 else 0.35
        weight = (
            _centrality(sentence, sentences, rarity) / size
            + len(sentence.stems & key_stems) / size
            + len(sentence.stems & analysis.title_stems) / size
            + place
        )
        raw.append(weight * _form(sentence))
    top = max(raw)
    return tuple(round(weight / top, 4) if top > 0 else 0.0 for weight in raw)


def _centrality(sentence: Sentence, sentences: Sequence[Sentence], rarity: dict[str, float]) -> float:
    """How much of a sentence the others share, rare words first (the idea of LexRank, Erkan & Radev 2004)."""
    shared = 0.0
    for other in sentences:
        if other is not sentence:
            common = sorted(sentence.stems & other.stems)
            shared += sum(rarity[stem_] for stem_ in common) / (2 + math.log1p(len(other.stems)))
    return shared / len(sentences)


def _form(sentence: Sentence) -> float:
    """How well a sentence's form suits it to stand for a note, 0 to 1."""
    length = len(sentence.words)
    weight = 0.35 if length < 4 else 0.8 if length < 7 else 1.0 if length <= 32 else 0.75
    weight *= 0.5 if sentence.is_lead_in or sentence.kind in {"cell", "caption"} else 0.8 if sentence.leans else 1.0
    return weight * (0.6 if sentence.asks else 1.0)


def content_words(words: Sequence[Word], language: str) -> list[Word]:
    """The words that say something: no grammar, no weak everyday words, no dates."""
    weak = wordlists.term_set("weak_words")
    return [
        word
        for word in words
        if not word.grammatical
        and len(word.base) > 2
        and not word.base.isdigit()
        and word.base not in weak
        and word.base not in calendar_words()
        and not (language == "en" and word.lemma in weak)
    ]
