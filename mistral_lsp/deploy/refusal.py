"""Refusal: why nothing is written."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is told to a person, not caught by a program
    """`str(refusal)` says what, why, and what to do instead."""
