from __future__ import annotations

import os

from mistral_lsp.model import engine_process, llamacpp_wire


def test_one_core_is_left_to_the_editor() -> None:
    assert 1 <= engine_process._spare_cores() <= max(1, (os.cpu_count() or 1) - 1)


def test_the_literal_of_a_grammar_holds_any_character() -> None:
    assert llamacpp_wire._escaped('a "é\n') == r"a \U00000022\U000000E9\U0000000A"
