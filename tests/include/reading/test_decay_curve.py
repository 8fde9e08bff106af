"""The forgetting curve that people look at is the one that the models compute."""

from __future__ import annotations

import pytest

from include.reading.decay_curve import curve, days_since, retrievability


@pytest.mark.parametrize("exponent", [0.3, 0.5])
@pytest.mark.parametrize("stability", [0.5, 2.0, 40.0])
def test_it_is_nine_tenths_where_days_are_the_stability(stability: float, exponent: float) -> None:
    assert retrievability(stability, stability, exponent) == pytest.approx(0.9)
    assert retrievability(0, stability, exponent) == 1
    assert days_since(retrievability(7, stability, exponent), stability, exponent) == pytest.approx(7)


def test_a_curve_goes_on_from_where_it_was_last_computed() -> None:
    drawn = curve(retrievability(10, 5, 0.5), 5, 0.5, since_days=3, ahead_days=20)
    assert drawn.today == (pytest.approx(13), pytest.approx(retrievability(13, 5, 0.5)))
    assert drawn.points[0] == (0, 1)
    assert drawn.points[-1][0] == pytest.approx(33)
    shares = [share for _, share in drawn.points]
    assert shares == sorted(shares, reverse=True)
