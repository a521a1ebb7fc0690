"""Where the grammar can't read a file."""

from __future__ import annotations

import time

import pytest

from mistral_lsp.core.languages import language_of
from mistral_lsp.core.syntax_errors import MAX_ERRORS, ErrorParse
from mistral_lsp.core.text import Text


def found(code: str, language: str = "python") -> list[tuple[str, str]]:
    """The stretches of code that are wrong, and what is said of them."""
    text = Text.of(code)
    parse = ErrorParse(text, language_of(language), clock=time.perf_counter)
    while not parse.step():
        pass
    return [(text.slice(one.start, one.end), one.message) for one in parse.found]


@pytest.mark.parametrize(
    ("code", "language"),
    [("x = 1\n", "python"), ("", "python"), ("const a = 1;\n", "javascript"), ("(((", "plaintext"), ("\r\n", "go")],
)
def test_healthy_code_has_none(code: str, language: str) -> None:
    assert found(code, language) == []


def test_the_stretch_is_named_on_its_first_line() -> None:
    [(code, message)] = found("x = 1\ny = = 2\nz = 3\n")
    assert code.startswith("=")
    assert "\n" not in code
    assert "doesn't fit" in message


def test_what_is_missing_is_named() -> None:
    assert ("", "Syntax error: `)` is missing here") in found("f(1;\n", "javascript")


def test_there_is_a_limit() -> None:
    assert len(found("= )\n" * 5_000)) <= MAX_ERRORS


def test_it_counts_characters_not_bytes() -> None:
    [(code, _), *_] = found("ä = 'ö'\nx = = 1\n")
    assert code.startswith("=")
