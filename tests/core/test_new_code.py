"""Answers that stand beside what is there."""

from __future__ import annotations

import pytest
from support.cursor import span

from mistral_lsp.core.languages import language_of
from mistral_lsp.core.new_code import below, only_block, with_imports
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.rewrite import Unusable

FENCE = "```python\n{}\n```"


@pytest.mark.parametrize(
    ("code", "then"),
    [
        ("x = 1\ny = 2", "    # set them\n    x = 1\n    y = 2\n"),
        ("    x = 1", "    # set them\n    x = 1\n"),
        ("# set them\nx = 1", "    # set them\n    x = 1\n"),
    ],
)
def test_lines_come_below_a_comment_in_its_indentation(code: str, then: str) -> None:
    place = span("def f():\n«    # set them»\n")
    one = below(FENCE.format(code), place)
    assert str(place.document.text.replace(one.start, one.end, one.text)) == f"def f():\n{then}"


def test_a_comment_alone_is_refused() -> None:
    with pytest.raises(Unusable, match="repeated the comment"):
        below(FENCE.format("# set them"), span("«# set them»\n"))


@pytest.mark.parametrize(
    ("raw", "why"),
    [("no", "in words"), ("", "nothing"), ("```\na", "cut off"), ("```\na\n```\n```\nb\n```", "2 pieces")],
)
def test_an_answer_needs_one_block(raw: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        only_block(raw)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("import os\n\nx = 1\n", "import os\nimport math\n\nx = 1\n"),
        ("import math\nx = 1\n", "import math\nx = 1\n"),
        ('#!/usr/bin/python\n"""Doc."""\nx = 1\n', '#!/usr/bin/python\n"""Doc."""\nimport math\nx = 1\n'),
        ('"""Doc.\n\nMore.\n"""\ndef f(): pass\n', '"""Doc.\n\nMore.\n"""\nimport math\ndef f(): pass\n'),
        ("def f():\n    import os\n", "import math\ndef f():\n    import os\n"),
        ("import os\r\nx = 1\r\n", "import os\r\nimport math\r\nx = 1\r\n"),
    ],
)
def test_an_import_goes_to_the_others(text: str, then: str) -> None:
    document = span(f"«»{text}").document
    parse = OutlineParse(document.text, language_of("python"), clock=lambda: 0.0)
    assert parse.step()
    result = document.text
    for one in with_imports(("import math",), document, parse.outline):
        result = result.replace(one.start, one.end, one.text)
    assert str(result) == then
