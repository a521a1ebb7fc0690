"""`make pictures`: the README's and the walkthrough's pictures, of a real VS Code with a stand-in for the model."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.checkout import ROOT, run_lines
from support.code_server import CACHE, EXTENSION, CodeServer, environment, furnish, install
from support.looking import until
from support.vscode import Window

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from playwright.async_api import FloatRect

PICTURES = ROOT / "editors" / "pictures"
SETTINGS = {
    "mistralLsp.endpoint.kind": "tgi",
    "mistralLsp.completion.fetch_ahead": "off",
    "breadcrumbs.enabled": False,
    "editor.fontSize": 16,
    "explorer.autoReveal": False,
    "workbench.activityBar.location": "hidden",
    "workbench.sideBar.location": "right",
}
SHOP = """\
def total(prices, rebate=0):
    result = 0
    for price in prices:
        result += price
    return result - rebate


"""
AVERAGE = ' if not prices:\n        raise ValueError("no prices")\n    return total(prices) / len(prices)\n\n\n'
WRONG = SHOP.replace("+= price", "+= █prise")
WHY = "`prise` is a slip for `price`, the loop's own variable: Python finds no such name, and raises `NameError`."
SIZE: FloatRect = {"x": 0, "y": 30, "width": 860, "height": 400}


async def main() -> None:
    """Make each of them."""
    install()
    path = f"{CACHE / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
    subprocess.run([sys.executable, EXTENSION / "pack.py"], check=True, env={"PATH": path})  # noqa: ASYNC221 - alone here
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        furnish(home)
        run_lines(environment(home), home, f"code --install-extension {EXTENSION / 'mistral-lsp.vsix'}")
        async with Endpoint() as tgi:
            own = {"mistralLsp.server.path": str(home / "mistral-lsp"), "mistralLsp.endpoint.url": tgi.url}
            async with (
                CodeServer.start(home, SETTINGS | own) as server,
                Window.on(server, home / "shop", width=860, height=560) as window,
            ):
                await take(window, tgi)


async def take(window: Window, tgi: Endpoint) -> None:
    """Ghost text, a hover, the lightbulb's menu."""
    await window.press("Control+b")  # no side bar
    tgi.script = Script(reply=AVERAGE)
    await window.open("average.py", SHOP + "def average(prices):\n█")

    async def is_shown() -> bool:
        await window.press("Control+Alt+i")
        return "raise ValueError" in await window.shown()

    await window.type("    ")
    await until(is_shown, "ghost text")
    await save(window, "ghost-text")
    tgi.script = Script(reply=WHY)
    await window.open("shop.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.press("Control+k", "Control+i")
    await window.hover("raises NameError")
    await save(window, "hover")
    await window.press("Escape")
    await window.actions()
    await window.press("ArrowDown", "ArrowDown")
    await save(window, "fix")


async def save(window: Window, name: str) -> None:
    """Keep what is on the screen, where the pictures are."""
    shot = await window.screenshot(name, clip=SIZE)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(shot.read_bytes())


if __name__ == "__main__":
    asyncio.run(main())
