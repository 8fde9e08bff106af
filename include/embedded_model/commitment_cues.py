"""How notes say that somebody is bound to do something, in English and German: patterns and lists of words.

Each pattern ends where the words begin that say what is to be done. Groups: `who` is who owes it, `whom` who it is owed
to; where a pattern has neither, the writer owes it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ARTICLE = r"(?:(?i:my|our|the|mein[ers]?|meine[rmn]?|unsere?[rmn]?|der|die|dem|den)\s+)"
_NAME = (
    rf"{_ARTICLE}?(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+|(?:Frau|Herrn?|Professor(?:in)?|Tante|Onkel|Aunt|Uncle)\s+)?"
    r"(?!(?:I|We|You|It|This|That|There|The|My|Our|And|But|So|Some(?:body|one)|Nobody|Every(?:body|one)|"
    r"People|Ich|Wir|Es|Das|Man|"
    r"Jemand|Niemand|Alle|Habe?|Hab)\b)"
    r"[A-ZÄÖÜ][\w\u2019-]+(?:['\u2019]s [a-z]+)?(?:\s+(?!(?:I|On|In|At|By|"
    r"To)\b)[A-ZÄÖÜ][\w\u2019-]+)?(?:\s+(?:von|aus|from|at|of)\s+(?:der|dem|the)\s+[\w-]+)?"
)
_KIN = (
    rf"{_ARTICLE}(?:landlord|landlady|boss|doctor|dentist|neighbou?r|sister|brother|mother|father|mum|mom|dad|wife|"
    r"husband|partner|colleague|friend|team|teacher|accountant|tax advisor|kids?|parents|editor|client|manager|"
    r"plumber|electrician|roofer|builder|cleaner|technician|mechanic|gardener|courier|agent|agency|committee|"
    r"[a-z]+ (?:man|woman|guy|people))|"
    r"(?i:mama|papa|mum|mom|dad|sis|grandma|grandpa|oma|opa)"
)
PERSON = rf"(?:{_NAME}|{_KIN})"
_ANYONE = (
    rf"(?:{PERSON}(?: from [a-z]+)?|(?:[Tt]he|[Mm]y|[Oo]ur|[Aa]) [a-z]+(?:['\u2019]s)?(?: [a-z]+)?|(?:[Dd]er|"
    rf"[Dd]ie|[Mm]eine?|[Uu]nsere?) [A-ZÄÖÜ]\w+)"
)
"""Who is only said by what they are: where "me" or "us" follows, or the verb takes nobody else."""
_PRONOUN = r"(?:he|she|they|er|sie)"
_ADVERBS = (
    r"(?:(?:still|really|just|also|only|then|now|definitely|absolutely|finally|probably|noch|unbedingt|"
    r"dringend|auch|nur|"
    r"dann|heute|bitte|wirklich|mal)\s+)*"
)


def words_in(listed: str) -> frozenset[str]:
    """The words of a list, which are parted by blanks."""
    return frozenset(listed.split())


def _case(pattern: str) -> re.Pattern[str]:
    """A pattern whose names need their capitals; its words of grammar are written for both cases."""
    return re.compile(pattern)


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


class Binding(NamedTuple):
    """A way to say that something is to be done."""

    name: str
    strength: float
    """How binding it is by itself; a date, a recipient or an errand add to it."""
    pattern: re.Pattern[str]
    to_owner: bool = False
    """Whether another person owes it to the writer."""
    whole_sentence: bool = False
    """Whether the words before the cue belong to what is to be done, too (German puts the verb last)."""
    needs_later_day: bool = False
    """Whether it binds only with a date after the day of the note (what is said in the present tense)."""
    says_to_owner: bool = False
    """Whether the cue itself says that it comes to the writer ("owes me")."""


BINDINGS: tuple[Binding, ...] = (
    # What others asked of the writer.
    Binding(
        "request",
        2.0,
        _case(
            rf"\b(?P<whom>{_ANYONE}|[Ss]he|[Hh]e|[Tt]hey)\s+(?:has |have |just |also )*"
            r"(?:(?:asked|wants|needs|expects|told|reminded|begged) (?:me|us) to|asked (?:me |us )?for|"
            r"is expecting (?:my|our|the))\s+"
        ),
    ),
    Binding(
        "request",
        1.0,
        _case(
            rf"\b(?P<whom>{PERSON}|[Ss]he|[Hh]e)\s+(?:asked|asks|wanted to know|wants to know) (?:me |"
            rf"us )?(?:if|whether) (?:I|we) (?:could|can|would|will)\s+"
        ),
    ),
    Binding(
        "request",
        1.0,
        _case(
            rf"\b(?P<whom>{_ANYONE}|[Ss]ie|[Ee]r)\s+(?:hat )?(?:mich |uns )?(?:fragt|fragte|"
            rf"gefragt),? ob (?:ich|wir)\s+"
        ),
    ),
    Binding(
        "ordered",
        1.0,
        _case(
            rf"\b(?P<whom>{_ANYONE}) (?:has |have )?(?:ordered|booked|bestellte|"
            rf"hat bestellt:?)\s+(?=.*\b(?:for|by|für|bis)\b)"
        ),
    ),
    Binding(
        "request",
        2.0,
        _case(
            rf"\b(?P<whom>{_ANYONE}|[Ss]ie|[Ee]r)\s+(?:hat|haben) (?:mich |"
            rf"uns )?(?:um .{{3,40}}? )?(?:gebeten|beauftragt|erinnert|daran erinnert),?\s+(?:dass ich\s+)?"
        ),
    ),
    Binding(
        "request",
        2.0,
        _case(rf"\b(?P<whom>{PERSON})\s+(?:is |are )?(?:still )?(?:waiting|waits) for (?:my|our)\s+"),
    ),
    Binding(
        "request",
        2.0,
        _case(
            rf"\b(?P<whom>{PERSON}(?: von der [A-Z]\w+)?)\s+wartet (?:noch )?auf (?:mein|meine|meinen|unser|"
            rf"unsere|die|das|den)\s+"
        ),
    ),
    Binding("request", 2.0, _case(rf"\b(?P<whom>{PERSON}) (?:bekommt|kriegt) (?=.*\bvon (?:mir|uns)\b)")),
    Binding(
        "wanted back",
        1.5,
        _case(
            rf"\b(?P<whom>{_ANYONE}(?: from next door)?)\s+(?:wants|needs) (?=(?:his|her|their|the|our|"
            rf"my) .{{2,40}} back\b)"
        ),
    ),
    Binding(
        "needed",
        1.0,
        _case(
            rf"\b(?P<whom>{PERSON})\s+(?:needs?|wants?|braucht|brauchen|möchten?|wollen|will)\s+(?:to (?:see|"
            rf"have|get|read) )?(?!to\b|me\b|us\b)"
        ),
    ),
    # Promises.
    Binding(
        "promise",
        2.0,
        _case(
            rf"(?:\b(?:I|we|We)(?:['\u2019]ve| have| had)? (?:just |also )?promised|"
            rf"^(?i:(?:have )?promised))\s+(?:(?P<whom>{PERSON}|(?:the|my|our) [a-z]+(?= (?:we|I|to|that|a|"
            rf"an|the)\b)|him|her|them)\s+)?(?!myself\b|ourselves\b)"
            r"(?:(?:to|that (?:I|we)(?:['\u2019]d| would|['\u2019]ll| will)|(?:I|we)(?:['\u2019]d| would|"
            r"['\u2019]ll| will))\s+)?"
        ),
    ),
    Binding(
        "promise",
        2.0,
        _case(
            rf"\b(?:(?:I|We|we) )?[Tt]old (?P<whom>{PERSON}|(?:the|my|our) [a-z]+(?= (?:we|I|they|that)\b)|"
            rf"him|her|them)(?: [a-z ]{{2,30}}?)? (?:that )?"
            r"(?:(?:I|we)(?:['\u2019]d| would|['\u2019]ll| will)|(?:he|she|they) (?:gets?|(?:will|would|"
            r"['\u2019]ll|['\u2019]d) (?:get|have|receive)|can have))\s+"
        ),
    ),
    Binding(
        "promise",
        1.5,
        _case(
            r"(?:\b(?:I|We|we) (?:have |['\u2019]ve )?(?:said|agreed|offered|volunteered|signed up)|^(?:Said|"
            r"Agreed|Offered|Volunteered|Signed up)) (?:that )?(?:(?:I|we)(?:['\u2019]d| would|['\u2019]ll|"
            r" will)|to|yes to)\s+"
        ),
    ),
    Binding(
        "promise",
        2.0,
        _case(rf"\b(?P<whom>{PERSON}) and I (?:have )?agreed (?:that )?(?:I(?:['\u2019]ll| will)?|to)\s+"),
    ),
    Binding(
        "promise",
        2.0,
        _case(
            rf"\b(?:[Ii]ch |[Ww]ir )?(?:[Hh]abe?n?)(?: ich| wir)?(?: mit)? (?P<whom>{PERSON}|ihr|ihm|ihnen)? ?"
            r"(?:versprochen|zugesagt|zugesichert|vereinbart|abgemacht|ausgemacht)[,:]?\s+(?:dass (?:ich|wir)\s+)?"
        ),
    ),
    Binding(
        "debt",
        2.0,
        _case(
            rf"(?:\b(?:I|[Ww]e) (?:still )?owe|^(?:Still )?[Oo]we) (?P<whom>{PERSON}|(?:the|my|our) [a-z]+|"
            rf"him|her|them)\s+(?!nothing\b)"
        ),
    ),
    Binding(
        "promise",
        2.0,
        _any(
            r"\b(?:i(?:['\u2019]ve| have)?|we(?:['\u2019]ve| have)?) (?:swore|sworn|vowed|pledged|"
            r"given my word|gave my word|committed) to\s+"
        ),
    ),
    Binding("promise", 2.0, _any(r"^(?:versprochen|zugesagt|promised|agreed)\s*:\s+")),
    Binding(
        "promised after",
        2.0,
        _any(
            r"[,:\u2013-]\s+(?:that['\u2019]s what )?(?:(?:i|we) (?:have )?promised|(?:habe?|"
            r"hab) ich (?:versprochen|zugesagt))\b"
        ),
        whole_sentence=True,
    ),
    Binding("debt", 2.0, _case(rf"\bschulde ich (?P<whom>{PERSON}|ihr|ihm|ihnen) (?:noch )?")),
    Binding("debt", 2.0, _case(rf"\b[Ii]ch schulde (?P<whom>{PERSON}|ihr|ihm|ihnen) (?:noch )?")),
    # Reminders.
    Binding(
        "reminder",
        2.0,
        _any(
            r"(?:\b(?:please )?(?:do not|don['\u2019]?t|must not|mustn['\u2019]t|never|"
            r"not to) (?:let me )?forget(?: to|:|,)?|\bremind me (?:to|about)|"
            r"(?:^|[.!:] )(?:please )?remember to|\b(?:i|we) (?:must|have to|need to) remember to|"
            r"\b(?:nicht|net) vergessen[:,](?: zu)?|\bvergiss (?:bitte )?nicht,?|\b(?:bitte )?(?:daran |"
            r"dran )denken[:,]|\bdenk (?:bitte )?(?:daran|dran|an)[:,]?|^\s*(?:reminder|memo|erinnerung|"
            r"merke)(?: (?:to|for|an) (?:self|myself|me|mich))?\s*[:\u2013-])\s+"
        ),
    ),
    Binding("reminder", 2.0, _case(rf"^[Ll]et (?P<whom>{PERSON}) know\s+")),
    Binding("reminder", 2.0, _any(r"(?:nicht vergessen|daran denken)\s*[!.]?$"), whole_sentence=True),
    Binding("note to self", 1.0, _any(r"^\s*(?:note|notiz) (?:to|an) (?:self|myself|mich)\s*[:\u2013-]\s+")),
    Binding(
        "to do", 2.0, _any(r"^\s*(?:todo|to do|to-do|action item|erledigen|zu erledigen|next step)s?(?:\s*:|\s+-)?\s+")
    ),
    Binding("to do", 1.5, _any(r"^\s*my (?:job|task|homework)\b[^:]{0,50}:\s+|^\s*meine aufgabe\b[^:]{0,50}:\s+")),
    # Deadlines.
    Binding(
        "deadline",
        2.0,
        _any(
            r"\b(?:deadline|abgabe(?:termin)?|einsendeschluss|stichtag)\s+(?:for|of|für|is|ist)?\s*(?=.*\d|.*day|.*tag)"
        ),
        whole_sentence=True,
    ),
    Binding("deadline", 1.5, _any(r"\bfrist\b(?:\s+(?:ist|endet|läuft|bis|:))?\s+"), whole_sentence=True),
    Binding(
        "deadline",
        2.0,
        _any(
            r"\b(?:is|are) due\b|\bdue (?:back )?(?=on|by|today|tomorrow|next|this|mon|tue|wed|thu|fri|sat|"
            r"sun|\d)|:\s+hand in\b|\bist fällig\b|\bfällig am\b"
        ),
        whole_sentence=True,
    ),
    # Duties.
    Binding(
        "duty",
        1.5,
        _any(
            rf"(?:\b(?:i|we)(?:['\u2019]ve)?\s+{_ADVERBS}(?:need to|have to|must|(?:['\u2019]ve )?got to|gotta)|"
            rf"(?:^|[,;:\u2013-]\s)(?:so |and )?{_ADVERBS}(?:need to|have to|must|gotta|got to)|"
            rf"\b(?:i['\u2019]?m|i am|we are|we['\u2019]re) supposed to)\s+(?!not\b|admit\b|say\b|laugh\b|"
            rf"smile\b|be honest\b|confess\b)"
        ),
    ),
    Binding("need", 1.0, _any(rf"(?:\b(?:i|we)\s+{_ADVERBS}need|^{_ADVERBS}need)\s+(?!to\b)")),
    Binding(
        "duty",
        1.5,
        _any(
            rf"(?:\b(?:ich|wir)\s+(?:muss|müssen|soll|sollen|darf nicht vergessen,)|\b(?:muss|müssen|soll|"
            rf"sollen) (?:ich|wir)|^{_ADVERBS}(?:muss|müssen))\s+"
        ),
        whole_sentence=True,
    ),
    Binding("need", 1.0, _any(r"(?:\bich\s+brauche|\bbrauche ich|^brauche|\bwir brauchen)\s+"), whole_sentence=True),
    # A thing that has to go somewhere or be somewhere: "Das Fahrrad muss zur Reparatur".
    Binding(
        "duty of a thing",
        1.5,
        _case(
            r"\b(?:(?:[Dd]as|[Dd]ie|[Dd]er|[Mm]ein\w*|[Uu]nser\w*) [A-ZÄÖÜ]\w+|die|das|der) muss\s+|"
            r"\bmuss (?=(?:das|die|der) [A-ZÄÖÜ])"
        ),
        whole_sentence=True,
    ),
    # Not "Der Teig muss ruhen", which is a rule: it has to go somewhere.
    Binding(
        "duty of a thing",
        2.0,
        _case(
            r"\b(?:[Dd]as|[Dd]ie|[Dd]er|[Mm]ein\w*|[Uu]nser\w*) [A-ZÄÖÜ]\w+ muss\s+(?=(?:\w+ )?(?:zur|zum|"
            r"ins|in die|in den|nach|weg)\b)"
        ),
        whole_sentence=True,
    ),
    # A thing that has to be dealt with, by whomever: it binds with a date.
    Binding(
        "duty of a thing",
        1.0,
        _case(
            r"\b(?!(?:[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Ww]e|[Yy]ou|I|[Tt]his|[Tt]hat|[Tt]here|[Ww]ho|to|us|"
            r"everyone|everybody|"
            r"somebody|people|one|[Aa]ll)\b)[A-Za-z][\w\u2019'-]+ "
            r"(?:(?:has to|have to|needs to|need to|must) (?!say\b|admit\b)|needs (?=\w+ing\b))"
        ),
        whole_sentence=True,
    ),
    Binding("duty of a thing", 1.0, _case(r"\b[A-ZÄÖÜ]\w+ (?:muss|müssen) "), whole_sentence=True),
    # Intentions.
    Binding(
        "intention",
        1.0,
        _any(
            rf"\b(?:i|we)(?:['\u2019]ll| will| shall|(?:['\u2019]m|['\u2019]re| am| are) (?:going|"
            rf"gonna) to)\s+{_ADVERBS}"
            r"(?!be (?:a|so|very|happy|glad|fine|ok|there)\b|see\b|never\b|not\b|miss\b|always\b|know\b|have been\b)"
        ),
    ),
    Binding(
        "intention",
        1.0,
        _any(
            r"^(?:will|shall|going to|gonna)\s+(?!be (?:a|so|very|happy|fine|ok)\b|see\b|never\b|not\b|"
            r"miss\b|it\b|they\b|he\b|she\b|there\b)"
        ),
    ),
    Binding(
        "arranged",
        1.0,
        _any(r"^(?=(?:meeting|seeing|visiting|picking up|driving|flying|taking|collecting|dropping off|having)\b)"),
    ),
    Binding(
        "intention",
        1.0,
        _any(r"\b(?:ich|wir)\s+(?:werde|werden)\s+|\b(?:werde|werden)\s+(?:ich|wir)\s+"),
        whole_sentence=True,
    ),
    Binding(
        "arranged",
        1.0,
        _any(
            r"\b(?:i|we)(?:['\u2019]m|['\u2019]re| am| are) (?=(?!going to|gonna|trying|being|having|feeling|"
            r"getting|not|so|still)\w+ing\b)"
        ),
    ),
    Binding(
        "arranged",
        1.0,
        _any(
            r"(?:\bich\s+(?!habe\b|hatte\b|hätte\b|würde\b|möchte\b|könnte\b|wäre\b|denke\b|glaube\b|weiß\b|"
            r"konnte\b|musste\b|wollte\b|sollte\b|werde\b|wurde\b|finde\b|brauche\b)"
            r"(?=\w+e\b)|\b(?!habe\b|hatte\b|hätte\b|würde\b|möchte\b|könnte\b|wäre\b|denke\b|glaube\b|"
            r"werde\b|musste\b|wollte\b|sollte\b|konnte\b|wurde\b|brauche\b)\w+e (?=ich\b))"
        ),
        whole_sentence=True,
    ),
    Binding(
        "arranged",
        1.0,
        _any(
            r"(?:\bwir\s+(?!haben\b|hatten\b|hätten\b|würden\b|möchten\b|könnten\b|wären\b|waren\b|sind\b|"
            r"konnten\b|mussten\b|wollten\b|sollten\b|"
            r"werden\b|wurden\b|brauchen\b|müssen\b|sollen\b|\w+ten\b)(?=\w+en\b)|"
            r"\b(?!haben\b|hatten\b|hätten\b|würden\b|waren\b|sind\b|müssen\b|sollen\b|werden\b|konnten\b|"
            r"sollten\b|\w+ten\b)\w+en (?=wir\b))"
        ),
        whole_sentence=True,
    ),
    # What others owe to the writer.
    Binding(
        "promised to me",
        1.25,
        _case(
            rf"\b(?P<who>{_ANYONE}|[Hh]e|[Ss]he|[Tt]hey)(?:['\u2019]ll| will|(?:['\u2019]s|['\u2019]re| is|"
            rf" are) going to|(?:['\u2019]s| is)(?= \w+ing (?:me|us|(?:\w+ ){1, 3}(?:back|over|round))\b)|"
            rf" (?:said|says|promised)(?: that)?(?: (?:he|she|they)(?:['\u2019]ll|['\u2019]d| will| would)|"
            rf" to)) {_ADVERBS}(?!never\b|not\b)"
        ),
        to_owner=True,
    ),
    Binding(
        "promised to me",
        1.5,
        _case(rf"\b(?P<who>{PERSON}|[Hh]e|[Ss]he|[Tt]hey) (?:still )?owes? (?:me|us)\s+(?!nothing\b)"),
        to_owner=True,
        says_to_owner=True,
    ),
    Binding(
        "promised to me",
        1.25,
        _case(
            rf"\b(?P<who>{PERSON}|[Ee]r|[Ss]ie) (?:wird|will|hat versprochen,|versprach,|verspricht,|"
            rf"hat zugesagt,)\s+(?=.*\b(?:mir|uns)\b)"
        ),
        to_owner=True,
        says_to_owner=True,
    ),
    Binding(
        "promised to me",
        1.25,
        _case(
            rf"\b(?P<who>{PERSON}|[Ee]r|[Ss]ie) (?=(?:schickt|bringt|gibt|überweist|leiht|mailt|liefert|holt|"
            rf"sagt)\b.*\b(?:mir|uns)\b)"
        ),
        to_owner=True,
        says_to_owner=True,
    ),
    Binding(
        "promised to me",
        1.0,
        _case(
            rf"\b(?P<who>{_ANYONE}|[Ee]r|[Ss]ie) (?=[a-zäöüß]+t (?:mir|uns|mich)\b|"
            rf"[a-zäöüß]+t\b.*\b(?:zurück|vorbei)\b)"
        ),
        to_owner=True,
        says_to_owner=True,
        needs_later_day=True,
    ),
    Binding(
        "visit", 1.0, _case(r"\b[Kk]ommt (?:(?!der|die|das)\S+ ){0,4}(?:der|die) (?P<who>[A-ZÄÖÜ]\w+)"), to_owner=True
    ),
    Binding(
        "visit",
        0.75,
        _case(
            rf"\b(?P<who>{PERSON}|[Ee]r|[Ss]ie|[Hh]e|[Ss]he|(?:the )?[a-z]+ man|[A-Z]\w+) (?:kommt|comes|"
            rf"is coming|is going to come|will come)\s+"
        ),
        to_owner=True,
    ),
)
"""All ways, the surer ones first: where two fit the same words, the first counts."""

OWED_TO_ME = _any(
    r"\b(?:me|us|mir|uns|my|our|mein\w*|unser\w*)\b|\bback\b|zurück|"
    r"^(?:send|bring|return|deliver|transfer|pay|reply|answer|call back|get back|let me|lend|drop off|"
    r"forward|hand over|email|mail|"
    r"text|post|ship|have (?:it|them|the|a|my|our|some|\d+))\b"
)
"""What another does is owed to the writer where it comes to them."""
OWED_ELSEWHERE = _any(r"\b(?:to|for) (?:him|her|them)self\b|\b(?:himself|herself|themselves|selbst|selber)\b")

ERRANDS = words_in(
    """answer apply arrange ask attend book borrow bring build buy call cancel change check clean clear collect
    complete contact cook cut deliver draft draw drop email fetch file fill finish fix forward get give hand
    help install invite invoice lend mail make mend message order organise organize pack paint pay phone pick
    plan post prepare prepay print register remind renew repair replace reply report request reschedule reserve
    return review ring schedule sell send settle sew sign sort submit switch take teach tell text tidy transfer
    tune turn update upload wash water wire wrap write abgeben abholen abschicken abschließen absagen anmelden
    anrufen ausdrucken ausfüllen auftreiben antworten aufräumen backen beantragen besorgen bestellen bezahlen
    bringen buchen bügeln drucken einkaufen einladen einreichen erledigen fertigstellen geben gießen helfen
    holen informieren kaufen klären kochen kontaktieren kümmern kündigen lesen liefern machen malen mitbringen
    organisieren packen putzen reparieren reservieren schicken schneiden schreiben streichen überweisen
    umtauschen unterschreiben verlängern verschicken vereinbaren vorbereiten waschen wechseln zahlen
    zurückbringen zurückgeben zurückrufen zeichnen entwerfen renovieren nachfragen bestätigen"""
)
"""Verbs of things that are done once and are then done."""

VAGUE = words_in(
    """admit be begin change come continue decide do figure find focus get go have improve keep learn leave let
    look make move put realise see show start stop take talk think try work say talk tell rest slow practise
    practice reden lassen machen gehen kommen sehen finden haben bleiben anfangen aufhören überlegen entscheiden
    reden"""
)
"""Verbs that say of a duty without a date too little for it to be done one day."""

ACCEPTED = _any(
    r"^\s*[.,!?]*\s*(?:yes|yep|ok|okay|fine|sure|of course|will do|no problem|gladly|ja|klar|gern|gerne|"
    r"mach(?:e|en)? (?:ich|wir)|natürlich|passt)\b"
)
"""An answer to a request."""

URGENT = _any(
    r"\b(?:asap|a\.s\.a\.p|urgent(?:ly)?|as soon as possible|immediately|dringend|sofort|schnellstmöglich|"
    r"so bald wie möglich)\b"
)

ORDERS = words_in(
    """book buy call cancel collect deliver email fetch fix install invoice mend order pay phone post register
    renew repair remind replace reply return ring submit thank"""
)
"""Errands that a note of one line orders without a date."""

STATES = words_in(
    """be become believe belong care consider cost enjoy exist feel find forget forgive get_used hate hear hold
    hope imagine keep know learn let like live look love matter mean mind miss need prefer realise realize
    regret remember seem see sleep smell sound stay stop suffer suppose survive taste think trust try understand
    use wait want wear wish wonder worry sein werden bleiben denken glauben wissen lachen weinen warten schlafen
    lernen verstehen sehen"""
)
"""Verbs of what goes on or cannot be promised."""

APPOINTMENTS = _any(
    r"\b(?:appointment|meeting|dentist|doctor'?s?|physio|interview|exam|flight|train|concert|rehearsal|planning|review|"
    r"lesson|class|talk|lecture|workshop|tournament|match|party|wedding|funeral|dinner|lunch|call|checkup|"
    r"haircut|visit|"
    r"[\w-]*(?:termin|arzt|ärztin|besprechung|prüfung|gespräch|konzert|probe|feier|hochzeit|sitzung|treffen|"
    r"versammlung|abend|"
    r"stunde|reinigung|beerdigung|unterricht|spiel|kurs|vortrag|schulung|bildung|turnier)|flug|friseur|kino)\b"
)

CONDITIONAL = _any(
    r"\b(?:if|would|could|might|may|maybe|perhaps|should|ought|unless|whether|suppose|wish|"
    r"wenn|falls|würde[nt]?|könnte[nt]?|hätte[nt]?|wäre[nt]?|sollte[nt]?|müsste[nt]?|vielleicht|eventuell|"
    r"möglicherweise)\b"
)
HABITUAL = _any(
    r"\b(?:always|usually|normally|often|every|each time|whenever|used to|generally|mostly|never|"
    r"immer|meistens|jede[nrsm]?|oft|üblicherweise|normalerweise|niemals|(?:mon|tues|wednes|thurs|fri|satur|"
    r"sun)days|montags|dienstags|mittwochs|"
    r"donnerstags|freitags|samstags|sonntags)\b"
)
LONG_PAST = _any(
    r"\b(?:in (?:19|20)\d\d|last (?:year|month|summer|winter|spring|autumn)|ago|back then|as a child|damals|"
    r"früher|letztes jahr|vor (?:\w+ )?jahren)\b"
)
SUBORDINATE = _any(
    r"\b(?:when(?:ever)?|if|because|since|while|that|which|who|what|how|where|why|until|before|after|than|as|"
    r"unless|so that|wenn|weil|dass|ob|was|wie|wo|warum|als)"
    r"(?:\s+\w+){0,2}\s*$"
)
"""Words right before a cue that make it part of a clause about something else ("when I have to …")."""
REFUSED = _any(r"\b(?:i said no|said no|abgelehnt|abgesagt|turned (?:it|him|her|them) down|declined)\b")

CLAUSE_END = _any(
    r"(?<!\d)(?<!\bdr)(?<!\bmr)(?<!\bst)(?<!\bprof)(?<!\bmrs)(?<!\bnr)\.(?=\s|$)|[;!?…(]|:\s|"
    r",?\s(?:because|but|although|though|unless|while|which|so that|so i|so we|or (?:else|the|it|they|i|we)|otherwise|"
    r"weil|aber|damit|sodass|sonst|obwohl|"
    r"and (?:then |so )?(?:i|we|he|she|they)\b|und (?:ich|wir|er|sie))\b|"
    r",\s(?=(?:i|we|he|she|it|they|that|who|the|their|theirs|his|its|mine|those|these|told|says?|said|if|"
    r"when|since|as|yes|no|please|he's|she's|"
    r"ich|wir|er|sie|es|wie|wer|falls|wenn|da|hat|sagt|die|der|das|den|samt|jede\w*|every)\b)|"
    r"\s[-\u2013\u2014]\s|,\s(?-i:[A-ZÄÖÜ])[a-zäöü]+ (?:hilft|kommt|sagt|macht|says|helps|comes|is|has|hat|ist|will)\b"
)
"""Where what is to be done ends."""

FILLERS = _any(
    r"\b(?:at the latest|in time|as soon as possible|asap|please|finally|at last|definitely|absolutely|urgently|too|"
    r"still|just|also|only|really|now|then|the slot|(?:has to|have to|needs? to|must) be|"
    r"noch|unbedingt|dringend|bitte|endlich|spätestens|rechtzeitig|gleich|dann|auch|mal|nur|wirklich|schon|"
    r"sofort|doch|eben|"
    r"ich|wir|muss|müssen|soll|sollen|werde|werden|brauche|brauchen|spätestens)\b"
)
"""Words that do not belong to what is to be done."""

IDIOMS = _any(
    r"^(?:give (?:it|this|that|these|them|you|him|her)?\s*(?:a|another)? ?(?:try|shot|go|think|hint|chance)|"
    r"take (?:your|his|her|their) advice|"
    r"take (?:it|that) easy|make (?:sure|time|changes?|progress|sense|up my mind|the most)|check (?:it|that|"
    r"this|these|those|them) out|"
    r"check out|let you know|keep (?:you|up|going|at it|that|it)|get (?:better|used|over|going|there|to know|"
    r"through it|away with)|"
    r"(?:any|some|every|no)thing\b|do (?:something|better|my best|it)\b|thinking\b|hoping\b|wondering\b|"
    r"considering\b|planning\b|"
    r"tell you|(?:it|that|this|there|what|how|every|he|she|they|you)\b(?:['\u2019]s)?\s\w+)"
)
"""What sounds like an errand and is none."""

RECIPIENT = _case(
    rf"\b(?:(?:to|for|with|für|mit|bei|von) (?P<person>{PERSON})|(?:to|with|over to)\s+(?:the|all|"
    rf"every) (?P<place>[A-Za-z][\w-]+)|"
    r"(?:an|ans)\s+(?:(?:alle|die|das|der|dem|den)\s+)?(?P<addressee>[A-ZÄÖÜ][\w-]+(?: [A-ZÄÖÜ][\w-]+)?))"
)
REPORTED_TO = _case(
    r"\bbeim?\s+(?:(?:der|dem)\s+)?(?P<whom>[A-ZÄÖÜ][\w-]+)(?=.*\b(?:melden|anrufen|nachfragen|abgeben|"
    r"einreichen|vorbeigehen|entschuldigen|bedanken|sein)\b)"
)
ADDRESSED = _any(
    r"^(?:thank|ask|tell|invite|remind|call|ring|phone|email|text|contact|meet(?:ing)?|see(?:ing)?|"
    r"visit(?:ing)?|inform|reply to|apologi[sz]e to) "
    r"(?:the|my|our) (?P<whom>[a-z]+(?: (?:woman|man|people|lady|guy))?)|"
    r"^(?:give|send|bring|show|lend|pay|write|hand|owe|offer) (?:the|my|our) (?P<getter>[a-z]+) (?:a|an|the|"
    r"my|our|some|back|\d+)\b"
)
DIRECT = _case(
    r"^(?i:call|ring|phone|email|text|message|ask|tell|answer|invite|invoice|pay|help|visit|remind|thank|"
    r"meet|pick up|contact|"
    r"write|give|send|bring|show|teach|lend)\s+(?P<whom>(?:the |my |our )?[\w'\u2019.-]+(?: [A-Z][\w'\u2019-]+)?)"
)
DATIVE = _case(
    r"^(?P<whom>[A-ZÄÖÜ]\w+(?: [A-ZÄÖÜ]\w+)?) (?:das|die|den|der|dem|eine?n?|beim?|im|mein\w*|am|Bescheid|wegen)\b"
)
"""German puts who gets it first: "Theo beim Umzug helfen"."""
GERMAN_PERSON = _case(
    r"\b(?P<whom>(?:Frau|Herrn?|Professor(?:in)?|Tante|Onkel|Oma|Opa|Mama|Papa)(?: [A-ZÄÖÜ][\w-]+)?|"
    r"[A-ZÄÖÜ]\w+s['\u2019]? "
    r"(?:Mutter|Vater|Schwester|Bruder|Eltern|Frau|Mann)|(?:die |den |dem |der |meine[nr]? |meinem )?"
    r"(?:Vermieter(?:in)?|Dachdecker|Handwerker|Klempner|Steuerberater(?:in)?|Nachbar(?:n|in)?|Eltern|"
    r"Schwiegereltern|Hausverwaltung))\b"
)
