"""The forgetting curve that people look at is the one that the models compute."""

from __future__ import annotations

import re

import duckdb
import pytest
from jinja2 import Environment

from include.dbt_project.project import PROJECT
from include.reading.decay_curve import curve, days_since, retrievability
from include.settings import REPOSITORY

DAYS = (-1.0, 0.0, 1e-6, 0.04, 1.0, 6.999, 365.0, 36_500.0)
STABILITIES = (0.1, 1.0, 7.3, 900.0)


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


@pytest.mark.parametrize("exponent", [0.2, 0.5, 1.0])
def test_the_models_have_the_same_curve(exponent: float) -> None:
    """The formula stands twice, in a dbt macro and in Python, and nowhere else."""
    macros = (PROJECT / "macros" / "retrievability.sql").read_text()
    environment = Environment(autoescape=False)
    environment.globals["var"] = {"decay_exponent": exponent}.get
    formula = environment.from_string(macros).module.retrievability("days", "stability")  # type: ignore[attr-defined]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select days, stability, {formula} from (select unnest($days) as days), "
            "(select unnest($stabilities) as stability)",
            {"days": DAYS, "stabilities": STABILITIES},
        ).fetchall()
    assert len(rows) == len(DAYS) * len(STABILITIES)
    for days, stability, computed in rows:
        assert retrievability(days, stability, exponent) == pytest.approx(computed, rel=1e-14), (days, stability)


def test_no_other_file_has_the_formula() -> None:
    code = [
        path
        for folder, ending in (("include", "py"), ("plugins", "py"), ("dbt", "sql"))
        for path in (REPOSITORY / folder).rglob(f"*.{ending}")
        if re.search(r"0\.9, ?-1|0\.9 ?\*\*|pow\(0\.9", path.read_text())
    ]
    assert [path.name for path in code] == ["decay_curve.py", "retrievability.sql"]
