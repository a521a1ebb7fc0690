"""The one VS Code of a test run, and its one window: opening one takes longer than what most scenarios do in it.

Fixtures; `tests/editors/conftest.py` has them for every test there.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from support.checkout import copy, lines_to_type, run_lines
from support.code_server import EXTENSION, CodeServer, Missing, environment, furnish, install
from support.looking import until

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from support.vscode import Window

AGAIN = "\ntotal = a "  # typed until the editor does what it should


@pytest.fixture(scope="session")
def users_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with VS Code in it, and our extension, installed by its README's lines in what `git clone` gives."""
    try:
        install()
    except Missing as missing:
        pytest.skip(f"VS Code isn't tested: {missing}")
    home = tmp_path_factory.mktemp("vscode")
    furnish(home)
    clone = home / "mistral-lsp-clone"
    copy(clone)
    [lines] = lines_to_type((EXTENSION / "README.md").read_text(encoding="utf-8"))
    run_lines(environment(home), clone, *lines)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tgi() -> AsyncIterator[Endpoint]:
    """The model that the user has."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def settings(users_home: Path, tgi: Endpoint) -> dict[str, Any]:
    """What the user has set."""
    return {
        "mistralLsp.server.path": str(users_home / "mistral-lsp"),
        "mistralLsp.server.log_level": "info",
        "mistralLsp.endpoint.url": tgi.url,
        "mistralLsp.endpoint.kind": "tgi",
        "mistralLsp.completion.fetch_ahead": "off",
        "mistralLsp.actions.measure": "never",
    }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def code_server(users_home: Path, settings: dict[str, Any]) -> AsyncIterator[CodeServer]:
    """The editor's process."""
    async with CodeServer.start(users_home, settings) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened(code_server: CodeServer, tgi: Endpoint) -> AsyncIterator[Window]:
    """The window, once its editor asks by itself: some seconds after its first file was opened."""
    from support.vscode import Window  # playwright, which not every machine has

    async with Window.on(code_server, code_server.home / "project") as window:
        tgi.script = Script(reply="+ b\n")
        await window.open("first.py", "total = █\n")
        await until(lambda: asks(window, tgi), "the editor asks")
        yield window


@pytest_asyncio.fixture(loop_scope="session")
async def window(opened: Window, tgi: Endpoint, request: pytest.FixtureRequest) -> AsyncIterator[Window]:
    """The same; a picture of it is kept where a test fails, and nothing of one test is in the way of the next."""
    tgi.script = Script(reply="+ b\n")
    try:
        yield opened
    finally:
        await opened.screenshot(f"after-{request.node.name}")
        await opened.press("Escape", "Escape")
        await opened.press("Control+Alt+c", "Control+1", "Control+Alt+o")  # notifications, and pages beside the code
        groups = opened.page.locator(".part.editor .editor-group-container")
        await until(groups.count, "the pages are closed", is_it=lambda count: count == 1)


async def asks(window: Window, endpoint: Endpoint) -> bool:
    """Type a line, and whether the endpoint is asked to go on."""
    count = len(endpoint.requests)
    await window.type(AGAIN)
    await asyncio.sleep(0.3)
    return any(request.path == "/generate_stream" for request in list(endpoint.requests)[count:])


async def shows(window: Window, text: str) -> bool:
    """Type a line, and whether this ghost text follows."""
    await window.type(AGAIN)
    await asyncio.sleep(0.3)
    return await window.shown() == text
