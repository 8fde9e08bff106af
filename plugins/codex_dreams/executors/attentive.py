"""The executor of the service on one machine: tasks begin warm, and the scheduler notices at once when one ends."""

from __future__ import annotations

import gc
import time

from airflow.executors.local_executor import LocalExecutor

from codex_dreams.warm_start import rehearse

REST_SECONDS = 1.0
"""How long the scheduler rests while tasks run and none ends."""
IDLE_SECONDS = 2.0
"""How long it rests while none runs: a beat, or a run by hand, waits so long at most."""
LOOK_SECONDS = 0.005
"""How often it looks whether one has ended: 1.5 % of a core while tasks run."""


class AttentiveExecutor(LocalExecutor):
    """A `LocalExecutor` that rehearses before its workers are forked, and rests until a task has ended.

    Airflow's scheduler sleeps for `scheduler_idle_sleep_time` while tasks run, so that what follows a task waits for
    half of it on average: seconds a run, in a chain of ten short tasks. To sleep less is to look more often, idle or
    not. Here the rest is taken where it can be broken off; the scheduler's own is set to none
    (`include/installation/environment.py`).
    """

    def start(self) -> None:
        """Do once what each task would have to do anew, then start the workers."""
        if self.is_mp_using_fork:
            rehearse()
        super().start()
        # Airflow freezes for the fork and unfreezes after it; what was rehearsed is no garbage of the scheduler's.
        gc.freeze()

    def sync(self) -> None:
        """Take in what workers tell, resting until they tell something."""
        if self.running:
            rested = time.monotonic() + REST_SECONDS
            while self.result_queue.empty() and time.monotonic() < rested:
                time.sleep(LOOK_SECONDS)
        elif self.result_queue.empty():
            time.sleep(IDLE_SECONDS)
        super().sync()
