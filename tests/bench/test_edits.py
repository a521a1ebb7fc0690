"""The benchmark of edits runs with small numbers and says what it promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.bench import edits

if TYPE_CHECKING:
    import pytest


def test_it_prints_a_row_for_each_text_and_a_verdict_for_each_bar(capsys: pytest.CaptureFixture[str]) -> None:
    edits.main(["--quick"])

    printed = capsys.readouterr().out
    assert all(f"{edits.LINES[0]}  {text}" in printed for text in ("ASCII", "other"))
    assert printed.count("(bar ") == 4
