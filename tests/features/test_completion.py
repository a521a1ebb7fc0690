"""From a cursor to ghost text, on a model that says what the test tells it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist
from support.waiting import until

from mistral_lsp import templates
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.completion import Completer
from mistral_lsp.features.options import CompletionOptions
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import Unreachable, Usage

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.place import Place

DOWN = Unreachable("nothing listens there", advice="Start it.")


def completer(model: FakeModel, **options: Any) -> Completer:
    chosen = CompletionOptions(**{"family": "base", "delay_s": 0.0, **options})
    return Completer(model, PromptLibrary(templates.load().sources), SyntaxCache(clock=time.perf_counter), chosen)


async def outcome(model: FakeModel, cursor: Cursor, *, invoked: bool = False, **options: Any) -> Suggestion | Reason:
    return await completer(model, **options).complete(CompletionRequest(cursor, invoked=invoked))


async def shown(marked: str, reply: str, language: str = "python") -> str | Reason:
    result = await outcome(FakeModel(reply), at(marked, language))
    return result if isinstance(result, Reason) else result.text


async def test_a_line_is_completed() -> None:
    assert await shown("total = a █\n", "+ b\nother = 1\n") == "+ b"


async def test_a_body_is_completed_to_its_end() -> None:
    marked = "def add(a, b):\n    █\n\n\nx = 1\n"
    assert await shown(marked, "\n    c = a + b\n    return c\n\n\ndef other():\n") == "c = a + b\n    return c"


async def test_a_partial_word_is_held_back_and_found_again() -> None:
    assert await shown("def add(a, b):\n    retu█\n", "return a + b\n") == "rn a + b"


async def test_an_answer_that_does_not_begin_with_the_partial_word_is_not_shown() -> None:
    assert await shown("def add(a, b):\n    retu█\n", "yield a\n") is Reason.NOT_HEALED


async def test_the_stream_is_hung_up_as_soon_as_the_line_is_complete() -> None:
    model = FakeModel("+ b\nand a lot more that nobody needs")
    await outcome(model, at("total = a █\n"))
    assert "".join(model.sent) == "+ b\n"
    assert model.hung_up == 1
    assert model.open_streams == 0


async def test_a_suggestion_belongs_to_an_empty_span_at_the_cursor() -> None:
    cursor = at("total = a █\n")
    result = await outcome(FakeModel("+ b\n"), cursor)
    assert isinstance(result, Suggestion)
    assert (result.span.start, result.span.end) == (cursor.offset, cursor.offset)


@pytest.mark.parametrize("reply", ["", "   \n  \n"])
async def test_an_empty_answer_has_its_reason(reply: str) -> None:
    assert await shown("total = █\n", reply) in {Reason.EMPTY, Reason.NOT_HEALED}


async def test_at_the_deadline_the_whole_lines_that_came_are_shown() -> None:
    model = FakeModel(["\n    c = a + b\n", "    retu"], delay=0.0)
    model.reply = ["\n    c = a + b\n    return c", *[""] * 100_000]
    result = await outcome(model, at("def add(a, b):\n    █\n"), deadline_s=0.05)
    assert isinstance(result, Suggestion)
    assert result.text == "c = a + b"
    assert model.open_streams == 1  # it goes on for the next request


async def test_at_the_deadline_nothing_is_shown_that_breaks_the_code() -> None:
    model = FakeModel(["\n    c = 1 +* 2\n", "    d = 3\n", "    retu", *[""] * 1_000_000])
    typist = Typist(model, deadline_s=0.05)
    assert await typist.at("def f():\n    █\n\nx = 1\n") is Reason.TOO_SLOW
    typist.completer.end()


async def test_nothing_by_the_deadline_is_too_slow() -> None:
    model = FakeModel("never", gate=asyncio.Event())
    assert await outcome(model, at("x = █\n"), deadline_s=0.01) is Reason.TOO_SLOW
    assert model.open_streams == 1  # what comes late may serve the next request


async def test_what_is_asked_of_the_place_is_found_out_while_the_endpoint_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rehearsed: list[Place] = []
    monkeypatch.setattr("mistral_lsp.features.draft.rehearse", rehearsed.append)
    typist = Typist(FakeModel("foo(1\n", gate=asyncio.Event()))
    asking = typist.asks("x = █\n")
    await until(lambda: bool(rehearsed))
    assert typist.model.sent == []
    assert rehearsed[0].hole is not None
    assert typist.model.gate is not None
    typist.model.gate.set()
    assert await asking == "foo(1"
    assert await typist.at("x = f█\n") == "oo(1"  # which it has said already: there is no such time
    assert typist.asked == len(rehearsed) == 1


async def test_an_endpoint_that_answers_at_once_leaves_no_time_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed: list[Place] = []
    monkeypatch.setattr("mistral_lsp.features.draft.rehearse", rehearsed.append)
    assert await shown("x = █\n", "foo(1\n") == "foo(1"
    assert not rehearsed


async def test_cancelling_hangs_up() -> None:
    model = FakeModel("never", gate=asyncio.Event())
    task = asyncio.ensure_future(outcome(model, at("x = █\n")))
    await model.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: model.hung_up == 1)


async def test_a_model_error_is_the_callers_to_tell() -> None:
    with pytest.raises(Unreachable):
        await outcome(FakeModel(error=DOWN), at("x = █\n"))


async def test_a_cut_stream_is_an_error_even_after_some_text() -> None:
    with pytest.raises(Unreachable):
        await outcome(FakeModel("1 + ", error=DOWN), at("x = █\n"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"enabled": False}, Reason.DISABLED), ({"disabled_languages": frozenset({"python"})}, Reason.LANGUAGE_OFF)],
)
async def test_what_is_switched_off_asks_no_model(options: dict[str, Any], reason: Reason) -> None:
    model = FakeModel("x")
    assert await outcome(model, at("x = █\n"), **options) is reason
    assert not model.prompts


async def test_a_binary_document_asks_no_model() -> None:
    model = FakeModel("x")
    assert await outcome(model, at("\0\1\2\n█\n")) is Reason.BINARY
    assert not model.prompts


async def test_a_document_that_is_too_large_asks_no_model() -> None:
    model = FakeModel("x")
    assert await outcome(model, at("x = 1\n" * 3_000_000 + "█")) is Reason.TOO_LARGE
    assert not model.prompts


async def test_an_unknown_language_still_gets_completions() -> None:
    assert await shown("foo bar █\n", " baz\n", "no-such-language") == "baz"


async def test_the_family_follows_the_served_model_and_is_asked_once() -> None:
    model = FakeModel("1\n")
    auto = completer(model, family="auto")
    for _ in range(2):
        await auto.complete(CompletionRequest(at("x = █\n"), invoked=False))
    assert model.described == 1
    assert model.prompts[0].text.startswith("[INST]")


async def test_automatic_requests_wait_and_invoked_ones_do_not() -> None:
    waited: list[float] = []

    async def note(delay_s: float, _result: object = None) -> None:
        waited.append(delay_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mistral_lsp.features.completion.asyncio.sleep", note)
        await outcome(FakeModel("1\n"), at("x = █\n"), delay_s=7.0)
        automatic = 7.0 in waited
        waited.clear()
        await outcome(FakeModel("1\n"), at("x = █\n"), delay_s=7.0, invoked=True)
    assert automatic
    assert 7.0 not in waited


async def test_what_the_editor_has_waited_counts() -> None:
    waited: list[float] = []

    async def note(delay_s: float, _result: object = None) -> None:
        waited.append(delay_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mistral_lsp.features.completion.asyncio.sleep", note)
        request = CompletionRequest(at("x = █\n"), invoked=False, waited_s=5.0)
        await completer(FakeModel("1\n"), delay_s=7.0).complete(request)
        assert 2.0 in waited
        waited.clear()
        await completer(FakeModel("1\n"), delay_s=4.0).complete(request)
        assert set(waited) <= {0}


@pytest.mark.parametrize(
    ("place", "options", "reason"),
    [
        ("# a █\n", {"in_comments": False}, Reason.IN_COMMENT),
        ('x = "a █"\n', {"in_strings": False}, Reason.IN_STRING),
        ('"""A █\n"""\n', {"in_strings": False}, Reason.IN_STRING),
        ("# a █\n", {"in_strings": False}, None),
        ('x = "a █"\n', {"in_comments": False}, None),
        ("x = █\n", {"in_comments": False, "in_strings": False}, None),
    ],
)
async def test_comments_and_strings_can_be_left_alone(
    place: str, options: dict[str, bool], reason: Reason | None
) -> None:
    model = FakeModel(" b\n")
    shown = await outcome(model, at(place), **options)
    assert (shown if isinstance(shown, Reason) else None) is reason
    assert bool(model.prompts) is (reason is None)
    assert not isinstance(await outcome(model, at(place), invoked=True, **options), Reason)


async def test_nothing_is_asked_right_after_a_deletion_until_something_is_typed() -> None:
    model = FakeModel(" 1\n")
    auto = completer(model)
    for text in ("x = a + b█\n", "x = a + █\n"):
        auto.follow(at(text).document)
    deleted = at("x = a + █\n")
    assert await auto.complete(CompletionRequest(deleted, invoked=False)) is Reason.DELETED
    assert not model.prompts
    assert isinstance(await auto.complete(CompletionRequest(deleted, invoked=True)), Suggestion)
    asked = len(model.prompts)
    auto.follow(at("x = a + (█\n").document)
    assert isinstance(await auto.complete(CompletionRequest(at("x = a + (█\n"), invoked=False)), Suggestion | Reason)
    assert len(model.prompts) == asked + 1


async def test_text_is_told_as_it_comes_in_whole_lines() -> None:
    told: list[str] = []
    model = FakeModel("\n    c = a + b\n    d = c\n    return d\n\n\nx")
    cursor = at("def add(a, b):\n    █\n")
    result = await completer(model).complete(CompletionRequest(cursor, invoked=True), on_text=told.append)
    assert isinstance(result, Suggestion)
    assert told[0] == "c = a + b"
    assert all(result.text.startswith(text) for text in told)


async def test_warming_up_asks_the_model_for_nothing() -> None:
    model = FakeModel("1\n")
    await completer(model, family="auto").warm_up()
    await completer(model).warm_up()
    assert model.warmed_up == 2
    assert not model.prompts
    assert not model.described


async def test_a_line_that_the_token_limit_cut_off_is_not_shown_below_others() -> None:
    body = "y = 1\nz = 2\nwhole_na"
    asked = "x = 0\n█\n"
    cut = Typist(FakeModel(list(body), usage=Usage(answer_tokens=64)), max_tokens=64)
    assert await cut.at(asked, invoked=True) == "y = 1\nz = 2"
    ended = Typist(FakeModel(list(body), usage=Usage(answer_tokens=9)), max_tokens=64)
    assert await ended.at(asked, invoked=True) == body
    alone = Typist(FakeModel(list("whole_na"), usage=Usage(answer_tokens=64)), max_tokens=64)
    assert await alone.at(asked, invoked=True) == "whole_na"  # a beginning is better than nothing


async def test_an_answer_that_is_all_there_does_not_wait_for_the_end_of_its_response() -> None:
    over = asyncio.Event()
    model = FakeModel("b", usage=Usage(answer_tokens=1, is_final=True), over=over)
    typist = Typist(model)
    assert await asyncio.wait_for(typist.at("x = a + █\n"), 5) == "b"
    connected = model.connected
    assert (model.finished, model.hung_up) == (0, 0)
    over.set()
    await until(lambda: model.finished == 1)
    await until(lambda: model.connected > connected)  # not before its own connection is free again
    assert await typist.at("x = a + █\n") == "b"
    assert typist.asked == 1


async def test_an_answer_that_is_all_there_stays_so_when_its_response_is_left() -> None:
    model = FakeModel("b", usage=Usage(answer_tokens=1, is_final=True), over=asyncio.Event())
    typist = Typist(model)
    assert await asyncio.wait_for(typist.at("x = a + █\n"), 5) == "b"
    typist.completer.end()
    await until(lambda: model.hung_up == 1)


async def test_a_family_that_shows_nothing_of_what_is_below_gets_that_room_above() -> None:
    above = "".join(f"a_{number} = {number}\n" for number in range(400))
    below = "\n" + "".join(f"b_{number} = {number}\n" for number in range(400))
    sizes = {}
    for family in ("smollm2", "mistral-v3"):
        model = FakeModel("c\n")
        await Typist(model, family=family, context_tokens=200).at(f"{above}x = █{below}")
        sizes[family] = model.prompts[0].text.count("a_")
    assert sizes["smollm2"] > sizes["mistral-v3"]
