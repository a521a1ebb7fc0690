"""Raced: what came of two versions of a function on the same inputs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Raced:
    """Just one of `ratio`, `differs` and `why` says something."""

    ratio: float = 0.0  # the old time over the new: more is faster
    inputs: int = 0  # on which both do the same
    differs: str = ""  # what the new one does otherwise, for people
    why: str = ""  # it could not be measured, to follow "not measured: "
