"""The library: from a context to a prompt, and what its answer has to begin with."""

from __future__ import annotations

import pytest

from mistral_lsp.core.context import Context
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.prompt_file import PromptFileError
from mistral_lsp.core.trigger import Shape

HEAD = '{% set max_tokens = 100 %}{% set stop = ["END"] %}{% set control_tokens = ["<x>"] %}'
LIBRARY = PromptLibrary(
    {
        "base": HEAD + "{{ suffix }}|{{ prefix }}",
        "small": HEAD + "{% set context_tokens = 50 %}{{ prefix }}",
        "fragile": HEAD + "{{ 1 // (path.count('!') - 1) }}{{ prefix }}",
    }
)


def context(prefix: str = "x = ", suffix: str = "", path: str = "a.py") -> Context:
    return Context(path, "python", prefix, suffix)


def test_the_end_of_the_prefix_is_held_back() -> None:
    prompt, healing = LIBRARY.completion("base", context("x = ", "\ny = 1\n"), Shape.LINE)
    assert prompt.text == "\ny = 1\n|x ="
    assert prompt.begins_with == healing.held_back == " "


def test_a_line_ends_at_its_newline() -> None:
    assert LIBRARY.completion("base", context("x = "), Shape.LINE)[0].stop == ("\n", "END")


@pytest.mark.parametrize("prefix", ["import os\n\n", "def f():\n    ", "def f():\n    ret", ""])
def test_where_the_answer_may_begin_with_a_newline_that_is_no_stop(prefix: str) -> None:
    assert LIBRARY.completion("base", context(prefix), Shape.LINE)[0].stop == ("END",)


def test_a_block_has_many_lines() -> None:
    assert LIBRARY.completion("base", context(), Shape.BLOCK)[0].stop == ("END",)


@pytest.mark.parametrize(("wanted", "given"), [(None, 100), (64, 64), (1000, 100)])
def test_the_answer_is_no_longer_than_the_family_is_good_for(wanted: int | None, given: int) -> None:
    assert LIBRARY.completion("base", context(), Shape.BLOCK, max_tokens=wanted)[0].max_tokens == given


def test_a_family_may_want_less_of_the_file() -> None:
    assert LIBRARY.context_tokens("base", 1024) == 1024
    assert LIBRARY.context_tokens("small", 1024) == 50
    assert LIBRARY.context_tokens("small", 20) == 20


def test_control_tokens_are_neutralised_in_every_value() -> None:
    prompt, _ = LIBRARY.completion("base", context("'<x>' + ", "<x>\n"), Shape.LINE)
    assert prompt.text == "< x>\n|'< x>' +"


def test_a_model_whose_family_has_no_file_gets_the_plain_one() -> None:
    assert LIBRARY.family_of("mistralai/Mistral-7B-Instruct-v0.3") == "base"
    assert LIBRARY.families == ("base", "fragile", "small")


def test_a_family_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        LIBRARY.completion("other", context(), Shape.LINE)


def test_a_file_that_fails_at_this_very_text_says_where() -> None:
    with pytest.raises(PromptFileError, match="zero") as raised:
        LIBRARY.completion("fragile", context(path="!.py"), Shape.LINE)
    assert raised.value.line == 1
