"""A real VS Code with our extension, packed and installed as its README says, and with an extension of somebody else.

One window serves most of the scenarios of these files, in the order in which they stand here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.core.reason import Reason

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.looking import until

if TYPE_CHECKING:
    from support.vscode import Window

    from mistral_lsp.bench.endpoint import Endpoint


pytestmark = pytest.mark.asyncio(loop_scope="session")

SELECTED = f"ms: {Reason.SELECTION}"
BODY = "def add(a, b):\n█\n"
WRONG = "def total(prices):\n    result = 0\n    for price in prices:\n        result += █prise\n    return result\n"
RIGHT = WRONG.replace("█prise", "price")
SLOW = RIGHT.replace("result +=", "█result +=")
QUICK = "def total(prices):\n    return sum(prices)\n"


def fenced(code: str) -> Script:
    """A model that answers with this code."""
    return Script(reply=f"Here it is:\n\n```python\n{code}```\n")


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


@pytest.mark.alone
async def test_typing_through_a_suggestion_never_takes_it_off_the_screen(window: Window, tgi: Endpoint) -> None:
    """Each frame that the browser draws is looked at: what is typed and what is suggested make the same line."""
    tgi.script = Script(reply="+ better + best + last\n")
    await window.open("frames.py", "total = █\n")
    await window.type("a ")
    await window.ghost_text("+ better + best + last")
    count = len(tgi.requests)
    async with window.frames() as frames:
        await window.type("+ better + best")
        await window.ghost_text(" + last")
    assert len(frames) > 15
    assert {line for line, _ in frames} == {"total = a + better + best + last"}
    shown = [ghost for _, ghost in frames]
    assert all("+ better + best + last".endswith(ghost) for ghost in shown)
    assert min(map(len, shown)) == len(" + last")
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


async def test_a_snippet_s_placeholder_has_no_ghost_text_behind_it(window: Window) -> None:
    await window.open("placeholder.py", "total = █\n")
    await window.type("sumof")
    await window.page.locator(".suggest-widget .monaco-list-row", has_text="sumof").first.wait_for()
    await window.press("Enter")

    async def is_told() -> bool:
        return SELECTED in window.server.log()

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


async def test_what_is_selected_in_a_terminal_is_explained_and_the_clipboard_is_as_it_was(
    window: Window, tgi: Endpoint
) -> None:
    tgi.script = Script(reply="**Cause**: nothing is called `prise`.")
    (window.folder / "shop.py").write_text(WRONG.replace("█", "") + "total([1])\n")
    await window.page.evaluate("navigator.clipboard.writeText('mine')")
    await window.command("Terminal: Create New Terminal")
    screen = window.page.locator(".terminal-wrapper.active .xterm-screen")
    await screen.wait_for()
    ended = window.folder / "ended"
    await window.type("clear; python3 shop.py; touch ended\n")
    await until(lambda: asyncio.to_thread(ended.exists), "the program's end")
    page = window.page.locator(".tab", has_text="What went wrong: NameError")

    async def is_explained() -> bool:  # what the terminal still writes may end the selection
        await window.command("Terminal: Select All")
        await screen.click(button="right")
        await window.page.locator(".monaco-menu .action-item", has_text="Explain Terminal Selection").click()
        await page.last.wait_for(timeout=5000)
        return await page.filter(has_text="name 'prise'").count() > 0

    await until(is_explained, "the page about what the terminal shows")
    assert await window.page.evaluate("navigator.clipboard.readText()") == "mine"
    await window.screenshot("terminal")
    await window.command("Terminal: Kill All Terminals")  # it leaves few of the page's lines to be seen
    assert "What went wrong: NameError" in await window.lines("nothing is called")
    assert "shop.py:4" in await window.lines("nothing is called")


async def test_our_actions_are_picked_from_a_list_of_their_own_which_shows_the_check_before_the_change(
    window: Window, tgi: Endpoint
) -> None:
    tgi.script = fenced(RIGHT)
    await window.open("picked.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.press("Control+Alt+m")
    await window.pick("Fix this error")
    checked = window.page.locator(".quick-input-list .monaco-list-row", has_text="the error is gone")
    await checked.wait_for()
    assert "parses" in await checked.inner_text()
    await window.screenshot("checked")
    await window.press("Escape")
    assert await window.text("picked.py") == WRONG.replace("█", "")
    await window.press("Control+Alt+m")
    await window.pick("Fix this error")
    await window.pick("Apply")
    await window.has_text("picked.py", RIGHT)


async def test_a_picked_fix_can_be_looked_at_before_it_is_applied_and_one_that_is_left_is_not_made(
    window: Window, tgi: Endpoint
) -> None:
    tgi.script = Script(reply=fenced(RIGHT).reply, first_token_s=60)
    await window.open("looked.py", WRONG)
    await window.page.locator(".squiggly-error").first.wait_for()
    count = len(tgi.hangups)
    await window.press("Control+Alt+m")
    await window.pick("Fix this error")
    await window.page.locator(".quick-input-list", has_text="its answer is checked").wait_for()
    await window.press("Escape")
    await tgi.next_hangup(after=count)
    tgi.script = fenced(RIGHT)
    await window.press("Control+1", "Control+Alt+m")
    await window.pick("Fix this error")
    await window.pick("Look at it first")
    apply = window.page.locator(".monaco-button", has_text="Apply")
    await apply.wait_for()
    assert (window.folder / "looked.py").read_text(encoding="utf-8") == WRONG.replace("█", "")
    await window.page.locator(".part.panel .edit-checkbox").first.check()
    await apply.click()
    await window.page.locator(".tab", has_text="looked.py").click()
    await window.has_text("looked.py", RIGHT)
    assert await window.notifications() == []
