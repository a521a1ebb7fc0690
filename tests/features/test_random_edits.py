"""Whatever is typed, deleted, accepted or jumped to, in any order: what is shown is what the model writes there."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable  # noqa: TC003 - for mypy in a subclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist

from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.features.request import CompletionRequest

if TYPE_CHECKING:
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Usage

REPLIES = (
    *("foo(1)\n", " a + b", "b = 2\nc = 3\n", "ab", "", "(a, b)\nx"),
    *(" = bar(a)\n", "  return a\n\n\nq", "é = '😀'\n"),
)

Edit = tuple[str, int]
EDITS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["a", "b", "(", ")", " ", "\n", "=", "foo", "é"]), st.just(0)),  # typed
        st.tuples(st.just("through"), st.integers(1, 4)),  # the next characters of what is shown
        st.tuples(st.just("accept"), st.just(0)),
        st.tuples(st.just("erase"), st.integers(1, 5)),
        st.tuples(st.just("jump"), st.integers(0, 60)),
        st.tuples(st.just("by hand"), st.just(0)),
        st.tuples(st.just("ask twice"), st.just(0)),
    ),
    max_size=14,
)


class Greedy(FakeModel):
    """A model whose answer is a function of the prompt alone."""

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        self.reply = answer_to(prompt)
        async for chunk in super().stream(prompt, on_usage):
            yield chunk


def answer_to(prompt: Prompt) -> str:
    return REPLIES[zlib.crc32(prompt.text.encode()) % len(REPLIES)]


def bare(text: str) -> str:
    """Without whitespace, which is the file's own style where lines are indented."""
    return "".join(text.split())


def is_the_models(before: str, shown: str, prompts: list[Prompt]) -> bool:
    """Whether some answer, behind the text that it was asked for, goes on as the document does and then as shown."""
    wanted = bare(before + shown)
    whole = (bare(_code(prompt) + answer_to(prompt)) for prompt in prompts)
    return any(text.startswith((wanted, wanted.rstrip(")]}"))) for text in whole)


def _code(prompt: Prompt) -> str:
    """Without the comments at its head; no text here has one."""
    return "\n".join(line for line in prompt.text.split("\n") if not line.startswith("#"))


class Session:
    """A document that is edited."""

    def __init__(self, start: str) -> None:
        self.model = Greedy()
        self.typist = Typist(self.model, fetch_ahead="always")
        self.before, self.after = start.split("█")
        self.shown = ""

    def edit(self, what: str, count: int) -> None:
        """The document as it is after an edit."""
        text = self.before + self.after
        changes = {
            "through": (self.before + self.shown[:count], self.after),
            "accept": (self.before + self.shown, self.after),
            "erase": (self.before[: max(0, len(self.before) - count)], self.after),
            "jump": (text[: count % (len(text) + 1)], text[count % (len(text) + 1) :]),
            "by hand": (self.before, self.after),
            "ask twice": (self.before, self.after),
        }
        self.before, self.after = changes.get(what, (self.before + what, self.after))

    async def ask(self, *, by_hand: bool, times: int) -> None:
        """Ask, and check what is shown."""
        cursor = at(f"{self.before}█{self.after}")
        self.typist.completer.follow(cursor.document)
        request = CompletionRequest(cursor, by_hand)
        outcomes = await asyncio.gather(*(self.typist.completer.complete(request) for _ in range(times)))
        texts = [text for found in outcomes if isinstance(found, Suggestion) for text in (found.text, *found.others)]
        for text in texts:
            assert is_the_models(self.before, text, self.model.prompts)
        self.shown = texts[-1] if texts else ""
        await asyncio.sleep(0)


@settings(deadline=None)
@given(edits=EDITS, start=st.sampled_from(["█\n", "x = █\n", "def f(a):\n    █\n    return a\n", "f(█)\n"]))
def test_what_is_shown_is_what_the_model_writes_there(edits: list[Edit], start: str) -> None:
    async def edit() -> None:
        session = Session(start)
        for what, count in edits:
            session.edit(what, count)
            await session.ask(by_hand=what == "by hand", times=2 if what == "ask twice" else 1)
        session.typist.completer.end()
        for _ in range(20):
            await asyncio.sleep(0)
        assert session.model.open_streams == 0

    asyncio.run(edit())
