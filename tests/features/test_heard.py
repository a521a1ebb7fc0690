"""What the model said to a prompt, it says again: it isn't asked for it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.fake_model import FakeModel
from support.typist import Typist

from mistral_lsp.core.healing import hold_back
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.heard import MAX_PROMPTS, Heard, Said

BROKEN = "y = len(items:\n"  # it would break code that parses


def heard(marked: str, text: str, *, is_whole: bool = False) -> Heard:
    """An answer to what was typed at a cursor."""
    memory = Heard()
    memory.note(asked(marked)[0], text, is_whole)
    return memory


def asked(marked: str) -> tuple[Prompt, object]:
    prefix = marked.partition("█")[0]
    text, healing = hold_back(prefix)
    return Prompt(text, 64, ("\n",), begins_with=healing.held_back), healing


def answer(memory: Heard, marked: str) -> object:
    return memory.answer_to(*asked(marked))  # type: ignore[arg-type] # the healing


async def text_of(said: object) -> str:
    assert isinstance(said, Said)
    return "".join([chunk async for chunk in said.stream(Prompt("", 1))])


async def test_an_answer_that_began_with_another_word_does_so_at_each_key_of_the_word() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    silences = [await typist.at(f"x = {typed}█\n") for typed in ("b", "ba", "bar")]
    assert silences == [Reason.NOT_HEALED] * 3
    assert typist.asked == 1


async def test_asked_for_by_hand_the_model_is_asked_all_the_same() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    typist.model.reply = "bar\n"
    assert await typist.at("x = b█\n", invoked=True) == "ar"
    assert typist.asked > 1


async def test_a_model_that_begins_as_it_is_asked_to_is_asked_again() -> None:
    typist = Typist(FakeModel(" foo(1)\n"))
    await typist.at("x = █\n")
    typist.model.reply = " bar\n"
    assert await typist.at("x = b█\n") == "ar"
    assert typist.asked == 2


async def test_what_was_no_suggestion_is_no_more_asked_for_while_the_user_types_it() -> None:
    typist = Typist(FakeModel(BROKEN))
    assert await typist.at("x = 1\n█\n") is Reason.BREAKS_SYNTAX
    assert await typist.at("x = 1\ny█\n") is Reason.BREAKS_SYNTAX
    assert await typist.at("x = 1\ny = len█\n") is Reason.BREAKS_SYNTAX
    assert await typist.at("x = 1\ny = len(█\n") is Reason.BREAKS_SYNTAX
    assert typist.asked == 1
    await typist.at("x = 1\ny = len(a, █\n")
    assert typist.asked == 2


async def test_it_is_judged_anew_for_its_place() -> None:
    typist = Typist(FakeModel("foo)\n"))
    assert await typist.at("x = (█\n") == "foo)"
    assert await typist.at("x = (█)\n") == "foo"
    assert typist.asked == 1


async def test_it_waits_for_no_delay() -> None:
    typist = Typist(FakeModel("foo(1)\n"), delay_s=60.0)
    await typist.at("x = █\n", invoked=True)
    assert await typist.at("x = b█\n") is Reason.NOT_HEALED


async def test_an_answer_goes_on_behind_what_was_typed_of_it() -> None:
    memory = heard("x = █", " foo(1) + bar(2)", is_whole=True)
    assert await text_of(answer(memory, "x = foo(█")) == "1) + bar(2)"
    assert answer(memory, "x = fo(█") is None


def test_one_that_was_hung_up_on_says_nothing_of_what_would_have_come() -> None:
    memory = heard("x = █", " foo(1) + ba")
    assert answer(memory, "x = foo(█") is None
    assert answer(memory, "x = b█") is None  # it began as it was asked to, and would with this beginning
    assert isinstance(answer(heard("x = █", " foo(1)\nba"), "x = foo(█"), Said)  # its line was whole


def test_its_end_is_no_answer() -> None:
    assert answer(heard("x = █", " foo(", is_whole=True), "x = foo(█") is None


def test_a_shorter_answer_or_one_with_other_stops_is_none() -> None:
    prompt, healing = asked("x = █")
    for other in (replace(prompt, max_tokens=8), replace(prompt, stop=("\n", "#")), replace(prompt, temperature=0.5)):
        memory = Heard()
        memory.note(other, " foo(1)\n", is_whole=True)
        assert memory.answer_to(prompt, healing) is None  # type: ignore[arg-type] # the healing


def test_one_prompt_is_remembered_once() -> None:
    memory = heard("x = █\n", "foo\n")
    for _ in range(MAX_PROMPTS):
        memory.note(asked("y = █\n")[0], "bar\n", is_whole=False)
    assert isinstance(answer(memory, "x = █\n"), Said)


def test_the_newest_are_remembered() -> None:
    memory = Heard()
    for number in range(MAX_PROMPTS + 1):
        memory.note(asked(f"x{number} = █")[0], " foo\n", is_whole=True)
    assert answer(memory, "x0 = █") is None
    assert answer(memory, "x1 = █") is not None
    memory.forget_all()
    assert answer(memory, "x1 = █") is None


@given(text=st.text("ab (\n", max_size=12), typed=st.text("ab (", max_size=12), is_whole=st.booleans())
def test_it_never_says_what_the_model_would_not(text: str, typed: str, is_whole: bool) -> None:  # noqa: FBT001
    """A greedy model's whole text behind the prompt decides; a part of it may be heard, never anything else."""
    memory = heard("x =(█", text, is_whole=is_whole)
    prompt, _ = asked(f"x =({typed}█")
    said = answer(memory, f"x =({typed}█")
    if isinstance(said, Said):
        assert "x =(" + text == prompt.text + said.text
