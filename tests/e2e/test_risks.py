"""Risky suggestions over real stdio: shown with a mark, or not shown, as the user says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.risk_table import Risk

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

LINE = "answer = get(url, \n"
REPLY = "verify=False)\n"
WITHIN_S = 30.0


async def why(editor: Editor) -> str:
    told: str = await editor.request("workspace/executeCommand", {"command": "mistralLsp.why", "arguments": ["quiet"]})
    return next(line for line in told.splitlines() if line.startswith("- "))


async def test_a_risky_suggestion_is_shown_and_marked_where_a_mark_can_be(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=REPLY)
    async with start(endpoint.url, options={"completion": {"in_menu": True}}) as editor:
        editor.open(LINE)
        editor.after("url, ")
        [item] = await editor.ghost_text() or []
        assert item["insertText"] == "verify=False)"
        assert f"adds {Risk.NO_TLS_CHECK}" in await why(editor)
        statuses = [params for method, params in editor.notifications if method == "$/mistralLsp/status"]
        assert statuses[-1]["risks"] == ["no_tls_check"]
        assert str(Risk.NO_TLS_CHECK) in statuses[-1]["message"]
        params = {"textDocument": {"uri": editor.uri}, "position": editor.position()}
        [row] = (await editor.request("textDocument/completion", params))["items"]
        assert row["detail"] == f"mistral-lsp; adds {Risk.NO_TLS_CHECK}"
        editor.open("total = a \n", uri="file:///project/other.py")
        editor.after("a ")
        endpoint.script = Script(reply="+ b\n")
        assert await editor.ghost_text()
        statuses = [params for method, params in editor.notifications if method == "$/mistralLsp/status"]
        assert statuses[-1]["message"] == "the model answers"
        assert "risks" not in statuses[-1]


async def test_dropped_it_is_a_silence_with_a_reason(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=REPLY)
    async with start(endpoint.url, options={"completion": {"risky": "drop"}}) as editor:
        editor.open(LINE)
        editor.after("url, ")
        assert await editor.ghost_text() == []
        assert f"nothing shown, since {Reason.ADDS_NO_TLS_CHECK}" in await why(editor)


async def looked(editor: Editor, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while editor.stderr.count("packages: python ") < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("risky", "told"), [("mark", f"adds {Risk.UNKNOWN_PACKAGE}"), ("drop", str(Reason.ADDS_UNKNOWN_PACKAGE))]
)
async def test_an_import_is_compared_with_what_the_project_has(
    start: Start, endpoint: Endpoint, tmp_path: Path, risky: str, told: str
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "requirements.txt").write_text("numpy\n")
    endpoint.script = Script(reply=" madeup\n")
    async with start(endpoint.url, options={"completion": {"risky": risky}}, capabilities={}) as editor:
        event = {"added": [{"uri": root.as_uri(), "name": "root"}], "removed": []}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await looked(editor, 1)
        editor.open("import numpy\n\nimport \n", uri=(root / "a.py").as_uri())
        editor.after("\n\nimport ")
        shown = await editor.ghost_text()
        assert bool(shown) == (risky == "mark")
        assert told in await why(editor)
        (root / "requirements.txt").write_text("numpy\nmadeup\n")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": (root / "requirements.txt").as_uri()}})
        await looked(editor, 2)
        assert await editor.ghost_text()
        assert "adds" not in await why(editor)
    assert "madeup" not in editor.stderr
