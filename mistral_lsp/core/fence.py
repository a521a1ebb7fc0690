"""Fence: the code in a chat model's answer. Some talk before it and after it; what stands in the first fence counts."""

from __future__ import annotations

import re

_OPENING = re.compile(r"(?:^|\n)[ \t]*(?P<ticks>`{3,}|~{3,})[^\n`]*\n")


def code_in(answer: str) -> str | None:
    """The code so far; None before its fence is opened. As the answer grows, so does what is returned."""
    opening = _OPENING.search(answer)
    if opening is None:
        return None
    code, ticks = answer[opening.end() :], opening["ticks"]
    end = _closing(code, ticks)
    if end is not None:
        return code[:end]
    start = code.rfind("\n") + 1
    return code[:start] if ticks.startswith(code[start:].lstrip(" \t")) else code  # its last line may close the fence


def is_closed(answer: str) -> bool:
    """Whether the code has come to its end."""
    opening = _OPENING.search(answer)
    return opening is not None and _closing(answer[opening.end() :], opening["ticks"]) is not None


def _closing(code: str, ticks: str) -> int | None:
    found = re.search(rf"(?:^|(?<=\n))[ \t]*{re.escape(ticks)}", code)
    return found.start() if found else None
