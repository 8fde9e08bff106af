"""How long an answer may take: what this model has taken for questions of this kind and length, several times over.

A server that loses one question would else hold all others of a rhythm until the timeout. As a retransmission timer
does (RFC 6298), patience follows what was measured, doubles when it ran out, and falls back when an answer came.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from include.language_model.model import Identity

if TYPE_CHECKING:
    import duckdb

FACTOR = 3.0
"""Times the 95th percentile: of answers that come at all, hardly one takes that long."""
FEWEST = 20
"""Answers that must have come before there is a 95th percentile to speak of."""
REMEMBERED = 300
LEAST_SECONDS = 10.0
"""However quick a model is: the machine may do something else for a moment."""
MOST_BACKOFF = 8
_NEAR = 1.5
"""Prompts of like length: up to so many times shorter or longer."""
_TOKENS_A_CHARACTER = 0.3
"""Where the server counts no tokens."""


@dataclass(frozen=True)
class Taken:
    """How long an answer to a prompt of a length took."""

    tokens: float
    seconds: float


@dataclass
class Patience:
    """What a model has taken, a task apart from the others; safe to use from several threads.

    :param limit: seconds that no answer may exceed
    """

    limit: float
    least: float = LEAST_SECONDS
    fewest: int = FEWEST
    _taken: defaultdict[str, deque[Taken]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED)), repr=False
    )
    _backoff: int = 1
    _warm: bool = False
    """Whether an answer has come in this process: before it, the model may have to be loaded."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def remember(self, task: str, taken: Iterable[Taken]) -> None:
        """Take in what answers took in earlier runs, the oldest first."""
        with self._lock:
            self._taken[task].extend(taken)

    def came(self, task: str, characters: int, tokens: int | None, seconds: float) -> None:
        """An answer came, valid or not."""
        with self._lock:
            self._taken[task].append(Taken(tokens or characters * _TOKENS_A_CHARACTER, seconds))
            self._backoff, self._warm = 1, True

    def ran_out(self) -> None:
        """An answer did not come in time."""
        with self._lock:
            self._backoff = min(MOST_BACKOFF, self._backoff * 2)

    def seconds(self, task: str, characters: int) -> float:
        """How long the first attempt at a question with a prompt of so many characters may take."""
        tokens = characters * _TOKENS_A_CHARACTER
        with self._lock:
            taken = list(self._taken[task])
            if not self._warm or len(taken) < self.fewest:
                return self.limit
            backoff = self._backoff
        near = [one.seconds for one in taken if tokens / _NEAR <= one.tokens <= tokens * _NEAR]
        if len(near) >= self.fewest:
            usual = _p95(near)
        else:
            # Of this length too little is known: a longer prompt takes as much longer as it is longer.
            usual = _p95([one.seconds for one in taken]) * max(1.0, tokens / _p95([one.tokens for one in taken]))
        return min(self.limit, max(self.least, FACTOR * usual) * backoff)


def earlier_answers(connection: duckdb.DuckDBPyConnection, identity: Identity) -> list[tuple[str, list[Taken]]]:
    """What a model's answers took in earlier runs, a task at a time, the oldest first."""
    rows = connection.execute(
        """
        select task, coalesce(prompt_tokens, 0), latency_ms / 1000
        from control.llm_calls
        where
            model = $model and model_digest = $digest and latency_ms > 0
            and outcome in ('answered', 'repaired', 'invalid', 'sent_back')
            and coalesce(stragglers, 0) = 0
        qualify row_number() over (partition by task order by called_at desc) <= $most
        order by task, called_at
        """,
        {"model": identity.model, "digest": identity.digest, "most": REMEMBERED},
    ).fetchall()
    return [
        (task, [Taken(float(tokens), float(seconds)) for _, tokens, seconds in those])
        for task, those in groupby(rows, key=itemgetter(0))
    ]


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
