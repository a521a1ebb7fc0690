"""What the rest of the package knows of models: one narrow protocol and one tree of errors.

ModelError                 .advice: one sentence for the user, what to do next
  Unreachable              refused, DNS, TLS, the embedded engine won't start
  TooSlow                  no first token within the deadline
  Refused                  404/413/422: route, parameters
    Unauthorised           401/403: the token
    WrongModel             the endpoint serves no model of that name
    TooLong                the prompt doesn't fit; .limit_tokens where the endpoint said so
  Overloaded               429/503: back off; .retry_after_s where the endpoint said so
  Broken                   cut stream, not JSON, HTML, wrong content type
  Closed                   the settings name another model now
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What an endpoint says of itself; None where it doesn't say."""

    engine: str  # as its makers write it, or "tgi", "embedded"
    name: str  # the model's, such as "mistralai/Mistral-7B-Instruct-v0.3"; an adapter's is that of what it adapts
    version: str | None = None  # the engine's
    context_tokens: int | None = None  # prompt and answer together
    has_chat: bool | None = None  # whether the model has a chat template
    prefills: bool = False  # whether an answer in that can be begun for it
    adapter: str | None = None  # the LoRA adapter that answers


@dataclass(frozen=True, slots=True)
class Usage:
    """What an endpoint counted for one prompt, in tokens; None where it doesn't say."""

    prompt_tokens: int | None = None
    cached_tokens: int | None = None  # of the prompt: those that it still had from an earlier one
    answer_tokens: int | None = None
    tokens_per_s: float | None = None  # of the answer, by the endpoint's own clock
    is_final: bool = False  # all of the answer's text has come, though the response may go on for a moment

    def ends_before(self, max_tokens: int) -> bool | None:
        """Whether the answer is shorter than it may be; None where it isn't counted."""
        return None if self.answer_tokens is None else self.answer_tokens < max_tokens


class Chunk(str):
    """A piece of an answer whose engine rates tokens: where in it each begins, and how likely the model held it."""

    __slots__ = ("odds",)
    odds: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, text: str, odds: tuple[tuple[int, float], ...] = ()) -> Self:
        """A text with its odds."""
        chunk = cls(text)
        chunk.odds = odds
        return chunk


class Model(Protocol):
    """Where prompts go."""

    async def warm_up(self) -> None:
        """Load what the first prompt would otherwise wait for; asks the endpoint for nothing."""
        ...

    def connect(self) -> None:
        """Begin to open a connection for the next prompt, where none is open; asks the endpoint for nothing."""
        ...

    def stream(self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None) -> AsyncGenerator[str, None]:
        """Yield the answer's text as it comes, as a Chunk where the engine rates its tokens; raise ModelError.

        `on_usage` hears what the endpoint counted, as soon as it says so: most do with their last event alone, so that
        who hangs up before it hears nothing. It may be called more than once; a later call knows more.

        Closing the iterator (`aclosing`, or cancelling the task) hangs up, which is what frees the GPU.
        """
        ...

    async def describe(self) -> ModelInfo:
        """Ask the endpoint what it is. Raises ModelError."""
        ...

    async def close(self) -> None:
        """Hang up everything; the model can't be used after it."""
        ...


class ModelError(Exception):
    """A model could not answer. `str(error)` says what and where; `advice` says what to do next.

    Neither ever holds a token, a prompt or an answer.
    """

    def __init__(self, what: str, *, advice: str) -> None:
        """Both are shown to the user."""
        super().__init__(what)
        self.advice = advice


class Unreachable(ModelError):  # noqa: N818 - the field's word
    """No connection: refused, DNS, TLS, or an embedded engine that doesn't start."""


class TooSlow(ModelError):  # noqa: N818
    """No first token within the deadline."""


class Refused(ModelError):  # noqa: N818
    """The endpoint said no: token, model or parameters."""


class Unauthorised(Refused):
    """The token is missing or wrong."""


class WrongModel(Refused):
    """The endpoint doesn't serve the model that was asked for."""


class TooLong(Refused):
    """The prompt and the answer that was asked for don't fit into the model's context."""

    def __init__(
        self, what: str, *, advice: str, limit_tokens: int | None = None, given_tokens: int | None = None
    ) -> None:
        """`limit_tokens` is for prompt and answer together, `given_tokens` what the prompt has; None where unsaid."""
        super().__init__(what, advice=advice)
        self.limit_tokens = limit_tokens
        self.given_tokens = given_tokens


class Overloaded(ModelError):  # noqa: N818
    """The endpoint has too much to do."""

    def __init__(self, what: str, *, advice: str, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is the endpoint's own wish, where it has one."""
        super().__init__(what, advice=advice)
        self.retry_after_s = retry_after_s


class Broken(ModelError):  # noqa: N818
    """The answer isn't what the protocol lays down: cut, not JSON, HTML, wrong content type."""


class Closed(ModelError):  # noqa: N818
    """The model was closed, since the settings name another one by now; that is no fault of its endpoint."""

    def __init__(self) -> None:
        """Whoever still asks asked before the change."""
        super().__init__("another endpoint answers now", advice="Ask again.")
