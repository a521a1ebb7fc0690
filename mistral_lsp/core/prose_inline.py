"""Prose inline: a paragraph's text from a parser's tokens, with all that could be Markdown in it escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from markdown_it.token import Token

# What clients make clickable where it stands as it is, and what acts when it is clicked.
CLICKABLE = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{0,30}:(?=//)|www\.(?=\S)|"
    r"(?:mailto|xmpp|tel|sms|command|vscode(?:-[a-z]+)?|javascript|vbscript|data|file|blob|about|view-source):(?=\S))"
    r"(?:[^\s`]*[^\s`.,;:!?)\]'\"])?|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,200}",
    re.IGNORECASE,
)

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_ESCAPED = re.compile(r"[\\`*\[\]<]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=[#A-Za-z])|!\Z")
_LINE_START = re.compile(r"[#>+=~|:-]|\d{1,9}(?=[.)](?:\s|\Z))")  # of a heading, a quote, a list, a table, a fence
_MARKS = {"em": "*", "strong": "**"}


class _Piece(NamedTuple):
    """A stretch of one kind: text, code, mark (written as it is) or break."""

    kind: str
    text: str


def inline(tokens: Iterable[Token], *, targets: Collection[str], has_emphasis: bool) -> str:
    """Markdown of one paragraph; a link to another target is its text, an image is what stands for it."""
    return "".join(_written(_joined(_pieces(tokens, targets, has_emphasis=has_emphasis)))).strip()


def plain_inline(tokens: Iterable[Token]) -> str:
    """Its words and line ends."""
    pieces = _joined(_pieces(tokens, (), has_emphasis=False))
    return "".join("\n" if piece.kind == "break" else piece.text for piece in pieces).strip()


def without_control(text: str) -> str:
    """Without what acts on a terminal, and with what hides made visible."""
    return show_unseen(_CONTROL.sub("", text))


def _pieces(tokens: Iterable[Token], targets: Collection[str], *, has_emphasis: bool) -> Iterator[_Piece]:
    """Of emphasis within emphasis the outer one stays."""
    depth, link = 0, ""
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if name in _MARKS:
            depth -= end == "close"
            if has_emphasis and not depth:
                yield _Piece("mark", _MARKS[name])
            depth += end == "open"
        elif token.type == "link_open":
            link = str(token.attrs.get("href", ""))
            if link in targets:
                yield _Piece("mark", "[")
        elif token.type == "link_close":
            if link in targets:
                yield _Piece("mark", f"](<{link}>)")
        elif token.type == "image":
            inner = _pieces(token.children or (), (), has_emphasis=False)
            yield _Piece("text", "".join(piece.text for piece in inner))
        else:
            yield from _leaf(token)


def _leaf(token: Token) -> Iterator[_Piece]:
    if token.type in {"softbreak", "hardbreak"}:
        yield _Piece("break", "\n" if token.type == "softbreak" else "  \n")
    elif token.type == "code_inline":
        yield _Piece("code", _SPACES.sub(" ", without_control(token.content)).strip())
    else:
        yield _Piece("text", _SPACES.sub(" ", without_control(token.content)))


def _joined(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Neighbouring texts as one, and what would be clickable in them as code."""
    text = ""
    for piece in pieces:
        if piece.kind == "text":
            text += piece.text
            continue
        yield from _split(text)
        text = ""
        if piece.text:
            yield piece
    yield from _split(text)


def _split(text: str) -> Iterator[_Piece]:
    done = 0
    for found in CLICKABLE.finditer(text):
        yield _Piece("text", text[done : found.start()])
        yield _Piece("code", found[0])
        done = found.end()
    yield _Piece("text", text[done:])


def _written(pieces: Iterable[_Piece]) -> Iterator[str]:
    """Each line has something on it, or it would end the paragraph."""
    is_start, before = True, ""
    for kind, text in pieces:
        if kind == "text":
            shown = _escaped(text, is_start=is_start)
        elif kind == "code":
            shown = (" " if before == "code" else "") + _code(text)
        elif kind == "break" and is_start:
            shown = ""
        else:
            shown = text
        if shown:
            yield shown
            is_start, before = kind == "break", kind


def _escaped(text: str, *, is_start: bool) -> str:
    shown = _ESCAPED.sub(r"\\\g<0>", text.lstrip() if is_start else text)
    found = _LINE_START.match(shown) if is_start else None
    if found is None:
        return shown
    at = found.end() if found[0].isdigit() else 0
    return f"{shown[:at]}\\{shown[at:]}"


def _code(text: str) -> str:
    """Between longer marks than it holds; a space keeps its own marks and spaces apart from those."""
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(length for length in range(1, len(text) + 2) if length not in runs)
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"
