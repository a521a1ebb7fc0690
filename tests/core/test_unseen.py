from __future__ import annotations

import pytest

from mistral_lsp.core import unseen
from mistral_lsp.core.unseen import show_unseen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "if access != 'user\u202e \u2066// admin\u2069 \u2066':",
            "if access != 'user<U+202E> <U+2066>// admin<U+2069> <U+2066>':",
        ),
        ("a\u200bb", "a<U+200B>b"),
        ("x\U000e0041\U000e0042", "x<U+E0041><U+E0042>"),
        ("a\u200db", "a<U+200D>b"),
        ("\ufeffimport os", "<U+FEFF>import os"),
        ("b\ufe00", "b<U+FE00>"),
    ],
)
def test_what_hides_is_spelled_out(text: str, shown: str) -> None:
    assert show_unseen(text) == shown


@pytest.mark.parametrize(
    "text", ["plain", "größe", "日本語", "👩\u200d💻", "❤️", "\u0645\u06cc\u200c\u062e\u0648", "", "a\tb\r\n"]
)
def test_what_people_write_stays(text: str) -> None:
    assert show_unseen(text) == text


def test_of_more_than_any_file_has_the_rest_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "_MAX_RUNS", 2)
    assert show_unseen("a\u200bb\u202ec\u200bd\u200d\u2066e") == "a<U+200B>b<U+202E>cde"
    assert show_unseen("a\u200bb\u202e 👩\u200d💻") == "a<U+200B>b<U+202E> 👩\u200d💻"
