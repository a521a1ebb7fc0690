"""Code blocks in what a model wrote."""

from __future__ import annotations

import pytest

from mistral_lsp.core.fences import Block, split


@pytest.mark.parametrize(
    ("markdown", "blocks", "words"),
    [
        ("no code", [], "no code"),
        ("a\n```python\nx = 1\n```\nb", [Block("x = 1", "python", is_closed=True)], "a\nb"),
        ("```\r\nx\r\n```\r\n", [Block("x", "", is_closed=True)], ""),
        ("````md\n```\nx\n```\n````", [Block("```\nx\n```", "md", is_closed=True)], ""),
        ("~~~\nx\n~~~", [Block("x", "", is_closed=True)], ""),
        ("```py\nx = ", [Block("x = ", "py", is_closed=False)], ""),
        (
            "```\na\n```\n```\nb\n```",
            [Block("a", "", is_closed=True), Block("b", "", is_closed=True)],
            "",
        ),
        ("`x` and ```y``` inline", [], "`x` and ```y``` inline"),
    ],
)
def test_split(markdown: str, blocks: list[Block], words: str) -> None:
    assert split(markdown) == (blocks, words)
