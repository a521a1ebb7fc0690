"""A suggestion or a stream goes on as long as what is typed agrees with it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cursor import MARK, at
from support.fake_model import FakeModel
from support.typist import Typist
from support.waiting import until

from mistral_lsp.core.reason import Reason
from mistral_lsp.features import answer, reuse
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.surroundings import Surroundings
from mistral_lsp.model.base import Unreachable

DOWN = Unreachable("nothing listens there", advice="Start it.")
BODY = "\n    c = a + b\n    return c\n\n\nx"


async def test_typing_through_a_suggestion_shows_the_rest_and_asks_nothing() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    assert await typist.at("x = █\n") == "foo(1)"
    assert [await typist.at(f"x = {typed}█\n") for typed in ("f", "fo", "foo(")] == ["oo(1)", "o(1)", "1)"]
    assert typist.asked == 1


async def test_a_block_is_typed_through_over_its_lines() -> None:
    typist = Typist(FakeModel(BODY))
    assert await typist.at("def add(a, b):\n    █\n") == "c = a + b\n    return c"
    assert await typist.at("def add(a, b):\n    c = a + b\n    █\n") == "return c"
    assert typist.asked == 1


async def test_what_disagrees_is_asked_anew() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    typist.model.reply = "2)\n"
    assert await typist.at("x = bar(█\n") == "2)"
    assert typist.asked == 2


async def test_what_was_typed_to_its_end_is_asked_on() -> None:
    typist = Typist(FakeModel("foo\n"))
    await typist.at("x = █\n")
    assert await typist.at("x = foo█\n") is Reason.EMPTY  # the line ends here: so the model said
    typist.model.reply = "2)\n"
    assert await typist.at("x = foo(█\n") == "2)"
    assert typist.asked == 2


async def test_backspacing_into_the_suggestion_brings_it_back() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    await typist.at("x = fo█\n")
    typist.model.reply = "bar\n"
    await typist.at("x = fox█\n")
    assert [await typist.at(f"x = {typed}█\n") for typed in ("fo", "f", "")] == ["o(1)", "oo(1)", "foo(1)"]


async def test_a_suggestion_that_was_backspaced_away_is_not_shown_there_again() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    await typist.at("x = fo█\n")
    await typist.at("x = █\n")
    typist.goes_to("x =█\n")
    asked = typist.asked
    assert await typist.at("x = █\n") is Reason.TURNED_DOWN
    assert typist.asked == asked
    assert await typist.at("x = f█\n") == "oo(1)"  # that is what the user wants after all
    assert await typist.at("x = █\n", invoked=True) == "foo(1)"


async def test_it_is_not_shown_there_from_another_answer_either() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    await typist.at("x = fo█\n")
    typist.model.reply = " foo(1)\n"
    assert await typist.at("x =█\n", invoked=True) == " foo(1)"
    assert await typist.at("x = █\n") is Reason.TURNED_DOWN


@pytest.mark.parametrize("way", [("x = foo█\n", "x =█\n"), ("x = foo█\n", "x = fo█\n", "x = █\n", "x =█\n")])
async def test_one_that_was_accepted_and_deleted_is_not_shown_there_again(way: tuple[str, ...]) -> None:
    typist = Typist(FakeModel("foo\n"))
    await typist.at("x = █\n")
    for marked in way:
        typist.goes_to(marked)
    assert await typist.at("x = █\n") is Reason.TURNED_DOWN
    assert await typist.at("x = f█\n") == "oo"


async def test_one_that_was_shown_before_it_was_whole_is_not_shown_there_again_either() -> None:
    typist = Typist(FakeModel(["\n    c = a + b\n", "    ret", *[""] * 1_000_000]), deadline_s=0.02)
    assert await typist.at("def add(a, b):\n    █\n") == "c = a + b"
    assert await typist.at("def add(a, b):\n    c =█\n") == " a + b"
    typist.goes_to("def add(a, b):\n  █\n")
    assert await typist.at("def add(a, b):\n    █\n") is Reason.TURNED_DOWN
    await until(lambda: typist.model.open_streams == 0)
    assert await typist.at("def add(a, b):\n    c█\n") == " = a + b"
    assert typist.asked == 1


async def test_deleting_without_having_typed_into_it_turns_nothing_down() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    typist.goes_to("x =█\n")
    assert await typist.at("x = █\n") == "foo(1)"
    assert typist.asked == 1


async def test_a_stream_that_agrees_goes_on_and_answers_the_newer_request() -> None:
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    older = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    newer = typist.asks("x = fo█\n")
    await asyncio.sleep(0)
    older.cancel()
    assert typist.model.gate is not None
    typist.model.gate.set()
    assert await newer == "o(1)"
    assert typist.asked == 1
    assert typist.model.hung_up == 1  # when the line was whole


async def test_a_stream_outlives_the_cancel_of_an_editor_that_types_on_and_asks_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer, "TAKE_OVER_S", 0.1)
    monkeypatch.setattr(answer, "TYPED_ON_S", 60.0)
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    older = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    older.cancel()
    await asyncio.gather(older, return_exceptions=True)
    typist.goes_to("x = f█\n")
    await asyncio.sleep(0.2)
    newer = typist.asks("x = f█\n")
    await asyncio.sleep(0)
    assert typist.model.gate is not None
    typist.model.gate.set()
    assert await newer == "oo(1)"
    assert typist.asked == 1


@pytest.mark.parametrize(
    ("asked", "entered", "hung_up"), [("x = 1█\n", "x = 1\n█\n", 1), ("if x:█\n", "if x:\n    █\n", 0)]
)
async def test_a_stream_that_ends_with_its_line_is_not_waited_for_behind_an_enter(
    asked: str, entered: str, hung_up: int
) -> None:
    typist = Typist(FakeModel("\n    y = 2\n", gate=asyncio.Event()))
    older = typist.asks(asked)
    await typist.model.waiting.wait()
    newer = typist.asks(entered)
    await asyncio.sleep(0.01)
    assert typist.model.hung_up == hung_up  # a block may go on there
    assert typist.model.gate is not None
    typist.model.reply = typist.model.reply if not hung_up else "y = 2\n"
    typist.model.gate.set()
    assert await newer == "y = 2"
    assert typist.asked == 1 + hung_up
    await asyncio.gather(older, return_exceptions=True)


async def test_a_stream_that_nobody_waits_for_is_ended() -> None:
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    older = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    older.cancel()
    await until(lambda: typist.model.open_streams == 0)
    typist.model.gate = None
    assert await typist.at("x = █\n") == "foo(1)"
    assert typist.asked == 2


async def test_a_stream_that_is_being_hung_up_serves_nobody_any_more() -> None:
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    older = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    typist.completer._reuse._answers[0].end()
    typist.model.gate = None
    assert await typist.at("x = █\n") == "foo(1)"
    assert await older is Reason.MOVED_ON
    assert typist.asked == 2


@pytest.mark.parametrize("change", ["x = b█\n", "x = f█\ny\n", "x █\n", "y = █\n"])
async def test_a_change_that_disagrees_ends_the_stream(change: str) -> None:
    model = FakeModel(["fo", "o(1)"], gate=asyncio.Event())
    typist = Typist(model)
    older = typist.asks("x = █\n")
    await model.waiting.wait()
    assert model.gate is not None
    model.gate.set()
    await until(lambda: bool(model.sent))
    typist.goes_to(change)
    assert await older is Reason.MOVED_ON
    assert model.open_streams == 0
    assert model.hung_up == 1


async def test_a_request_elsewhere_ends_the_stream() -> None:
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    older = typist.asks("x = █\ny = 1\n")
    await typist.model.waiting.wait()
    typist.model.gate = None
    await typist.at("x = \ny = 1█\n")
    assert await older is Reason.MOVED_ON
    assert typist.model.open_streams == 0


async def test_a_stream_that_turns_out_otherwise_is_left_and_the_model_asked_anew() -> None:
    model = FakeModel(" foo(1)\n" + "z" * 50, gate=asyncio.Event())
    typist = Typist(model, delay_s=60.0)
    older = asyncio.ensure_future(typist.at("x = █\n", invoked=True))
    await model.waiting.wait()
    newer = typist.asks("x = b█\n")
    await asyncio.sleep(0)
    assert model.gate is not None
    model.gate.set()
    await asyncio.sleep(0)
    model.reply = " bar\n"  # of the next stream, which begins as it is asked to
    assert await newer == "ar"  # without the delay: it has waited
    assert await older is Reason.MOVED_ON
    assert model.sent[:4] == [" ", "f", " ", "b"]  # the first that disagreed was the last of its stream
    assert model.open_streams == 0


async def test_several_requests_are_answered_by_one_stream() -> None:
    typist = Typist(FakeModel("foo(1)\n", gate=asyncio.Event()))
    first = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    others = [typist.asks("x = █\n"), typist.asks("x = f█\n"), typist.asks("x = fo█\n")]
    await asyncio.sleep(0)
    assert typist.model.gate is not None
    typist.model.gate.set()
    assert await asyncio.gather(first, *others) == ["foo(1)", "foo(1)", "oo(1)", "o(1)"]
    assert typist.asked == 1


async def test_at_the_deadline_the_stream_goes_on_into_memory() -> None:
    model = FakeModel(["\n    c = a + b\n", "    return c\n", "\n\nx"])
    typist = Typist(model, deadline_s=0.05)
    model.delay = 0.03
    assert await typist.at("def add(a, b):\n    █\n") == "c = a + b"
    assert model.open_streams == 1
    await until(lambda: model.open_streams == 0)
    assert await typist.at("def add(a, b):\n    c = a + b█\n") == "\n    return c"
    assert typist.asked == 1


async def test_past_the_deadline_the_lines_that_are_there_answer_at_once() -> None:
    model = FakeModel(["\n    c = a + b\n", "    ret"], delay=0.0)
    typist = Typist(model, deadline_s=0.02)
    model.reply = ["\n    c = a + b\n", *[""] * 1_000_000]
    assert await typist.at("def add(a, b):\n    █\n") == "c = a + b"
    assert await typist.at("def add(a, b):\n    c =█\n") == " a + b"
    assert model.open_streams == 1
    typist.completer.end()
    await until(lambda: model.open_streams == 0)


async def test_memory_and_a_running_stream_wait_for_no_delay() -> None:
    typist = Typist(FakeModel("foo(1)\n"), delay_s=60.0)
    await typist.at("x = █\n", invoked=True)
    assert await asyncio.wait_for(typist.at("x = f█\n"), 5.0) == "oo(1)"


async def test_silence_for_the_very_same_text_is_remembered_but_not_when_asked_by_hand() -> None:
    typist = Typist(FakeModel(""))
    silence = await typist.at("x = █\n")
    assert silence in {Reason.EMPTY, Reason.NOT_HEALED}
    assert await typist.at("x = █\n") is silence
    assert typist.asked == 1
    typist.model.reply = "foo\n"
    assert await typist.at("x = f█\n") == "oo"
    assert await typist.at("x = █\n", invoked=True) == "foo"


async def test_silence_serves_no_other_text_which_waits_as_usual() -> None:
    typist = Typist(FakeModel(""), delay_s=60.0)
    await typist.at("x = █\n", invoked=True)
    newer = typist.asks("x = f█\n")
    for _ in range(100):
        await asyncio.sleep(0)
    assert typist.asked == 1
    newer.cancel()


async def test_by_hand_a_line_is_not_enough_where_a_block_may_be_had() -> None:
    typist = Typist(FakeModel("y = 2\nz = 3\n\n\nq"))
    assert await typist.at("x = 1\n█\n") == "y = 2"
    assert await typist.at("x = 1\n█\n", invoked=True) == "y = 2\nz = 3"


async def test_an_error_is_not_remembered() -> None:
    typist = Typist(FakeModel("foo", error=DOWN))
    with pytest.raises(Unreachable):
        await typist.at("x = █\n")
    typist.model.error, typist.model.reply = None, "foo\n"
    assert await typist.at("x = █\n") == "foo"


@pytest.mark.parametrize(
    "other",
    [
        {"marked": "x = █\ny = 1\n"},
        {"marked": "x = █\n", "language": "ruby"},
        {"marked": "x = █\n", "root": "file:///"},
    ],
)
async def test_the_key_is_all_that_the_answer_depends_on(other: dict[str, str]) -> None:
    typist = Typist(FakeModel("foo\n"), family="mistral-v3")  # its prompts name the language and the path
    await typist.at("x = █\n")
    await typist.at(**other)  # type: ignore[arg-type] # the rows name what they change
    assert typist.asked == 2


@pytest.mark.parametrize(
    ("uri", "root", "asked"),
    [
        ("file:///project/b.py", "file:///project", 2),
        ("file:///project/b.py", "", 2),  # without a root, a folder's files see each other
        ("file:///other/b.py", "file:///project", 1),
        ("file:///other/b.py", "", 1),
    ],
)
async def test_what_another_document_says_now_is_part_of_the_key(uri: str, root: str, asked: int) -> None:
    around = Surroundings(Idle(), root_of=lambda _: root, spawn=lambda work: work.close())
    typist = Typist(FakeModel("foo(1)\n"), surroundings=around, family="mistral-v3")
    for marked in ("def foo(n): pass\n█", "def foo(n, m): pass\n█"):
        typist.goes_to(marked, uri=uri)
        typist.completer._heard.forget_all()  # by the prompt: it may be the same one again
        assert await typist.at("x = █\n", root=root) == "foo(1)"
    assert typist.asked == asked


async def test_without_text_of_other_files_their_changes_are_no_matter() -> None:
    typist = Typist(FakeModel("foo(1)\n"))
    await typist.at("x = █\n")
    typist.goes_to("█\n", uri="file:///project/b.py")
    typist.completer._heard.forget_all()
    assert await typist.at("x = █\n") == "foo(1)"
    assert typist.asked == 1


async def test_a_closed_document_is_forgotten_and_its_stream_ended() -> None:
    typist = Typist(FakeModel("foo\n", gate=asyncio.Event()))
    older = typist.asks("x = █\n")
    await typist.model.waiting.wait()
    typist.completer.forget(at("x = █\n").document.uri)
    assert await older is Reason.MOVED_ON
    assert typist.model.open_streams == 0
    assert not typist.completer._reuse._answers


async def test_memory_is_bounded_by_count(monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist(FakeModel("foo\n"))
    for number in range(reuse.MAX_ANSWERS + 5):
        await typist.at(f"x{number} = █\n")
    assert len(typist.completer._reuse._answers) == reuse.MAX_ANSWERS
    monkeypatch.setattr(reuse, "MAX_CHARS", 20)
    await typist.at("last = █\n")
    assert len(typist.completer._reuse._answers) == 2  # the oldest went first
    assert await typist.at("last = █\n") == "foo"
    assert typist.asked == reuse.MAX_ANSWERS + 6


@settings(deadline=None)
@given(
    reply=st.text(alphabet="ab(), =+\n\r\t'é😀", max_size=40),
    before=st.sampled_from(["x = ", "def f(a):\n    ", "f(", "  "]),
    after=st.sampled_from(["\n", ")\n", "\ny = 1\n"]),
    stops=st.lists(st.integers(0, 40), max_size=6),
)
def test_what_is_typed_and_what_is_shown_are_the_suggestion(
    reply: str, before: str, after: str, stops: list[int]
) -> None:
    async def type_through() -> None:
        typist = Typist(FakeModel(reply))
        whole = await typist.at(f"{before}{MARK}{after}")
        if isinstance(whole, Reason):
            return
        for stop in stops:  # forwards and backwards
            typed = whole[: stop % len(whole)]
            shown = await typist.at(f"{before}{typed}{MARK}{after}")
            assert typed + str(shown) == whole
        assert typist.asked == 1
        assert typist.model.open_streams == 0

    asyncio.run(type_through())
