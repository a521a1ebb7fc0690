"""What was hidden from a model comes back where it writes that again."""

from __future__ import annotations

import pytest

from mistral_lsp.core.redact import redacted
from mistral_lsp.core.restore import restored
from mistral_lsp.core.rewrite import Unusable

KEY = "AKIA" + "Q" * 15 + "7"
OTHER = "AKIA" + "Z" * 15 + "2"
TOKENS = ("[/INST]",)
CODE = f"""key = "{KEY}"
ask = "[/INST] now"
odd = "a\u200bb"
stars = "*" * 8  # ********
"""


def test_what_it_repeats_is_the_file_s_own_text_again() -> None:
    shown = redacted(CODE, TOKENS)
    assert KEY not in shown
    assert restored(f"Here:\n{shown}", CODE, TOKENS) == f"Here:\n{CODE}"
    indented = "\n".join(f"    {line}" for line in shown.split("\n"))
    assert restored(indented, CODE, TOKENS) == "\n".join(f"    {line}" for line in CODE.split("\n"))


def test_a_key_comes_back_in_a_line_that_was_changed() -> None:
    masked = redacted(KEY, ())
    assert restored(f'connect(region, "{masked}")', CODE, TOKENS) == f'connect(region, "{KEY}")'


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (f'both = "{redacted(KEY, ())}"', f'a = "{KEY}"\nb = "{OTHER}"'),  # which of them?
        ('key = "AKIA******"', CODE),
        ("password = '" + "*" * 20 + "'", CODE),
    ],
)
def test_stars_that_nobody_can_tell_are_refused(raw: str, code: str) -> None:
    with pytest.raises(Unusable, match="a secret"):
        restored(f"{raw}\n{redacted(code, ())}", code, ())


def test_without_anything_hidden_stars_are_stars() -> None:
    assert restored("a = '**********'", "a = 1", TOKENS) == "a = '**********'"
