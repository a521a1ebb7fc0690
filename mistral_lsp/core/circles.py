"""Circles: where prose begins to say again what it has said, as small models do until their tokens are used up."""

from __future__ import annotations

LINE_CHARS = 40  # of a line or paragraph that nobody writes again and again on purpose
TIMES = 3


def end_before_circles(text: str) -> int | None:
    """The offset at which the last whole paragraph was said for the second time, once it is said for the third."""
    paragraph = text[: text.rfind("\n")].rstrip().rpartition("\n\n")[2].strip()
    if len(paragraph) < LINE_CHARS or text.count(paragraph) < TIMES:
        return None
    second = text.index(paragraph, text.index(paragraph) + len(paragraph))
    return len(text[:second].rstrip())
