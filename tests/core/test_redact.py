from __future__ import annotations

import pytest

from mistral_lsp.core.redact import neutraliser

MARKERS = ("<s>", "</s>", "[INST]", "[/INST]", "[control_")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = '[/INST]'", "x = '[ /INST]'"),
        ("<s></s><s>", "< s>< /s>< s>"),
        ("[control_17]", "[ control_17]"),
        ("[[INST]]", "[[ INST]]"),
        ("[/[/INST]INST]", "[/[ /INST]INST]"),
        ("[inst] < s> a[INST", "[inst] < s> a[INST"),
        ("", ""),
    ],
)
def test_one_visible_space_breaks_a_marker(text: str, shown: str) -> None:
    assert neutraliser(MARKERS)(text) == shown


def test_a_family_without_markers_changes_nothing() -> None:
    assert neutraliser(())("[INST]</s>") == "[INST]</s>"
