"""Prompt: what is sent to a model, and the library that makes it from a prompt file and a context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core import families
from mistral_lsp.core.healing import Healing, hold_back, hold_back_line
from mistral_lsp.core.prompt_file import PromptFile, parse
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mistral_lsp.core.context import Context
    from mistral_lsp.core.structured import Constraint

MAX_OPENING_CHARS = 300


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model goes on from. Without `user` it is raw: no endpoint wraps it in a template of its own.

    With `user` that is a turn which the engine puts into the model's own chat template, and `text` is the beginning of
    the answer; an engine that can't go on from one leaves it out. No system turn: some templates refuse it. The
    endpoint adds the begin-of-sequence token, so neither ever has it.
    """

    text: str
    max_tokens: int  # 0: only read the prompt, into the engine's cache
    stop: tuple[str, ...] = ()  # at most 4: TGI's default limit, and vLLM's
    temperature: float = 0.0  # 0 is greedy
    seed: int | None = None  # of what is drawn with a temperature
    begins_with: str = ""  # what the answer has to begin with: an engine that can hold the model to it should
    user: str | None = None
    # How likely each token must be, and in a measure all together: above 0, an engine that can rates its tokens.
    min_confidence: float = 0.0
    is_doubted: bool = False  # the model was wrong in this line just now: it has to be surer
    constraint: Constraint | None = None  # what the answer has to be; an engine that can hold the model to it does
    # After so long, what follows a line's end is of no use: an engine that can stops by itself. None: all is wanted.
    time_limit_s: float | None = None

    @property
    def opening(self) -> str:
        """The line that it begins with."""
        return (self.user or self.text)[:MAX_OPENING_CHARS].strip().partition("\n")[0].rstrip()


class PromptLibrary:
    """The completion prompts, by family. A file is compiled when it is first needed, and jinja2 imported with it."""

    def __init__(self, sources: Mapping[str, str], *, rows: Sequence[tuple[tuple[str, ...], str]] = ()) -> None:
        """Take the text of each family's prompt file, among them PLAIN's; `rows` are the user's, for `family_of`."""
        self._sources = dict(sources)
        self._rows = tuple(rows)
        self._files: dict[str, PromptFile] = {}

    @property
    def families(self) -> tuple[str, ...]:
        """What a setting may name."""
        return tuple(sorted(self._sources))

    def family_of(self, model_name: str, *, has_chat: bool | None = None) -> str:
        """The family of a model, by what its endpoint says of it."""
        family = families.family_of(model_name, has_chat=has_chat, rows=self._rows)
        return family if family in self._sources else families.PLAIN

    def warm_up(self, family: str | None) -> None:
        """Compile a family's file now; without one, import what compiling any of them needs."""
        self._file(family or families.PLAIN)

    def context_tokens(self, family: str, wanted: int) -> int:
        """How much of the file to show: what is wanted, or less where the family is good for less."""
        limit = self._file(family).context_tokens
        return wanted if limit is None else min(wanted, limit)

    def uses_snippets(self, family: str) -> bool:
        """Whether the family's file says anything of other files."""
        return self._file(family).uses_snippets

    def uses_below(self, family: str) -> bool:
        """Whether the family's file says anything of the code after the cursor."""
        return self._file(family).uses_below

    @property
    def chat_control_tokens(self) -> tuple[str, ...]:
        """What no turn may hold, whichever model's chat template it goes into."""
        return self._file(families.CHAT).control_tokens

    def is_chat(self, family: str) -> bool:
        """Whether the family's file is a turn for the model's own chat template."""
        return self._file(family).is_chat

    def completion(
        self, family: str, context: Context, shape: Shape, *, max_tokens: int | None = None, prefills: bool = True
    ) -> tuple[Prompt, Healing]:
        """The prompt, and what its answer has to begin with.

        The answer may have `max_tokens`, or less where the family is good for less. `prefills` says whether the engine
        can begin an answer in the model's chat template. Raises KeyError for a family that isn't there, and
        PromptFileError where a user's file fails at this very text.
        """
        file = self._file(family)
        is_begun = prefills or not file.is_chat
        prefix, healing = hold_back(context.prefix) if is_begun else hold_back_line(context.prefix)
        text, stop, user = file.render(context, shape, prefix=prefix, prefills=is_begun)
        if shape is Shape.LINE and healing.indent is None:  # on a blank line the answer may begin with another one
            stop = ("\n", *stop)
        limit = file.max_tokens if max_tokens is None else min(max_tokens, file.max_tokens)
        begins_with = healing.held_back if is_begun else ""
        return Prompt(text, limit, stop, begins_with=begins_with, user=user), healing

    def _file(self, family: str) -> PromptFile:
        if family not in self._files:
            self._files[family] = parse(self._sources[family])
        return self._files[family]
