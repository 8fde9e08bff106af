"""The forgetting curve of an item of knowledge, as the page draws it; the models compute it in SQL."""

from __future__ import annotations

from dataclasses import dataclass


def retrievability(days: float, stability: float, exponent: float) -> float:
    """How surely a trace is recalled (0 to 1) `days` after its last event, at `stability` days.

    A power law that is .9 where days are the stability (Wixted & Ebbesen 1991), as in the macro of this name
    (dbt/macros/retrievability.sql); `exponent` is the parameter `decay_exponent`.
    """
    return float((1 + _factor(exponent) * max(days, 0) / stability) ** -exponent)


def days_since(retrievable: float, stability: float, exponent: float) -> float:
    """After how many days without use a trace of this stability (days) is as retrievable (0 excluded, to 1)."""
    return float((retrievable ** (-1 / exponent) - 1) / _factor(exponent) * stability)


def _factor(exponent: float) -> float:
    return float(0.9 ** (-1 / exponent) - 1)


@dataclass(frozen=True)
class Curve:
    """Retrievability of a trace without use: (days from its last event, 0 to 1); `today` is the present point."""

    points: list[tuple[float, float]]
    today: tuple[float, float]


def curve(
    retrievable: float, stability: float, exponent: float, *, since_days: float, ahead_days: float = 60, steps: int = 80
) -> Curve:
    """The curve of a trace from its last event until `ahead_days` from now.

    `retrievable` (0 to 1) is what it was `since_days` ago, when it was last computed; `stability` in days.
    """
    gone = days_since(retrievable, stability, exponent) + since_days
    days = [(gone + ahead_days) * step / steps for step in range(steps + 1)]
    return Curve(
        [(day, retrievability(day, stability, exponent)) for day in days],
        (gone, retrievability(gone, stability, exponent)),
    )
