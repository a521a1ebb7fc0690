"""VS Code's windows, and that none of them leaves anything behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.tgi_script import Fault, Script

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.looking import until
from support.vscode_session import shows

if TYPE_CHECKING:
    from support.code_server import CodeServer
    from support.vscode import Window

    from mistral_lsp.bench.endpoint import Endpoint


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_windows_on_a_folder_have_ghost_text_each_and_one_that_is_closed_leaves_nothing_behind(
    window: Window, tgi: Endpoint
) -> None:
    [first] = window.server.servers()
    async with window.another(window.folder) as second:
        await second.open("second.py", "total = █\n")
        await until(lambda: shows(second, "+ b"), "ghost text in the second window")
        await second.screenshot("second-window")
        assert len(window.server.servers()) == 2
        await window.page.bring_to_front()
        await window.open("beside.py", "total = █\n")
        await until(lambda: shows(window, "+ b"), "ghost text in the first window")
        tgi.script = Script(fault=Fault.SILENT)
        await second.page.bring_to_front()
        requests, hangups = len(tgi.requests), len(tgi.hangups)
        await second.type("\nother = c ")
        await tgi.next_request(after=requests)
    await tgi.next_hangup(after=hangups)  # it was closed while it waited
    await until(lambda: _has_servers(window, [first]), "the second window's server is gone")
    tgi.script = Script(reply="+ d\n")
    await window.page.bring_to_front()
    await window.press("Control+1")
    await until(lambda: shows(window, "+ d"), "ghost text in the first window")
    assert await window.notifications() == []


async def _has_servers(window: Window, pids: list[int]) -> bool:
    return window.server.servers() == pids


async def test_an_extension_that_is_switched_off_leaves_no_server_and_one_that_is_switched_on_has_ghost_text(
    window: Window, tgi: Endpoint
) -> None:
    await window.command("Extensions: Disable All Installed Extensions")
    await window.page.locator(".statusbar-item", has_text="Mistral").wait_for()  # until the window is loaded anew
    await window.reload()
    await until(lambda: _has_servers(window, []), "no server")
    await window.open("off.py", "total = █\n")
    assert await window.page.locator(".statusbar-item", has_text="Mistral").count() == 0
    count = len(tgi.requests)
    await window.command("Extensions: Enable All Extensions")
    await window.status(lambda text: "starting" not in text)
    await window.press("Control+1")
    await until(lambda: shows(window, "+ b"), "ghost text")
    assert len(tgi.requests) > count
    assert len(window.server.servers()) == 1


async def test_no_server_outlives_the_editor(code_server: CodeServer, opened: Window) -> None:
    assert not opened.page.is_closed()
    pids = code_server.servers()
    assert pids
    code_server.process.terminate()
    await code_server.process.wait()

    async def are_gone() -> bool:
        return not any(_is_there(pid) for pid in pids)

    await until(are_gone, "the servers are gone")


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
