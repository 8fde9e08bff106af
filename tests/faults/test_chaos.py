"""A share of the campaign of kills (`make chaos`): nothing lost, nothing doubled, nobody needed."""

from __future__ import annotations

import pytest

from tests.faults.chaos import campaign, home_of

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(3600)]


def test_eight_kills_at_random_moments() -> None:
    with home_of(7) as folder:
        result = campaign(7, 8, folder)
    assert result.kills.total() == 8
    assert result.troubles == [], result.as_row()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_twenty_kills_at_random_moments(seed: int) -> None:
    with home_of(seed) as folder:
        result = campaign(seed, 20, folder)
    assert result.kills.total() == 20
    assert result.troubles == [], result.as_row()
