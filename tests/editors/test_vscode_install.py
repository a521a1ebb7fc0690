"""From a clone to ghost text of the embedded model in VS Code, by the lines of its README and one press of a button.

Where there is no server the extension makes an environment for it with the user's own Python, and keeps it in step with
itself. Both are done for real, twice: nearly all of the time is pip's, about 10 s each on two idle cores where pip has
fetched the packages before.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.looking import until
from support.neovim import descendants
from support.vscode_session import shows

if TYPE_CHECKING:
    from support.vscode import Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOT_THERE = "The server, mistral-lsp, is not on this machine yet."
INSTALLING_S = 240.0  # pip, on a busy machine that has fetched nothing yet
LOADING_S = 60.0  # the model, likewise


async def test_where_python_is_too_old_its_version_and_the_cure_are_told(
    window: Window, settings: dict[str, Any]
) -> None:
    old = window.server.home / "old-python"
    old.write_text("#!/bin/sh\necho 3.9.2\nexit 1\n")
    old.chmod(0o755)
    window.server.configure({"mistralLsp.server.python": str(old)})
    await window.notified(NOT_THERE)
    await press(window, "Install It")
    await window.notified(f"needs Python 3.11 or newer, and {old} is 3.9.2. Install a newer one, or say where it is")
    await window.screenshot("old-python")
    await window.press("Control+Alt+c")
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def test_an_installation_that_is_cancelled_leaves_nothing_behind(
    window: Window, settings: dict[str, Any]
) -> None:
    window.server.configure({})
    await window.notified(NOT_THERE)
    await press(window, "Install It")
    await window.notified("Installing the server")
    await until(lambda: installers(window), "a process that installs")
    await press(window, "Cancel")
    await window.notified("The installation was cancelled.")
    await window.screenshot("cancelled")
    assert list(storage(window.server.home).iterdir()) == []
    assert await installers(window) == []
    await window.press("Control+Alt+c")
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def test_where_there_is_no_server_one_press_makes_it_an_environment_and_the_embedded_model_answers(
    window: Window, settings: dict[str, Any], cache: Path
) -> None:
    home = window.server.home
    (home / ".cache").mkdir(exist_ok=True)
    (home / ".cache" / "mistral-lsp").symlink_to(cache / "mistral-lsp")  # the model's weights
    assert environments(home) == []
    window.server.configure({"mistralLsp.completion.deadline_ms": 60_000})  # no path, no endpoint
    await window.notified(NOT_THERE)
    await window.screenshot("not-there")
    assert environments(home) == []  # nobody has agreed
    async with window.another(home / "other") as other:
        await other.notified(NOT_THERE)
        await press(other, "Install It")
        await other.notified("Installing the server")
        await window.page.bring_to_front()
        await press(window, "Install It")
        await window.notified("another window installs it")
        await window.screenshot("installing")
        for one in (other, window):
            await one.status(lambda text: "is running" in text, within_s=INSTALLING_S)
        [environment] = environments(home)
        running = {program(pid) for pid in window.server.servers()}
        assert len(window.server.servers()) == 2
        assert running == {environment / "bin" / "mistral-lsp"}
    await window.page.bring_to_front()
    await window.press("Control+1")

    await window.open("embedded.py", "def subtract(a, b):\n    █\n")
    await window.type("return ")
    ghost_text = await until(window.shown, "the embedded model's ghost text", within_s=LOADING_S)
    await window.screenshot("embedded")
    await window.press("Tab")
    await window.has_text("embedded.py", f"def subtract(a, b):\n    return {ghost_text}\n")
    assert await window.notifications() == []
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def test_an_extension_that_brings_a_newer_server_updates_its_own(
    window: Window, settings: dict[str, Any]
) -> None:
    home = window.server.home
    [old] = environments(home)
    newer = bring_newer(home)
    without_path = {key: value for key, value in settings.items() if key != "mistralLsp.server.path"}
    window.server.configure(without_path)
    await window.reload()
    await window.notified("Updating the server")
    await window.screenshot("updating")
    await window.status(lambda text: "is running" in text, within_s=INSTALLING_S)
    [running] = window.server.servers()
    assert program(running) == newer / "bin" / "mistral-lsp"
    assert {old, newer} == set(environments(home))  # the old one may still run in another window

    await window.open("updated.py", "total = █\n")
    await until(lambda: shows(window, "+ b"), "ghost text")
    window.server.configure(settings)
    await window.status(lambda text: "is running" in text)


async def press(window: Window, button: str) -> None:
    """A button of what has popped up."""
    await window.page.locator(".notification-list-item .monaco-button", has_text=button).first.click()


async def installers(window: Window) -> list[int]:
    """The processes that make an environment."""
    place = str(storage(window.server.home))
    return [pid for pid in descendants(window.server.process.pid) if place in line(pid)]


def line(pid: int) -> str:
    """What a process was started with; empty where it has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def program(pid: int) -> Path:
    """What a process of Python runs."""
    return Path(line(pid).split("\0")[1])


def storage(home: Path) -> Path:
    """Where the extension keeps what it makes."""
    return home / "data" / "User" / "globalStorage" / "mistral-lsp.mistral-lsp"


def environments(home: Path) -> list[Path]:
    """Those that the extension has finished."""
    return sorted(done.parent for done in storage(home).glob("server-*/.done"))


def bring_newer(home: Path) -> Path:
    """Put a wheel of the next version into the extension, as a newer VSIX would; the environment that it will get."""
    [folder] = home.glob("extensions/mistral-lsp.mistral-lsp-*/server")
    [wheel] = folder.glob("*.whl")
    _, version, tags = wheel.name.split("-", 2)
    newer = folder / f"mistral_lsp-{version}.post1-{tags}"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(newer, "w") as new:
        for entry in old.infolist():
            data = old.read(entry).replace(f"\nVersion: {version}\n".encode(), f"\nVersion: {version}.post1\n".encode())
            if not entry.filename.endswith("/RECORD"):  # of the hashes: pip doesn't ask for it
                new.writestr(entry.filename.replace(f"-{version}.dist", f"-{version}.post1.dist"), data)
        new.writestr(f"mistral_lsp-{version}.post1.dist-info/RECORD", "")
    wheel.unlink()
    name = hashlib.sha256(newer.read_bytes()).hexdigest()[:12]
    return storage(home) / f"server-{name}"
