"""Fences: the code blocks in what a model wrote, and the words around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENS = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """One code block. Its text ends without a newline."""

    text: str
    info: str  # what stands behind the opening fence, mostly the language
    is_closed: bool  # an answer that was cut off leaves its last one open


def split(markdown: str) -> tuple[list[Block], str]:
    """The code blocks in their order, and the rest."""
    blocks: list[Block] = []
    words: list[str] = []
    fence, info, lines = "", "", list[str]()
    for line in markdown.replace("\r\n", "\n").split("\n"):
        if not fence:
            if found := _OPENS.match(line):
                fence, info, lines = found["fence"], found["info"].strip(), []
            else:
                words.append(line)
        elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            blocks.append(Block("\n".join(lines), info, is_closed=True))
            fence = ""
        else:
            lines.append(line)
    if fence:
        blocks.append(Block("\n".join(lines), info, is_closed=False))
    return blocks, "\n".join(words).strip()
