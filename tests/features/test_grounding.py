"""What a place stands in, told without a parse where the outline is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.assistant import grounding
from support.cursor import at

from mistral_lsp.core.enclosing import Scopes

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor

IN_METHOD = Scopes(is_in_function=True, is_in_class=True)
IN_FUNCTION = Scopes(is_in_function=True, is_in_class=False)
IN_CLASS = Scopes(is_in_function=False, is_in_class=True)
OUTSIDE = Scopes(is_in_function=False, is_in_class=False)


@pytest.mark.parametrize(
    ("marked", "scopes"),
    [
        ("class C:\n    def f(self):\n        return █1\n", IN_METHOD),
        ("def f():\n    return █1\n", IN_FUNCTION),
        ("class C:\n    x = █1\n", IN_CLASS),
        ("x = █1\n", OUTSIDE),
    ],
)
@pytest.mark.parametrize("is_outlined", [True, False])
async def test_a_place_stands_in_the_same_by_outline_and_by_tree(
    marked: str, scopes: Scopes, *, is_outlined: bool
) -> None:
    one, cursor = grounding(), at(marked)
    if is_outlined:
        await one.outline(cursor.document)
    assert await one.scopes(cursor) == scopes


async def test_a_known_outline_saves_the_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    one, cursor = grounding(), at("def f():\n    return █1\n")
    await one.outline(cursor.document)

    async def parsed(_: Cursor) -> None:
        raise AssertionError

    monkeypatch.setattr(one, "syntax", parsed)
    assert await one.scopes(cursor) == IN_FUNCTION
