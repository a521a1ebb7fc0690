"""Draft: what has come of an answer so far, and what of it may be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.place import Place
from mistral_lsp.core.postprocess import certain_part, is_enough, rehearse, sure_part, tidy
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import agrees
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.confidence import doubt_in, sureness
from mistral_lsp.model.base import Chunk

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.core.syntax import Syntax

MAX_UNHEALED_CHARS = 400  # so much without a visible character, and none will come


class Draft:
    """One answer's text while it comes in."""

    def __init__(self, place: Place, healing: Healing, *, lead: str = "") -> None:
        """`lead` is what is taken for typed before the place."""
        self.min_confidence = 0.0  # where it becomes less likely than `doubt_in` takes, it ends
        self._is_doubted = False
        self.odds: list[tuple[int, float]] = []  # where in `raw` each token begins, and how likely it was
        self.doubt: int | None = None  # where in `raw` the token begins by which it became too unlikely
        self.raw = ""  # as the model writes it
        self.text = ""  # from the cursor on
        self._place = place
        self._healing = healing
        self._lead = lead
        self.shown = ""  # before it was whole

    def begin(self, prompt: Prompt) -> None:
        """It is asked for by this prompt."""
        self.min_confidence, self._is_doubted = prompt.min_confidence, prompt.is_doubted
        self._place = replace(self._place, opening=prompt.opening)

    def add(self, chunk: str) -> None:
        """More has come."""
        before = len(self.raw)
        self.raw += chunk
        if self.min_confidence and self.doubt is None and isinstance(chunk, Chunk):
            self.odds += [(before + start, rate) for start, rate in chunk.odds]
            self.doubt = doubt_in(
                self.raw,
                self.odds,
                self._healing,
                min_confidence=self.min_confidence,
                is_doubted=self._is_doubted,
            )
        self._healed = self._healing.match(self.raw)
        if isinstance(self._healed, str):
            self.text = self._lead + self._healed.removesuffix("\r").replace("\r\n", "\n")

    @property
    def is_enough(self) -> bool:
        """Whether more of the stream can change nothing."""
        if self.doubt is not None:
            return True
        if isinstance(self._healed, str):
            return is_enough(self._healed, self._place) or self._healing.is_over(self.raw)
        return self._healed is not None or len(self.raw) > MAX_UNHEALED_CHARS

    @property
    def sureness(self) -> float:
        """How likely all of it together was held: 0 where it was ended for doubt, 1 where nothing is known."""
        return 0.0 if self.doubt is not None else sureness(self.odds)

    def may_begin_with(self, typed: str) -> bool:
        """Whether it may turn out to go on from what was typed: where a line is asked for, nothing stands behind it."""
        is_beyond = self._place.shape is Shape.LINE and "\n" in typed[len(self._lead) :]
        return agrees(self.text, typed) and not is_beyond

    def whole_lines(self) -> str | Reason:
        """What is certain of it, and taken back by nothing that comes."""
        return self._by(certain_part, self.raw)

    def show(self) -> str | Reason:
        """The whole lines: they count as shown from now on."""
        lines = self.whole_lines()
        if isinstance(lines, str):
            self.shown = lines
        return lines

    def whole(self, *, is_ended: bool | None) -> str | Reason:
        """The outcome, where no more comes; what was shown before stays, whatever speaks against it in the end.

        `is_ended` says that the model came to an end of its own, so that the last line is whole; False that its answer
        was as long as it may be: then the last of several lines was cut off, and isn't shown.
        """
        raw = self.raw
        if self.doubt is not None:
            raw = sure_part(raw, self.doubt)
        elif is_ended and raw.strip():
            raw += "\n"
        elif is_ended is False:
            lines, newline, _ = raw.rpartition("\n")
            raw = lines + newline if lines.strip() else raw
        text = self._by(tidy, raw)
        if self.doubt is not None and not isinstance(text, str):
            text = Reason.UNSURE
        keeps = isinstance(text, str) and text.startswith(self.shown)
        return text if keeps or not self.shown else self.shown

    def know(self, syntax: Syntax) -> None:
        """The code around was parsed; for before any text comes."""
        if self._place.syntax is None:
            self._place = replace(self._place, syntax=syntax)

    def prepare(self) -> None:
        """Find out, before the text comes, what has to be known of the place."""
        rehearse(self._place)

    def let_go(self) -> None:
        """Free the text and the tree: no more comes, and the outcome is known."""
        self.raw = ""
        self._place = Place(self._place.cursor, self._place.shape)

    def _by(self, process: Callable[[str, Place], str | Reason], raw: str) -> str | Reason:
        healed = self._healing.match(raw)
        if healed is None:
            return Reason.NOT_HEALED if raw.strip() else Reason.EMPTY
        text = healed if isinstance(healed, Reason) else process(healed, self._place)
        return text if isinstance(text, Reason) else self._lead + text
