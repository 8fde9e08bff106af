"""How notes say that something is no longer as it was, in English and German: patterns, the clearest first."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from include.embedded_model.commitment_cues import words_in
from include.embedded_model.phrasings import any_of

Kind = Literal["fact corrected", "preference changed", "plan moved", "habit changed"]
Reach = Literal["after", "around", "sentence"]
"""Where the thing that changed is named: in the words after the cue, around it, or anywhere in its sentence."""


class Turn(NamedTuple):
    """A turn of phrase that says that something changed."""

    kind: Kind
    reach: Reach
    pattern: re.Pattern[str]


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(r"\b" + any_of(*alternatives), re.IGNORECASE)


_APOSTROPHE = "['\u2019]"
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|next|the \d|\d|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|morgen|nächste)"
)
_MIND = (
    r"(?:preference|taste|stance|view|opinion|perspective|perception|attitude|mind|habit|routine|choice|interest|"
    r"appreciation|wardrobe|diet|dislike|aversion|fondness|meinung|ansicht|gewohnheit|vorliebe)s?"
)
_CHANGE = (
    r"(?:shift|chang|transform|adjust|evol|expand|refin|modif|alter|broaden|challeng|updat|redefin|reshap|soften|"
    r"elevat|reignit)\w*"
)

TURNS: tuple[Turn, ...] = (
    Turn(
        "fact corrected",
        "around",
        _any(
            r"i was (?:wrong|mistaken)\b",
            r"(?:was|were) wrong about\b",
            r"correction\b",
            r"turn(?:s|ed) out (?:that )?(?:it|this|that|they|he|she)? ?(?:is|was|are|were)?(?:n['\u2019]t| not)\b",
            r"it was never\b",
            rf"it (?:wasn|isn){_APOSTROPHE}t\b",
            r"is not true\b",
            r"had (?:it|that) wrong\b",
            rf"i(?:{_APOSTROPHE}d| had) (?:thought|believed|assumed)\b",
            r"(?:he|she|they|[A-Z]\w+) no longer (?:lives?|works?|is|has|needs?)\b",
            r"no longer (?:lives?|works?|needs?)\b",
            rf"doesn{_APOSTROPHE}t (?:\w+ ){{0,4}}any ?more\b",
            r"now (?:lives?|works?|costs?|is called)\b",
            r"(?:renamed|replaced by)\b",
            r"(?:stellt sich heraus|stimmt nicht|war falsch|lag falsch|korrektur|geirrt)\b",
            r"(?:wohnt|arbeitet|heißt) jetzt\b",
        ),
    ),
    Turn(
        "plan moved",
        "around",
        _any(
            rf"(?:moved?|pushed|shifted|brought forward)\b.{{0,40}}\b(?:to|from) (?:the )?{_DAY}",
            r"(?:postponed|rescheduled|cancell?ed|called off|put off|brought forward)\b",
            r"new (?:date|time|plan)\b",
            rf"instead of (?:on )?{_DAY}",
            rf"is now (?:on|at) (?:the )?{_DAY}",
            r"(?:verschoben|verlegt|abgesagt|fällt aus|neuer termin)\b",
            rf"jetzt (?:am|um|erst am) {_DAY}",
        ),
    ),
    Turn(
        "habit changed",
        "around",
        _any(
            rf"(?:i|we)(?:{_APOSTROPHE}ve| have)? (?:stopped|quit|given up|gave up|switched)\b",
            r"(?:i|we) no longer (?!like|love|enjoy|prefer|want|care|dislike|hate)\w+",
            rf"(?:don|won){_APOSTROPHE}t (?:\w+ ){{1,4}}any ?more\b",
            r"not .{1,40}\bany ?more\b",
            r"(?:i|we) used to\b",
            r"from now on\b",
            r"switch(?:ed|ing)? (?:from|over)\b",
            r"^switched\b",
            r"^(?:no more|gave up|stopped|quit)\b",
            r"transition(?:ed|ing)? (?:from|to|away)\b",
            r"(?:ab jetzt|ab sofort|umgestiegen|umgestellt|aufgehört|nicht mehr)\b",
            r"kein\w* \w+ mehr\b",
            r"früher .{3,60}\b(?:jetzt|heute)\b",
        ),
    ),
    Turn(
        "preference changed",
        "around",
        _any(
            r"no longer (?:like|love|enjoy|prefer|want|appeal|interest|care|dislike|hate|find|avoid)\w*",
            rf"(?:can{_APOSTROPHE}t|cannot) stand\b.{{0,40}}\b(?:now|any ?more|these days)\b",
            r"(?:went|gone|going|am) off (?!to\b|at\b|in\b|on\b)(?=\w)",
            r"(?:grew|grown|got) tired of\b",
            r"lost (?:my )?(?:interest|taste)\b",
            r"(?:grew|started|began|begun|come|came|grown|learned) to "
            r"(?:like|love|enjoy|appreciate|prefer|dislike|hate)\b",
            r"grew (?:out of|fond of)\b",
            r"now (?:i )?(?:prefer|like|love|enjoy|favou?r|hate)\b",
            r"(?:like|love|enjoy|prefer|hate)\b.{0,30}\bnow\b",
            r"chang(?:e|ed|ing) my mind\b",
            r"decision about\b",
            r"mag (?:ich )?(?:\w+ )?(?:nicht mehr|jetzt|inzwischen)\b",
            r"inzwischen mag\b",
        ),
    ),
    Turn(
        "preference changed",
        "after",
        _any(r"(?:instead of|rather than|in favou?r of|over from)\b", r"(?:statt|anstatt|anstelle) "),
    ),
    # Told at length: what changed may stand anywhere in the sentence, so more of it must be named.
    Turn(
        "preference changed",
        "sentence",
        _any(
            rf"{_CHANGE}\b.{{0,60}}\b{_MIND}",
            rf"{_MIND}\b.{{0,50}}\b(?:shift|chang|evol|transform|expand|adjust|refin|modif|alter|broaden)\w*",
            r"(?:a|the|this|my|their|preference) shift\b",
            r"shift(?:ed|ing)? (?:from|to|towards?|away)\b",
            r"(?:re-?evaluat|reconsider|rethink|reassess)\w*",
            r"(?:new(?:ly)?[- ]?found|renewed|deeper|new|growing) "
            r"(?:appreciation|interest|love|respect|admiration|fondness|understanding|enthusiasm|perspective)\b",
            r"(?:prefer|opt|favor|favour)\w* .{0,60}\b(?:over|instead|rather than)\b",
            r"switch(?:ed|ing)? to\b",
            r"set aside\b",
            r"(?:decid|decision|chose|choos|choice)\w* .{0,40}\b(?:to (?:avoid|stop|remove|eliminate|drop|embrace|"
            r"incorporate|include|focus|prioriti[sz]e|explore|switch|give|try|update|move)|against)\b",
            r"(?:led|leading|prompt(?:ed|ing)|convinc(?:ed|ing)|inspir(?:ed|ing)|encourag(?:ed|ing)|caus(?:ed|ing)|"
            r"result(?:ed|ing) in) .{0,80}\b(?:include|including|embrace|incorporate|adopt|explore|remov\w+|"
            r"eliminat\w+|drop|abandon|avoid\w*|openness|open to|prioriti[sz]\w+|favou?r\w*|opt\w*|prefer\w*|"
            r"modification|adjustment|change|reduced|priorit\w+)\b",
            r"less (?:appealing|interested)\b",
            r"(?:openness|open) to\b",
            r"grew on me\b",
            r"lieber (?:\w+ )?als\b",
        ),
    ),
)
"""Ways to say that something changed, the clearest first."""

OWN = _any(
    rf"(?:i|we)(?:{_APOSTROPHE}ve| have|{_APOSTROPHE}m| am)? (?:used to|stopped|quit|gave up|given up|switched|"
    rf"no longer|was wrong|were wrong|changed my mind|now (?:prefer|use)|(?:had|{_APOSTROPHE}d) thought|thought it)\b",
    r"i was (?:wrong|mistaken)\b",
    r"(?:ich|wir) (?:benutze|nutze|nehme)n? (?:jetzt|nicht mehr)\b",
)
"""What a writer says of themselves, in notes about tools, too."""

LIKES = _any(
    r"(?:i|we|they)\b.{0,25}\b(?<!not )(?<!n['\u2019]t )"
    r"(?:like|love|enjoy|prefer|adore|appreciate|cherish|am fond of|am a fan of|favou?r)\b",
    r"i like\b",
    r"my (?:favou?rite|go-to)\b",
    r"i can['\u2019]t get enough of\b",
    r"(?:ich|wir) (?:mag|mögen|liebe|lieben)\b(?! .{0,30}\b(?:nicht|kein))",
)
DISLIKES = _any(
    r"(?:dislike|hate|avoid|detest|loathe|can['\u2019]t stand|cannot stand)\b",
    r"(?:don['\u2019]t|do not) (?:\w+ )?(?:like|enjoy|care for)\b",
    r"(?:never liked|not a fan)\b",
    r"(?:hasse|verabscheue)\b",
    r"mag (?:ich )?(?:\w+ )?(?:nicht|kein\w*)\b",
)

GENERIC = words_in(
    """prefer preference like dislik love enjoy appreci interest experi find make help sens valu new way life work time
    day person individu thing feel focus option choic play read watch listen wear eat drink type style kind friend visit
    shift chang decis decid lead realiz realis provid offer align allow creat explor inspir includ incorpor perfect
    great"""
)
"""Stems that say nothing of a subject: those of liking and changing."""
