"""A real VS Code with our extension, packed and installed as its README says, and with an extension of somebody else.

One window serves most of the scenarios, in the order in which they stand here: opening one takes longer than they do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script
from mistral_lsp.core.reason import Reason

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.checkout import copy, lines_to_type, run_lines
from support.code_server import EXTENSION, CodeServer, Missing, environment, furnish, install
from support.looking import until
from support.neovim import descendants
from support.vscode import Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

README = (EXTENSION / "README.md").read_text(encoding="utf-8")
SELECTED = f"ms: {Reason.SELECTION}"
AGAIN = "\ntotal = a "  # typed until the editor does what it should
BODY = "def add(a, b):\n█\n"
WRONG = "def total(prices):\n    result = 0\n    for price in prices:\n        result += █prise\n    return result\n"
RIGHT = WRONG.replace("█prise", "price")
SLOW = RIGHT.replace("result +=", "█result +=")
QUICK = "def total(prices):\n    return sum(prices)\n"


def fenced(code: str) -> Script:
    """A model that answers with this code."""
    return Script(reply=f"Here it is:\n\n```python\n{code}```\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with VS Code in it, and our extension, installed by the README's lines in what `git clone` gives."""
    try:
        install()
    except Missing as missing:
        pytest.skip(f"VS Code isn't tested: {missing}")
    home = tmp_path_factory.mktemp("vscode")
    furnish(home)
    clone = home / "mistral-lsp-clone"
    copy(clone)
    [lines] = lines_to_type(README)
    run_lines(environment(home), clone, *lines)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tgi() -> AsyncIterator[Endpoint]:
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def settings(home: Path, tgi: Endpoint) -> dict[str, Any]:
    """What the user has set."""
    return {
        "mistralLsp.server.path": str(home / "mistral-lsp"),
        "mistralLsp.server.log_level": "info",
        "mistralLsp.endpoint.url": tgi.url,
        "mistralLsp.endpoint.kind": "tgi",
        "mistralLsp.completion.fetch_ahead": "off",
        "mistralLsp.actions.measure": "never",
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(home: Path, settings: dict[str, Any]) -> AsyncIterator[CodeServer]:
    async with CodeServer.start(home, settings) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(server: CodeServer, tgi: Endpoint) -> AsyncIterator[Window]:
    """The window, once its editor asks by itself: some seconds after its first file was opened."""
    async with Window.on(server, server.home / "project") as window:
        tgi.script = Script(reply="+ b\n")
        await window.open("first.py", "total = █\n")

        async def is_asked() -> bool:
            await window.type(AGAIN)
            await asyncio.sleep(0.3)
            return any(request.path == "/generate_stream" for request in tgi.requests)

        await until(is_asked, "the editor asks")
        yield window


@pytest_asyncio.fixture(loop_scope="module")
async def window(opened: Window, tgi: Endpoint, request: pytest.FixtureRequest) -> AsyncIterator[Window]:
    """The same; a picture of it is kept where a test fails, and nothing of one test is in the way of the next."""
    tgi.script = Script(reply="+ b\n")
    try:
        yield opened
    finally:
        await opened.screenshot(f"after-{request.node.name}")
        await opened.press("Escape", "Escape")
        await opened.press("Control+Alt+c")  # notifications


async def test_ghost_text_of_one_line_appears_and_tab_accepts_it(window: Window) -> None:
    await window.open("one.py", "total = █\n")
    await window.type("a ")
    await window.ghost_text("+ b")
    assert "Mistral-7B" in await window.page.locator(".statusbar-item", has_text="Mistral").inner_text()
    await window.press("Tab")
    await window.has_text("one.py", "total = a + b\n")
    await window.command("Mistral LSP: Counts")
    assert "1 accepted" in await window.lines("accepted")


async def test_ghost_text_of_several_lines_is_taken_by_the_word_and_by_the_line(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply=" c = a + b\n    return c\n\n\n")
    await window.open("more.py", BODY)
    await window.type("    ")
    await window.ghost_text("c = a + b\n    return c")
    await window.press("Control+ArrowRight")
    await window.ghost_text(" = a + b\n    return c")
    await window.press("Control+Alt+l")
    await window.ghost_text("    return c")
    await window.press("Escape")
    await window.ghost_text("")
    await window.has_text("more.py", "def add(a, b):\n    c = a + b\n\n")


async def test_typing_through_a_suggestion_keeps_it_without_a_request(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="+ better\n")
    await window.open("through.py", "total = █\n")
    await window.type("a ")
    await window.ghost_text("+ better")
    count = len(tgi.requests)
    for typed in range(1, 6):
        await window.press("+ better"[typed - 1].replace(" ", "Space"))
        await window.ghost_text("+ better"[typed:])
    assert len(tgi.requests) == count


@pytest.mark.parametrize(
    ("name", "text", "typed", "wanted"),
    [
        pytest.param(
            "emoji.py", "text = 'naïve 😀'; total = █\n", "a ", "text = 'naïve 😀'; total = a + b\n", id="emoji"
        ),
        pytest.param("crlf.py", "s = '😀'\r\ntotal = █\r\n", "a ", "s = '😀'\r\ntotal = a + b\r\n", id="crlf"),
    ],
)
async def test_ghost_text_fits_what_stands_before_it(
    window: Window, name: str, text: str, typed: str, wanted: str
) -> None:
    await window.open(name, text)
    await window.type(typed)
    await window.ghost_text("+ b")
    await window.press("Tab")
    await window.has_text(name, wanted)


async def test_a_snippet_s_placeholder_has_no_ghost_text_behind_it(window: Window, server: CodeServer) -> None:
    await window.open("placeholder.py", "total = █\n")
    await window.type("sumof")
    await window.page.locator(".suggest-widget .monaco-list-row", has_text="sumof").first.wait_for()
    await window.press("Enter")

    async def is_told() -> bool:
        return SELECTED in server.log()

    await until(is_told, "the server is told of the selection")
    assert await window.shown() == ""
    await window.has_text("placeholder.py", "total = sum(prices)\n")


async def test_others_ghost_text_and_menu_are_there_as_before(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="")
    await window.open("theirs.py", "theirs =█\n")
    await window.type(" ")
    await window.ghost_text("of_another()")
    await window.press("Tab")
    await window.has_text("theirs.py", "theirs = of_another()\n")
    tgi.script = Script(reply="ours()\n")
    await window.type("\nx.")
    row = window.page.locator(".suggest-widget .monaco-list-row", has_text="somebody_elses")
    await row.wait_for()
    await window.press("Tab")
    await window.has_text("theirs.py", "theirs = of_another()\nx.somebody_elses\n")


async def test_an_error_that_another_extension_found_is_explained_on_hover(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="The name `prise` is not defined: the loop calls it `price`.\n")
    await window.open("hover.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.press("Control+k", "Control+i")
    await window.hover("the loop calls it price")


async def test_a_fix_comes_from_the_lightbulb_with_what_was_checked(window: Window, tgi: Endpoint) -> None:
    tgi.script = fenced(RIGHT)
    await window.open("fix.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    assert "Fix this error: Undefined name `prise` (Ruff F821)" in await window.actions()
    await window.act("Fix this error")
    await window.has_text("fix.py", RIGHT)
    checked = window.page.locator(".statusbar-item", has_text="parses")
    assert "Fix this error" in await checked.first.inner_text()


async def test_a_rewrite_is_previewed_before_it_is_applied(window: Window, tgi: Endpoint) -> None:
    tgi.script = fenced(QUICK)
    await window.open("slow.py", SLOW)
    await window.actions()
    await window.act("Optimise this function")
    apply = window.page.locator(".monaco-button", has_text="Apply")
    await apply.wait_for()
    assert (window.folder / "slow.py").read_text(encoding="utf-8") == RIGHT
    await window.screenshot("preview")
    await window.page.locator(".part.panel .edit-checkbox").first.check()
    await apply.click()
    await window.page.locator(".tab", has_text="slow.py").click()
    await window.has_text("slow.py", QUICK)


async def test_an_explanation_is_written_beside_the_code_and_ends_when_it_is_closed(
    window: Window, tgi: Endpoint
) -> None:
    tgi.script = Script(reply="It says.\n\n" + "".join(f"Reason {n} is longer. " for n in range(500)), token_s=0.1)
    await window.open("explain.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.actions()
    count = len(tgi.hangups)
    await window.act("Explain this error")
    assert "…" in await window.lines("It says.")
    await window.page.locator(".tab", has_text="Explain this error").click(button="middle")
    await tgi.next_hangup(after=count)


async def test_selected_output_is_explained_beside_it(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="**Cause**: nothing is called `prise`.")
    path = window.folder / "shop.py"
    path.write_text(WRONG.replace("█", ""))
    printed = f'Traceback (most recent call last):\n  File "{path}", line 4, in total\nNameError: prise\n'
    await window.open("printed.log", f"█{printed}")
    await window.command("Mistral LSP: Explain Selected Output")
    await window.notified("select a traceback")
    await window.press("Control+Alt+c", "Control+1", "Control+a")
    await window.command("Mistral LSP: Explain Selected Output")
    assert "What went wrong: NameError: prise" in await window.lines("nothing is called")
    assert "shop.py:4" in await window.lines("nothing is called")
    assert await window.notifications() == []


async def test_our_actions_can_be_picked_from_a_list_of_their_own(window: Window, tgi: Endpoint) -> None:
    tgi.script = fenced(RIGHT)
    await window.open("picked.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.press("Control+Alt+m")
    await window.pick("Fix this error")
    await window.has_text("picked.py", RIGHT)


async def test_with_the_endpoint_down_the_status_bar_says_so_and_nothing_pops_up(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(fault=Fault.REFUSE)
    await window.open("down.py", "total = █\n")
    await window.type("a ")
    assert "set endpoint.url" in await window.status(lambda text: "closed the connection" in text)
    await window.type("+ ")
    assert await window.notifications() == []
    await window.command("Mistral LSP: Why Is There No Suggestion?")
    assert "closed the connection" in await window.lines("the model could not answer")
    tgi.script = Script(reply="+ c\n")
    await window.open("up.py", "total = a █\n")
    await window.press("Control+Alt+i")  # by hand, an endpoint that failed is asked at once
    await window.status(lambda text: "answers" in text)


async def test_settings_change_while_it_runs(window: Window, tgi: Endpoint, settings: dict[str, Any]) -> None:
    async with Endpoint(Script(reply="+ elsewhere\n")) as other:
        window.server.configure(
            settings | {"mistralLsp.endpoint.url": other.url, "mistralLsp.completion.max_tokens": 7}
        )
        await window.open("moved.py", "total = █\n")

        async def is_there() -> bool:
            await window.type(AGAIN)
            await asyncio.sleep(0.3)
            return await window.shown() == "+ elsewhere"

        await until(is_there, "the other endpoint's ghost text")
        asked = [request for request in other.requests if request.path == "/generate_stream"]
        assert asked[-1].body["parameters"]["max_new_tokens"] == 7
        assert await window.notifications() == []
        window.server.configure(settings)
        await until(lambda: _is_asked(window, tgi), "the endpoint is asked again")


async def _is_asked(window: Window, tgi: Endpoint) -> bool:
    count = len(tgi.requests)
    await window.type(AGAIN)
    await asyncio.sleep(0.3)
    return len(tgi.requests) > count


async def test_ghost_text_is_paused_from_the_menu_of_the_status_bar(window: Window) -> None:
    await window.open("pause.py", "total = █\n")
    await window.page.locator(".statusbar-item", has_text="Mistral").first.click()
    await window.pick("Pause ghost text")
    await window.status(lambda text: "paused" in text)
    await window.press("Control+1")  # from the status bar to the editor
    await window.type("a ")
    await window.press("Control+Alt+Shift+m")
    await window.pick("Resume ghost text")
    await window.status(lambda text: "is on" in text)
    await window.type("+ a ")
    await window.ghost_text("+ b")


async def test_the_token_is_kept_secret_and_reaches_the_endpoint(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="+ b\n", token="made-up")
    await window.command("Mistral LSP: Set the Endpoint's Token")
    box = window.page.locator(".quick-input-widget input[type=password]")
    await box.fill("made-up")
    await box.press("Enter")
    await window.open("token.py", "total = █\n")

    async def is_told() -> bool:
        await window.type("a ")
        await asyncio.sleep(0.3)
        return any(request.headers.get("authorization") == "Bearer made-up" for request in tgi.requests)

    await until(is_told, "the token")
    kept = [path for path in window.server.home.rglob("*.json") if b"made-up" in path.read_bytes()]
    assert kept == []


def servers(server: CodeServer) -> list[int]:
    """The processes of ours that run."""
    found = []
    for pid in descendants(server.process.pid):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if len(words) > 1 and words[1].endswith(b"/mistral-lsp"):
                found.append(pid)
    return found


async def test_a_server_that_is_killed_comes_back_and_nothing_pops_up(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(fault=Fault.SILENT)
    await window.open("killed.py", "total = █\n")
    await window.type("a ")
    await tgi.next_request(after=len(tgi.requests))
    [pid] = servers(window.server)
    os.kill(pid, signal.SIGKILL)

    async def is_another() -> bool:
        return [one for one in servers(window.server) if one != pid] != []

    await until(is_another, "another server")
    tgi.script = Script(reply="+ b\n")
    await until(lambda: _is_asked(window, tgi), "the new server is asked")
    assert await window.notifications() == []


async def test_a_server_that_always_dies_is_told_of_once_with_a_button_that_mends_it(window: Window) -> None:
    for _ in range(3):

        async def is_one() -> bool:
            return len(servers(window.server)) == 1

        await until(is_one, "a server")
        await window.status(lambda text: "starting" not in text)
        [pid] = servers(window.server)
        os.kill(pid, signal.SIGKILL)

        async def is_gone(pid: int = pid) -> bool:
            return pid not in servers(window.server)

        await until(is_gone, "it is gone")
    await window.notified("ended by itself several times")
    assert servers(window.server) == []
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


async def _has_no_server(window: Window) -> bool:
    return servers(window.server) == []


async def test_a_folder_that_is_not_trusted_moves_nothing_and_has_ghost_text(
    server: CodeServer, tgi: Endpoint, settings: dict[str, Any]
) -> None:
    folder = server.home / "untrusted"
    (folder / ".vscode").mkdir(parents=True)
    async with Endpoint() as other:
        tgi.script = Script(reply="+ b\n")
        theirs = f'{{"mistralLsp.endpoint.url": "{other.url}", "mistralLsp.server.path": "{folder}/evil"}}'
        (folder / ".vscode" / "settings.json").write_text(theirs)
        evil = folder / "evil"
        evil.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
        evil.chmod(0o755)
        server.configure(settings | {"security.workspace.trust.enabled": True})
        async with Window.on(server, folder) as window:
            await window.page.locator(".statusbar-item", has_text="Restricted Mode").wait_for()
            await window.open("a.py", "total = █\n")

            async def is_there() -> bool:
                await window.type(AGAIN)
                await asyncio.sleep(0.3)
                return await window.shown() == "+ b"

            await until(is_there, "ghost text")
            await window.screenshot("untrusted")
        assert not other.requests
        assert not (folder / "ran").exists()


async def test_no_server_outlives_the_editor(server: CodeServer) -> None:
    pids = servers(server)
    assert pids
    server.process.terminate()
    await server.process.wait()

    async def are_gone() -> bool:
        return not any(_is_there(pid) for pid in pids)

    await until(are_gone, "the servers are gone")


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
