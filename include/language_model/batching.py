"""How many questions are taken and written together: many at night and of a quick server, few by day and of a slow one.

Large batches cost fewer commits. Small ones show answers sooner, and a crash loses less of it.
"""

from __future__ import annotations

from collections.abc import Callable

QUICK_SECONDS = 1.0
SLOW_SECONDS = 5.0

_SIZES = {"night": (500, 200, 100), "day": (100, 50, 20)}
"""Questions a batch with a quick, an ordinary and a slow server (architecture seed, Batch Processing Optimization)."""
_WEIGHT_OF_LATEST = 0.1
"""The mean follows about the last twenty answers."""


class AdaptiveBatch:
    """The size of the next batch, from the time of day and from how long answers have taken of late.

    :param is_night: whether the owner sleeps now
    """

    def __init__(self, is_night: Callable[[], bool]) -> None:
        self._is_night = is_night
        self.seconds: float | None = None
        """Running mean of the latency in seconds; None before the first answer."""

    def took(self, seconds: float) -> None:
        """Take in how long an answer took."""
        if self.seconds is None:
            self.seconds = seconds
        else:
            self.seconds += _WEIGHT_OF_LATEST * (seconds - self.seconds)

    @property
    def size(self) -> int:
        """Questions in the next batch; as for an ordinary server while nothing was measured."""
        quick, ordinary, slow = _SIZES["night" if self._is_night() else "day"]
        if self.seconds is None:
            return ordinary
        if self.seconds < QUICK_SECONDS:
            return quick
        return ordinary if self.seconds < SLOW_SECONDS else slow
