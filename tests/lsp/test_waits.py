from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types

from mistral_lsp.lsp.waits import NEOVIM_S, VS_CODE_S, waited_s

CAPS = Path(__file__).parents[1] / "support" / "caps"


@pytest.mark.parametrize(
    ("file", "seconds"),
    [
        ("neovim_v0.12.4", NEOVIM_S),
        ("vscode_v1.139.1_lc11.0.0", VS_CODE_S),
        ("helix_v25.07.1", 0.0),
        ("emacs_v30.1_eglot", 0.0),
    ],
)
def test_editors_are_known_by_the_names_that_they_give(file: str, seconds: float) -> None:
    about = json.loads((CAPS / f"{file}.json").read_text())["clientInfo"]
    assert waited_s(types.ClientInfo(about["name"])) == seconds


def test_an_unknown_editor_has_not_waited() -> None:
    assert waited_s(None) == 0.0
    assert waited_s(types.ClientInfo("")) == 0.0
