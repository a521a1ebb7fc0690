"""What one can ask and tell by hand in Neovim, and what it says by itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.endpoint import turns
from support.neovim import PLUGIN, Neovim, until

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.neovim import Program

    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
CODE = "def total(prices):\n    größe = 'é😀'; result = prise\n    return result\n"
FIXED = "def total(prices):\n    größe = 'é😀'; result = prices\n    return result"
# What another server says of `prise`: Neovim counts bytes.
DIAGNOSE = """
local line = vim.api.nvim_buf_get_lines(0, 1, 2, true)[1]
local first = line:find('prise', 1, true) - 1
vim.diagnostic.set(vim.api.nvim_create_namespace('ruff'), 0, { {
  lnum = 1, col = first, end_col = first + 5, message = 'Undefined name `prise`', source = 'Ruff', severity = 1,
} })
vim.api.nvim_win_set_cursor(0, { 2, first + 1 })
"""
_HOVER = """
local client = vim.lsp.get_clients({ name = 'mistral_lsp' })[1]
local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
local answer = client:request_sync('textDocument/hover', params, 5000)
return answer and answer.result and answer.result ~= vim.NIL
"""


async def diagnosed(neovim: Neovim) -> None:
    """With the cursor on what another server finds wrong, and mistral-lsp has heard of that."""
    await neovim.edit("code.py")
    await neovim.lua(DIAGNOSE)

    async def is_heard() -> bool:
        return bool(await neovim.lua(_HOVER))

    await until(is_heard, "the server has heard of the diagnostic")


@pytest.fixture
async def neovim(program: Program, home: Path, endpoint: Endpoint) -> AsyncIterator[Neovim]:
    """One on a line that ghost text fits to."""
    (home / "a.py").write_text(LINE)
    (home / "code.py").write_text(CODE, encoding="utf-8")
    endpoint.script = Script(reply="+ b\n")
    env = {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_LOG": "info"}
    init = "require('mistral_lsp').setup({ settings = { explain = { prepare = false } } })"
    async with Neovim.start(program, home, "a.py", env=env, init=init) as neovim:
        yield neovim


async def test_reports_open_in_a_window(neovim: Neovim, endpoint: Endpoint) -> None:
    await neovim.type("A")
    await neovim.is_shown("+ b")
    await neovim.type("<Tab>")
    await neovim.has_lines(["total = a + b"])
    await neovim.type("<Esc>:MistralLsp why<CR>")
    assert "shown, 3 characters" in await neovim.window("Why is there no suggestion?")
    assert await neovim.lua("return vim.bo.buftype") == "nofile"
    await neovim.type("q:MistralLsp counts<CR>")
    await neovim.window("- 1 accepted")
    await neovim.type("q:MistralLsp doctor<CR>")
    await neovim.window(endpoint.url)
    await neovim.type("q")
    assert await neovim.lua("return #vim.api.nvim_list_wins()") == 1
    assert not await neovim.messages()


async def test_ghost_text_can_be_paused_and_resumed(neovim: Neovim) -> None:
    status = "return require('mistral_lsp').status()"
    await neovim.type(":MistralLsp pause<CR>")
    await neovim.said("ghost text is paused")
    assert await neovim.lua(status) == "mistral-lsp: paused"
    await neovim.type("A")
    await neovim.logged("nothing shown")
    assert await neovim.shown() is None
    await neovim.type("<Esc>:MistralLsp resume<CR>")
    await neovim.said("ghost text is on")
    assert await neovim.lua(status) == "mistral-lsp: ready"
    await neovim.type("A")
    await neovim.is_shown("+ b")


async def test_the_endpoint_can_be_switched(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text(LINE)
    settings = f"endpoint = {{ url = 'http://127.0.0.1:9', profiles = {{ 'gpu = {endpoint.url}' }} }}"
    init = f"require('mistral_lsp').setup({{ settings = {{ {settings} }} }})"
    async with Neovim.start(program, home, "a.py", env={}, init=init) as neovim:
        offered = "return vim.fn.getcompletion('MistralLsp switch ', 'cmdline')"
        assert await neovim.lua(offered) == ["configured", "gpu"]
        await neovim.type(":MistralLsp switch gpu<CR>")
        await neovim.said("All goes to gpu now")
        await neovim.type("A")
        await neovim.is_shown("+ b")


async def test_what_can_be_asked_is_completed_and_a_wrong_word_is_told(neovim: Neovim) -> None:
    found = await neovim.lua("return vim.fn.getcompletion('MistralLsp re', 'cmdline')")
    assert found == ["restart", "resume"]
    await neovim.type(":MistralLsp nonsense<CR>")
    said = await neovim.said("there is no :MistralLsp nonsense")
    for word in ("status", "why", "counts", "doctor", "pause", "switch", "explain", "restart"):
        assert word in said


async def test_another_server_s_diagnostic_is_explained_on_hover_and_beside_the_code(
    neovim: Neovim, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="**What is wrong**: nothing is called `prise`.")
    await diagnosed(neovim)
    await neovim.type("K")
    await neovim.window("- Undefined name `prise` (Ruff)")
    await neovim.window("nothing is called `prise`")
    await neovim.type("l:MistralLsp explain<CR>")
    await neovim.window("# Explain this error: Undefined name `prise` (Ruff)\n\n**What is wrong**: nothing is called")
    assert await neovim.lua("return vim.fn.expand('%:t')") == "code.py"  # where one was
    assert not await neovim.messages()


async def test_output_is_explained_in_a_terminal_and_of_a_range_of_lines(
    neovim: Neovim, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="**Cause**: the table has no such key.")
    printed = f"Traceback (most recent call last):\n  File \"{home}/a.py\", line 1, in total\nKeyError: 'prise'\n"
    (home / "printed").write_text(printed)
    await neovim.type(":terminal cat printed<CR>")
    await neovim.window("[Process exited 0]")
    await neovim.type(":MistralLsp output<CR>")
    shown = await neovim.window("**Cause**: the table has no such key.")
    assert shown.startswith("# What went wrong: KeyError: 'prise'\n")
    assert "[a.py:1](" in shown
    assert await neovim.lua("return vim.bo.buftype") == "terminal"  # where one was

    (home / "printed").write_text(f"{printed}Traceback (most recent call last):\nTypeError: later\n", encoding="utf-8")
    await neovim.type(":edit printed<CR>1GV2j:MistralLsp output<CR>")

    async def is_asked_again() -> bool:
        return len(turns(endpoint)) == 2

    await until(is_asked_again, "the model is asked again")
    for question in turns(endpoint):
        assert "KeyError" in question
        assert "TypeError" not in question
    assert not await neovim.messages()


async def test_no_output_and_output_that_is_to_be_kept_from_the_model_are_told(
    neovim: Neovim, home: Path, endpoint: Endpoint
) -> None:
    await neovim.type(":enew<CR>:MistralLsp output<CR>")
    assert "mistral-lsp: mistral-lsp" not in await neovim.said("there is no output to explain")
    (home / ".env").write_text("TOKEN=1\n")
    await neovim.type(":edit .env<CR>:MistralLsp output<CR>")
    await neovim.said("your settings keep this file from the model")
    assert not turns(endpoint)


async def test_a_diagnostic_is_fixed_and_the_checks_are_told(neovim: Neovim, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=f"Here it is:\n\n```python\n{FIXED}\n```\n")
    await diagnosed(neovim)
    # Answer every question with its first answer, and remember what was asked.
    await neovim.lua("""
        _G.asked = {}
        vim.ui.select = function(items, options, on_choice)
          table.insert(_G.asked, vim.tbl_map(options.format_item, items))
          on_choice(items[1], 1)
        end
    """)

    await neovim.type(":MistralLsp fix<CR>")
    await neovim.has_lines(FIXED.splitlines())
    [[first, leave]] = await neovim.lua("return _G.asked")
    assert leave == "Leave the code as it is"
    assert first.startswith("Fix this error")
    assert "parses" in first


async def test_health_says_what_is_well(neovim: Neovim, endpoint: Endpoint) -> None:
    await neovim.type(":checkhealth mistral_lsp<CR>")

    async def is_checked() -> bool:
        return "Workspace" in "\n".join(await neovim.lines())

    await until(is_checked, "the report")
    report = "\n".join(await neovim.lines())
    assert "OK Neovim 0.1" in report
    assert "mistral-lsp 0." in report
    assert "Python 3." in report
    assert endpoint.url in report
    assert "ERROR" not in report


async def test_nothing_happens_before_setup(program: Program, home: Path) -> None:
    (home / "a.py").write_text(LINE)
    async with Neovim.start(program, home, "a.py", env={}, init="", is_attached=False) as neovim:
        assert await neovim.lua("return vim.fn.exists(':MistralLsp')") == 2
        assert await neovim.lua("return vim.fn.maparg('<C-]>', 'i')") == ""
        # The server has the defaults; the help file's list is held to them by test_settings_in_step.py.
        assert not await neovim.lua("return require('mistral_lsp.options').defaults.settings")
        await neovim.type(":MistralLsp doctor<CR>")
        await neovim.said("setup()")
        shutil.copytree(PLUGIN / "doc", home / "help" / "doc")
        await neovim.lua("vim.opt.rtp:prepend('help'); vim.cmd.helptags('help/doc')")
        await neovim.type(":help mistral-lsp-options<CR>")
        assert await neovim.lua("return vim.fn.expand('%:t')") == "mistral_lsp.txt"
        assert await neovim.lua("return #vim.lsp.get_clients()") == 0


async def test_wrong_options_are_told_and_the_rest_holds(program: Program, home: Path, endpoint: Endpoint) -> None:
    (home / "a.py").write_text(LINE)
    init = "require('mistral_lsp').setup({ kees = {}, max_file_bytes = 'big', keys = { acept = '<Tab>' } })"
    env = {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url}
    async with Neovim.start(program, home, "a.py", env=env, init=init) as neovim:
        said = await neovim.said("mistral-lsp: setup")
    assert "kees: there is no such option" in said
    assert "max_file_bytes: must be a number" in said
    assert "keys.acept: there is no such key" in said
