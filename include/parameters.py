"""The biological parameters: meaning, unit, range and source here; values in `dbt/dbt_project.yml`, one place.

A value outside its range is refused at start, with its name, value, range and source.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Annotated, Any

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


def _shares(values: list[float]) -> list[float]:
    if any(value < 0 for value in values) or abs(sum(values) - 1) > 1e-9:
        raise ValueError(f"shares must be at least 0 and sum to 1; these sum to {sum(values):g}")
    return values


def _time_of_day(text: str) -> str:
    time.fromisoformat(text)
    return text


Shares = Annotated[list[float], AfterValidator(_shares)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]

_ENGINEERING = "engineering choice"


class Parameters(BaseModel):
    """All vars of the dbt project. Ranges are BIOLOGY §2's; what is not in its table is an engineering choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_retry_attempts: Annotated[int, Field(ge=1, le=10), Source("architecture seed", "attempts")]
    working_memory_capacity: Annotated[int, Field(ge=5, le=9), Source("Miller 1956", "memories")]
    working_memory_focus: Annotated[int, Field(ge=3, le=5), Source("Cowan 2001", "memories")]
    working_memory_window_seconds: Annotated[int, Field(ge=30, le=600), Source("architecture seed", "seconds")]
    recency_half_life_seconds: Annotated[float, Field(ge=60, le=600), Source("the seed's stated intent", "seconds")]
    attention_weight_importance: Annotated[float, Field(ge=0, le=1), Source("architecture seed")]
    attention_weight_urgency: Annotated[float, Field(ge=0, le=1), Source("architecture seed")]
    attention_weight_emotion: Annotated[float, Field(ge=0, le=1), Source("architecture seed")]
    min_content_length: Annotated[int, Field(ge=1, le=1000), Source("BIOLOGY defect 7", "characters")]
    max_content_length: Annotated[int, Field(ge=1000, le=1_000_000), Source("architecture seed", "characters")]

    stm_duration_minutes: Annotated[float, Field(ge=15, le=60), Source("longer than its cycle", "minutes")]
    episode_gap_minutes: Annotated[float, Field(ge=15, le=60), Source("Zacks 2007", "minutes")]
    episode_span_minutes: Annotated[float, Field(ge=15, le=30), Source("Zacks 2007; property 9", "minutes")]
    coactivation_window_minutes: Annotated[float, Field(ge=5, le=120), Source("architecture seed", "minutes")]
    emotional_gain: Annotated[float, Field(ge=0.2, le=0.5), Source("McGaugh 2004 (e)")]
    flashbulb_arousal: Annotated[float, Field(ge=0.6, le=0.95), Source("architecture seed")]
    tag_window_minutes: Annotated[float, Field(ge=30, le=180), Source("Frey & Morris 1997", "minutes")]
    tag_decay_minutes: Annotated[float, Field(ge=30, le=180), Source("Frey & Morris 1997 (e)", "minutes")]

    hebbian_learning_rate: Annotated[float, Field(ge=0.05, le=0.15), Source("seeds")]
    cortical_learning_rate: Annotated[float, Field(ge=0.001, le=0.05), Source("McClelland 1995; first note")]
    consolidation_threshold: Annotated[float, Field(ge=0.3, le=0.7), Source("architecture seed")]
    association_evidence_minimum: Annotated[float, Field(ge=0.05, le=0.5), Source(_ENGINEERING)]
    replay_neighbours: Annotated[int, Field(ge=5, le=20), Source("BIOLOGY defect 17 (e)", "memories")]
    reactivation_share: Annotated[float, Field(ge=0, le=0.5), Source(_ENGINEERING, "of a replay's effect")]
    replays_per_night: Annotated[float, Field(ge=1, le=10), Source(_ENGINEERING, "replays a new trace")]
    replay_nights: Annotated[int, Field(ge=1, le=30), Source(_ENGINEERING, "nights")]
    replay_old_share: Annotated[float, Field(ge=0.1, le=0.5), Source("McClelland 1995 (interleaving)")]

    stability_stm_days: Annotated[float, Field(ge=0.05, le=0.5), Source("property 20 (e)", "days")]
    stability_ltm_days: Annotated[float, Field(ge=0.5, le=3), Source("property 20 (e)", "days")]
    decay_exponent: Annotated[float, Field(ge=0.1, le=0.6), Source("Wixted & Ebbesen 1991; FSRS")]
    gain_retrieval: Annotated[float, Field(ge=1, le=8), Source("Roediger & Karpicke 2006 (e)")]
    gain_restudy: Annotated[float, Field(ge=1, le=8), Source("Roediger & Karpicke 2006 (e)")]
    gain_replay: Annotated[float, Field(ge=1, le=8), Source("Roediger & Karpicke 2006 (e)")]
    synaptic_decay_rate: Annotated[float, Field(ge=0.0001, le=0.01), Source("first note, unit supplied", "per hour")]
    weak_connection_threshold: Annotated[float, Field(ge=0.005, le=0.05), Source("README seed")]
    archive_threshold: Annotated[float, Field(ge=0.05, le=0.2), Source("engineering choice: .01 would take a century")]
    archive_after_days: Annotated[float, Field(ge=7, le=365), Source("BIOLOGY §2", "days")]

    homeostasis_factor: Annotated[float, Field(ge=0.8, le=0.95), Source("de Vivo 2017 measured -18 % a sleep")]
    homeostasis_protected_share: Annotated[float, Field(ge=0.1, le=0.3), Source("Tononi & Cirelli 2014")]
    homeostasis_protected_days: Annotated[float, Field(ge=1, le=30), Source("Tononi & Cirelli 2014 (e)", "days")]

    bedtime: Annotated[TimeOfDay, Source("Dement & Kleitman 1957", "local time")]
    sleep_cycles: Annotated[int, Field(ge=4, le=6), Source("Dement & Kleitman 1957", "cycles")]
    sleep_cycle_minutes: Annotated[float, Field(ge=70, le=120), Source("Dement & Kleitman 1957", "minutes")]
    slow_wave_shares: Annotated[Shares, Source("slow-wave sleep comes early")]
    rem_shares: Annotated[Shares, Source("REM sleep comes late")]

    rem_pairs_per_night: Annotated[int, Field(ge=5, le=50), Source("architecture seed", "pairs")]
    rem_band_low: Annotated[float, Field(ge=0.3, le=0.7), Source("Mednick 1962", "quantile")]
    rem_band_high: Annotated[float, Field(ge=0.7, le=0.99), Source("Mednick 1962", "quantile")]
    rem_creativity_factor: Annotated[float, Field(ge=0, le=1.5), Source("seeds", "temperature")]
    dream_link_weight: Annotated[float, Field(ge=0.01, le=0.3), Source("seeds")]

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
    together = validated({**written(), **changed(), **changes}).model_dump()
    return {name: together[name] for name in changes}


def validated(values: dict[str, Any]) -> Parameters:
    """Parameters from a dictionary of values, or CodexError with name, value, range and source of each bad one."""
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        told = "\n".join(f"  {_told(item, values)}" for item in error.errors())
        raise CodexError(f"Parameters in {PROJECT_FILE.name} can't be used:\n{told}") from None


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


def _source(name: str) -> Source:
    return next(entry for entry in Parameters.model_fields[name].metadata if isinstance(entry, Source))


def _range(name: str) -> str:
    bounds = {
        attribute: getattr(entry, attribute)
        for entry in Parameters.model_fields[name].metadata
        for attribute in ("ge", "le")
        if hasattr(entry, attribute)
    }
    unit = _source(name).unit
    if not bounds:
        return f"see {PROJECT_FILE.name}"
    return f"allowed {bounds['ge']:g} to {bounds['le']:g}{' ' + unit if unit else ''}"
