"""Prose blocks: Markdown, or plain text, written from a parser's tokens; what isn't in the tables here is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.prose_inline import inline, plain_inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

MAX_NUMBER = 99_999_999  # of a list's item; with one more digit it would be no list
_INFO = re.compile(r"[\w+#.-]{1,20}", re.ASCII)  # a fence's language
_HASHES = re.compile(r"(?<!\\)#+\Z")  # would end a heading


@dataclass(frozen=True, slots=True)
class Style:
    """How to write."""

    targets: frozenset[str] = frozenset()  # of links, as the parser normalises them
    has_emphasis: bool = False
    is_plain: bool = False  # no Markdown at all


def written(tokens: list[Token], style: Style) -> str:
    """The blocks that tokens stand for."""
    return "\n".join(_blocks(_tree(tokens), style, is_tight=False)).strip("\n")


@dataclass(frozen=True, slots=True)
class _Node:
    """A token with what stands between it and its closing one."""

    token: Token
    inner: list[_Node]

    @property
    def name(self) -> str:
        return self.token.type.removesuffix("_open")


def _tree(tokens: list[Token]) -> list[_Node]:
    top: list[_Node] = []
    above = [top]
    for token in tokens:
        if token.nesting < 0:
            above.pop()
            continue
        node = _Node(token, [])
        above[-1].append(node)
        if token.nesting > 0:
            above.append(node.inner)
    return top


def _blocks(nodes: list[_Node], style: Style, *, is_tight: bool) -> Iterator[str]:
    """The lines of blocks, with an empty one between two of them where they aren't tight."""
    before, marks = "", ""
    is_first = True
    for node in nodes:
        marks = _marks(node.name, before, marks)
        lines = list(_block(node, style, marks))
        if not lines:
            continue
        if not (is_first or is_tight):
            yield ""
        yield from lines
        is_first, before = False, node.name


def _marks(name: str, before: str, marks: str) -> str:
    """What marks a list's items: another mark than the list's right above, or the two would be one."""
    first, second = (".", ")") if name == "ordered_list" else ("-", "*")
    return second if name == before and marks == first else first


def _block(node: _Node, style: Style, mark: str) -> Iterator[str]:
    name, token = node.name, node.token
    if name == "paragraph":
        text = _inline(node, style)
        yield from text.split("\n") if text else ()
    elif name == "heading":
        yield from _heading(node, style)
    elif name in {"fence", "code_block"}:
        yield from _code(token, style)
    elif name == "hr":
        yield "___"
    elif name == "blockquote":
        yield from (f"> {line}".rstrip() for line in _blocks(node.inner, style, is_tight=False))
    elif name in {"bullet_list", "ordered_list"}:
        yield from _list(node, style, mark)


def _inline(node: _Node, style: Style) -> str:
    children = [child for inner in node.inner for child in inner.token.children or []]
    if style.is_plain:
        return plain_inline(children)
    return inline(children, targets=style.targets, has_emphasis=style.has_emphasis)


def _heading(node: _Node, style: Style) -> Iterator[str]:
    text = re.sub(r"\s+", " ", _inline(node, style))
    if style.is_plain:
        yield text
    else:
        text = _HASHES.sub(r"\\\g<0>", text)
        yield f"{'#' * int(node.token.tag[1:])} {text}".rstrip()


def _code(token: Token, style: Style) -> Iterator[str]:
    lines = token.content.rstrip("\n").split("\n")
    if style.is_plain:
        yield from lines
        return
    longest = max(map(len, re.findall("`+", token.content)), default=0)
    fence = "`" * max(3, longest + 1)
    info = token.info.strip().partition(" ")[0]
    yield fence + (info if _INFO.fullmatch(info) else "")
    yield from lines
    yield fence


def _list(node: _Node, style: Style, mark: str) -> Iterator[str]:
    is_tight = not any(
        block.name == "paragraph" and not block.token.hidden for item in node.inner for block in item.inner
    )
    number = min(int(node.token.attrs.get("start", 1)), MAX_NUMBER)
    for place, item in enumerate(node.inner):
        if place and not is_tight:
            yield ""
        marker = f"{number + place}{mark} " if node.name == "ordered_list" else f"{mark} "
        lines = list(_blocks(item.inner, style, is_tight=is_tight)) or [""]
        yield (marker + lines[0]).rstrip()
        yield from (" " * len(marker) + line if line else "" for line in lines[1:])
