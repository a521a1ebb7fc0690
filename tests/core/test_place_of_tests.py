"""Where the tests of a file go."""

from __future__ import annotations

import pytest

from mistral_lsp.core.place_of_tests import tests_of as place_of


@pytest.mark.parametrize(
    ("path", "language", "known", "then"),
    [
        ("shop/cart.py", "python", ["tests/test_a.py"], "tests/test_cart.py"),
        ("shop/cart.py", "python", ["shop/cart.py"], "shop/test_cart.py"),
        ("cart.ts", "typescript", [], "cart.test.ts"),
        ("src/App.tsx", "typescriptreact", [], "src/App.test.tsx"),
        ("pkg/cart.go", "go", [], "pkg/cart_test.go"),
        ("src/main/java/a/Cart.java", "java", [], "src/test/java/a/CartTest.java"),
        ("src/cart.rs", "rust", [], "src/cart_test.rs"),
    ],
)
def test_by_the_habits_of_the_language(path: str, language: str, known: list[str], then: str) -> None:
    assert place_of(path, language, known) == then
