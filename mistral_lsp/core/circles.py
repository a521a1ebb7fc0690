"""Circles: where prose begins to say again what it has said, as small models do until their tokens are used up."""

from __future__ import annotations

import re

LEAST_CHARS = 40  # of a sentence or paragraph that nobody writes again and again on purpose
TIMES = 3


def end_before_circles(text: str) -> int | None:
    """Where the last whole sentence or paragraph was said for the second time, once it is said for the third."""
    ends = [found.end() for found in _END.finditer(text)]
    if len(ends) < TIMES:
        return None
    said = text[ends[-2] : ends[-1]].strip(_BETWEEN)
    if len(said) < LEAST_CHARS or text.count(said) < TIMES:
        return None
    second = text.index(said, text.index(said) + len(said))
    return len(text[:second].rstrip())


_BETWEEN = ".!? \n"
_END = re.compile(r"[.!?]+\s+|\n\n+")
