"""A stock Neovim with the configuration that editors/neovim offers, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.neovim import INIT, Neovim, are_gone, descendants, until

from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mistral_lsp.bench.endpoint import Endpoint

README = Path(__file__).parents[2] / "editors" / "README.md"
LINE = "total = a \n"
SUBTRACT = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n"
BODY = "def add(a, b):\n    \n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where Neovim starts: empty."""
    return tmp_path


def asking(endpoint: Endpoint, **settings: str) -> dict[str, str]:
    """The environment of a session that asks an endpoint."""
    return {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_LOG": "info", **settings}


async def test_the_embedded_model_s_ghost_text_appears_while_typing_and_tab_accepts_it(home: Path, cache: Path) -> None:
    (home / "a.py").write_text(SUBTRACT)
    # The deadline is for people; a busy machine may load the model for longer.
    env = {"XDG_CACHE_HOME": str(cache), "MISTRAL_LSP_COMPLETION_DEADLINE_MS": "60000"}
    async with Neovim.start(home, "a.py", env=env) as neovim:
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


@pytest.mark.parametrize(
    ("before", "keys", "reply", "ghost_text"),
    [
        pytest.param(LINE, "A", "+ b\nother = 1\n", "+ b", id="one line"),
        pytest.param(BODY, "GA", " c = a + b\n    return c\n\n\n", "c = a + b\n    return c", id="more lines"),
        pytest.param("t = 'é😀'; total = a \n", "A", "+ b\n", "+ b", id="after an emoji"),
        pytest.param("f('naïve 😀', )\n", "$i", "x)\n", "x", id="before a bracket"),
    ],
)
async def test_ghost_text_is_drawn_and_accepted_at_the_cursor(
    home: Path, endpoint: Endpoint, before: str, keys: str, reply: str, ghost_text: str
) -> None:
    endpoint.script = Script(reply=reply)
    (home / "a.py").write_text(before, encoding="utf-8")
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type(keys)
        assert await neovim.ghost_text() == ghost_text
        row, column = await neovim.call("nvim_win_get_cursor", 0)
        await neovim.type("<Tab>")
        lines = before.splitlines()
        line = lines[row - 1].encode()
        lines[row - 1 : row] = (line[:column] + ghost_text.encode() + line[column:]).decode().split("\n")
        await neovim.has_lines(lines)


async def test_a_file_with_windows_line_ends_keeps_them(home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=" c = a + b\r\n    return c\r\n\r\n\r\n")
    (home / "a.py").write_bytes(b"s = '\xf0\x9f\x98\x80'\r\ndef add(a, b):\r\n    \r\n")
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("GA")
        assert await neovim.ghost_text() == "c = a + b\n    return c"
        await neovim.type("<Tab>")
        await neovim.has_lines(["s = '😀'", "def add(a, b):", "    c = a + b", "    return c"])
        await neovim.type("<Esc>:write<CR>")
        await neovim.quit()
    expected = b"s = '\xf0\x9f\x98\x80'\r\ndef add(a, b):\r\n    c = a + b\r\n    return c\r\n"
    assert (home / "a.py").read_bytes() == expected


async def test_where_there_is_no_ghost_text_tab_is_tab(home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.logged("nothing shown")
        await neovim.type("<Tab>b")
        await neovim.has_lines(["total = a   b"])
        assert await neovim.shown() is None


async def test_with_the_endpoint_down_nothing_pops_up_and_the_log_says_why(home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(fault=Fault.REFUSE)
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.logged("nothing shown")  # the server's stderr
        await neovim.logged(f"mistral-lsp: {endpoint.url}")  # window/logMessage
        await neovim.type("+ b<Esc>")
        await neovim.has_lines(["total = a + b"])
        assert await neovim.shown() is None
        assert not await neovim.messages()
        assert (await neovim.call("nvim_get_mode"))["blocking"] is False


async def test_the_settings_of_the_readme_reach_the_server(home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n", token="made-up")
    (home / "a.py").write_text(LINE)
    [settings] = re.findall("```lua\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    init = settings.replace("http://127.0.0.1:8080", endpoint.url)
    async with Neovim.start(home, "a.py", env={"MISTRAL_LSP_TOKEN": "made-up"}, init=init) as neovim:
        await neovim.type("A")
        assert await neovim.ghost_text() == "+ b"
        assert not await neovim.messages()
    asked = next(request for request in endpoint.requests if request.path == "/generate_stream")
    assert asked.body["parameters"]["max_new_tokens"] == 48


@pytest.mark.parametrize("init", [INIT, f"{INIT}\nvim.cmd.colorscheme('habamax')"], ids=["default", "habamax"])
async def test_ghost_text_has_a_colour_of_its_own_where_there_are_256(
    home: Path, endpoint: Endpoint, init: str
) -> None:
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint), init=init) as neovim:
        style = "return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false }).ctermfg"
        assert await neovim.lua(style) is not None
        await neovim.lua("vim.cmd.colorscheme('default')")
        assert await neovim.lua(style) == 244


async def test_accepting_is_counted_and_silence_is_explained(home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type("A")
        await neovim.ghost_text()
        assert "- 0 accepted" in await neovim.lua(run_command("mistralLsp.counts"))
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])

        async def is_counted() -> bool:
            return "- 1 accepted" in await neovim.lua(run_command("mistralLsp.counts"))

        await until(is_counted, "one suggestion is accepted")
        assert not await neovim.messages()
        await neovim.type("<Esc>:MistralWhy<CR>")

        async def is_explained() -> bool:
            return "Why is there no suggestion?" in await neovim.lines()

        await until(is_explained, "the reasons")
        assert "shown, 3 characters" in "\n".join(await neovim.lines())
        assert not await neovim.messages()


def run_command(name: str) -> str:
    """What a person types after `:lua =` to see a command's answer, with `return` for the `=`."""
    [line] = re.findall(r"`:lua =(.*)`", README.read_text(encoding="utf-8"))
    other = line.replace("'mistralLsp.why', arguments = { 'quiet' }", repr(name))
    assert name in other
    return f"return {other}"


async def test_the_doctor_s_report_opens_in_a_window(home: Path, endpoint: Endpoint) -> None:
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        await neovim.type(":MistralDoctor<CR>")

        async def is_open() -> bool:
            return endpoint.url in "\n".join(await neovim.lines())

        await until(is_open, "the report")
        assert await neovim.lua("return vim.bo.buftype") == "nofile"


@pytest.mark.parametrize("leave", [Neovim.quit, Neovim.crash])
async def test_no_server_outlives_neovim(
    home: Path, endpoint: Endpoint, leave: Callable[[Neovim], Awaitable[None]]
) -> None:
    (home / "a.py").write_text(LINE)
    async with Neovim.start(home, "a.py", env=asking(endpoint)) as neovim:
        started = descendants(neovim.process.pid)
        assert started
        await leave(neovim)
        await are_gone(started)
