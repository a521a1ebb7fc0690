"""Circuit: an endpoint that fails is left alone for a while, and tried again by one request at a time.

Only what nobody asked for by hand is held back. The waits grow from one failure to the next, and are drawn at random
within a half, so that editors which lost the same endpoint don't all come back at once.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from mistral_lsp.core.reason import Reason
from mistral_lsp.model.base import Closed, Overloaded, TooLong

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.model.base import ModelError

FAILURES = 3  # in a row, before it is left alone; an endpoint that says it is overloaded is at once
FIRST_S, LONGEST_S = 1.0, 30.0  # the wait doubles between these
LONGEST_WISH_S = 120.0  # of an endpoint that says for how long


class Circuit:
    """What is known of one endpoint's health."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, draw: Callable[[], float] = random.random
    ) -> None:
        """It is taken for well. `draw` gives a number from 0 to 1."""
        self._clock = clock
        self._draw = draw
        self._failures = 0  # in a row
        self._has_answered = False
        self._wait_s = 0.0  # while it is left alone
        self._until_s = 0.0
        self._reason = Reason.LEFT_ALONE

    @property
    def has_answered(self) -> bool:
        """Whether the last that is known of it is an answer."""
        return self._has_answered

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for that nobody waits for."""
        return self._wait_s > 0

    def refusal(self, *, is_trying: bool = False) -> Reason | None:
        """Why a request is to be held back; None where it isn't. `is_trying`: another one is on its way."""
        may_try = not is_trying and self._clock() >= self._until_s
        return self._reason if self.is_open and not may_try else None

    def tried(self) -> None:
        """A request is on its way; one that is left before it says anything makes the next one wait as well."""
        self._until_s = self._clock() + self._wait_s

    def succeeded(self) -> None:
        """It answered."""
        self._failures, self._wait_s, self._has_answered = 0, 0.0, True

    def late(self) -> None:
        """Nothing came in time, which is no failure yet."""
        self._has_answered = False

    def failed(self, error: ModelError) -> None:
        """It didn't."""
        if isinstance(error, Closed):
            return
        if isinstance(error, TooLong):  # the prompt's fault, of which the endpoint is well enough to tell
            self.succeeded()
            return
        self._failures += 1
        self._has_answered = False
        is_overloaded = isinstance(error, Overloaded)
        if not is_overloaded and self._failures < FAILURES:
            return
        doublings = self._failures - (1 if is_overloaded else FAILURES)
        wait_s = min(LONGEST_S, FIRST_S * 2.0 ** min(doublings, 16)) * (1 - self._draw() / 2)
        if isinstance(error, Overloaded) and error.retry_after_s is not None:
            wait_s = max(wait_s, min(error.retry_after_s, LONGEST_WISH_S))
        self._reason = Reason.OVERLOADED if is_overloaded else Reason.LEFT_ALONE
        self._wait_s, self._until_s = wait_s, self._clock() + wait_s
