"""What goes wrong around the server in Neovim: a message with the cure, no process left, the editor as it was."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.neovim import Neovim, are_gone, descendants, until

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.neovim import Program

    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
SLOW = Script(first_token_s=60.0)
KILLS = 4  # one more than it is started again for


@pytest.fixture(autouse=True)
def file(home: Path, endpoint: Endpoint) -> None:
    """What is open, and what the model says to it."""
    (home / "a.py").write_text(LINE)
    endpoint.script = Script(reply="+ b\n")


def asking(endpoint: Endpoint) -> dict[str, str]:
    return {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_LOG": "info"}


def program_of(home: Path, text: str) -> str:
    """setup with a server that is this script."""
    path = home / "server"
    path.write_text(text)
    path.chmod(0o755)
    return f"require('mistral_lsp').setup({{ cmd = {{ '{path}' }} }})"


async def is_as_it_was(neovim: Neovim) -> None:
    """One can type, keys are what they were, and nothing runs."""
    await neovim.type("A+ b<Tab><Esc>")
    await neovim.has_lines(["total = a + b   "])
    assert await neovim.lua("return vim.fn.maparg('<C-]>', 'i')") == ""
    assert (await neovim.call("nvim_get_mode"))["blocking"] is False
    await are_gone(descendants(neovim.process.pid))


async def test_no_server_is_found(program: Program, home: Path) -> None:
    init = "require('mistral_lsp').setup({ cmd = { '/nowhere/mistral-lsp' } })"
    async with Neovim.start(program, home, "a.py", env={}, init=init, is_attached=False) as neovim:
        said = await neovim.said(":checkhealth mistral_lsp tells more")
        assert '"/nowhere/mistral-lsp"' in said
        await is_as_it_was(neovim)
        assert await neovim.lua("return require('mistral_lsp').status()") == "mistral-lsp: does not run"
        await neovim.call("nvim_command", "edit b.py")
        assert (await neovim.messages()).count("is no program") == 1
        await neovim.type(":checkhealth mistral_lsp<CR>")
        await neovim.window("ERROR the server")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param("#!/bin/sh\necho \"No module named 'pygls'\" >&2\nexit 1\n", "No module named", id="wrong Python"),
        pytest.param("#!/nowhere/python3\n", "is its Python still there?", id="no Python"),
        pytest.param(
            '#!/bin/sh\n[ "$1" = --version ] && echo mistral-lsp 9 && exit\nread -r line\nexit 3\n',
            "ended with status 3 at its start",
            id="crash at the start",
        ),
    ],
)
async def test_a_server_that_can_t_start_is_told_once(program: Program, home: Path, script: str, why: str) -> None:
    init = program_of(home, script)
    async with Neovim.start(program, home, "a.py", env={}, init=init, is_attached=False) as neovim:
        await neovim.said(":MistralLsp restart tries again")
        await is_as_it_was(neovim)
        said = await neovim.messages()
        assert why in said
        assert said.count(":MistralLsp restart tries again") == 1


async def test_a_server_that_is_killed_in_mid_request_starts_again_within_limits(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        endpoint.script = SLOW
        await neovim.type("A")
        await until(lambda: _is_asked(endpoint), "a request")
        for kill in range(1, KILLS + 1):
            [server] = descendants(neovim.process.pid)
            os.kill(server, signal.SIGKILL)
            await are_gone({server})
            if kill < KILLS:
                await neovim.said(f"it is started again ({kill} of 3)")
                await neovim.is_attached()
        await neovim.said("4 times in 3 minutes")
        await neovim.type("<Esc>")
        await is_as_it_was(neovim)
        endpoint.script = Script(reply="+ c\n")
        await neovim.call("nvim_command", "MistralLsp restart")
        await neovim.is_attached()
        await neovim.lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, { 'other = a ' })")
        await neovim.type("<Esc><Esc>A")  # the first key answers what was said
        await neovim.is_shown("+ c")


async def _is_asked(endpoint: Endpoint) -> bool:
    return any(request.path == "/generate_stream" for request in endpoint.requests)


async def test_two_neovims_in_one_folder_leave_each_other_alone(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    (home / "b.py").write_text(LINE)
    async with (
        Neovim.start(program, home, "a.py", env=asking(endpoint)) as one,
        Neovim.start(program, home, "b.py", env=asking(endpoint)) as other,
    ):
        await one.type("A")
        await one.is_shown("+ b")
        started = descendants(one.process.pid)
        await one.quit()
        await are_gone(started)
        await other.type("A")
        await other.is_shown("+ b")
        assert not await other.messages()


async def test_files_that_it_can_t_help_with_are_left_alone(program: Program, home: Path, endpoint: Endpoint) -> None:
    (home / "huge.py").write_text("x = 1\n" * 1_000_000)
    async with Neovim.start(program, home, "huge.py", env=asking(endpoint), is_attached=False) as neovim:
        for name, reason in {
            "huge.py": "larger than setup's max_file_bytes",
            "oil:///tmp/a.py": "a remote file",
            "scp://host.invalid/a.py": "a remote file",
        }.items():
            # Nothing is fetched: only the name and the type are that of a remote file.
            await neovim.call("nvim_command", f"noautocmd edit {name} | setfiletype python | doautocmd FileType")
            await neovim.type(":messages clear | MistralLsp status<CR>")
            await neovim.said(reason)
            assert await neovim.lua("return #vim.lsp.get_clients()") == 0
        assert not descendants(neovim.process.pid)


async def test_a_read_only_file_has_no_ghost_text_but_the_server(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    async with Neovim.start(program, home, "-R", env=asking(endpoint), is_attached=False) as neovim:
        await neovim.edit("a.py")
        await neovim.type("A")
        await neovim.lua("vim.wait(400)")  # twice the pause after which it would ask
        assert await neovim.shown() is None
        await neovim.type("<Esc>:messages clear | MistralLsp status<CR>")
        await neovim.said("it is read-only")
    assert not await _is_asked(endpoint)


async def test_a_buffer_that_is_closed_during_a_request_takes_nothing_with_it(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    (home / "b.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env=asking(endpoint)) as neovim:
        endpoint.script = SLOW
        await neovim.type("A")
        await until(lambda: _is_asked(endpoint), "a request")
        await neovim.lua("vim.cmd('bwipeout!')")
        await neovim.logged("nothing shown")
        endpoint.script = Script(reply="+ c\n")
        await neovim.type("<Esc>")
        await neovim.edit("b.py")
        await neovim.type("A")
        await neovim.is_shown("+ c")
        assert not await neovim.messages()


async def test_stopped_it_leaves_nothing_and_started_again_it_is_as_before(
    program: Program, home: Path, endpoint: Endpoint
) -> None:
    init = "vim.keymap.set('i', '<C-]>', 'mine')\nrequire('mistral_lsp').setup()"
    async with Neovim.start(program, home, "a.py", env=asking(endpoint), init=init) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        before = descendants(neovim.process.pid)
        await neovim.type("<Esc>:MistralLsp stop<CR>")
        await are_gone(before)

        async def is_detached() -> bool:
            return bool(await neovim.lua("return #vim.lsp.get_clients() == 0"))

        await until(is_detached, "no client is left")
        assert await neovim.lua("return vim.fn.maparg('<C-]>', 'i')") == "mine"
        assert await neovim.lua("return require('mistral_lsp').status()") == ""
        assert await neovim.shown() is None
        await neovim.type(":MistralLsp restart<CR>")
        await neovim.is_attached()
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        assert len(descendants(neovim.process.pid)) == len(before)
