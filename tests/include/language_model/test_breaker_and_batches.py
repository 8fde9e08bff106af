"""The circuit breaker, and the sizes of batches."""

from __future__ import annotations

import pytest

from include.language_model.batching import AdaptiveBatch
from include.language_model.breaker import CircuitBreaker


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_failures_in_a_row_open_the_circuit_and_a_success_between_them_does_not() -> None:
    breaker = CircuitBreaker(threshold=3, clock=Clock())
    for _ in range(2):
        breaker.failed("down")
    breaker.succeeded()
    for _ in range(2):
        breaker.failed("down")
    assert breaker.allows()
    breaker.failed("down again")
    assert breaker.is_open
    assert not breaker.allows()
    assert breaker.reason == "down again"


def test_after_its_rest_one_may_try_and_decides_for_all() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, rest_seconds=30, clock=clock)
    breaker.failed("down")
    clock.now = 29.9
    assert not breaker.allows()
    clock.now = 30.0
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.failed("still down")
    assert not breaker.allows()
    clock.now = 60.0
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows() for _ in range(3)] == [True, True, True]
    assert breaker.reason == ""


@pytest.mark.parametrize(
    ("night", "seconds", "size"),
    [
        (True, None, 200),
        (True, 0.3, 500),
        (True, 1.0, 200),
        (True, 5.0, 100),
        (False, None, 50),
        (False, 0.3, 100),
        (False, 4.9, 50),
        (False, 60.0, 20),
    ],
)
def test_batches_are_larger_at_night_and_of_a_quick_server(night: bool, seconds: float | None, size: int) -> None:
    batch = AdaptiveBatch(lambda: night)
    if seconds is not None:
        batch.took(seconds)
    assert batch.size == size


def test_one_slow_answer_does_not_make_a_quick_server_slow_but_many_do() -> None:
    batch = AdaptiveBatch(lambda: False)
    for _ in range(20):
        batch.took(0.2)
    batch.took(6.0)
    assert batch.size == 100
    for _ in range(40):
        batch.took(6.0)
    assert batch.size == 20
