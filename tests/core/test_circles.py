"""Prose that runs in circles ends before it does."""

from __future__ import annotations

import pytest

from mistral_lsp.core.circles import end_before_circles

SAID = "The name `prise` is a slip: it should be `price`."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"A.\n\n{SAID}\n\n{SAID}\n\n{SAID}\n", f"A.\n\n{SAID}"),
        (f"{SAID}\n\nMore.\n\n{SAID}\n\nElse.\n\n{SAID}\n\nx", f"{SAID}\n\nMore."),
        (f"A. {SAID} {SAID} {SAID} B", f"A. {SAID}"),
        (f"{SAID}\n\n{SAID}\n\n{SAID[:-3]}", None),
        (f"{SAID}\n\n{SAID}\n\n", None),
        ("Yes.\n\n" * 9, None),
        ("", None),
    ],
)
def test_the_third_time_ends_it_before_the_second(text: str, kept: str | None) -> None:
    end = end_before_circles(text)
    assert (None if end is None else text[:end]) == kept
