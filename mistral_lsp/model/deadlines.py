"""Deadlines: how long one request may take, and which part of it took too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.model.base import Broken, ModelError, TooSlow
from mistral_lsp.model.words import ADVICE_CUT, ADVICE_ENDLESS, ADVICE_SLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.model.address import Address


class Deadlines:
    """One request's: for its first event, for the one that comes next, and for all of them. They run from here."""

    def __init__(self, address: Address, now: Callable[[], float]) -> None:
        """`now` is the clock that `next_s` is read on."""
        self._address = address
        self._now = now
        self._has_begun = False
        self._end_s = now() + address.total_s
        self._silent_s = now() + address.timeout_s

    @property
    def has_begun(self) -> bool:
        """Whether an event has come."""
        return self._has_begun

    @property
    def next_s(self) -> float:
        """When the wait for the next event is over."""
        return min(self._silent_s, self._end_s)

    def heard(self) -> None:
        """An event came, and was read: the time that the reader took isn't the endpoint's."""
        self._has_begun = True
        self._silent_s = self._now() + self._address.timeout_s

    def missed(self, *, where: str) -> ModelError:
        """What it means that `next_s` has passed."""
        limit_s, total_s = self._address.timeout_s, self._address.total_s
        if self._end_s <= self._silent_s:
            return Broken(f"{where} was still answering after {total_s:g} s", advice=ADVICE_ENDLESS)
        if self._has_begun:
            return Broken(f"{where} fell silent for {limit_s:g} s within its answer", advice=ADVICE_CUT)
        return TooSlow(f"{where} gave no answer within {limit_s:g} s", advice=ADVICE_SLOW)
