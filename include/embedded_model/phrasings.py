"""Turns of phrase, as patterns: how English and German notes say what was wanted, done, due, when and why.

Single words live in `lexicon/`; what has a structure lives here, one alternative a line.
"""

from __future__ import annotations

import re

_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_GERMAN_DAYS = r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)"
_MONTHS = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_SHORT_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_PARTS_OF_DAY = r"(?:morning|afternoon|evening|night)"
_SEASONS = "(?:spring|summer|autumn|fall|winter)"
_SPANS = r"(?:minutes|hours|days|weeks|months|years)"
_APOSTROPHE = "['\u2019]"
_DASH = "[-\u2013\u2014]"


def any_of(*alternatives: str) -> str:
    """One group that matches any of the alternatives."""
    return "(?:" + "|".join(alternatives) + ")"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.IGNORECASE)


# --- what a person wanted, had to do, did -----------------------------------------------------------------------------

GOAL = _pattern(
    any_of(
        r"\b(?:my|our|the|main|big|ultimate) (?:goal|aim|plan|objective|mission|dream|intention)"
        r"(?: here| now| for \w+)? (?:is|was|has been)(?: always)? to ",
        r"\bgoal: (?:to )?",
        r"\b(?:i|we)(?:'?m|'?re| am| are|'ve been| have been| was| were)?"
        r" (?:really |just |also |still |always |now |currently )?"
        + any_of(
            "want(?:ed)?",
            "wanna",
            "would (?:like|love)",
            "hop(?:e|ing|ed)",
            "plan(?:ning|ned)?",
            "aim(?:ing|ed)?",
            "intend(?:ed)?",
            "try|trying|tried",
            "dream(?:ing)? of",
            "looking|working",
            "decided|agreed|chose|promised|resolved",
        )
        + " (?:to )?",
        r"^(?:decided|agreed|chose|promised|want|trying|hoping|planning) to ",
        r"\b(?:i|we)'d (?:like|love) to ",
        r"\bin order to ",
        r"\bso that (?:i|we) (?:can|could) ",
        r"\bziel(?: ist|:)(?: es,?)? ",
    )
)
"""What comes before a goal."""

INCIDENTAL_GOAL = _pattern(r"\b(?:so that|in order to)\b")
"""A purpose said in passing."""

PURPOSE = _pattern(r"^to (\w+)")
"""A sentence that opens with its purpose ("To list the files, …")."""

TASK = _pattern(
    any_of(
        r"\b(?:i|we|you|he|she|they)(?:'ll| will)? (?:still |really |just |also |only )?"
        r"(?:need to|have to|ought to|got to|gotta|need) ",
        r"\b(?:i|we) (?:must|should|shall) ",
        r"\b(?:don'?t|do not|must not|never) forget to ",
        r"\b(?:remember|remind me) to ",
        r"\b(?:todo|to do|to-do|next steps?|action item|fixme): ?",
        r"\b(?:i|we)(?:'m| am|'re| are) (?:going|gonna)(?: to)? ",
        r"\b(?:i|we)(?:'ll| will) ",
        r"\b(?:ich|wir) (?:muss|müssen|soll|sollte|sollten) (?:noch )?",
    )
)
"""What comes before a task."""

DID = _pattern(
    r"\b(?:i|we)(?:'ve| have|'d| had)? ",
    r"(?:(?:just|also|then|finally|already|recently|even|actually|really|never|always|once|first|eventually|later) )*",
    r"([a-z]+)\b",
)
"""The verb of what the writer did."""

CAUSE = _pattern(
    r"\b",
    any_of(
        "because",
        "'cause",
        "cuz",
        "due to",
        "thanks to",
        "as a result",
        "therefore",
        "that(?:'?s| is) why",
        "(?:which|this|that) means",
        "(?:which )?(?:led|leads) to",
        "caused?(?: by)?|causes",
        "result(?:ed|s) in",
        "consequently",
        "so that",
        "weil",
        "deshalb",
        "daher",
        "dadurch",
        "führte zu",
        "sodass",
    ),
    r"\b",
)
CAUSES_THAT_MAY_COME_FIRST = frozenset({"because", "due to", "thanks to", "weil"})

CLAUSE_END = _pattern(
    any_of(
        "[.;:!?\u2026(]",
        ",? "
        + any_of(
            "because|'cause|cause",
            "but|although|though|unless|if",
            "so that|so i|so we",
            "when|while|which",
            "(?:after|before|since|until) (?:i|we|he|she|they|it|you|that)",
            "and (?:then|i|we)",
            "weil|aber|damit|sodass",
        )
        + r"\b",
        ", ",
        f" {_DASH}+ ",
    )
)
"""Where the clause of a goal, task or action ends."""

REFERS = _pattern(r"^(?:see|check out|read more|for more|refer to)\b")
"""A sentence that sends the reader elsewhere."""

# --- when and where ---------------------------------------------------------------------------------------------------

TEMPORAL = _pattern(
    any_of(
        r"\b(?:right |just |shortly |long )?(?:after|before|during|since|until|throughout|following) "
        r"(?:the|a|an|my|our|his|her|their|this|that|last|lunch|dinner|breakfast|work|school|class|practice)\b"
        rf"(?: (?!(?:i|we|he|she|they|it|you|is|was|are|were|and|but|had|has|have)\b)(?:\w|{_APOSTROPHE}|-)+){{0,5}}",
        r"\b(?:late |early )?(?:last|this|next|yesterday|tomorrow|on|every) "
        rf"(?:{_PARTS_OF_DAY}|weekend|week|month|year|{_SEASONS}|{_DAYS})(?: {_PARTS_OF_DAY})?",
        r"\b(?:yesterday|tonight|today|tomorrow|the other day|the day before)",
        rf"\b(?:a few|two|three|four|five|six|\d+) {_SPANS} ago",
        r"\b(?:nach|vor|während|seit|bei) (?:dem|der|den|des|einem|einer|meinem|meiner)\b(?: [a-zäöü][\w-]+)?",
        r"\b(?:gestern(?: abend)?|heute(?: morgen| abend| früh)?|morgen früh|letzte woche|letztes jahr)",
    )
)
"""When something was, in relation to something else."""

DATED = _pattern(
    r",?\s*\b",
    any_of(
        rf"(?:late |early )?(?:starting |on |last |this |next |every |by )?{_DAYS}s?(?: {_PARTS_OF_DAY})?",
        rf"(?:early |late )?(?:this|last|next) (?:{_PARTS_OF_DAY}|week|weekend|month|year|{_SEASONS})",
        rf"(?:starting |from |since )?(?:yesterday|tomorrow)(?: {_PARTS_OF_DAY})?",
        "(?:starting )?today|tonight|the other day",
        rf"(?:a few|two|three|four|five|six|\d+) {_SPANS} ago",
        rf"(?:on |by |since |until )?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_SHORT_MONTHS}(?:,? \d{{4}})?",
        rf"(?:on |by |since |until |in )?{_MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? \d{{4}})?",
        r"(?:on |by )?\d{4}-\d{2}-\d{2}",
        r"(?:on |by )?\d{1,2}[./]\d{1,2}[./]\d{2,4}",
        r"(?:at|around) \d{1,2}(?::\d{2})? ?(?:am|pm|a\.m\.|p\.m\.|o'clock)",
        rf"(?:am |letzte[ns]? |nächste[ns]? |diesen |bis )?{_GERMAN_DAYS}(?:s|abend|morgen|nachmittag)?",
        r"gestern(?: abend)?|heute(?: (?:morgen|abend|früh|nachmittag))?|übermorgen",
        r"um \d{1,2}(?::\d{2})? uhr",
    ),
    r"\b,?",
)
"""A date, weekday or time of day."""

HABITUAL = _pattern(r"\b(?:every|each|always|jede[nrms]?|immer)(?: \w+)?\s*$")
"""What makes the date after it a habit ("every year in July")."""

DETERMINED = _pattern(r"\b(?:an?|the|one|another|eine[mnrs]?|de[mnrs]|die|das)\s*$")
"""What makes the date after it a noun of its sentence ("it failed on a Thursday")."""

DUE = _pattern(
    r"\b",
    any_of(
        "by|before|until|till",
        "due(?: on| by| in)?",
        "deadline(?: is| on|:)?",
        "no later than",
        "expires?(?: on| in)?",
        "bis(?: zum)?",
        "spätestens(?: am)?",
        "fällig(?: am)?",
    ),
    r"\s+((?:[\w.:/-]+\s*){1,4})",
)
"""By when something is due: the next words may be a date."""

DATE_WORD = _pattern(
    "^",
    any_of(
        "today|tonight|tomorrow|week|month|noon|midnight|eod",
        "heute|morgen|übermorgen|woche|monat",
        r"\d{1,4}(?:st|nd|rd|th)?",
    ),
    "$",
)

SEEN_FROM_ONESELF = _pattern(
    any_of(
        r"\b(?:in front of|next to|behind|beside|around) me\b",
        r"\bat my (?:desk|side|feet)\b",
        r"\bin my (?:hand|hands|arms|lap|room|kitchen|garden|office|head)\b",
        r"\b(?:over|right) here\b",
        r"\b(?:sit|sat|sitting|stand|stood|standing|lie|lay|lying) (?:here|at|on|in)\b",
        r"\b(?:to|on) my (?:left|right)\b",
        r"\b(?:vor mir|neben mir|hier)\b",
    )
)

PARTS_OF_DAY: dict[str, re.Pattern[str]] = {
    "night": _pattern(
        r"\b(?:last night|at night|in the middle of the night|(?:past|at) midnight|nachts|in der nacht)\b",
    ),
    "morning": _pattern(
        rf"\b(?:(?:this|in the|yesterday|{_DAYS}) morning|at (?:dawn|sunrise|breakfast)|(?:over|for) breakfast|",
        r"heute morgen|am morgen|heute früh|vormittags?|beim frühstück)\b",
    ),
    "midday": _pattern(
        r"\b(?:at (?:noon|midday)|(?:at|over|during|for|after) lunch|lunch break|lunchtime|",
        r"mittags|zu mittag|mittagspause)\b",
    ),
    "afternoon": _pattern(r"\b(?:afternoon|nachmittags?)\b"),
    "evening": _pattern(
        r"\b(?:evening|tonight|(?:at|over|for|during|after) (?:dinner|supper)|after work|at sunset|",
        r"heute abend|gestern abend|abends|feierabend)\b",
    ),
}
"""How a text says the part of the day."""

CLOCK = _pattern(r"\b(?:at|around|um|gegen) (\d{1,2})(?:[:.](\d{2}))?\s?(a\.?m\.?|p\.?m\.?|uhr|o'clock)?\b")

USED_FOR = _pattern(
    r"\b(?:use|used|using|with|grabbed|took) (?:the |a |an |my |our |this |some )?",
    r"(?P<thing>[\w -]{2,40}?)",
    r"(?: (?:command|flag|option|function|method|binary|utility|tool|variable|keyword|operator|property|class))? ",
    r"(?:to|for) (?P<purpose>\w+[^.;:!?]{3,80})",
)
"""A thing and what it was used for."""

# --- what a sentence is good for --------------------------------------------------------------------------------------

LEAD_IN = _pattern(r":\s*$")
"""A sentence that only announces what follows ("Run this:")."""

TAG_QUESTION = _pattern(
    rf"\s*(?:,|{_DASH}+)\s*",
    any_of("(?:how|what) about you", "and you", "you know", "right", "huh", "isn't it", "don't you think", "okay|ok"),
    r"\?$",
)
"""A statement that ends in a question out of courtesy."""

LEANS = _pattern(
    "^",
    any_of(
        "this|that|these|those|it|its|they|he|she|here|there",
        "then|so|and|but|or|also|however|now|again",
        "notice|both|either|which|another|the other|above|below|the above|the former|the latter",
        "if so|if not|if you want|as you can see|as you'll notice",
        "in (?:this|that|the same) (?:case|way|context)|(?:that|this) way",
        "similarly|likewise|conversely|otherwise|alternatively",
    ),
    r"\b",
)
"""A sentence that can't stand alone, because it points back."""

LEANS_ON_A_WORD = _pattern(
    r"^(?:(?:so|and|but|then|also|however|instead),? )?",
    r"(?:this|that|these|those|it|they|which)\b(?! (?:i|you|we|turns out|seems)\b)",
)
"""A sentence whose subject is a pronoun that the sentence before explains."""

POINTS_BACK = _pattern(
    r"\b(?:with|of|for|to|do|doing|does|like|from|about|by|in|handle|is) (?:this|that|these|those|them|it)",
    r"(?=$|[\s,.;!?](?!\w+ing\b))",
)
"""A pronoun that only the sentence before explains."""

STAGES_AN_EXAMPLE = _pattern(
    r"^(?:let's (?:say|assume|look|consider)|say (?:you|we|i)|imagine|consider|suppose)\b",
    r"|^(?:given|assume|here(?: is|'s)|i have)\b|",
    r"\b(?:i|we) (?:went into|described|explained|introduced|showed|wrote about|talked about|covered|demonstrated)\b",
)
"""A sentence that sets up an example or recalls another note."""

SETS_THE_SCENE = _pattern(
    r"^(?:(?:so|and|but|now|well|however),? )?(?:(?:in|with|for) [\w.'-]{2,25}(?: [\w.'-]{2,15})?,? (?=i |we |you ))?",
    any_of(
        "sometimes|often(?: ?times)?|occasionally|usually|typically|normally|generally|traditionally|recently|lately",
        r"(?:today|yesterday|the other day|earlier|last (?:week|month|night)|a (?:while|few \w+) ago|"
        r"for (?:years|a while|some time))\b",
        r"there (?:are|is|was|were|will be|may be|might be) (?:\w+ )?"
        r"(?:times|situations?|cases|a (?:few|number|lot|bunch|variety|ton|couple)|lots|plenty|many|several|tons|all)",
        r"(?:many|most|some|several|lots of|a lot of|all) \w+",
        r"(?:it is|it's|it can be|it may be|it might be) (?:\w+ )?"
        r"(?:common|easy to|tempting|typical|nice|hard|annoying|tedious|frustrating|useful|helpful|handy|worth)",
        r"(?:you know (?:that|how|when|what)|we've all|we all|most of us|many of us|chances are|odds are)",
        r"(?:you|we)(?:'d)? (?:want|wanted|need to be able|like|would like)\b",
        r"(?:you|we|i|they)(?:'d|'ll| will| would)? (?:may|might|probably|likely|often|usually|typically|sometimes|"
        r"generally|tend|find (?:myself|yourself|ourselves)|run into|come across|end up)",
        r"(?:i|we)(?:'m|'re|'d|'ve been| am| are| was| were| have been| had| have|'ve)? ?"
        r"(?:also |often |usually |always |really |mostly |typically |recently |just |then |still |long |initially )*"
        r"(?:use|used|using|like|liked|love|want|wanted|need|needed|tried|try|trying|looking|working|debugging|"
        r"playing|setting up|building|writing|reading|defined|created|had|have|been|wrote|came across|ran into|noticed|"
        r"figured|thought|assumed|expected|wondered|wondering|know|knew|familiar|curious|going to|usually|reach for)\b",
        r"(?:while|after|when) [^,]{4,200}, (?:i|we) (?:got|saw|noticed|found|realized|hit|\w+ed)\b",
        r"(?:when|whenever|while|if|as|once|say) [^,]{4,200}, (?:then )?(?:you|we|i|it|there|things|they|this|that)"
        r"(?:'ll| will| may| might| could| would)? (?:\w+ )?(?:wondering|find|notice|see|want|need|be|becomes?|gets?|"
        r"run|have|is|are|was|probably|likely|wanted|needed|quickly|end|start|begin)\b(?! to (?:use|run|add|set|pass))",
    ),
)
"""How a sentence begins that only tells what the matter was, and what comes after it is the matter."""

INTRODUCES = _pattern(
    r"^[^,;:]{2,70}\b(?:is|are) (?:a|an|one of the|the|good|great|really|pretty|quite|very|super|built)\b"
    r"(?=.{0,80}\b(?:for|that|which|way|tool|library|framework|language|utility|editor|feature|app|database|cli|used)\b)",
)
"""What something is in general ("X is a great tool for …")."""

OFFERS = _pattern(
    any_of(
        r"(?<!how )(?<!whether )(?<!if )\b(?:you|we|i|one|they|it|this|that) can "
        r"(?:\w+ly |also |then |now |just |even |instead |all )*"
        r"(?!be seen|see\b|imagine|tell\b|think|guess|assume|say\b|read more|learn more|find more)\w+",
        r"\bcan (?:also |then |instead |either |all |easily |only |\w+ly )?(?:be \w+|help\b)",
        r"\b(?:does|do) the trick\b|\bcomes? in(?:to play| to play| handy)?[.:]?$",
        r"\b(?:allow|let|enable|make)s? (?:you|us|me|one|it|them) ",
        r"\b(?:allow|enable)s? (?:for )?\w+ing\b",
        r"\b(?:provide|offer|support|accept|include|introduce|expose|come|ship)s? (?:with )?"
        r"(?:a|an|the|us|you|two|some|both|built-in|several)\b",
        r"\b(?:by|via|with|through) (?:\w+ing|the)\b",
        r"\b(?:instead of|rather than|without|as opposed to|in place of|unlike)\b",
        r"\b(?:the|an?|one|another|best|easiest|quickest|simplest|better) (?:\w+ )?"
        r"(?:trick|way|solution|answer|fix|key|catch|difference|reason|alternative)\b",
        r"\b(?:need|have|must|should|has|needs) (?:to )?(?:use|run|add|set|pass|specify|include|call)\b",
        r"^(?:to|by|use|using|run|add|set|pass|try|call|hit|type|press|put|wrap|prefix|append|specify|make|do|don't|never|"
        r"always|instead|in order to)\b",
    )
)
"""What can be done, how, and to what end: the way a how-to says its lesson."""

VAGUE = _pattern(
    r"\b(?:(?:a|the whole) (?:bunch|lot|number|variety|range|slew|handful|couple) of|(?:wide|whole) range of|"
    r"all (?:kinds|sorts|manner) of|lots of|various|(?:many|several|different) (?:ways|things|options|kinds))\b"
)
"""What promises things without saying which."""

NAMED_BEFORE = _pattern(
    r"\b(?:this|these|those|such|that) (?:kind of |sort of |same |last |first )?"
    r"(?:function|method|command|flag|option|file|folder|directory|situation|case|problem|issue|thing|feature|value|list|"
    r"array|object|string|table|column|query|class|module|type|script|process|behavior|approach|information|way|data|key|"
    r"constraint|setting|variable|component|branch|commit|change|error|range|operator|page|screen|line|task)s?\b"
)
"""A thing that the sentence before names."""

STATES = _pattern(
    r"\b(?:returns?|gives?|prints?|shows?|displays?|lists?|removes?|deletes?|creates?|sets|turns?|converts?|replaces?|"
    r"opens?|runs|ignores?|toggles?|jumps?|moves?|ensures?|prevents?|forces?|causes?|requires?|means?|defaults?|works?|will|won't|"
    r"isn't|doesn't|don't|are not|is not|only) "
)
"""What something does, or does not."""

TURNS = _pattern(
    "^",
    any_of(
        r"(?:however|but|though|luckily|fortunately|thankfully|unfortunately|instead|alternatively)\b",
        r"(?:as )?(?:it )?turns out\b|(?:that's|that is|this is) where\b|enter\b",
        r"to (?:do|achieve|solve|fix|get around|avoid) this\b",
    ),
)
"""How a sentence begins that leaves the scene behind."""

WALKS_THROUGH = _pattern(
    "^",
    any_of(
        r"(?:here|note|notice|first|second|third|lastly|finally|next|afterwards?)\b(?!-)",
        r"the (?:first|second|third|last|final|next|other|whole|above|following|result|output|error|rest)\b",
        r"(?:because|since) (?:it|this|that|these|they|we|i)\b",
        r"(?:in|with|for|from|of) (?:this|these|that|those|the (?:above|first|second|following|previous|example))\b",
        r"as (?:you can|we can|mentioned|seen|shown)\b|(?:we|you|i)(?:'ll| will)? (?:now )?(?:see|notice|look)\b",
        r"a \w+ like this\b|what (?:if|about|is|does|we|you|i|this)\b|now\b|after (?:that|this|doing)\b",
        r"(?:also|additionally)\b",
    ),
)
"""A step of an explanation, which only its place explains."""

REFERENCE = _pattern(
    any_of(
        r"^(?:see|sources?|h/t|via|read more|check out|for more|further reading|docs?|reference|link|credit)\b",
        r"^you can (?:read|learn|find) more\b",
        r"^there (?:are|is) more\b",
        r"\bfor more (?:details|info\w*|options|examples)\b",
        r"\bmore (?:details|info\w*) (?:about|on|in|here|can be|is|are)\b",
        f"^(?:{_DASH}|\\s)*$",
    )
)

OPENING = _pattern(
    "^(?:",
    any_of(
        "however|in fact|that said|that being said|on top of that|to that end|of course|instead|again",
        "for (?:instance|example)|as you can see|as a result",
        "in (?:this|that) (?:case|context)|with (?:this|that) in mind",
        "so|and|but|also|then|now|well|anyway|basically|ultimately|alternatively|additionally|furthermore|moreover",
        "luckily|fortunately|unfortunately|honestly|to be honest|in other words|in short",
        "yeah|yes|oh|wow|hey|hi|thanks|thank you|cool|great|btw|by the way",
        r"ps|p\.s\.|note|fun fact|pro tip|tip",
    ),
    r"(?: \w+)?\s*[,:!]\s+|(?:so|and|but|also|then)\s+)+",
)
"""Words at the start of a sentence that tie it to the one before."""

FRAME = _pattern(
    any_of(
        "^"
        + any_of(
            r"(?:(?:today|yesterday|recently|finally|and|so|just now)?,?\s*(?:i|we)(?:'ve|'ve just| have)?\s?"
            r"(?:also |just |only |recently |finally |did )*"
            r"(?:learn(?:ed|t)?|reali[sz]ed?|discovered|found out|figured out|noticed|understood|remembered|read)"
            r"(?: today| recently| yesterday)?)",
            "til|it dawned on me|the (?:lesson|takeaway|insight)(?: here)? is",
            "it(?: is|'s) worth noting|keep in mind|note",
            "(?:heute )?(?:habe ich )?gelernt|stellt sich heraus",
        )
        + r"(?:,| that|:|, dass| dass)\s+",
        r"^(?:it )?turns out(?: that)?,?\s+",
        r"^(?:this|that)(?: is|'s) where\s+",
        r"^(?:for|in|with) (?:this|that|these|such) (?:situation|case|purpose|kind of situation)s?,?\s+",
        r"^first(?: of all|ly)?,\s+",
        r"^i was (?:excited|happy|surprised|glad|delighted) to (?:learn|find|discover|see)(?: out)? (?:that\s+)?",
    )
)
"""What frames a lesson ("I learned that …") and is not part of it."""

LEADS_TO_CODE = _pattern(
    r",?\s+",
    any_of(
        "like (?:so|this)",
        "as follows",
        "with the following(?: command)?",
        "with this command",
        "(?:as )?below",
        "here",
    ),
    r"\s*[:.]?$",
)

NO_PRINCIPLE = _pattern(rf"^you\b|\bmust(?:{_APOSTROPHE}ve| have| be)\b")
"""A compliment or a guess that sounds like a rule ("You never give up", "That must be hard")."""

CONDITION = _pattern(r"\b(?:if|when|whenever|unless|in case|depending on|depends on|wenn|falls|sobald)\b")

RULE = _pattern(
    r"^(?:and |but |so |also,? )?(?P<mark>if|when|whenever|unless|once|every time|wenn|falls|sobald)\s+",
    r"(?P<if>[^,;:?]{8,160}?)(?:,\s*(?:then\s+|dann\s+)?|\s+then\s+)(?P<then>(?!(?:and|but|or|aber|und)\b)[^?]{8,220})$",
)
"""If X, then Y."""

RULE_TURNED = _pattern(
    r"^(?P<then>(?!(?:this|that|it) (?:is|was)\b)[^,;:?]{12,160}?)\s+",
    r"(?P<mark>if|whenever|unless|every time)\s+(?P<if>[^,;:?]{8,160})$",
)
"""Y if X."""

NO_RULE = _pattern(
    any_of(
        r"\b"
        + any_of(
            "what|as|even|only|like|whether|sure",
            "see|seeing|check(?:s|ed|ing)?|wonder(?:ing)?|know(?:ing)?|ask|tell(?:ing)?|test(?:s|ing)?",
            "determin(?:e|es|ing)|decid(?:e|ing)|find out|figure out",
        )
        + r"\s+(?:if|when)\b",
        r"^(?:if|when) (?:you(?:'d)? (?:want|need|like|are interested)|(?:i|we) (?:look|think|was|were|am|are) )",
        r"^(?:if|when) (?:not|so)\b",
        r"\bonly \w+ (?:if|when)\b",
        r"^(?:if|when) (?:\w+ ){1,3}(?:\w+ed|went|came|saw|was|were) ",
    )
)
"""If-sentences that predict nothing: questions, wishes, stories."""

SUBORDINATE = _pattern(
    "^",
    any_of(
        "if|when|whenever|while|as|because|since|although|even|once|after|before|whereas",
        "in|with|without|to|given|by|for|at|on|from|assuming|instead|using",
        "wenn|weil|als|mit|bei",
    ),
    r"\b",
)
"""How a clause begins that needs another one."""
