"""Output explained: what a program printed, with the code that it names, as a question to a model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.context import fence_name
from mistral_lsp.core.material import Material, Window
from mistral_lsp.core.output import read_output
from mistral_lsp.core.output_page import Located
from mistral_lsp.core.turn_file import On
from mistral_lsp.features.asking import room_chars
from mistral_lsp.features.grounding import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mistral_lsp.core.complaint import Frame
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.output import Output
    from mistral_lsp.features.explaining import Asked
    from mistral_lsp.features.grounding import Ground, Grounding

    Find = Callable[[Frame], Document | None]  # for a thread

MAX_LOOKED_FOR = 30  # places whose files are looked for
MAX_PLACES = 8  # that are shown
MAX_WINDOWS = 4  # whose code is
MAX_ROOM = 12_000  # characters of a prompt: more doesn't make the answer better, and makes it late
OUTPUT_SHARE, INNERMOST_SHARE, OTHERS_SHARE = 0.3, 0.35, 0.25  # of the room; the prompt's words need some
NEAR_LINES = 50  # within which a line that was printed is looked for, where the file has changed


@dataclass(frozen=True, slots=True)
class Case:
    """A text that was printed, and those of its places that the user's files have."""

    output: Output
    places: tuple[Located, ...]  # the innermost first


async def case_of(text: str, find: Find, shown: Callable[[str], str]) -> Case:
    """Read the text and look for its files; `shown` gives the path that stands for a file's URI."""
    output = await asyncio.to_thread(read_output, text)
    return Case(output, await asyncio.to_thread(_places, output, find, shown))


async def question(case: Case, grounding: Grounding, asked: Asked) -> tuple[str, Material]:
    """What to ask, and what the answer can be held against. Raises ModelError."""
    room = min(MAX_ROOM, await room_chars(asked.model, max_tokens=asked.output.max_tokens))
    output = case.output.around_main(int(room * OUTPUT_SHARE))
    grounds = await _grounds(case.places, grounding, room)
    windows = tuple(_window(place, ground) for place, ground in grounds)
    material = Material("", windows[0].language if windows else "", output=output, windows=windows)
    if grounds:
        first = grounds[0][1].material
        material = replace(material, definitions=first.definitions, imports=first.imports)
    return asked.output.render(material, asked.control_tokens), material


def _places(output: Output, find: Find, shown: Callable[[str], str]) -> tuple[Located, ...]:
    """Those of the main error, or else of the others."""
    frames = output.frames or tuple(frame for one in output.others for frame in one.frames)
    found: dict[tuple[str, int], Located] = {}
    documents: dict[str, Document | None] = {}
    for frame in frames[:MAX_LOOKED_FOR]:
        if frame.path not in documents:
            documents[frame.path] = find(frame)
        document = documents[frame.path]
        line = None if document is None else _line(document, frame)
        if document is not None and line is not None:
            path = shown(document.uri)
            found.setdefault((path, line), Located(frame, document, path, line))
    return tuple(found.values())[:MAX_PLACES]


def _line(document: Document, frame: Frame) -> int | None:
    """Where the code stands that was meant: a line that was printed may have moved since; None where it is gone."""
    count = document.text.line_count
    near = sorted(
        range(max(1, frame.line - NEAR_LINES), min(count, frame.line + NEAR_LINES) + 1),
        key=lambda line: abs(line - frame.line),
    )
    if frame.text:
        moved = next((line for line in near if document.text.line(line - 1).strip() == frame.text), None)
        if moved is not None:
            return moved
    return frame.line if 1 <= frame.line <= count else None


async def _grounds(places: Sequence[Located], grounding: Grounding, room: int) -> list[tuple[Located, Ground]]:
    """The code of the first places, each function once."""
    found: list[tuple[Located, Ground]] = []
    share, left = int(room * INNERMOST_SHARE), int(room * OTHERS_SHARE)
    for place in places:
        if len(found) >= MAX_WINDOWS:
            break
        offset = place.document.text.offset(place.line - 1, 0)
        if any(_has(ground, place, offset) for _, ground in found):
            continue
        try:
            # Of its room a ground gives the code a part.
            ground = await grounding.of(place.document, offset, offset, on=On.DIAGNOSTIC, room_chars=share * 2)
        except TooLarge:
            continue
        size = len(ground.material.code)
        if found and size > left:
            continue
        left -= size if found else 0
        found.append((place, ground))
        share = left
    return found


def _has(ground: Ground, place: Located, offset: int) -> bool:
    return ground.span.document.uri == place.document.uri and ground.span.start <= offset <= ground.span.end


def _window(place: Located, ground: Ground) -> Window:
    shown = ground.material
    return Window(place.path, place.line, shown.first_line, fence_name(place.document.language), shown.code)
