"""What VS Code's user meets when something is not as it should be: files, servers and folders."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.looking import until
from support.vscode_session import asks, shows

if TYPE_CHECKING:
    from support.vscode import Window


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_in_a_huge_file_nothing_is_suggested_and_the_menu_says_why(window: Window, tgi: Endpoint) -> None:
    path = window.folder / "huge.py"
    path.write_text(f"x = 1  # one of many {'long ' * 30} lines\n" * 95_000)  # over 16 MB
    await window.go(path)
    await window.menu("gives no extension the text of a file as large as this")
    await window.press("Escape")
    await window.page.locator(".monaco-button", has_text="Open Anyway").click()
    await window.page.locator(".part.editor .monaco-editor").first.click()
    count = len(tgi.requests)
    await window.press("Home")
    await window.type("total = a ")

    async def is_told() -> bool:
        await window.press("Escape", "Control+1", "Control+Alt+i")
        await asyncio.sleep(1)  # the menu takes the request away
        return "The document is too large." in await window.rows()

    await until(is_told, "why")
    await window.press("Escape")
    assert len(tgi.requests) == count
    await window.command("View: Revert and Close Editor")


async def test_in_a_read_only_file_nothing_is_suggested_and_the_menu_says_why(window: Window, tgi: Endpoint) -> None:
    path = window.folder / "locked.py"
    path.write_text("total = a ")
    path.chmod(0o444)
    await window.go(path)
    await window.page.locator(".part.editor .monaco-editor.focused").first.wait_for()
    count = len(tgi.requests)
    await window.press("Control+End", "Control+Alt+i")
    await window.menu("The file is read-only.")
    assert len(tgi.requests) == count


@pytest.mark.parametrize(
    ("title", "name", "scheme"),
    [("Open Remote File", "remote.py", "elsewhere"), ("Open Old Version", "old.py", "before")],
)
async def test_in_what_is_no_file_of_this_machine_nothing_is_suggested_and_the_menu_says_why(
    window: Window, tgi: Endpoint, title: str, name: str, scheme: str
) -> None:
    await window.command(f"Others: {title}")
    await window.page.locator(".tab.active", has_text=name).wait_for()
    await window.page.locator(".part.editor .monaco-editor.focused").first.wait_for()
    count = len(tgi.requests)
    await window.press("Control+End")
    await window.type("total = a ")
    await window.press("Control+Alt+i")
    await window.menu(f'This is no file of this machine, but one of "{scheme}:".')
    await window.press("Escape")
    await window.command("Mistral LSP: Why Is There No Suggestion?")
    await window.lines(f'Nothing is suggested here, since this is no file of this machine, but one of "{scheme}:".')
    assert len(tgi.requests) == count
    await window.command("View: Revert and Close Editor")


async def test_in_a_file_without_a_name_there_is_ghost_text(window: Window) -> None:
    await window.press("Control+Alt+u")
    await window.page.locator(".tab.active", has_text="Untitled").wait_for()
    await window.type("total = a ")
    await window.ghost_text("+ b")
    await window.command("View: Revert and Close Editor")


async def test_a_server_that_is_killed_comes_back_and_nothing_pops_up(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(fault=Fault.SILENT)
    await window.open("killed.py", "total = █\n")
    await window.type("a ")
    await tgi.next_request(after=len(tgi.requests))
    [pid] = window.server.servers()
    os.kill(pid, signal.SIGKILL)

    async def is_another() -> bool:
        return [one for one in window.server.servers() if one != pid] != []

    await until(is_another, "another server")
    tgi.script = Script(reply="+ b\n")
    await until(lambda: asks(window, tgi), "the new server is asked")
    assert await window.notifications() == []


async def test_a_server_that_always_dies_is_told_of_once_with_a_button_that_mends_it(window: Window) -> None:
    for _ in range(3):

        async def is_one() -> bool:
            return len(window.server.servers()) == 1

        await until(is_one, "a server")
        await window.status(lambda text: "starting" not in text)
        [pid] = window.server.servers()
        os.kill(pid, signal.SIGKILL)

        async def is_gone(pid: int = pid) -> bool:
            return pid not in window.server.servers()

        await until(is_gone, "it is gone")
    await window.notified("ended by itself several times")
    assert window.server.servers() == []
    await window.page.locator(".notification-list-item .monaco-button", has_text="Restart").click()
    await window.status(lambda text: "is running" in text)


async def test_a_server_that_is_not_there_or_does_not_start_is_told_of(
    window: Window, settings: dict[str, Any]
) -> None:
    home = window.server.home
    crash = home / "crashes"
    crash.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo mistral-lsp 0.1.0 && exit 0\necho "boom: no such thing" >&2\nexit 1\n'
    )
    old = home / "old-python"
    old.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'tomllib'\" >&2\nexit 1\n")
    for path, words in (
        (home / "nowhere", "There is no program at"),
        (crash, "It said: boom: no such thing"),
        (old, "It needs Python 3.11 or newer"),
    ):
        if path.exists():
            path.chmod(0o755)
        window.server.configure(settings | {"mistralLsp.server.path": str(path)})
        await window.notified(words)
        await window.says(words)
        await until(lambda: _has_no_server(window), "the old server is gone")
        await window.press("Control+Alt+c")
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def test_a_server_that_is_older_than_the_extension_runs_and_is_told_of_once(
    window: Window, settings: dict[str, Any]
) -> None:
    older = window.server.home / "older"
    real = settings["mistralLsp.server.path"]
    older.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo mistral-lsp 0.0.1 && exit 0\nexec {real} "$@"\n')
    older.chmod(0o755)
    window.server.configure(settings | {"mistralLsp.server.path": str(older)})
    await window.notified("0.0.1 from the setting mistralLsp.server.path is older than this extension")
    await window.status(lambda text: "is running" in text)
    await window.press("Control+Alt+c")
    before = window.server.servers()
    await window.command("Mistral LSP: Restart the Server")

    async def is_another() -> bool:
        return window.server.servers() not in ([], before)

    await until(is_another, "another server")
    await window.status(lambda text: "is running" in text)
    assert await window.notifications() == []
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def _has_no_server(window: Window) -> bool:
    return window.server.servers() == []


async def test_a_folder_that_is_not_trusted_moves_nothing_and_has_ghost_text(
    window: Window, tgi: Endpoint, settings: dict[str, Any]
) -> None:
    folder = window.server.home / "untrusted"
    (folder / ".vscode").mkdir(parents=True)
    async with Endpoint() as other:
        tgi.script = Script(reply="+ b\n")
        theirs = f'{{"mistralLsp.endpoint.url": "{other.url}", "mistralLsp.server.path": "{folder}/evil"}}'
        (folder / ".vscode" / "settings.json").write_text(theirs)
        evil = folder / "evil"
        evil.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
        evil.chmod(0o755)
        window.server.configure(settings | {"security.workspace.trust.enabled": True})
        async with window.another(folder) as stranger:
            await stranger.page.locator(".statusbar-item", has_text="Restricted Mode").wait_for()
            await stranger.open("a.py", "total = █\n")
            await until(lambda: shows(stranger, "+ b"), "ghost text")
            await stranger.screenshot("untrusted")
        assert not other.requests
        assert not (folder / "ran").exists()
        window.server.configure(settings)
