"""Actions: which code actions there are at a place. Listing asks no model and reads no file: it is wanted at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.scope import is_comment
from mistral_lsp.core.turn_file import ActionFile, On
from mistral_lsp.core.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.enclosing import Scopes

SUFFIX = "mistral"  # of our kinds, so that a key can ask for them alone
MAX_DIAGNOSTICS = 3  # at one place, the worst first; each has its own actions
MAX_TITLE_CHARS = 90


@dataclass(frozen=True, slots=True)
class Offer:
    """One row of the list."""

    action: ActionFile
    title: str
    kind: str  # LSP's, with our suffix
    on: On
    start: int  # what it is about, in code points
    end: int
    diagnostic: Diagnostic | None = None


def offers(  # noqa: PLR0913 - what an editor asks with
    actions: Sequence[ActionFile],
    document: Document,
    start: int,
    end: int,
    *,
    diagnostics: Sequence[Diagnostic],
    scopes: Scopes,
    only: Sequence[str] = (),
) -> list[Offer]:
    """The rows for a range; `only` are the kinds that are wanted, none of them means any."""
    there = _there(document, start, end, scopes)
    found: list[Offer] = []
    for action in actions:
        kind = f"{action.kind}.{SUFFIX}"
        if (action.languages and document.language not in action.languages) or not _is_wanted(kind, only):
            continue
        if On.DIAGNOSTIC in action.on:
            found += [
                Offer(action, _titled(action, one), kind, On.DIAGNOSTIC, one.start, one.end, one)
                for one in diagnostics[:MAX_DIAGNOSTICS]
            ]
        elif (on := next((on for on in action.on if on in there), None)) is not None:
            found.append(Offer(action, action.title, kind, on, start, end))
    return sorted(found, key=_rank)


def _there(document: Document, start: int, end: int, scopes: Scopes) -> set[On]:
    """What a range may be about."""
    cursor = Cursor(document, start)
    there = {On.FILE}
    if document.text.slice(start, min(end, start + 2_000)).strip():
        there.add(On.SELECTION)
    if is_comment(document, cursor.line):
        there.add(On.COMMENT)
    if scopes.is_in_function:
        there.add(On.FUNCTION)
    if scopes.is_in_class:
        there.add(On.CLASS)
    return there


def _is_wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(kind == one or kind.startswith(f"{one}.") or not one for one in only)


def _titled(action: ActionFile, diagnostic: Diagnostic) -> str:
    return shortened(f"{action.title}: {diagnostic.headline}", MAX_TITLE_CHARS)


_ORDER = ("fix", "explain", "hints", "optimise", "simplify")


def _rank(offer: Offer) -> tuple[int, int, str]:
    name = offer.action.name
    return (0 if offer.diagnostic else 1, _ORDER.index(name) if name in _ORDER else len(_ORDER), name)
