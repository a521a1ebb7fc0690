from __future__ import annotations

import ast
import sys

import pytest

from mistral_lsp.bench import demo
from mistral_lsp.bench.demo import BOLD, GHOST, PLACES, RESET, Painting
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.passthrough import CAPABILITIES

EXAMPLE = demo.EXAMPLE.read_text(encoding="utf-8")

# Answers every request for ghost text with the same item.
SERVER = f"""
import sys
from mistral_lsp.bench.passthrough import _answer as answer, _messages as messages
for message in messages(sys.stdin.buffer):
    match message["method"]:
        case "exit": break
        case "initialize": answer(message, {{"capabilities": {CAPABILITIES!r}}})
        case "textDocument/inlineCompletion": answer(message, {{"items": [{{"insertText": "word"}}]}})
        case _ if "id" in message: answer(message, None)
"""


def test_the_places_stand_once_in_the_example_and_in_its_order() -> None:
    assert [EXAMPLE.count(place.after) for place in PLACES] == [1, 1, 1]
    assert sorted(PLACES, key=lambda place: EXAMPLE.index(place.after)) == list(PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_with_a_fitting_answer_the_file_is_whole(place: demo.Place) -> None:
    ast.parse(EXAMPLE.replace(place.after, f"{place.after}{place.typed}word{place.closing}"))


def test_what_was_typed_and_what_came_differ_in_colour() -> None:
    painting = Painting(has_colour=True, stretches=[(2, 5, BOLD), (5, 9, GHOST)])
    assert painting.paint("a\nb(\nc\nd)e") == f"a\n{BOLD}b({RESET}\n{GHOST}c{RESET}\n{GHOST}d){RESET}e"


def test_without_colour_ghost_text_stands_between_guillemets() -> None:
    painting = Painting(has_colour=False, stretches=[(0, 2, BOLD), (2, 3, GHOST), (3, 4, BOLD)])
    assert painting.paint("f(x)") == "f(«x»)"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_a_place_is_typed_key_by_key_and_its_ghost_text_accepted(
    place: demo.Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "KEY_S", 0)
    painting = Painting(has_colour=False)
    async with Editor.start([sys.executable, "-c", SERVER]) as editor:
        editor.open(demo.EXAMPLE, "python")
        await demo.type_at(place, editor, painting)
        assert f"{place.typed}«word»{place.closing}" in painting.paint(str(editor.text))
        assert editor.files[editor.uri].version == 1 + len(place.typed) + bool(place.closing) + 1
    assert place.name in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionError("the server has gone\nThe server's log ends with:\nx"), "the server has gone"),
        (TimeoutError(), "the server does not answer"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
    ],
)
def test_what_goes_wrong_is_one_line(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail() -> None:
        raise error

    monkeypatch.setattr(demo, "_demo", fail)
    assert demo.main() == 1
    assert capsys.readouterr().err == f"The demo can't go on: {said}\n"
