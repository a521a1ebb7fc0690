"""Names that a model made up."""

from __future__ import annotations

import pytest

from mistral_lsp.core.names import MARK, invented, marked

SEEN = "def total(prices):\n    return sum(prices) + shop.tax\n"


@pytest.mark.parametrize(
    ("prose", "names"),
    [
        ("`total` of `prices`", []),
        ("`shop.tax`", []),
        ("`shop.taxes`", ["taxes"]),
        ("call `calculate_total()`", ["calculate_total"]),
        ("`sum`, `len(…)`, `None`, `ValueError`, `str.join`, `itertools`, `async`", []),
        ("write `a + bogus_name`", []),  # an expression is no name
        ("`42`, `x`, `i`", []),
        ("no backticks: bogus_name", []),
    ],
)
def test_python(prose: str, names: list[str]) -> None:
    assert invented(prose, SEEN, "python") == names


@pytest.mark.parametrize(
    ("language", "prose", "names"),
    [
        ("typescript", "`console.log`, `Promise`, `undefined`, `fetchAll`", ["fetchAll"]),
        ("go", "`fmt.Println`, `nil`, `doIt`", ["doIt"]),
        ("rust", "`Option`, `unwrap`, `frobnicate`", ["frobnicate"]),
        ("java", "`NullPointerException`, `frobnicate`", ["frobnicate"]),
        ("cpp", "`std`, `nullptr`, `frobnicate`", ["frobnicate"]),
        ("cobol", "`FROBNICATE`", []),  # whose words aren't known
    ],
)
def test_other_languages(language: str, prose: str, names: list[str]) -> None:
    assert invented(prose, "", language) == names


def test_each_is_marked_and_the_mark_explained_once() -> None:
    text = marked("Call `fix()`, then `fix()` and `total`.", SEEN, "python")
    assert text.startswith(f"Call `fix()` {MARK}, then `fix()` {MARK} and `total`.")
    assert text.count("not found") == 1


def test_nothing_is_added_where_nothing_is_made_up() -> None:
    assert marked("`total` is fine.", SEEN, "python") == "`total` is fine."
