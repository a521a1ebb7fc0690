"""Trigger: should anything be suggested here, and how much?"""

from __future__ import annotations

from enum import Enum


class Shape(Enum):
    """How much may be suggested: up to the end of the line, or up to the end of the block."""

    LINE = "line"
    BLOCK = "block"
