"""Prose: what a model writes for people, as Markdown that can do nothing, and as plain text.

An editor's Markdown can fetch images, run `command:` links and make bare addresses clickable, and whoever steers the
model writes it (EchoLeak, CVE-2025-32711). So it is parsed, and written anew from what is allowed: paragraphs,
headings, lists, quotes, code, emphasis, and links to the targets that the caller names. What was written is parsed
once more; where that shows anything else, the text is shown as it is in a code block.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from mistral_lsp.core.prose_blocks import Style, written
from mistral_lsp.core.prose_inline import CLICKABLE, without_control

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_CHARS = 4_000  # of what is given back: more than anybody reads in a hover
MAX_MARKS = 600  # that may begin or end something: in more of them a parser takes long, and nobody means them
_CUT = "\n\n…"
_TAB_COLUMNS = 4
_BEGINS = re.compile(r"[:@]|(?<=www)\.", re.IGNORECASE)  # what is clickable, as CLICKABLE has it


def safe_markdown(text: str, *, links: Collection[str] = ()) -> str:
    """Markdown in which nothing can be clicked but `links`, and nothing is fetched. It is its own safe form."""
    targets = frozenset(_parser(is_html=False).normalizeLink(link) for link in links)
    most = MAX_CHARS
    while _is_too_much(cut := _cleaned(text, most)) or _is_too_much(markdown := _safe(cut, targets)):
        most //= 2
    return markdown


def plain_text(text: str) -> str:
    """The same for clients that know no Markdown: its words, its lines of code, and no address that is whole."""
    most = MAX_CHARS
    while _is_too_much(cut := _cleaned(text, most)):
        most //= 2
    words = written(_parser(is_html=False).parse(cut), Style(is_plain=True))
    while CLICKABLE.search(words):  # breaking one can bare another
        words = CLICKABLE.sub(_broken, words)
    return words


def _cleaned(text: str, most: int) -> str:
    """At most so much, in lines that end in a newline, without what acts on a terminal or hides."""
    lines = text[: most + len(_CUT) + 1].replace("\r\n", "\n").replace("\r", "\n").expandtabs(_TAB_COLUMNS)
    shown = without_control(lines)
    return shown if len(shown) <= most + len(_CUT) else shown[:most].rstrip() + _CUT


def _is_too_much(text: str) -> bool:
    return len(text) > MAX_CHARS + len(_CUT) or sum(map(text.count, "[]!*_`<&\\")) > MAX_MARKS


def _safe(text: str, targets: frozenset[str]) -> str:
    tokens = _parser(is_html=False).parse(text)
    for style in (Style(targets, has_emphasis=True), Style(targets)):
        markdown = written(tokens, style)
        if _is_safe(markdown, style):
            return markdown
    return _as_code(text)


def _is_safe(markdown: str, style: Style) -> bool:
    """Whether it parses as what was meant, by a reader that takes HTML and any target."""
    tokens = _parser(is_html=True).parse(markdown)
    for token in _all(tokens):
        if token.type in {"image", "html_inline", "html_block"}:
            return False
        if token.type == "link_open" and token.attrs.get("href") not in style.targets:
            return False
        if token.type == "text" and CLICKABLE.search(token.content):
            return False
    return written(tokens, style) == markdown


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _as_code(text: str) -> str:
    """In a fence that nothing in it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.strip()}\n{fence}"


def _broken(found: re.Match[str]) -> str:
    """An address with a space wherever it would begin to be one."""
    return _BEGINS.sub(r"\g<0> ", found[0])


@cache
def _parser(*, is_html: bool) -> MarkdownIt:
    """Imported when first needed: an editor waits for the start. It takes every target, so that none slips by."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": is_html})
    parser.validateLink = _any  # type: ignore[method-assign]
    return parser


def _any(url: str) -> bool:  # noqa: ARG001 - the parser names it
    return True
