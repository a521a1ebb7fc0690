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
from support.vscode_session import shows

if TYPE_CHECKING:
    from support.vscode import Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSTALLING_S = 240.0  # pip, on a busy machine that has fetched nothing yet
LOADING_S = 60.0  # the model, likewise


async def test_where_there_is_no_server_one_press_makes_it_an_environment_and_the_embedded_model_answers(
    window: Window, settings: dict[str, Any], cache: Path
) -> None:
    home = window.server.home
    (home / ".cache").mkdir(exist_ok=True)
    (home / ".cache" / "mistral-lsp").symlink_to(cache / "mistral-lsp")  # the model's weights
    assert environments(home) == []
    window.server.configure({"mistralLsp.completion.deadline_ms": 60_000})  # no path, no endpoint
    await window.notified("The server, mistral-lsp, is not on this machine yet.")
    await window.screenshot("not-there")
    assert environments(home) == []  # nobody has agreed
    await window.page.locator(".notification-list-item .monaco-button", has_text="Install It").click()
    await window.notified("Installing the server")
    await window.screenshot("installing")
    await window.status(lambda text: "is running" in text, within_s=INSTALLING_S)
    [environment] = environments(home)
    [running] = window.server.servers()
    assert program(running) == environment / "bin" / "mistral-lsp"

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


def program(pid: int) -> Path:
    """What a process of Python runs."""
    return Path(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode())


def environments(home: Path) -> list[Path]:
    """Those that the extension has finished."""
    return sorted(done.parent for done in home.glob("data/User/globalStorage/mistral-lsp.mistral-lsp/server-*/.done"))


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
    return home / "data" / "User" / "globalStorage" / "mistral-lsp.mistral-lsp" / f"server-{name}"
