"""A circuit breaker: a server that keeps failing is left alone for a while, instead of costing a timeout a question.

Nygard, "Release It!" (2007), chapter 5. Closed: all may ask. Open, after failures in a row: nobody may. Half open,
after a rest: one may try, and closes or opens it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES_IN_A_ROW = 5
REST_SECONDS = 30.0


class CircuitBreaker:
    """Counts failures in a row of one server; safe to use from several threads.

    :param clock: seconds that never jump
    """

    def __init__(
        self,
        threshold: int = FAILURES_IN_A_ROW,
        rest_seconds: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._may_try_at: float | None = None
        self.reason = ""
        """The last failure; "" while there was none since the last success."""

    def allows(self) -> bool:
        """Whether the server may be asked now. After the rest, one caller is let through, and then rests begin anew."""
        with self._lock:
            if self._may_try_at is None:
                return True
            if self._clock() < self._may_try_at:
                return False
            self._may_try_at = self._clock() + self._rest_seconds
            return True

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone; asking this takes nobody's turn."""
        with self._lock:
            return self._may_try_at is not None and self._clock() < self._may_try_at

    def succeeded(self) -> None:
        """The server answered."""
        with self._lock:
            self._failures, self._may_try_at, self.reason = 0, None, ""

    def failed(self, reason: str) -> None:
        """The server did not answer; the threshold's failure in a row opens the circuit."""
        with self._lock:
            self._failures += 1
            self.reason = reason
            if self._failures >= self._threshold:
                self._may_try_at = self._clock() + self._rest_seconds
