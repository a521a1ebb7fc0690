"""New code: an answer that stands beside what is there: lines below a comment, a file of its own, imports on top."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.fences import split
from mistral_lsp.core.hunks import Replacement
from mistral_lsp.core.rewrite import Unusable, checked_whole, in_place, terminator_of, with_terminators
from mistral_lsp.core.text import without_terminator

if TYPE_CHECKING:
    from mistral_lsp.core.definition import Outline
    from mistral_lsp.core.document import Document, Span

_PREAMBLE = re.compile(r"\s*(?:#|//|$|from __future__)")


def only_block(raw: str) -> str:
    """The one code block of an answer. Raises Unusable."""
    blocks, _ = split(raw)
    if any(not block.is_closed for block in blocks):
        raise Unusable("the model's answer was cut off before its end")
    filled = [block.text.strip("\n") for block in blocks if block.text.strip()]
    if not filled:
        raise Unusable("the model answered in words, without code" if raw.strip() else "the model answered nothing")
    if len(set(filled)) > 1:
        raise Unusable(f"the model answered with {len(filled)} pieces of code")
    checked_whole(filled[0], "")
    return filled[0]


def below(raw: str, span: Span) -> Replacement:
    """New lines below a span, indented as it is. Raises Unusable."""
    code = only_block(raw)
    comment = span.text.replace("\r\n", "\n").strip()
    if code.strip().startswith(comment):
        code = code.strip()[len(comment) :].strip("\n")
    if not code.strip():
        raise Unusable("the model only repeated the comment")
    text = with_terminators(in_place(code, span), span.document)
    end = terminator_of(span.document)
    return Replacement(span.end, span.end, end + text)


def with_imports(imports: tuple[str, ...], document: Document, outline: Outline) -> tuple[Replacement, ...]:
    """Import lines that the file lacks, below the last that it has on its margin, or above its code."""
    known = {" ".join(one.text.split()) for one in outline.imports}
    wanted = [line for line in dict.fromkeys(imports) if " ".join(line.split()) not in known]
    if not wanted:
        return ()
    first_code = min((one.line for one in outline.definitions), default=document.text.line_count)
    lines = [one.line + one.text.count("\n") for one in outline.imports if one.line < first_code]
    line = max(lines) + 1 if lines else _after_preamble(document)
    start = document.text.offset(line, 0)
    end = terminator_of(document)
    text = "".join(one + end for one in wanted)
    is_past_end = line >= document.text.line_count
    return (Replacement(start, start, end + text.rstrip() if is_past_end else text),)


def _after_preamble(document: Document) -> int:
    """The first line that isn't a comment or a docstring's."""
    line, count = 0, document.text.line_count
    while line < count and _PREAMBLE.match(document.text.line(line)):
        line += 1
    content = without_terminator(document.text.line(line)) if line < count else ""
    for quote in ('"""', "'''"):
        if content.startswith(quote):
            while line < count and not document.text.line(line).rstrip().endswith(quote):
                line += 1
            return line + 1
    return line if line < count else 0
