"""Ghost text in a real Neovim of each version, with the plugin of editors/neovim and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.neovim import INIT, Neovim, are_gone, descendants, until

from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from support.neovim import Program

    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
SUBTRACT = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n"
BODY = "def add(a, b):\n    \n"
REAL = ("0.12", "0.11", "0.12.4")  # also the newest release, where Debian's archive can be reached

# what is in the file, what is pressed, what the model says, what is shown
DRAWN = {
    "one line": (LINE, "A", "+ b\nother = 1\n", "+ b"),
    "more lines": (BODY, "GA", " c = a + b\n    return c\n\n\n", "c = a + b\n    return c"),
    "after an emoji": ("t = 'é😀'; total = a \n", "A", "+ b\n", "+ b"),
    "before a bracket": ("f('naïve 😀', )\n", "$i", "x)\n", "x"),
}


def asking(endpoint: Endpoint, **settings: str) -> dict[str, str]:
    """The environment of a session that asks an endpoint."""
    return {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_LOG": "info", **settings}


@pytest.mark.parametrize("program", ["0.12"], indirect=True)
async def test_the_embedded_model_s_ghost_text_appears_while_typing_and_tab_accepts_it(
    program: Program, home: Path, cache: Path
) -> None:
    (home / "a.py").write_text(SUBTRACT)
    # The deadline is for people; a busy machine may load the model for longer.
    env = {"XDG_CACHE_HOME": str(cache), "MISTRAL_LSP_COMPLETION_DEADLINE_MS": "60000"}
    async with Neovim.start(program, home, "a.py", env=env) as neovim:
        await neovim.type("Goreturn<Space>")
        ghost_text = await neovim.ghost_text(within_s=60)
        started = descendants(neovim.process.pid)
        await neovim.type("<Tab>")
        await neovim.has_lines([*SUBTRACT.splitlines(), *f"    return {ghost_text}".split("\n")])
        assert not await neovim.messages()
        await neovim.quit()
        await are_gone(started)
    assert ghost_text.strip()
    assert len(started) == 2


# Not 0.12.0-dev, whose timer outlives the buffer: what it asks for then takes the next buffer's ghost text away.
@pytest.mark.parametrize("program", ["0.11", "0.12.4"], indirect=True)
async def test_ghost_text_is_drawn_and_accepted_at_the_cursor(program: Program, home: Path, endpoint: Endpoint) -> None:
    (home / "first.py").write_text("")
    async with Neovim.start(program, home, "first.py", env=asking(endpoint)) as neovim:
        for name, (before, keys, reply, ghost_text) in DRAWN.items():
            endpoint.script = Script(reply=reply)
            (home / f"{name}.py").write_text(before, encoding="utf-8")
            await neovim.edit(name.replace(" ", "\\ ") + ".py")
            await neovim.type(keys)
            await neovim.is_shown(ghost_text)
            row, column = await neovim.call("nvim_win_get_cursor", 0)
            await neovim.type("<Tab>")
            lines = before.splitlines()
            line = lines[row - 1].encode()
            lines[row - 1 : row] = (line[:column] + ghost_text.encode() + line[column:]).decode().split("\n")
            await neovim.has_lines(lines)
            await neovim.type("<Esc>")
        assert not await neovim.messages()


async def test_a_file_with_windows_line_ends_keeps_them(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=" c = a + b\r\n    return c\r\n\r\n\r\n")
    (home / "a.py").write_bytes(b"s = '\xf0\x9f\x98\x80'\r\ndef add(a, b):\r\n    \r\n")
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("GA")
        assert await neovim.ghost_text() == "c = a + b\n    return c"
        await neovim.type("<Tab>")
        await neovim.has_lines(["s = '😀'", "def add(a, b):", "    c = a + b", "    return c"])
        await neovim.type("<Esc>:write<CR>")
        await neovim.quit()
    expected = b"s = '\xf0\x9f\x98\x80'\r\ndef add(a, b):\r\n    c = a + b\r\n    return c\r\n"
    assert (home / "a.py").read_bytes() == expected


@pytest.mark.parametrize("program", REAL, indirect=True)
async def test_typing_along_with_ghost_text_never_takes_it_off_the_screen(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ b + c\n")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b + c")
        await neovim.look()
        for typed, rest in (("+", " b + c"), ("<Space>", "b + c"), ("b", " + c")):
            await neovim.type(typed)
            await neovim.is_shown(rest)
            await neovim.has_drawn()
        assert {rows[0] for rows in neovim.screen.moments} == {"total = a + b + c"}
        assert len(neovim.screen.moments) >= 3
        await neovim.type("x")
        await neovim.is_shown(None)
        await neovim.has_drawn()
        assert neovim.screen.moments[-1][0] == "total = a + bx"


@pytest.mark.parametrize("program", REAL, indirect=True)
async def test_a_word_or_a_line_of_it_can_be_taken_and_the_rest_stays(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply=" größe = a + b\n    return größe\n\n\n")
    (home / "a.py").write_text(BODY)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("GA")
        await neovim.is_shown("größe = a + b\n    return größe")
        await neovim.type("<M-Right>")
        await neovim.has_lines(["def add(a, b):", "    größe"])
        await neovim.is_shown(" = a + b\n    return größe")
        await neovim.type("<M-Down>")
        await neovim.has_lines(["def add(a, b):", "    größe = a + b"])
        await neovim.is_shown("\n    return größe")
        await neovim.type("<M-Right>")
        await neovim.has_lines(["def add(a, b):", "    größe = a + b", "    return"])
        await neovim.is_shown(" größe")
        await neovim.type("<M-Down>")
        await neovim.has_lines(["def add(a, b):", "    größe = a + b", "    return größe"])
        assert not await neovim.messages()


@pytest.mark.parametrize("program", REAL, indirect=True)
async def test_it_can_be_dismissed_and_others_asked_for(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<C-]>")
        await neovim.is_shown(None)
        texts = iter(["+ b\n", "- b\n", "* b\n"])
        endpoint.script = Script(reply=lambda _: next(texts, "+ b\n"))
        await neovim.type("<Space><BS><M-]>")
        seen = {await neovim.ghost_text()}

        async def has_others() -> bool:
            await neovim.type("<M-]>")
            seen.add(await neovim.shown() or "")
            return len(seen - {""}) > 1

        await until(has_others, "another suggestion")
        await neovim.type("<Tab>")
        assert await neovim.lua("return vim.fn.mode()") == "i"
        assert not await neovim.messages()


async def test_where_there_is_no_ghost_text_a_key_is_what_it_was(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.logged("nothing shown")
        await neovim.type("<Tab>b")
        await neovim.has_lines(["total = a   b"])
        await neovim.lua("vim.keymap.set('i', '<Tab>', function() return 'of another plugin' end, { expr = true })")
        await neovim.lua("vim.keymap.set('i', '<M-Right>', ', and one more')")
        await neovim.type("<Tab><M-Right>")
        await neovim.has_lines(["total = a   bof another plugin, and one more"])
        assert await neovim.shown() is None


async def test_keys_can_be_others_or_none(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text(LINE)
    init = "require('mistral_lsp').setup({ keys = { accept = '<C-y>', dismiss = false } })"
    async with Neovim.start(program, home, "a.py", env=asking(endpoint), init=init) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        assert await neovim.lua("return vim.fn.maparg('<C-]>', 'i')") == ""
        await neovim.type("<C-y>")
        await neovim.has_lines(["total = a + b"])


@pytest.mark.parametrize("program", REAL, indirect=True)
async def test_with_the_endpoint_down_nothing_pops_up_and_the_status_says_why(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(fault=Fault.REFUSE)
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.logged("nothing shown")  # the server's stderr
        await neovim.logged(f"mistral-lsp: {endpoint.url}")  # window/logMessage
        await neovim.type("+ b<Esc>")
        await neovim.has_lines(["total = a + b"])
        assert await neovim.shown() is None
        assert await neovim.lua("return require('mistral_lsp').status()") == "mistral-lsp: unreachable"
        assert not await neovim.messages()
        assert (await neovim.call("nvim_get_mode"))["blocking"] is False
        await neovim.type(":MistralLsp status<CR>")
        await neovim.said(f"error: {endpoint.url}")


async def test_other_settings_hold_once_setup_has_them(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        before = descendants(neovim.process.pid)
        await neovim.lua("require('mistral_lsp').setup({ settings = { completion = { max_tokens = 48 } } })")
        await are_gone(before)
        await neovim.is_attached()
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        assert not await neovim.messages()
    asked = next(request for request in endpoint.requests if request.path == "/generate_stream")
    assert asked.body["parameters"]["max_new_tokens"] == 48


@pytest.mark.parametrize("init", [INIT, f"vim.cmd.colorscheme('habamax')\n{INIT}"], ids=["default", "habamax"])
async def test_ghost_text_has_a_colour_of_its_own_where_there_are_256(
    program: Program, home: Path, endpoint: Endpoint, init: str
) -> None:
    async with Neovim.start(program, home, "a", env=asking(endpoint), init=init, is_attached=False) as neovim:
        style = "return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false }).ctermfg"
        assert await neovim.lua(style) is not None
        await neovim.lua("vim.cmd.colorscheme('default')")
        assert await neovim.lua(style) == 244


@pytest.mark.parametrize("leave", [Neovim.quit, Neovim.crash])
async def test_no_server_outlives_neovim(
    program: Program, home: Path, endpoint: Endpoint, leave: Callable[[Neovim], Awaitable[None]]
) -> None:
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        started = descendants(neovim.process.pid)
        assert started
        await leave(neovim)
        await are_gone(started)
