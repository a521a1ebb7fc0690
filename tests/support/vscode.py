"""A window of VS Code, used as a person uses it: keys go in, what is on the screen comes out.

async with CodeServer.start(home, vsix, settings) as server, Window.on(server, folder) as window:
    await window.open("a.py", "total = █\n")
    await window.type("a ")
    await window.ghost_text("+ b")
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from playwright.async_api import Page, TimeoutError, async_playwright  # noqa: A004 - playwright's own
from support.checkout import ROOT
from support.code_server import SCRIPTS, CodeServer
from support.looking import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

SCREENSHOTS = ROOT / "build" / "screenshots"
STARTING_S = 90.0
MENU_MS = 3000
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")

_GHOST_TEXT = (SCRIPTS / "ghost_text.js").read_text(encoding="utf-8")
_LOOK_AT_FRAMES = """() => {
  const ghostText = GHOST_TEXT;
  const lines = () => document.querySelectorAll(".editor-group-container.active .monaco-editor[role=code] .view-line");
  [window.seenFrames, window.isLooked] = [[], true];
  const look = () => {
    window.seenFrames.push([lines()[0]?.textContent ?? "", ghostText()]);
    if (window.isLooked) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
_STATUS = '.statusbar-item [aria-label^="Mistral LSP: "], .statusbar-item[aria-label^="Mistral LSP: "]'
_ROWS = ".action-widget .monaco-list-row.action"


@dataclass(frozen=True, slots=True)
class Window:
    """One window on one folder."""

    page: Page
    folder: Path
    server: CodeServer

    @classmethod
    @contextlib.asynccontextmanager
    async def on(cls, server: CodeServer, folder: Path, *, width: int = 1000, height: int = 640) -> AsyncIterator[Self]:
        """Open one, wait until the extension says in the status bar how it is, and close it."""
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a test may wait for a disk
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            try:
                context = await browser.new_context(
                    viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
                )
                async with cls._opened(await context.new_page(), folder, server) as window:
                    yield window
            finally:
                await browser.close()

    @contextlib.asynccontextmanager
    async def another(self, folder: Path) -> AsyncIterator[Self]:
        """One more window of the same person, and close it."""
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a test may wait for a disk
        async with self._opened(await self.page.context.new_page(), folder, self.server) as window:
            yield window

    @classmethod
    @contextlib.asynccontextmanager
    async def _opened(cls, page: Page, folder: Path, server: CodeServer) -> AsyncIterator[Self]:
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))  # leave, though not all is saved
        window = cls(page, folder, server)
        try:
            await window.load()
            yield window
        finally:
            await window.close()

    async def close(self) -> None:
        """As a person does: the window can tell code-server, which else keeps its extensions alive for hours."""
        if not self.page.is_closed():
            async with self.page.expect_event("close"):
                await self.page.close(run_before_unload=True)

    async def load(self) -> None:
        """Open the folder, or open it again."""
        await self.page.goto(f"{self.server.url}/?folder={quote(str(self.folder))}")
        await self.page.wait_for_selector(".monaco-workbench .part.statusbar", timeout=STARTING_S * 1000)
        await self.status(lambda text: "starting" not in text, within_s=STARTING_S)

    async def open(self, name: str, text: str) -> None:
        """Open a new file with this text and put the cursor at the mark."""
        before, mark, after = text.partition("█")
        assert mark, "the text needs a cursor"
        path = self.folder / name
        path.write_bytes((before + after).encode())
        lines = before.split("\n")
        column = len(lines[-1].encode("utf-16-le")) // 2 + 1
        await self.press("Control+p")
        box = self.page.locator(".quick-input-widget input")
        await box.wait_for()
        await box.fill(f"{path}:{len(lines)}:{column}")
        await self.page.locator(".quick-input-list .monaco-list-row", has_text=name).first.wait_for()
        await self.press("Enter")
        await self.page.locator(".tab.active", has_text=name).wait_for()
        await self.page.locator(".part.editor .monaco-editor.focused").first.wait_for()

    async def reload(self) -> None:
        """What comes up is for the caller to wait for."""
        async with self.page.expect_event("domcontentloaded"):
            await self.command("Developer: Reload Window")
        await self.page.wait_for_selector(".monaco-workbench .part.statusbar", timeout=STARTING_S * 1000)

    async def go(self, path: Path) -> None:
        """Open what is there."""
        await self.press("Control+p")
        box = self.page.locator(".quick-input-widget input")
        await box.wait_for()
        await box.fill(str(path))
        await self.page.locator(".quick-input-list .monaco-list-row", has_text=path.name).first.wait_for()
        await self.press("Enter")
        await self.page.locator(".tab.active", has_text=path.name).wait_for()

    async def type(self, text: str) -> None:
        """Press keys, as fast as a quick typist."""
        await self.page.keyboard.type(text, delay=30)

    async def press(self, *keys: str) -> None:
        """Press keys by their names, such as Control+s."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def command(self, title: str) -> None:
        """Run a command from the palette, once it has it."""
        row = self.page.locator(f'.quick-input-list .monaco-list-row[aria-label^="{title}"]').first

        async def is_there() -> bool:
            await self.press("F1")
            box = self.page.locator(".quick-input-widget input")
            await box.wait_for()
            await box.fill(f">{title}")
            with contextlib.suppress(TimeoutError):
                await row.click(timeout=MENU_MS)
                return True
            await self.press("Escape")
            return False

        await until(is_there, title)

    async def pick(self, text: str) -> None:
        """Pick a row of a list that is asked from: by typing, since a row may become another one under a mouse."""
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=text).first
        await row.wait_for()
        await self.page.locator(".quick-input-widget input").first.fill(text)
        await self.page.locator(".quick-input-list .monaco-list-row.focused", has_text=text).first.wait_for()
        await self.press("Enter")

    async def shown(self) -> str:
        """The ghost text on the screen now; empty where there is none."""
        found: str = await self.page.evaluate(_GHOST_TEXT)
        return found.replace("\u00a0", " ")

    async def ghost_text(self, wanted: str) -> None:
        """Wait until the ghost text is this."""
        await until(self.shown, f"ghost text {wanted!r}", is_it=lambda text: text == wanted)

    async def text(self, name: str) -> str:
        """Save, and what the file then holds."""
        await self.press("Control+s")
        dirty = self.page.locator(".tab.active.dirty")
        await until(dirty.count, "the file is saved", is_it=lambda count: count == 0)
        return (self.folder / name).read_bytes().decode()

    async def has_text(self, name: str, wanted: str) -> None:
        """Save and look, until the file is this."""
        await until(lambda: self.text(name), f"{name} is {wanted!r}", is_it=lambda text: text == wanted)

    async def status(self, is_it: Callable[[str], bool] = bool, *, within_s: float = PATIENCE_S) -> str:
        """Wait until the status bar's item says so; what it says."""
        item = self.page.locator(_STATUS)

        async def said() -> str:
            return await item.first.get_attribute("aria-label") or "" if await item.count() else ""

        return await until(said, "the status bar", is_it=lambda text: bool(text) and is_it(text), within_s=within_s)

    async def status_text(self, words: str) -> None:
        """Wait until the status bar shows these words."""
        await self.page.locator(".statusbar-item", has_text=words).first.wait_for()

    @contextlib.asynccontextmanager
    async def frames(self) -> AsyncIterator[list[tuple[str, str]]]:
        """The cursor's line and the ghost text of each frame that the browser draws until the end, filled in there."""
        frames: list[tuple[str, str]] = []
        await self.page.evaluate(_LOOK_AT_FRAMES.replace("GHOST_TEXT", _GHOST_TEXT.partition("\n")[2].rstrip()))
        yield frames
        found = await self.page.evaluate("(() => { window.isLooked = false; return window.seenFrames; })()")
        frames.extend((line.replace("\u00a0", " "), ghost.replace("\u00a0", " ")) for line, ghost in found)

    async def says(self, words: str) -> None:
        """Wait until the status bar's item has these words."""
        await self.status(lambda text: words in text)

    async def menu(self, words: str) -> str:
        """Open the menu of the status bar's item until it has these words; all of it."""
        return await until(self.rows, f"a menu with {words!r}", is_it=lambda found: words in found)

    async def rows(self) -> str:
        """Open the menu of the status bar's item; what it says."""
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        await self.press("Escape", "Control+Alt+Shift+m")
        await rows.first.wait_for()
        return "\n".join(await rows.all_inner_texts()).replace("\u00a0", " ")

    async def notifications(self) -> list[str]:
        """What has popped up and is still there."""
        found: list[str] = await self.page.locator(".notification-list-item-message").all_inner_texts()
        return found

    async def notified(self, words: str) -> None:
        """Wait until something with these words has popped up."""
        await until(self.notifications, words, is_it=lambda texts: any(words in text for text in texts))

    async def hover(self, words: str) -> str:
        """Wait until the hover has these words; all of it."""

        async def text() -> str:
            return "\n".join(await self.page.locator(".monaco-hover:not(.hidden)").all_inner_texts())

        return await until(text, f"a hover with {words!r}", is_it=lambda found: words in found)

    async def actions(self) -> list[str]:
        """Open the lightbulb's menu; its rows. A file that was just opened has none for a moment."""
        rows = self.page.locator(_ROWS)

        async def is_open() -> bool:
            await self.press("Control+.")
            with contextlib.suppress(TimeoutError):
                await rows.first.wait_for(timeout=MENU_MS)
            return await rows.count() > 0

        await until(is_open, "the lightbulb's menu")
        return [row.strip().replace("\u00a0", " ") for row in await rows.all_inner_texts()]

    async def act(self, title: str) -> None:
        """Pick a row of that menu."""
        await self.page.locator(_ROWS, has_text=title).first.click()

    async def lines(self, words: str) -> str:
        """Wait until one of the editors on the screen shows these words; all that they show."""
        editors = self.page.locator(".part.editor .monaco-editor[role=code] .view-lines")

        async def text() -> str:
            return " ".join(" ".join(await editors.all_inner_texts()).split())  # wrapped or not

        return await until(text, f"a page with {words!r}", is_it=lambda found: words in found)

    async def screenshot(self, name: str, **how: Any) -> Path:
        """Keep what is on the screen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"vscode-{name}.png"
        await self.page.screenshot(path=path, **how)
        return path
