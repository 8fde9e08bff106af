"""What is looked at first holds all that are among the nearest, whatever is new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.dbt_project import nearest
from include.dbt_project.nearest import likely_nearest

WANTED = 3


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10_000), st.integers(1, 40), st.floats(0, 1), st.sampled_from([2, 3, 8]), st.sampled_from([7, 10**6])
)
def test_no_pair_of_the_nearest_is_left_out(seed: int, count: int, share: float, width: int, block: int) -> None:
    chance = np.random.default_rng(seed)
    vectors = chance.integers(-2, 3, (count, width)).astype(np.float32) + np.float32(0.1)  # many ties
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    is_new = chance.random(count) < share
    exact = np.round(vectors.astype(np.float64) @ vectors.T.astype(np.float64), 6)
    known = np.flatnonzero(~is_new)
    least = np.full(count, np.inf, dtype=np.float32)
    for row in known:  # the lists as they were before the new ones came
        cosines = np.sort(exact[row, known[known != row]])[::-1]
        least[row] = cosines[WANTED - 1] if len(cosines) >= WANTED else -np.inf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK_PAIRS", block)
        ones, others = likely_nearest(np.flatnonzero(is_new), vectors, least, WANTED)
    found = set(zip(ones.tolist(), others.tolist(), strict=True))

    assert all(is_new[one] and one != other for one, other in found)
    for new in np.flatnonzero(is_new):
        near = sorted((other for other in range(count) if other != new), key=lambda other: -exact[new, other])
        last = exact[new, near[min(WANTED, len(near)) - 1]] if near else 0
        assert {(new, other) for other in near if exact[new, other] >= last} <= found
    for row in known:
        comers = [new for new in np.flatnonzero(is_new) if exact[new, row] >= least[row]]
        comers.sort(key=lambda new: -exact[new, row])
        if comers:
            last = exact[comers[min(WANTED, len(comers)) - 1], row]
            assert {(new, row) for new in comers if exact[new, row] >= last} <= found
