"""Where the model was wrong in a line it has to be surer, and after two misses it is left alone until the next line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cursor import at
from support.fake_model import FakeModel

from mistral_lsp.core.reason import Reason
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import Chunk

from .test_completion import completer

if TYPE_CHECKING:
    from mistral_lsp.features.completion import Completer

WRONG = " wrong"


class Typing:
    """Somebody types at a completer; what is suggested is `reply`."""

    def __init__(self, *, min_confidence: float = 0.1) -> None:
        self.model = FakeModel([WRONG, "\n"])
        self.completer: Completer = completer(self.model, min_confidence=min_confidence)

    async def at(self, marked: str, *, invoked: bool = False, uri: str = "file:///a.py") -> str | Reason:
        cursor = at(marked, uri=uri)
        self.completer.follow(cursor.document)
        outcome = await self.completer.complete(CompletionRequest(cursor, invoked=invoked))
        return outcome if isinstance(outcome, Reason) else outcome.text

    async def two_misses(self) -> None:
        assert await self.at("total = █\n") == "wrong"
        assert await self.at("total = first.█\n") == WRONG
        assert await self.at("total = first.a + b(█\n") is Reason.MISSED


async def test_after_two_misses_in_a_line_the_endpoint_is_not_asked() -> None:
    typing = Typing()
    await typing.two_misses()
    assert len(typing.model.prompts) == 2


@pytest.mark.parametrize(
    "marked", ["total = first.a + b(c)\nrest = █\n", "total = first.a + b(c)\nif total:█\n"], ids=["line", "block"]
)
async def test_in_the_next_line_it_is(marked: str) -> None:
    typing = Typing()
    await typing.two_misses()
    await typing.at(marked)
    assert len(typing.model.prompts) == 3


async def test_the_block_that_the_line_opens_is_asked_for() -> None:
    typing = Typing()
    assert await typing.at("if █\n") == "wrong"
    assert await typing.at("if first.█\n") == WRONG
    assert await typing.at("if first.a + b(█\n") is Reason.MISSED
    await typing.at("if first.a + b(c):█\n")
    assert len(typing.model.prompts) == 3


async def test_who_comes_back_to_the_line_begins_anew() -> None:
    typing = Typing()
    await typing.two_misses()
    await typing.at("total = first.a + b(c)\nrest = █\n")
    assert await typing.at("total = first.a + b(c) + █\nrest = 1\n") == "wrong"


async def test_who_deletes_what_was_missed_begins_anew() -> None:
    typing = Typing()
    await typing.two_misses()
    await typing.at("█\n")
    assert await typing.at("to█\n") is Reason.NOT_HEALED
    assert len(typing.model.prompts) == 3


async def test_who_opens_the_file_again_begins_anew() -> None:
    typing = Typing()
    await typing.two_misses()
    typing.completer.forget("file:///a.py")
    assert await typing.at("total = first.a + b(█\n") == WRONG


async def test_by_hand_it_is_asked() -> None:
    typing = Typing()
    await typing.two_misses()
    assert await typing.at("total = first.a + b(█\n", invoked=True) == WRONG


async def test_where_all_is_to_be_shown_it_is_asked() -> None:
    typing = Typing(min_confidence=0.0)
    await typing.at("total = █\n")
    await typing.at("total = first.█\n")
    assert await typing.at("total = first.a + b(█\n") == WRONG


async def test_what_is_typed_as_suggested_is_no_miss() -> None:
    typing = Typing()
    typing.model.reply = [" first", "\n"]
    assert await typing.at("total = █\n") == "first"
    assert await typing.at("total = fir█\n") == "st"
    typing.model.reply = ["wrong", "\n"]
    assert await typing.at("total = first.█\n") == "wrong"
    await typing.at("total = first.a + b(█\n")
    assert len(typing.model.prompts) == 3


async def test_a_change_elsewhere_is_no_miss() -> None:
    typing = Typing()
    for digits in ("1", "12", "123"):
        assert await typing.at(f"x = {digits}\ntotal = █\n") == "wrong"
    assert [prompt.is_doubted for prompt in typing.model.prompts] == [False] * 3


async def test_a_word_that_the_model_would_have_begun_otherwise_is_a_miss() -> None:
    typing = Typing()
    assert await typing.at("total = fir█\n") is Reason.NOT_HEALED
    assert await typing.at("total = first.█\n") == WRONG
    assert await typing.at("total = first.a + b(█\n") is Reason.MISSED


async def test_after_one_miss_it_has_to_be_surer() -> None:
    def rated() -> list[Chunk]:
        return [Chunk.of(text, ((0, 0.3),)) for text in ("a", " + b", " + c", " + d")] + [Chunk.of("\n", ((0, 0.9),))]

    typing = Typing(min_confidence=0.2)
    typing.model.reply = rated()
    assert await typing.at("total = (█\n") == "a + b + c + d"
    typing.model.reply = [WRONG, "\n"]
    await typing.at("other = █\n")
    typing.model.reply = rated()
    assert await typing.at("other = first(█\n") == "a + b"
