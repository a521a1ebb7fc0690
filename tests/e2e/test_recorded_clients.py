"""The real server and the very capabilities that real editors send: tests/support/caps holds their recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.endpoint import Endpoint

RECORDINGS = sorted((Path(__file__).parents[1] / "support" / "caps").glob("*.json"))
BEFORE = "s = 'é😀'; total = a "  # 20 code points; é is 2 bytes, the emoji 4 bytes and 2 UTF-16 units
COLUMNS = {"utf-8": 24, "utf-16": 21, "utf-32": 20}


def test_there_is_a_recording_for_each_encoding() -> None:
    assert {preferred(recording(path)) for path in RECORDINGS} == set(COLUMNS)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
async def test_a_real_editor_s_session_gets_ghost_text_in_its_own_encoding(
    path: Path, start: Start, endpoint: Endpoint
) -> None:
    said = recording(path)
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, capabilities=said["capabilities"], options=said["initializationOptions"]) as editor:
        encoding = preferred(said)
        assert editor.server["capabilities"]["positionEncoding"] == encoding
        assert "inlineCompletionProvider" in editor.server["capabilities"]
        editor.open(f"# 😀\n{BEFORE}\n")
        editor.after(BEFORE)
        assert editor.position() == {"line": 1, "character": COLUMNS[encoding]}
        here = editor.position()
        [item] = await editor.ghost_text() or []
        assert (item["insertText"], item["range"]) == ("+ b", {"start": here, "end": here})


def recording(path: Path) -> dict[str, Any]:
    """What the editor said in `initialize`."""
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


def preferred(said: dict[str, Any]) -> str:
    """The encoding that the editor names first."""
    first: str = said["capabilities"]["general"]["positionEncodings"][0]
    return first
