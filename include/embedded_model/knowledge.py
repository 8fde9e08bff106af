"""Where a memory belongs as knowledge: its field, its concepts, its kind, its level of abstraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from include.embedded_model import entities, intentions, phrasings
from include.embedded_model.analysis import Analysis
from include.embedded_model.fields import field_of_term, fields_in, is_technical, rank_of
from include.embedded_model.gists import LONGEST_GIST, LONGEST_INSIGHT, polished, within, without_sentences
from include.embedded_model.wordlists import group
from include.embedded_model.words import words_of

MAXIMUM_CONCEPTS = 10
NO_FIELD = "everyday life"
"""The category of a note no field claims."""

Region = Literal["sensory", "motor", "association", "prefrontal"]
KnowledgeType = Literal["procedural", "declarative", "conditional"]


def _telling_tags(tags: Sequence[str]) -> list[str]:
    return [tag.replace("_", " ").replace("-", " ").strip() for tag in tags if tag not in group("generic_tags")]


def concepts(analysis: Analysis) -> tuple[str, ...]:
    """At most `MAXIMUM_CONCEPTS` lower-case terms the note is about: tags, keyphrases, tools."""
    tools = (name.lower() for name in entities.tools(analysis)[:4])
    kept = dict.fromkeys([*_telling_tags(analysis.tags)[:3], *analysis.keyphrases, *tools])
    return tuple(term[:120] for term in kept if term)[:MAXIMUM_CONCEPTS]


def category(analysis: Analysis) -> str:
    """The field of knowledge, in lower case: by tags, then by the words of the field, then a topic that recurs."""
    tags = [tag for tag in _telling_tags(analysis.tags) if tag]
    known = [field for field in (field_of_term(tag) for tag in tags) if field]
    if known:
        return min(known, key=rank_of)
    if tags:
        return tags[0][:60]
    scores = evidence_for_fields(analysis) or fields_in(words_of(without_sentences(analysis)))
    if scores:
        best = max(scores, key=lambda field: (scores[field], -rank_of(field)))
        if scores[best] >= 1.5:
            return best
    if analysis.technical:
        return "programming"
    return next((phrase[:60] for phrase in analysis.keyphrases[:3] if _names_a_field(phrase, analysis)), NO_FIELD)


def evidence_for_fields(analysis: Analysis) -> dict[str, float]:
    """Field of knowledge → how much a note speaks for it; software's fields count little in a note of everyday life."""
    titled = fields_in(analysis.title_words)
    return {
        field: round(
            (evidence + 0.5 * titled.get(field, 0.0)) * (1.0 if is_technical(field) == analysis.technical else 0.35), 4
        )
        for field, evidence in fields_in(analysis.words).items()
    }


def _names_a_field(phrase: str, analysis: Analysis) -> bool:
    """Whether a topic is enough the subject of a note to stand for a field: in its title, or said again."""
    words = words_of(phrase, analysis.language)
    return all(word.stem in analysis.title_stems or analysis.stem_counts.get(word.stem, 0) > 1 for word in words)


def knowledge_type(analysis: Analysis) -> KnowledgeType:
    """How-to (procedural), depends-on (conditional) or that-it-is-so (declarative)."""
    texts = [sentence.text for sentence in analysis.sentences]
    opened = sum(bool(phrasings.CONDITION.match(text)) for text in texts)
    held = sum(bool(phrasings.CONDITION.search(text)) for text in texts)
    conditional = (opened + 0.5 * held) / max(1, len(texts))
    listed = any(sentence.kind == "item" for sentence in analysis.sentences)
    steps = len(intentions.tasks(analysis)) if analysis.technical or listed else 0
    procedural = 0.7 * bool(analysis.parts.code) + 0.9 * analysis.share_with("skill") + 0.35 * min(3, steps)
    procedural += 0.4 * (analysis.technical and intentions.goal(analysis) is not None)
    if conditional >= 0.3 and 2.5 * conditional > procedural:
        return "conditional"
    return "procedural" if procedural >= 1.0 else "declarative"


def region(analysis: Analysis, kind: KnowledgeType) -> Region:
    """The cortex such knowledge would rest in: perceiving, doing, deciding, or relating things."""
    share = analysis.share_with
    everyday = 0.3 if analysis.technical else 1.0
    steps = min(4, len(intentions.tasks(analysis)))
    scores: dict[Region, float] = {
        "association": 0.42 + 0.4 * share("explanation") + 0.3 * share("comparison") + 0.2 * share("learning"),
        "motor": 0.8 * share("skill") + 0.42 * (kind == "procedural") + 0.04 * steps,
        "prefrontal": everyday * (1.0 * share("executive") + 0.6 * share("decision") + 0.5 * share("commitment")),
        "sensory": everyday * 1.1 * share("sense"),
    }
    return max(scores, key=lambda name: scores[name])


def abstraction_level(analysis: Analysis) -> int:
    """1 (an event) to 5 (a principle): general words raise it; people, dates, figures and the first person lower it."""
    sentences = max(1, len(analysis.sentences))
    personal = sum(sentence.personal for sentence in analysis.sentences) / sentences
    figures = sum(any(word.base[0].isdigit() for word in sentence.words) for sentence in analysis.sentences) / sentences
    others = set(entities.people(analysis)) - {analysis.speaker}
    level = 3.0 + 2.0 * analysis.share_with("generality", "normative") + 1.3 * analysis.share_with("explanation")
    level -= 1.3 * personal + 0.8 * figures + 0.3 * bool(others) + 0.1 * min(3, len(analysis.parts.code))
    level -= 0.5 * (intentions.temporal_marker(analysis) is not None)
    level -= 0.6 * (bool(intentions.actions(analysis)) and not analysis.technical)
    return max(1, min(5, round(level)))


def integration_points(analysis: Analysis, patterns: Sequence[str], limit: int = 4) -> tuple[str, ...]:
    """What ties the note to other knowledge: comparisons it draws, and patterns already found around it."""
    drawn = [
        within(polished(sentence.text), LONGEST_INSIGHT)
        for sentence in analysis.sentences
        if "comparison" in sentence.cues and len(sentence.words) >= 6 and not (sentence.asks or sentence.is_lead_in)
    ]
    found = [within(" ".join(pattern.split()), LONGEST_GIST) for pattern in patterns if pattern.strip()]
    return tuple(dict.fromkeys([*drawn[:2], *found]))[:limit]
