"""Asking: the parts of the server that mend and explain, put together without an editor."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp import templates, wiring
from mistral_lsp.bench.errors import ruff
from mistral_lsp.core.index import Index
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.turn_file import On
from mistral_lsp.features.actions import Offer
from mistral_lsp.features.asking import answer, room_chars
from mistral_lsp.features.checking import Checking
from mistral_lsp.features.circuit import Circuit
from mistral_lsp.features.editing import Editing, NoEdit, Proposal
from mistral_lsp.features.explaining import MAX_GROUND_ROOM, Asked
from mistral_lsp.features.grounding import Grounding, TooLarge
from mistral_lsp.features.own_tools import OwnTools
from mistral_lsp.features.way import Way
from mistral_lsp.running.copies import Copies
from mistral_lsp.workspace.disk import Disk
from mistral_lsp.workspace.rules import LinterRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.errors.cases import Case
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.core.material import Material
    from mistral_lsp.features.grounding import Ground
    from mistral_lsp.templates import Turns


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of asking for a fix."""

    proposal: Proposal | None
    refused: str = ""  # why there is none
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asking:
    """A model with all that stands around it in a session."""

    editing: Editing
    grounding: Grounding
    asked: Asked
    turns: Turns

    async def mend(self, case: Case, *, candidates: int = 1) -> Mended:
        """Pick "Fix this error". Raises ModelError."""
        document = case.document
        diagnostic = case.diagnostic(document)
        action = next(one for one in self.turns.actions if one.name == "fix")
        offer = Offer(action, action.title, action.kind, On.DIAGNOSTIC, diagnostic.start, diagnostic.end, diagnostic)
        began_s = time.perf_counter()
        try:
            proposal = await self.editing.propose(document, offer, candidates=candidates)
        except (NoEdit, TooLarge) as error:
            return Mended(None, str(error), time.perf_counter() - began_s)
        return Mended(proposal, "", time.perf_counter() - began_s)

    async def ground(self, case: Case, room_chars: int = MAX_GROUND_ROOM) -> Ground:
        """What a question about a case is grounded on."""
        document = case.document
        diagnostic = case.diagnostic(document)
        return await self.grounding.of(
            document,
            diagnostic.start,
            diagnostic.end,
            on=On.DIAGNOSTIC,
            diagnostics=[diagnostic],
            room_chars=room_chars,
        )

    async def explain(self, case: Case) -> tuple[str, Material]:
        """The model's own words on a case's message, and what it saw. Raises ModelError and TooLarge."""
        turn = self.turns.explain
        most = await room_chars(self.asked.model, max_tokens=turn.max_tokens)
        material = (await self.ground(case, min(most, MAX_GROUND_ROOM))).material
        text = await answer(
            self.asked.model, turn.render(material, self.asked.control_tokens), max_tokens=turn.max_tokens
        )
        return text, material


def around(session: Session, checkers: Sequence[str] = ()) -> Asking:
    """Those parts around an endpoint that is being measured. Raises Problem without ruff."""
    os.environ["PATH"] = os.pathsep.join([str(Path(ruff.program()).parent), os.environ.get("PATH", "")])
    way, turns = Way(), wiring.load_turns()
    asked = Asked(
        model=session.model,
        explain=turns.explain,
        symbol=turns.symbol,
        output=turns.output,
        control_tokens=PromptLibrary(templates.load().sources).chat_control_tokens,
        circuit=Circuit(),
    )
    grounding = Grounding(way=way, index=Index(), root_of=lambda _: "", rules=LinterRules())
    tools = OwnTools(Copies(Disk()).of)
    tools.configure(list(checkers), "")

    async def ask() -> Asked:
        return asked

    return Asking(Editing(grounding, ask, Checking(way=way, tools=tools)), grounding, asked, turns)
