"""A real Helix with the languages.toml of editors/helix: what a person sees in its terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("pyte", reason="Helix isn't tested: pyte is missing, pip install -e '.[dev]' has it")

from support import programs
from support.debian import Missing
from support.helix import Helix
from support.terminal import ESCAPE, HELD, RETURN

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from mistral_lsp.bench.endpoint import Endpoint

    Open = Callable[[str], AbstractAsyncContextManager[Helix]]

BROKEN = "def total(prices):\n    return sum(prices\n"
FIXED = "def total(prices):\n    return sum(prices)\n"
SLOW = "def total(prices):\n    return sum([price for price in prices])\n"
ERROR = "Syntax error: `return sum(prices` doesn't fit here"


@pytest.fixture
def open_(home: Path, endpoint: Endpoint) -> Open:
    """Open a.py with this text."""
    try:
        binary, env = programs.helix()
    except Missing as missing:
        pytest.skip(f"Helix can't be run: {missing}")
    own = {**env, "MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_ENDPOINT_KIND": "tgi"}

    def open_(text: str) -> AbstractAsyncContextManager[Helix]:
        (home / "a.py").write_text(text)
        return Helix.start(binary, home, "a.py", env=own)

    return open_


async def test_the_completion_menu_has_the_text(open_: Open, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with open_("total = a \n") as helix:
        helix.type(f"A{HELD['x']}")
        await helix.shows("+ b")
        helix.type(f"{HELD['n']}{RETURN}{ESCAPE}")
        await helix.shows("total = a + b", "NOR")
        helix.type(f":write{RETURN}")
        await helix.shows("written")
    assert (home / "a.py").read_text() == "total = a + b\n"


async def test_a_syntax_error_is_explained_on_hover(open_: Open, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="The bracket that `sum` opens is never closed.")
    async with open_(BROKEN) as helix:
        await helix.shows(ERROR)
        helix.type("]d k")
        await helix.shows("The bracket that sum opens is never closed.")


@pytest.mark.parametrize(
    ("text", "row", "picks"),
    [
        pytest.param(BROKEN, f"Fix this error: {ERROR}", "]d a", id="fix"),
        pytest.param(SLOW, "Optimise this function", " a", id="optimise"),
    ],
)
async def test_a_code_action_is_listed_and_its_edit_applied(
    open_: Open, home: Path, endpoint: Endpoint, text: str, row: str, picks: str
) -> None:
    endpoint.script = Script(reply=f"Here it is:\n\n```python\n{FIXED}```\n")
    async with open_(text) as helix:
        if text == BROKEN:
            await helix.shows(ERROR)
        helix.type(picks)
        await helix.shows(row)
        helix.type(RETURN)
        await helix.shows("return sum(prices)")
        helix.type(f":write{RETURN}")
        await helix.shows("written")
    assert (home / "a.py").read_text() == FIXED
