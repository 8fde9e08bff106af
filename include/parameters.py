"""The biological parameters: meaning, unit, range and source here; values in `dbt/dbt_project.yml`, one place.

A value outside its range is refused at start, with its name, value, range and source.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from include.errors import CodexError
from include.settings import REPOSITORY

PROJECT_FILE = REPOSITORY / "dbt" / "dbt_project.yml"

CHANGED_PARAMETERS = "CODEX_CHANGED_PARAMETERS"
"""Set (as JSON) in processes that work with other values than the project's: in a shadow, to see what would change."""


@dataclass(frozen=True)
class Source:
    """Where a parameter's value comes from, and its unit."""

    text: str
    unit: str = ""


@dataclass(frozen=True)
class Default:
    """A parameter's canonical value; `./codex params` shows what differs from it."""

    value: Any


def _shares(values: list[float]) -> list[float]:
    if any(value < 0 for value in values) or abs(sum(values) - 1) > 1e-9:
        raise ValueError(f"shares must be at least 0 and sum to 1; these sum to {sum(values):g}")
    return values


def _time_of_day(text: str) -> str:
    time.fromisoformat(text)
    return text


Shares = Annotated[list[float], AfterValidator(_shares)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
TimeOfDayOrNone = Annotated[str, AfterValidator(lambda text: text and _time_of_day(text))]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_ENGINEERING = "engineering choice"


class Parameters(BaseModel):
    """All vars of the dbt project. Ranges and sources: docs/biology.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_retry_attempts: Annotated[
        int,
        Field(ge=1, le=10, description="Invalid answers in a row before a question is given up"),
        Default(3),
        Source("architecture seed", "attempts"),
    ]
    working_memory_capacity: Annotated[
        int,
        Field(ge=5, le=9, description="Places in a window of attention, give or take two"),
        Default(7),
        Source("Miller 1956", "memories"),
    ]
    working_memory_focus: Annotated[
        int,
        Field(ge=3, le=5, description="Places in the focus of attention"),
        Default(4),
        Source("Cowan 2001", "memories"),
    ]
    working_memory_window_seconds: Annotated[
        int,
        Field(ge=30, le=600, description="Length of a window of attention"),
        Default(300),
        Source("architecture seed", "seconds"),
    ]
    recency_half_life_seconds: Annotated[
        float,
        Field(ge=60, le=600, description="Age within the window at which priority is halved"),
        Default(300),
        Source("the seed's stated intent", "seconds"),
    ]
    attention_weight_importance: Annotated[
        float,
        Field(ge=0, le=1, description="Share of importance in priority; the three weights sum to 1"),
        Default(0.4),
        Source("architecture seed"),
    ]
    attention_weight_urgency: Annotated[
        float,
        Field(ge=0, le=1, description="Share of urgency in priority"),
        Default(0.3),
        Source("architecture seed"),
    ]
    attention_weight_emotion: Annotated[
        float,
        Field(ge=0, le=1, description="Share of arousal in priority"),
        Default(0.3),
        Source("architecture seed"),
    ]
    min_content_length: Annotated[
        int,
        Field(ge=1, le=1000, description="Shorter texts are filtered"),
        Default(1),
        Source("mends defect 7 of the original (docs/biology.md)", "characters"),
    ]
    max_content_length: Annotated[
        int,
        Field(ge=1000, le=1_000_000, description="Longer texts are filtered"),
        Default(50000),
        Source("architecture seed", "characters"),
    ]

    stm_duration_minutes: Annotated[
        float,
        Field(ge=15, le=60, description="How long a trace stays in short-term memory before it is ready for replay"),
        Default(30),
        Source("longer than its cycle", "minutes"),
    ]
    episode_gap_minutes: Annotated[
        float,
        Field(ge=15, le=60, description="A longer pause ends an episode"),
        Default(30),
        Source("Zacks 2007", "minutes"),
    ]
    episode_span_minutes: Annotated[
        float,
        Field(ge=15, le=30, description="No episode lasts longer"),
        Default(30),
        Source("Zacks 2007; property 9", "minutes"),
    ]
    coactivation_window_minutes: Annotated[
        float,
        Field(ge=5, le=120, description="Memories this near in time can be active together"),
        Default(60),
        Source("architecture seed", "minutes"),
    ]
    emotional_gain: Annotated[
        float,
        Field(ge=0.2, le=0.5, description="How much arousal adds to the strength of encoding"),
        Default(0.3),
        Source("McGaugh 2004 (e)"),
    ]
    flashbulb_arousal: Annotated[
        float,
        Field(
            ge=0.6, le=0.95, description="Arousal from which a memory is ready at once, and lends strength to weak ones"
        ),
        Default(0.8),
        Source("architecture seed"),
    ]
    tag_window_minutes: Annotated[
        float,
        Field(ge=30, le=180, description="How far a strong event reaches to weak traces"),
        Default(90),
        Source("Frey & Morris 1997", "minutes"),
    ]
    tag_decay_minutes: Annotated[
        float,
        Field(ge=30, le=180, description="Time constant by which that reach falls off"),
        Default(60),
        Source("Frey & Morris 1997 (e)", "minutes"),
    ]

    hebbian_learning_rate: Annotated[
        float,
        Field(
            ge=0.05,
            le=0.15,
            description="How much a co-activation takes of the way to the full weight (fast, hippocampal)",
        ),
        Default(0.1),
        Source("seeds"),
    ]
    cortical_learning_rate: Annotated[
        float,
        Field(ge=0.001, le=0.05, description="The same in the cortex (slow)"),
        Default(0.01),
        Source("McClelland 1995; first note"),
    ]
    consolidation_threshold: Annotated[
        float,
        Field(ge=0.3, le=0.7, description="Strength from which a memory is consolidated"),
        Default(0.5),
        Source("architecture seed"),
    ]
    association_evidence_minimum: Annotated[
        float,
        Field(ge=0.05, le=0.5, description="Less evidence that two memories belong together makes no link"),
        Default(0.2),
        Source(_ENGINEERING),
    ]
    partner_competition: Annotated[
        float,
        Field(ge=0.1, le=0.9, description="Share of the strongest partner's evidence below which partners stay silent"),
        Default(0.5),
        Source("de Almeida, Idiart & Lisman 2009 (e)"),
    ]
    replay_neighbours: Annotated[
        int,
        Field(ge=5, le=20, description="How many memories a replay reactivates at most"),
        Default(10),
        Source("mends defect 17 of the original (docs/biology.md)", "memories"),
    ]
    reactivation_share: Annotated[
        float,
        Field(ge=0, le=0.5, description="What being reactivated as a partner counts, against being replayed"),
        Default(0.05),
        Source(_ENGINEERING, "of a replay's effect"),
    ]
    replays_per_night: Annotated[
        float,
        Field(ge=1, le=10, description="Replays of a new trace in a night, on average"),
        Default(3),
        Source(_ENGINEERING, "replays a new trace"),
    ]
    replay_nights: Annotated[
        int,
        Field(ge=1, le=30, description="For how many nights a trace that is not consolidated is replayed as new"),
        Default(7),
        Source(_ENGINEERING, "nights"),
    ]
    replay_old_share: Annotated[
        float,
        Field(ge=0.1, le=0.5, description="Share of a night's replays that goes to old knowledge"),
        Default(0.3),
        Source("McClelland 1995 (interleaving)"),
    ]

    stability_stm_days: Annotated[
        float,
        Field(
            ge=0.05,
            le=0.5,
            description="Stability of a trace that was not consolidated: retrievability is .9 after so long",
        ),
        Default(0.1),
        Source("property 20 (e)", "days"),
    ]
    stability_ltm_days: Annotated[
        float,
        Field(ge=0.5, le=3, description="Stability of a memory when it is consolidated"),
        Default(1.0),
        Source("property 20 (e)", "days"),
    ]
    decay_exponent: Annotated[
        float,
        Field(ge=0.1, le=0.6, description="Exponent of the power law of forgetting"),
        Default(0.5),
        Source("Wixted & Ebbesen 1991; FSRS"),
    ]
    gain_retrieval: Annotated[
        float,
        Field(ge=1, le=8, description="How much recall adds to stability"),
        Default(4.0),
        Source("Roediger & Karpicke 2006 (e)"),
    ]
    gain_restudy: Annotated[
        float,
        Field(ge=1, le=8, description="How much a changed text, read again, adds to stability"),
        Default(2.0),
        Source("Roediger & Karpicke 2006 (e)"),
    ]
    gain_replay: Annotated[
        float,
        Field(ge=1, le=8, description="How much a replay adds to stability"),
        Default(1.0),
        Source("Roediger & Karpicke 2006 (e)"),
    ]
    duplicate_likeness: Annotated[
        float,
        Field(ge=0.7, le=1, description="Likeness from which two items of knowledge say the same"),
        Default(0.9),
        Source(_ENGINEERING, "of the embedding model's calibrated scale"),
    ]
    near_duplicate_overlap: Annotated[
        float,
        Field(ge=0.7, le=1, description="Share of words in common from which one memory repeats another"),
        Default(0.8),
        Source("Broder 1997 (e)", "of the words that either holds"),
    ]
    related_likeness: Annotated[
        float,
        Field(ge=0.05, le=0.9, description="Likeness from which a note is compared with an earlier one"),
        Default(0.25),
        Source(_ENGINEERING, "of the embedding model's calibrated scale"),
    ]
    commitment_lapse_days: Annotated[
        int,
        Field(ge=14, le=730, description="Nobody is reminded of what nothing was heard of for so long after its day"),
        Default(120),
        Source(_ENGINEERING, "days"),
    ]
    question_after_days: Annotated[
        int,
        Field(ge=1, le=60, description="The owner is asked what became of a task that is late for so long"),
        Default(3),
        Source(_ENGINEERING, "days"),
    ]
    synaptic_decay_rate: Annotated[
        float,
        Field(ge=0.0001, le=0.01, description="How fast an unused link fades"),
        Default(0.001),
        Source("first note, unit supplied", "per hour"),
    ]
    weak_connection_threshold: Annotated[
        float,
        Field(ge=0.005, le=0.05, description="A weaker link is pruned"),
        Default(0.01),
        Source("README seed"),
    ]
    archive_threshold: Annotated[
        float,
        Field(ge=0.05, le=0.2, description="Retrievability below which a memory is archived"),
        Default(0.1),
        Source("engineering choice: .01 would take a century"),
    ]
    archive_after_days: Annotated[
        float,
        Field(ge=7, le=365, description="No memory is archived that is younger, or was replayed since"),
        Default(30),
        Source("engineering choice", "days"),
    ]

    homeostasis_factor: Annotated[
        float,
        Field(ge=0.8, le=0.95, description="What downscaling leaves of a link each week"),
        Default(0.9),
        Source("de Vivo 2017 measured -18 % a sleep"),
    ]
    homeostasis_protected_share: Annotated[
        float,
        Field(ge=0.1, le=0.3, description="Share of the strongest links that is spared"),
        Default(0.2),
        Source("Tononi & Cirelli 2014"),
    ]
    homeostasis_protected_days: Annotated[
        float,
        Field(ge=1, le=30, description="Links used within so many days are spared"),
        Default(7),
        Source("Tononi & Cirelli 2014 (e)", "days"),
    ]

    morning_time: Annotated[
        TimeOfDayOrNone,
        Field(description="When the morning comes; empty: when the night's last cycle ends"),
        Default(""),
        Source(_ENGINEERING, "local time"),
    ]
    morning_days_off: Annotated[
        list[Weekday],
        Field(description="Weekdays without a morning; what was due is told on the next"),
        Default([]),
        Source(_ENGINEERING, "weekdays"),
    ]
    morning_look_back_days: Annotated[
        int,
        Field(ge=1, le=366, description="How old a lateness or a change of mind may be to be news in the morning"),
        Default(30),
        Source(_ENGINEERING, "days"),
    ]
    morning_mattered: Annotated[
        float,
        Field(ge=0, le=1, description="Consolidated strength from which knowledge once mattered"),
        Default(0.7),
        Source(_ENGINEERING, "strength"),
    ]
    morning_fades: Annotated[
        float,
        Field(ge=0, le=1, description="Retrievability below which such knowledge is told to fade"),
        Default(0.5),
        Source(_ENGINEERING, "retrievability"),
    ]

    bedtime: Annotated[
        TimeOfDay,
        Field(description="When the night begins"),
        Default("22:30"),
        Source("Dement & Kleitman 1957", "local time"),
    ]
    sleep_cycles: Annotated[
        int,
        Field(ge=4, le=6, description="Cycles of a night"),
        Default(5),
        Source("Dement & Kleitman 1957", "cycles"),
    ]
    sleep_cycle_minutes: Annotated[
        float,
        Field(ge=70, le=120, description="Length of a cycle"),
        Default(90),
        Source("Dement & Kleitman 1957", "minutes"),
    ]
    slow_wave_shares: Annotated[
        Shares,
        Field(description="Share of the night's slow-wave sleep in each cycle; they sum to 1"),
        Default([0.4, 0.3, 0.15, 0.1, 0.05]),
        Source("slow-wave sleep comes early"),
    ]
    rem_shares: Annotated[
        Shares,
        Field(description="Share of the night's REM sleep in each cycle; they sum to 1"),
        Default([0.05, 0.1, 0.2, 0.3, 0.35]),
        Source("REM sleep comes late"),
    ]

    rem_pairs_per_night: Annotated[
        int,
        Field(ge=5, le=50, description="Pairs that meet in a night's REM sleep"),
        Default(20),
        Source("architecture seed", "pairs"),
    ]
    rem_band_low: Annotated[
        float,
        Field(ge=0.3, le=0.7, description="Lower end of the band of likeness that dreams are chosen from"),
        Default(0.5),
        Source("Mednick 1962", "quantile"),
    ]
    rem_band_high: Annotated[
        float,
        Field(ge=0.7, le=0.99, description="Upper end of that band"),
        Default(0.9),
        Source("Mednick 1962", "quantile"),
    ]
    rem_creativity_factor: Annotated[
        float,
        Field(ge=0, le=1.5, description="Temperature at which a language model dreams"),
        Default(0.8),
        Source("seeds", "temperature"),
    ]
    dream_link_weight: Annotated[
        float,
        Field(ge=0.01, le=0.3, description="Weight of the link that a dream worth keeping starts"),
        Default(0.1),
        Source("seeds"),
    ]

    @model_validator(mode="after")
    def _belong_together(self) -> Parameters:
        weights = self.attention_weight_importance + self.attention_weight_urgency + self.attention_weight_emotion
        if abs(weights - 1) > 1e-9:
            raise ValueError(f"the attention weights must sum to 1 (architecture seed); they sum to {weights:g}")
        if not self.gain_retrieval > self.gain_restudy > self.gain_replay:
            raise ValueError(
                "gains must be ordered retrieval > restudy > replay (Roediger & Karpicke 2006); they are "
                f"{self.gain_retrieval:g}, {self.gain_restudy:g}, {self.gain_replay:g}"
            )
        for name in ("slow_wave_shares", "rem_shares"):
            if len(getattr(self, name)) != self.sleep_cycles:
                raise ValueError(f"{name} must have one share for each of the {self.sleep_cycles} sleep cycles")
        if not self._ends_by_noon():
            raise ValueError(
                f"the night from bedtime {self.bedtime} must end by noon, when the next one may begin; "
                f"{self.sleep_cycles} cycles of {self.sleep_cycle_minutes:g} minutes do not"
            )
        return self

    def _ends_by_noon(self) -> bool:
        hour, minute = (int(part) for part in self.bedtime.split(":")[:2])
        asleep = (hour - 12) % 24 * 60 + minute  # minutes after the noon before
        return asleep + self.sleep_cycles * self.sleep_cycle_minutes <= 24 * 60


@lru_cache(maxsize=1)
def parameters() -> Parameters:
    """The parameters this process works with. Raises CodexError that names what is out of range, and the range."""
    return validated({**written(), **changed()})


def written() -> dict[str, Any]:
    """The values in the dbt project, as they are written."""
    return dict(yaml.safe_load(PROJECT_FILE.read_text()).get("vars", {}))


def changed() -> dict[str, Any]:
    """The values that this process works with instead of the project's; {} outside a shadow."""
    return dict(json.loads(os.environ.get(CHANGED_PARAMETERS, "{}")))


def validated_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of the values this process works with, as dbt takes them; CodexError where they can't be used."""
    together = validated({**written(), **changed(), **changes}, "The parameters that were asked for").model_dump()
    return {name: together[name] for name in changes}


def validated(values: dict[str, Any], what: str = f"Parameters in {PROJECT_FILE.name}") -> Parameters:
    """Parameters from a dictionary of values, or CodexError with name, value, range and source of each bad one."""
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        told = "\n".join(f"  {_told(item, values)}" for item in error.errors())
        raise CodexError(f"{what} can't be used:\n{told}") from None


def _told(item: Any, values: dict[str, Any]) -> str:
    name = str(item["loc"][0]) if item["loc"] else ""
    if name not in Parameters.model_fields:
        return item["msg"].removeprefix("Value error, ") if not name else f"{name}: no such parameter"
    if item["type"] == "missing":
        return f"{name} is missing; {_range(name)} (source: {_source(name).text})"
    return (
        f"{name} is {values.get(name)!r}: {item['msg'].removeprefix('Value error, ')}; "
        f"{_range(name)} (source: {_source(name).text})"
    )


@dataclass(frozen=True)
class Parameter:
    """A parameter as it is told to people and programs. `low` and `high` are None where no range bounds it."""

    name: str
    value: Any
    default: Any
    unit: str
    low: float | None
    high: float | None
    source: str
    description: str

    @property
    def differs(self) -> bool:
        """Whether the value is not the canonical one."""
        return bool(self.value != self.default)

    def as_json(self) -> dict[str, Any]:
        """For `./codex params --json`."""
        return {**vars(self), "differs": self.differs}


def told_parameters() -> list[Parameter]:
    """All parameters with what is known of them, in the order of the model. Raises CodexError as `parameters()`."""
    values = parameters().model_dump()
    return [
        Parameter(
            name=name,
            value=values[name],
            default=next(entry.value for entry in field.metadata if isinstance(entry, Default)),
            unit=_source(name).unit,
            low=_bounds(name).get("ge"),
            high=_bounds(name).get("le"),
            source=_source(name).text,
            description=str(field.description),
        )
        for name, field in Parameters.model_fields.items()
    ]


def given_changes(settings: Sequence[str]) -> dict[str, Any]:
    """What `--set name=value` says, each value as YAML reads it. Raises CodexError for one that says nothing."""
    changes = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not (name.strip() and equals and text.strip()):
            raise CodexError(f"--set is {setting!r}; give name=value, such as replays_per_night=6.")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            raise CodexError(f"--set {name.strip()} is {text!r}, which is no value.") from None
        # YAML takes 22:30 for a number in base 60.
        known = Parameters.model_fields.get(name.strip())
        changes[name.strip()] = text.strip() if known is not None and known.annotation is str else value
    return changes


def _source(name: str) -> Source:
    return next(entry for entry in Parameters.model_fields[name].metadata if isinstance(entry, Source))


def _bounds(name: str) -> dict[str, float]:
    return {
        attribute: getattr(entry, attribute)
        for entry in Parameters.model_fields[name].metadata
        for attribute in ("ge", "le")
        if hasattr(entry, attribute)
    }


def _range(name: str) -> str:
    bounds, unit = _bounds(name), _source(name).unit
    if not bounds:
        return f"see {PROJECT_FILE.name}"
    return f"allowed {bounds['ge']:g} to {bounds['le']:g}{' ' + unit if unit else ''}"
